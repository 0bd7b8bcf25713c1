// SPDX-License-Identifier: Apache-2.0
// Pictures of every view to look at: 360, 900 and 1600 pixels wide, light and dark.
//   node shots.mjs --page PAGE.html --out FOLDER
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { everyHash, findChromium, launch, open, options } from "./browser.mjs";

const { page: file, out } = options(process.argv.slice(2));
const chromium = findChromium();
if (!file || !out || !chromium) {
  console.error(chromium ? "usage: node shots.mjs --page PAGE.html --out FOLDER" : "shots: no chromium here");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const browser = await launch(chromium);
for (const width of [360, 900, 1600]) {
  for (const theme of ["light", "dark"]) {
    const { page, close } = await open(browser, file, "", { width, theme });
    for (const hash of everyHash()) {
      await page.evaluate((to) => { location.hash = to; }, hash);
      await page.waitForTimeout(80);
      await page.screenshot({ path: join(out, `${hash.replace(/[^a-z0-9]+/g, "_").slice(1)}-${width}-${theme}.png`), fullPage: true });
    }
    await close();
  }
}
await browser.close();
