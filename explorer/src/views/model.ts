// SPDX-License-Identifier: Apache-2.0
// Everything about one model: its cells, what they are made of, how sure we are, what loading costs.
import * as Plot from "@observablehq/plot";
import { type App, cost, groupBy, type Mounted, type View } from "../app";
import { Chart, domain, type Drawing, drawable, logNote } from "../chart";
import { select } from "../controls";
import { estimated, gramsPerKwh, unit, unitPer } from "../cost";
import { h, name, shorten } from "../dom";
import { count, duration, interval, label, number, parameters, percent, plural, tick } from "../format";
import { known, kLiteral } from "../figure";
import { type Column, GridTable, sheetOf } from "../grid_table";
import type { Attribution, Cell } from "../report";
import { rowLabels } from "./figures_data";
import { partsDrawing, partsLegend, rowName, type Segment, segments } from "./model_parts";

export function modelNames(app: App): string[] {
  return [...new Set(app.report.cells.map((cell) => cell.model))].sort((a, b) => a.localeCompare(b));
}

export function modelOptions(app: App): [string, string][] {
  return modelNames(app).map((model) => [model, model === "" ? "(no name)" : shorten(model, 80)]);
}

function current(app: App): string {
  if (app.report.cells.some((cell) => cell.model === app.state.model)) return app.state.model;
  const groups = [...groupBy(app.report.cells.filter((cell) => cell.in_study), (cell) => cell.model)].sort((a, b) => b[1].length - a[1].length);
  return groups[0]?.[0] ?? app.report.cells[0]?.model ?? "";
}

function under(which: Attribution): Pick<Column<Cell>, "id" | "label" | "numeric" | "value" | "show"> {
  return {
    id: which, label: `${label(which)}, kWh per 1,000`, numeric: true, value: (c) => c.attribution[which]?.kwh ?? null,
    show: (c) => {
      const split = c.attribution[which];
      const bounds = split?.low !== null && split?.high !== null && split ? ` (${number(split.low)} to ${number(split.high)})` : "";
      return `${split && split.provenance !== "measured" && split.provenance !== "derived" ? "≈ " : ""}${number(split?.kwh)}${bounds}`;
    },
  };
}

function cellColumns(app: App): Column<Cell>[] {
  const value = (pick: (cell: Cell) => number | null) => ({ numeric: true, value: pick });
  const best = (c: Cell) => c.quality.find((one) => one.value !== null);
  return [
    { id: "cell", wide: true, label: "Task and dataset", value: rowName },
    { id: "engine", label: "Engine", value: (c) => c.engine, show: (c) => name(c.engine || "–", 24) },
    { id: "mean", label: `${unit(app.state)} ${unitPer(app.state)}`, ...value((c) => cost(app, c).mean), show: (c) => `${estimated(c, app.report) ? "≈ " : ""}${number(cost(app, c).mean)}` },
    { id: "std", label: "Std of runs", ...value((c) => cost(app, c).std) },
    { id: "repeatability", label: "Repeatability, 95 %", numeric: true, value: (c) => cost(app, c).repeatability?.join(" to ") ?? null, show: (c) => interval(cost(app, c).repeatability) },
    { id: "expanded", label: "Expanded, k = 2", numeric: true, value: (c) => cost(app, c).expanded?.join(" to ") ?? null, show: (c) => interval(cost(app, c).expanded) },
    { id: "sampling", label: "Sampling 95 %, kWh", numeric: true, value: (c) => c.sampling?.join(" to ") ?? null, show: (c) => interval(c.sampling) },
    under("machine"), under("device"), under("marginal"),
    { id: "seconds", label: "Seconds per 1,000", ...value((c) => c.seconds) },
    { id: "p50", label: "Latency p50, ms", ...value((c) => c.latency?.p50 ?? null) },
    { id: "p99", label: "Latency p99, ms", ...value((c) => c.latency?.p99 ?? null) },
    { id: "load", label: "One load, kWh", ...value((c) => c.load_kwh) },
    { id: "breakeven", label: "Load pays off after, queries", ...value((c) => c.load_breakeven), show: (c) => count(c.load_breakeven) },
    { id: "residency", label: "Waiting, W", ...value((c) => c.residency_w) },
    { id: "quality", label: "Quality", ...value((c) => best(c)?.value ?? null), show: (c) => {
      const one = best(c);
      return one ? `${shorten(one.metric, 20)} ${number(one.value)}${one.same_queries === false ? " (other queries)" : ""}` : "–";
    } },
    { id: "n", label: "Runs", ...value((c) => c.n), show: (c) => count(c.n) },
    { id: "known", label: "Known by", value: (c) => known(estimated(c, app.report), c.measured_share) },
    { id: "flags", wide: true, label: "Flags", value: (c) => c.flags.join(" ") || null, show: (c) => name(c.flags.join(", ") || "–", 80) },
  ];
}

