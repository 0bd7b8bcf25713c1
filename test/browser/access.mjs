// SPDX-License-Identifier: Apache-2.0
// axe-core over every view, light and dark: nothing serious, nothing critical.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { axe_path, everyHash, open } from "./browser.mjs";

async function scan(test, theme, width) {
  const axe = readFileSync(axe_path(), "utf8");
  const { page, close } = await open(test.browser, test.file, "", { theme, width });
  await page.evaluate(axe);
  const findings = [];
  for (const hash of everyHash()) {
    await page.evaluate((to) => { location.hash = to; }, hash);
    await page.waitForTimeout(60);
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], rules: { region: { enabled: true } } }));
    for (const one of result.violations.filter(({ impact }) => impact === "serious" || impact === "critical")) {
      findings.push(`${hash}: ${one.id} (${one.impact}) ${one.nodes.length}x ${one.nodes[0].target} ${one.nodes[0].failureSummary?.slice(0, 160)}`);
    }
  }
  await close();
  assert.deepEqual(findings, []);
}

export const access = {
  "no serious finding, light": (test) => scan(test, "light", 1280),
  "no serious finding, dark": (test) => scan(test, "dark", 1280),
  "no serious finding on a phone": (test) => scan(test, "light", 360),

  async "landmarks, headings and tables tell what they are"({ browser, file }) {
    const { page, close } = await open(browser, file, "#f=1&data=1");
    for (const landmark of ["banner", "main", "contentinfo"]) assert.equal(await page.getByRole(landmark).count(), 1, landmark);
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
    assert.equal(await page.getByRole("heading", { level: 2 }).count(), 1);
    assert.match(await page.locator(".stage svg").getAttribute("aria-label"), /marks; the table below/);
    assert.ok(await page.locator("details.data caption").count() === 1);
    await close();
  },
};
