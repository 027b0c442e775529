/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { pairIndex, pairsOf, withItself } from "./matrix";

it("finds every pair where it was asked", () => {
  const names = ["a", "b", "c", "d", "e"];
  const pairs = pairsOf(names);
  expect(pairs).toHaveLength(10);
  names.forEach((row, r) =>
    names.forEach((column, c) => {
      const at = pairIndex(r, c, names.length);
      if (r === c) expect(at).toBeUndefined();
      else expect([...(pairs[at ?? -1] ?? [])].sort()).toEqual([row, column].sort());
    }),
  );
});

it("has no pairs of one", () => {
  expect(pairsOf(["a"])).toEqual([]);
});

it.each([
  [2.5, 1],
  [0, undefined],
  [undefined, undefined],
])("with a variance of %s an attribute's correlation with itself is %s", (variance, want) => {
  expect(withItself(variance)).toBe(want);
});
