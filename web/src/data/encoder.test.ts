/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { changedValues, column } from "./encoder";

const FRAME = {
  attributeNames: ["Value", "Type", "Count", "Sum"],
  attributeTypes: ["S", "S", "C", "C"],
  data: [
    ["red", "S", "3", "1.5"],
    ["", "S", "2", "2"],
  ],
};

it("reads a column by its name", () => {
  expect(column(FRAME, "Sum")).toEqual(["1.5", "2"]);
  expect(column(FRAME, "nothing")).toEqual([]);
});

it("sends only the rows that differ", () => {
  const { data, problem } = changedValues(FRAME, { "0:2": "3", "1:3": " 4 " });
  expect(data).toEqual([["", "S", "2", "4"]]);
  expect(problem).toBeUndefined();
});

it.each([
  [{ "0:2": "-1" }, "A count is not negative: -1."],
  [{ "0:3": "-1" }, undefined],
  [{ "0:3": "many" }, "“many” is not a number."],
  [{ "0:3": "" }, "“” is not a number."],
])("%j: %s", (edits, problem) => {
  expect(changedValues(FRAME, edits).problem).toBe(problem);
});
