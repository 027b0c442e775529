/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { groupsQuestion, readGroups } from "./groups";
import type { Term } from "./terms";

const TERMS: Term[] = [
  { name: "x", type: "C", label: "x" },
  { name: "k", type: "T", label: "k" },
  { name: "k$a", type: "B", label: "a", parent: "k" },
  { name: "k$b", type: "B", label: "b", parent: "k" },
];
const context = (inputs: string[], targets: string[]) => ({
  inputAttributeNames: inputs,
  targetAttributeNames: targets,
  extraParameters: {},
});

it("columns are groups", () => {
  const question = groupsQuestion(context(["x", "y"], []), TERMS);
  expect(question).toMatchObject({ metric: "uni", names: ["x", "y"] });
});

it("a category is one group for each of its values", () => {
  const question = groupsQuestion(context(["x"], ["k"]), TERMS);
  expect(question?.names).toEqual(["x where k$a", "x where k$b"]);
  expect(question?.contexts[1]).toEqual({ inputAttributeNames: ["x", "k$b"] });
});

it("one group alone is no picture, and neither are hundreds", () => {
  expect(groupsQuestion(context(["x"], ["b"]), TERMS)).toBeUndefined();
  const many = Array.from({ length: 100 }, (_, i) => `b${i}`);
  expect(groupsQuestion(context(["x"], many), TERMS)).toBeUndefined();
});

it("leaves out groups without rows", () => {
  const question = groupsQuestion(context(["x"], ["k"]), TERMS);
  const maps = [{ condCount: 2, condMean: 3, condVariance: 1 }, { condCount: 0 }];
  expect(question && readGroups(question, maps)).toEqual([
    { name: "x where k$a", count: 2, mean: 3, variance: 1 },
  ]);
});
