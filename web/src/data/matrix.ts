/* matrix.ts: all pairs of some attributes, asked each once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

/* The pairs above the diagonal, row by row. */
export function pairsOf(names: readonly string[]): [string, string][] {
  return names.flatMap((a, i) => names.slice(i + 1).map((b): [string, string] => [a, b]));
}

/* Of correlations, what stands on the diagonal: an attribute is wholly correlated with itself, but
 * one that does not vary with nothing. */
export function withItself(variance: number | undefined): number | undefined {
  return variance !== undefined && variance > 0 ? 1 : undefined;
}

/* The place of the pair (row, column) in pairsOf(), or undefined on the diagonal. */
export function pairIndex(row: number, column: number, size: number): number | undefined {
  if (row === column) return undefined;
  const [i, j] = row < column ? [row, column] : [column, row];
  return i * size - (i * (i + 1)) / 2 + (j - i - 1);
}
