// SPDX-License-Identifier: Apache-2.0
// All cells: sortable, searchable.
import { type App, chosen, cost, type Mounted, type View } from "../app";
import { emissions, estimated, unit, unitPer } from "../cost";
import { h, name } from "../dom";
import { count, label, number, parameters, percent, plural } from "../format";
import { filterBar } from "../filters";
import { known } from "../figure";
import { type Column, GridTable, sheetOf, sorted } from "../grid_table";
import type { Cell } from "../report";

const kFirst = 60;

export function modelLink(app: App, cell: { model: string }, limit = 48): HTMLElement {
  return h("a", { href: app.href({ view: "model", model: cell.model }) }, cell.model === "" ? "(no name)" : name(cell.model, limit));
}

export function estimateMark(app: App, cell: Cell): string {
  return estimated(cell, app.report) ? "≈ " : "";
}

function columns(app: App): Column<Cell>[] {
  const u = `${unit(app.state)} ${unitPer(app.state)}`;
  const value = (pick: (cell: Cell) => number | null) => ({ numeric: true, value: pick });
  return [
    { id: "model", label: "Model", value: (c) => c.model, show: (c) => modelLink(app, c) },
    { id: "task", label: "Task", value: (c) => c.task, show: (c) => label(c.task) },
    { id: "dataset", label: "Dataset", value: (c) => c.dataset, show: (c) => name(c.dataset, 32) },
    { id: "energy", label: u, ...value((c) => cost(app, c).mean), show: (c) => `${estimateMark(app, c)}${number(cost(app, c).mean)}` },
    { id: "low", label: "Expanded, low", ...value((c) => cost(app, c).expanded?.[0] ?? null) },
    { id: "high", label: "Expanded, high", ...value((c) => cost(app, c).expanded?.[1] ?? null) },
    { id: "parameters", label: "Parameters", ...value((c) => c.parameters), show: (c) => parameters(c.parameters) },
    { id: "variant", label: "Variant", value: (c) => c.variant },
    { id: "engine", label: "Engine", value: (c) => c.engine, show: (c) => name(c.engine, 24) },
    { id: "class", label: "Class", value: (c) => c.cls },
    { id: "kwh", label: "kWh per 1,000", ...value((c) => c.energy.mean) },
    { id: "g", label: "g CO₂e per 1,000", ...value((c) => emissions(c, app.report, app.state).mean) },
    { id: "seconds", label: "Seconds per 1,000", ...value((c) => c.seconds) },
    { id: "n", label: "Runs", ...value((c) => c.n), show: (c) => count(c.n) },
    { id: "measured", label: "Measured share", ...value((c) => c.measured_share), show: (c) => percent(c.measured_share) },
    { id: "known", label: "Known by", value: (c) => known(estimated(c, app.report), c.measured_share) },
    { id: "flags", wide: true, label: "Flags", value: (c) => c.flags.join(" ") || null, show: (c) => name(c.flags.join(", ") || "–", 60) },
  ];
}

function mount(host: HTMLElement, app: App): Mounted {
  const search = h("input", { type: "search", oninput: () => app.set({ search: search.value, all: false }) });
  const filters = filterBar(app);
  const status = h("p", { class: "note", role: "status" });
  const more = h("button", { type: "button", onclick: () => app.set({ all: true }) });
  const sort = (id: string, down: boolean) => app.set({ sort: id, down });
  const table = new GridTable<Cell>(columns(app), { caption: "Cells", sort: { id: app.state.sort, down: app.state.down, change: sort } });
  host.append(h("p", { class: "lead" }, "Every cell of the store: one model on one dataset. Press a column's head to sort by it. ≈ marks a number that is in part an estimate."),
    h("label", { class: "field search" }, h("span", {}, "Search"), search), filters.element, status, table.element, more);
  const rows = () => {
    const words = app.state.search.toLowerCase().split(/\s+/).filter((word) => word !== "");
    return chosen(app).filter((cell) => words.every((word) => cell.haystack.includes(word)));
  };
  return {
    update: () => {
      if (document.activeElement !== search) search.value = app.state.search;
      filters.update();
      const found = rows();
      const limit = app.state.all ? 0 : kFirst;
      status.textContent = `${plural(found.length, "cell")} of ${count(app.report.cells.length)}${limit && found.length > limit ? `; the first ${limit} are shown` : ""}.`;
      more.hidden = !limit || found.length <= limit;
      more.textContent = `Show all ${count(found.length)}`;
      table.setColumns(columns(app));
      table.update(found, { caption: `Cells: ${unit(app.state)} ${unitPer(app.state)}`, limit, sort: { id: app.state.sort, down: app.state.down, change: sort } });
    },
    sheet: () => sheetOf("cells", [{ id: "key", label: "Key", value: (c: Cell) => c.key }, ...columns(app)],
      sorted(rows(), columns(app).find((column) => column.id === app.state.sort), app.state.down)),
  };
}

export const kCellsView: View = { id: "cells", label: "Table", title: "All cells", mount };
