/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import type { TailPoint } from "../api/types";
import { pageOf } from "./pages";
import { Points } from "./points";

const LAST = Number.POSITIVE_INFINITY;

function filled(capacity: number, from: number, to: number): Points {
  const points = new Points(capacity);
  const list: TailPoint[] = [];
  for (let index = from; index < to; index++) {
    const score = Math.sin(index);
    list.push({
      index,
      partition: 0,
      offset: index,
      score,
      q95: 0,
      q98: 0,
      q99: 0,
      truth: +(index % 7 === 0),
    });
  }
  points.add(list);
  return points;
}
const numbers = (points: Points, page: number, outliers = false) =>
  pageOf(points, page, outliers).places.map((i) => points.at("index", i));

it("the pages together are exactly what the plot draws", () => {
  const points = filled(1000, 0, 1234);
  const drawn = points.newest("score", 1000);
  const { first, last } = pageOf(points, LAST, false);
  const listed: number[] = [];
  for (let page = first; page <= last; page++) {
    for (const i of pageOf(points, page, false).places) listed.push(points.at("score", i));
  }
  expect(listed).toEqual([...drawn]);
});

it("a page keeps its rows while newer points arrive and older ones go", () => {
  const before = numbers(filled(1000, 0, 1000), 5);
  expect(before).toHaveLength(100);
  expect(before[0]).toBe(500);
  expect(numbers(filled(1000, 0, 1400), 5)).toEqual(before);
});

it("the last page follows the newest point, and pages beyond the ends are the ends", () => {
  const points = filled(1000, 0, 1234);
  expect(numbers(points, LAST)).toHaveLength(34);
  expect(numbers(points, -5)[0]).toBe(234);
  expect(pageOf(points, -5, false).page).toBe(2);
});

it("a gap in the numbers leaves a page shorter", () => {
  const points = filled(1000, 0, 150);
  points.add([{ index: 180, partition: 0, offset: 9, score: 1, q95: 0, q98: 0, q99: 0 }]);
  expect(numbers(points, 1)).toHaveLength(51);
});

it("outliers can be listed alone", () => {
  const points = filled(1000, 0, 1000);
  const all = [...numbers(points, 0, true), ...numbers(points, 1, true)];
  expect(all).toHaveLength(143);
  expect(all.every((index) => index % 7 === 0)).toBe(true);
});

it("nothing has one empty page", () => {
  expect(pageOf(new Points(10), LAST, false)).toEqual({ places: [], page: 0, first: 0, last: 0 });
  expect(pageOf(filled(10, 1, 6), LAST, true).places).toEqual([]);
});
