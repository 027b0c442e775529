/* points-table.tsx: the scores of the plot as rows, a hundred a page.
 *
 * A page holds the points of a fixed run of numbers, so a row stays where it is while newer ones arrive.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { isOutlier, type Field, type Points } from "../data/points";
import { formatCount, formatNumber } from "../format";
import { Num } from "../parts/parts";

const PAGE = 100;

/* The place of the first kept point whose number is at least index. */
export function placeOf(points: Points, index: number): number {
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

const NUMBERS: readonly { field: Field; title: string; decimals: number }[] = [
  { field: "index", title: "#", decimals: 0 },
  { field: "partition", title: "Partition", decimals: 0 },
  { field: "offset", title: "Offset", decimals: 0 },
  { field: "score", title: "Score", decimals: 6 },
  { field: "q95", title: "q95", decimals: 4 },
  { field: "q98", title: "q98", decimals: 4 },
  { field: "q99", title: "q99", decimals: 4 },
  { field: "modelVersion", title: "Model version", decimals: 0 },
];

export function PointsTable({ points, caption }: { points: Points; caption: string }) {
  const [wanted, setWanted] = useState(Number.POSITIVE_INFINITY);
  const [onlyOutliers, setOnlyOutliers] = useState(false);
  const { places, page, first, last } = pageOf(points, wanted, onlyOutliers);
  const turn = (title: string, to: number, disabled: boolean) => (
    <button type="button" class="quiet" disabled={disabled} onClick={() => setWanted(to)}>
      {title}
    </button>
  );
  return (
    <>
      <div class="pager">
        {turn("Oldest", first, page <= first)}
        {turn("Previous", page - 1, page <= first)}
        {turn("Next", page + 1, page >= last)}
        {turn("Newest", Number.POSITIVE_INFINITY, wanted === Number.POSITIVE_INFINITY)}
        <span class="grow" />
        <label class="inline">
          <input
            type="checkbox"
            checked={onlyOutliers}
            onChange={(event) => {
              setOnlyOutliers(event.currentTarget.checked);
              setWanted(Number.POSITIVE_INFINITY);
            }}
          />
          Outliers only
        </label>
      </div>
      <div class="scroll tall" tabIndex={0} role="group" aria-label={caption}>
        <table class="data points">
          <caption>{caption}</caption>
          <thead>
            <tr>
              {NUMBERS.map(({ field, title }) => (
                <th key={field} scope="col" class="num">
                  {title}
                </th>
              ))}
              <th scope="col">True outlier</th>
              <th scope="col">Flagged</th>
            </tr>
          </thead>
          <tbody>
            {places.map((i) => {
              const outlier = isOutlier(points.at("truth", i));
              return (
                <tr key={points.at("index", i)} class={outlier ? "outlier" : ""}>
                  {NUMBERS.map(({ field, decimals }) => {
                    const value = points.at(field, i);
                    const text = decimals ? formatNumber(value, decimals) : formatCount(value);
                    return (
                      <td key={field} class="num" data-field={field}>
                        <Num value={value} text={text} />
                      </td>
                    );
                  })}
                  <td data-field="truth">{outlier ? "yes" : ""}</td>
                  <td data-field="res">{points.at("res", i) > 0 ? "yes" : ""}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
