/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import {
  decimalsOf,
  formatAge,
  formatBytes,
  formatChance,
  formatCount,
  formatNumber,
  formatShort,
  formatTime,
  formatValue,
  NOTHING,
} from "./format";

describe("formatCount", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1\u202f000"],
    [49097, "49\u202f097"],
    [12345678, "12\u202f345\u202f678"],
    [-1234, "\u22121\u202f234"],
    [0.5, "0.5"],
    [1234.25, "1\u202f234.3"],
    [undefined, NOTHING],
    [Number.NaN, NOTHING],
  ])("%s is %s", (n, text) => {
    expect(formatCount(n)).toBe(text);
  });
});

describe("formatNumber", () => {
  it.each([
    [1, 4, "1.0000"],
    [-0.25, 2, "\u22120.25"],
    [12345.678, 2, "12\u202f345.68"],
    [1234.56789, 4, "1\u202f234.5679"],
    [-12345.6789, 4, "\u221212\u202f345.679"],
    [123456.789, 4, "123\u202f456.79"],
    [9999999, 0, "9\u202f999\u202f999"],
    [1e7, 4, "1.000e7"],
    [1e300, 4, "1.000e300"],
    [-1.5e-9, 4, "\u22121.500e\u22129"],
    [0, 4, "0.0000"],
    [0.0001, 4, "0.0001"],
    [0.00005, 4, "0.0001"],
    [0.00004, 4, "4.000e\u22125"],
    [Number.POSITIVE_INFINITY, 4, NOTHING],
  ])("%s with %s decimals is %s", (x, decimals, text) => {
    expect(formatNumber(x, decimals)).toBe(text);
  });
});

describe("formatValue", () => {
  it("keeps the width of what it leaves out", () => {
    for (const x of [1, -20, 1.5, 1.25, 45.1234, 100]) {
      expect(formatValue(x)).toHaveLength(formatNumber(x).length);
    }
  });
  it("leaves out zeros at the end only", () => {
    expect(formatValue(100)).toBe("100\u2008\u2007\u2007\u2007\u2007");
    expect(formatValue(1.5)).toBe("1.5\u2007\u2007\u2007");
    expect(formatValue(10.05, 2)).toBe("10.05");
    expect(formatValue(100, 0)).toBe("100");
    expect(formatValue(1e9)).toBe("1.000e9");
  });
});

describe("formatShort", () => {
  it.each([
    [0.1 + 0.2, "0.3"],
    [-12, "\u221212"],
    [1e21, "1e21"],
    [-1e-9, "\u22121e\u22129"],
  ])("%s is %s", (x, text) => {
    expect(formatShort(x)).toBe(text);
  });
});

describe("formatAge", () => {
  it.each([
    [0, "now"],
    [1999, "now"],
    [2000, "2 s ago"],
    [119_999, "119 s ago"],
    [120_000, "2 min ago"],
    [7_200_000, "2 h ago"],
    [172_800_000, "2 d ago"],
    [-5000, "now"],
  ])("%s ms is %s", (ms, text) => {
    expect(formatAge(1e12, 1e12 + ms)).toBe(text);
  });
  it("knows nothing without a time", () => {
    expect(formatAge(undefined, 1)).toBe(NOTHING);
    expect(formatTime(0)).toBe(NOTHING);
  });
});

it.each([
  [0.5, "0.5000"],
  [1, "1.0000"],
  [0, "0.0000"],
  [0.0001, "0.0001"],
  [0.00001, "1.000e−5"],
  [1.6697e-31, "1.670e−31"],
  [4e-300, "4.000e−300"],
  [undefined, "–"],
])("the chance %s is told as %s", (p, text) => {
  expect(formatChance(p)).toBe(text);
});

it.each([
  [0, "0 bytes"],
  [1023, "1023 bytes"],
  [1536, "1.5 KiB"],
  [5 * 2 ** 30, "5 GiB"],
  [undefined, "–"],
])("%s bytes are %s", (n, text) => {
  expect(formatBytes(n)).toBe(text);
});

it.each([
  [[], 0],
  [[1, 2e15], 0],
  [[1, 4.35, 0.5], 2],
  [[1 / 3], 4],
  [[1e-59], 4],
])("%j needs %i decimals", (values, decimals) => {
  expect(decimalsOf(values)).toBe(decimals);
});
