/* envelope.h: bodies and answers that travel encrypted under the customer's secret.
 *
 * What describes a data source may hold passwords, so callers of the API send it as
 *
 *     base64(AES-128-CBC with PKCS#5 padding (JSON, key = the first 16 bytes of the secret, IV fixed by the API))
 *
 * and get it back in the same form. The fixed IV hides neither that two texts are equal nor how long they are, and the
 * form has no tag: what authenticates it is the signature of the call, which is checked first. It is here because the
 * published API asks for it, and is no replacement for TLS.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_ENVELOPE_H
#define WEIR_ENVELOPE_H

#include "weir/bytes.h"

/* Appends what is inside to out. A text whose first character that is no blank is '{' is plain already and is copied.
 * WEIR_INVALID when it is neither, or was not made with this secret. */
weir_code weir_envelope_open(const uint8_t *secret, size_t secret_size, const char *text,
                             size_t length, weir_bytes *out, weir_error *err);
/* Appends the base64 text, without a terminator. */
weir_code weir_envelope_make(const uint8_t *secret, size_t secret_size, const void *data,
                             size_t size, weir_bytes *out, weir_error *err);

#endif
