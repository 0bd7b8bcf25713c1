// SPDX-License-Identifier: Apache-2.0
// What the calculator and the sensitivity page speak of: one cell, or the average of a task's own models.
import { type App, groupBy, isMulti } from "../app";
import type { Control } from "../controls";
import { h, shorten } from "../dom";
import { label } from "../format";
import type { Cell } from "../report";

export interface Subject { name: string; cells: Cell[] }

function taskCells(app: App, task: string): Cell[] {
  const all = app.report.cells.filter((cell) => cell.task === task && cell.in_study);
  const own = all.filter((cell) => !isMulti(cell));
  return own.length > 0 ? own : all.length > 0 ? all : app.report.cells.filter((cell) => cell.task === task);
}

export function subject(app: App): Subject | null {
  const { cells } = app.report;
  if (app.state.subject.startsWith("cell:")) {
    const cell = cells.find((one) => `cell:${one.key}` === app.state.subject);
    if (cell) return { name: `${shorten(cell.model, 60)} on ${shorten(cell.dataset || label(cell.task), 40)}`, cells: [cell] };
  }
  const tasks = [...new Set(cells.map((cell) => cell.task))];
  const wanted = app.state.subject.replace(/^task:/, "");
  const task = tasks.includes(wanted) ? wanted : tasks.includes("text-generation") ? "text-generation" : tasks[0];
  if (task === undefined) return null;
  const own = taskCells(app, task);
  return { name: `${label(task)}, average of ${own.length === 1 ? "one cell" : `${own.length} cells`}`, cells: own };
}

export function subjectPicker(app: App): Control {
  const tasks = [...groupBy(app.report.cells, (cell) => cell.task)];
  const input = h("select", { onchange: () => app.set({ subject: input.value, zoom: [] }) },
    h("optgroup", { label: "Average of a task" }, ...tasks.map(([task]) => h("option", { value: `task:${task}` }, label(task)))),
    ...tasks.map(([task, cells]) => h("optgroup", { label: label(task) }, ...cells.map((cell) =>
      h("option", { value: `cell:${cell.key}` }, `${shorten(cell.model, 60)} on ${shorten(cell.dataset || "–", 30)}${cell.variant && cell.variant !== "default" ? ` (${shorten(cell.variant, 20)})` : ""}`)))));
  return {
    element: h("label", { class: "field" }, h("span", {}, "Of which task or cell"), input),
    update: () => {
      const now = subject(app);
      const single = app.state.subject.startsWith("cell:") && now?.cells.length === 1;
      input.value = single ? app.state.subject : `task:${now?.cells[0]?.task ?? ""}`;
    },
  };
}
