/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import { contingencyOf, differenceOf, findingsOf } from "./findings";

/* Sepal length against petal width of the 150 irises: means, variances and the difference with its
 * 95 % interval as numpy gives them. */
const ZTEST = {
  zn1: 150,
  zm1: 5.843333333333334,
  zs1: 0.6811222222222223,
  zn2: 150,
  zm2: 1.1986666666666668,
  zs2: 0.5785315555555556,
  z: 50.684432040001926,
  zp: 0,
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
    const difference = found.groups && differenceOf(found.groups);
    expect(difference?.value).toBeCloseTo(4.644666666666667, 12);
    expect(difference?.low).toBeCloseTo(4.465057681819673, 12);
    expect(difference?.high).toBeCloseTo(4.82427565151366, 12);
  });
  it("need all six numbers", () => {
    expect(findingsOf({ tn1: 1, tm1: 2, tn2: 3, tm2: 4 }, []).groups).toBeUndefined();
  });
  it("have no interval when a group is empty", () => {
    const none = { count: 0, mean: 0, variance: 0 };
    expect(differenceOf([none, none])).toBeUndefined();
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
