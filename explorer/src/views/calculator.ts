// SPDX-License-Identifier: Apache-2.0
// Queries a day, grid and PUE to kWh and tonnes a year, and against what training took.
import * as Plot from "@observablehq/plot";
import { type App, type Mounted, type View } from "../app";
import { Chart, type Drawing } from "../chart";
import { check, type Control, numeric, select } from "../controls";
import { emissions, place, pue } from "../cost";
import { h, shorten } from "../dom";
import { count, duration, number, tick } from "../format";
import type { Interval } from "../report";
import { num, text } from "../report";
import { pool } from "../stats";
import { subject, subjectPicker } from "./subject";

const kQueries = 1e6;
const kDays = 365;

interface Result {
  subject: string;
  queries: number;
  pue: number;
  /// IT energy a day, PUE not in it.
  day_kwh: number | null;
  wait_kwh: number;
  year_kwh: number | null;
  year_kwh_range: Interval | null;
  year_t: number | null;
  year_t_range: Interval | null;
  training_kwh: number | null;
  parity_days: number | null;
  estimate: boolean;
}

interface Training { id: string; name: string; kwh: number }

/// What the report knows of training: the sum of its terms (Table 5 and the parity section).
export function trainings(app: App): Training[] {
  const found = new Map<string, Training>();
  for (const row of app.report.tables["5"] ?? []) {
    const kwh = [num(row["training_kwh"]), num(row["finetuning_kwh"])].filter((one): one is number => one !== null);
    const model = text(row["model"]);
    if (kwh.length > 0) found.set(model, { id: model, name: `${shorten(model, 50)}: training${kwh.length > 1 ? " and fine-tuning" : ""}`, kwh: kwh.reduce((a, b) => a + b) });
  }
  return [...found.values()].filter((one) => one.kwh > 0);
}

function compute(app: App): Result | null {
  const of = subject(app);
  if (!of) return null;
  const { state, report } = app;
  const queries = state.queries ?? kQueries;
  const energy = pool(of.cells.map((cell) => cell.energy));
  const grams = pool(of.cells.map((cell) => emissions(cell, report, state)));
  const factor = pue(report, state);
  const scale = queries / 1000;
  const watts = of.cells.map((cell) => cell.residency_w).filter((one): one is number => one !== null);
  const wait_kwh = state.residency && watts.length > 0 ? (24 * watts.reduce((a, b) => a + b) / watts.length) / 1000 : 0;
  const day_kwh = energy.mean === null ? null : energy.mean * scale + wait_kwh;
  const g_per_kwh = energy.mean && grams.mean !== null ? grams.mean / energy.mean : null;
  const tonnes = (kwh: number | null) => (kwh === null || g_per_kwh === null ? null : (kwh * g_per_kwh * kDays) / 1e6);
  const span = energy.expanded;
  const picked = trainings(app).find((one) => one.id === state.training);
  const training_kwh = state.training === "custom" ? state.training_kwh : picked?.kwh ?? null;
  return {
    subject: of.name, queries, pue: factor, day_kwh, wait_kwh,
    year_kwh: day_kwh === null ? null : day_kwh * kDays * factor,
    year_kwh_range: span ? [(span[0] * scale + wait_kwh) * kDays * factor, (span[1] * scale + wait_kwh) * kDays * factor] : null,
    year_t: tonnes(day_kwh),
    year_t_range: span && g_per_kwh !== null ? [tonnes(span[0] * scale + wait_kwh)!, tonnes(span[1] * scale + wait_kwh)!] : null,
    training_kwh, parity_days: training_kwh && day_kwh && day_kwh > 0 ? training_kwh / day_kwh : null,
    estimate: of.cells.some((cell) => cell.measured_share === null || cell.measured_share < 0.9995),
  };
}

function bounds(range: Interval | null, what: string): string {
  return range ? `${number(range[0])} to ${number(range[1])} ${what} (expanded interval)` : "no interval in this store";
}

function tonnesText(t: number | null): [string, string] {
  if (t === null) return ["–", "t CO₂e a year"];
  return Math.abs(t) < 0.1 ? [number(t * 1000), "kg CO₂e a year"] : [number(t), "t CO₂e a year"];
}

function results(app: App, r: Result): HTMLElement[] {
  const [amount, what] = tonnesText(r.year_t);
  const mark = r.estimate ? "≈ " : "";
  const fact = (value: string, label: string, more: string) => h("li", {}, h("b", {}, value), h("span", {}, label), h("span", { class: "bounds" }, more));
  const t = r.year_t_range;
  const kilos = what.startsWith("kg") ? 1000 : 1;
  const facts = [
    fact(`${mark}${number(r.year_kwh)}`, "kWh a year, at the meter of the building", bounds(r.year_kwh_range, "kWh")),
    fact(`${mark}${amount}`, what, t ? bounds([t[0] * kilos, t[1] * kilos], what.slice(0, 2).trim()) : bounds(null, "")),
    fact(`${mark}${number(r.day_kwh)}`, `kWh a day in the machine (PUE ${r.pue} not in it)`, r.wait_kwh > 0 ? `${number(r.wait_kwh)} kWh of it waiting` : ""),
  ];
  if (r.training_kwh !== null) facts.push(fact(r.parity_days === null ? "–" : duration(r.parity_days * 86400), "until the queries have used as much as training", `training ${number(r.training_kwh)} kWh, ${count(r.parity_days === null ? null : r.parity_days * r.queries)} queries`));
  const equal = app.report.equivalents.flatMap((one) => {
    const n = one.kwh ? (r.year_kwh === null ? null : r.year_kwh / one.kwh) : one.g ? (r.year_t === null ? null : (r.year_t * 1e6) / one.g) : null;
    return n === null ? [] : [h("li", {}, h("b", {}, count(n)), ` ${shorten(one.name || one.unit, 60)} `, h("span", { class: "bounds" }, `(${one.kwh ? `${one.kwh} kWh` : `${one.g} g`} each; ${shorten(one.source, 90)})`))];
  });
  return [h("ul", { class: "facts" }, ...facts),
    ...(equal.length > 0 ? [h("h3", {}, "A year of it is about as much as"), h("ul", { class: "equal" }, ...equal)] : [])];
}

