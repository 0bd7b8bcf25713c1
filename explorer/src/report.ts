// SPDX-License-Identifier: Apache-2.0
// The report (permille.report/1) as the page uses it. Nothing is taken on trust: a key that is missing, null, NaN
// (null in JSON) or of another type becomes null or an empty list, and the views show a dash.

export type Interval = readonly [number, number];
type Json = Record<string, unknown>;

export interface Stats {
  mean: number | null;
  std: number | null;
  median: number | null;
  min: number | null;
  max: number | null;
  n: number | null;
  repeatability: Interval | null;
  expanded: Interval | null;
}

export interface Part {
  component: string;
  channel: string;
  provenance: string;
  source: string;
  use: string;
  rule: string;
  wh: number | null;
  coverage: number | null;
}

export interface Split {
  kwh: number | null;
  low: number | null;
  high: number | null;
  provenance: string;
}

export interface Quality {
  metric: string;
  value: number | null;
  ci95: Interval | null;
  same_queries: boolean | null;
  source: string;
}

export interface Lengths {
  input: number | null;
  output: number | null;
  source: string;
}

export type Attribution = "machine" | "device" | "marginal";
export const kAttributions: Attribution[] = ["machine", "device", "marginal"];

export interface Cell {
  key: string;
  task: string;
  dataset: string;
  variant: string;
  model: string;
  engine: string;
  weights: string;
  modality: string;
  cls: string;
  purpose: string;
  parameters: number | null;
  in_study: boolean;
  /// Computed from a cell that did fewer denoising steps, which is in the report too.
  extrapolated: boolean;
  n: number | null;
  queries: number | null;
  energy: Stats;
  emissions: Stats;
  g_per_kwh: number | null;
  parts: Part[];
  attribution: Record<Attribution, Split | null>;
  marginal_refused: string;
  attribution_note: string;
  gpus: { counted: number | null; used: number | null; idle_kwh: number | null } | null;
  ram: { bytes: number | null; kwh: number | null } | null;
  seconds: number | null;
  load_kwh: number | null;
  load_seconds: number | null;
  load_breakeven: number | null;
  latency: { mean: number | null; p50: number | null; p90: number | null; p99: number | null } | null;
  sampling: Interval | null;
  residency_w: number | null;
  words: Lengths | null;
  tokens: Lengths | null;
  quality: Quality[];
  flags: string[];
  /// Share of the energy that a counter or power samples gave; null where the parts are unknown.
  measured_share: number | null;
  haystack: string;
}

export interface Grid { place: string; name: string; kind: string; g: number | null; year: number | null; source: string }

export interface Report {
  title: string;
  store: string;
  version: string;
  rules: { attribution: string; accounting: string; grid: Grid; pue: number };
  cells: Cell[];
  tables: Record<string, Json[]>;
  figures: Record<string, Json[]>;
  claims: Json[];
  parity: Json[];
  totals: Json;
  grids: Grid[];
  equivalents: { name: string; unit: string; kwh: number | null; g: number | null; source: string }[];
  ram_rules: { name: string; w_per_gb: number }[];
  /// What was wrong with the data itself, for the reader.
  problems: string[];
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

export function num(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];
}

export function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function range(value: unknown): Interval | null {
  if (!Array.isArray(value) || value.length < 2) return null;
  const low = num(value[0]);
  const high = num(value[1]);
  return low === null || high === null ? null : [low, high];
}

