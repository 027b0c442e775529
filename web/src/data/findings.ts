/* findings.ts: a metric's answer sorted into what can be shown as more than a list of numbers.
 *
 * Nothing here knows a metric by its name: two groups are two groups whatever test compared them.
 *
 *     <p>n1 <p>m1 <p>s1, <p>n2 ...   two groups: count, mean, variance
 *     <p>Ci95Down <p>Ci95Up          beside them: the interval of the difference of their means
 *     SSb SSw Dfb Dfw ...            an analysis of variance
 *     obs$<row>:<column>             a table of counts
 *
 * What remains is shown key by key, with the help that the server gives for each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export type Answer = Readonly<Record<string, number>>;

export interface Group {
  count: number;
  mean: number;
  variance: number;
}

/* Of two means, with its 95 % interval. */
export interface Difference {
  value: number;
  low: number;
  high: number;
}

export interface Contingency {
  rows: string[];
  columns: string[];
  observed: number[][];
  expected: number[][];
  rowTotals: number[];
  columnTotals: number[];
  total: number;
}

export interface AnovaLine {
  source: "Between groups" | "Within groups" | "Total";
  squares: number | undefined;
  freedom: number | undefined;
  mean?: number | undefined;
  f?: number | undefined;
  p?: number | undefined;
}

export interface Findings {
  groups?: [Group, Group];
  difference?: Difference;
  anova?: AnovaLine[];
  contingency?: Contingency;
  rest: [key: string, value: number][];
}

const COUNTED = "obs$";

function groupsOf(answer: Answer): { prefix: string; groups: [Group, Group] } | undefined {
  for (const key of Object.keys(answer)) {
    if (!key.endsWith("n1")) continue;
    const prefix = key.slice(0, -2);
    const group = (i: number): Group | undefined => {
      const count = answer[`${prefix}n${i}`];
      const mean = answer[`${prefix}m${i}`];
      const variance = answer[`${prefix}s${i}`];
      if (count === undefined || mean === undefined || variance === undefined) return undefined;
      return { count, mean, variance };
    };
    const [first, second] = [group(1), group(2)];
    if (first && second) return { prefix, groups: [first, second] };
  }
  return undefined;
}

function differenceOf(
  answer: Answer,
  prefix: string,
  [a, b]: [Group, Group],
): Difference | undefined {
  const low = answer[`${prefix}Ci95Down`];
  const high = answer[`${prefix}Ci95Up`];
  if (low === undefined || high === undefined) return undefined;
  return { value: a.mean - b.mean, low, high };
}

const ANOVA_KEYS = "SSb SSw Dfb Dfw MSb MSw F Ssgamma Dfgamma P".split(" ");

function anovaOf(answer: Answer): AnovaLine[] | undefined {
  if (answer["SSb"] === undefined || answer["SSw"] === undefined) return undefined;
  return [
    {
      source: "Between groups",
      squares: answer["SSb"],
      freedom: answer["Dfb"],
      mean: answer["MSb"],
      f: answer["F"],
      p: answer["P"],
    },
    {
      source: "Within groups",
      squares: answer["SSw"],
      freedom: answer["Dfw"],
      mean: answer["MSw"],
    },
    { source: "Total", squares: answer["Ssgamma"], freedom: answer["Dfgamma"] },
  ];
}

/* Row and column of a cell's key. Names may hold a colon, so known names go before the first one. */
function cellOf(key: string, names: readonly string[]): [row: string, column: string] {
  const text = key.slice(COUNTED.length);
  let best = "";
  for (const name of names) {
    if (name.length > best.length && text.startsWith(`${name}:`)) best = name;
  }
  const cut = best === "" ? text.indexOf(":") : best.length;
  return [text.slice(0, cut), text.slice(cut + 1)];
}

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);

/* The counts as a table, with what independence of rows and columns would lead to expect. */
export function contingencyOf(answer: Answer, names: readonly string[]): Contingency | undefined {
  const cells = Object.entries(answer).filter(([key]) => key.startsWith(COUNTED));
  if (cells.length === 0) return undefined;
  const rows = new Map<string, Map<string, number>>();
  const columnSet = new Set<string>();
  for (const [key, count] of cells) {
    const [row, column] = cellOf(key, names);
    const line = rows.get(row) ?? new Map<string, number>();
    rows.set(row, line.set(column, count));
    columnSet.add(column);
  }
  const columns = [...columnSet];
  const observed = [...rows.values()].map((line) => columns.map((column) => line.get(column) ?? 0));
  const rowTotals = observed.map(sum);
  const columnTotals = columns.map((_, c) => sum(observed.map((row) => row[c] ?? 0)));
  const total = sum(rowTotals);
  const expected = rowTotals.map((row) =>
    columnTotals.map((column) => (total > 0 ? (row * column) / total : 0)),
  );
  return { rows: [...rows.keys()], columns, observed, expected, rowTotals, columnTotals, total };
}

export function findingsOf(answer: Answer, names: readonly string[]): Findings {
  const two = groupsOf(answer);
  const difference = two && differenceOf(answer, two.prefix, two.groups);
  const anova = anovaOf(answer);
  const contingency = contingencyOf(answer, names);
  const shown = new Set<string>(anova ? ANOVA_KEYS : []);
  if (two) for (const each of ["n1", "n2", "m1", "m2", "s1", "s2"]) shown.add(two.prefix + each);
  if (two && difference) for (const each of ["Ci95Down", "Ci95Up"]) shown.add(two.prefix + each);
  return {
    ...(two ? { groups: two.groups } : {}),
    ...(difference ? { difference } : {}),
    ...(anova ? { anova } : {}),
    ...(contingency ? { contingency } : {}),
    rest: Object.entries(answer).filter(([key]) => !shown.has(key) && !key.startsWith(COUNTED)),
  };
}