function drawing(r: Result | null, width: number): Drawing | null {
  if (!r || r.day_kwh === null || r.day_kwh <= 0 || r.training_kwh === null || r.training_kwh <= 0) return null;
  const days = Math.max(30, (r.parity_days ?? kDays) * 1.6);
  const years = days > 1000;
  const span = years ? 365.25 : 1;
  const points = [0, days].map((day) => ({ x: day / span, y: day * r.day_kwh! }));
  const parity = { x: r.parity_days! / span, y: r.training_kwh };
  return {
    summary: `Energy of the queries over time against ${number(r.training_kwh)} kWh of training; equal after ${duration(r.parity_days! * 86400)}.`,
    zoomable: [], notes: ["Inference and training often have different boundaries (GPUs counted, PUE, memory): read the warnings in Tables, Parity."],
    plot: {
      marginLeft: 70, marginRight: 20, marginTop: 26, marginBottom: 48, height: 300,
      x: { label: years ? "Years" : "Days", grid: true, tickFormat: tick, ticks: width < 480 ? 4 : 8, labelArrow: "none" },
      y: { label: "kWh", grid: true, tickFormat: tick, ticks: 5, domain: [0, r.training_kwh * 1.6], labelArrow: "none" },
      marks: [
        Plot.line(points, { x: "x", y: "y", stroke: "var(--hue-1)", strokeWidth: 2.5 }),
        Plot.ruleY([r.training_kwh], { stroke: "var(--hue-2)", strokeDasharray: "6 4", strokeWidth: 2 }),
        Plot.text([parity], { x: () => 0, y: "y", text: () => "training", dx: 8, dy: -9, textAnchor: "start", fill: "var(--hue-2)", fontWeight: 600 }),
        Plot.dot([parity], { x: "x", y: "y", r: 6, fill: "var(--hue-1)" }),
      ],
    },
  };
}

function mount(host: HTMLElement, app: App): Mounted {
  const known = trainings(app);
  const residency = check(app, "residency", "Count the watts of the loaded machine while it waits");
  const kwh = numeric(app, "training_kwh", "Training, kWh", () => null, 0, "any");
  const form: Control[] = [
    subjectPicker(app), numeric(app, "queries", "Queries a day", () => kQueries, 0, "any"),
    select(app, "training", "Against training", () => [["", "none"], ...known.map((one): [string, string] => [one.id, `${one.name} (${number(one.kwh)} kWh)`]), ["custom", "your own figure"]]),
    kwh, residency,
  ];
  const out = h("div", { class: "card", role: "status" });
  let result: Result | null = null;
  const chart = new Chart({ zoom: () => [], setZoom: () => undefined, draw: (width) => drawing(result, width) });
  const figure = h("figure", { class: "card" }, h("figcaption", {}, h("h3", {}, "Queries against training")), chart.element);
  host.append(h("p", { class: "lead" }, "Energy grows with the number of queries; loading the model is not counted. Grid and PUE are those above."),
    h("div", { class: "form" }, ...form.map((one) => one.element)), out, figure);
  return {
    update: () => {
      form.forEach((one) => one.update());
      result = compute(app);
      kwh.element.hidden = app.state.training !== "custom";
      residency.element.hidden = !subject(app)?.cells.some((cell) => cell.residency_w !== null);
      const where = place(app.report, app.state);
      out.replaceChildren(h("h3", {}, result?.subject ?? "No cells"), h("p", { class: "bounds" },
        `${count(result?.queries)} queries a day, ${kDays} days; grid: ${where.name}${where.g === null ? "" : `, ${number(where.g)} g CO₂e per kWh`}; PUE ${result?.pue ?? "–"}.`),
      ...(result ? results(app, result) : []));
      figure.hidden = !result || result.training_kwh === null;
      if (!figure.hidden) chart.update();
    },
    sheet: () => ({
      name: "calculator",
      head: ["Subject", "Queries a day", "PUE", "Grid", "kWh a day (IT)", "kWh a year", "Low", "High", "t CO2e a year", "Low", "High", "Training kWh", "Days to parity"],
      rows: result ? [[result.subject, result.queries, result.pue, place(app.report, app.state).name, result.day_kwh, result.year_kwh,
        result.year_kwh_range?.[0] ?? null, result.year_kwh_range?.[1] ?? null, result.year_t, result.year_t_range?.[0] ?? null, result.year_t_range?.[1] ?? null,
        result.training_kwh, result.parity_days]] : [],
    }),
  };
}

export const kCalculatorView: View = { id: "calculator", label: "Calculator", title: "A year of it", mount };
