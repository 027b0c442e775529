/* density.ts: what is asked about a distribution, checked before it is sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export interface Bounds {
  bins: string;
  min: string;
  max: string;
}

const BINS_MAX = 2000; /* more than a screen has columns */

export function boundsProblem({ bins, min, max }: Bounds): string | undefined {
  const count = Number(bins);
  if (!Number.isInteger(count) || count < 1 || count > BINS_MAX) {
    return `Bins are a whole number from 1 to ${BINS_MAX}.`;
  }
  const [low, high] = [Number(min), Number(max)];
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "Min and max are numbers, or empty.";
  if (min.trim() !== "" && max.trim() !== "" && !(low < high)) return "Min lies below max.";
  return undefined;
}

/* The extraParameters of a density; an empty end is left to the server. */
export function densityParameters({ bins, min, max }: Bounds): Record<string, string> {
  const out: Record<string, string> = { hist_bins: bins.trim() };
  if (min.trim() !== "") out["hist_min"] = min.trim();
  if (max.trim() !== "") out["hist_max"] = max.trim();
  return out;
}
