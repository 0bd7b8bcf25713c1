// SPDX-License-Identifier: Apache-2.0
// What the page shows and downloads is what the report says.
import assert from "node:assert/strict";
import { download, open, settled } from "./browser.mjs";

const multi = (cell) => cell.purpose === "multi-purpose";

/// The page carries seven digits, the report all of them.
function near(got, want, what, tolerance = 1e-6) {
  if (want === null || want === undefined) return assert.ok(got === "" || Number.isNaN(Number(got)), `${what}: ${got} where the report knows nothing`);
  assert.ok(Math.abs(Number(got) - want) <= tolerance * Math.abs(want), `${what}: page ${got}, report ${want}`);
}

/// "≈ 1.23 × 10⁻⁵" to a number.
function read(text) {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const plain = text.replace("≈", "").replace(/[,\s]/g, "").replace("−", "-")
    .replace(/×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/, (_, power) => `e${[...power].map((c) => (c === "⁻" ? "-" : digits.indexOf(c))).join("")}`);
  return Number(plain);
}

async function sheet(test, hash) {
  const { page, close } = await open(test.browser, test.file, hash);
  const { rows, name } = await download(page);
  await settled(page);
  const text = await page.locator("main tbody tr").evaluateAll((all) => all.map((tr) => [...tr.children].map((td) => td.textContent)));
  await close();
  const [head, ...body] = rows;
  return { name, head, text, rows: body.map((row) => Object.fromEntries(head.map((title, i) => [title, row[i]]))) };
}

