// SPDX-License-Identifier: Apache-2.0
// A link brings back every control and what was shown.
import assert from "node:assert/strict";
import { follow, open, settled } from "./browser.mjs";

async function snapshot(page) {
  await settled(page);
  return page.evaluate(() => ({
    text: document.querySelector("main").innerText,
    fields: [...document.querySelectorAll("input, select")].map((one) => (["checkbox", "radio"].includes(one.type) ? one.checked : one.value)),
    theme: document.documentElement.dataset.theme,
    ticks: [...document.querySelectorAll(".stage g[data-mark$='tick label'] text")].map((one) => one.textContent),
    paper: getComputedStyle(document.body).backgroundColor,
  }));
}

async function roundTrip(test, change, start = "") {
  const first = await open(test.browser, test.file, start);
  await change(first.page);
  const before = await snapshot(first.page);
  const hash = await first.page.evaluate(() => location.hash);
  const second = await open(test.browser, test.file, hash);
  const after = await snapshot(second.page);
  assert.deepEqual(after, before);
  assert.deepEqual([...first.trouble, ...second.trouble], []);
  await first.close();
  await second.close();
  return hash;
}

const pick = (page, label, index) => page.locator(`label.field:has(span:text-is("${label}")) select`).selectOption({ index });
const press = (page, text) => page.locator(`.switch label:has-text("${text}")`).first().click();

export const links = {
  async "the controls above the views"(test) {
    const hash = await roundTrip(test, async (page) => {
      await press(page, "Energy");
      await press(page, "Query");
      await press(page, "Dark");
      await pick(page, "Grid, g CO₂e per kWh", 3);
      await page.fill("label.field:has-text('PUE') input", "1.4");
    });
    for (const part of ["q=energy", "per=query", "theme=dark", "grid=", "pue=1.4"]) assert.ok(hash.includes(part), part);
  },

  async "a grid of one's own"(test) {
    const hash = await roundTrip(test, async (page) => {
      await pick(page, "Grid, g CO₂e per kWh", 1);
      await page.fill("label.field:has-text('g per kWh') input[type=number]", "123");
    });
    assert.ok(hash.includes("grid=custom") && hash.includes("g=123"));
  },

  async "a figure with filters, bars, axis, zoom and its data"(test) {
    const hash = await roundTrip(test, async (page) => {
      await follow(page, "nav.tabs a:has-text('By task')");
      for (const menu of ["Task", "Modality", "Class", "Dataset", "Engine"]) {
        if (!(await page.locator(`summary:text-is("${menu}")`).count())) continue;
        await page.click(`summary:text-is("${menu}")`);
        for (const box of await page.locator("details.menu[open] input").all()) await box.check();
        await page.keyboard.press("Escape");
      }
      await pick(page, "Error bars", 2);
      await page.getByLabel("Linear axis").check();
      await page.getByLabel(/outside the study/).check();
      await page.click("button[aria-label='Zoom in']");
      await page.click("details.data summary");
      await page.waitForFunction(() => location.hash.includes("data=1"));
    });
    for (const part of ["f=1", "task=", "modality=", "class=", "dataset=", "bars=std", "linear=1", "extras=1", "zoom=", "data=1"]) assert.ok(hash.includes(part), part);
  },

  async "accuracy against cost"(test) {
    const hash = await roundTrip(test, (page) => page.getByLabel("Cost on the horizontal axis").check(), "#f=4");
    assert.ok(hash.includes("cost=1"));
  },

  async "the table's search, order and length"(test) {
    const hash = await roundTrip(test, async (page) => {
      await page.click("th button:text-is('Seconds per 1,000')");
      await page.click("th button:text-is('Seconds per 1,000')");
      await page.fill("input[type=search]", "classification a,b&c=d #1");
      await page.fill("input[type=search]", "classification");
      if (await page.locator(".view-cells > button").isVisible()) await page.click(".view-cells > button");
    }, "#v=cells");
    for (const part of ["sort=seconds", "down=0", "find=classification"]) assert.ok(hash.includes(part), part);
  },

  async "the other views"(test) {
    assert.ok((await roundTrip(test, (page) => pick(page, "Model", 2), "#v=model")).includes("m="));
    const compare = await roundTrip(test, async (page) => { await pick(page, "Model A", 2); await pick(page, "Model B", 3); await page.click("button:text('Swap')"); }, "#v=compare");
    assert.ok(compare.includes("a=") && compare.includes("b="));
    const calculator = await roundTrip(test, async (page) => {
      await pick(page, "Of which task or cell", 12);
      await page.fill("label.field:has-text('Queries a day') input", "4321");
      await page.locator("label.field:has-text('Against training') select").selectOption("custom");
      await page.fill("label.field:has-text('Training, kWh') input", "99");
    }, "#v=calculator");
    for (const part of ["of=cell", "day=4321", "train=custom", "kwh=99"]) assert.ok(calculator.includes(part), part);
    assert.ok((await roundTrip(test, (page) => pick(page, "Of which task or cell", 3), "#v=sensitivity")).includes("of=task"));
    assert.ok((await roundTrip(test, (page) => pick(page, "Verdict", 1), "#v=claims")).includes("verdict="));
    assert.ok((await roundTrip(test, (page) => follow(page, "nav.tabs a:has-text('Lengths')"), "#v=tables")).includes("t=4"));
  },

  async "a broken link still opens a page"(test) {
    for (const hash of ["#%%%", "#v=nothing&f=99&t=x", "#zoom=1,NaN,b&pue=-3&g=abc&task=%E0%A4%A", "#=&&&=1", "#sort=__proto__&q=constructor&per=x&bars=toString"]) {
      const { page, trouble, close } = await open(test.browser, test.file, hash);
      assert.ok((await page.locator("main .view").innerText()).length > 20, hash);
      assert.deepEqual(trouble, [], hash);
      await close();
    }
  },
};
