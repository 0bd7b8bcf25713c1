// SPDX-License-Identifier: Apache-2.0
// Start: read the report out of the page, draw the frame, keep state, link and views in step.
import type { App, Mounted, View } from "./app";
import { linkTo } from "./app";
import { controlBar, themeSwitch } from "./controls";
import { downloadCsv } from "./csv";
import { h, name } from "./dom";
import { patterns } from "./palette";
import { readReport } from "./report";
import { fromHash, type State, toHash } from "./state";
import { kViews } from "./views/views";

const report = readReport(document.getElementById("report")?.textContent ?? "");
let state = fromHash(location.hash);
let mounted: { view: View; parts: Mounted } | null = null;

const app: App = {
  report,
  get state() { return state; },
  set: (change: Partial<State>) => {
    state = { ...state, ...change };
    history.replaceState(null, "", toHash(state));
    update();
  },
  href: (change) => linkTo(state, change),
};

const main = h("main", { id: "content", tabindex: -1 });
const title = h("h2", { tabindex: -1 });
const controls = controlBar(app);
const theme = themeSwitch(app);
const links = kViews.map((view) => ({ view, link: h("a", {}, view.label) }));
const copied = h("span", { class: "note", role: "status" });

function copyLink(): void {
  const done = (text: string) => {
    copied.textContent = text;
    setTimeout(() => { copied.textContent = ""; }, 3000);
  };
  // A page from disk has no clipboard in some browsers; the address bar always has the link.
  if (!navigator.clipboard) done("The link is in the address bar.");
  else navigator.clipboard.writeText(location.href).then(() => done("Link copied."), () => done("The link is in the address bar."));
}

function frame(): void {
  const heading = report.title || "permille report";
  document.title = `${heading.slice(0, 80)} – permille`;
  const { rules } = report;
  document.body.append(
    h("a", { class: "skip", href: "#content", onclick: (event: Event) => { event.preventDefault(); main.focus(); } }, "Skip to the content"),
    patterns(),
    h("header", { class: "top" },
      h("div", { class: "brand" }, h("h1", {}, name(heading, 90)),
        h("p", {}, "permille: energy and carbon of 1,000 inferences", report.store ? ". Store " : "", report.store ? name(report.store, 40) : "")),
      theme.element,
      h("nav", { class: "views", "aria-label": "Views" }, ...links.map(({ link }) => link))),
    controls.element, main,
    h("footer", {}, h("p", {}, `Rules: attribution ${rules.attribution || "–"}, accounting ${rules.accounting || "–"}, PUE ${rules.pue}. `,
      report.version ? `permille ${report.version.slice(0, 40)}. ` : "", "This page needs no network: everything is in this file.")));
  if (report.problems.length > 0) {
    main.before(h("div", { class: "problems", role: "alert" }, ...report.problems.map((problem) => h("p", {}, problem))));
  }
}

/// On a narrow screen the lists of views and tabs scroll sideways; the current one stays in sight.
function showCurrent(): void {
  for (const link of document.querySelectorAll<HTMLElement>("nav a[aria-current]")) {
    const nav = link.parentElement!;
    if (nav.scrollWidth > nav.clientWidth) nav.scrollLeft = link.offsetLeft - nav.offsetLeft - 40;
  }
}

function viewOf(): View {
  return kViews.find((view) => view.id === state.view) ?? kViews[0]!;
}

function update(): void {
  const view = viewOf();
  document.documentElement.dataset["theme"] = state.theme;
  if (mounted?.view !== view) {
    const body = h("div", { class: `view view-${view.id}` });
    main.replaceChildren(h("div", { class: "head" }, title, h("div", { class: "actions" }, copied,
      h("button", { type: "button", onclick: copyLink }, "Copy link"),
      h("button", { type: "button", class: "csv", onclick: () => downloadCsv(mounted!.parts.sheet()) }, "Download CSV"))), body);
    title.textContent = view.title;
    mounted = { view, parts: view.mount(body, app) };
  }
  controls.update();
  theme.update();
  for (const { view: one, link } of links) {
    link.setAttribute("href", app.href({ view: one.id }));
    if (one === view) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  mounted.parts.update();
  showCurrent();
  document.documentElement.dataset["drawn"] = location.hash;
}

addEventListener("hashchange", () => {
  const before = viewOf();
  state = fromHash(location.hash);
  update();
  if (viewOf() !== before) {
    title.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
});

frame();
update();
document.documentElement.dataset["ready"] = String(Math.round(performance.now()));
