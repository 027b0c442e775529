/* ws_call.h: one WebSocket message taken apart: who signed it, for what, and the payload.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_WS_CALL_H
#define HTTP_WS_CALL_H

#include "weir/bytes.h"

enum { WS_CALL_KEYS = 4 };

typedef struct {
    bool has_header; /* false: a bare payload, as later messages of a connection may be */
    char *date, *md5, *authorization, *cid;
    char *keys[WS_CALL_KEYS]; /* project, model */
    size_t key_count;
    const char *payload; /* view into the message */
    size_t payload_size;
} ws_call;

/* Reads a message in any of its framings:
 *     <n>,<header JSON><payload>          n is the length of the header in bytes; 0: no header
 *     <header JSON>-289907289<payload>    the older form
 *     <payload>
 * WEIR_INVALID says what is wrong. out is for ws_call_free() also then. */
weir_code ws_call_parse(const char *message, size_t size, ws_call *out, weir_error *err);
void ws_call_free(ws_call *call);

#endif
