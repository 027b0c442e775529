/* scatter.ts: scores over their order of arrival, with running quantiles, on a canvas.
 *
 * uPlot keeps axes, lines and cursor; the points are drawn here, because fifty thousand of them
 * four times a second ask for less work than a circle each: squares, and where one already covers a
 * pixel no second. True outliers come last, larger and in their own colour, so that none is hidden.
 * Lines lie on a halo, or they would drown in the points.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import uPlot from "uplot";
import { isOutlier } from "../data/points";
import { niceStep } from "../data/ticks";
import { formatCount, formatShort } from "../format";
import { colour } from "../parts/theme";

export interface ScatterData {
  index: Float64Array;
  score: Float64Array;
  q95: Float64Array;
  q98: Float64Array;
  q99: Float64Array;
  truth: Float64Array;
}

export const LINES = [
  { key: "q95", title: "q95", dash: [2, 3], width: 1.5 },
  { key: "q98", title: "q98", dash: [7, 4], width: 1.5 },
  { key: "q99", title: "q99", dash: [], width: 1.5 },
] as const;

export class Scatter {
  private readonly plot: uPlot;
  private truth: ArrayLike<number> = [];

  /* onPoint hears the place in the data of the point nearest to the pointer, or undefined when
   * there is none. */
  constructor(parent: HTMLElement, height: number, onPoint: (i: number | undefined) => void) {
    const muted = () => colour("--muted");
    const grid = { stroke: () => colour("--grid"), width: 1 };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    this.plot = new uPlot(
      {
        width: Math.max(1, parent.clientWidth),
        height,
        legend: { show: false },
        padding: [8, 12, 0, 0],
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
          x: { time: false, range: (_, low, high) => (low < high ? [low, high] : [0, 100]) },
          y: { range: (_, low, high) => roundRange(low, high) },
        },
        axes: [
          {
            font,
            stroke: muted,
            grid: { show: false },
            ticks: { ...grid, size: 4 },
            space: 90,
            size: 30,
            values: (_, splits) => splits.map((value) => formatCount(value)),
          },
          {
            font,
            stroke: muted,
            grid,
            ticks: { show: false },
            size: 56,
            values: (_, splits) => splits.map((value) => formatShort(value)),
          },
        ],
        series: [
          {},
          {
            paths: (u) => {
              this.drawPoints(u);
              return null;
            },
            points: { show: false },
          },
          ...LINES.flatMap(({ dash, width }) => [
            { stroke: () => colour("--halo"), width: width + 3, points: { show: false } },
            { stroke: () => colour("--ink"), width, dash: [...dash], points: { show: false } },
          ]),
        ],
        hooks: {
          setCursor: [(u) => onPoint(u.cursor.idx ?? undefined)],
        },
      },
      [[], [], [], [], [], [], [], []],
      parent,
    );
  }

  show(data: ScatterData): void {
    this.truth = data.truth;
    const lines = LINES.flatMap(({ key }) => [data[key], data[key]]); /* halo and line */
    this.plot.setData([data.index, data.score, ...lines]);
  }

  resize(width: number, height: number): void {
    if (width > 0) this.plot.setSize({ width, height });
  }

  redraw(): void {
    this.plot.redraw(false);
  }

  close(): void {
    this.plot.destroy();
  }

  private drawPoints(u: uPlot): void {
    const [xs, ys] = u.data as unknown as [Float64Array, Float64Array];
    const x = u.scales["x"];
    const y = u.scales["y"];
    if (!x || !y || x.min == null || x.max == null || y.min == null || y.max == null) return;
    const { left, top, width, height } = u.bbox;
    const perX = width / (x.max - x.min);
    const perY = height / (y.max - y.min);
    const [lowX, highY] = [x.min, y.max];
    const pixels = new Uint8Array((Math.ceil(width) + 1) * (Math.ceil(height) + 1));
    const stride = Math.ceil(width) + 1;
    const draw = (outliers: boolean, size: number) => {
      pixels.fill(0);
      for (let i = 0; i < xs.length; i++) {
        if (isOutlier(this.truth[i] ?? 0) !== outliers) continue;
        const px = Math.round(((xs[i] ?? 0) - lowX) * perX);
        const py = Math.round((highY - (ys[i] ?? 0)) * perY);
        if (!(px >= 0 && px <= width && py >= 0 && py <= height)) continue;
        const at = py * stride + px;
        if (pixels[at]) continue;
        pixels[at] = 1;
        u.ctx.fillRect(left + px - size / 2, top + py - size / 2, size, size);
      }
    };
    const ratio = uPlot.pxRatio;
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, top - 4, width, height + 8);
    u.ctx.clip();
    u.ctx.fillStyle = colour("--accent");
    u.ctx.globalAlpha = 0.4;
    draw(false, Math.round(2 * ratio));
    u.ctx.fillStyle = colour("--outlier");
    u.ctx.globalAlpha = 0.85;
    draw(true, Math.round(3 * ratio));
    u.ctx.restore();
  }
}

/* The range of the scores with its ends on round values, so that the axis rests while points come
 * in. */
function roundRange(low: number | null, high: number | null): [number, number] {
  if (low == null || high == null || !Number.isFinite(high - low)) return [0, 1];
  const step = niceStep(Math.max(high - low, 1e-9) / 8);
  const from = Math.floor(low / step) * step;
  const to = Math.ceil(high / step) * step;
  return from < to ? [from, to] : [from - step, to + step];
}
