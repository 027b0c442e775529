/* terms.ts: what a statistic can be about: attributes, and categories with their values below them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { LiveAttribute, Place, ProjectInfo } from "../api/types";

export interface Term {
  name: string; /* as it is sent */
  type: "C" | "B" | "T";
  label: string; /* a value is named below its category, so its own label is short */
  parent?: string;
}

/* The attributes in their order; where the first value of a category stands, the category with all
 * its values. */
export function termsOf(attributes: readonly LiveAttribute[]): Term[] {
  const out: Term[] = [];
  const seen = new Set<string>();
  for (const { name, type, parent } of attributes) {
    if (parent === undefined) {
      if (type === "C" || type === "B") out.push({ name, type, label: name });
    } else if (!seen.has(parent)) {
      seen.add(parent);
      out.push({ name: parent, type: "T", label: parent });
      for (const each of attributes) {
        if (each.parent !== parent) continue;
        out.push({ name: each.name, type: "B", label: each.value ?? each.name, parent });
      }
    }
  }
  return out;
}

/* Attributes as they were asked for, each once, a category as its values. */
export function singleTerms(terms: readonly Term[], asked: readonly string[]): string[] {
  const names = asked.flatMap((name) => {
    const values = terms.filter(({ parent }) => parent === name);
    return values.length > 0 ? values.map((each) => each.name) : [name];
  });
  return [...new Set(names)];
}

/* How many attributes of a project have statistics: all but the ignored. */
export function countAttributes(info: Pick<ProjectInfo, "attributeTypes">): number {
  return info.attributeTypes.filter((type) => type !== "X").length;
}

/* The terms that fit the types of a place, and the categories that stand above values that do. */
export function termsFor(terms: readonly Term[], types: readonly string[]): Term[] {
  const taken = terms.filter(({ type }) => types.includes(type));
  const above = new Set(taken.map(({ parent }) => parent));
  return terms.filter(
    (term) => types.includes(term.type) || (term.type === "T" && above.has(term.name)),
  );
}

const TARGET_TYPES: Readonly<Record<string, string>> = {
  continuous: "C",
  binary: "B",
  category: "T",
};

/* The place of what a model predicts, by the kinds of targets that its algorithm takes. */
export function targetPlace(kinds: readonly string[]): Place {
  const types = kinds.flatMap((kind) => TARGET_TYPES[kind] ?? []);
  return { label: "Target", types, least: kinds.includes("none") ? 0 : 1, most: 1 };
}
