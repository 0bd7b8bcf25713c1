// SPDX-License-Identifier: Apache-2.0
// One chart: draws with Observable Plot, zooms by dragging, by Ctrl + wheel and by buttons, and opens what is clicked.
import * as Plot from "@observablehq/plot";
import { h, svg } from "./dom";
import { plural, tick } from "./format";

export interface Drawing {
  /// For the screen reader; the data table has the numbers.
  summary: string;
  plot: Plot.PlotOptions;
  /// Points that the scales cannot show, in words, for the note under the chart.
  notes: string[];
  /// Axes that zoom.
  zoomable: ("x" | "y")[];
}

export interface ChartHooks {
  draw: (width: number) => Drawing | null;
  zoom: () => number[];
  setZoom: (zoom: number[]) => void;
  open?: (datum: unknown) => void;
}

type Scale = { invert?: (x: number) => number; apply: (x: never) => number; type: string; range?: number[] };

/// "3 cells cannot be drawn on a log axis", or nothing.
export function logNote(dropped: number, what = "cell"): string[] {
  return dropped === 0 ? [] : [`${plural(dropped, what)} cannot be drawn on a log axis: zero, negative or unknown.`];
}

export function linearNote(dropped: number, what = "cell"): string[] {
  return dropped === 0 ? [] : [`${plural(dropped, what)} cannot be drawn: the value is unknown.`];
}

/// Split what an axis can show from what it cannot.
export function drawable<T>(items: T[], values: (item: T) => (number | null)[], log: boolean): { kept: T[]; dropped: number } {
  const kept = items.filter((item) => values(item).every((x) => x !== null && Number.isFinite(x) && (!log || x > 0)));
  return { kept, dropped: items.length - kept.length };
}

/// A domain with some air around the values; always valid for its kind of axis.
export function domain(values: (number | null)[], log: boolean, zero = false): [number, number] {
  const known = values.filter((x): x is number => x !== null && Number.isFinite(x) && (!log || x > 0));
  if (known.length === 0) return log ? [1, 10] : [0, 1];
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  if (log) return [low / 1.4, high * 1.4];
  const air = (high - low || Math.abs(high) || 1) * 0.06;
  return [zero && low >= 0 ? 0 : low - air, high + air];
}

/// Round ticks for a log axis: as dense as leaves at most `most` of them.
function logTicks([low, high]: readonly number[], most: number): number[] {
  const from = Math.floor(Math.log10(low!));
  const to = Math.ceil(Math.log10(high!));
  const make = (steps: number[]) => {
    const ticks: number[] = [];
    for (let power = from; power <= to; power += 1) ticks.push(...steps.map((step) => Number(`${step}e${power}`)));
    return ticks.filter((x) => x >= low! && x <= high!);
  };
  for (const steps of [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5, 7], [1, 2, 5], [1, 3]]) {
    const ticks = make(steps);
    if (ticks.length <= most) return ticks;
  }
  const decades = make([1]);
  return decades.filter((_, i) => i % Math.ceil(decades.length / most) === 0);
}

/// Plot leaves out labels of a log axis as it sees fit; these axes label every tick.
function labelLogAxes(options: Plot.PlotOptions, width: number): void {
  const axes: Plot.Markish[] = [];
  for (const side of ["x", "y"] as const) {
    const scale = options[side];
    if (scale?.type !== "log" || scale.axis === null) continue;
    const room = side === "x" ? (width - (options.marginLeft ?? 40) - (options.marginRight ?? 20)) / 48 : 8;
    const ticks = logTicks(scale.domain as number[], Math.max(2, Math.floor(room)));
    const shown = { text: (x: number) => tick(x), label: scale.label, labelArrow: "none" } as Plot.AxisXOptions & Plot.AxisYOptions;
    axes.push(side === "x" ? Plot.axisX(ticks, shown) : Plot.axisY(ticks, shown));
    options[side] = { ...scale, ticks } as Plot.ScaleOptions;
  }
  options.marks = [...axes, ...(options.marks ?? [])];
}

/// One image with one description to a screen reader: the names of Plot's groups, tips too, become data.
function unname(plot: SVGSVGElement): void {
  for (const group of plot.querySelectorAll("g[aria-label], g[aria-description]")) {
    group.setAttribute("data-mark", group.getAttribute("aria-label") ?? "");
    group.removeAttribute("aria-label");
    group.removeAttribute("aria-description");
  }
}

export class Chart {
  readonly element: HTMLElement;
  private readonly stage = h("div", { class: "stage" });
  private readonly notes = h("p", { class: "note", role: "status" });
  private readonly buttons: HTMLElement;
  private readonly hooks: ChartHooks;
  private plot: (SVGSVGElement & Plot.Plot) | null = null;
  private zoomable: ("x" | "y")[] = [];
  private width = 0;

