/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { byAttribute, magnitude, sharesOf, withoutPair } from "./components";

it("shares are of all eigenvalues, also of those left out", () => {
  expect(sharesOf([6, 2], 10)).toEqual([
    { value: 6, share: 60, cumulative: 60 },
    { value: 2, share: 20, cumulative: 80 },
  ]);
  expect(sharesOf([0], 0)).toEqual([{ value: 0, share: 0, cumulative: 0 }]);
});

it.each([
  [0, 0],
  [0.19, 0],
  [-0.2, 1],
  [0.5, 2],
  [-0.79, 3],
  [0.8, 4],
  [-1, 4],
  [Number.NaN, 0],
])("%s has magnitude %s", (entry, fifth) => {
  expect(magnitude(entry)).toBe(fifth);
});

it("pairs may have the attribute on either side", () => {
  const asked = ["a", "12"];
  expect(byAttribute([["a", "3.5"]], asked)).toEqual([{ name: "a", value: 3.5, text: "3.5" }]);
  expect(byAttribute([["5.3", "12"]], asked)).toEqual([{ name: "12", value: 5.3, text: "5.3" }]);
  expect(byAttribute([["12", "Infinity"]], asked)[0]?.value).toBe(Number.POSITIVE_INFINITY);
});

it("tells which attributes have no number", () => {
  expect(withoutPair([{ name: "b" }], ["a", "b", "c"])).toEqual(["a", "c"]);
});
