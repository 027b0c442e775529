/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { countIntoBins } from "./bins";

const none = () => false;

it("counts every finite value once", () => {
  const values = [3, 1, 4, 1, 5, 9, 2, 6, Number.NaN, Number.POSITIVE_INFINITY, -2.5];
  for (const wanted of [1, 2, 5, 40]) {
    const bins = countIntoBins(values, none, wanted);
    expect(bins.total).toBe(9);
    expect(bins.counts.reduce((a, b) => a + b, 0)).toBe(9);
  }
});

it("puts a value into the bin whose edges enclose it", () => {
  const values = Array.from({ length: 500 }, (_, i) => Math.sin(i) * 37 + i / 9);
  const bins = countIntoBins(values, (i) => i % 2 === 0, 30);
  bins.counts.forEach((count, k) => {
    const left = bins.left + k * bins.width;
    const inside = values.filter((x) => x >= left && x < left + bins.width);
    expect(inside).toHaveLength(count);
    const even = values.filter((x, i) => i % 2 === 0 && x >= left && x < left + bins.width);
    expect(even).toHaveLength(bins.marked[k] ?? -1);
  });
});

it("has edges that do not depend on the data between them", () => {
  const few = countIntoBins([0, 100], none, 20);
  const more = countIntoBins([0, 3.7, 88, 100], none, 20);
  expect(more.left).toBe(few.left);
  expect(more.width).toBe(few.width);
});

it("takes nothing, one value, equal values and absurd ones", () => {
  expect(countIntoBins([], none, 10).counts).toEqual([]);
  expect(countIntoBins([Number.NaN], none, 10).total).toBe(0);
  expect(countIntoBins([7], none, 10).counts).toEqual([1]);
  expect(countIntoBins([7, 7, 7], none, 10).counts).toEqual([3]);
  const absurd = countIntoBins([-1e300, 0, 1e300], none, 10);
  expect(absurd.total).toBe(3);
  expect(absurd.counts.length).toBeLessThan(30);
});
