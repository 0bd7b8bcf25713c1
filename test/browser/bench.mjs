// SPDX-License-Identifier: Apache-2.0
// The page's budgets, printed: size, first figure, filters. Gates nothing.
//   node bench.mjs --page PAGE.html [--many PAGE_OF_1000_CELLS.html]
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { findChromium, launch, open, options } from "./browser.mjs";

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const given = options(process.argv.slice(2));
const chromium = findChromium();
if (!given.page || !chromium) {
  console.error(given.page ? "bench: no chromium here" : "usage: node bench.mjs --page PAGE.html [--many PAGE.html]");
  process.exit(2);
}
const browser = await launch(chromium);

function print(what, value, unit, budget) {
  console.log(`${what.padEnd(44)} ${value.toFixed(unit === "MB" ? 3 : 0).padStart(8)} ${unit.padEnd(3)} budget ${budget}${value <= budget ? "" : "  OVER"}`);
}

/// From the start of the navigation to the frame in which the first chart stands.
async function firstFigure(file) {
  const times = [];
  for (let i = 0; i < 5; i += 1) {
    const page = await browser.newPage();
    await page.addInitScript(() => {
      const look = () => (document.querySelector(".stage svg") ? requestAnimationFrame(() => { window.first = performance.now(); }) : requestAnimationFrame(look));
      requestAnimationFrame(look);
    });
    await page.goto(pathToFileURL(resolve(file)).href);
    times.push(await page.waitForFunction(() => window.first).then((handle) => handle.jsonValue()));
    await page.close();
  }
  return median(times);
}

/// From the change of a check box to the frame after it, layout and paint included.
async function filter(file, hash) {
  const { page, close } = await open(browser, file, hash);
  const times = await page.evaluate(async () => {
    const boxes = [...document.querySelectorAll("details.menu input")];
    const found = [];
    for (let i = 0; i < 6; i += 1) {
      const start = performance.now();
      boxes[i % Math.min(boxes.length, 6)].click();
      await new Promise((done) => requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = done; channel.port2.postMessage(0); }));
      found.push(performance.now() - start);
    }
    return found.slice(1);
  });
  await close();
  return median(times);
}

for (const [file, cells, budget] of [[given.page, "the page", 100], ...(given.many ? [[given.many, "1,000 cells", 200]] : [])]) {
  print(`${cells}: size`, statSync(file).size / 1e6, "MB", 1.5);
  print(`${cells}: first figure`, await firstFigure(file), "ms", 1000);
  for (const [name, hash] of [["figure 2", "#f=2"], ["figure 3", "#f=3"], ["table", "#v=cells"], ["table, all rows", "#v=cells&all=1&extras=1"]]) {
    print(`${cells}: a filter, ${name} (median of 5)`, await filter(file, hash), "ms", budget);
  }
}
await browser.close();
