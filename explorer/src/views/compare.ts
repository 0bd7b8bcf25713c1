// SPDX-License-Identifier: Apache-2.0
// Two models on what both ran: the ratio of every shared task and dataset, with an interval that says its basis.
import * as Plot from "@observablehq/plot";
import { type App, cost, groupBy, type Mounted, type View } from "../app";
import { Chart, domain, type Drawing } from "../chart";
import { select } from "../controls";
import { unit, unitPer } from "../cost";
import { h, name, shorten } from "../dom";
import { count, interval, label, number, plural, tick } from "../format";
import { kLiteral } from "../figure";
import { type Column, GridTable, sheetOf } from "../grid_table";
import type { Cell, Interval } from "../report";
import { ratio } from "../stats";
import { rowLabels } from "./figures_data";
import { modelOptions } from "./model";

interface Pair { row: string; task: string; dataset: string; a: Cell; b: Cell; ratio: number | null; interval: Interval | null }

function byPlace(app: App, model: string): Map<string, Cell[]> {
  return groupBy(app.report.cells.filter((cell) => cell.model === model), (cell) => `${cell.task}\n${cell.dataset}`);
}

/// Of several cells of one place, those of equal variant and engine where there are any, else those of the study.
function match(left: Cell[], right: Cell[]): [Cell, Cell] {
  for (const a of left) {
    const b = right.find((one) => one.variant === a.variant && one.engine === a.engine);
    if (b) return [a, b];
  }
  const studied = (cells: Cell[]) => cells.find((cell) => cell.in_study) ?? cells[0]!;
  return [studied(left), studied(right)];
}

function pairs(app: App, left: string, right: string): Pair[] {
  const theirs = byPlace(app, right);
  return [...byPlace(app, left)].flatMap(([row, mine]) => {
    const others = theirs.get(row);
    if (!others || left === right) return [];
    const [a, b] = match(mine, others);
    const found = ratio(cost(app, a), cost(app, b));
    return [{ row, task: a.task, dataset: a.dataset, a, b, ratio: found?.ratio ?? null, interval: found?.interval ?? null }];
  });
}

/// The two models that share most, until the reader chooses.
function chosenModels(app: App): [string, string] {
  const studied = app.report.cells.some((cell) => cell.in_study);
  const weigh = (cells: Cell[]) => cells.filter((cell) => cell.in_study || !studied).length;
  const groups = [...groupBy(app.report.cells, (cell) => cell.model)].sort((a, b) => weigh(b[1]) - weigh(a[1]));
  const names = new Set(groups.map(([model]) => model));
  const places = (cells: Cell[]) => new Set(cells.map((cell) => `${cell.task}\n${cell.dataset}`));
  const left = names.has(app.state.left) && app.state.left !== "" ? app.state.left : groups[0]?.[0] ?? "";
  if (app.state.right !== "" && names.has(app.state.right)) return [left, app.state.right];
  const mine = places(groups.find(([model]) => model === left)?.[1] ?? []);
  const shared = (cells: Cell[]) => [...places(cells)].filter((place) => mine.has(place)).length;
  const best = groups.filter(([model]) => model !== left).sort((a, b) => shared(b[1]) - shared(a[1]))[0];
  return [left, best?.[0] ?? ""];
}

function verdict(pair: Pair): string {
  if (pair.ratio === null) return "cannot tell: a value is missing, zero or negative";
  if (!pair.interval) return "cannot tell: no spread is known";
  if (pair.interval[0] > 1) return "A costs more";
  return pair.interval[1] < 1 ? "A costs less" : "no difference shown";
}

function columns(app: App): Column<Pair>[] {
  const u = `${unit(app.state)} ${unitPer(app.state)}`;
  const quality = (cell: Cell) => cell.quality.find((one) => one.value !== null);
  const grade = (pick: (pair: Pair) => Cell, title: string): Column<Pair> => ({
    id: title, label: `Quality of ${title}`, numeric: true, value: (p) => quality(pick(p))?.value ?? null,
    show: (p) => { const one = quality(pick(p)); return one ? `${number(one.value)} ${shorten(one.metric, 16)}` : "–"; },
  });
  return [
    { id: "task", label: "Task", value: (p) => p.task, show: (p) => label(p.task) },
    { id: "dataset", label: "Dataset", value: (p) => p.dataset, show: (p) => name(p.dataset || "–", 32) },
    { id: "a", label: `A, ${u}`, numeric: true, value: (p) => cost(app, p.a).mean },
    { id: "b", label: `B, ${u}`, numeric: true, value: (p) => cost(app, p.b).mean },
    { id: "ratio", label: "A / B", numeric: true, value: (p) => p.ratio },
    { id: "low", label: "Low, 95 %", numeric: true, value: (p) => p.interval?.[0] ?? null },
    { id: "high", label: "High, 95 %", numeric: true, value: (p) => p.interval?.[1] ?? null },
    { id: "na", label: "Runs of A", numeric: true, value: (p) => p.a.n, show: (p) => count(p.a.n) },
    { id: "nb", label: "Runs of B", numeric: true, value: (p) => p.b.n, show: (p) => count(p.b.n) },
    { id: "verdict", label: "Reading", value: verdict },
    grade((p) => p.a, "A"), grade((p) => p.b, "B"),
  ];
}

