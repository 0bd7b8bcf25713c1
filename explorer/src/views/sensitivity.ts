// SPDX-License-Identifier: Apache-2.0
// The sensitivity page: a tornado of the choices that make the total.
import * as Plot from "@observablehq/plot";
import { type App, type Mounted, type View } from "../app";
import { Chart, domain, type Drawing, drawable, logNote } from "../chart";
import { check, type Control } from "../controls";
import { unit, unitPer } from "../cost";
import { h, shorten } from "../dom";
import { number, plural, tick } from "../format";
import { kLiteral } from "../figure";
import { type Column, GridTable, sheetOf } from "../grid_table";
import { rowLabels } from "./figures_data";
import { baseTotal, type Factor, factors, isChoice } from "./sensitivity_factors";
import { subject, subjectPicker } from "./subject";

function columns(app: App, base: number | null): Column<Factor>[] {
  const u = `${unit(app.state)} ${unitPer(app.state)}`;
  return [
    { id: "name", label: "What is chosen", value: (f) => f.name },
    { id: "low", label: `Lowest, ${u}`, numeric: true, value: (f) => f.low },
    { id: "low_label", label: "by", value: (f) => f.low_label },
    { id: "high", label: `Highest, ${u}`, numeric: true, value: (f) => f.high },
    { id: "high_label", label: "by", value: (f) => f.high_label },
    { id: "times", label: "Highest / lowest", numeric: true, value: (f) => (f.low > 0 ? f.high / f.low : null) },
    { id: "of", label: "Range / total", numeric: true, value: (f) => (base ? (f.high - f.low) / base : null) },
    { id: "note", label: "Why", wide: true, value: (f) => f.note },
  ];
}

/// Widen a domain so that a share of it on either side is free for labels.
function withRoom([low, high]: [number, number], log: boolean, share: number): [number, number] {
  const [a, b] = log ? [Math.log(low), Math.log(high)] : [low, high];
  const air = ((b - a) * share) / Math.max(1 - 2 * share, 0.2);
  return log ? [Math.exp(a - air), Math.exp(b + air)] : [a - air, b + air];
}

function drawing(app: App, all: Factor[], base: number | null, width: number): Drawing | null {
  const log = !app.state.linear;
  const { kept, dropped } = drawable(all, (f) => [f.low, f.high], log);
  if (kept.length === 0 || base === null || (log && base <= 0)) return null;
  const rows = rowLabels(kept.map((f) => ({ row: f.id, text: f.name })), width, 23);
  const labels = width >= 700;
  const tight = domain([base, ...kept.flatMap((f) => [f.low, f.high])], log);
  const ends = labels ? withRoom(tight, log, 170 / (width - rows.marginLeft - 24)) : tight;
  const end = (f: Factor, side: "low" | "high") => `${side === "low" ? f.low_label : f.high_label}: ${number(f[side])} ${unit(app.state)}`;
  return {
    summary: `What changes ${number(base)} ${unit(app.state)}: ${plural(kept.length, "choice")}, strongest first. The table below has the numbers.`,
    zoomable: [], notes: logNote(dropped, "choice"),
    plot: {
      ...kLiteral, marginLeft: rows.marginLeft, marginRight: 24, marginTop: 26, marginBottom: 48, height: kept.length * (rows.narrow ? 58 : 44) + 70,
      x: { type: log ? "log" : "linear", domain: ends, label: `${unit(app.state)} ${unitPer(app.state)}`, grid: true, tickFormat: tick, ticks: width < 480 ? 4 : 7, labelArrow: "none" },
      y: { type: "band", domain: kept.map((f) => f.id), axis: null, padding: 0.45 },
      marks: [
        ...rows.marks,
        Plot.barX(kept, { y: "id", x1: "low", x2: () => base, fill: "var(--hue-1)", fillOpacity: 0.75, filter: (f: Factor) => f.low < base }),
        Plot.barX(kept, { y: "id", x1: () => base, x2: "high", fill: "var(--hue-2)", fillOpacity: 0.75, filter: (f: Factor) => f.high > base }),
        ...(labels ? [
          Plot.text(kept, { y: "id", x: "low", text: (f: Factor) => shorten(f.low_label, 32), textAnchor: "end", dx: -6, filter: (f: Factor) => f.low < base, fillOpacity: 0.8 }),
          Plot.text(kept, { y: "id", x: "high", text: (f: Factor) => shorten(f.high_label, 32), textAnchor: "start", dx: 6, filter: (f: Factor) => f.high > base, fillOpacity: 0.8 }),
        ] : []),
        Plot.ruleX([base], { stroke: "var(--ink)", strokeWidth: 2 }),
        Plot.text([base], { x: (x: number) => x, text: (x: number) => `now ${number(x)}`, frameAnchor: "top", dy: -14, fontWeight: 600 }),
        Plot.tip(kept, Plot.pointerY({ y: "id", x: () => base, title: (f: Factor) => `${f.name}\n${end(f, "low")}\n${end(f, "high")}` })),
      ],
    },
  };
}

function mount(host: HTMLElement, app: App): Mounted {
  const form: Control[] = [subjectPicker(app), check(app, "linear", "Linear axis")];
  const result = h("p", { class: "result", role: "status" });
  let all: Factor[] = [];
  let base: number | null = null;
  const chart = new Chart({ zoom: () => [], setZoom: () => undefined, draw: (width) => drawing(app, all, base, width) });
  const table = new GridTable<Factor>(columns(app, base), { caption: "Choices" });
  const title = h("h3");
  host.append(h("p", { class: "lead" }, "The same runs, read in other ways. Each bar changes one choice and leaves the others as they are: blue lowers the total, orange raises it."),
    h("div", { class: "form" }, ...form.map((one) => one.element)), result,
    h("figure", { class: "card" }, h("figcaption", {}, title), chart.element), table.element);
  return {
    update: () => {
      form.forEach((one) => one.update());
      const of = subject(app);
      const cells = of?.cells ?? [];
      base = baseTotal(app, cells);
      all = factors(app, cells);
      title.textContent = of?.name ?? "No cells";
      const top = all.find(isChoice);
      result.textContent = base === null ? "The total of this choice is not known in this unit." : top
        ? `${number(base)} ${unit(app.state)} ${unitPer(app.state)}. The choice that moves it most: ${top.name.toLowerCase()}, from ${number(top.low)} (${top.low_label}) to ${number(top.high)} (${top.high_label}).`
        : `${number(base)} ${unit(app.state)} ${unitPer(app.state)}; the store tells of no other reading.`;
      chart.update();
      table.setColumns(columns(app, base));
      table.update(all, { caption: `Choices, strongest first: ${of?.name ?? ""}` });
    },
    sheet: () => sheetOf("sensitivity", columns(app, base), all),
  };
}

export const kSensitivityView: View = { id: "sensitivity", label: "Sensitivity", title: "What the total depends on", mount };
