/* points.ts: the newest scores of a topic, kept in typed arrays.
 *
 * A ring of fixed capacity: adding a point writes nine numbers and moves none, so memory and time
 * do not depend on how long the page has been open. Readers go from the oldest kept point to the
 * newest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { TailPoint } from "../api/types";

export const FIELDS = [
  "index",
  "partition",
  "offset",
  "score",
  "q95",
  "q98",
  "q99",
  "truth",
  "res",
  "modelVersion",
] as const;
export type Field = (typeof FIELDS)[number];

export class Points {
  private readonly columns: Record<Field, Float64Array>;
  private first = 0; /* slot of the oldest */
  private kept = 0;
  revision = 0; /* changes whenever the content does */

  constructor(readonly capacity: number) {
    const columns = {} as Record<Field, Float64Array>;
    for (const field of FIELDS) columns[field] = new Float64Array(capacity);
    this.columns = columns;
  }

  get size(): number {
    return this.kept;
  }

  clear(): void {
    this.first = 0;
    this.kept = 0;
    this.revision++;
  }

  add(points: readonly TailPoint[]): void {
    for (const point of points) {
      let slot = this.first + this.kept;
      if (this.kept < this.capacity) this.kept++;
      else this.first = (this.first + 1) % this.capacity;
      slot %= this.capacity;
      for (const field of FIELDS) this.columns[field][slot] = point[field] ?? Number.NaN;
    }
    if (points.length > 0) this.revision++;
  }

  /* A field of the i-th point, the oldest kept being 0. */
  at(field: Field, i: number): number {
    return this.columns[field][(this.first + i) % this.capacity] ?? Number.NaN;
  }

  /* The newest count values of a field, oldest first. */
  newest(field: Field, count: number): Float64Array {
    const n = Math.min(count, this.kept);
    const out = new Float64Array(n);
    const start = (this.first + this.kept - n) % this.capacity;
    const run = Math.min(n, this.capacity - start);
    out.set(this.columns[field].subarray(start, start + run));
    if (run < n) out.set(this.columns[field].subarray(0, n - run), run);
    return out;
  }
}

export function isOutlier(truth: number): boolean {
  return truth > 0;
}
