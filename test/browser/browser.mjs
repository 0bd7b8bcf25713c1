// SPDX-License-Identifier: Apache-2.0
// Chromium for the tests: found, started, watched.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

// The packages are the explorer's own.
const need = createRequire(join(dirname(fileURLToPath(import.meta.url)), "../../explorer/package.json"));
export const axe_path = () => need.resolve("axe-core/axe.min.js");

export function findChromium() {
  return [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
}

export function options(argv) {
  const found = {};
  for (let i = 0; i < argv.length; i += 2) found[argv[i].replace(/^--/, "")] = argv[i + 1];
  return found;
}

export function launch(executablePath) {
  return need("playwright-core").chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/// A fresh page of a file; what goes wrong in it is collected in `trouble`: errors, console complaints, requests.
export async function open(browser, file, hash = "", { width = 1280, theme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme, acceptDownloads: true });
  const page = await context.newPage();
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) trouble.push(`${message.type()}: ${message.text().slice(0, 200)}`); });
  page.on("request", (request) => { if (!/^(file|blob):/.test(request.url())) trouble.push(`request: ${request.url().slice(0, 100)}`); });
  page.on("dialog", (dialog) => { trouble.push("a dialog opened"); dialog.dismiss(); });
  await page.goto(pathToFileURL(resolve(file)).href + hash);
  await page.waitForSelector("html[data-ready]");
  return { page, trouble, close: () => context.close() };
}

export const kViews = ["figures", "cells", "model", "compare", "calculator", "sensitivity", "claims", "tables"];
export const kFigures = ["1", "2", "3", "4", "5", "6"];
export const kTables = ["1", "2", "3", "4", "5", "parity", "6", "7"];

/// Every state that a test should see at least once.
export function everyHash() {
  return [...kFigures.map((f) => `#v=figures&f=${f}&data=1`), "#v=figures&f=4&cost=1&linear=1", ...kViews.slice(1, -1).map((v) => `#v=${v}`), ...kTables.map((t) => `#v=tables&t=${t}`)];
}

/// Follow a link of the page: the click returns before the page has drawn what the link says.
export async function follow(page, selector) {
  const link = page.locator(selector).first();
  const hash = await link.getAttribute("href");
  await link.click();
  await page.waitForFunction((wanted) => document.documentElement.dataset.drawn === wanted, hash);
}

/// A long table is drawn in pieces: wait for the last.
export const settled = (page) => page.waitForFunction(() => !document.querySelector("[data-busy]"));

/// RFC 4180 back into rows.
export function parseCsv(text) {
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    const row = rows[rows.length - 1];
    if (quoted) {
      if (c === "\"" && text[i + 1] === "\"") { row[row.length - 1] += "\""; i += 1; } else if (c === "\"") quoted = false; else row[row.length - 1] += c;
    } else if (c === "\"") quoted = true;
    else if (c === ",") row.push("");
    else if (c === "\n") rows.push([""]);
    else if (c !== "\r") row[row.length - 1] += c;
  }
  rows.pop();
  return rows;
}

export async function download(page) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("button.csv")]);
  const stream = await file.createReadStream();
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { name: file.suggestedFilename(), rows: parseCsv(Buffer.concat(chunks).toString("utf8")) };
}
