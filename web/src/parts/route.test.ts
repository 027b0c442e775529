/* SPDX-License-Identifier: Apache-2.0 */
import { expect, it } from "vitest";
import { link, parseRoute, type Route } from "./route";

it.each<[Route]>([
  [{ screen: "projects" }],
  [{ screen: "jobs" }],
  [{ screen: "about" }],
  [{ screen: "sources" }],
  [{ screen: "encoders" }],
  [{ screen: "project", pid: "shuttle", tab: "live" }],
  [{ screen: "project", pid: "a b/c?#%", tab: "anomalies" }],
])("%j comes back from its link", (to) => {
  expect(parseRoute(link(to))).toEqual(to);
});

it.each(["", "#", "#/", "#/nowhere", "#/projects", "#/projects/%E0%A4%A"])(
  "%s leads to the projects",
  (fragment) => {
    expect(parseRoute(fragment)).toEqual({ screen: "projects" });
  },
);

it("opens a project at its live table when the tab is unknown", () => {
  expect(parseRoute("#/projects/p/nonsense")).toEqual({
    screen: "project",
    pid: "p",
    tab: "live",
  });
});
