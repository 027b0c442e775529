/* sessions.h: who is signed in with a browser.
 *
 * A session is a random token in a cookie; the server keeps only its hash, with the customer id and a hash of the
 * secret it was opened with, so that a new key ends the sessions of the old one. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_SESSIONS_H
#define HTTP_SESSIONS_H

#include "weir/bytes.h"

enum { SESSION_TOKEN_TEXT = 65, SESSION_CID_TEXT = 256, SESSION_IDLE_S = 8 * 3600 };

typedef struct sessions sessions;

weir_code sessions_open(sessions **out, weir_error *err);
void sessions_close(sessions *all); /* NULL is fine */

/* Opens a session; token goes into the cookie. now_s as of any clock that only moves forward. */
weir_code sessions_add(sessions *all, const char *cid, const uint8_t *secret, size_t size,
                       int64_t now_s, char token[SESSION_TOKEN_TEXT], weir_error *err);
/* Finds and refreshes a session: its customer id, and the hash of its secret for sessions_secret_fits(). */
bool sessions_find(sessions *all, const char *token, int64_t now_s, char cid[SESSION_CID_TEXT],
                   uint8_t secret_hash[32]);
bool sessions_secret_fits(const uint8_t secret_hash[32], const uint8_t *secret, size_t size);
void sessions_remove(sessions *all, const char *token);

/* A caller may fail a few times in a row, then once every few seconds. False: not now; *wait_s says for how long. */
bool sessions_may_try(sessions *all, const char *peer, int64_t now_s, int64_t *wait_s);
void sessions_failed(sessions *all, const char *peer, int64_t now_s);

#endif
