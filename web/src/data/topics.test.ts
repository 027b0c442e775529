/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { likelyTopic } from "./topics";

it("prefers scores of this project, then any scores, then any topic", () => {
  expect(likelyTopic(["a", "b-preds", "shuttle-raw", "shuttle-preds"], "shuttle")).toBe(
    "shuttle-preds",
  );
  expect(likelyTopic(["a", "b-preds", "shuttle-raw"], "shuttle")).toBe("b-preds");
  expect(likelyTopic(["a", "b"], "shuttle")).toBe("a");
  expect(likelyTopic([], "shuttle")).toBeUndefined();
});