const kPartColumns: Column<Segment>[] = [
  { id: "cell", label: "Task and dataset", value: (p) => rowName(p.cell) },
  { id: "component", label: "Component", value: (p) => p.component, show: (p) => shorten(p.component, 24) },
  { id: "provenance", label: "Known by", value: (p) => p.provenance, show: (p) => shorten(p.provenance, 24) },
  { id: "wh", label: "Wh per 1,000", numeric: true, value: (p) => p.wh },
  { id: "use", label: "Used by the work", value: (p) => (p.idle ? "no" : "yes") },
  { id: "channel", label: "Channel", value: (p) => p.channel, show: (p) => name(p.channel || "–", 30) },
  { id: "source", wide: true, label: "Source", value: (p) => p.source, show: (p) => name(p.source || "–", 80) },
  { id: "rule", wide: true, label: "Rule", value: (p) => p.rule, show: (p) => name(p.rule || "–", 80) },
];

/// One load beside 1,000 queries, on one axis.
function loadDrawing(app: App, cells: Cell[], width: number): Drawing | null {
  const grams = (cell: Cell) => (app.state.quantity === "energy" ? 1 : gramsPerKwh(cell, app.report, app.state));
  const all = cells.filter((cell) => cell.load_kwh !== null).map((cell) => {
    const factor = grams(cell);
    return { row: cell.key, cell, load: factor === null ? null : cell.load_kwh! * factor, query: factor === null || cell.energy.mean === null ? null : cell.energy.mean * factor };
  });
  const { kept, dropped } = drawable(all, (one) => [one.load, one.query], true);
  if (kept.length === 0) return null;
  const rows = rowLabels(kept.map(({ row, cell }) => ({ row, text: rowName(cell) })), width);
  const u = app.state.quantity === "energy" ? "kWh" : "g CO₂e";
  const text = (d: (typeof kept)[number]) => `${rowName(d.cell)}\none load: ${number(d.load)} ${u}\n1,000 queries: ${number(d.query)} ${u}\nequal after ${count(d.cell.load_breakeven)} queries`;
  return {
    summary: `Energy of one load against 1,000 queries for ${plural(kept.length, "cell")}; numbers in the table of cells.`,
    zoomable: [], notes: logNote(dropped),
    plot: {
      ...kLiteral, marginLeft: rows.marginLeft, marginRight: 24, marginTop: 20, marginBottom: 48, height: kept.length * (rows.narrow ? 50 : 32) + 66,
      x: { type: "log", domain: domain(kept.flatMap((d) => [d.load, d.query]), true), label: `${u}: one load, 1,000 queries`, grid: true, tickFormat: tick, labelArrow: "none" },
      y: { type: "band", domain: kept.map(({ row }) => row), axis: null },
      marks: [
        ...rows.marks, Plot.ruleY(kept, { y: "row", x1: "load", x2: "query", strokeOpacity: 0.35 }),
        Plot.dot(kept, { y: "row", x: "load", r: 6, symbol: "diamond", fill: "var(--hue-2)" }),
        Plot.dot(kept, { y: "row", x: "query", r: 6, symbol: "circle", fill: "var(--hue-1)" }),
        Plot.tip(kept, Plot.pointerY({ y: "row", x: "query", title: text })),
      ],
    },
  };
}

