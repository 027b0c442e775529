/* sparkline.tsx: a histogram small enough for a line of a table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { Density } from "../api/types";

/* The bars as one path in a box of counts.length by height. An occupied bin is never invisible. */
export function barsPath(counts: readonly number[], height: number): string {
  const most = Math.max(0, ...counts);
  if (!(most > 0)) return "";
  let path = "";
  counts.forEach((count, i) => {
    if (!(count > 0)) return;
    const tall = Math.max(1, (count / most) * height);
    path += `M${i} ${height}v${-Number(tall.toFixed(2))}h1v${Number(tall.toFixed(2))}z`;
  });
  return path;
}

export function Sparkline({ density }: { density: Density | undefined }) {
  const counts = density?.histogram ?? [];
  const height = 34;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${Math.max(1, counts.length)} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={barsPath(counts, height)} />
    </svg>
  );
}
