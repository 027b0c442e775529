/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import type { AlgorithmOption, Place, Shape } from "../api/types";
import {
  amountText,
  contextOf,
  isRanking,
  placeProblem,
  placesOf,
  rankingContexts,
  settingProblem,
  takenFor,
} from "./question";
import type { Term } from "./terms";

const place = (types: string[], least: number, most: number): Place => ({
  label: types.join(),
  types,
  least,
  most,
});
const TERMS: Term[] = [
  { name: "x", type: "C", label: "x" },
  { name: "y", type: "C", label: "y" },
  { name: "b", type: "B", label: "b" },
  { name: "c", type: "B", label: "c" },
  { name: "kind", type: "T", label: "kind" },
];
const TWO: Shape = { title: "Two columns", inputs: [place(["C"], 2, 2)], targets: [] };
const BY: Shape = {
  title: "By groups",
  inputs: [place(["C"], 1, 1), place(["B"], 1, 2)],
  targets: [place(["B", "T"], 0, 0)],
};
const KNOWN: AlgorithmOption = { name: "known", type: "number", required: true, help: "" };

describe("a context", () => {
  it("waits until every place has what it needs", () => {
    expect(contextOf(TWO, {}, TERMS, [], {})).toBeUndefined();
    expect(contextOf(TWO, { inputs0: ["x"] }, TERMS, [], {})).toBeUndefined();
    expect(contextOf(TWO, { inputs0: ["x", "y"] }, TERMS, [], {})).toEqual({
      inputAttributeNames: ["x", "y"],
      targetAttributeNames: [],
      extraParameters: {},
    });
  });

  it("takes places in their order", () => {
    const chosen = { inputs1: ["c", "b"], inputs0: ["y"], targets0: ["kind"] };
    expect(contextOf(BY, chosen, TERMS, [], {})).toMatchObject({
      inputAttributeNames: ["y", "c", "b"],
      targetAttributeNames: ["kind"],
    });
  });

  it("waits for an option that is needed, and for one that fits", () => {
    const chosen = { inputs0: ["x", "y"] };
    expect(contextOf(TWO, chosen, TERMS, [KNOWN], {})).toBeUndefined();
    expect(contextOf(TWO, chosen, TERMS, [KNOWN], { known: "two" })).toBeUndefined();
    expect(contextOf(TWO, chosen, TERMS, [KNOWN], { known: "2" })?.extraParameters).toEqual({
      known: "2",
    });
  });

  it("forgets what is no longer there or does not fit", () => {
    const [first] = placesOf(TWO).inputs;
    expect(first && takenFor(first, { inputs0: ["gone", "b", "y"] }, TERMS)).toEqual(["y"]);
  });
});

it.each([
  [place(["C"], 1, 1), "1", 0, "Choose 1."],
  [place(["C"], 2, 0), "2 or more", 1, "Choose 2 or more."],
  [place(["C"], 1, 2), "1 to 2", 3, "At most 2."],
  [place(["C"], 0, 0), "0 or more", 0, undefined],
])("%j is asked for as %s", (asked, amount, taken, problem) => {
  expect(amountText(asked)).toBe(amount);
  expect(placeProblem(asked, taken)).toBe(problem);
});

it("says what is wrong with a setting", () => {
  expect(settingProblem(KNOWN, " ")).toBeDefined();
  expect(settingProblem({ ...KNOWN, required: false }, "")).toBeUndefined();
  expect(settingProblem(KNOWN, "1e-3")).toBeUndefined();
});

describe("a ranking", () => {
  const one: Shape = { title: "", inputs: [place(["B"], 1, 1)], targets: [place(["B"], 1, 1)] };
  it("is what takes one input and one target", () => {
    expect(isRanking(one)).toBe(true);
    expect(isRanking(TWO)).toBe(false);
    expect(isRanking(BY)).toBe(false);
  });
  it("asks for every other attribute that fits", () => {
    expect(rankingContexts(one, "b", TERMS, { k: "v" })).toEqual([
      { inputAttributeNames: ["c"], targetAttributeNames: ["b"], extraParameters: { k: "v" } },
    ]);
  });
  it("asks for continuous ones once they can be cut into bins", () => {
    const any: Shape = { ...one, inputs: [place(["C", "B"], 1, 1)] };
    const names = (settings: Record<string, string>) =>
      rankingContexts(any, "b", TERMS, settings).map((each) => each.inputAttributeNames[0]);
    expect(names({})).toEqual(["c"]);
    expect(names({ some_bins: "8" })).toEqual(["x", "y", "c"]);
  });
});
