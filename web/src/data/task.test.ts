/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import { NEW_TASK, taskInfo, taskProblem } from "./task";

describe("a task", () => {
  it("is sent with what has a value", () => {
    const form = { name: " t1 ", params: "a=1\nb=\nsml.kstream.rest.secret=AQ==" };
    expect(taskInfo(form)).toEqual({
      name: "t1",
      type: "kafka",
      params: { a: "1", "sml.kstream.rest.secret": "AQ==" },
    });
  });
  it("needs a name and lines of properties", () => {
    expect(taskProblem({ ...NEW_TASK, name: "t" })).toBeUndefined();
    expect(taskProblem(NEW_TASK)).toBe("A task needs a name.");
    expect(taskProblem({ name: "t", params: "x" })).toBe("Write name=value, not x.");
  });
});