function drawing(found: Pair[], width: number): Drawing | null {
  const drawn = found.filter((pair): pair is Pair & { ratio: number } => pair.ratio !== null && pair.ratio > 0);
  if (drawn.length === 0) return null;
  const rows = rowLabels(drawn.map((pair) => ({ row: pair.row, text: `${label(pair.task)}: ${shorten(pair.dataset || "–", 24)}` })), width);
  const missing = found.length - drawn.length;
  return {
    summary: `Ratio of A to B for ${plural(drawn.length, "shared dataset")}; numbers in the table below.`, zoomable: [],
    notes: missing > 0 ? [`${plural(missing, "pair")} cannot be drawn on a log axis.`] : [],
    plot: {
      ...kLiteral, marginLeft: rows.marginLeft, marginRight: 24, marginTop: 20, marginBottom: 48, height: drawn.length * (rows.narrow ? 50 : 34) + 66,
      x: { type: "log", domain: domain([1, ...drawn.flatMap((p) => [p.ratio, p.interval?.[0] ?? null, p.interval?.[1] ?? null])], true), label: "A / B: left of 1 A costs less, right of 1 more", grid: true, tickFormat: tick, labelArrow: "none" },
      y: { type: "band", domain: drawn.map((pair) => pair.row), axis: null },
      marks: [
        ...rows.marks, Plot.ruleX([1], { stroke: "var(--ink)", strokeWidth: 1.5 }),
        Plot.ruleY(drawn.filter((p) => p.interval), { y: "row", x1: (p: Pair) => p.interval![0], x2: (p: Pair) => p.interval![1], stroke: "var(--hue-1)", strokeWidth: 3, strokeOpacity: 0.55 }),
        Plot.dot(drawn, { y: "row", x: "ratio", r: 5, stroke: "var(--hue-1)", strokeWidth: 1.6, fill: (p: Pair) => (p.interval ? "var(--hue-1)" : "var(--paper)") }),
        Plot.tip(drawn, Plot.pointerY({ y: "row", x: "ratio", title: (p: Pair) => `${label(p.task)}: ${shorten(p.dataset, 30)}\nA / B ${number(p.ratio)} (${interval(p.interval)})\n${verdict(p)}` })),
      ],
    },
  };
}

function summary(found: Pair[]): string {
  const ratios = found.flatMap((pair) => (pair.ratio !== null && pair.ratio > 0 ? [pair.ratio] : []));
  if (ratios.length === 0) return "These two share no task and dataset with a value for both.";
  const mean = Math.exp(ratios.reduce((sum, x) => sum + Math.log(x), 0) / ratios.length);
  const low = Math.min(...ratios);
  const high = Math.max(...ratios);
  const told = found.filter((pair) => pair.interval && (pair.interval[0] > 1 || pair.interval[1] < 1)).length;
  return `Over the ${plural(ratios.length, "shared dataset")} A costs ${number(mean)} times as much as B (geometric mean of the ratios, which run from ${number(low)} to ${number(high)}); ${told} of ${ratios.length} differ by more than their intervals.`;
}

function mount(host: HTMLElement, app: App): Mounted {
  const left = select(app, "left", "Model A", () => modelOptions(app));
  const right = select(app, "right", "Model B", () => modelOptions(app));
  const swap = h("button", { type: "button", onclick: () => {
    const [a, b] = chosenModels(app);
    app.set({ left: b, right: a });
  } }, "Swap");
  const result = h("p", { class: "result", role: "status" });
  let found: Pair[] = [];
  const chart = new Chart({ zoom: () => [], setZoom: () => undefined, draw: (width) => drawing(found, width) });
  const table = new GridTable<Pair>(columns(app), { caption: "Ratios" });
  host.append(h("div", { class: "form" }, left.element, right.element, h("div", { class: "field button" }, h("span", {}, "\u00a0"), swap)), result,
    h("figure", { class: "card" }, h("figcaption", {}, h("h3", {}, "A / B on every shared dataset")), chart.element,
      h("p", { class: "note" }, "Intervals: 95 % by Welch on the log ratio, from the mean, standard deviation and number of runs of each cell; what both share (meter, rules, grid) cancels. `permille compare` pairs the runs by block, which is usually tighter. Of twenty such intervals about one misses by chance. A hollow mark has no interval. The mean has none either: the datasets are no sample of all work.")),
    table.element);
  return {
    update: () => {
      const [a, b] = chosenModels(app);
      left.update();
      right.update();
      left.element.querySelector("select")!.value = a;
      right.element.querySelector("select")!.value = b;
      found = pairs(app, a, b);
      result.textContent = a === b ? "Choose two different models." : summary(found);
      chart.update();
      table.setColumns(columns(app));
      table.update(found, { caption: `A: ${shorten(a, 60)}. B: ${shorten(b, 60)}.` });
    },
    sheet: () => {
      const [a, b] = chosenModels(app);
      return sheetOf("compare", [{ id: "ma", label: "Model A", value: () => a }, { id: "mb", label: "Model B", value: () => b }, ...columns(app)], found);
    },
  };
}

export const kCompareView: View = { id: "compare", label: "Compare", title: "Two models, side by side", mount };
