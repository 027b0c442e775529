/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { parameterFits } from "./parameters";

it.each([
  ["partitionSplit", "partition", true],
  ["partitionSplit", "cpu", false],
  ["sml_project_order", "sequence", true],
  ["sml_project_order", "partition", false],
  ["decay_halflife_rows", "cpu", true],
])("%s fits %s: %s", (name, type, fits) => {
  expect(parameterFits(name, type)).toBe(fits);
});
