// SPDX-License-Identifier: Apache-2.0
// Elements from code. Text always goes in as text nodes, so a model called `<script>` is only a name.

export type Child = Node | string | number | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: never) => void);
export type Attributes = Record<string, Value>;

const kProperties = new Set(["value", "checked", "selected", "disabled", "open", "hidden", "indeterminate"]);

function apply(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value as unknown as EventListener);
    } else if (kProperties.has(name)) {
      (element as unknown as Record<string, unknown>)[name] = value;
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false) {
      element.setAttribute(name, String(value));
    }
  }
}

function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  // The value of a select can be set only once its options are there.
  append(element, children);
  apply(element, attributes);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  apply(element, attributes);
  append(element, children);
  return element;
}

/// Shorten a name to `limit` characters, keeping both ends: names differ most at the end.
export function shorten(text: string, limit = 48): string {
  if (text.length <= limit) return text;
  const tail = Math.floor(limit / 3);
  return `${text.slice(0, limit - tail - 1)}…${text.slice(text.length - tail)}`;
}

/// A name out of the data: isolated from the direction of the text around it, clipped if it is long.
export function name(text: string, limit = 64): HTMLElement {
  const element = h("bdi", { class: "name" }, shorten(text, limit));
  if (text.length > limit) element.title = shorten(text, 600);
  return element;
}

let last_id = 0;
export function uniqueId(prefix: string): string {
  last_id += 1;
  return `${prefix}-${last_id}`;
}
