// SPDX-License-Identifier: Apache-2.0
// The explorer's tests in chromium.
//   node run.mjs --page PAGE.html --report REPORT.json [--hostile HOSTILE.html] [--only NAME]
import { readFileSync } from "node:fs";
import { findChromium, launch, options } from "./browser.mjs";
import { access } from "./access.mjs";
import { hostile } from "./hostile_checks.mjs";
import { keyboard } from "./keyboard.mjs";
import { links } from "./links.mjs";
import { numbers } from "./numbers.mjs";
import { views } from "./views.mjs";

const given = options(process.argv.slice(2));
if (!given.page || !given.report) {
  console.error("usage: node run.mjs --page PAGE.html --report REPORT.json [--hostile HOSTILE.html] [--only NAME]");
  process.exit(2);
}
const chromium = findChromium();
if (!chromium) {
  console.log("skipped: no chromium here (./setup installs it; or name one in CHROMIUM)");
  process.exit(77);
}

/// The object inside the page, which has what only the page needs: grids, equivalents, ram_rules.
function embedded(file) {
  const html = readFileSync(file, "utf8");
  const from = html.indexOf("id=\"report\">") + "id=\"report\">".length;
  return JSON.parse(html.slice(from, html.indexOf("</script>", from)));
}

const browser = await launch(chromium);
const report = JSON.parse(readFileSync(given.report, "utf8"));
const test = { browser, file: given.page, hostile: given.hostile, report, inside: embedded(given.page) };
const suites = { views, numbers, links, keyboard, access, ...(given.hostile ? { hostile } : {}) };
let failed = 0;
let passed = 0;
for (const [suite, checks] of Object.entries(suites)) {
  for (const [name, check] of Object.entries(checks)) {
    if (given.only && !`${suite}: ${name}`.includes(given.only)) continue;
    const start = performance.now();
    try {
      await check(test);
      passed += 1;
      console.log(`ok    ${suite}: ${name} (${Math.round(performance.now() - start)} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${suite}: ${name}\n      ${String(error.message ?? error).split("\n").slice(0, 12).join("\n      ")}`);
    }
  }
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
