// SPDX-License-Identifier: Apache-2.0
// A table whose head stays while its rows change, with sorting that a keyboard and a screen reader understand.
import type { Sheet } from "./app";
import { type Child, h } from "./dom";
import { kDash, number } from "./format";

export interface Column<R> {
  id: string;
  label: string;
  /// Sort value and CSV field; null is unknown.
  value: (row: R) => string | number | null;
  /// What is shown; default: the value.
  show?: (row: R) => Child;
  numeric?: boolean;
  /// A column of sentences, that wants room.
  wide?: boolean;
}

export interface TableOptions {
  caption: string;
  sort?: { id: string; down: boolean; change: (id: string, down: boolean) => void };
  /// Rows drawn at most; 0 is all.
  limit?: number;
}

const kAtOnce = 60;

function style(column: { numeric?: boolean; wide?: boolean }): string | null {
  return column.numeric ? "number" : column.wide ? "wide" : null;
}

function compare(a: string | number | null, b: string | number | null): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

export function sorted<R>(rows: R[], column: Column<R> | undefined, down: boolean): R[] {
  if (!column) return rows;
  const known: { row: R; value: string | number }[] = [];
  const unknown: R[] = [];
  for (const row of rows) {
    const value = column.value(row);
    if (value === null || value === "") unknown.push(row); else known.push({ row, value });
  }
  const sign = down ? -1 : 1;
  known.sort((a, b) => sign * compare(a.value, b.value));
  return [...known.map(({ row }) => row), ...unknown];
}

export class GridTable<R> {
  readonly element: HTMLElement;
  private readonly body = h("tbody");
  private readonly caption: HTMLElement;
  private heads = new Map<string, HTMLElement>();
  private readonly row = h("tr");
  private columns: Column<R>[] = [];
  private options: TableOptions;
  private pending = 0;

  constructor(columns: Column<R>[], options: TableOptions) {
    this.options = options;
    this.caption = h("caption", {}, options.caption);
    const table = h("table", {}, this.caption, h("thead", {}, this.row), this.body);
    this.element = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": options.caption }, table);
    this.setColumns(columns);
  }

  setColumns(columns: Column<R>[]): void {
    const same = columns.length === this.columns.length &&
      columns.every((column, i) => column.id === this.columns[i]!.id && column.label === this.columns[i]!.label);
    this.columns = columns;
    if (same) return;
    const focused = [...this.heads].find(([, th]) => th.contains(document.activeElement))?.[0];
    this.heads = new Map(columns.map((column) => [column.id, this.head(column)]));
    this.row.replaceChildren(...this.heads.values());
    if (focused) this.heads.get(focused)?.querySelector("button")?.focus();
  }

  private head(column: Column<R>): HTMLElement {
    const attributes = { scope: "col", class: style(column) };
    if (!this.options.sort) return h("th", attributes, column.label);
    const press = () => {
      const sort = this.options.sort!;
      // A first click on figures shows the largest, on names the first.
      sort.change(column.id, sort.id === column.id ? !sort.down : column.numeric === true);
    };
    return h("th", attributes, h("button", { type: "button", class: "sort", onclick: press }, column.label));
  }

  update(rows: R[], change: Partial<TableOptions> = {}): void {
    this.options = { ...this.options, ...change };
    const { sort, limit } = this.options;
    this.caption.textContent = this.options.caption;
    for (const [id, head] of this.heads) {
      if (sort?.id === id) head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    const ordered = sort ? sorted(rows, this.columns.find((c) => c.id === sort.id), sort.down) : rows;
    const drawn = limit ? ordered.slice(0, limit) : ordered;
    clearTimeout(this.pending);
    this.body.replaceChildren(...drawn.slice(0, kAtOnce).map((row) => this.tr(row)));
    this.drawRest(drawn, kAtOnce);
  }

  /// The rows below the first screens follow in pieces, so that a long table does not hold the page up.
  private drawRest(rows: R[], from: number): void {
    this.element.toggleAttribute("data-busy", from < rows.length);
    if (from >= rows.length) return;
    this.pending = window.setTimeout(() => {
      this.body.append(...rows.slice(from, from + kAtOnce).map((row) => this.tr(row)));
      this.drawRest(rows, from + kAtOnce);
    });
  }

  private tr(row: R): HTMLElement {
    return h("tr", {}, ...this.columns.map((column, i) => {
      const shown = column.show ? column.show(row) : this.plain(column, row);
      const attributes = { class: style(column) };
      return i === 0 ? h("th", { scope: "row", ...attributes }, shown) : h("td", attributes, shown);
    }));
  }

  private plain(column: Column<R>, row: R): string {
    const value = column.value(row);
    if (value === null || value === "") return kDash;
    return typeof value === "number" ? number(value) : value;
  }
}

export function sheetOf<R>(name: string, columns: Column<R>[], rows: R[]): Sheet {
  return {
    name, head: columns.map((column) => column.label),
    rows: rows.map((row) => columns.map((column) => column.value(row))),
  };
}
