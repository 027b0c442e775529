/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import type { TailPoint } from "../api/types";
import { Points } from "./points";

function point(index: number): TailPoint {
  return {
    index,
    partition: index % 2,
    offset: Math.floor(index / 2),
    score: index * 1.5,
    q95: 1,
    q98: 2,
    q99: 3,
    truth: index % 3 === 0 ? 1 : 0,
  };
}
const run = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => point(from + i));

it("keeps everything while there is room", () => {
  const points = new Points(5);
  points.add(run(0, 3));
  expect(points.size).toBe(3);
  expect([...points.newest("score", 10)]).toEqual([0, 1.5, 3]);
});

it("drops the oldest first, whatever the sizes of the additions", () => {
  for (const step of [1, 2, 3, 4, 7, 11]) {
    const points = new Points(5);
    for (let from = 0; from < 23; from += step) points.add(run(from, Math.min(23, from + step)));
    expect([...points.newest("index", 99)]).toEqual([18, 19, 20, 21, 22]);
    expect([...points.newest("index", 2)]).toEqual([21, 22]);
    expect(points.at("offset", 0)).toBe(9);
  }
});

it("marks what a message did not say as not a number", () => {
  const points = new Points(2);
  points.add([point(1)]);
  expect(points.at("modelVersion", 0)).toBeNaN();
});

it("tells when its content changed", () => {
  const points = new Points(2);
  const before = points.revision;
  points.add([]);
  expect(points.revision).toBe(before);
  points.add(run(0, 1));
  expect(points.revision).not.toBe(before);
  points.clear();
  expect(points.size).toBe(0);
});