function facts(model: string, cells: Cell[]): HTMLElement {
  const first = cells[0];
  const all = (pick: (cell: Cell) => string) => [...new Set(cells.map(pick).filter((one) => one !== ""))].map((one) => shorten(one, 40)).join(", ") || "–";
  const refused = [...new Set(cells.map((cell) => cell.marginal_refused).filter(Boolean))];
  const notes = [...new Set(cells.map((cell) => cell.attribution_note).filter(Boolean))];
  const gpus = cells.map((cell) => cell.gpus).find((one) => one && one.counted !== null);
  const share = cells.map((cell) => cell.measured_share).filter((one): one is number => one !== null);
  const rows: [string, string][] = [
    ["Class", all((cell) => cell.cls)], ["Purpose", all((cell) => cell.purpose)], ["Parameters", parameters(first?.parameters)],
    ["Weights", all((cell) => cell.weights)], ["Cells", `${cells.length}, ${all((cell) => label(cell.task))}`],
    ["Measured", share.length > 0 ? `${percent(Math.min(...share))} to ${percent(Math.max(...share))} of the energy; the rest is modelled, assumed or apportioned` : "–"],
    ["GPUs", gpus ? `${count(gpus.counted)} counted, ${count(gpus.used)} used` : "–"],
    ["One load", duration(cells.find((cell) => cell.load_seconds !== null)?.load_seconds)],
  ];
  if (refused.length > 0) rows.push(["Marginal", `not given: ${shorten(refused.join("; "), 200)}`]);
  if (notes.length > 0) rows.push(["Note", shorten(notes.join("; "), 300)]);
  return h("div", { class: "card" }, h("h3", {}, model === "" ? "(no name)" : name(model, 120)),
    model.length > 120 ? h("details", { class: "more" }, h("summary", {}, `The whole name, ${count(model.length)} characters`), h("bdi", { class: "name" }, model)) : null,
    h("dl", { class: "pairs" }, ...rows.flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text)])));
}

function mount(host: HTMLElement, app: App): Mounted {
  const picker = select(app, "model", "Model", () => modelOptions(app));
  const head = h("div");
  const key = h("div");
  let cells: Cell[] = [];
  const hooks = { zoom: () => [], setZoom: () => undefined };
  const parts = new Chart({ ...hooks, draw: (width) => partsDrawing(app, cells, width) });
  const load = new Chart({ ...hooks, draw: (width) => loadDrawing(app, cells, width) });
  const table = new GridTable<Cell>(cellColumns(app), { caption: "Cells of the model" });
  const part_table = new GridTable<Segment>(kPartColumns, { caption: "Parts of every cell" });
  host.append(h("div", { class: "form" }, picker.element), head,
    h("figure", { class: "card" }, h("figcaption", {}, h("h3", {}, "Where it goes, and how each part is known"),
      h("p", { class: "lead" }, "Colour is the component, pattern is how its energy is known: solid was measured, everything else is an estimate.")), key, parts.element,
    h("details", { class: "data" }, h("summary", {}, "Parts as a table"), part_table.element)),
    h("figure", { class: "card" }, h("figcaption", {}, h("h3", {}, "Loading against answering"),
      h("p", { class: "lead" }, "◆ one load of the model, ● 1,000 queries. Loading is in no other figure: it is paid once.")), load.element),
    h("h3", {}, "Every cell"), table.element);
  return {
    update: () => {
      const model = current(app);
      cells = app.report.cells.filter((cell) => cell.model === model);
      picker.update();
      picker.element.querySelector("select")!.value = model;
      head.replaceChildren(facts(model, cells));
      const all = cells.flatMap((cell) => segments(app, cell));
      key.replaceChildren(partsLegend(all));
      parts.update();
      load.update();
      part_table.update(all);
      table.setColumns(cellColumns(app));
      table.update(cells, { caption: `Cells of ${shorten(model, 60)}` });
    },
    sheet: () => sheetOf("model", [{ id: "model", label: "Model", value: (c: Cell) => c.model }, ...cellColumns(app)], cells),
  };
}

export const kModelView: View = { id: "model", label: "Model", title: "One model", mount };
