// SPDX-License-Identifier: Apache-2.0
// Colours by CSS variable (so that a theme is only a style sheet) and, always with them, a shape or a pattern:
// nothing here is told apart by colour alone.
import { h, svg } from "./dom";

/// Six hues that stay apart under the common kinds of colour blindness, after Okabe and Ito.
export const kHues = ["var(--hue-1)", "var(--hue-2)", "var(--hue-3)", "var(--hue-4)", "var(--hue-5)", "var(--hue-6)"];
export const kSymbols = ["circle", "square", "triangle", "diamond", "star", "wye"] as const;

export interface Look { hue: string; symbol: (typeof kSymbols)[number] }

const kFixed: Record<string, number> = {
  "text-to-category": 0, "text-to-text": 1, "image-to-category": 2, "image-to-text": 3, "text-to-image": 4,
  "task-specific": 0, "multi-purpose seq2seq": 1, "multi-purpose decoder": 2,
  encoder: 0, seq2seq: 1, decoder: 2, diffusion: 4,
};

/// A look for each group, the same in every figure and under every filter.
export function looks(groups: string[]): Map<string, Look> {
  const used = new Set<number>();
  const indices = new Map<string, number>();
  for (const group of groups) {
    const fixed = kFixed[group];
    if (fixed !== undefined && !used.has(fixed)) {
      indices.set(group, fixed);
      used.add(fixed);
    }
  }
  let next = 0;
  for (const group of groups) {
    if (indices.has(group)) continue;
    while (used.has(next)) next += 1;
    indices.set(group, next);
    used.add(next);
  }
  return new Map(groups.map((group) => {
    const i = indices.get(group)! % kHues.length;
    return [group, { hue: kHues[i]!, symbol: kSymbols[i]! }];
  }));
}

const kPaths: Record<(typeof kSymbols)[number], string> = {
  circle: "M0,-5A5,5 0 1 1 0,5A5,5 0 1 1 0,-5Z",
  square: "M-4.4,-4.4H4.4V4.4H-4.4Z",
  triangle: "M0,-5.6L5.2,3.6H-5.2Z",
  diamond: "M0,-6.4L4.2,0L0,6.4L-4.2,0Z",
  star: "M0,-6.4L1.5,-2L6.1,-2L2.4,0.8L3.8,5.2L0,2.5L-3.8,5.2L-2.4,0.8L-6.1,-2L-1.5,-2Z",
  wye: "M-1.6,5.6V1L-5.6,-1.4L-4,-4.2L0,-1.8L4,-4.2L5.6,-1.4L1.6,1V5.6Z",
};

export function legend(items: { label: string; look: Look }[], label: string): HTMLElement {
  return h("ul", { class: "legend", "aria-label": label }, ...items.map((item) => h("li", {},
    svg("svg", { viewBox: "-8 -8 16 16", width: 14, height: 14, "aria-hidden": "true" },
      svg("path", { d: kPaths[item.look.symbol], fill: item.look.hue })),
    item.label)));
}

export const kProvenances = ["measured", "derived", "modelled", "assumed", "apportioned", "unknown"];
export const kProvenanceMeaning: Record<string, string> = {
  measured: "read from a hardware counter",
  derived: "power samples, integrated",
  modelled: "a formula on observed load",
  assumed: "a constant",
  apportioned: "split by a fit",
  unknown: "the report does not say",
};
const kComponents = ["gpu", "cpu", "ram", "board", "other"];

export function componentHue(component: string): string {
  const i = kComponents.indexOf(component);
  return [kHues[0]!, kHues[1]!, kHues[2]!, kHues[3]!, kHues[4]!][i < 0 ? 4 : i]!;
}

// Solid for measured; the less we know, the more of the paper shows through.
const kPatternPaths: Record<string, string> = {
  derived: "M-2,2L2,-2M0,8L8,0M6,10L10,6",
  modelled: "M0,4H8",
  assumed: "M0,0L8,8M8,0L0,8",
  apportioned: "M4,0V8",
  unknown: "",
};

function patternId(component: string, provenance: string, idle: boolean): string {
  return `fill-${kComponents.includes(component) ? component : "other"}-${kProvenances.includes(provenance) ? provenance : "unknown"}${idle ? "-idle" : ""}`;
}

export function partFill(component: string, provenance: string, idle = false): string {
  return provenance === "measured" && !idle ? componentHue(component) : `url(#${patternId(component, provenance, idle)})`;
}

/// The pattern of every component and provenance, once a page.
export function patterns(): SVGSVGElement {
  const defs = svg("defs");
  for (const component of kComponents) {
    const hue = componentHue(component);
    for (const provenance of kProvenances) {
      for (const idle of [false, true]) {
        const strength = idle ? 0.12 : provenance === "measured" ? 1 : provenance === "unknown" ? 0.15 : 0.28;
        defs.append(svg("pattern", {
          id: patternId(component, provenance, idle), width: 8, height: 8, patternUnits: "userSpaceOnUse",
        },
        svg("rect", { width: 8, height: 8, fill: hue, "fill-opacity": strength }),
        svg("path", { d: kPatternPaths[provenance] ?? "", stroke: hue, "stroke-width": 2, fill: "none" }),
        idle && provenance === "measured" ? svg("circle", { cx: 4, cy: 4, r: 1.4, fill: hue }) : null));
      }
    }
  }
  return svg("svg", { width: 0, height: 0, class: "defs", "aria-hidden": "true" }, defs);
}

export function swatch(fill: string, edge: string): SVGSVGElement {
  return svg("svg", { viewBox: "0 0 26 14", width: 26, height: 14, "aria-hidden": "true" },
    svg("rect", { x: 0.75, y: 0.75, width: 24.5, height: 12.5, fill, stroke: edge, "stroke-width": 1.5 }));
}
