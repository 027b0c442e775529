/* pages.ts: the points kept, a hundred a page.
 *
 * A page holds the points of a fixed run of numbers, so a row stays where it is while newer ones
 * arrive.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { isOutlier, type Points } from "./points";

const PAGE = 100;

/* The place of the first kept point whose number is at least index. */
function placeOf(points: Points, index: number): number {
  let low = 0;
  let high = points.size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points.at("index", middle) < index) low = middle + 1;
    else high = middle;
  }
  return low;
}

function outlierPlaces(points: Points): number[] {
  const places: number[] = [];
  for (let i = 0; i < points.size; i++) if (isOutlier(points.at("truth", i))) places.push(i);
  return places;
}

/* The points of a page; page Infinity is the last. */
export function pageOf(
  points: Points,
  page: number,
  onlyOutliers: boolean,
): { places: number[]; page: number; first: number; last: number } {
  if (points.size === 0) return { places: [], page: 0, first: 0, last: 0 };
  if (onlyOutliers) {
    const all = outlierPlaces(points);
    const last = Math.max(0, Math.ceil(all.length / PAGE) - 1);
    const here = Math.min(last, Math.max(0, page));
    return { places: all.slice(here * PAGE, (here + 1) * PAGE), page: here, first: 0, last };
  }
  const first = Math.floor(points.at("index", 0) / PAGE);
  const last = Math.floor(points.at("index", points.size - 1) / PAGE);
  const here = Math.min(last, Math.max(first, page));
  const from = placeOf(points, here * PAGE);
  const to = placeOf(points, (here + 1) * PAGE);
  const places = Array.from({ length: to - from }, (_, i) => from + i);
  return { places, page: here, first, last };
}
