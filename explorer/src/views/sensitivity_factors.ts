// SPDX-License-Identifier: Apache-2.0
// What the total depends on: each choice alone, its lowest and highest result.
import type { App } from "../app";
import { gramsPerKwh, perFactor, place, pue } from "../cost";
import { shorten } from "../dom";
import { number } from "../format";
import type { Attribution, Cell } from "../report";
import { kAttributions } from "../report";

export interface Factor {
  id: string;
  name: string;
  low: number;
  high: number;
  low_label: string;
  high_label: string;
  note: string;
}

interface Option { label: string; value: number }

const kGib = 2 ** 30;

/// kWh per 1,000 of a cell to the quantity and unit shown.
function toShown(app: App, cell: Cell, kwh: number | null, g_per_kwh?: number): number | null {
  const per = perFactor(cell, app.state.per);
  if (kwh === null || per === null) return null;
  if (app.state.quantity === "energy") return kwh * per;
  const grams = g_per_kwh ?? gramsPerKwh(cell, app.report, app.state);
  return grams === null ? null : kwh * grams * per;
}

/// Mean over the cells; null as soon as one cell cannot say.
function mean(cells: Cell[], value: (cell: Cell) => number | null): number | null {
  let sum = 0;
  let weight = 0;
  for (const cell of cells) {
    const one = value(cell);
    if (one === null || !Number.isFinite(one)) return null;
    const n = Math.max(cell.n ?? 1, 1);
    sum += n * one;
    weight += n;
  }
  return weight > 0 ? sum / weight : null;
}

function factor(id: string, name: string, options: (Option | null)[], note = ""): Factor[] {
  const known = options.filter((one): one is Option => one !== null).sort((a, b) => a.value - b.value);
  const low = known[0];
  const high = known[known.length - 1];
  if (!low || !high || !(high.value > low.value)) return [];
  return [{ id, name, low: low.value, high: high.value, low_label: low.label, high_label: high.label, note }];
}

function option(label: string, value: number | null): Option | null {
  return value === null ? null : { label, value };
}

export function baseTotal(app: App, cells: Cell[]): number | null {
  return mean(cells, (cell) => toShown(app, cell, cell.energy.mean));
}

function ramFactor(app: App, cells: Cell[]): Factor[] {
  const under = (watts_per_gb: number) => mean(cells, (cell) => {
    if (cell.energy.mean === null || !cell.ram || cell.ram.bytes === null || cell.ram.kwh === null || cell.seconds === null) return null;
    const kwh = (watts_per_gb * (cell.ram.bytes / kGib) * cell.seconds) / 3.6e6;
    return toShown(app, cell, cell.energy.mean - cell.ram.kwh + kwh);
  });
  return factor("ram", "Rule for memory", [
    option("the report's rule", baseTotal(app, cells)),
    ...app.report.ram_rules.map((rule) => option(shorten(rule.name || `${rule.w_per_gb} W per GB`, 44), under(rule.w_per_gb))),
  ], "Memory is hardly ever metered: watts per GB times the GB of the machine times the time.");
}

const kCounted: Record<Attribution, string> = {
  machine: "the whole machine", device: "the devices at work", marginal: "above idle",
};

function deviceFactor(app: App, cells: Cell[]): Factor[] {
  const counted = cells[0]?.gpus?.counted;
  return factor("gpus", counted && counted > 1 ? "GPUs counted" : "Devices counted", kAttributions.flatMap((which) => {
    const split = (pick: "kwh" | "low" | "high") => mean(cells, (cell) => toShown(app, cell, cell.attribution[which]?.[pick] ?? null));
    return [option(kCounted[which], split("kwh")), option(`${kCounted[which]}, at least`, split("low")), option(`${kCounted[which]}, at most`, split("high"))];
  }), "Whether what stood idle beside the work belongs to it.");
}

function pueFactorOf(app: App, cells: Cell[]): Factor[] {
  const base = baseTotal(app, cells);
  const now = app.state.quantity === "energy" ? 1 : pue(app.report, app.state);
  const at = (x: number) => option(`PUE ${x}`, base === null ? null : (base / now) * x);
  return factor("pue", "Cooling and losses (PUE)", [at(1), at(2)],
    "From a building that loses nothing to one that spends as much on cooling and losses as on computing.");
}

function gridFactor(app: App, cells: Cell[]): Factor[] {
  if (app.state.quantity === "energy" || app.report.grids.length === 0) return [];
  const positive = app.report.grids.filter((grid) => grid.g !== null && grid.g > 0);
  const countries = positive.filter((grid) => grid.kind === "country");
  const known = (countries.length > 1 ? countries : positive).sort((a, b) => a.g! - b.g!);
  const ends = [known[0], known[known.length - 1]];
  return factor("grid", "Grid", ends.flatMap((grid) => (grid ? [option(`${shorten(grid.name || grid.place, 28)}, ${number(grid.g)} g/kWh`,
    mean(cells, (cell) => toShown(app, cell, cell.energy.mean, grid.g! * pue(app.report, app.state))))] : [])),
  `From the cleanest country of the catalogue above zero to the dirtiest. Now: ${place(app.report, app.state).name}.`);
}

function loadFactor(app: App, cells: Cell[]): Factor[] {
  return factor("load", "Loading the model", [
    option("not counted", baseTotal(app, cells)),
    option("once for every 1,000 queries", mean(cells, (cell) => (cell.energy.mean === null || cell.load_kwh === null ? null : toShown(app, cell, cell.energy.mean + cell.load_kwh)))),
  ], "The more queries a load serves, the less it matters.");
}

function intervalFactor(app: App, cells: Cell[], id: "expanded" | "repeatability" | "sampling", name: string, note: string): Factor[] {
  const end = (i: 0 | 1) => mean(cells, (cell) => toShown(app, cell, (id === "sampling" ? cell.sampling : cell.energy[id])?.[i] ?? null));
  return factor(id, name, [option("low end", end(0)), option("high end", end(1))], note);
}

/// How far a factor moves the total, as the axis in use shows it.
function reach(app: App, of: Factor): number {
  if (app.state.linear) return of.high - of.low;
  return of.low > 0 ? of.high / of.low : Infinity;
}

/// True for what someone decides, false for what nobody knows better.
export function isChoice(of: Factor): boolean {
  return !["expanded", "repeatability", "sampling"].includes(of.id);
}

/// All factors that this store can tell of, the strongest first.
export function factors(app: App, cells: Cell[]): Factor[] {
  return [
    ...ramFactor(app, cells), ...deviceFactor(app, cells), ...gridFactor(app, cells), ...pueFactorOf(app, cells), ...loadFactor(app, cells),
    ...intervalFactor(app, cells, "expanded", "All known uncertainty (k = 2)", "Repeats, counters, sources, baselines and models of the meter together."),
    ...intervalFactor(app, cells, "repeatability", "Repeating the runs (95 %)", "What another ten runs on this machine would change."),
    ...intervalFactor(app, cells, "sampling", "Other queries (95 %)", "Bootstrap over the latencies of the queries."),
  ].sort((a, b) => reach(app, b) - reach(app, a));
}
