// SPDX-License-Identifier: Apache-2.0
// What a cell costs under the reader's grid, PUE, quantity and unit. grams = kWh x intensity x PUE.
import type { Cell, Lengths, Report, Stats } from "./report";
import type { State } from "./state";
import { kNoStats, scale } from "./stats";

export interface Place { name: string; g: number | null; from_report: boolean }

/// The intensity in force; g is null where every cell keeps the one of the report.
export function place(report: Report, state: State): Place {
  if (state.grid === "custom") {
    if (state.intensity !== null) return { name: "your own figure", g: state.intensity, from_report: false };
  } else if (state.grid !== "") {
    const found = report.grids.find((grid) => grid.place === state.grid);
    if (found) return { name: found.name || found.place, g: found.g, from_report: false };
  }
  return { name: report.rules.grid.name || report.rules.grid.place || "as reported", g: null, from_report: true };
}

export function pue(report: Report, state: State): number {
  return state.pue !== null && state.pue >= 1 ? state.pue : report.rules.pue;
}

/// Factor that turns the report's own grams into the reader's, where the grid is the report's.
export function pueFactor(report: Report, state: State): number {
  return report.rules.pue > 0 ? pue(report, state) / report.rules.pue : 1;
}

export function emissions(cell: Cell, report: Report, state: State): Stats {
  const where = place(report, state);
  if (where.g === null) return scale(cell.emissions, pueFactor(report, state));
  return scale(cell.energy, where.g * pue(report, state));
}

/// Grams per kWh of this cell, PUE included; null where neither grid nor report tells.
export function gramsPerKwh(cell: Cell, report: Report, state: State): number | null {
  const where = place(report, state);
  if (where.g !== null) return where.g * pue(report, state);
  if (cell.emissions.mean !== null && cell.energy.mean) {
    return (cell.emissions.mean / cell.energy.mean) * pueFactor(report, state);
  }
  return cell.g_per_kwh === null ? null : cell.g_per_kwh * pue(report, state);
}

function units(lengths: Lengths | null): number | null {
  if (!lengths || lengths.input === null) return null;
  const all = lengths.input + (lengths.output ?? 0);
  return all > 0 ? all : null;
}

/// From per 1,000 queries to the unit shown: kWh and g per 1,000, Wh and mg a query, mWh and ug a word or token.
export function perFactor(cell: Cell, per: string): number | null {
  if (per === "word" || per === "token") {
    const all = units(per === "word" ? cell.words : cell.tokens);
    return all === null ? null : 1000 / all;
  }
  return 1;
}

export function amount(cell: Cell, report: Report, state: State): Stats {
  const base = state.quantity === "energy" ? cell.energy : emissions(cell, report, state);
  const factor = perFactor(cell, state.per);
  return factor === null ? kNoStats : scale(base, factor);
}

const kUnits: Record<string, Record<string, [string, string]>> = {
  energy: { "1000": ["kWh", "per 1,000 queries"], query: ["Wh", "per query"], word: ["mWh", "per word"],
    token: ["mWh", "per token"] },
  carbon: { "1000": ["g CO₂e", "per 1,000 queries"], query: ["mg CO₂e", "per query"], word: ["µg CO₂e", "per word"],
    token: ["µg CO₂e", "per token"] },
};

export function unit(state: State): string {
  return (kUnits[state.quantity] ?? kUnits["carbon"]!)[state.per]?.[0] ?? "";
}

export function unitPer(state: State): string {
  return (kUnits[state.quantity] ?? kUnits["carbon"]!)[state.per]?.[1] ?? "";
}

export function axisLabel(state: State): string {
  return `${state.quantity === "energy" ? "Energy" : "Carbon"}: ${unit(state)} ${unitPer(state)}`;
}

/// The error bar that the reader asked for: low and high, or null.
export function bar(of: Stats, kind: string): readonly [number, number] | null {
  if (kind === "expanded") return of.expanded;
  if (kind === "repeatability") return of.repeatability;
  if (kind === "std" && of.mean !== null && of.std !== null) return [of.mean - of.std, of.mean + of.std];
  return null;
}

export const kBars: Record<string, string> = {
  expanded: "Expanded interval (k = 2)",
  repeatability: "Repeatability (95 %)",
  std: "Standard deviation of the runs",
  none: "None",
};

/// True where part of the energy was not read from a counter, or the split to devices was not.
export function estimated(cell: Cell, report: Report): boolean {
  const split = cell.attribution[report.rules.attribution as keyof Cell["attribution"]];
  return cell.measured_share === null || cell.measured_share < 0.9995 || (split !== null && !["", "measured", "derived"].includes(split?.provenance ?? "")) ||
    cell.weights.startsWith("random");
}
