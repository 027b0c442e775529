/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { fromBase64, toBase64 } from "./base64";

it("is what everybody means by Base64", () => {
  expect(toBase64(new TextEncoder().encode("weir"))).toBe("d2Vpcg==");
});

it("comes back as it went, also in several pieces", () => {
  const bytes = Uint8Array.from({ length: 100_003 }, (_, i) => (i * 31) & 255);
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
});

it("refuses what is not Base64", () => {
  expect(() => fromBase64("no!")).toThrow();
});
