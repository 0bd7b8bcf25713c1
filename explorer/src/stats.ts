// SPDX-License-Identifier: Apache-2.0
// The few statistics that the page computes itself, because they depend on what the reader selected.
import type { Interval, Stats } from "./report";

export const kNoStats: Stats = {
  mean: null, std: null, median: null, min: null, max: null, n: null, repeatability: null, expanded: null,
};

function times(x: number | null, factor: number): number | null {
  return x === null ? null : x * factor;
}

function timesInterval(x: Interval | null, factor: number): Interval | null {
  return x === null ? null : [x[0] * factor, x[1] * factor];
}

export function scale(of: Stats, factor: number | null): Stats {
  if (factor === null) return kNoStats;
  if (factor === 1) return of;
  return {
    mean: times(of.mean, factor), std: times(of.std, factor), median: times(of.median, factor),
    min: times(of.min, factor), max: times(of.max, factor), n: of.n,
    repeatability: timesInterval(of.repeatability, factor), expanded: timesInterval(of.expanded, factor),
  };
}

/// Pool cells as if their runs were one list: the mean and sample standard deviation are those of all the runs,
/// exactly. Repeatability adds in squares (the runs are independent), the expanded interval linearly (the meter
/// and the rules are shared). Cells without a mean are left out.
export function pool(of: Stats[]): Stats {
  const known = of.filter((one): one is Stats & { mean: number } => one.mean !== null);
  if (known.length === 0) return kNoStats;
  if (known.length === 1) return known[0]!;
  const weight = (one: Stats) => Math.max(one.n ?? 1, 1);
  const n = known.reduce((sum, one) => sum + weight(one), 0);
  const mean = known.reduce((sum, one) => sum + weight(one) * one.mean, 0) / n;
  const squares = known.reduce((sum, one) => {
    const within = weight(one) > 1 ? (one.std === null ? NaN : (weight(one) - 1) * one.std ** 2) : 0;
    return sum + within + weight(one) * (one.mean - mean) ** 2;
  }, 0);
  const std = Math.sqrt(squares / (n - 1));
  const bound = (pick: (one: Stats) => number | null, best: (...xs: number[]) => number) => {
    const all = known.map(pick);
    return all.some((x) => x === null) ? null : best(...(all as number[]));
  };
  return {
    mean, std: Number.isFinite(std) ? std : null, median: null,
    min: bound((one) => one.min, Math.min), max: bound((one) => one.max, Math.max), n,
    repeatability: halfWidths(known, weight, n, mean, (one) => one.repeatability, true),
    expanded: halfWidths(known, weight, n, mean, (one) => one.expanded, false),
  };
}

function halfWidths(of: (Stats & { mean: number })[], weight: (one: Stats) => number, n: number, mean: number,
  pick: (one: Stats) => Interval | null, independent: boolean): Interval | null {
  let below = 0;
  let above = 0;
  for (const one of of) {
    const interval = pick(one);
    if (!interval) return null;
    const low = (weight(one) / n) * (one.mean - interval[0]);
    const high = (weight(one) / n) * (interval[1] - one.mean);
    below += independent ? low * low : low;
    above += independent ? high * high : high;
  }
  return independent ? [mean - Math.sqrt(below), mean + Math.sqrt(above)] : [mean - below, mean + above];
}

function logGamma(x: number): number {
  // Lanczos, g = 7, n = 9.
  const coefficients = [0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];
  const y = x - 1;
  const t = y + 7.5;
  const sum = coefficients.slice(1).reduce((total, c, i) => total + c / (y + i + 1), coefficients[0]!);
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/// Probability that Student's t with `df` degrees of freedom lies within +-t, by Simpson's rule on the density.
function central(t: number, df: number): number {
  const norm = Math.exp(logGamma((df + 1) / 2) - logGamma(df / 2)) / Math.sqrt(df * Math.PI);
  const density = (x: number) => norm * (1 + (x * x) / df) ** (-(df + 1) / 2);
  // x = sinh(u) spreads the points over the long tails of few degrees of freedom.
  const steps = 400;
  const top = Math.asinh(t);
  let sum = 0;
  for (let i = 0; i <= steps; i += 1) {
    const u = (top * i) / steps;
    sum += (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * density(Math.sinh(u)) * Math.cosh(u);
  }
  return (2 * sum * top) / (3 * steps);
}

/// The t for a two-sided 95 % interval.
export function t95(df: number): number {
  let low = 1.9;
  let high = 13;
  if (df < 1) return NaN;
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (central(middle, df) < 0.95) low = middle; else high = middle;
  }
  return (low + high) / 2;
}

export interface Ratio { ratio: number; interval: Interval | null }

/// a / b with Welch's interval on the log ratio, from means, standard deviations and counts alone.
export function ratio(a: Stats, b: Stats): Ratio | null {
  if (a.mean === null || b.mean === null || a.mean <= 0 || b.mean <= 0) return null;
  const value = a.mean / b.mean;
  if (a.std === null || b.std === null || (a.n ?? 0) < 2 || (b.n ?? 0) < 2) return { ratio: value, interval: null };
  const va = (a.std / a.mean) ** 2 / a.n!;
  const vb = (b.std / b.mean) ** 2 / b.n!;
  const error = Math.sqrt(va + vb);
  if (error === 0) return { ratio: value, interval: [value, value] };
  const df = (va + vb) ** 2 / (va ** 2 / (a.n! - 1) + vb ** 2 / (b.n! - 1));
  const reach = t95(df) * error;
  return { ratio: value, interval: [value * Math.exp(-reach), value * Math.exp(reach)] };
}

/// Least squares y = intercept + slope x; null below two distinct x.
export function line(points: { x: number; y: number }[]): { slope: number; intercept: number } | null {
  const n = points.length;
  const mx = points.reduce((sum, p) => sum + p.x, 0) / n;
  const my = points.reduce((sum, p) => sum + p.y, 0) / n;
  const sxx = points.reduce((sum, p) => sum + (p.x - mx) ** 2, 0);
  if (n < 3 || sxx === 0) return null;
  const slope = points.reduce((sum, p) => sum + (p.x - mx) * (p.y - my), 0) / sxx;
  return { slope, intercept: my - slope * mx };
}
