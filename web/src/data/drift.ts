/* drift.ts: how far two projects' statistics are apart.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export const WINDOW = "rolling_window_embedded_project";

export interface DriftLine {
  name: string;
  drift: number;
  statistic: number | undefined;
  p: number | undefined;
}

export interface Drift {
  score: number | undefined;
  lines: DriftLine[]; /* the greatest drift first */
  more: [key: string, value: number][]; /* what else the metric says */
}

/* One map holds driftScore and <attribute>_drift, _stat, _pval; a name may itself end in one of
 * these. */
export function driftOf(map: Readonly<Record<string, number>>): Drift {
  const lines: DriftLine[] = [];
  const shown = new Set(["driftScore"]);
  for (const [key, drift] of Object.entries(map)) {
    if (!key.endsWith("_drift")) continue;
    const name = key.slice(0, -"_drift".length);
    lines.push({ name, drift, statistic: map[`${name}_stat`], p: map[`${name}_pval`] });
    for (const end of ["_drift", "_stat", "_pval"]) shown.add(name + end);
  }
  lines.sort((a, b) => b.drift - a.drift);
  return {
    score: map["driftScore"],
    lines,
    more: Object.entries(map).filter(([key]) => !shown.has(key)),
  };
}
