/* signing.h: the signature under every call of the API: what is signed, how, and how it is checked.
 *
 * A REST call is signed by HMAC-SHA256 (key: the raw secret) over these lines, each ended by one LF:
 *
 *     verb | base64 MD5 of the body, empty without one | secret in base64 | date | customer id |
 *     body (no line without one) | resource | query as text (no line without one)
 *
 * A WebSocket message has no verb, always a body, no query, and its extra keys (project, model) as last lines.
 * Callers differ in what they take for the resource (path or URL), in whether path and query are signed escaped or
 * not, and in the LF behind the last extra key. A signer picks one form; the check accepts all of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SIGNING_H
#define WEIR_SIGNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

enum {
    WEIR_MD5_TEXT = 25,       /* room for base64 of an MD5 and its end */
    WEIR_SIGNATURE_TEXT = 45, /* the same for an HMAC-SHA256 */
    WEIR_SECRET_MIN = 16,     /* raw bytes */
    WEIR_SECRET_MAX = 64,
    WEIR_DATE_TEXT = 40
};

typedef struct {
    const char *verb;      /* "GET"; NULL: a WebSocket message */
    const uint8_t *secret; /* raw, WEIR_SECRET_MIN to WEIR_SECRET_MAX bytes */
    size_t secret_size;
    const char *date, *cid; /* the date exactly as sent */
    const void *body;       /* exactly the bytes sent; size 0: none */
    size_t body_size;
    const char *md5;         /* weir_md5_text() of the body where it is known already, else NULL */
    const char *resource;    /* path or URL; for weir_signature_check() the path as sent */
    const char *query;       /* without "?"; NULL or "": none */
    const char *const *keys; /* extra keys of a WebSocket message */
    size_t key_count;
    bool bare_end; /* WebSocket: no LF behind the last line */
} weir_signing;

/* The signature of exactly this form. */
weir_code weir_sign(const weir_signing *request, char signature[WEIR_SIGNATURE_TEXT],
                    weir_error *err);

/* Compares a signature, in constant time, with every form a caller may have signed: path, or URL of host ("name:port",
 * NULL when unknown) under both schemes; path and query as sent or percent-decoded; for WebSocket with and without the
 * final LF. WEIR_UNAUTHORIZED "Invalid Signature" when none fits. */
weir_code weir_signature_check(const weir_signing *request, const char *host, const char *signature,
                               weir_error *err);

/* The text to sign for showing: SECRETKEY in place of the secret wherever it occurs (plain, URL-safe or
 * percent-encoded), a body over limit bytes cut with a note of its length. For weir_free(); NULL without memory. */
char *weir_signing_shown(const weir_signing *request, size_t limit);

void weir_md5_text(const void *data, size_t size, char text[WEIR_MD5_TEXT]);

/* "2026-03-04 05:06:07;72718532": seconds since 1970 in UTC, nanoseconds without padding. */
void weir_signing_date(int64_t seconds, long nanoseconds, char text[WEIR_DATE_TEXT]);
/* Reads the seconds of such a date; what follows a ";" is opaque. False when it is malformed. */
bool weir_signing_date_parse(const char *text, int64_t *seconds);

/* Standard base64 with padding. out has room for 4 * ((size + 2) / 3) + 1. */
void weir_base64_encode(const void *data, size_t size, char *out);
/* Strict: whole groups, padding in place, no blanks. out has room for 3 * (length / 4). */
bool weir_base64_decode(const char *text, size_t length, uint8_t *out, size_t *size);

/* Decodes %XX (and "+" when plus_is_blank) into out, which has room for length + 1, and ends it; returns the length.
 * A "%" without two hex digits stays as it is. */
size_t weir_percent_decode(const char *text, size_t length, bool plus_is_blank, char *out);

/* True when equal; takes the same time wherever the first difference lies. */
bool weir_constant_equal(const void *a, const void *b, size_t size);

#endif
