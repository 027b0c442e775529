/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import { contingencyOf, findingsOf } from "./findings";

/* Sepal length against petal width of the 150 irises: means, variances and the interval of the
 * difference as numpy and scipy give them. */
const ZTEST = {
  zn1: 150,
  zm1: 5.843333333333334,
  zs1: 0.6811222222222223,
  zn2: 150,
  zm2: 1.1986666666666668,
  zs2: 0.5785315555555556,
  z: 50.684432040001926,
  zp: 0,
  zCi95Down: 4.465057681819673,
  zCi95Up: 4.82427565151366,
};

describe("two groups", () => {
  const found = findingsOf(ZTEST, []);
  it("are found whatever letter their keys begin with", () => {
    expect(found.groups?.[1]).toEqual({
      count: 150,
      mean: 1.1986666666666668,
      variance: 0.5785315555555556,
    });
    expect(findingsOf({ xn1: 1, xm1: 2, xs1: 3, xn2: 4, xm2: 5, xs2: 6 }, []).groups).toHaveLength(
      2,
    );
  });
  it("leave the other keys to be listed", () => {
    expect(found.rest.map(([key]) => key)).toEqual(["z", "zp"]);
  });
  it("differ by 4.6447, between 4.4651 and 4.8243", () => {
    expect(found.difference?.value).toBeCloseTo(4.644666666666667, 12);
    expect(found.difference?.low).toBe(4.465057681819673);
    expect(found.difference?.high).toBe(4.82427565151366);
  });
  it("have no difference where the metric tells no interval", () => {
    const { zCi95Down: _, ...rest } = ZTEST;
    expect(findingsOf(rest, []).difference).toBeUndefined();
    expect(findingsOf(rest, []).rest.map(([key]) => key)).toContain("zCi95Up");
  });
  it("need all six numbers", () => {
    expect(findingsOf({ tn1: 1, tm1: 2, tn2: 3, tm2: 4 }, []).groups).toBeUndefined();
  });
});

it("an analysis of variance has three lines; an infinite F is left out", () => {
  const answer = { SSb: 2, SSw: 0, Dfb: 1, Dfw: 4, MSb: 2, MSw: 0, Ssgamma: 2, Dfgamma: 5 };
  const { anova, rest } = findingsOf(answer, []);
  expect(anova?.map(({ squares, freedom }) => [squares, freedom])).toEqual([
    [2, 1],
    [0, 4],
    [2, 5],
  ]);
  expect(anova?.[0]?.f).toBeUndefined();
  expect(rest).toEqual([]);
});

describe("a table of counts", () => {
  const answer = {
    "obs$long:setosa": 50,
    "obs$long:versicolor": 26,
    "obs$long:virginica": 7,
    "obs$short:setosa": 0,
    "obs$short:versicolor": 24,
    "obs$short:virginica": 43,
    chiStat: 1,
  };
  it("has totals and what independence leads to expect", () => {
    const table = contingencyOf(answer, []);
    expect(table?.rows).toEqual(["long", "short"]);
    expect(table?.columns).toEqual(["setosa", "versicolor", "virginica"]);
    expect(table?.rowTotals).toEqual([83, 67]);
    expect(table?.columnTotals).toEqual([50, 50, 50]);
    expect(table?.total).toBe(150);
    expect(table?.expected[0]?.[0]).toBeCloseTo(27.666666666666668, 12);
  });
  it("knows names that hold a colon", () => {
    const table = contingencyOf({ "obs$a:b:c:d": 1, "obs$a:b:e": 2 }, ["a:b", "a"]);
    expect(table?.rows).toEqual(["a:b"]);
    expect(table?.columns).toEqual(["c:d", "e"]);
  });
  it("counts a cell that was not answered as 0", () => {
    const table = contingencyOf({ "obs$a:x": 1, "obs$b:y": 2 }, []);
    expect(table?.observed).toEqual([
      [1, 0],
      [0, 2],
    ]);
  });
  it("is not there without counts", () => {
    expect(contingencyOf({ chiStat: 1 }, [])).toBeUndefined();
  });
});
