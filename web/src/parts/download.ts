/* download.ts: bytes the page holds, as a file of the user's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

export function download(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000); /* the browser may begin late */
}