/// The apostrophe that guards a spreadsheet is not part of the name.
const unguarded = (text) => text.replace(/^'(?=[=+\-@\t\r])/, "");

export const numbers = {
  async "the table holds every cell of the report"(test) {
    const { rows, name } = await sheet(test, "#v=cells&extras=1&all=1");
    assert.equal(name, "permille-cells.csv");
    assert.equal(rows.length, test.report.cells.length);
    const cells = new Map(test.report.cells.map((cell) => [cell.key, cell]));
    for (const row of rows) {
      const cell = cells.get(unguarded(row.Key));
      assert.ok(cell, row.Key);
      assert.equal(unguarded(row.Model), cell.model);
      assert.equal(row.Dataset, cell.dataset);
      near(row["kWh per 1,000"], cell.energy_kwh.mean, row.Key);
      near(row["g CO₂e per 1,000"], cell.emissions_g.mean, row.Key);
      near(row["Seconds per 1,000"], cell.seconds, row.Key);
      near(row.Parameters, cell.parameters, row.Key);
    }
  },

  async "what is shown is the report's number to three digits"(test) {
    const { text, rows, head } = await sheet(test, "#v=cells&extras=1&all=1&q=energy&sort=model&down=0");
    const column = head.indexOf("kWh per 1,000 queries") - 1;
    assert.equal(text.length, test.report.cells.length);
    const shown = text.map((row) => read(row[column])).sort((a, b) => a - b);
    const want = test.report.cells.map((cell) => cell.energy_kwh.mean).sort((a, b) => a - b);
    shown.forEach((x, i) => near(x, want[i], "shown", 0.00501));
    assert.ok(rows.length > 0);
  },

  async "figures 1 and 2 are those of the report"(test) {
    const one = await sheet(test, "#f=1");
    const tasks = new Map(one.rows.map((row) => [row.Task, row]));
    for (const row of test.report.figures["1"]) near(tasks.get(row.task)?.["Mean, g CO₂e"], row.emissions_g.mean ?? row.emissions_g, row.task);
    assert.equal(tasks.size, test.report.figures["1"].length);
    for (const [hash, column, field] of [["#f=2", "Mean, g CO₂e", "emissions_g"], ["#f=2&q=energy", "Mean, kWh", "energy_kwh"]]) {
      const two = await sheet(test, hash);
      const drawn = new Map();
      for (const row of two.rows) drawn.set(`${row.Task}\n${unguarded(row.Model)}`, [...(drawn.get(`${row.Task}\n${unguarded(row.Model)}`) ?? []), row]);
      for (const row of test.report.figures["2"]) {
        const found = drawn.get(`${row.task}\n${row.model}`) ?? [];
        if (found.length === 1) near(found[0][column], row[field], row.model);
      }
    }
  },

  async "the standard deviation of a task is that of all its runs"(test) {
    const one = await sheet(test, "#f=1&q=energy");
    const tasks = new Map(one.rows.map((row) => [row.Task, row]));
    for (const row of test.report.tables["2"]) near(tasks.get(row.task)["Std, kWh"], row.energy_kwh.std, row.task, 1e-5);
  },

  async "a filter leaves what it says"(test) {
    const task = test.report.cells[0].task;
    const { page, close } = await open(test.browser, test.file, "#v=cells&all=1");
    await page.click("summary:text-is('Task')");
    await page.locator("details[open].menu label.check").first().waitFor();
    await page.locator("details[open].menu input").nth([...new Set(test.report.cells.map((c) => c.task))].sort((a, b) => a.localeCompare(b)).indexOf(task)).check();
    await settled(page);
    const want = test.report.cells.filter((cell) => cell.task === task && cell.in_study !== false).length;
    assert.equal(await page.locator("tbody tr").count(), want);
    await page.fill("input[type=search]", `${test.report.cells[0].model.slice(0, 40)}`);
    assert.ok(await page.locator("tbody tr").count() <= want && await page.locator("tbody tr").count() > 0);
    await page.fill("input[type=search]", "no such thing anywhere");
    assert.equal(await page.locator("tbody tr").count(), 0);
    await close();
  },

  async "a grid and a PUE cost everything again: grams = kWh x intensity x PUE"(test) {
    const grid = test.inside.grids.find((one) => one.g_per_kwh > 0);
    const { rows } = await sheet(test, `#v=cells&extras=1&all=1&grid=${encodeURIComponent(grid.place)}&pue=1.5`);
    const cells = new Map(test.report.cells.map((cell) => [cell.key, cell]));
    for (const row of rows) near(row["g CO₂e per 1,000"], cells.get(unguarded(row.Key)).energy_kwh.mean * grid.g_per_kwh * 1.5, row.Key);
    const own = await sheet(test, "#v=cells&extras=1&all=1&grid=custom&g=100");
    for (const row of own.rows) near(row["g CO₂e per 1,000"], cells.get(unguarded(row.Key)).energy_kwh.mean * 100 * test.report.rules.pue, row.Key);
    const table = await sheet(test, "#v=tables&t=2&grid=custom&g=100");
    table.rows.forEach((row, i) => near(row["g CO₂e per 1,000"], test.report.tables["2"][i].energy_kwh.mean * 100 * test.report.rules.pue, row.Task));
  },

  async "per query and per word are what they say"(test) {
    const words = new Map(test.report.cells.map((cell) => [cell.key, cell]));
    const query = await sheet(test, "#v=cells&extras=1&all=1&q=energy&per=query");
    for (const row of query.rows) near(row["Wh per query"], words.get(unguarded(row.Key)).energy_kwh.mean, row.Key);
    if (!test.report.cells.some((cell) => cell.words)) return;
    const word = await sheet(test, "#v=cells&extras=1&all=1&q=energy&per=word");
    for (const row of word.rows) {
      const cell = words.get(unguarded(row.Key));
      const count = cell.words ? (cell.words.input_mean ?? 0) + (cell.words.output_mean ?? 0) : 0;
      near(row["mWh per word"], count > 0 ? (cell.energy_kwh.mean * 1000) / count : null, row.Key);
    }
  },

  async "the tables are those of the report"(test) {
    const two = await sheet(test, "#v=tables&t=2");
    test.report.tables["2"].forEach((row, i) => {
      near(two.rows[i]["kWh per 1,000"], row.energy_kwh.mean, row.task);
      near(read(two.text[i][1]), row.energy_kwh.mean, row.task, 0.00501);
      near(two.rows[i]["g CO₂e per 1,000"], row.emissions_g.mean, row.task);
    });
    const three = await sheet(test, "#v=tables&t=3");
    test.report.tables["3"].forEach((row, i) => near(three.rows[i]["Std, kWh"], row.std_kwh, row.model));
    const five = await sheet(test, "#v=tables&t=5");
    test.report.tables["5"].forEach((row, i) => near(five.rows[i]["Queries to parity"], row.parity_queries, row.model));
    const claims = await sheet(test, "#v=claims");
    assert.equal(claims.rows.length, test.report.claims.length);
    test.report.claims.forEach((row, i) => { near(claims.rows[i].Here, row.estimate, row.id); assert.equal(claims.rows[i].Verdict, row.verdict); });
  },

  async "the calculator multiplies"(test) {
    const cell = test.report.cells.find((one) => one.energy_kwh.mean > 0);
    const { rows } = await sheet(test, `#v=calculator&of=${encodeURIComponent(`cell:${cell.key}`)}&day=5000&pue=1.2&grid=custom&g=200&train=custom&kwh=1000`);
    const day = cell.energy_kwh.mean * 5;
    near(rows[0]["kWh a day (IT)"], day, "a day");
    near(rows[0]["kWh a year"], day * 365 * 1.2, "a year");
    near(rows[0]["t CO2e a year"], (day * 365 * 1.2 * 200) / 1e6, "tonnes");
    near(rows[0]["Days to parity"], 1000 / day, "parity");
  },

  async "a comparison divides, and its interval is Welch's on the log ratio"(test) {
    const shared = new Map();
    for (const cell of test.report.cells.filter((one) => multi(one) && one.in_study !== false)) {
      const place = `${cell.task}\n${cell.dataset}`;
      shared.set(place, [...(shared.get(place) ?? []), cell]);
    }
    const [a, b] = [...shared.values()].find((of) => of.length > 1 && of[0].model !== of[1].model) ?? [];
    if (!a) return;
    const { rows } = await sheet(test, `#v=compare&q=energy&a=${encodeURIComponent(a.model)}&b=${encodeURIComponent(b.model)}`);
    const row = rows.find((one) => one.Task === a.task && one.Dataset === a.dataset);
    near(row["A / B"], a.energy_kwh.mean / b.energy_kwh.mean, "ratio");
    const [va, vb] = [a, b].map((cell) => (cell.energy_kwh.std / cell.energy_kwh.mean) ** 2 / cell.energy_kwh.n);
    const half = Math.log(Number(row["High, 95 %"]) / Number(row["A / B"])) / Math.sqrt(va + vb);
    // t(0.975) lies between its values at 9 and 18 degrees of freedom: 2.2622 and 2.1009 (any table of Student's t).
    assert.ok(half > 2.1008 && half < 2.2623, `t = ${half}`);
    near(Math.log(Number(row["Low, 95 %"]) / Number(row["A / B"])), -half * Math.sqrt(va + vb), "symmetry", 1e-5);
  },

  async "sensitivity: the devices and the grid move the total as the report says"(test) {
    const cell = test.report.cells.find((one) => one.attribution?.machine && one.attribution?.device && one.ram?.kwh && one.seconds);
    const { rows } = await sheet(test, `#v=sensitivity&q=energy&of=${encodeURIComponent(`cell:${cell.key}`)}`);
    const of = (name) => rows.find((row) => row["What is chosen"] === name);
    const devices = of("GPUs counted") ?? of("Devices counted");
    near(devices["Highest, kWh per 1,000 queries"], Math.max(cell.attribution.machine.kwh, cell.attribution.device.high ?? 0), "machine");
    near(of("Cooling and losses (PUE)")["Highest / lowest"], 2, "PUE");
    const rule = test.inside.ram_rules.map((one) => cell.energy_kwh.mean - cell.ram.kwh + (one.w_per_gb * (cell.ram.bytes / 2 ** 30) * cell.seconds) / 3.6e6);
    near(of("Rule for memory")["Lowest, kWh per 1,000 queries"], Math.min(cell.energy_kwh.mean, ...rule), "memory");
  },

  async "an estimate says that it is one, and the unknown is a dash"(test) {
    const { text, rows } = await sheet(test, "#v=cells&extras=1&all=1&sort=model&down=0");
    const estimates = rows.filter((row) => row["Known by"] !== "measured").length;
    assert.equal(text.filter((row) => row.some((field) => field.startsWith("≈"))).length, estimates);
    const model = await sheet(test, `#v=model&m=${encodeURIComponent(test.report.cells[0].model)}`);
    const none = test.report.cells.filter((cell) => cell.model === test.report.cells[0].model && !cell.attribution?.marginal).length;
    assert.equal(model.rows.filter((row) => row["Marginal, kWh per 1,000"] === "").length, none);
  },
};
