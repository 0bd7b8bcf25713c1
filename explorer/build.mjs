// SPDX-License-Identifier: Apache-2.0
// Bundle the explorer into one HTML file, with {{report}} left where the report goes.
//   node build.mjs OUT.html
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "explorer.html"));

const bundled = await build({
  entryPoints: [join(here, "src/main.ts")], bundle: true, minify: true, write: false, format: "iife",
  target: ["es2021"], charset: "utf8", legalComments: "none", logLevel: "warning", metafile: true,
});
// "</script" would end the element; in a string or a regular expression the backslash changes nothing.
const script = bundled.outputFiles[0].text.trim().replace(/<\/script/gi, "<\\/script").replace(/<!--/g, "<\\!--");

const sheets = readdirSync(join(here, "src/style")).filter((name) => name.endsWith(".css")).sort();
const styled = await build({
  stdin: { contents: sheets.map((name) => readFileSync(join(here, "src/style", name), "utf8")).join("\n"), loader: "css" },
  minify: true, write: false, charset: "utf8", target: ["chrome109", "firefox115", "safari16"], logLevel: "warning",
});
const style = styled.outputFiles[0].text.trim();

/// The licences of what is bundled, each text once, under the copyright lines it belongs to.
function licences(metafile) {
  const inputs = Object.entries(Object.values(metafile.outputs)[0].inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const packages = new Set(inputs.flatMap(([path]) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
  const texts = new Map();
  for (const name of [...packages].sort()) {
    const folder = join(here, "node_modules", name);
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (!file) throw new Error(`explorer: ${name} has no licence file`);
    const lines = readFileSync(join(folder, file), "utf8").trim().split("\n").map((line) => line.trim());
    const holders = lines.filter((line) => /^Copyright/.test(line)).join("; ");
    const text = lines.filter((line) => !/^Copyright/.test(line)).join(" ").replace(/\s+/g, " ").trim();
    texts.set(text, [...(texts.get(text) ?? []), `${name}: ${holders}`]);
  }
  const all = [...texts].map(([text, names]) => `${names.join("\n")}\n${text}`).join("\n\n");
  return `The script of this page contains:\n${all}`.replace(/--+/g, "-");
}

const hash = (text) => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
const values = {
  policy: `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`,
  style, script, licences: licences(bundled.metafile),
};
const template = readFileSync(join(here, "src/page.html"), "utf8");
const page = template.replace(/\{\{(policy|style|script|licences)\}\}/g, (_, key) => values[key]);
if (page.split("{{report}}").length !== 2) throw new Error("explorer: the page must hold {{report}} exactly once");
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, page);
