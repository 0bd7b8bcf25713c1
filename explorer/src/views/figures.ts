// SPDX-License-Identifier: Apache-2.0
// The six figures: one at a time, with filters, error bars, zoom, and the same data as a table.
import { type App, chosen, type Mounted, type View } from "../app";
import { Chart, drawable, linearNote, logNote } from "../chart";
import { check, type Control, select } from "../controls";
import { bar, kBars } from "../cost";
import { h, shorten } from "../dom";
import { capital, label, number } from "../format";
import { filterBar } from "../filters";
import { type Figure, hollow, type Point } from "../figure";
import { GridTable, sheetOf } from "../grid_table";
import { legend, looks } from "../palette";
import { headlines } from "./headlines";
import { kDatasetFigure, kMultiFigure, kSizeFigure, kTaskFigure } from "./figures_data";
import { kAccuracyFigure, kLengthFigure } from "./figures_quality";

export const kFigures: Figure[] = [kTaskFigure, kSizeFigure, kDatasetFigure, kAccuracyFigure, kMultiFigure, kLengthFigure];

function figureOf(app: App): Figure {
  return kFigures.find((figure) => figure.id === app.state.figure) ?? kSizeFigure;
}

function barNote(app: App, points: Point[]): string {
  if (app.state.bars === "none" || points.length === 0) return "";
  const without = points.filter((p) => bar(p.value, app.state.bars) === null).length;
  const name = (kBars[app.state.bars] ?? "").toLowerCase();
  if (without === points.length) return `This store has no interval of this kind (${name}) here.`;
  return `Bars: ${name}${without > 0 ? `; ${without} marks have none` : ""}.`;
}

/// How far the expanded interval of a typical mark reaches, where the bars do not show it.
function uncertaintyNote(app: App, points: Point[]): string {
  if (app.state.bars === "expanded") return "";
  const factors = points.flatMap(({ value }) => (value.expanded && value.expanded[0] > 0 ? [Math.sqrt(value.expanded[1] / value.expanded[0])] : []));
  if (factors.length === 0) return "";
  const typical = factors.sort((a, b) => a - b)[Math.floor(factors.length / 2)]!;
  const size = typical < 1.5 ? `${number(100 * (typical - 1))} %` : `a factor of ${number(typical)}`;
  return `Each value as such is known to ${size} either way (expanded interval, k = 2, typical); what the marks share of it, meter and rules, moves them together.`;
}

function estimateNote(points: Point[]): string {
  const estimates = points.filter((p) => p.estimate).length;
  if (estimates === 0) return "";
  const mostly = points.filter(hollow).length;
  return `${estimates === points.length ? "Every mark is" : `${estimates} of ${points.length} marks are`} in part an estimate: some of the energy was modelled, assumed or apportioned.${
    mostly > 0 ? ` Hollow marks (${mostly}) are measured by less than half.` : ""}`;
}

/// Without the marks that lie so far outside a zoomed, linear axis that SVG has no coordinate for them.
function within(points: Point[], zoom: number[]): Point[] {
  if (zoom.length === 0) return points;
  const reach = 1e9 * Math.max(...zoom.map(Math.abs));
  return points.filter((p) => [p.mean, p.low, p.high].every((x) => x === null || Math.abs(x) <= reach));
}

/// Every group that the figure can have, so that a filter changes no colour.
function allLooks(app: App, figure: Figure): ReturnType<typeof looks> {
  const every = { ...app, state: { ...app.state, task: [], modality: [], cls: [], dataset: [], engine: [], extras: true } };
  const groups = figure.points(every as App, app.report.cells).map((p) => p.group);
  return looks([...new Set(groups)].sort());
}

/// Which marks were not measured as they stand.
function extrapolationNote(points: Point[]): string {
  const models = new Set(points.flatMap((p) => p.cells).filter((cell) => cell.extrapolated).map((cell) => cell.model));
  return models.size === 0 ? "" : `Extrapolated from fewer denoising steps, not measured: ${[...models].map((model) => shorten(model, 40)).join(", ")}.`;
}

