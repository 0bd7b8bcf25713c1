// SPDX-License-Identifier: Apache-2.0
// Columns of the study's seven tables and of the parity section.
import type { App } from "../app";
import { place, pue, pueFactor } from "../cost";
import { name } from "../dom";
import { count, interval, kDash, label, number, parameters } from "../format";
import type { Column } from "../grid_table";
import { list, num, object, range, stats, text } from "../report";

export type Row = Record<string, unknown>;

export const kTables: { id: string; label: string; title: string; explain: string }[] = [
  { id: "1", label: "1 Tasks", title: "Table 1: tasks and datasets", explain: "What was run." },
  { id: "2", label: "2 Energy by task", title: "Table 2: energy and carbon by task", explain: "Task-specific models, per 1,000 queries; mean and standard deviation over all runs." },
  { id: "3", label: "3 Multi-purpose", title: "Table 3: multi-purpose models", explain: "Averaged over their datasets, per 1,000 queries." },
  { id: "4", label: "4 Lengths", title: "Table 4: input and output lengths", explain: "Mean length of what is read and written." },
  { id: "5", label: "5 Training", title: "Table 5: training against inference", explain: "How many queries use as much as training and fine-tuning did." },
  { id: "parity", label: "Parity", title: "Parity, term by term", explain: "What each figure of training is made of, and how it is known." },
  { id: "6", label: "6 Models", title: "Table 6: models", explain: "The models of each task." },
  { id: "7", label: "7 Quality", title: "Table 7: quality", explain: "What the models get right." },
];

function string(id: string, title: string, limit = 60): Column<Row> {
  return { id, label: title, value: (r) => text(r[id]), show: (r) => name(text(r[id]) || kDash, limit) };
}

function figure(id: string, title: string, pick: (row: Row) => number | null = (r) => num(r[id]), show?: (x: number | null) => string): Column<Row> {
  return { id: `${id}-${title}`, label: title, numeric: true, value: pick, ...(show ? { show: (r: Row) => show(pick(r)) } : {}) };
}

const kTask: Column<Row> = { id: "task", label: "Task", value: (r) => text(r["task"]), show: (r) => label(text(r["task"])) };

/// Names in a list, as long as the reader can take it.
function names(id: string, title: string): Column<Row> {
  const all = (r: Row) => (Array.isArray(r[id]) ? (r[id] as unknown[]).map(text).join(", ") : text(r[id]));
  return { id, wide: true, label: title, value: all, show: (r) => name(all(r) || kDash, 900) };
}

/// Grams of a row under the reader's grid and PUE; a row has energy and grams, as stats or bare numbers.
function grams(app: App, of: "mean" | "std"): (row: Row) => number | null {
  return (row) => {
    const where = place(app.report, app.state);
    const own = stats(row[where.g === null ? "emissions_g" : "energy_kwh"])[of];
    return own === null ? null : own * (where.g === null ? pueFactor(app.report, app.state) : where.g * pue(app.report, app.state));
  };
}

function published(row: Row): string {
  return Object.entries(object(row["published"])).map(([key, value]) => `${key.replace(/_/g, " ")}: ${typeof value === "number" ? number(value) : text(value) || kDash}`).join("; ");
}

/// Terms written as training_kwh and training_provenance, side by side.
function namedTerms(terms: Row): Row[] {
  return Object.keys(terms).filter((key) => key.endsWith("_kwh")).map((key) => {
    const name = key.replace(/_kwh$/, "");
    const [provenance = "", ...source] = text(terms[`${name}_provenance`]).split(": ");
    return { name, kwh: terms[key], provenance, source: source.join(": ") };
  });
}

/// A bound of the queries to parity: a key of its own, or an end of the interval.
function bound(row: Row, key: "low" | "high"): number | null {
  const queries = object(row["queries"]);
  return num(queries[key]) ?? range(queries["interval"])?.[key === "low" ? 0 : 1] ?? null;
}

export function tableRows(app: App): Row[] {
  if (app.state.table === "parity") {
    return app.report.parity.flatMap((row) => {
      const terms = [...list(row["terms"]), ...namedTerms(object(row["terms"]))];
      return (terms.length > 0 ? terms : [{}]).map((term) => ({ ...row, term }));
    });
  }
  return app.report.tables[app.state.table] ?? [];
}

