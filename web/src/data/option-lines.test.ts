/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import { optionLines, optionLinesProblem } from "./option-lines";

describe("lines of options", () => {
  it("are names and values, the value up to the end of its line", () => {
    expect(optionLines("a = 1\n\n# no\n sml.kafka.sasl.password=x=y \n")).toEqual({
      a: "1",
      "sml.kafka.sasl.password": "x=y",
    });
  });
  it.each([
    ["", undefined],
    ["a=1\nb=", undefined],
    ["a=1\nnothing", "Write name=value, not nothing."],
    ["=1", "Write name=value, not =1."],
    ["a=1\na = 2", "a is there twice."],
  ])("%j: %s", (text, problem) => {
    expect(optionLinesProblem(text)).toBe(problem);
  });
});
