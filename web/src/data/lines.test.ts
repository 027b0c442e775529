/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import type { LiveAttribute } from "../api/types";
import { linesOf, sortedLines } from "./lines";

const plain = (name: string): LiveAttribute => ({ id: 0, name, type: "C", uni: {} });
const value = (parent: string, text: string): LiveAttribute => ({
  ...plain(`${parent}$${text}`),
  type: "B",
  parent,
  value: text,
});
const ATTRIBUTES = [plain("x"), value("k", "a"), plain("y"), value("k", "b")];

const words = (filter: string, folded: string[] = []) =>
  linesOf(ATTRIBUTES, filter, new Set(folded)).map((line) =>
    line.kind === "attribute"
      ? `${line.position} ${line.attribute.name}`
      : `${line.name} (${line.values})`,
  );

it("puts values below their category and keeps positions", () => {
  expect(words("")).toEqual(["1 x", "k (2)", "2 k$a", "4 k$b", "3 y"]);
});

it("folds a category", () => {
  expect(words("", ["k"])).toEqual(["1 x", "k (2)", "3 y"]);
});

it("finds within folded categories", () => {
  expect(words("$B", ["k"])).toEqual(["k (1)", "4 k$b"]);
});

it.each([
  [false, ["k$a", "y", "x", "k$b"]],
  [true, ["x", "y", "k$a", "k$b"]],
])("sorts by a number (descending: %s), the missing last", (descending, names) => {
  const numbers: Record<string, number> = { x: 3, y: 2, k$a: -1 };
  const lines = sortedLines(ATTRIBUTES, "", ({ name }) => numbers[name], descending);
  expect(lines.map((line) => line.kind === "attribute" && line.attribute.name)).toEqual(names);
});

it("keeps equal ones in their order, and filters", () => {
  const lines = sortedLines(ATTRIBUTES, "k", () => 1, true);
  expect(lines.map((line) => line.kind === "attribute" && line.position)).toEqual([2, 4]);
});
