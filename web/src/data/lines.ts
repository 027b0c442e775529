/* lines.ts: the attributes of a project as lines of a table, categories above their values.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { LiveAttribute } from "../api/types";

export type Line =
  | { kind: "attribute"; attribute: LiveAttribute; position: number }
  | { kind: "category"; name: string; values: number; open: boolean };

/* Attributes keep their order and their position; the values of a category stand together where its
 * first one is. A filter finds names, and finds within folded categories too. */
export function linesOf(
  attributes: readonly LiveAttribute[],
  filter: string,
  folded: ReadonlySet<string>,
): Line[] {
  const word = filter.trim().toLowerCase();
  const lines: Line[] = [];
  const values = new Map<string, Line[]>();
  attributes.forEach((attribute, i) => {
    if (word !== "" && !attribute.name.toLowerCase().includes(word)) return;
    const line: Line = { kind: "attribute", attribute, position: i + 1 };
    if (attribute.parent === undefined) {
      lines.push(line);
      return;
    }
    let below = values.get(attribute.parent);
    if (!below) {
      below = [];
      values.set(attribute.parent, below);
      lines.push({ kind: "category", name: attribute.parent, values: 0, open: true });
    }
    below.push(line);
  });
  return lines.flatMap((line): Line[] => {
    if (line.kind === "attribute") return [line];
    const below = values.get(line.name) ?? [];
    const open = word !== "" || !folded.has(line.name);
    return [{ ...line, values: below.length, open }, ...(open ? below : [])];
  });
}

/* The same in the order of a number, without categories above their values. What has no such number
 * comes last either way. */
export function sortedLines(
  attributes: readonly LiveAttribute[],
  filter: string,
  number: (attribute: LiveAttribute) => number | undefined,
  descending: boolean,
): Line[] {
  const word = filter.trim().toLowerCase();
  const lines = attributes.flatMap((attribute, i) =>
    word === "" || attribute.name.toLowerCase().includes(word)
      ? [{ kind: "attribute" as const, attribute, position: i + 1 }]
      : [],
  );
  const worst = descending ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const key = ({ attribute }: { attribute: LiveAttribute }) => number(attribute) ?? worst;
  return lines.sort((a, b) => {
    const [x, y] = descending ? [key(b), key(a)] : [key(a), key(b)];
    return x === y ? a.position - b.position : x - y;
  });
}
