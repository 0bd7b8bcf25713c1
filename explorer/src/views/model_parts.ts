// SPDX-License-Identifier: Apache-2.0
// The energy of a cell by component and provenance, as stacked bars whose pattern says how each part is known.
import * as Plot from "@observablehq/plot";
import type { App } from "../app";
import type { Drawing } from "../chart";
import { gramsPerKwh, perFactor, unit, unitPer } from "../cost";
import { h, shorten } from "../dom";
import { label, number, plural, tick } from "../format";
import { componentHue, kProvenanceMeaning, kProvenances, partFill, swatch } from "../palette";
import { kLiteral } from "../figure";
import type { Cell } from "../report";
import { rowLabels } from "./figures_data";

export interface Segment {
  cell: Cell;
  row: string;
  component: string;
  provenance: string;
  idle: boolean;
  channel: string;
  source: string;
  rule: string;
  wh: number | null;
  value: number | null;
}

export function rowName(cell: Cell): string {
  const extra = cell.variant && cell.variant !== "default" ? ` (${shorten(cell.variant, 14)})` : "";
  return `${label(cell.task)}: ${shorten(cell.dataset || "–", 22)}${extra}`;
}

/// The parts of a cell; what the GPUs that did no work drew is a part of its own.
export function segments(app: App, cell: Cell): Segment[] {
  const grams = app.state.quantity === "energy" ? 1 : gramsPerKwh(cell, app.report, app.state);
  const per = perFactor(cell, app.state.per);
  const value = (wh: number | null) => (wh === null || grams === null || per === null ? null : (wh / 1000) * grams * per);
  const listed = cell.parts.map((part) => ({ ...part, idle: part.use !== "" && part.use !== "used" }));
  const idle_wh = (cell.gpus?.idle_kwh ?? 0) * 1000;
  const gpu = listed.find((part) => part.component === "gpu");
  if (app.report.rules.attribution === "machine" && gpu && gpu.wh !== null && !listed.some((part) => part.idle) && idle_wh > 0 && idle_wh < gpu.wh) {
    listed.splice(listed.indexOf(gpu), 1, { ...gpu, wh: gpu.wh - idle_wh },
      { ...gpu, wh: idle_wh, idle: true, provenance: "apportioned", rule: "share of the GPUs that did no work" });
  }
  return listed.map((part) => ({
    cell, row: cell.key, component: part.component, provenance: part.provenance, idle: part.idle,
    channel: part.channel, source: part.source, rule: part.rule, wh: part.wh, value: value(part.wh),
  }));
}

export function partsDrawing(app: App, cells: Cell[], width: number): Drawing | null {
  const all = cells.flatMap((cell) => segments(app, cell));
  const drawn = all.filter((part): part is Segment & { value: number } => part.value !== null && part.value > 0);
  if (drawn.length === 0) return null;
  const order = cells.map((cell) => cell.key);
  const rows = rowLabels(cells.map((cell) => ({ row: cell.key, text: rowName(cell) })), width, 23);
  const missing = all.length - drawn.length;
  return {
    summary: `Parts of ${plural(cells.length, "cell")}; the table of parts below has the numbers.`, zoomable: [],
    notes: missing > 0 ? [`${plural(missing, "part")} cannot be drawn: zero, negative or unknown.`] : [],
    plot: {
      ...kLiteral, marginLeft: rows.marginLeft, marginRight: 20, marginBottom: 48, marginTop: 24,
      height: order.length * (rows.narrow ? 50 : 36) + 66,
      x: { label: `${unit(app.state)} ${unitPer(app.state)}`, grid: true, tickFormat: tick, ticks: width < 480 ? 4 : 7, labelArrow: "none" },
      y: { type: "band", domain: order, axis: null, padding: rows.narrow ? 0.55 : 0.3 },
      marks: [
        ...rows.marks,
        Plot.barX(drawn, Plot.stackX({
          y: "row", x: "value", fill: (part: Segment) => partFill(part.component, part.provenance, part.idle),
          stroke: (part: Segment) => componentHue(part.component), strokeWidth: 1.25,
        })),
        Plot.tip(drawn, Plot.pointer(Plot.stackX({
          y: "row", x: "value", title: (part: Segment) => [
            `${part.component.toUpperCase()}${part.idle ? ", not used by the work" : ""}: ${number(part.value)} ${unit(app.state)}`,
            `${part.provenance}: ${kProvenanceMeaning[part.provenance] ?? ""}`, shorten(part.rule || part.source, 60),
          ].join("\n"),
        }))),
      ],
    },
  };
}

/// What each colour and pattern means, of those in use.
export function partsLegend(parts: Segment[]): HTMLElement {
  const components = [...new Set(parts.map((part) => part.component))];
  const provenances = kProvenances.filter((one) => parts.some((part) => part.provenance === one && !part.idle));
  const item = (fill: string, edge: string, text: string) => h("li", {}, swatch(fill, edge), text);
  const hue = componentHue("cpu");
  return h("div", {},
    h("ul", { class: "legend", "aria-label": "Components, by colour" }, ...components.map((one) => item(componentHue(one), componentHue(one), one.length > 20 ? shorten(one, 20) : one.toUpperCase()))),
    h("ul", { class: "legend", "aria-label": "Provenance, by pattern" },
      ...provenances.map((one) => item(partFill("cpu", one), hue, `${one}: ${kProvenanceMeaning[one]}`)),
      ...(parts.some((part) => part.idle) ? [item(partFill("gpu", "apportioned", true), componentHue("gpu"), "pale: GPUs that did no work, an estimate")] : [])));
}
