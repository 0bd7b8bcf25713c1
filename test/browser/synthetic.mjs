// SPDX-License-Identifier: Apache-2.0
// A report (permille.report/1) of invented numbers that fills every field of the format, for tests and the bench.
//   node synthetic.mjs OUT.json [CELLS]
import { realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const kTasks = [
  ["text-classification", "text-to-category", 2e-3], ["question-answering", "text-to-category", 3e-3], ["fill-mask", "text-to-text", 3.4e-3],
  ["token-classification", "text-to-category", 3.6e-3], ["image-classification", "image-to-category", 7e-3], ["object-detection", "image-to-category", 0.04],
  ["text-generation", "text-to-text", 0.047], ["summarization", "text-to-text", 0.05], ["image-to-text", "image-to-text", 0.06], ["text-to-image", "text-to-image", 2.9],
];
const kShared = ["text-classification", "question-answering", "summarization"];

/// Park and Miller's generator: the same numbers everywhere.
function randomFrom(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function stats(mean, spread, n) {
  const half = (2.262 * spread * mean) / Math.sqrt(n);
  return {
    mean, std: spread * mean, median: mean * (1 - spread / 5), min: mean * (1 - 1.5 * spread), max: mean * (1 + 1.5 * spread), n,
    repeatability_ci95: [mean - half, mean + half], expanded: [mean * 0.85, mean * 1.15],
  };
}

const scaled = (of, x) => Object.fromEntries(Object.entries(of).map(([key, value]) => [key, key === "n" || value === null ? value : Array.isArray(value) ? value.map((one) => one * x) : value * x]));

function cell(random, task, modality, base, dataset, model, multi, i) {
  const parameters = Math.round(1e7 * 10 ** (2.6 * random()));
  const n = 10;
  const kwh = base * (0.5 + random()) * (multi ? 4 : 1);
  const energy = stats(kwh, 0.01 + 0.03 * random(), n);
  const share = 0.45 + 0.3 * random();
  const parts = { gpu: kwh * share, cpu: kwh * 0.05, ram: kwh * (0.95 - share) };
  const output = 5 + 20 * random();
  const writes = task === "summarization" || task === "text-generation";
  const part = (component, provenance, source, rule) => ({ component, channel: `${component}-0`, provenance, source, use: "used", wh_per_1000: 1000 * parts[component], coverage: 1, ...(rule ? { rule } : {}) });
  return {
    key: `c${i}`, task, dataset, variant: multi ? "zero-shot" : "default", model, engine: i % 2 ? "onnx" : "runner", weights: "trained", modality,
    class: multi ? (i % 4 < 2 ? "seq2seq" : "decoder") : "encoder", purpose: multi ? "multi-purpose" : "task-specific", parameters, in_study: i % 11 !== 10, n, queries: 1000,
    energy_kwh: energy, emissions_g: scaled(energy, 138.75), g_per_kwh: 138.75, components_kwh: parts,
    components: [part("gpu", i % 3 ? "measured" : "derived", "nvml"), part("cpu", "assumed", "constant", "42.5 W"), part("ram", "modelled", "formula", "3/8 W per GB x 64 GB")],
    attribution: { machine: { kwh, provenance: "measured" }, device: { kwh: kwh * 0.6, low: kwh * 0.5, high: kwh * 0.7, provenance: "apportioned" }, marginal: i % 2 ? { kwh: kwh * 0.3, provenance: "measured" } : null, ...(i % 2 ? {} : { marginal_refused: "other load was seen" }) },
    gpus: { counted: 8, used: 1, idle_kwh: parts.gpu * 0.7 }, ram: { bytes: 64 * 2 ** 30, kwh: parts.ram }, seconds: 20 + 100 * random(),
    load_kwh: kwh * random(), load_seconds: 5 + 10 * random(), load_breakeven_queries: 1000 * random(),
    latency_ms: { mean: 21, p50: 20, p90: 25, p99: 40 + random() }, sampling_ci95_kwh: [kwh * 0.97, kwh * 1.03], residency_w: 40 + 10 * random(),
    words: modality.startsWith("text") ? { input_mean: 20 + 30 * random(), ...(writes ? { output_mean: output } : {}), source: "counted" } : null,
    tokens: modality.startsWith("text") ? { input_mean: 30 + 40 * random(), ...(writes ? { output_mean: 1.4 * output } : {}), source: "counted" } : null,
    quality: modality.endsWith("category") ? [{ metric: "accuracy", value: 0.6 + 0.39 * random(), ci95: [0.6, 0.99], same_queries: i % 2 === 0, source: "this run" }] : [],
    flags: ["ram_modelled", ...(i % 7 === 0 ? ["short_window"] : [])],
  };
}

function pool(cells, key) {
  const n = cells.reduce((sum, one) => sum + one[key].n, 0);
  const mean = cells.reduce((sum, one) => sum + one[key].n * one[key].mean, 0) / n;
  const squares = cells.reduce((sum, one) => sum + (one[key].n - 1) * one[key].std ** 2 + one[key].n * (one[key].mean - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (n - 1)), median: mean, n };
}

function groups(cells, ...keys) {
  const found = new Map();
  for (const one of cells) {
    const key = JSON.stringify(keys.map((name) => one[name]));
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found.values()];
}

export function synthetic(count = 96) {
  const random = randomFrom(20231109);
  const cells = [];
  const models_a_task = Math.max(1, Math.round((count * 0.75) / 30));
  for (const [task, modality, base] of kTasks) {
    for (let d = 0; d < 3; d += 1) {
      for (let m = 0; m < models_a_task; m += 1) cells.push(cell(random, task, modality, base, `${task} set ${d + 1}`, `lab/${task}-${m + 1}`, false, cells.length));
    }
  }
  for (let m = 0; cells.length < count; m += 1) {
    for (const task of kShared) {
      const [, modality, base] = kTasks.find(([name]) => name === task);
      for (let d = 0; d < 3; d += 1) cells.push(cell(random, task, modality, base, `${task} set ${d + 1}`, `lab/general-${m + 1}`, true, cells.length));
    }
  }
  const studied = cells.filter((one) => one.in_study);
  const own = studied.filter((one) => one.purpose === "task-specific");
  const general = studied.filter((one) => one.purpose === "multi-purpose");
  const parity = groups(general, "model").slice(0, 2).map(([first, ...more]) => ({ model: first.model, query: pool([first, ...more], "energy_kwh").mean / 1000 }));
  return {
    schema: "permille.report/1", title: "Invented numbers", store: "synthetic.db", permille: "0.1.0",
    rules: { attribution: "machine", accounting: "native", grid: { place: "as-logged", name: "as logged by each run", g_per_kwh: 138.75, year: 2016, source: "the logs" }, pue: 1 },
    tables: {
      1: groups(own, "task").map((of) => ({ task: of[0].task, datasets: [...new Set(of.map((one) => one.dataset))], models: new Set(of.map((one) => one.model)).size, cells: of.length, runs: 10 * of.length })),
      2: groups(own, "task").map((of) => ({ task: of[0].task, energy_kwh: pool(of, "energy_kwh"), emissions_g: pool(of, "emissions_g") })),
      3: groups(general, "model").map((of) => ({ model: of[0].model, class: of[0].class, parameters: of[0].parameters, energy_kwh: pool(of, "energy_kwh").mean, emissions_g: pool(of, "emissions_g").mean, std_kwh: pool(of, "energy_kwh").std, n: 10 * of.length })),
      4: groups(general, "task", "dataset").map((of) => ({ task: of[0].task, dataset: of[0].dataset, input_mean: of[0].words.input_mean, output_mean: Object.fromEntries(of.map((one) => [one.model, one.words.output_mean ?? null])), unit: "words" })),
      5: parity.map(({ model, query }) => ({ model, training_kwh: 10505, finetuning_kwh: 543, inference_kwh: query, parity_queries: 11048 / query, parity_queries_printed: 11048 / query, published: { parity_queries: 204592592 } })),
      6: groups(own, "task").map((of) => ({ task: of[0].task, models: [...new Set(of.map((one) => one.model))] })),
      7: studied.flatMap((one) => one.quality.map((q) => ({ model: one.model, dataset: one.dataset, metric: q.metric, value: q.value, same_queries: q.same_queries }))),
    },
    figures: {
      1: groups(own, "task").map((of) => ({ task: of[0].task, modality: of[0].modality, emissions_g: pool(of, "emissions_g") })),
      2: groups(own, "task", "model").map((of) => ({ model: of[0].model, task: of[0].task, modality: of[0].modality, parameters: of[0].parameters, emissions_g: pool(of, "emissions_g").mean, energy_kwh: pool(of, "energy_kwh").mean, n: 10 * of.length })),
      3: [], 4: [], 5: [], 6: [],
    },
    claims: ["holds", "fails", "inconclusive", "not in this store"].map((verdict, i) => ({
      id: `claim-${i}`, where: "4.1 text", statement: `Statement ${i + 1}`, published: "15", unit: "x", estimate: i === 3 ? null : 13.9 + i, interval: i === 3 ? null : [13 + i, 15 + i], verdict,
      by_attribution: { machine: { estimate: 13.9, interval: [13, 15], verdict }, device: { estimate: 11, interval: null, verdict: "inconclusive" } }, match: "truncated", note: "of the printed numbers",
    })),
    parity: parity.map(({ model, query }) => ({
      model, terms: [{ name: "training", kwh: 10505, provenance: "assumed", source: "a publication" }, { name: "fine-tuning", kwh: 543, provenance: "modelled", source: "GPU-hours x TDP" }],
      warnings: ["boundaries differ"], inference_kwh: { mean: query, interval: [query * 0.9, query * 1.1] }, queries: { full: 11048 / query, low: 11048 / query / 1.1, high: 11048 / query / 0.9, printed: 11048 / query },
    })),
    totals: { runs: 10 * cells.length, cells: cells.length, energy_kwh: 1, emissions_g: 138.75 },
    cells,
    grids: [{ place: "world", name: "World average", kind: "world", g_per_kwh: 475, year: null }, { place: "FRA", name: "France", kind: "country", g_per_kwh: 56.04, year: 2023 }, { place: "POL", name: "Poland", kind: "country", g_per_kwh: 661.93, year: 2023 }],
    equivalents: [{ name: "smartphone charges", unit: "charges", kwh: 0.022, source: "invented" }, { name: "miles by car", unit: "miles", g: 390, source: "invented" }],
    ram_rules: [{ name: "3/8 W per GB", w_per_gb: 0.375 }, { name: "0.1 W per GB", w_per_gb: 0.1 }],
  };
}

if (fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  writeFileSync(process.argv[2], JSON.stringify(synthetic(Number(process.argv[3] ?? 96))));
}
