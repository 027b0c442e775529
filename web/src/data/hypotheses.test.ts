/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { isChance, nullHypothesis, verdict } from "./hypotheses";
import type { Context } from "./question";

const binary = (name: string) => name.startsWith("b");
const context = (inputs: string[], targets: string[] = [], extra = {}): Context => ({
  inputAttributeNames: inputs,
  targetAttributeNames: targets,
  extraParameters: extra,
});

it.each<[string, Context, string | undefined]>([
  ["ztest", context(["x", "y"]), "The mean of x equals the mean of y."],
  ["ttest", context(["x", "b1", "b2"]), "The mean of x where b1 equals the mean of x where b2."],
  ["ttest", context(["x"], ["b1"]), "The mean of x where b1 equals the mean of x where not b1."],
  ["ftest", context(["x", "y"]), "The variance of x equals the variance of y."],
  ["ztestp", context(["b1", "b2"]), "The share of ones in b1 equals the share of ones in b2."],
  ["ztestmu", context(["x"], [], { sml_explore_ztest_known_mu: "3" }), "The mean of x is 3."],
  [
    "ftestmu",
    context(["x"], [], { sml_explore_ftest_known_sigma: "2" }),
    "The variance of x is 2.",
  ],
  ["anova", context(["x", "y"]), "All groups have the same mean."],
  ["uni", context(["x"]), undefined],
  ["anything new", context(["x", "y"]), undefined],
])("%s of %j supposes: %s", (metric, asked, text) => {
  expect(nullHypothesis(metric, asked, binary)).toBe(text);
});

it("chi-squared supposes something else of categories alone", () => {
  const crossed = nullHypothesis("chi2", context(["b1"], ["b2"]), binary);
  const alone = nullHypothesis("chi2", context(["d1", "d2"]), binary);
  expect(crossed).toContain("independent");
  expect(alone).toContain("alike");
});

it.each([
  ["zp", true],
  ["tp", true],
  ["tpu", true],
  ["P", true],
  ["pval", true],
  ["z", false],
  ["coef", false],
  ["tdfu", false],
])("%s is a chance: %s", (key, yes) => {
  expect(isChance(key)).toBe(yes);
});

it("rejects below 5 % only", () => {
  expect(verdict(0.049)).toContain("is rejected");
  expect(verdict(0.05)).toContain("not rejected");
});
