// SPDX-License-Identifier: Apache-2.0
// The state of every control, and its two-way mapping to the URL hash: what is not at its default is in the link.

export interface State {
  view: string;
  figure: string;
  table: string;
  quantity: string;
  per: string;
  bars: string;
  linear: boolean;
  extras: boolean;
  grid: string;
  intensity: number | null;
  pue: number | null;
  theme: string;
  task: string[];
  modality: string[];
  cls: string[];
  dataset: string[];
  engine: string[];
  search: string;
  sort: string;
  down: boolean;
  all: boolean;
  model: string;
  left: string;
  right: string;
  subject: string;
  queries: number | null;
  training: string;
  training_kwh: number | null;
  residency: boolean;
  verdict: string;
  cost_axis: boolean;
  data: boolean;
  zoom: number[];
}

export const kDefaults: Readonly<State> = {
  view: "figures", figure: "2", table: "2", quantity: "carbon", per: "1000", bars: "repeatability", linear: false,
  extras: false, grid: "", intensity: null, pue: null, theme: "", task: [], modality: [], cls: [], dataset: [],
  engine: [], search: "", sort: "energy", down: true, all: false, model: "", left: "", right: "", subject: "",
  queries: null, training: "", training_kwh: null, residency: false, verdict: "", cost_axis: false, data: false,
  zoom: [],
};

// Short names in the link; one row a control. They are a format: rename none.
const kNames: Record<keyof State, string> = {
  view: "v", figure: "f", table: "t", quantity: "q", per: "per", bars: "bars", linear: "linear", extras: "extras",
  grid: "grid", intensity: "g", pue: "pue", theme: "theme", task: "task", modality: "modality", cls: "class",
  dataset: "dataset", engine: "engine", search: "find", sort: "sort", down: "down", all: "all", model: "m",
  left: "a", right: "b", subject: "of", queries: "day", training: "train", training_kwh: "kwh",
  residency: "wait", verdict: "verdict", cost_axis: "cost", data: "data", zoom: "zoom",
};
export const kFields = Object.keys(kNames) as (keyof State)[];

// What a link may say where only a few words make sense.
const kWords: Partial<Record<keyof State, string[]>> = {
  quantity: ["carbon", "energy"], per: ["1000", "query", "word", "token"], theme: ["", "light", "dark"],
  bars: ["expanded", "repeatability", "std", "none"],
};

function write(value: State[keyof State]): string {
  if (Array.isArray(value)) return value.map((item) => encodeURIComponent(String(item))).join(",");
  if (typeof value === "boolean") return value ? "1" : "0";
  return value === null ? "" : encodeURIComponent(String(value));
}

function decode(source: string): string {
  try {
    return decodeURIComponent(source);
  } catch {
    return source;
  }
}

function read(source: string, like: State[keyof State], field: keyof State): State[keyof State] {
  if (Array.isArray(like)) {
    const items = source === "" ? [] : source.split(",").map(decode);
    return field === "zoom" ? items.map(Number).filter(Number.isFinite) : items;
  }
  if (typeof like === "boolean") return source === "1";
  if (typeof like === "string") {
    const word = decode(source);
    return kWords[field]?.includes(word) === false ? like : word;
  }
  const value = Number(decode(source));
  return source !== "" && Number.isFinite(value) && value >= 0 ? value : null;
}

export function toHash(state: State): string {
  const pairs = kFields.flatMap((field) => {
    const value = write(state[field]);
    return value === write(kDefaults[field]) ? [] : [`${kNames[field]}=${value}`];
  });
  return `#${pairs.join("&")}`;
}

export function fromHash(hash: string): State {
  const given = new Map<string, string>();
  for (const pair of hash.replace(/^#/, "").split("&")) {
    const cut = pair.indexOf("=");
    if (cut > 0) given.set(pair.slice(0, cut), pair.slice(cut + 1));
  }
  const state: Record<string, unknown> = {};
  for (const field of kFields) {
    const source = given.get(kNames[field]);
    const standard = kDefaults[field];
    state[field] = source === undefined ? (Array.isArray(standard) ? [...standard] : standard)
      : read(source, standard, field);
  }
  return state as unknown as State;
}
