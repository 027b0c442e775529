/* base64.ts: bytes of a file as the text in which the API takes and gives them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

const CHUNK = 0x8000; /* as many arguments as a call may have with room to spare */

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  }
  return btoa(text);
}

/* Throws when the text is not Base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text);
  const bytes = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i++) bytes[i] = plain.charCodeAt(i);
  return bytes;
}
