// SPDX-License-Identifier: Apache-2.0
// Numbers as text. What is unknown is a dash, never 0.

export const kDash = "–";
const kSuperscript: Record<string, string> = {
  "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
};
const integers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, minimumSignificantDigits: 3 });

function scientific(x: number): string {
  const [mantissa, exponent] = x.toExponential(2).split("e") as [string, string];
  const raised = [...String(Number(exponent))].map((digit) => kSuperscript[digit] ?? digit).join("");
  return `${mantissa} × 10${raised}`.replace(/^-/, "−");
}

/// Three significant digits; whole numbers from 1,000 on.
export function number(x: number | null | undefined): string {
  if (x === null || x === undefined || !Number.isFinite(x)) return kDash;
  const size = Math.abs(x);
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e15) return scientific(x);
  return (size >= 1000 ? integers : three).format(x).replace(/^-/, "−");
}

export function count(x: number | null | undefined): string {
  if (x === null || x === undefined || !Number.isFinite(x)) return kDash;
  return Math.abs(x) >= 1e15 ? scientific(x) : integers.format(x).replace(/^-/, "−");
}

export function percent(x: number | null | undefined): string {
  if (x === null || x === undefined || !Number.isFinite(x)) return kDash;
  const value = 100 * x;
  return `${value > 0 && value < 1 ? "<1" : value < 100 && value > 99 ? ">99" : integers.format(value)} %`;
}

export function interval(range: readonly [number, number] | null | undefined): string {
  return range ? `${number(range[0])} to ${number(range[1])}` : kDash;
}

/// Parameters the way people say them: 66.4 M, 2.78 B.
export function parameters(x: number | null | undefined): string {
  if (x === null || x === undefined || !Number.isFinite(x)) return kDash;
  if (Math.abs(x) >= 1e15) return scientific(x);
  for (const [size, letter] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]] as const) {
    if (Math.abs(x) >= size) return `${three.format(x / size)} ${letter}`;
  }
  return count(x);
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return kDash;
  if (seconds < 120) return `${number(seconds)} s`;
  if (seconds < 7200) return `${number(seconds / 60)} min`;
  if (seconds < 172800) return `${number(seconds / 3600)} h`;
  const days = seconds / 86400;
  return days < 730 ? `${number(days)} days` : `${number(days / 365.25)} years`;
}

/// A permille task name as a reader writes it.
export function label(identifier: string): string {
  const words = identifier.replace(/-/g, " ").trim();
  if (!words) return kDash;
  return identifier.length > 40 ? identifier : words.charAt(0).toUpperCase() + words.slice(1);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/// A group name: kept as it is, with a capital.
export function capital(text: string): string {
  return text === "" ? kDash : text.charAt(0).toUpperCase() + text.slice(1);
}

/// Ticks of a log or linear axis.
export function tick(x: number): string {
  const size = Math.abs(x);
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e15) return scientific(x).replace(/^1\.00 × /, "").replace(/\.00 ×/, " ×");
  if (size >= 1e12) return `${x / 1e12}T`;
  if (size >= 1e9) return `${x / 1e9}B`;
  if (size >= 1e6) return `${x / 1e6}M`;
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(x).replace(/^-/, "−");
}
