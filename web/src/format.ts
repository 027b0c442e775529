/* format.ts: numbers and times as text that keeps its place.
 *
 * A live table must not move while its numbers do. So every text here has the widths of its
 * neighbours: digits are tabular (the style sheet asks the font for that), the minus sign is
 * U+2212, which is as wide as a digit, and where decimals are left out their room is kept by a
 * figure space (U+2007) for a digit and a punctuation space (U+2008) for the point.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export const NOTHING = "–"; /* what is undefined: skewness of a constant, say */
const MINUS = "\u2212";
const THIN = "\u202f";

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
}

/* 49097 -> "49 097". Counts are whole unless rows were weighted, and then one decimal is enough to
 * say so. */
export function formatCount(n: number | undefined): string {
  if (n === undefined || !Number.isFinite(n)) return NOTHING;
  const text = Number.isInteger(n) ? Math.abs(n).toFixed(0) : Math.abs(n).toFixed(1);
  const [whole = "", decimals] = text.split(".");
  return (n < 0 ? MINUS : "") + group(whole) + (decimals ? `.${decimals}` : "");
}

const DIGITS = 8; /* as many as a column of the live table has room for */

/* A statistic, with a fixed number of decimals while they fit, and in powers of ten where they would
 * show nothing or too much. */
export function formatNumber(x: number | undefined, decimals = 4): string {
  if (x === undefined || !Number.isFinite(x)) return NOTHING;
  const size = Math.abs(x);
  const least = 0.5 * 10 ** -decimals;
  if (size >= 1e7 || (size > 0 && size < least)) {
    return x.toExponential(3).replace("e+", "e").replace(/-/g, MINUS);
  }
  const room = Math.max(0, DIGITS - Math.floor(size).toFixed(0).length);
  const [whole = "", rest] = size.toFixed(Math.min(decimals, room)).split(".");
  return (x < 0 ? MINUS : "") + group(whole) + (rest ? `.${rest}` : "");
}

/* As formatNumber, but zeros at the end give way to blanks of the same width, for values that are
 * mostly whole. */
export function formatValue(x: number | undefined, decimals = 4): string {
  const text = formatNumber(x, decimals);
  if (!text.includes(".") || text.includes("e")) return text;
  return text.replace(/\.?0+$/, (zeros) => zeros.replace(".", "\u2008").replace(/0/g, "\u2007"));
}

/* How many decimals tell all these values, up to most. */
export function decimalsOf(values: readonly number[], most = 4): number {
  let decimals = 0;
  for (const value of values) {
    while (decimals < most && Number(value.toFixed(decimals)) !== value) decimals++;
  }
  return decimals;
}

/* The shortest text for an axis label or a sentence. */
export function formatShort(x: number | undefined, digits = 6): string {
  if (x === undefined || !Number.isFinite(x)) return NOTHING;
  return String(Number(x.toPrecision(digits)))
    .replace("e+", "e")
    .replace(/-/g, MINUS);
}

/* A chance: the far tails are what matters, so never rounded to nothing. */
export function formatChance(p: number | undefined): string {
  if (p === undefined || !Number.isFinite(p)) return NOTHING;
  if (p === 0 || (p >= 1e-4 && p <= 1)) return p.toFixed(4);
  return p.toExponential(3).replace(/-/g, MINUS);
}

/* 1536 -> "1.5 KiB". */
export function formatBytes(n: number | undefined): string {
  if (n === undefined || !Number.isFinite(n)) return NOTHING;
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let size = n;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${unit === 0 ? size : Number(size.toPrecision(3))} ${units[unit]}`;
}

/* "now", "12 s ago", "3 min ago", ... for the time since then. */
export function formatAge(thenMs: number | undefined, nowMs: number): string {
  if (thenMs === undefined || !(thenMs > 0)) return NOTHING;
  const seconds = Math.max(0, (nowMs - thenMs) / 1000);
  if (seconds < 2) return "now";
  if (seconds < 120) return `${Math.floor(seconds)} s ago`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

export function formatTime(ms: number | undefined): string {
  if (ms === undefined || !(ms > 0)) return NOTHING;
  const when = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  return `${day} ${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}`;
}