function mount(host: HTMLElement, app: App): Mounted {
  const tabs = kFigures.map((figure) => ({ figure, link: h("a", {}, h("b", {}, `${figure.id} `), figure.label) }));
  const heading = h("h3");
  const explain = h("p", { class: "lead" });
  const key = h("div");
  const caption = h("p", { class: "note" });
  const data = h("details", { class: "data" }, h("summary", {}, "The data of this figure as a table"));
  const table = new GridTable<Point>([], { caption: "Data of the figure" });
  data.append(table.element);
  let points: Point[] = [];
  let look = new Map();
  let drawn_for = "";
  let dropped = 0;
  const options: Control[] = [
    select(app, "bars", "Error bars", () => Object.entries(kBars)), check(app, "linear", "Linear axis"),
    check(app, "cost_axis", "Cost on the horizontal axis"),
  ];
  const filters = filterBar(app);
  const chart = new Chart({
    zoom: () => app.state.zoom,
    setZoom: (zoom) => app.set({ zoom }),
    open: (datum) => {
      const p = datum as Point;
      location.hash = app.href(p.model ? { view: "model", model: p.model } : { view: "cells", task: [p.task] });
    },
    draw: (width) => {
      if (points.length === 0 && dropped === 0) return null;
      const figure = figureOf(app);
      return {
        plot: figure.plot(app, within(points, app.state.zoom), look, width), zoomable: figure.zoomable,
        summary: `${figure.title}. ${points.length} marks; the table below has the numbers.`,
        notes: [...(app.state.linear ? linearNote : logNote)(dropped, figure.id === "3" || figure.id === "5" ? "cell" : "mark"), barNote(app, points), uncertaintyNote(app, points), estimateNote(points), extrapolationNote(points)].filter(Boolean),
      };
    },
  });
  const summary = headlines(app);
  host.append(summary.element, h("nav", { class: "tabs", "aria-label": "Figures" }, ...tabs.map(({ link }) => link)), filters.element,
    h("figure", { class: "card" }, h("figcaption", {}, heading, explain), h("div", { class: "options" }, ...options.map((one) => one.element)),
      key, chart.element, caption, data));
  const fillTable = () => { if (data.open) table.update(points, { caption: `Figure ${figureOf(app).id}: ${figureOf(app).title}` }); };
  data.addEventListener("toggle", () => { if (data.open !== app.state.data) app.set({ data: data.open }); });
  return {
    update: () => {
      const figure = figureOf(app);
      summary.update();
      options.forEach((one) => one.update());
      options[2]!.element.hidden = figure.id !== "4";
      filters.update();
      for (const { figure: one, link } of tabs) {
        link.setAttribute("href", app.href({ figure: one.id, zoom: [] }));
        if (one === figure) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
      }
      const all = figure.points(app, chosen(app));
      // Axes other than the value's are logarithmic or positive by nature; the value's is so unless made linear.
      const split = drawable(all, (p) => figure.needs(p), !app.state.linear);
      points = split.kept;
      dropped = split.dropped;
      if (drawn_for !== figure.id) look = allLooks(app, figure);
      drawn_for = figure.id;
      heading.textContent = `Figure ${figure.id}: ${figure.title}`;
      explain.textContent = figure.explain;
      const present = new Set(points.map((p) => p.group));
      key.replaceChildren(legend([...look].filter(([group]) => present.has(group)).map(([group, one]) => ({ label: figure.grouped === "Task" ? label(group) : capital(shorten(group, 40)), look: one })), figure.grouped));
      chart.update();
      caption.textContent = figure.caption?.(app, points) ?? "";
      table.setColumns(figure.columns(app));
      data.open = app.state.data;
      fillTable();
    },
    sheet: () => sheetOf(`figure-${figureOf(app).id}`, figureOf(app).columns(app), points),
  };
}

export const kFiguresView: View = { id: "figures", label: "Figures", title: "What does a query cost?", mount };
