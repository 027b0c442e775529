/* question.ts: from a filled-in form to the MLContext that asks a metric.
 *
 * A metric lists its shapes; a shape lists places for inputs and targets, each for so many terms of
 * some types. The server checks again; what is checked here only keeps the page from asking in vain.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { AlgorithmOption, Place, Shape } from "../api/types";
import { changedSettings, optionProblem } from "./form";
import type { Term } from "./terms";

export interface Context {
  inputAttributeNames: string[];
  targetAttributeNames: string[];
  extraParameters: Record<string, string>;
}

/* The names chosen for each place, by the key of the place. */
export type Chosen = Readonly<Record<string, readonly string[]>>;

export interface KeyedPlace extends Place {
  key: string; /* "inputs0", "targets1" */
}

export function placesOf(shape: Shape): { inputs: KeyedPlace[]; targets: KeyedPlace[] } {
  const keyed = (side: string, places: readonly Place[]) =>
    places.map((place, i) => ({ ...place, key: `${side}${i}` }));
  return { inputs: keyed("inputs", shape.inputs), targets: keyed("targets", shape.targets) };
}

/* What was chosen for a place and is there to be chosen: attributes may have come and gone. */
export function takenFor(place: KeyedPlace, chosen: Chosen, terms: readonly Term[]): string[] {
  const fits = new Set(
    terms.filter(({ type }) => place.types.includes(type)).map(({ name }) => name),
  );
  return (chosen[place.key] ?? []).filter((name) => fits.has(name));
}

/* "two", "1 or more", ... */
export function amountText({ least, most }: Place): string {
  if (most === 0) return `${least} or more`;
  return least === most ? String(least) : `${least} to ${most}`;
}

export function placeProblem(place: Place, taken: number): string | undefined {
  if (taken < place.least) return `Choose ${amountText(place)}.`;
  if (place.most > 0 && taken > place.most) return `At most ${place.most}.`;
  return undefined;
}

/* Why an option cannot be sent as it stands. */
export function settingProblem(option: AlgorithmOption, text: string): string | undefined {
  if (option.required && text.trim() === "") return "This is needed.";
  return optionProblem(option, text);
}

/* The context of a complete form, or undefined while something is missing. */
export function contextOf(
  shape: Shape,
  chosen: Chosen,
  terms: readonly Term[],
  options: readonly AlgorithmOption[],
  texts: Readonly<Record<string, string>>,
): Context | undefined {
  const { inputs, targets } = placesOf(shape);
  for (const place of [...inputs, ...targets]) {
    if (placeProblem(place, takenFor(place, chosen, terms).length)) return undefined;
  }
  if (options.some((option) => settingProblem(option, texts[option.name] ?? ""))) return undefined;
  return {
    inputAttributeNames: inputs.flatMap((place) => takenFor(place, chosen, terms)),
    targetAttributeNames: targets.flatMap((place) => takenFor(place, chosen, terms)),
    extraParameters: changedSettings(options, texts),
  };
}

/* A metric of one input and one target can be asked for all inputs at once: a ranking. */
export function isRanking(shape: Shape): boolean {
  const [input, target] = [shape.inputs[0], shape.targets[0]];
  return (
    shape.inputs.length === 1 &&
    shape.targets.length === 1 &&
    input?.most === 1 &&
    target?.most === 1
  );
}

/* One context for each term that may stand beside the target. Continuous ones take part once the
 * question says into how many bins they are cut. */
export function rankingContexts(
  shape: Shape,
  target: string,
  terms: readonly Term[],
  settings: Readonly<Record<string, string>>,
): Context[] {
  const types = shape.inputs[0]?.types ?? [];
  const cut = Object.keys(settings).some((name) => name.endsWith("_bins"));
  const fits = (type: string) => types.includes(type) && (type !== "C" || cut);
  return terms
    .filter(({ name, type }) => fits(type) && name !== target)
    .map(({ name }) => ({
      inputAttributeNames: [name],
      targetAttributeNames: [target],
      extraParameters: { ...settings },
    }));
}
