/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import { niceStep, ticks } from "./ticks";

describe("niceStep", () => {
  it.each([
    [1, 1],
    [1.1, 2],
    [2.5, 5],
    [6, 10],
    [0.03, 0.05],
    [1e-9, 1e-9],
    [0, 1],
    [Number.NaN, 1],
  ])("%s gives %s", (rough, step) => {
    expect(niceStep(rough)).toBeCloseTo(step, 15);
  });
});

describe("ticks", () => {
  it("are round, ascending and inside", () => {
    expect(ticks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticks(-0.3, 0.31, 6)).toEqual([-0.2, 0, 0.2]);
    for (const [low, high] of [
      [-4821.0, 15164.0],
      [0.001, 0.0012],
      [1e9, 1e9 + 7],
    ] as const) {
      const marks = ticks(low, high, 8);
      expect(marks.length).toBeGreaterThan(1);
      expect(marks.length).toBeLessThan(11);
      marks.forEach((mark, i) => {
        expect(mark).toBeGreaterThanOrEqual(low - 1e-9 * Math.abs(low));
        expect(mark).toBeLessThanOrEqual(high + 1e-9 * Math.abs(high));
        if (i > 0) expect(mark).toBeGreaterThan(marks[i - 1] ?? Number.NaN);
      });
    }
  });
  it("are one for an empty range and none for no range", () => {
    expect(ticks(3, 3, 5)).toEqual([3]);
    expect(ticks(Number.NaN, 3, 5)).toEqual([]);
  });
});
