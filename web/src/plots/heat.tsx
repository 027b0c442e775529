/* heat.tsx: a square matrix of numbers between -1 and 1 as colours.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useRef, useState } from "preact/hooks";
import { formatNumber } from "../format";
import { useWidth } from "./width";

interface HeatProps {
  names: readonly string[];
  at: (row: number, column: number) => number | undefined;
  label: string;
}

const NAME = 130;
const LONGEST = 18; /* characters of a name that fit */
const CELL_MAX = 44;

const short = (name: string) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);

export function Heat({ names, at, label }: HeatProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [over, setOver] = useState<[number, number] | undefined>();
  const size = Math.max(6, Math.min(CELL_MAX, (width - NAME - 8) / Math.max(1, names.length)));
  const side = NAME + names.length * size;
  const told = over && at(over[0], over[1]);
  return (
    <div ref={box} class="plot heat" role="img" aria-label={label}>
      <svg
        width={Math.max(side, 1)}
        height={side}
        aria-hidden="true"
        onMouseLeave={() => setOver(undefined)}
      >
        {names.map((name, i) => (
          <g key={name}>
            <text class="tick" x={NAME - 6} y={NAME + (i + 0.5) * size + 4} text-anchor="end">
              {size >= 11 ? short(name) : ""}
            </text>
            <text
              class="tick"
              transform={`translate(${NAME + (i + 0.5) * size + 4} ${NAME - 6}) rotate(-90)`}
            >
              {size >= 11 ? short(name) : ""}
            </text>
          </g>
        ))}
        {names.map((row, r) =>
          names.map((column, c) => {
            const value = at(r, c);
            return (
              <rect
                key={`${row}\n${column}`}
                class={value === undefined ? "none" : value < 0 ? "negative" : "positive"}
                fill-opacity={value === undefined ? 1 : Math.min(1, Math.abs(value))}
                x={NAME + c * size}
                y={NAME + r * size}
                width={size - 1}
                height={size - 1}
                onMouseEnter={() => setOver([r, c])}
              />
            );
          }),
        )}
      </svg>
      <p class="muted">
        {over
          ? `${names[over[0]]} and ${names[over[1]]}: ${formatNumber(told)}`
          : "Point at a cell to read it."}
      </p>
    </div>
  );
}
