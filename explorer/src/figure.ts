// SPDX-License-Identifier: Apache-2.0
// What the six figures share: a point, its tooltip and error bar, the axes, the columns of the data table.
import * as Plot from "@observablehq/plot";
import { type App, cost } from "./app";
import { axisLabel, bar, estimated, unit } from "./cost";
import { domain } from "./chart";
import { shorten } from "./dom";
import { label, number, parameters, tick } from "./format";
import type { Column } from "./grid_table";
import type { Look } from "./palette";
import type { Cell, Stats } from "./report";
import { pool } from "./stats";

/// One mark of a figure: one cell, or several pooled.
export interface Point {
  cells: Cell[];
  model: string;
  task: string;
  dataset: string;
  group: string;
  parameters: number | null;
  value: Stats;
  mean: number;
  low: number | null;
  high: number | null;
  x: number | null;
  y: number | null;
  estimate: boolean;
  measured: number | null;
}

export interface Figure {
  id: string;
  label: string;
  title: string;
  explain: string;
  grouped: string;
  points(app: App, cells: Cell[]): Point[];
  /// The values that must be positive on log axes.
  needs(point: Point): (number | null)[];
  zoomable: ("x" | "y")[];
  plot(app: App, points: Point[], looks: Map<string, Look>, width: number): Plot.PlotOptions;
  columns(app: App): Column<Point>[];
  caption?(app: App, points: Point[]): string;
}

export function point(app: App, cells: Cell[], group: string, given: Partial<Point> = {}): Point {
  const first = cells[0]!;
  const value = pool(cells.map((cell) => cost(app, cell)));
  const range = bar(value, app.state.bars);
  const shares = cells.map((cell) => cell.measured_share);
  return {
    cells, model: first.model, task: first.task, dataset: first.dataset, group, parameters: first.parameters, value,
    mean: value.mean ?? NaN, low: range ? range[0] : null, high: range ? range[1] : null, x: null, y: null,
    estimate: cells.some((cell) => estimated(cell, app.report)),
    measured: shares.includes(null) ? null : shares.reduce<number>((sum, share) => sum + share!, 0) / shares.length,
    ...given,
  };
}

/// Hollow where less than half was measured: more estimate than reading.
export function hollow(of: Point): boolean {
  return of.measured === null || of.measured < 0.5;
}

export function tooltip(app: App, of: Point, extra: string[] = []): string {
  const range = of.low !== null && of.high !== null ? ` (${number(of.low)} to ${number(of.high)})` : "";
  return [
    of.model ? shorten(of.model, 44) : label(of.task),
    of.model ? `${label(of.task)}${of.dataset ? `, ${shorten(of.dataset, 30)}` : ""}` : "",
    `${of.estimate ? "≈ " : ""}${number(of.value.mean)} ${unit(app.state)}${range}`,
    of.model ? `${parameters(of.parameters)} parameters` : "",
    ...extra,
    `${of.value.n ?? "–"} runs; ${of.measured === null ? "share measured unknown" : `${Math.round(100 * of.measured)} % measured`}`,
  ].filter((line) => line !== "").join("\n");
}

export function valueAxis(app: App, points: Point[], width: number): Plot.ScaleOptions {
  const log = !app.state.linear;
  const all = points.flatMap((p) => [p.mean, p.low, p.high].filter((x) => x !== null && (!log || x > 0)));
  return {
    type: log ? "log" : "linear", domain: domain(all, log, true), label: axisLabel(app.state), tickFormat: tick,
    grid: true, ticks: width < 480 ? 4 : 7, labelArrow: "none",
  } as Plot.ScaleOptions;
}

export function parameterAxis(points: Point[]): Plot.ScaleOptions {
  return {
    type: "log", domain: domain(points.map((p) => p.parameters), true), label: "Parameters", tickFormat: tick,
    grid: true, labelArrow: "none",
  } as Plot.ScaleOptions;
}

/// An error bar as far as the axis can show it: below a log axis' foot it runs out of the frame.
export function errorBars(app: App, points: Point[], along: "x" | "y", other: (p: Point) => unknown, looks: Map<string, Look>): Plot.Markish[] {
  const foot = domain(points.flatMap((p) => [p.mean, p.low]), true)[0];
  const drawn = points.filter((p) => p.low !== null && p.high !== null && p.high > p.low);
  const low = (p: Point) => (app.state.linear || p.low! > 0 ? p.low! : foot);
  const style = { stroke: (p: Point) => looks.get(p.group)?.hue ?? "currentColor", strokeOpacity: 0.45, strokeWidth: 1.5 };
  return [along === "x"
    ? Plot.ruleY(drawn, { ...style, x1: low, x2: (p: Point) => p.high!, y: other as never })
    : Plot.ruleX(drawn, { ...style, y1: low, y2: (p: Point) => p.high!, x: other as never })];
}

export function dots(points: Point[], looks: Map<string, Look>, place: { x: (p: Point) => unknown; y: (p: Point) => unknown; r?: (p: Point) => number }): Plot.Markish[] {
  const hue = (p: Point) => looks.get(p.group)?.hue ?? "currentColor";
  const shared = {
    x: place.x as never, y: place.y as never, r: (place.r ?? (() => 4.5)) as never,
    symbol: (p: Point) => looks.get(p.group)?.symbol ?? "circle", stroke: hue, strokeWidth: 1.6,
  };
  return [
    Plot.dot(points.filter(hollow), { ...shared, fill: "var(--paper)" }),
    Plot.dot(points.filter((p) => !hollow(p)), { ...shared, fill: hue, fillOpacity: 0.7 }),
  ];
}

export function tips(app: App, points: Point[], place: { x: (p: Point) => unknown; y: (p: Point) => unknown }, extra?: (p: Point) => string[]): Plot.Markish {
  return Plot.tip(points, Plot.pointer({
    x: place.x as never, y: place.y as never, title: (p: Point) => tooltip(app, p, extra?.(p)), lineWidth: 30,
  }));
}

/// Radius by parameters, or the like: area is proportional.
export function radius(points: Point[], value: (p: Point) => number | null, most = 13): (p: Point) => number {
  const top = points.reduce((high, p) => Math.max(high, value(p) ?? 0), 0);
  return (p) => Math.max(3, most * Math.sqrt(Math.max(value(p) ?? 0, 0) / (top || 1)));
}

/// Fixed scales for what is already a colour, a symbol or a radius.
export const kLiteral = {
  color: { type: "identity" }, r: { type: "identity" }, symbol: { type: "identity" },
} as unknown as Partial<Plot.PlotOptions>;

export function valueColumns(app: App): Column<Point>[] {
  const u = unit(app.state);
  return [
    { id: "mean", label: `Mean, ${u}`, numeric: true, value: (p) => p.value.mean },
    { id: "low", label: `Low, ${u}`, numeric: true, value: (p) => p.low },
    { id: "high", label: `High, ${u}`, numeric: true, value: (p) => p.high },
    { id: "std", label: `Std, ${u}`, numeric: true, value: (p) => p.value.std },
    { id: "n", label: "Runs", numeric: true, value: (p) => p.value.n, show: (p) => p.value.n ?? "–" },
    { id: "known", label: "Known by", value: (p) => (p.estimate ? "estimate in part" : "measured"), show: (p) => known(p.estimate, p.measured) },
  ];
}

export function known(estimate: boolean, measured: number | null): string {
  if (!estimate) return "measured";
  return measured === null ? "estimate" : `estimate, ${Math.round(100 * measured)} % measured`;
}
