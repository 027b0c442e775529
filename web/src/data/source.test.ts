/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import { joined, NEW_SOURCE, parentOf, sourceForm, sourceInfo, sourceProblem } from "./source";

describe("a source", () => {
  const form = { ...NEW_SOURCE, name: " rows ", path: " a/b.csv " };
  it("is sent without what was left alone", () => {
    expect(sourceInfo(form)).toEqual({
      name: "rows",
      type: "localfile",
      info: { path: "a/b.csv" },
    });
  });
  it("takes \\t for a tab", () => {
    const { info } = sourceInfo({ ...form, separator: "\\t", quote: "'", headerMissing: true });
    expect(info).toEqual({
      path: "a/b.csv",
      csv_entry_separator: "\t",
      csv_quote_character: "'",
      csv_header_missing: "true",
    });
  });
  it.each([
    [form, undefined],
    [{ ...form, name: "" }, "A source needs a name."],
    [{ ...form, path: " " }, "Say where the rows are."],
    [{ ...form, separator: "::" }, "The separator is one character."],
    [{ ...form, separator: "\\t" }, undefined],
    [{ ...form, quote: "''" }, "The quote is one character."],
  ])("%j: %s", (filled, problem) => {
    expect(sourceProblem(filled, true)).toBe(problem);
  });
  it("comes back into the form as it was sent", () => {
    const filled = {
      ...form,
      name: "n",
      path: "p",
      separator: "\\t",
      quote: "'",
      strictQuotes: true,
    };
    expect(sourceForm(sourceInfo(filled))).toEqual(filled);
  });
  it("can be looked at before it has a name", () => {
    expect(sourceProblem({ ...form, name: "" }, false)).toBeUndefined();
  });
});

it.each([
  ["a/b/c", "a/b"],
  ["a/b/", "a"],
  ["a", ""],
  ["/", ""],
])("above %s is “%s”", (path, above) => {
  expect(parentOf(path)).toBe(above);
});

it("joins folders and names", () => {
  expect(joined("", "x.csv")).toBe("x.csv");
  expect(joined("a/", "x.csv")).toBe("a/x.csv");
});
