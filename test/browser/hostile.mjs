// SPDX-License-Identifier: Apache-2.0
// A report that tries to break the page: markup in names, 10,000 characters, null, negative, missing, wrong types.
//   node hostile.mjs OUT.json
import { writeFileSync } from "node:fs";
import { synthetic } from "./synthetic.mjs";

const report = synthetic(96);
const kMarkup = "<script>window.hacked = 1</script>";
const names = [kMarkup, "<img src=x onerror=\"window.hacked = 2\">", "</script><script>window.hacked = 3</script>", "<!--<script>", "x".repeat(10000), "&lt;b&gt; \"quoted\", 'comma'\nand a line", "=1+1", "\u202eright to left", "__proto__", "constructor", ""];
names.forEach((name, i) => { report.cells[i].model = name; });
report.cells[20].task = kMarkup;
report.cells[21].dataset = "y".repeat(10000);
report.cells[22].class = kMarkup;
report.cells[23].engine = "z".repeat(10000);
report.cells[24].flags = [kMarkup, "f".repeat(10000), 5, null];
report.cells[25].modality = "toString";
report.cells[26].components = [{ component: kMarkup, channel: kMarkup, provenance: kMarkup, source: "s".repeat(10000), use: "used", wh_per_1000: 3, coverage: 1 }];

const at = (i) => report.cells[i];
at(30).energy_kwh.mean = null;
at(31).energy_kwh.mean = -0.5;
at(31).emissions_g.mean = -70;
at(32).energy_kwh.mean = 0;
at(32).emissions_g.mean = 0;
at(33).energy_kwh = null;
at(33).emissions_g = null;
at(34).emissions_g = { mean: "NaN", std: {}, n: "many" };
at(35).parameters = -3;
at(36).parameters = 0;
at(37).components = null;
at(37).components_kwh = null;
at(38).attribution = null;
at(39).energy_kwh.expanded = [1];
at(40).quality = [{ metric: null, value: null }, null, 7];
at(41).words = { input_mean: 0 };
at(42).emissions_g.mean = 1e300;
at(43).emissions_g.mean = 1e-300;
at(44).key = at(45).key;
for (const key of Object.keys(at(50))) if (key !== "model") delete at(50)[key];
report.cells.push(null, 5, "cell", [], {});
report.title = kMarkup;
report.store = `${"s".repeat(5000)}.db`;
report.tables["2"] = [];
report.tables["3"] = null;
report.tables["4"] = [{ output_mean: { "<script>": 3, ["m".repeat(10000)]: null } }];
report.tables["5"] = [{ model: kMarkup, training_kwh: null, published: kMarkup }, {}];
report.tables["6"] = [{ task: "t", models: "not a list" }];
report.figures = {};
report.claims = [{ statement: kMarkup, verdict: kMarkup, note: "n".repeat(10000), by_attribution: null }, {}];
report.parity = [{ model: kMarkup, terms: null, warnings: "w" }];
report.grids = [{ place: "neg", name: "Negative", g_per_kwh: -5 }, { place: kMarkup, name: kMarkup, kind: kMarkup, g_per_kwh: 10 }, { place: kMarkup, g_per_kwh: 1 }, null];
report.equivalents = [{ name: kMarkup, kwh: 0 }, null];
report.ram_rules = [{ name: kMarkup, w_per_gb: null }];
report.totals = null;

writeFileSync(process.argv[2], JSON.stringify(report));
