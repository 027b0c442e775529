/* form.ts: what forms check before they ask the server; the rules come from its tables of options.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { AlgorithmOption } from "../api/types";
import { formatShort } from "../format";

/* When the engine rebuilds a model by itself; these go with every algorithm. */
export const REFRESH: readonly AlgorithmOption[] = [
  {
    name: "refresh_rows",
    type: "integer",
    default: "0",
    minimum: 0,
    help: "Rebuild after so many more rows; 0 for never.",
  },
  {
    name: "refresh_ms",
    type: "integer",
    default: "0",
    minimum: 0,
    help: "Rebuild after so many milliseconds with new rows; 0 for never.",
  },
];

/* "2 to 4096", "at least 0", ... or nothing when any number will do. */
export function rangeText({ minimum, maximum }: AlgorithmOption): string {
  if (minimum !== undefined && maximum !== undefined) {
    return `${formatShort(minimum)} to ${formatShort(maximum)}`;
  }
  if (minimum !== undefined) return `at least ${formatShort(minimum)}`;
  if (maximum !== undefined) return `at most ${formatShort(maximum)}`;
  return "";
}

/* Why a text does not fit an option, as a sentence; undefined when it does. An empty text means the
 * default. */
export function optionProblem(option: AlgorithmOption, text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || !["integer", "number"].includes(option.type)) return undefined;
  const value = Number(trimmed);
  if (!Number.isFinite(value)) return `“${trimmed}” is not a number.`;
  if (option.type === "integer" && !Number.isInteger(value)) {
    return `${trimmed} is not a whole number.`;
  }
  const low = option.minimum !== undefined && value < option.minimum;
  const high = option.maximum !== undefined && value > option.maximum;
  return low || high ? `${trimmed} is outside ${rangeText(option)}.` : undefined;
}

/* Models, projects, sources and encoders follow one rule. */
export function nameProblem(thing: string, name: string): string | undefined {
  if (name === "") return `${thing} needs a name.`;
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(name)) {
    return "A name has 1 to 128 letters, digits, dots, dashes or underscores.";
  }
  return undefined;
}

/* The settings that differ from their defaults: only these are sent, so that a default stays the
 * server's. */
export function changedSettings(
  options: readonly AlgorithmOption[],
  texts: Readonly<Record<string, string>>,
): Record<string, string> {
  const out: Record<string, string> = {};
  for (const option of options) {
    const text = texts[option.name]?.trim();
    if (text !== undefined && text !== "" && text !== (option.default ?? "")) {
      out[option.name] = text;
    }
  }
  return out;
}

export function modelNameProblem(name: string): string | undefined {
  return nameProblem("A model", name);
}
