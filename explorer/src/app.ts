// SPDX-License-Identifier: Apache-2.0
// What every view gets: the report, the state, and how to change it.
import type { Cell, Report } from "./report";
import { amount } from "./cost";
import { type State, toHash } from "./state";
import type { Stats } from "./report";

/// A sheet of rows for CSV: what the view shows, at full precision.
export interface Sheet {
  name: string;
  head: string[];
  rows: (string | number | null | boolean)[][];
}

export interface Mounted {
  /// Draw again after a change of state; controls that hold the focus stay.
  update(): void;
  sheet(): Sheet;
}

export interface View {
  id: string;
  label: string;
  title: string;
  mount(host: HTMLElement, app: App): Mounted;
}

export interface App {
  readonly report: Report;
  readonly state: State;
  set(change: Partial<State>): void;
  href(change: Partial<State>): string;
}

export type Dimension = "task" | "modality" | "cls" | "dataset" | "engine";
export const kDimensions: { id: Dimension; label: string; plural: string }[] = [
  { id: "task", label: "Task", plural: "tasks" },
  { id: "modality", label: "Modality", plural: "modalities" },
  { id: "cls", label: "Class", plural: "classes" },
  { id: "dataset", label: "Dataset", plural: "datasets" },
  { id: "engine", label: "Engine", plural: "engines" },
];

export function passes(cell: Cell, state: State): boolean {
  if (!state.extras && !cell.in_study) return false;
  return kDimensions.every(({ id }) => state[id].length === 0 || state[id].includes(cell[id]));
}

export function chosen(app: App): Cell[] {
  return app.report.cells.filter((cell) => passes(cell, app.state));
}

export function cost(app: App, cell: Cell): Stats {
  return amount(cell, app.report, app.state);
}

export function isMulti(cell: Cell): boolean {
  return cell.purpose === "multi-purpose";
}

/// Group in order of first appearance.
export function groupBy<T>(items: T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item); else groups.set(key(item), [item]);
  }
  return groups;
}

export function linkTo(state: State, change: Partial<State>): string {
  return toHash({ ...state, zoom: [], ...change });
}
