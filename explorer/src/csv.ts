// SPDX-License-Identifier: Apache-2.0
import type { Sheet } from "./app";
import { h } from "./dom";

type Field = Sheet["rows"][number][number];

/// Quote as RFC 4180 says. Text that a spreadsheet would run as a formula gets an apostrophe in front.
function field(value: Field): string {
  if (value === null) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = typeof value === "boolean" ? String(value) : /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function toCsv(sheet: Sheet): string {
  return [sheet.head, ...sheet.rows].map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";
}

export function downloadCsv(sheet: Sheet): void {
  const url = URL.createObjectURL(new Blob([toCsv(sheet)], { type: "text/csv;charset=utf-8" }));
  const link = h("a", { href: url, download: `permille-${sheet.name}.csv` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
