// SPDX-License-Identifier: Apache-2.0
// Everything without a mouse.
import assert from "node:assert/strict";
import { kViews, open } from "./browser.mjs";

const focused = (page) => page.evaluate(() => {
  const one = document.activeElement;
  const outline = getComputedStyle(one);
  const sibling = one.nextElementSibling ? getComputedStyle(one.nextElementSibling) : outline;
  const box = one.getBoundingClientRect();
  const label = one.labels?.[0]?.innerText ?? "";
  return {
    tag: one.tagName, text: (one.innerText ?? "").trim(), name: (one.getAttribute("aria-label") ?? "") || (one.innerText ?? "").trim() || label,
    seen: outline.outlineStyle !== "none" || sibling.outlineStyle !== "none", size: box.width * box.height,
  };
});

/// Press Tab until the focused element says what is wanted.
async function tabTo(page, wanted, limit = 120) {
  for (let i = 0; i < limit; i += 1) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (wanted(now)) return now;
  }
  throw new Error(`Tab does not reach it within ${limit} steps: ${wanted}`);
}

export const keyboard = {
  async "the skip link leads to the content"({ browser, file }) {
    const { page, close } = await open(browser, file);
    await page.keyboard.press("Tab");
    assert.equal((await focused(page)).text, "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "MAIN");
    await close();
  },

  async "Tab goes through every view, is always seen, and comes out again"({ browser, file }) {
    for (const view of kViews) {
      const { page, close } = await open(browser, file, `#v=${view}`);
      let last = 0;
      for (let i = 0; i < 500; i += 1) {
        await page.keyboard.press("Tab");
        const now = await focused(page);
        if (now.tag === "BODY") { last = i; break; }
        assert.ok(now.seen, `${view}: focus on "${now.name.slice(0, 40)}" (${now.tag}) is not seen`);
        assert.ok(now.name !== "" || now.tag === "DIV", `${view}: a ${now.tag} has no name`);
        assert.ok(now.size > 0, `${view}: "${now.name.slice(0, 40)}" has no size`);
      }
      assert.ok(last > 10, `${view}: the focus never comes out`);
      await close();
    }
  },

  async "a view, a switch, a filter, a sort and a download by keys alone"({ browser, file }) {
    const { page, trouble, close } = await open(browser, file);
    await tabTo(page, (now) => now.tag === "A" && now.text === "Table");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".view-cells");
    await page.reload();
    await tabTo(page, (now) => now.tag === "INPUT" && now.name === "Carbon");
    await page.keyboard.press("ArrowRight");
    assert.ok((await page.evaluate(() => location.hash)).includes("q=energy"));
    await tabTo(page, (now) => now.tag === "SUMMARY" && now.text === "Task");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    assert.ok((await page.evaluate(() => location.hash)).includes("task="));
    const rows = await page.locator("tbody tr").count();
    await page.keyboard.press("Escape");
    assert.equal((await focused(page)).tag, "SUMMARY");
    assert.equal(await page.locator("details.menu[open]").count(), 0);
    await tabTo(page, (now) => now.tag === "BUTTON" && now.text === "Model");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("th[aria-sort=ascending]").innerText(), "Model");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("th[aria-sort=descending]").innerText(), "Model");
    assert.equal(await page.locator("tbody tr").count(), rows);
    await page.evaluate(() => document.querySelector("main h2").focus());
    await tabTo(page, (now) => now.text === "Download CSV", 10);
    const [file_down] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    assert.equal(file_down.suggestedFilename(), "permille-cells.csv");
    assert.deepEqual(trouble, []);
    await close();
  },

  async "zoom and the data table need no mouse"({ browser, file }) {
    const { page, close } = await open(browser, file);
    await tabTo(page, (now) => now.name === "Zoom in");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.hash.includes("zoom="));
    assert.equal((await focused(page)).name, "Zoom in");
    await tabTo(page, (now) => now.text === "Reset");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => !location.hash.includes("zoom="));
    await tabTo(page, (now) => now.tag === "SUMMARY" && now.text.startsWith("The data"));
    await page.keyboard.press("Enter");
    await page.waitForSelector("details.data tbody tr");
    await close();
  },
};
