/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import { allCells, NEW_CELL, withCell } from "./fusion";

const cell = { host: "http://h:8080", cid: "c1", sk: "AQ==", pid: "p" };

describe("the cells of a fusion project", () => {
  it("are added without blanks and final slashes", () => {
    expect(withCell([], { host: " http://h:8080/ ", cid: " c1", sk: "AQ== ", pid: "p " })).toEqual([
      cell,
    ]);
  });
  it.each([
    [{ host: "h:8080" }, "A host is the address of a server: http://host:8080."],
    [{ host: "http://" }, "A host is the address of a server: http://host:8080."],
    [{ cid: " " }, "Say as whom the server is asked."],
    [{ sk: "" }, "Asking needs the secret of that user."],
    [{ pid: "" }, "Name the project."],
  ])("are refused with %j", (part, sentence) => {
    expect(() => withCell([], { ...cell, ...part })).toThrow(sentence);
  });
  it("are there once", () => {
    expect(() => withCell([{ ...cell, sk: "" }], cell)).toThrow(
      "p of http://h:8080 is there already.",
    );
    expect(withCell([cell], { ...cell, pid: "q" })).toHaveLength(2);
    expect(withCell([cell], { ...cell, cid: "c2" })).toHaveLength(2);
  });
  it("include what was left in the fields", () => {
    expect(allCells([cell], NEW_CELL)).toEqual([cell]);
    expect(allCells([], cell)).toEqual([cell]);
    expect(() => allCells([cell], { ...NEW_CELL, pid: "q" })).toThrow("A host is");
    expect(() => allCells([], NEW_CELL)).toThrow("A fusion project needs a cell.");
  });
});
