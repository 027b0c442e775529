/* groups.ts: the groups behind an analysis of variance, asked one by one so that they can be drawn.
 *
 * Columns are groups by themselves (metric uni); binaries pick the rows of one column (metric bi,
 * whose conditional keys are count, mean and variance where the binary is 1).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { Context } from "./question";
import type { Group } from "./findings";
import type { Term } from "./terms";

export interface GroupsQuestion {
  metric: "uni" | "bi";
  names: string[]; /* of the groups */
  contexts: { inputAttributeNames: string[] }[];
}

const GROUPS_MOST = 40; /* as many as a picture can tell apart */

/* Undefined when there are fewer than two groups, or too many to draw. */
export function groupsQuestion(
  context: Context,
  terms: readonly Term[],
): GroupsQuestion | undefined {
  const { inputAttributeNames: inputs, targetAttributeNames: targets } = context;
  const [x] = inputs;
  const binaries = targets.flatMap((name) => {
    const values = terms.filter(({ parent }) => parent === name);
    return values.length > 0 ? values.map((each) => each.name) : [name];
  });
  const names = binaries.length > 0 ? binaries : inputs;
  if (x === undefined || names.length < 2 || names.length > GROUPS_MOST) return undefined;
  return binaries.length > 0
    ? {
        metric: "bi",
        names: names.map((name) => `${x} where ${name}`),
        contexts: names.map((name) => ({ inputAttributeNames: [x, name] })),
      }
    : {
        metric: "uni",
        names,
        contexts: names.map((name) => ({ inputAttributeNames: [name] })),
      };
}

/* The groups that have rows. */
export function readGroups(
  { metric, names }: GroupsQuestion,
  maps: readonly Readonly<Record<string, number>>[],
): (Group & { name: string })[] {
  const keys =
    metric === "uni" ? ["count", "mean", "variance"] : ["condCount", "condMean", "condVariance"];
  return names.flatMap((name, i) => {
    const [count, mean, variance] = keys.map((key) => maps[i]?.[key]);
    if (count === undefined || mean === undefined || variance === undefined) return [];
    return [{ name, count, mean, variance }];
  });
}
