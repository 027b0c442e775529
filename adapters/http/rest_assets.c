/* rest_assets.c: the files of the web UI.
 *
 * They lie in the binary, compressed. Names under /assets/ hold a hash of their content and may be kept for ever;
 * everything else is asked for again, with its ETag.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include <zlib.h>

#include "rest_inside.h"

static const weir_web_asset *find_asset(const weir_rest *rest, const char *path)
{
    for (const weir_web_asset *asset = rest->options.assets; asset && asset->path; asset++)
        if (strcmp(asset->path, path) == 0)
            return asset;
    return NULL;
}

static void put_security_headers(weir_http_reply *reply)
{
    weir_http_reply_header(reply, "Content-Security-Policy",
                           "default-src 'self'; base-uri 'none'; form-action 'self'; "
                           "frame-ancestors 'none'; object-src 'none'");
    weir_http_reply_header(reply, "X-Content-Type-Options", "nosniff");
    weir_http_reply_header(reply, "X-Frame-Options", "DENY");
    weir_http_reply_header(reply, "Referrer-Policy", "no-referrer");
}

static bool inflate_into(const weir_web_asset *asset, weir_bytes *out)
{
    unsigned char piece[16384];
    z_stream stream = {.next_in = (unsigned char *)asset->data, .avail_in = (unsigned)asset->size};
    int state = inflateInit2(&stream, 16 + MAX_WBITS); /* gzip */

    while (state == Z_OK) {
        stream.next_out = piece;
        stream.avail_out = sizeof piece;
        state = inflate(&stream, Z_NO_FLUSH);
        weir_bytes_append(out, piece, sizeof piece - stream.avail_out);
    }
    inflateEnd(&stream);
    return state == Z_STREAM_END && !out->failed;
}

void rest_asset(const weir_http_request *request, weir_http_reply *reply)
{
    const char *method = weir_http_method(request), *path = weir_http_path(request);
    const char *accepts = weir_http_header(request, "Accept-Encoding");
    const char *seen = weir_http_header(request, "If-None-Match");
    const weir_web_asset *asset = find_asset(rest_of(request), path);
    bool packed = asset && asset->encoding && accepts && strstr(accepts, asset->encoding);

    if (!asset) {
        weir_error err = {0};

        weir_fail(&err, WEIR_NOT_FOUND, "there is nothing at %.150s", path);
        rest_plain(reply, 404, err.message);
        return;
    }
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        weir_http_reply_header(reply, "Allow", "GET, HEAD");
        rest_plain(reply, 405, "pages are only read");
        return;
    }
    put_security_headers(reply);
    weir_http_reply_header(reply, "ETag", asset->etag);
    weir_http_reply_header(reply, "Vary", "Accept-Encoding");
    weir_http_reply_header(reply, "Cache-Control",
                           strncmp(path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable"
                                                             : "no-cache");
    reply->content_type = asset->content_type;
    if (seen && strstr(seen, asset->etag)) {
        reply->status = 304;
    } else if (!asset->encoding || packed) {
        reply->status = 200;
        if (packed)
            weir_http_reply_header(reply, "Content-Encoding", asset->encoding);
        weir_bytes_append(&reply->body, asset->data, asset->size);
    } else if (inflate_into(asset, &reply->body)) {
        reply->status = 200;
    } else {
        rest_plain(reply, 500, "the page cannot be unpacked");
    }
}
