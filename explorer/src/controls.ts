// SPDX-License-Identifier: Apache-2.0
// The controls that hold in every view: energy or carbon, per what, grid, PUE, theme. Each shows the state and
// changes it; none keeps a state of its own.
import type { App } from "./app";
import { h, uniqueId } from "./dom";
import { number } from "./format";
import { place } from "./cost";
import type { State } from "./state";

export interface Control { element: HTMLElement; update(): void }

/// A group of radio buttons that looks like one switch.
export function choice(app: App, field: "quantity" | "per" | "theme", label: string, options: [string, string][]): Control {
  const group = uniqueId(field);
  const inputs = options.map(([value]) => h("input", {
    type: "radio", name: group, value, onchange: () => app.set({ [field]: value }),
  }));
  const element = h("fieldset", { class: "choice" }, h("legend", {}, label), h("div", { class: "switch" },
    ...options.map(([, text], i) => h("label", {}, inputs[i]!, h("span", {}, text)))));
  return { element, update: () => inputs.forEach((input) => { input.checked = input.value === app.state[field]; }) };
}

export function select(app: App, field: keyof State, label: string, options: () => [string, string][], onPick?: (value: string) => void): Control {
  const input = h("select", { onchange: () => (onPick ?? ((value: string) => app.set({ [field]: value } as Partial<State>)))(input.value) });
  const element = h("label", { class: "field" }, h("span", {}, label), input);
  let drawn = "";
  return {
    element,
    update: () => {
      const list = options();
      const now = JSON.stringify(list);
      if (now !== drawn) {
        input.replaceChildren(...list.map(([value, text]) => h("option", { value }, text)));
        drawn = now;
      }
      input.value = String(app.state[field] ?? "");
    },
  };
}

export function check(app: App, field: keyof State, label: string): Control {
  const input = h("input", { type: "checkbox", onchange: () => app.set({ [field]: input.checked } as Partial<State>) });
  return {
    element: h("label", { class: "check" }, input, h("span", {}, label)),
    update: () => { input.checked = app.state[field] === true; },
  };
}

export function numeric(app: App, field: "pue" | "intensity" | "queries" | "training_kwh", label: string,
  standard: () => number | null, low: number, step: string): Control {
  const problem = h("small", { class: "problem", role: "alert" });
  const input = h("input", { type: "number", min: low, step, inputmode: "decimal", oninput: () => {
    const value = input.value === "" ? null : Number(input.value);
    const bad = value !== null && (!Number.isFinite(value) || value < low);
    problem.textContent = bad ? `at least ${low}` : "";
    if (!bad) app.set({ [field]: value });
  } });
  return {
    element: h("label", { class: "field narrow" }, h("span", {}, label), input, problem),
    update: () => {
      const usual = standard();
      input.placeholder = usual === null ? "" : String(usual);
      const value = app.state[field];
      if (document.activeElement !== input) input.value = value === null ? "" : String(value);
    },
  };
}

function gridOptions(app: App): HTMLElement[] {
  const { grid } = app.report.rules;
  const own = grid.place === "as-logged" ? "As logged by each run" : `As reported: ${grid.name || grid.place || "unknown"}`;
  const option = (value: string, text: string) => h("option", { value }, text);
  const kinds = new Map<string, HTMLElement[]>();
  for (const one of app.report.grids) {
    const kind = one.kind || "place";
    if (!kinds.has(kind)) kinds.set(kind, []);
    kinds.get(kind)!.push(option(one.place, `${one.name || one.place} (${number(one.g)})`));
  }
  return [
    option("", grid.g === null ? own : `${own} (${number(grid.g)})`), option("custom", "Your own figure"),
    ...[...kinds].map(([kind, options]) => h("optgroup", { label: kind.charAt(0).toUpperCase() + kind.slice(1) }, ...options)),
  ];
}

function gridPicker(app: App): Control {
  const input = h("select", { onchange: () => app.set({ grid: input.value }) }, ...gridOptions(app));
  const custom = numeric(app, "intensity", "g per kWh", () => null, 0, "any");
  return {
    element: h("div", { class: "pair" }, h("label", { class: "field grid" }, h("span", {}, "Grid, g CO₂e per kWh"), input), custom.element),
    update: () => {
      input.value = app.state.grid;
      if (input.selectedIndex < 0) input.value = "";
      custom.element.hidden = app.state.grid !== "custom";
      custom.update();
    },
  };
}

export function themeSwitch(app: App): Control {
  return choice(app, "theme", "Theme", [["", "Auto"], ["light", "Light"], ["dark", "Dark"]]);
}

/// Everything above the views. On a narrow screen it folds into one line that says what is in force.
export function controlBar(app: App): Control {
  const has = (pick: "words" | "tokens") => app.report.cells.some((cell) => cell[pick] && cell[pick]!.input !== null);
  const per: [string, string][] = [["1000", "1,000"], ["query", "Query"]];
  if (has("words")) per.push(["word", "Word"]);
  if (has("tokens")) per.push(["token", "Token"]);
  const controls = [
    choice(app, "quantity", "Show", [["carbon", "Carbon"], ["energy", "Energy"]]),
    choice(app, "per", "Per", per),
    gridPicker(app),
    numeric(app, "pue", "PUE", () => app.report.rules.pue, 1, "0.01"),
  ];
  const summary = h("summary");
  const element = h("details", { class: "controls", open: !matchMedia("(max-width: 719px)").matches }, summary,
    h("div", { class: "bar" }, ...controls.map((control) => control.element)));
  return {
    element,
    update: () => {
      controls.forEach((control) => control.update());
      const per_text = per.find(([value]) => value === app.state.per)?.[1].toLowerCase() ?? "";
      summary.textContent = `${app.state.quantity === "energy" ? "Energy" : "Carbon"} per ${per_text}${per_text === "1,000" ? " queries" : ""}, grid: ${place(app.report, app.state).name}`;
    },
  };
}
