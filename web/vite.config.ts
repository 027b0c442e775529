/* vite.config.ts: how the UI is built. No inline scripts, styles or data: URLs, since the server's
 * content security policy allows nothing but files of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { defineConfig, loadEnv } from "vite";

/* While developing, `npm run dev` serves the sources and passes API calls on to a running `weir
 * serve`. */
const server = loadEnv("", ".", "WEIR_")["WEIR_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/symetry": server, "/session": server },
  },
});
