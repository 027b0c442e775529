/* components.ts: what eigenvalues and their vectors say at a glance.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export interface Share {
  value: number;
  share: number; /* of the sum of all, in percent */
  cumulative: number;
}

/* sum counts the eigenvalues that were left out as well. */
export function sharesOf(values: readonly number[], sum: number): Share[] {
  let so_far = 0;
  return values.map((value) => {
    so_far += value;
    const percent = (part: number) => (sum > 0 ? (100 * part) / sum : 0);
    return { value, share: percent(value), cumulative: percent(so_far) };
  });
}

export const MAGNITUDES = ["very low", "low", "medium", "high", "very high"] as const;

/* Which fifth of 0 to 1 the size of an entry lies in: 0 for very low to 4 for very high. */
export function magnitude(entry: number, most = 1): number {
  if (!(most > 0) || !Number.isFinite(entry)) return 0;
  return Math.min(4, Math.floor((Math.abs(entry) / most) * 5));
}

/* Those of the asked that no pair is about. */
export function withoutPair(lines: readonly { name: string }[], asked: readonly string[]): string[] {
  const told = new Set(lines.map(({ name }) => name));
  return asked.filter((name) => !told.has(name));
}

/* Pairs of an attribute and a number, whichever of the two the server used as the key. */
export function byAttribute(
  pairs: readonly (readonly [string, string])[],
  asked: readonly string[],
): { name: string; value: number; text: string }[] {
  const names = new Set(asked);
  return pairs.map(([key, value]) =>
    names.has(key)
      ? { name: key, value: Number(value), text: value }
      : { name: value, value: Number(key), text: key },
  );
}
