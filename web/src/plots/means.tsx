/* means.tsx: groups side by side: mean, its 95 % interval, and the spread of the rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useRef } from "preact/hooks";
import { ticks } from "../data/ticks";
import { formatShort } from "../format";
import { useWidth } from "./width";

export interface MeansGroup {
  name: string;
  count: number;
  mean: number;
  variance: number;
}

const ROW = 44;
const BOTTOM = 26;
const LEFT = 12;
const RIGHT = 24;

/* Spread and interval of the mean of a group; a group of one row has neither. */
function reach({ count, variance }: MeansGroup): { spread: number; interval: number } {
  const spread = Math.sqrt(Math.max(0, variance));
  return { spread, interval: count > 0 ? (1.96 * spread) / Math.sqrt(count) : 0 };
}

export function Means({ groups }: { groups: readonly MeansGroup[] }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const ends = groups.flatMap((group) => {
    const { spread, interval } = reach(group);
    const far = Math.max(spread, interval);
    return [group.mean - far, group.mean + far];
  });
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  const inner = Math.max(1, width - LEFT - RIGHT);
  const x = (value: number) =>
    LEFT + (high > low ? ((value - low) / (high - low)) * inner : inner / 2);
  const height = groups.length * ROW + BOTTOM;
  const label = groups.map(({ name, mean }) => `${name}: mean ${formatShort(mean)}`).join(", ");
  return (
    <div ref={box} class="plot" role="img" aria-label={label}>
      <svg width={width} height={height} aria-hidden="true">
        {ticks(low, high, Math.max(2, Math.floor(inner / 90))).map((mark) => (
          <g key={mark}>
            <line class="grid" x1={x(mark)} x2={x(mark)} y1={0} y2={height - BOTTOM} />
            <text class="tick" x={x(mark)} y={height - 8} text-anchor="middle">
              {formatShort(mark, 5)}
            </text>
          </g>
        ))}
        {groups.map((group, i) => {
          const { spread, interval } = reach(group);
          const y = i * ROW + 28;
          return (
            <g key={i}>
              <text class="tick" x={LEFT} y={y - 14}>
                {group.name}
              </text>
              <path
                class="spread"
                d={`M${x(group.mean - spread)} ${y}H${x(group.mean + spread)}`}
              />
              <path
                class="interval"
                d={`M${x(group.mean - interval)} ${y}H${x(group.mean + interval)}`}
              />
              <circle class="mean" cx={x(group.mean)} cy={y} r={4} />
            </g>
          );
        })}
      </svg>
    </div>
  );
}
