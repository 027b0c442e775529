/* histogram.tsx: bars over bins, with axes; and the same as a table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useRef } from "preact/hooks";
import { ticks } from "../data/ticks";
import { formatCount, formatShort } from "../format";
import { Num } from "../parts/parts";
import { useWidth } from "./width";

export interface HistogramData {
  left: number; /* lower edge of the first bin */
  width: number;
  counts: readonly number[];
  marked?:
    | readonly number[]
    | undefined; /* part of counts that is drawn in the colour of outliers */
  markedName?: string;
  markedAs?: "outliers" | "part"; /* red is kept for outliers */
}

const TOP = 8;
const BOTTOM = 24;
const LEFT = 56;
const RIGHT = 12;

/* Square roots make one outlier visible beside ten thousand others and keep zero at zero. */
const rootScale = (count: number) => Math.sqrt(Math.max(0, count));

interface HistogramProps {
  data: HistogramData;
  height: number;
  label: string; /* what a screen reader says */
  unit: string; /* under the axis */
  roots?: boolean; /* heights as square roots */
}

export function Histogram({ data, height, label, unit, roots }: HistogramProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const scale = roots ? rootScale : (count: number) => Math.max(0, count);
  const size = data.counts.length;
  const most = Math.max(1, ...data.counts);
  const inner = Math.max(1, width - LEFT - RIGHT);
  const tall = height - TOP - BOTTOM;
  const right = data.left + size * data.width;
  const x = (value: number) =>
    LEFT + (right > data.left ? ((value - data.left) / (right - data.left)) * inner : inner / 2);
  const y = (count: number) => TOP + tall - (scale(count) / scale(most)) * tall;
  const bars = (counts: readonly number[]) => {
    const gap = inner / Math.max(1, size) > 6 ? 1 : 0;
    let path = "";
    counts.forEach((count, i) => {
      if (!(count > 0)) return;
      const from = LEFT + (i / size) * inner + gap / 2;
      const to = LEFT + ((i + 1) / size) * inner - gap / 2;
      const top = Math.min(y(count), TOP + tall - 1);
      path += `M${from.toFixed(1)} ${TOP + tall}V${top.toFixed(1)}H${to.toFixed(1)}V${TOP + tall}z`;
    });
    return path;
  };
  const yTicks = ticks(0, scale(most), roots ? 6 : 4)
    .map((mark) => (roots ? Math.round(mark * mark) : mark))
    .filter((mark) => Number.isInteger(mark));
  return (
    <div ref={box} class="plot" role="img" aria-label={label}>
      <svg width={width} height={height} aria-hidden="true">
        {yTicks.map((mark) => (
          <g key={mark}>
            <line class="grid" x1={LEFT} x2={width - RIGHT} y1={y(mark)} y2={y(mark)} />
            <text class="tick" x={LEFT - 8} y={y(mark) + 4} text-anchor="end">
              {formatCount(mark)}
            </text>
          </g>
        ))}
        <path class="bars" d={bars(data.counts)} />
        {data.marked ? (
          <path
            class={`bars ${data.markedAs === "part" ? "part" : "marked"}`}
            d={bars(data.marked)}
          />
        ) : null}
        <line class="axis" x1={LEFT} x2={width - RIGHT} y1={TOP + tall} y2={TOP + tall} />
        {(size > 0 ? ticks(data.left, right, Math.max(2, Math.floor(inner / 90))) : []).map(
          (mark) => (
            <text key={mark} class="tick" x={x(mark)} y={height - 8} text-anchor="middle">
              {formatShort(mark, 5)}
            </text>
          ),
        )}
        <text class="tick unit" x={LEFT - 8} y={height - 8} text-anchor="end">
          {unit}
        </text>
      </svg>
    </div>
  );
}

/* What the bars show, bin by bin; the same numbers, not others. */
export function HistogramTable({ data, caption }: { data: HistogramData; caption: string }) {
  const total = data.counts.reduce((sum, count) => sum + count, 0);
  return (
    <div class="scroll">
      <table class="data">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col" class="num">
              From
            </th>
            <th scope="col" class="num">
              To
            </th>
            <th scope="col" class="num">
              Count
            </th>
            {data.marked ? (
              <th scope="col" class="num">
                {data.markedName}
              </th>
            ) : null}
            <th scope="col" class="num">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {data.counts.map((count, i) => {
            const from = data.left + i * data.width;
            const marked = data.marked?.[i] ?? 0;
            return (
              <tr key={i}>
                <td class="num">
                  <Num value={from} text={formatShort(from)} />
                </td>
                <td class="num">
                  <Num value={from + data.width} text={formatShort(from + data.width)} />
                </td>
                <td class="num">
                  <Num value={count} text={formatCount(count)} />
                </td>
                {data.marked ? (
                  <td class="num">
                    <Num value={marked} text={formatCount(marked)} />
                  </td>
                ) : null}
                <td class="num">{total > 0 ? `${((100 * count) / total).toFixed(2)} %` : ""}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