export function tableColumns(app: App, rows: Row[]): Column<Row>[] {
  const kwh = (of: "mean" | "std" | "median" | "n") => (row: Row) => stats(row["energy_kwh"])[of];
  switch (app.state.table) {
    case "1": return [kTask, names("datasets", "Datasets"), figure("models", "Models", undefined, count), figure("cells", "Cells", undefined, count), figure("runs", "Runs", undefined, count)];
    case "3": return [string("model", "Model"), string("class", "Class", 30), figure("parameters", "Parameters", undefined, parameters), figure("energy", "kWh per 1,000", kwh("mean")),
      figure("std_kwh", "Std, kWh"), figure("grams", "g CO₂e per 1,000", grams(app, "mean")), figure("n", "Runs", undefined, count)];
    case "4": {
      const models = [...new Set(rows.flatMap((row) => Object.keys(object(row["output_mean"]))))];
      return [string("dataset", "Dataset", 40), kTask, string("unit", "Unit", 20), figure("input_mean", "Input"),
        ...models.map((model) => figure(`output ${model}`, `Output: ${model.length > 40 ? `${model.slice(0, 39)}…` : model}`, (row) => num(object(row["output_mean"])[model])))];
    }
    case "5": return [string("model", "Model"), figure("training_kwh", "Training, kWh"), figure("finetuning_kwh", "Fine-tuning, kWh"), figure("inference_kwh", "One query, kWh"),
      figure("parity_queries", "Queries to parity", undefined, count), figure("parity_queries_printed", "Of the printed figure", undefined, count),
      { id: "published", wide: true, label: "Published", value: (r) => published(r), show: (r) => name(published(r) || kDash, 200) }];
    case "parity": return [string("model", "Model"), { id: "term", label: "Term", value: (r) => text(object(r["term"])["name"]), show: (r) => name(text(object(r["term"])["name"]) || kDash, 40) },
      figure("kwh", "kWh", (r) => num(object(r["term"])["kwh"])),
      { id: "provenance", label: "Known by", value: (r) => text(object(r["term"])["provenance"]) },
      { id: "source", wide: true, label: "Source", value: (r) => text(object(r["term"])["source"]), show: (r) => name(text(object(r["term"])["source"]) || kDash, 120) },
      figure("inference", "One query, kWh", (r) => num(object(r["inference_kwh"])["mean"])),
      { id: "inference-interval", label: "Interval", numeric: true, value: (r) => range(object(r["inference_kwh"])["interval"])?.join(" to ") ?? null, show: (r) => interval(range(object(r["inference_kwh"])["interval"])) },
      figure("full", "Queries to parity", (r) => num(object(r["queries"])["full"]), count), figure("low", "Low", (r) => bound(r, "low"), count),
      figure("high", "High", (r) => bound(r, "high"), count), figure("printed", "Of the printed figure", (r) => num(object(r["queries"])["printed"]), count),
      { id: "warnings", wide: true, label: "Warnings", value: (r) => warnings(r), show: (r) => name(warnings(r) || kDash, 300) }];
    case "6": return [kTask, names("models", "Models")];
    case "7": return [string("model", "Model"), string("dataset", "Dataset", 40), string("metric", "Metric", 30), figure("value", "Value"),
      { id: "same_queries", label: "Same queries as the energy", value: (r) => (r["same_queries"] === true ? "yes" : r["same_queries"] === false ? "no" : null) }];
    default: return [kTask, figure("energy", "kWh per 1,000", kwh("mean")), figure("std", "Std, kWh", kwh("std")), figure("median", "Median, kWh", kwh("median")),
      figure("grams", "g CO₂e per 1,000", grams(app, "mean")), figure("gstd", "Std, g", grams(app, "std")), figure("runs", "Runs", kwh("n"), count),
      ...(rows.some((row) => text(row["note"]) !== "") ? [string("note", "Note")] : [])];
  }
}

function warnings(row: Row): string {
  return Array.isArray(row["warnings"]) ? (row["warnings"] as unknown[]).map(text).filter(Boolean).join("; ") : "";
}
