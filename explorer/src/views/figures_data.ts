// SPDX-License-Identifier: Apache-2.0
// Figures 1, 2, 3 and 5 of the study: cost by task, by model size, by dataset, by multi-purpose model.
import * as Plot from "@observablehq/plot";
import { groupBy, isMulti } from "../app";
import { shorten } from "../dom";
import { label, parameters } from "../format";
import { dots, errorBars, type Figure, kLiteral, parameterAxis, type Point, point, radius, tips, valueAxis, valueColumns } from "../figure";
import type { Column } from "../grid_table";

const kModel: Column<Point> = { id: "model", label: "Model", value: (p) => p.model, show: (p) => shorten(p.model, 60) };
const kTask: Column<Point> = { id: "task", label: "Task", value: (p) => p.task, show: (p) => label(p.task) };
const kDataset: Column<Point> = { id: "dataset", label: "Dataset", value: (p) => p.dataset, show: (p) => shorten(p.dataset, 40) };
const kParameters: Column<Point> = {
  id: "parameters", label: "Parameters", numeric: true, value: (p) => p.parameters, show: (p) => parameters(p.parameters),
};
const group = (title: string): Column<Point> => ({ id: "group", label: title, value: (p) => p.group, show: (p) => shorten(p.group, 40) });

/// Row labels stand left of the rows on a wide screen and above them on a narrow one.
export function rowLabels(rows: { row: string; text: string }[], width: number, above = 19): { marks: Plot.Markish[]; marginLeft: number; narrow: boolean } {
  const longest = rows.reduce((most, { text }) => Math.max(most, text.length), 0);
  const wanted = 26 + longest * 7.2;
  const narrow = width < 600 || wanted > width * 0.46;
  const marks = narrow
    ? [Plot.text(rows, { y: "row", text: "text", frameAnchor: "left", textAnchor: "start", dx: -14, dy: -above, fontSize: 12 })]
    : [Plot.text(rows, { y: "row", text: "text", frameAnchor: "left", textAnchor: "end", dx: -10, fontSize: 13 })];
  return { marks, marginLeft: narrow ? 20 : wanted, narrow };
}

function byMean(points: Point[]): Point[] {
  return [...points].sort((a, b) => a.mean - b.mean);
}

export const kTaskFigure: Figure = {
  id: "1", label: "By task", title: "What 1,000 queries of each task cost",
  explain: "One mark a task: the mean over all runs of its task-specific models. Compare tasks, not models.",
  grouped: "Modality", zoomable: ["x"],
  points: (app, cells) => byMean([...groupBy(cells.filter((cell) => !isMulti(cell)), (cell) => cell.task)].map(([, of]) =>
    point(app, of, of[0]!.modality, { model: "", dataset: "" }))),
  needs: (p) => [p.value.mean],
  plot: (app, points, looks, width) => {
    const rows = rowLabels(points.map((p) => ({ row: p.task, text: shorten(label(p.task), 34) })), width);
    const place = { x: (p: Point) => p.mean, y: (p: Point) => p.task };
    return {
      ...kLiteral, marginLeft: rows.marginLeft, marginRight: 24, marginBottom: 48, marginTop: 24,
      height: points.length * (rows.narrow ? 52 : 38) + 66, x: valueAxis(app, points, width),
      y: { type: "band", domain: points.map((p) => p.task), axis: null },
      marks: [
        ...rows.marks, ...errorBars(app, points, "x", place.y, looks),
        ...dots(points, looks, { ...place, r: () => 7 }), tips(app, points, place, (p) => [`${new Set(p.cells.map((c) => c.model)).size} models, ${p.cells.length} cells`]),
      ],
    };
  },
  columns: (app) => [kTask, group("Modality"), ...valueColumns(app)],
};

export const kSizeFigure: Figure = {
  id: "2", label: "By model size", title: "Cost against model size",
  explain: "One mark a task-specific model, averaged over its datasets. Compare the modalities at the same number of parameters.",
  grouped: "Modality", zoomable: ["x", "y"],
  points: (app, cells) => [...groupBy(cells.filter((cell) => !isMulti(cell)), (cell) => `${cell.task}\n${cell.model}\n${cell.engine}`)].map(([, of]) =>
    point(app, of, of[0]!.modality, { dataset: of.length === 1 ? of[0]!.dataset : "" })),
  needs: (p) => [p.value.mean, p.parameters],
  plot: (app, points, looks, width) => {
    const place = { x: (p: Point) => p.parameters, y: (p: Point) => p.mean };
    return {
      ...kLiteral, marginLeft: 58, marginRight: 18, marginBottom: 48, marginTop: 30, height: width < 600 ? 420 : 500,
      x: parameterAxis(points), y: valueAxis(app, points, width),
      marks: [
        ...errorBars(app, points, "y", place.x, looks), ...dots(points, looks, place), tips(app, points, place),
      ],
    };
  },
  columns: (app) => [kModel, kTask, group("Modality"), kParameters, ...valueColumns(app)],
};

