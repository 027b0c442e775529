/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { boundsProblem, densityParameters } from "./density";

it.each([
  [{ bins: "10", min: "", max: "" }, true],
  [{ bins: "10", min: "-1", max: "1e3" }, true],
  [{ bins: "10", min: "", max: "0" }, true],
  [{ bins: "0", min: "", max: "" }, false],
  [{ bins: "2.5", min: "", max: "" }, false],
  [{ bins: "", min: "", max: "" }, false],
  [{ bins: "10", min: "low", max: "" }, false],
  [{ bins: "10", min: "2", max: "2" }, false],
])("%j fits: %s", (bounds, fits) => {
  expect(boundsProblem(bounds) === undefined).toBe(fits);
});

it("leaves open ends to the server", () => {
  expect(densityParameters({ bins: " 10 ", min: "", max: "3" })).toEqual({
    hist_bins: "10",
    hist_max: "3",
  });
});
