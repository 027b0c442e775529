/* route.ts: where the user is, as the fragment of the address: #/projects/shuttle/anomalies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { Value } from "./value";

export const TABS = [
  "live",
  "correlation",
  "density",
  "tests",
  "multivariate",
  "drift",
  "models",
  "anomalies",
  "data",
  "streams",
  "properties",
] as const;
export type Tab = (typeof TABS)[number];

const PLACES = ["sources", "encoders", "tasks", "jobs", "about"] as const;
export type Place = "projects" | (typeof PLACES)[number];

export type Route = { screen: Place } | { screen: "project"; pid: string; tab: Tab };

export function parseRoute(fragment: string): Route {
  const parts = fragment.replace(/^#?\/?/, "").split("/");
  const [screen, name, tab] = parts;
  const place = PLACES.find((each) => each === screen);
  if (place) return { screen: place };
  if (screen === "projects" && name) {
    const known = TABS.find((each) => each === tab) ?? "live";
    try {
      return { screen: "project", pid: decodeURIComponent(name), tab: known };
    } catch {
      return { screen: "projects" };
    }
  }
  return { screen: "projects" };
}

export function link(to: Route): string {
  if (to.screen === "project") return `#/projects/${encodeURIComponent(to.pid)}/${to.tab}`;
  return `#/${to.screen}`;
}

const start = typeof location === "undefined" ? "" : location.hash;
export const route = new Value<Route>(parseRoute(start));

export function go(to: Route): void {
  location.hash = link(to);
}

if (typeof window !== "undefined") {
  window.addEventListener("hashchange", () => route.set(parseRoute(location.hash)));
}
