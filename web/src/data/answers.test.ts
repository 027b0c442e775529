/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { readComponents, readLog, readPairs, readSources } from "./answers";

it("components have a row for each attribute", () => {
  const frame = (attributeNames: string[], data: string[][]) => ({
    attributeNames,
    attributeTypes: [],
    data,
  });
  const values = {
    pcaValues: frame(["e1", "e2"], [["1.5", "0.5"]]),
    pcaVectors: frame(
      ["attribute", "PC1", "PC2"],
      [
        ["x", "0.7", "-0.7"],
        ["y", "0.7", "0.7"],
      ],
    ),
    pcaSumValues: 2,
  };
  expect(readComponents(values)).toEqual({
    values: [1.5, 0.5],
    attributes: ["x", "y"],
    vectors: [
      [0.7, -0.7],
      [0.7, 0.7],
    ],
    sum: 2,
  });
});

it("sources are named before their type", () => {
  const values = { stringList: { values: ["rows:localfile", "a:b:http", "bare"] } };
  expect(readSources(values)).toEqual([
    { name: "rows", type: "localfile" },
    { name: "a:b", type: "http" },
    { name: "bare", type: "" },
  ]);
});

it("pairs of equal values do not get lost", () => {
  const values = { KSVSMap: { values: [{ "1.0": "x" }, { "1.0": "y" }] } };
  expect(readPairs(values)).toEqual([
    ["1.0", "x"],
    ["1.0", "y"],
  ]);
});

it("a log line that is not JSON is still shown", () => {
  const values = { stringList: { values: ['{"ds_name":"a"}', "oops"] } };
  expect(readLog(values)).toEqual([{ ds_name: "a" }, { text: "oops" }]);
});
