/* points-table.tsx: the scores of the plot as rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "preact/hooks";
import { pageOf } from "../data/pages";
import { isOutlier, type Field, type Points } from "../data/points";
import { formatCount, formatNumber } from "../format";
import { Num } from "../parts/parts";

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
