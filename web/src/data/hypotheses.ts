/* hypotheses.ts: what a test supposes, in words.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { Context } from "./question";

/* The two groups that a question compares: two columns, or the rows of one column that two binaries
 * or one binary and its opposite pick. */
function groupNames(context: Context): [string, string] | undefined {
  const [x, b1, b2] = [...context.inputAttributeNames, ...context.targetAttributeNames];
  if (x === undefined || b1 === undefined) return undefined;
  if (b2 !== undefined) return [`${x} where ${b1}`, `${x} where ${b2}`];
  return [x, b1];
}

/* The same where the second name may be a binary that parts the first. */
export function groupNamesWith(
  context: Context,
  isBinary: (name: string) => boolean,
): [string, string] | undefined {
  const names = [...context.inputAttributeNames, ...context.targetAttributeNames];
  const [x, b] = names;
  if (names.length === 2 && x !== undefined && b !== undefined && isBinary(b) && !isBinary(x)) {
    return [`${x} where ${b}`, `${x} where not ${b}`];
  }
  return groupNames(context);
}

/* H0 of the tests that have one; for others nothing is supposed. */
export function nullHypothesis(
  metric: string,
  context: Context,
  isBinary: (name: string) => boolean,
): string | undefined {
  const x = context.inputAttributeNames[0] ?? "";
  const known = Object.entries(context.extraParameters).find(([key]) => key.includes("known"))?.[1];
  const pair = groupNamesWith(context, isBinary);
  switch (metric) {
    case "ztest":
    case "ttest":
      return pair && `The mean of ${pair[0]} equals the mean of ${pair[1]}.`;
    case "ftest":
      return pair && `The variance of ${pair[0]} equals the variance of ${pair[1]}.`;
    case "ztestp":
      return pair && `The share of ones in ${pair[0]} equals the share of ones in ${pair[1]}.`;
    case "ztestmu":
    case "ttestmu":
      return known === undefined ? undefined : `The mean of ${x} is ${known}.`;
    case "ftestmu":
      return known === undefined ? undefined : `The variance of ${x} is ${known}.`;
    case "anova":
      return "All groups have the same mean.";
    case "chi2":
      return context.targetAttributeNames.length > 0
        ? "What the rows say and what the columns say are independent of each other."
        : "The values are distributed alike in all categories.";
    default:
      return undefined;
  }
}

/* Keys under which metrics answer the chance of a result at least as far from H0. */
const CHANCES = /^(P|pval|[a-z]p|tpu)$/;

export function isChance(key: string): boolean {
  return CHANCES.test(key);
}

/* What a chance says about H0 at the usual level. */
export function verdict(p: number): string {
  return p < 0.05 ? "H₀ is rejected at the level of 5 %" : "H₀ is not rejected at the level of 5 %";
}
