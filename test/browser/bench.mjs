// SPDX-License-Identifier: Apache-2.0
// The page's budgets, printed: size, first figure, filters. Gates nothing; skipped where there is no browser.
//   node bench.mjs [--page PAGE.html] [--many PAGE_OF_1000_CELLS.html]
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { findChromium, launch, open, options } from "./browser.mjs";

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const given = options(process.argv.slice(2));
if (!given.page && !given.many) {
  console.error("usage: node bench.mjs [--page PAGE.html] [--many PAGE_OF_1000_CELLS.html]");
  process.exit(2);
}

async function start() {
  const chromium = findChromium();
  if (!chromium) {
    console.log("skipped: no chromium (apt-get install chromium, or CHROMIUM=PATH)");
    process.exit(0);
  }
  try {
    return await launch(chromium);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    console.log("skipped: explorer/node_modules holds no playwright-core (npm ci --ignore-scripts in explorer/)");
    process.exit(0);
  }
}
const browser = await start();

function print(what, value, unit, budget) {
  const verdict = budget === undefined ? "" : `   budget ${budget} ${unit}: ${value <= budget ? "kept" : "EXCEEDED"}`;
  console.log(`${what.padEnd(50)} ${value.toFixed(unit === "MB" ? 3 : 0).padStart(6)} ${unit}${verdict}`);
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

const views = [["figure 2", "#f=2"], ["figure 3", "#f=3"], ["table", "#v=cells"], ["table, all rows", "#v=cells&all=1&extras=1"]];

async function measure(file, name, budgets) {
  if (!file) return;
  print(`${name}: size`, statSync(file).size / 1e6, "MB", budgets.size);
  print(`${name}: first figure (median of 5)`, await firstFigure(file), "ms", budgets.figure);
  for (const [view, hash] of views) print(`${name}: a filter, ${view} (median of 5)`, await filter(file, hash), "ms", budgets.filter);
}

await measure(given.page, "the study", { size: 1.5, figure: 1000, filter: 100 });
await measure(given.many, "1,000 cells", { filter: 200 });
await browser.close();
