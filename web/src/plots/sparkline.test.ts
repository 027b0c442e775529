/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { barsPath } from "./sparkline";

it("draws a bar for each occupied bin, the tallest to the top", () => {
  const path = barsPath([0, 1, 4, 0, 2], 20);
  expect(path).toBe("M1 20v-5h1v5zM2 20v-20h1v20zM4 20v-10h1v10z");
});

it("does not lose a bin that holds little", () => {
  expect(barsPath([1, 1e6], 24)).toContain("M0 24v-1h1v1z");
});

it("draws nothing of nothing", () => {
  expect(barsPath([], 24)).toBe("");
  expect(barsPath([0, 0], 24)).toBe("");
});
