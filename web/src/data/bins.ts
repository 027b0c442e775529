/* bins.ts: values counted into bins of equal width, on edges a reader would choose.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { niceStep } from "./ticks";

export interface Bins {
  left: number; /* lower edge of the first bin */
  width: number;
  counts: number[]; /* of all values */
  marked: number[]; /* of those that are marked */
  total: number;
}

/* About wanted bins that hold every finite value. Edges are multiples of 1, 2 or 5 times a power of
 * ten, so that they stay where they are while more values come in. */
export function countIntoBins(
  values: ArrayLike<number>,
  marked: (i: number) => boolean,
  wanted: number,
): Bins {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const x = values[i] ?? Number.NaN;
    if (!Number.isFinite(x)) continue;
    if (x < least) least = x;
    if (x > greatest) greatest = x;
  }
  if (least > greatest) return { left: 0, width: 1, counts: [], marked: [], total: 0 };
  const width = niceStep(greatest > least ? (greatest - least) / wanted : 1);
  const first = Math.floor(least / width);
  const size = Math.min(2 * wanted + 2, Math.floor(greatest / width) - first + 1);
  const bins: Bins = {
    left: first * width,
    width,
    counts: new Array<number>(size).fill(0),
    marked: new Array<number>(size).fill(0),
    total: 0,
  };
  for (let i = 0; i < values.length; i++) {
    const x = values[i] ?? Number.NaN;
    if (!Number.isFinite(x)) continue;
    const bin = Math.min(size - 1, Math.max(0, Math.floor(x / width) - first));
    bins.counts[bin] = (bins.counts[bin] ?? 0) + 1;
    if (marked(i)) bins.marked[bin] = (bins.marked[bin] ?? 0) + 1;
    bins.total++;
  }
  return bins;
}
