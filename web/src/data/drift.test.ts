/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { driftOf } from "./drift";

it("sorts what a map says by attribute", () => {
  const drift = driftOf({
    driftScore: 0.2,
    x_drift: 0.1,
    x_stat: 1.5,
    x_pval: 0.9,
    y_z_drift: 0.3,
    driftGlobal: 0.7,
  });
  expect(drift.score).toBe(0.2);
  expect(drift.lines).toEqual([
    { name: "y_z", drift: 0.3, statistic: undefined, p: undefined },
    { name: "x", drift: 0.1, statistic: 1.5, p: 0.9 },
  ]);
  expect(drift.more).toEqual([["driftGlobal", 0.7]]);
});

it("an attribute may be named like a key", () => {
  const { lines } = driftOf({ driftScore: 0, a_stat_drift: 0.5 });
  expect(lines.map(({ name }) => name)).toEqual(["a_stat"]);
});
