// SPDX-License-Identifier: Apache-2.0
// The filter bar: one drop-down of check boxes for each dimension that has more than one value.
import { type App, type Dimension, kDimensions } from "./app";
import { check, type Control } from "./controls";
import { h, shorten } from "./dom";
import { label, plural } from "./format";

function shown(dimension: Dimension, value: string): string {
  if (value === "") return "not stated";
  return dimension === "task" || dimension === "modality" || dimension === "cls" ? label(value) : shorten(value, 40);
}

function menu(app: App, dimension: Dimension, title: string, values: string[]): Control {
  const summary = h("summary", { class: "menu-button" });
  const boxes = values.map((value) => {
    const box = h("input", { type: "checkbox", onchange: () => {
      const now = new Set(app.state[dimension]);
      if (box.checked) now.add(value); else now.delete(value);
      app.set({ [dimension]: values.filter((one) => now.has(one)), zoom: [] });
    } });
    return { value, box };
  });
  const clear = h("button", { type: "button", class: "plain", onclick: () => app.set({ [dimension]: [], zoom: [] }) }, "Show all");
  const element = h("details", { class: "menu" }, summary, h("fieldset", { class: "panel" },
    h("legend", { class: "hidden" }, title),
    ...boxes.map(({ value, box }) => h("label", { class: "check" }, box, h("span", {}, shown(dimension, value)))), clear));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    element.open = false;
    summary.focus();
  });
  return {
    element,
    update: () => {
      const on = app.state[dimension].filter((value) => values.includes(value));
      boxes.forEach(({ value, box }) => { box.checked = on.includes(value); });
      summary.textContent = on.length === 0 ? title : on.length === 1 ? `${title}: ${shorten(shown(dimension, on[0]!), 22)}` : `${title}: ${on.length}`;
      summary.classList.toggle("on", app.state[dimension].length > 0);
    },
  };
}

// Only one menu is open at a time, and a click elsewhere closes it.
document.addEventListener("pointerdown", (event) => {
  for (const open of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!open.contains(event.target as Node)) open.open = false;
  }
});
document.addEventListener("focusin", (event) => {
  for (const open of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!open.contains(event.target as Node)) open.open = false;
  }
});

export function filterBar(app: App): Control {
  const menus = kDimensions.flatMap(({ id, label: title }) => {
    const values = [...new Set(app.report.cells.map((cell) => cell[id]))].sort((a, b) => a.localeCompare(b));
    return values.length > 1 ? [menu(app, id, title, values)] : [];
  });
  const extra = app.report.cells.filter((cell) => !cell.in_study).length;
  if (extra > 0) menus.push(check(app, "extras", `With the ${plural(extra, "cell")} outside the study's tables`));
  const reset = h("button", { type: "button", class: "plain", onclick: () =>
    app.set({ task: [], modality: [], cls: [], dataset: [], engine: [], extras: false, zoom: [] }) }, "Clear filters");
  return {
    element: h("div", { class: "filters", role: "group", "aria-label": "Filters" }, ...menus.map((one) => one.element), reset),
    update: () => {
      menus.forEach((one) => one.update());
      reset.hidden = kDimensions.every(({ id }) => app.state[id].length === 0) && !app.state.extras;
    },
  };
}
