/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { Rate } from "./rate";

it("is unknown at first, then what came in during the window", () => {
  const rate = new Rate();
  rate.note(0, 1000);
  expect(rate.perSecond(500)).toBeUndefined();
  for (let t = 250; t <= 10_000; t += 250) rate.note(t, 1000 + t);
  expect(rate.perSecond(10_000)).toBe(1000);
});

it("falls to nothing when nothing comes", () => {
  const rate = new Rate();
  for (let t = 0; t <= 20_000; t += 250) rate.note(t, t < 5000 ? t : 5000);
  expect(rate.perSecond(20_000)).toBe(0);
});

it("begins again when the total fell", () => {
  const rate = new Rate();
  rate.note(0, 100);
  rate.note(2000, 300);
  rate.note(2100, 10);
  expect(rate.perSecond(2200)).toBeUndefined();
  rate.note(4100, 50);
  expect(rate.perSecond(4100)).toBe(20);
});
