/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import type { LiveAttribute } from "../api/types";
import { countAttributes, singleTerms, targetPlace, termsFor, termsOf } from "./terms";

const attribute = (name: string, type: string, parent?: string, value?: string): LiveAttribute => ({
  id: 0,
  name,
  type,
  uni: {},
  ...(parent === undefined ? {} : { parent }),
  ...(value === undefined ? {} : { value }),
});

const ATTRIBUTES = [
  attribute("x", "C"),
  attribute("colour$red", "B", "colour", "red"),
  attribute("flag", "B"),
  attribute("colour$blue", "B", "colour", "blue"),
  attribute("odd$name", "C"),
];

it("puts a category, and all its values below it, where its first value stands", () => {
  expect(termsOf(ATTRIBUTES).map(({ label, type }) => `${label}:${type}`)).toEqual([
    "x:C",
    "colour:T",
    "red:B",
    "blue:B",
    "flag:B",
    "odd$name:C",
  ]);
});

it("keeps the whole name for what is sent", () => {
  const red = termsOf(ATTRIBUTES).find(({ label }) => label === "red");
  expect(red).toEqual({ name: "colour$red", type: "B", label: "red", parent: "colour" });
});

it.each([
  [["C"], ["x", "odd$name"]],
  [["B"], ["colour", "colour$red", "colour$blue", "flag"]],
  [["T"], ["colour"]],
  [
    ["C", "T"],
    ["x", "colour", "odd$name"],
  ],
])("offers for %j %j", (types, names) => {
  expect(termsFor(termsOf(ATTRIBUTES), types).map(({ name }) => name)).toEqual(names);
});

it("knows what a model may predict", () => {
  expect(targetPlace(["continuous", "binary"])).toMatchObject({ types: ["C", "B"], least: 1 });
  expect(targetPlace(["none", "category"])).toMatchObject({ types: ["T"], least: 0, most: 1 });
});

it("names a category by its values", () => {
  const asked = singleTerms(termsOf(ATTRIBUTES), ["flag", "colour", "x", "colour$red"]);
  expect(asked).toEqual(["flag", "colour$red", "colour$blue", "x"]);
});

it("counts what has statistics", () => {
  expect(countAttributes({ attributeTypes: ["C", "X", "B", "X"] })).toBe(2);
});
