/* seal.h: secrets at rest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SEAL_H
#define WEIR_SEAL_H

#include "weir/bytes.h"
#include "weir/server_key.h"

enum { SEAL_LARGEST = 1 << 15 };

/* Appends to out the sealed form of the secret. bound is what it belongs to (a customer's id, a document's name): bytes sealed for
 * one do not open for another. */
weir_code seal(const uint8_t key[WEIR_SERVER_KEY_SIZE], const char *bound, const uint8_t *secret,
               size_t size, weir_bytes *out, weir_error *err);
/* Opens it into secret (size is the room, then the length). WEIR_CORRUPT when the bytes, the key or bound are not
 * those of the sealing; secret is then untouched. */
weir_code unseal(const uint8_t key[WEIR_SERVER_KEY_SIZE], const char *bound, const void *sealed,
                 size_t sealed_size, uint8_t *secret, size_t *size, weir_error *err);

#endif
