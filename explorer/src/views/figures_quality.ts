// SPDX-License-Identifier: Apache-2.0
// Figure 4, accuracy against size or cost with the Pareto front, and Figure 6, output length against cost.
import * as Plot from "@observablehq/plot";
import { type App, groupBy, isMulti } from "../app";
import { domain } from "../chart";
import { unit } from "../cost";
import { shorten } from "../dom";
import { label, number, parameters } from "../format";
import { dots, errorBars, type Figure, kLiteral, parameterAxis, type Point, point, radius, tips, valueAxis, valueColumns } from "../figure";
import { num, text } from "../report";
import { line } from "../stats";

function kind(multi: boolean, cls: string): string {
  return multi ? `multi-purpose ${cls}`.trim() : "task-specific";
}

/// Points that no other beats in both: at least as accurate for less.
export function paretoFront(points: Point[]): Point[] {
  let best = -Infinity;
  return [...points].sort((a, b) => a.mean - b.mean || (b.y ?? 0) - (a.y ?? 0)).filter((p) => {
    if (p.y === null || p.y <= best) return false;
    best = p.y;
    return true;
  });
}

/// One front for each dataset: accuracies of different datasets do not compare.
function frontsOf(points: Point[]): { dataset: string; front: Point[] }[] {
  return [...groupBy(points, (p) => `${p.task}\n${p.dataset}`)].map(([, of]) => ({ dataset: of[0]!.dataset, front: paretoFront(of) }))
    .filter(({ front }) => front.length > 0);
}

/// Accuracy is of text classification, as the study drew it; another store shows the task with most of it.
function accuracyTask(app: App): string {
  const tasks = app.report.cells.filter((cell) => cell.quality.some((q) => q.value !== null)).map((cell) => cell.task);
  if (tasks.includes("text-classification")) return "text-classification";
  return [...groupBy(tasks, (task) => task)].sort((a, b) => b[1].length - a[1].length)[0]?.[0] ?? "";
}

export const kAccuracyFigure: Figure = {
  id: "4", label: "Accuracy", title: "What accuracy do the grams buy?",
  explain: "One mark a model on a dataset. Put the cost on the horizontal axis to see, for each dataset, the line of models that no other beats at both.",
  grouped: "Kind of model", zoomable: ["x", "y"],
  points: (app, cells) => {
    const task = accuracyTask(app);
    const front = app.state.task.length > 0 ? app.state.task : [task];
    return cells.filter((cell) => front.includes(cell.task)).flatMap((cell) => {
      const quality = cell.quality.find((one) => one.value !== null);
      return quality ? [point(app, [cell], kind(isMulti(cell), cell.cls), { y: quality.value })] : [];
    });
  },
  needs: (p) => [p.value.mean, p.parameters],
  plot: (app, points, looks, width) => {
    const by_cost = app.state.cost_axis;
    const size = radius(points, (p) => (by_cost ? p.parameters : p.mean), 15);
    const place = { x: (p: Point) => (by_cost ? p.mean : p.parameters), y: (p: Point) => p.y, r: size };
    const fronts = frontsOf(points);
    const ordered = [...points].sort((a, b) => size(b) - size(a));
    return {
      ...kLiteral, marginLeft: 52, marginRight: 22, marginBottom: 48, marginTop: 30, height: width < 600 ? 400 : 480,
      x: by_cost ? valueAxis(app, points, width) : parameterAxis(points),
      y: { domain: domain(points.map((p) => p.y), false), label: metric(points), grid: true, labelArrow: "none" },
      marks: [
        ...(by_cost ? [...fronts.map(({ front }) => Plot.line(front, { x: place.x as never, y: place.y as never, curve: "step-after", strokeDasharray: "5 4", strokeOpacity: 0.6 })),
          ...errorBars(app, points, "x", place.y, looks)] : []),
        ...dots(ordered, looks, place),
        ...(by_cost ? [Plot.text(fronts.map(({ front }) => front[front.length - 1]!), { x: place.x as never, y: place.y as never, text: (p: Point) => shorten(p.dataset, 24), dy: -14, fontStyle: "italic", fill: "var(--ink)", stroke: "var(--paper)", strokeWidth: 4 })] : []),
        tips(app, points, place, (p) => [`${metric([p])} ${number(p.y)}${p.cells[0]!.quality[0]?.same_queries === false ? ", of other queries" : ""}`]),
      ],
    };
  },
  columns: (app) => [
    { id: "model", label: "Model", value: (p) => p.model, show: (p) => shorten(p.model, 60) },
    { id: "dataset", label: "Dataset", value: (p) => p.dataset, show: (p) => shorten(p.dataset, 40) },
    { id: "group", label: "Kind", value: (p) => p.group, show: (p) => shorten(p.group, 40) },
    { id: "parameters", label: "Parameters", numeric: true, value: (p) => p.parameters, show: (p) => parameters(p.parameters) },
    { id: "accuracy", label: "Quality", numeric: true, value: (p) => p.y },
    { id: "metric", label: "Metric", value: (p) => p.cells[0]?.quality[0]?.metric ?? null },
    { id: "same", label: "Same queries", value: (p) => same(p) },
    ...valueColumns(app),
  ],
  caption: (_app, points) => {
    const other = points.filter((p) => same(p) === "no").length;
    const told = frontsOf(points).slice(0, 4).map(({ dataset, front }) => {
      const names = front.map((p) => shorten(p.model, 40)).reverse();
      return `Unbeaten on ${shorten(dataset, 30)}: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}.`;
    });
    return `${told.join(" ")} ${
      other > 0 ? `${other} of ${points.length} accuracies come from other runs than the energy.` : ""}`;
  },
};

