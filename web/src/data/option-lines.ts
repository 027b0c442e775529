/* option-lines.ts: settings written as lines of name=value, as in a properties file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

export function optionLines(text: string): Record<string, string> {
  return Object.fromEntries(
    lines(text).map((line) => {
      const cut = line.indexOf("=");
      return [line.slice(0, cut).trim(), line.slice(cut + 1).trim()];
    }),
  );
}

/* The first line that is none, in words. */
export function optionLinesProblem(text: string): string | undefined {
  const seen = new Set<string>();
  for (const line of lines(text)) {
    const cut = line.indexOf("=");
    if (cut <= 0) return `Write name=value, not ${line}.`;
    const name = line.slice(0, cut).trim();
    if (seen.has(name)) return `${name} is there twice.`;
    seen.add(name);
  }
  return undefined;
}
