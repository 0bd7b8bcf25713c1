// SPDX-License-Identifier: Apache-2.0
// The numbers of the study's prose, each with what this store says of it.
import { type App, type Mounted, type View } from "../app";
import { select } from "../controls";
import { h, name } from "../dom";
import { count, interval, kDash, number, plural } from "../format";
import { type Column, GridTable, sheetOf } from "../grid_table";
import { kAttributions, num, object, range, text } from "../report";

type Row = Record<string, unknown>;

const kVerdicts: Record<string, string> = { holds: "✓ holds", fails: "✗ fails", inconclusive: "? inconclusive", "not in this store": "– not in this store" };

function verdict(value: unknown): string {
  const word = text(value);
  return word === "" ? kDash : kVerdicts[word] ?? word.slice(0, 40);
}

function columns(): Column<Row>[] {
  return [
    { id: "statement", wide: true, label: "Statement", value: (r) => text(r["statement"]), show: (r) => name(text(r["statement"]) || kDash, 240) },
    { id: "where", label: "Where", value: (r) => text(r["where"]), show: (r) => name(text(r["where"]) || kDash, 40) },
    { id: "published", label: "Published", numeric: true, value: (r) => text(r["published"]), show: (r) => name(text(r["published"]) || kDash, 30) },
    { id: "estimate", label: "Here", numeric: true, value: (r) => num(r["estimate"]) },
    { id: "unit", label: "Unit", value: (r) => text(r["unit"]), show: (r) => name(text(r["unit"]) || kDash, 20) },
    { id: "interval", label: "Interval", numeric: true, value: (r) => range(r["interval"])?.join(" to ") ?? null, show: (r) => interval(range(r["interval"])) },
    { id: "verdict", label: "Verdict", value: (r) => text(r["verdict"]), show: (r) => h("span", { class: "verdict" }, verdict(r["verdict"])) },
    ...kAttributions.map((which): Column<Row> => ({
      id: which, label: `Under ${which}`, value: (r) => text(object(object(r["by_attribution"])[which])["verdict"]) || null,
      show: (r) => {
        const one = object(object(r["by_attribution"])[which]);
        const estimate = num(one["estimate"]);
        return `${verdict(one["verdict"])}${estimate === null ? "" : ` (${number(estimate)})`}`;
      },
    })),
    { id: "match", label: "As printed", value: (r) => text(r["match"]), show: (r) => name(text(r["match"]) || kDash, 30) },
    { id: "note", wide: true, label: "Note", value: (r) => text(r["note"]), show: (r) => name(text(r["note"]) || kDash, 320) },
  ];
}

function mount(host: HTMLElement, app: App): Mounted {
  const verdicts = [...new Set(app.report.claims.map((row) => text(row["verdict"])))].filter((one) => one !== "");
  const filter = select(app, "verdict", "Verdict", () => [["", "all"], ...verdicts.map((one): [string, string] => [one, verdict(one)])]);
  const status = h("p", { class: "note", role: "status" });
  const table = new GridTable<Row>(columns(), { caption: "Claims" });
  const rows = () => app.report.claims.filter((row) => app.state.verdict === "" || text(row["verdict"]) === app.state.verdict);
  host.append(h("p", { class: "lead" }, "Each number and takeaway of the study's text, computed again from this store: all that the machine drew, only the devices at work, or only what was above the idle machine. A claim that holds under one and fails under another says more about counting than about models. Grid and PUE are the report's here, not those above."),
    h("div", { class: "form" }, filter.element), status, table.element);
  return {
    update: () => {
      filter.update();
      const found = rows();
      const tally = verdicts.map((one) => `${count(app.report.claims.filter((row) => text(row["verdict"]) === one).length)} ${one}`).join(", ");
      status.textContent = app.report.claims.length === 0 ? "This report carries no claims." : `${plural(found.length, "claim")} shown. All: ${tally}.`;
      table.update(found, { caption: "Claims" });
    },
    sheet: () => sheetOf("claims", columns(), rows()),
  };
}

export const kClaimsView: View = { id: "claims", label: "Claims", title: "Do the study's claims hold?", mount };