  constructor(hooks: ChartHooks) {
    this.hooks = hooks;
    const button = (label: string, glyph: string, act: () => void) =>
      h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick: act }, glyph);
    this.buttons = h("div", { class: "zoom", role: "group", "aria-label": "Zoom" },
      button("Zoom in", "+", () => this.scaleBy(0.6)), button("Zoom out", "−", () => this.scaleBy(1 / 0.6)),
      h("button", { type: "button", class: "icon wide", onclick: () => this.hooks.setZoom([]) }, "Reset"));
    this.element = h("div", { class: "chart" }, this.buttons, this.stage, this.notes);
    new ResizeObserver(() => {
      if (this.stage.clientWidth !== this.width && this.stage.clientWidth > 0) this.update();
    }).observe(this.stage);
  }

  update(): void {
    this.width = this.stage.clientWidth || 640;
    const drawing = this.hooks.draw(this.width);
    this.buttons.hidden = !drawing || drawing.zoomable.length === 0;
    this.buttons.lastElementChild!.toggleAttribute("disabled", this.hooks.zoom().length === 0);
    this.notes.textContent = drawing ? drawing.notes.join(" ") : "";
    if (!drawing) {
      this.plot = null;
      this.stage.replaceChildren(h("p", { class: "empty" }, "Nothing to draw: no cell passes the filters, or the store has none for this figure."));
      return;
    }
    this.zoomable = drawing.zoomable;
    const zoom = this.hooks.zoom();
    const options = { ...drawing.plot };
    if (zoom.length === 4 || zoom.length === 2) {
      if (drawing.zoomable.includes("x")) options.x = { ...options.x, domain: zoom.slice(0, 2) };
      if (drawing.zoomable.includes("y")) options.y = { ...options.y, domain: zoom.slice(-2) };
    }
    labelLogAxes(options, this.width);
    const plot = Plot.plot({ ...options, width: this.width, className: "plot", clip: zoom.length > 0 }) as SVGSVGElement & Plot.Plot;
    // The page's policy admits its own style sheet alone; what Plot would inline is in style.css.
    plot.querySelectorAll("style").forEach((style) => style.remove());
    unname(plot);
    new MutationObserver(() => unname(plot)).observe(plot, { childList: true, subtree: true });
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", drawing.summary);
    this.plot = plot;
    this.stage.replaceChildren(plot);
    if (drawing.zoomable.length > 0) this.listen(plot);
    else if (this.hooks.open) plot.addEventListener("click", () => this.openPointed());
  }

  private openPointed(): void {
    const datum = (this.plot as unknown as { value?: unknown })?.value;
    if (datum !== null && datum !== undefined) this.hooks.open?.(datum);
  }

  private scale(axis: "x" | "y"): Scale | undefined {
    return this.plot?.scale(axis) as unknown as Scale | undefined;
  }

  private at(event: MouseEvent): [number, number] {
    const box = this.plot!.getBoundingClientRect();
    const view = this.plot!.viewBox.baseVal;
    return [((event.clientX - box.left) * view.width) / box.width, ((event.clientY - box.top) * view.height) / box.height];
  }

  private inverted(axis: "x" | "y", a: number, b: number): number[] {
    const scale = this.scale(axis);
    if (!scale?.invert) return [];
    const ends = [scale.invert(a), scale.invert(b)].sort((p, q) => p - q);
    return ends.every(Number.isFinite) && ends[0]! < ends[1]! ? ends.map((x) => Number(x.toPrecision(4))) : [];
  }

  private zoomTo(x: [number, number], y: [number, number]): void {
    const zoom = [
      ...(this.zoomable.includes("x") ? this.inverted("x", ...x) : []),
      ...(this.zoomable.includes("y") ? this.inverted("y", ...y) : []),
    ];
    if (zoom.length === 2 * this.zoomable.length) this.hooks.setZoom(zoom);
  }

  private scaleBy(factor: number, centre?: [number, number]): void {
    const around = (axis: "x" | "y", i: number): [number, number] => {
      const [from = 0, to = 1] = this.scale(axis)?.range ?? [];
      const middle = centre ? centre[i]! : (from + to) / 2;
      return [middle + (from - middle) * factor, middle + (to - middle) * factor];
    };
    if (this.plot) this.zoomTo(around("x", 0), around("y", 1));
  }

  private listen(plot: SVGSVGElement): void {
    let start: [number, number] | null = null;
    const box = svg("rect", { class: "brush", visibility: "hidden" });
    plot.append(box);
    plot.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" && event.button === 0) start = this.at(event);
    });
    const span = (from: [number, number], to: [number, number]) => {
      const view = plot.viewBox.baseVal;
      const x = this.zoomable.includes("x") ? [from[0], to[0]] : [0, view.width];
      const y = this.zoomable.includes("y") ? [from[1], to[1]] : [0, view.height];
      return { x: [Math.min(...x), Math.max(...x)] as [number, number], y: [Math.min(...y), Math.max(...y)] as [number, number] };
    };
    const far = (to: [number, number]) => start !== null && Math.hypot(to[0] - start[0], to[1] - start[1]) > 8;
    plot.addEventListener("pointermove", (event) => {
      const to = this.at(event);
      if (!start || !far(to)) return;
      const { x, y } = span(start, to);
      for (const [key, value] of Object.entries({ x: x[0], y: y[0], width: x[1] - x[0], height: y[1] - y[0], visibility: "visible" })) {
        box.setAttribute(key, String(value));
      }
    });
    plot.addEventListener("pointerleave", () => { start = null; box.setAttribute("visibility", "hidden"); });
    plot.addEventListener("pointerup", (event) => {
      const to = this.at(event);
      const from = start;
      const dragged = far(to);
      start = null;
      box.setAttribute("visibility", "hidden");
      if (dragged && from) {
        const { x, y } = span(from, to);
        this.zoomTo(x, y);
      } else if (event.button === 0) {
        this.openPointed();
      }
    });
    plot.addEventListener("dblclick", () => this.hooks.setZoom([]));
    plot.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.scaleBy(event.deltaY < 0 ? 0.8 : 1.25, this.at(event));
    }, { passive: false });
  }
}
