/* place-field.tsx: choosing the attributes of one place of a form, categories with their values
 * below them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useId, useState } from "preact/hooks";
import type { Place } from "../api/types";
import { amountText, placeProblem } from "../data/question";
import { termsFor, type Term } from "../data/terms";
import { formatCount } from "../format";

const SHOWN = 300;
const MANY = 12; /* from so many on a filter helps */

interface PlaceFieldProps {
  name: string; /* tells the fields of a form apart */
  place: Place;
  terms: readonly Term[];
  taken: readonly string[];
  onTake: (names: string[]) => void;
}

export function PlaceField(props: PlaceFieldProps) {
  return props.place.most === 1 ? <OneOf {...props} /> : <SomeOf {...props} />;
}

function OneOf({ name, place, terms, taken, onTake }: PlaceFieldProps) {
  const fitting = termsFor(terms, place.types);
  const option = (term: Term) => (
    <option key={term.name} value={term.name}>
      {term.label}
    </option>
  );
  return (
    <label>
      {place.label}
      <select
        name={name}
        value={taken[0] ?? ""}
        onChange={(event) => {
          const value = event.currentTarget.value;
          onTake(value === "" ? [] : [value]);
        }}
      >
        <option value="">{place.least > 0 ? "choose one" : "none"}</option>
        {fitting.map((term) => {
          if (term.parent !== undefined) return null;
          const values = fitting.filter(({ parent }) => parent === term.name);
          return term.type === "T" && values.length > 0 ? (
            <optgroup key={term.name} label={term.label}>
              {place.types.includes("T") ? (
                <option value={term.name}>all values of {term.label}</option>
              ) : null}
              {values.map(option)}
            </optgroup>
          ) : (
            option(term)
          );
        })}
      </select>
    </label>
  );
}

function SomeOf({ name, place, terms, taken, onTake }: PlaceFieldProps) {
  const [filter, setFilter] = useState("");
  const hint = useId();
  const fitting = termsFor(terms, place.types);
  const word = filter.trim().toLowerCase();
  const found = fitting.filter((term) => term.name.toLowerCase().includes(word));
  const above = new Set(found.map(({ parent }) => parent));
  const wanted = fitting.filter((term) => found.includes(term) || above.has(term.name));
  const fits = (term: Term) => place.types.includes(term.type);
  /* Values of a category are named by the category where both may be chosen. */
  const plain = wanted.filter((term) => fits(term) && !(term.parent && place.types.includes("T")));
  const all = plain.length > 0 && plain.every((term) => taken.includes(term.name));
  const toggle = (term: string, on: boolean) => {
    const next = new Set(taken);
    if (on) next.add(term);
    else next.delete(term);
    onTake(fitting.filter((each) => next.has(each.name)).map((each) => each.name));
  };
  const check = (term: Term) => (
    <label key={term.name} class="inline" title={term.name}>
      <input
        type="checkbox"
        name={name}
        value={term.name}
        checked={taken.includes(term.name)}
        onChange={(event) => toggle(term.name, event.currentTarget.checked)}
      />
      <span>{term.label}</span>
      {term.type === "T" ? <span class="faint">category</span> : null}
    </label>
  );
  return (
    <fieldset class="place" aria-describedby={hint}>
      <legend>
        {place.label}
        <button
          type="button"
          class="link"
          onClick={() => {
            const names = plain.map((each) => each.name);
            onTake(
              all
                ? taken.filter((each) => !names.includes(each))
                : [...new Set([...taken, ...names])],
            );
          }}
        >
          {all ? "none" : "all"}
        </button>
        <span id={hint} class={placeProblem(place, taken.length) ? "help" : "sr-only"}>
          {amountText(place)}
        </span>
      </legend>
      {fitting.length > MANY ? (
        <input
          type="search"
          placeholder="Filter"
          aria-label={`Filter ${place.label}`}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      ) : null}
      <div class="checks">
        {wanted.slice(0, SHOWN).map((term) => {
          if (term.parent !== undefined) return null;
          const values = wanted.filter(({ parent }) => parent === term.name);
          if (values.length === 0) return check(term);
          return (
            <div key={term.name} class="values" role="group" aria-label={term.label}>
              {fits(term) ? check(term) : <span class="muted">{term.label}</span>}
              <div class="checks">{values.map(check)}</div>
            </div>
          );
        })}
      </div>
      {wanted.length > SHOWN ? (
        <p class="help">{formatCount(wanted.length - SHOWN)} more: use the filter.</p>
      ) : null}
    </fieldset>
  );
}
