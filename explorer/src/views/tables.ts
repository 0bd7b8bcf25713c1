// SPDX-License-Identifier: Apache-2.0
// The study's tables, from this store.
import { type App, type Mounted, type View } from "../app";
import { h } from "../dom";
import { GridTable, sheetOf } from "../grid_table";
import { kTables, type Row, tableColumns, tableRows } from "./tables_columns";

function mount(host: HTMLElement, app: App): Mounted {
  const tabs = kTables.map((table) => ({ table, link: h("a", {}, table.label) }));
  const title = h("h3");
  const explain = h("p", { class: "lead" });
  const empty = h("p", { class: "note", role: "status" });
  let table: GridTable<Row> | null = null;
  const place = h("div");
  let drawn = "";
  const known = () => kTables.find((one) => one.id === app.state.table) ?? kTables[1]!;
  host.append(h("nav", { class: "tabs", "aria-label": "Tables" }, ...tabs.map(({ link }) => link)), title, explain, empty, place);
  return {
    update: () => {
      const now = known();
      for (const { table: one, link } of tabs) {
        link.setAttribute("href", app.href({ table: one.id }));
        if (one === now) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
      }
      const rows = tableRows(app);
      title.textContent = now.title;
      explain.textContent = now.explain;
      empty.textContent = rows.length === 0 ? "This store cannot fill this table." : "";
      if (!table || drawn !== now.id) {
        table = new GridTable<Row>(tableColumns(app, rows), { caption: now.title });
        place.replaceChildren(table.element);
        drawn = now.id;
      }
      place.hidden = rows.length === 0;
      table.setColumns(tableColumns(app, rows));
      table.update(rows);
    },
    sheet: () => sheetOf(`table-${known().id}`, tableColumns(app, tableRows(app)), tableRows(app)),
  };
}

export const kTablesView: View = { id: "tables", label: "Tables", title: "The study's tables, from this store", mount };
