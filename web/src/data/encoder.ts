/* encoder.ts: an encoder's values as they are shown and edited.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { DataFrame } from "../api/types";

/* The cells of a column by its name; none when there is no such column. */
export function column(frame: DataFrame, name: string): string[] {
  const at = frame.attributeNames.indexOf(name);
  return at < 0 ? [] : frame.data.map((row) => row[at] ?? "");
}

/* The rows in which a cell differs, with the new cells; edits are by "row:column". A count is a
 * number that is not negative, a sum any number. */
export function changedValues(
  frame: DataFrame,
  edits: Readonly<Record<string, string>>,
): { data: string[][]; problem: string | undefined } {
  let problem: string | undefined;
  const data = frame.data.flatMap((row, r) => {
    const next = row.map((cell, c) => edits[`${r}:${c}`]?.trim() ?? cell);
    if (next.every((cell, c) => cell === row[c])) return [];
    next.forEach((cell, c) => {
      if (cell === row[c]) return;
      const value = Number(cell);
      const title = frame.attributeNames[c] ?? "";
      if (cell === "" || !Number.isFinite(value)) problem = `“${cell}” is not a number.`;
      else if (title === "Count" && value < 0) problem = `A count is not negative: ${cell}.`;
    });
    return [next];
  });
  return { data, problem };
}
