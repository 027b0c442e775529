/* embed.mjs DIST OUT.c: turns the built UI into a C table, see
 * adapters/http/include/weir/web_assets.h.
 *
 * Texts are compressed here, once, rather than by the server at each request. The same files give
 * the same bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

function* walk(folder, prefix) {
  const entries = readdirSync(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.isDirectory()) yield* walk(join(folder, entry.name), `${prefix}${entry.name}/`);
    else yield { path: prefix + entry.name, bytes: readFileSync(join(folder, entry.name)) };
  }
}

function bytesAsC(bytes) {
  const lines = [];
  for (let i = 0; i < bytes.length; i += 24) lines.push(bytes.subarray(i, i + 24).join(","));
  return lines.join(",\n");
}

const [dist, out] = process.argv.slice(2);
const arrays = [];
const rows = [];
for (const { path, bytes } of walk(dist, "/")) {
  const type = types[extname(path)];
  if (!type) throw new Error(`embed.mjs: no content type is known for ${path}`);
  const zipped = gzipSync(bytes, { level: 9 });
  const small = zipped.length < 0.95 * bytes.length;
  const data = small ? zipped : bytes;
  const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 24);
  const name = `asset_${rows.length}`;
  const rest = `"${type}", ${name}, sizeof ${name}, ${small ? '"gzip"' : "NULL"}, "\\"${etag}\\""`;
  const row = (as) => `    {${JSON.stringify(as)}, ${rest}},`;
  arrays.push(`static const unsigned char ${name}[] = {\n${bytesAsC(data)}};`);
  if (path === "/index.html") rows.push(row("/"));
  rows.push(row(path));
}
writeFileSync(
  out,
  `/* Made by web/embed.mjs from the built UI. */
#include "weir/web_assets.h"

${arrays.join("\n\n")}

const weir_web_asset weir_web_assets[] = {
${rows.join("\n")}
    {NULL, NULL, NULL, 0, NULL, NULL},
};
`,
);
