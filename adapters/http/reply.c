/* reply.c: what a handler fills in.
 *
 * Headers lie in one buffer as "name\0value\0" after another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "weir/http.h"

/* Nothing that could end a header line and begin another. */
static bool plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

weir_code weir_http_reply_header(weir_http_reply *reply, const char *name, const char *value)
{
    if (!plain(name) || !plain(value))
        return weir_fail(NULL, WEIR_INVALID, "header %s", name);
    weir_bytes_append(&reply->headers, name, strlen(name) + 1);
    weir_bytes_append(&reply->headers, value, strlen(value) + 1);
    return weir_bytes_ok(&reply->headers, NULL);
}

void weir_http_reply_text(weir_http_reply *reply, int status, const char *content_type,
                          const char *text)
{
    reply->status = status;
    reply->content_type = content_type;
    weir_bytes_clear(&reply->body);
    weir_bytes_append(&reply->body, text, strlen(text));
}
