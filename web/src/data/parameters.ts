/* parameters.ts: what a project can be told when it is made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export const PROJECT_TYPES = [
  { id: "cpu", title: "Standard", help: "Each row stands for itself." },
  {
    id: "partition",
    title: "Partitioned",
    help: "Statistics for each value of one column, and for all rows together.",
  },
  {
    id: "sequence",
    title: "Sequence",
    help: "Rows follow each other: what is counted are tokens together with those before them.",
  },
] as const;

/* Parameters that only one type has; all others fit every type. */
const OF_TYPE: Readonly<Record<string, string>> = {
  partitionSplit: "partition",
  sml_project_order: "sequence",
};

export function parameterFits(name: string, type: string): boolean {
  return (OF_TYPE[name] ?? type) === type;
}