function purpose(p: Point["cells"][number]): string {
  return isMulti(p) ? `multi-purpose ${p.cls}`.trim() : "task-specific";
}

const datasetRow = (p: Point) => `${p.task}\n${p.dataset}`;

export const kDatasetFigure: Figure = {
  id: "3", label: "By dataset", title: "Task-specific against multi-purpose models, dataset by dataset",
  explain: "One mark a model on a dataset; the area follows the number of parameters. In one row, compare models built for the task with models that are told what to do.",
  grouped: "Kind of model", zoomable: ["x"],
  points: (app, cells) => {
    const shared = new Set(cells.filter(isMulti).map((cell) => `${cell.task}\n${cell.dataset}`));
    const points = cells.filter((cell) => shared.has(`${cell.task}\n${cell.dataset}`)).map((cell) => point(app, [cell], purpose(cell)));
    return points.sort((a, b) => datasetRow(a).localeCompare(datasetRow(b)));
  },
  needs: (p) => [p.value.mean],
  plot: (app, points, looks, width) => {
    const domain = [...new Set(points.map(datasetRow))];
    const short = (row: string) => shorten(row.replace(/^[^\n]*\n/, ""), 30);
    const rows = rowLabels(domain.map((row) => ({ row, text: width < 600 ? `${short(row)} (${label(row.split("\n")[0]!).toLowerCase()})` : short(row) })), width);
    const size = radius(points, (p) => p.parameters);
    const ordered = [...points].sort((a, b) => (b.parameters ?? 0) - (a.parameters ?? 0));
    const place = { x: (p: Point) => p.mean, y: datasetRow, r: size };
    const first = domain.filter((row, i) => i === 0 || row.split("\n")[0] !== domain[i - 1]!.split("\n")[0]);
    return {
      ...kLiteral, marginLeft: rows.narrow ? 20 : Math.max(rows.marginLeft, 170), marginRight: 24, marginBottom: 48, marginTop: 30,
      height: domain.length * (rows.narrow ? 56 : 50) + 72, x: valueAxis(app, points, width), y: { type: "band", domain, axis: null },
      marks: [
        Plot.ruleY(domain, { strokeOpacity: 0.1 }), ...rows.marks,
        ...(rows.narrow ? [] : [Plot.text(first, { y: (row: string) => row, text: (row: string) => label(row.split("\n")[0]!), frameAnchor: "left", textAnchor: "end", dx: -10, dy: -16, fontSize: 11, fillOpacity: 0.65 })]),
        ...errorBars(app, points, "x", datasetRow, looks), ...dots(ordered, looks, place), tips(app, points, place),
      ],
    };
  },
  columns: (app) => [kModel, kTask, kDataset, group("Kind"), kParameters, ...valueColumns(app)],
};

export const kMultiFigure: Figure = {
  id: "5", label: "Multi-purpose", title: "The same multi-purpose model on different tasks",
  explain: "One mark a dataset. Compare the tasks within one row: it is the same model throughout.",
  grouped: "Task", zoomable: ["x"],
  points: (app, cells) => cells.filter(isMulti).map((cell) => point(app, [cell], cell.task)),
  needs: (p) => [p.value.mean],
  plot: (app, points, looks, width) => {
    const order = [...groupBy(points, (p) => p.model)].map(([model, of]) => ({ model, mean: of.reduce((sum, p) => sum + p.mean, 0) / of.length }))
      .sort((a, b) => a.mean - b.mean).map(({ model }) => model);
    const rows = rowLabels(order.map((row) => ({ row, text: shorten(row, 36) })), width);
    const place = { x: (p: Point) => p.mean, y: (p: Point) => p.model };
    return {
      ...kLiteral, marginLeft: rows.marginLeft, marginRight: 24, marginBottom: 48, marginTop: 26,
      height: order.length * (rows.narrow ? 52 : 42) + 68, x: valueAxis(app, points, width), y: { type: "band", domain: order, axis: null },
      marks: [
        Plot.ruleY(order, { strokeOpacity: 0.1 }), ...rows.marks,
        ...errorBars(app, points, "x", place.y, looks), ...dots(points, looks, { ...place, r: () => 6 }), tips(app, points, place),
      ],
    };
  },
  columns: (app) => [kModel, kTask, kDataset, kParameters, ...valueColumns(app)],
};
