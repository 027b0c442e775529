/* theme.ts: light, dark, or as the system says.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { Value } from "./value";

export type Theme = "light" | "dark";
const KEY = "weir-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

function stored(): Theme | undefined {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : undefined;
  } catch {
    return undefined; /* storage may be forbidden */
  }
}

const follow = (): Theme => (system.matches ? "dark" : "light");
export const theme = new Value<Theme>(stored() ?? follow());

function apply(value: Theme): void {
  document.documentElement.dataset["theme"] = value;
}
apply(theme.get());
theme.watch(apply);
system.addEventListener("change", () => {
  if (!stored()) theme.set(follow());
});

/* Keeps a choice only while it differs from the system's, so that choosing back means following
 * again. */
export function toggleTheme(): void {
  const next: Theme = theme.get() === "dark" ? "light" : "dark";
  try {
    if (next === follow()) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    /* then it lasts as long as the page */
  }
  theme.set(next);
}

/* The colour a style sheet variable has in the theme of the moment, for what is drawn on a
 * canvas. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
