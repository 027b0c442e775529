/* source.ts: a data source as its form holds it, and as it is sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { nameProblem } from "./form";

export interface SourceForm {
  name: string;
  type: string;
  path: string;
  separator: string;
  quote: string;
  strictQuotes: boolean;
  headerMissing: boolean;
}

export const SOURCE_TYPES = [
  { id: "localfile", title: "File on the server", hint: "Path below the server’s data root" },
  { id: "http", title: "HTTP or HTTPS", hint: "Address of the file" },
] as const;

export const NEW_SOURCE: SourceForm = {
  name: "",
  type: "localfile",
  path: "",
  separator: "",
  quote: "",
  strictQuotes: false,
  headerMissing: false,
};

export interface SourceInfo {
  name: string;
  type: string;
  info: Record<string, string>;
}

/* "\t" as one writes it stands for the character. */
function character(text: string): string {
  return text === "\\t" ? "\t" : text;
}

/* Options that were left alone are not sent, so their defaults stay the server's. */
export function sourceInfo(form: SourceForm): SourceInfo {
  const info: Record<string, string> = { path: form.path.trim() };
  if (form.separator !== "") info["csv_entry_separator"] = character(form.separator);
  if (form.quote !== "") info["csv_quote_character"] = form.quote;
  if (form.strictQuotes) info["csv_strict_quotes"] = "true";
  if (form.headerMissing) info["csv_header_missing"] = "true";
  return { name: form.name.trim(), type: form.type, info };
}

/* What the form shows of a source that is there. */
export function sourceForm({ name, type, info }: SourceInfo): SourceForm {
  const separator = info["csv_entry_separator"] ?? "";
  return {
    name,
    type,
    path: info["path"] ?? "",
    separator: separator === "\t" ? "\\t" : separator,
    quote: info["csv_quote_character"] ?? "",
    strictQuotes: info["csv_strict_quotes"] === "true",
    headerMissing: info["csv_header_missing"] === "true",
  };
}

export function sourceProblem(form: SourceForm, named: boolean): string | undefined {
  if (named) {
    const problem = nameProblem("A source", form.name.trim());
    if (problem) return problem;
  }
  if (form.path.trim() === "") return "Say where the rows are.";
  for (const [title, text] of [
    ["separator", character(form.separator)],
    ["quote", form.quote],
  ] as const) {
    if (text.length > 1) return `The ${title} is one character.`;
  }
  return undefined;
}

/* The folder above, in the notation of the listing. */
export function parentOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const cut = trimmed.lastIndexOf("/");
  return cut <= 0 ? "" : trimmed.slice(0, cut);
}

export function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder.replace(/\/+$/, "")}/${name}`;
}

/* The types a column of rows may be given, with what becomes of it. */
export const COLUMN_TYPES = [
  { letter: "C", title: "continuous" },
  { letter: "B", title: "binary" },
  { letter: "T", title: "category" },
  { letter: "S", title: "text" },
  { letter: "L", title: "list" },
  { letter: "X", title: "ignored" },
] as const;