function same(p: Point): string | null {
  const flag = p.cells[0]?.quality[0]?.same_queries;
  return flag === null || flag === undefined ? null : flag ? "yes" : "no";
}

function metric(points: Point[]): string {
  const names = [...new Set(points.map((p) => p.cells[0]?.quality.find((q) => q.value !== null)?.metric ?? ""))].filter(Boolean);
  return names.length === 1 ? label(names[0]!) : "Quality";
}

/// Output words of a cell: its own, or those of the report's figure 6.
function outputLength(app: App, p: Point): number | null {
  const own = p.cells[0]!.words?.output ?? p.cells[0]!.tokens?.output ?? null;
  if (own !== null) return own;
  const row = (app.report.figures["6"] ?? []).find((one) => text(one["model"]) === p.model && text(one["dataset"]) === p.dataset);
  return p.task === "summarization" && row ? num(row["output_mean"]) : null;
}

export const kLengthFigure: Figure = {
  id: "6", label: "Output length", title: "Cost against the length of what is written",
  explain: "Multi-purpose models on summarization (choose other tasks in the filter). The area follows the number of parameters; the lines are least-squares fits for each architecture.",
  grouped: "Class", zoomable: ["x", "y"],
  points: (app, cells) => cells.filter((cell) => isMulti(cell) && (app.state.task.length > 0 || cell.task === "summarization")).map((cell) => {
    const made = point(app, [cell], cell.cls);
    return { ...made, x: outputLength(app, made) };
  }),
  needs: (p) => [p.value.mean, p.x],
  plot: (app, points, looks, width) => {
    const size = radius(points, (p) => p.parameters, 14);
    const place = { x: (p: Point) => p.x, y: (p: Point) => p.mean, r: size };
    const ends = domain(points.map((p) => p.x), false);
    const fits = [...groupBy(points, (p) => p.group)].flatMap(([group, of]) => {
      const fit = line(of.map((p) => ({ x: p.x!, y: p.mean })));
      if (!fit) return [];
      const xs = of.map((p) => p.x!);
      const [from, to] = [Math.min(...xs), Math.max(...xs)];
      return [{ group, path: Array.from({ length: 31 }, (_, i) => from + ((to - from) * i) / 30)
        .map((x) => ({ x, y: fit.intercept + fit.slope * x })).filter(({ y }) => app.state.linear || y > 0) }];
    });
    return {
      ...kLiteral, marginLeft: 56, marginRight: 22, marginBottom: 48, marginTop: 30, height: width < 600 ? 400 : 480,
      x: { domain: ends, label: "Mean words written per query", labelArrow: "none" },
      y: valueAxis(app, points, width),
      marks: [
        ...fits.map(({ group, path }) => Plot.line(path, { x: "x", y: "y", stroke: looks.get(group)?.hue ?? "currentColor", strokeDasharray: "6 4" })),
        ...errorBars(app, points, "y", place.x, looks),
        ...dots([...points].sort((a, b) => size(b) - size(a)), looks, place),
        tips(app, points, place, (p) => [`${number(p.x)} words written, ${number(p.cells[0]!.words?.input)} read`]),
      ],
    };
  },
  columns: (app) => [
    { id: "model", label: "Model", value: (p) => p.model, show: (p) => shorten(p.model, 60) },
    { id: "class", label: "Class", value: (p) => p.group },
    { id: "task", label: "Task", value: (p) => p.task, show: (p) => label(p.task) },
    { id: "dataset", label: "Dataset", value: (p) => p.dataset, show: (p) => shorten(p.dataset, 40) },
    { id: "parameters", label: "Parameters", numeric: true, value: (p) => p.parameters, show: (p) => parameters(p.parameters) },
    { id: "input", label: "Words read", numeric: true, value: (p) => p.cells[0]?.words?.input ?? null },
    { id: "output", label: "Words written", numeric: true, value: (p) => p.x },
    ...valueColumns(app),
  ],
  caption: (app, points) => [...groupBy(points.filter((p) => p.x !== null && p.value.mean !== null), (p) => p.group)].flatMap(([group, of]) => {
    const fit = line(of.map((p) => ({ x: p.x!, y: p.mean })));
    return fit ? [`${label(group)}: ${number(fit.slope)} ${unit(app.state)} more for each word written.`] : [];
  }).join(" "),
};
