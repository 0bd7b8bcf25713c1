// SPDX-License-Identifier: Apache-2.0
// Four numbers above the figures: how much was measured, and how far apart the tasks lie.
import { type App, cost, groupBy, isMulti } from "../app";
import type { Control } from "../controls";
import { unit, unitPer } from "../cost";
import { h } from "../dom";
import { count, kDash, label, number } from "../format";
import { pool } from "../stats";

function fact(value: string, text: string): HTMLElement {
  return h("li", {}, h("b", {}, value), h("span", {}, text));
}

export function headlines(app: App): Control {
  const element = h("ul", { class: "facts", "aria-label": "At a glance" });
  return {
    element,
    update: () => {
      const { report, state } = app;
      const measured = report.cells.filter((cell) => !cell.extrapolated);
      const runs = measured.reduce<number | null>((sum, cell) => (cell.n === null || sum === null ? null : sum + cell.n), 0);
      const tasks = [...groupBy(report.cells.filter((cell) => cell.in_study && !isMulti(cell)), (cell) => cell.task)]
        .map(([task, cells]) => ({ task, mean: pool(cells.map((cell) => cost(app, cell))).mean }))
        .filter((one): one is { task: string; mean: number } => one.mean !== null && one.mean > 0)
        .sort((a, b) => a.mean - b.mean);
      const facts = [fact(count(measured.length), `cells (a model on a dataset), ${count(runs)} runs`)];
      const low = tasks[0];
      const high = tasks[tasks.length - 1];
      if (low && high && low !== high) {
        const of = `${unit(state)} ${unitPer(state)}`;
        facts.push(fact(number(low.mean), `${of}: ${label(low.task).toLowerCase()}, the cheapest task`),
          fact(number(high.mean), `${of}: ${label(high.task).toLowerCase()}, the dearest`),
          fact(`${count(Math.round(high.mean / low.mean))} ×`, "from the cheapest task to the dearest"));
      } else {
        facts.push(fact(low ? number(low.mean) : kDash, `${unit(state)} ${unitPer(state)}${low ? `: ${label(low.task).toLowerCase()}` : ""}`));
      }
      element.replaceChildren(...facts);
    },
  };
}
