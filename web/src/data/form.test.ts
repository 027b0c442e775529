/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import type { AlgorithmOption } from "../api/types";
import { changedSettings, modelNameProblem, optionProblem, rangeText, REFRESH } from "./form";

const bins: AlgorithmOption = {
  name: "n_bins",
  type: "integer",
  default: "10",
  minimum: 2,
  maximum: 4096,
  help: "",
};
const bandwidth: AlgorithmOption = {
  name: "bandwidth",
  type: "number",
  default: "0.5",
  minimum: 0,
  help: "",
};

describe("optionProblem", () => {
  it.each([
    [bins, "", undefined],
    [bins, " 10 ", undefined],
    [bins, "2", undefined],
    [bins, "4096", undefined],
    [bins, "1", "1 is outside 2 to 4096."],
    [bins, "4097", "4097 is outside 2 to 4096."],
    [bins, "2.5", "2.5 is not a whole number."],
    [bins, "ten", "“ten” is not a number."],
    [bins, "Infinity", "“Infinity” is not a number."],
    [bandwidth, "-0.1", "-0.1 is outside at least 0."],
    [bandwidth, "1e3", undefined],
  ])("of %o with “%s” is %s", (option, text, problem) => {
    expect(optionProblem(option, text)).toBe(problem);
  });
});

it("ranges are told in words", () => {
  expect(rangeText(bins)).toBe("2 to 4096");
  expect(rangeText({ ...bandwidth, maximum: 1 })).toBe("0 to 1");
  expect(rangeText({ name: "x", type: "number", help: "" })).toBe("");
});

it("names follow the server's rule", () => {
  expect(modelNameProblem("hba1.v_2-x")).toBeUndefined();
  expect(modelNameProblem("")).toBeDefined();
  expect(modelNameProblem("a b")).toBeDefined();
  expect(modelNameProblem("a".repeat(129))).toBeDefined();
});

it("sends only what differs from a default", () => {
  const options = [bins, bandwidth, ...REFRESH];
  const texts = { n_bins: "10", bandwidth: " 0.25", other: "1", refresh_rows: "500" };
  expect(changedSettings(options, texts)).toEqual({ bandwidth: "0.25", refresh_rows: "500" });
  expect(changedSettings(options, {})).toEqual({});
});
