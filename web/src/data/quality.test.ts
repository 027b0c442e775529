/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { judge } from "./quality";

/* The definition itself: every pair of an outlier and another row. */
function byPairs(scores: number[], truth: number[]): number {
  let wins = 0;
  let pairs = 0;
  scores.forEach((high, i) => {
    scores.forEach((low, k) => {
      if (truth[i] !== 1 || truth[k] === 1) return;
      pairs++;
      wins += high > low ? 1 : high === low ? 0.5 : 0;
    });
  });
  return wins / pairs;
}

it("agrees with the definition, ties included", () => {
  let state = 12345;
  const next = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let round = 0; round < 20; round++) {
    const scores = Array.from({ length: 80 }, () => Math.floor(next() * 12));
    const truth = scores.map((score) => (next() * 12 < score - 3 ? 1 : 0));
    expect(judge(scores, truth, []).auroc).toBeCloseTo(byPairs(scores, truth), 12);
  }
});

it("counts what was flagged and what was caught", () => {
  const quality = judge([1, 2, 3, 4], [0, 0, 1, 1], [0, 1, 0, 1]);
  expect(quality).toEqual({ points: 4, outliers: 2, flagged: 2, caught: 1, auroc: 1 });
});

it("has no curve without both kinds", () => {
  expect(judge([1, 2], [0, 0], []).auroc).toBeUndefined();
  expect(judge([], [], []).auroc).toBeUndefined();
});