function present(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

export function stats(value: unknown): Stats {
  const of = typeof value === "number" ? { mean: value } : object(value);
  return {
    mean: num(of["mean"]), std: num(of["std"]), median: num(of["median"]), min: num(of["min"]), max: num(of["max"]),
    n: num(of["n"]), repeatability: range(of["repeatability_ci95"]), expanded: range(of["expanded"]),
  };
}

function split(value: unknown): Split | null {
  if (!present(value)) return null;
  const of = object(value);
  return { kwh: num(of["kwh"]), low: num(of["low"]), high: num(of["high"]), provenance: text(of["provenance"]) };
}

function lengths(value: unknown): Lengths | null {
  if (!present(value)) return null;
  const of = object(value);
  return { input: num(of["input_mean"]), output: num(of["output_mean"]), source: text(of["source"]) };
}

function parts(cell: Json): Part[] {
  const listed = list(cell["components"]).map((part) => ({
    component: text(part["component"]) || "other", channel: text(part["channel"]),
    provenance: text(part["provenance"]) || "unknown", source: text(part["source"]), use: text(part["use"]),
    rule: text(part["rule"]), wh: num(part["wh_per_1000"]), coverage: num(part["coverage"]),
  }));
  if (listed.length > 0) return listed;
  return Object.entries(object(cell["components_kwh"])).map(([component, kwh]) => {
    const known = num(kwh);
    return {
      component, channel: "", provenance: "unknown", source: "", use: "", rule: "",
      wh: known === null ? null : 1000 * known, coverage: null,
    };
  });
}

function measuredShare(of: Part[]): number | null {
  let all = 0;
  let measured = 0;
  for (const part of of) {
    if (part.wh === null || part.wh < 0 || part.provenance === "unknown") return null;
    all += part.wh;
    if (part.provenance === "measured" || part.provenance === "derived") measured += part.wh;
  }
  return all > 0 ? measured / all : null;
}

/// A figure that was computed from fewer steps is a task of its own: it must not be averaged with measured ones, and
/// wherever it is drawn its name says what it is.
function taskOf(of: Json): string {
  return present(of["extrapolated"]) ? `${text(of["task"])}, extrapolated` : text(of["task"]);
}

function cell(of: Json, index: number): Cell {
  const energy = stats(of["energy_kwh"]);
  const own = parts(of);
  const attribution = object(of["attribution"]);
  const gpus = object(of["gpus"]);
  const ram = object(of["ram"]);
  const latency = object(of["latency_ms"]);
  const made: Cell = {
    key: text(of["key"]) || `cell-${index}`,
    task: taskOf(of), dataset: text(of["dataset"]), variant: text(of["variant"]), model: text(of["model"]),
    engine: text(of["engine"]), weights: text(of["weights"]), modality: text(of["modality"]), cls: text(of["class"]),
    purpose: text(of["purpose"]), parameters: num(of["parameters"]), in_study: of["in_study"] !== false,
    extrapolated: present(of["extrapolated"]),
    n: num(of["n"]) ?? energy.n, queries: num(of["queries"]),
    energy, emissions: stats(of["emissions_g"]), g_per_kwh: num(of["g_per_kwh"]),
    parts: own,
    attribution: {
      machine: split(attribution["machine"]), device: split(attribution["device"]),
      marginal: split(attribution["marginal"]),
    },
    marginal_refused: text(attribution["marginal_refused"]), attribution_note: text(attribution["note"]),
    gpus: present(of["gpus"])
      ? { counted: num(gpus["counted"]), used: num(gpus["used"]), idle_kwh: num(gpus["idle_kwh"]) } : null,
    ram: present(of["ram"]) ? { bytes: num(ram["bytes"]), kwh: num(ram["kwh"]) } : null,
    seconds: num(of["seconds"]), load_kwh: num(of["load_kwh"]), load_seconds: num(of["load_seconds"]),
    load_breakeven: num(of["load_breakeven_queries"]),
    latency: present(of["latency_ms"])
      ? { mean: num(latency["mean"]), p50: num(latency["p50"]), p90: num(latency["p90"]), p99: num(latency["p99"]) }
      : null,
    sampling: range(of["sampling_ci95_kwh"]), residency_w: num(of["residency_w"]),
    words: lengths(of["words"]), tokens: lengths(of["tokens"]),
    quality: list(of["quality"]).map((one) => ({
      metric: text(one["metric"]), value: num(one["value"]), ci95: range(one["ci95"]),
      same_queries: typeof one["same_queries"] === "boolean" ? one["same_queries"] : null, source: text(one["source"]),
    })),
    flags: Array.isArray(of["flags"]) ? of["flags"].map(text).filter((flag) => flag !== "") : [],
    measured_share: measuredShare(own),
    haystack: "",
  };
  made.haystack = [made.model, made.task, made.dataset, made.variant, made.engine, made.cls, made.purpose,
    made.modality, ...made.flags].join("\n").toLowerCase();
  return made;
}

function grid(of: Json): Grid {
  return {
    place: text(of["place"]), name: text(of["name"]), kind: text(of["kind"]), g: num(of["g_per_kwh"]),
    year: num(of["year"]), source: text(of["source"]),
  };
}

function sections(value: unknown): Record<string, Json[]> {
  return Object.fromEntries(Object.entries(object(value)).map(([key, rows]) => [key, list(rows)]));
}

/// Give every cell a key of its own, so that a link means one cell even in a report that repeats keys.
function distinctKeys(cells: Cell[], problems: string[]): void {
  const seen = new Set<string>();
  let repeated = 0;
  for (const one of cells) {
    if (seen.has(one.key)) {
      repeated += 1;
      one.key = `${one.key}#${repeated}`;
    }
    seen.add(one.key);
  }
  if (repeated > 0) problems.push(`${repeated} cells repeat the key of another`);
}

export function readReport(source: string): Report {
  const problems: string[] = [];
  let root: Json = {};
  try {
    root = object(JSON.parse(source));
  } catch (error) {
    problems.push(`the report inside this page cannot be read: ${String(error)}`);
  }
  const schema = text(root["schema"]);
  if (problems.length === 0 && schema !== "permille.report/1") {
    problems.push(`this page draws permille.report/1; the report says "${schema.slice(0, 60)}"`);
  }
  const rules = object(root["rules"]);
  const cells = list(root["cells"]).map(cell);
  distinctKeys(cells, problems);
  // A store of one's own may say of no cell that it is in the study; then there is nothing to leave out.
  if (!cells.some((one) => one.in_study)) cells.forEach((one) => { one.in_study = true; });
  const seen = new Set<string>();
  const grids = list(root["grids"]).map(grid).filter((one) => {
    const keep = one.place !== "" && one.g !== null && one.g >= 0 && !seen.has(one.place);
    seen.add(one.place);
    return keep;
  });
  return {
    title: text(root["title"]), store: text(root["store"]), version: text(root["permille"]),
    rules: {
      attribution: text(rules["attribution"]), accounting: text(rules["accounting"]),
      grid: grid(object(rules["grid"])), pue: num(rules["pue"]) ?? 1,
    },
    cells, tables: sections(root["tables"]), figures: sections(root["figures"]), claims: list(root["claims"]),
    parity: list(root["parity"]), totals: object(root["totals"]), grids,
    equivalents: list(root["equivalents"]).map((one) => ({
      name: text(one["name"]), unit: text(one["unit"]), kwh: num(one["kwh"]), g: num(one["g"]),
      source: text(one["source"]),
    })),
    ram_rules: list(root["ram_rules"]).flatMap((one) => {
      const watts = num(one["w_per_gb"]);
      return watts === null ? [] : [{ name: text(one["name"]), w_per_gb: watts }];
    }),
    problems,
  };
}
