/* rate.ts: how many a second, over the last few seconds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
const WINDOW_MS = 5000;

export class Rate {
  private notes: { at: number; total: number }[] = [];

  note(at: number, total: number): void {
    const last = this.notes[this.notes.length - 1];
    if (last && total < last.total) this.notes = []; /* forgotten or reset: begin again */
    this.notes.push({ at, total });
    while (this.notes.length > 2 && (this.notes[1]?.at ?? at) <= at - WINDOW_MS) this.notes.shift();
  }

  /* Whole numbers above ten, so that the display is calm; undefined before a second has passed. */
  perSecond(now: number): number | undefined {
    const first = this.notes[0];
    const last = this.notes[this.notes.length - 1];
    if (!first || !last || now - first.at < 1000) return undefined;
    const value = ((last.total - first.total) * 1000) / (now - first.at);
    return value > 10 ? Math.round(value) : Math.round(value * 10) / 10;
  }
}
