/* text_source.c: bytes from wherever they come, unpacked when they are gzip or zstd.
 *
 * Both forms may hold several packed parts one behind the other, as `cat a.gz b.gz` makes them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "text_source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "weir/memory.h"

#define CHUNK ((size_t)1 << 16)

struct text_source {
    weir_byte_source from;
    ZSTD_DStream *zstd; /* NULL: not zstd */
    z_stream gzip;
    bool is_gzip;
    bool mid_part;   /* inside a packed part: the end of the bytes would be too early */
    bool pending;    /* the unpacker may hold more than it could write last time */
    size_t at, size; /* what is left in chunk */
    char chunk[CHUNK];
};

/* --- files */

typedef struct {
    FILE *file;
    char *name; /* owned */
} file_bytes;

static weir_code file_read(void *context, char *out, size_t size, size_t *got, weir_error *err)
{
    file_bytes *from = context;

    *got = fread(out, 1, size, from->file);
    if (*got == 0 && ferror(from->file))
        return weir_fail(err, WEIR_UNAVAILABLE, "%s: %s", from->name, strerror(errno));
    return WEIR_OK;
}

static void file_close(void *context)
{
    file_bytes *from = context;

    if (from->file && from->file != stdin)
        fclose(from->file);
    weir_free(from->name);
    weir_free(from);
}

static weir_code file_open(const char *path, weir_byte_source *out, weir_error *err)
{
    bool standard = !path || strcmp(path, "-") == 0;
    file_bytes *from = weir_calloc(1, sizeof *from);
    weir_code code = WEIR_OK;

    if (!from || !(from->name = weir_strdup(standard ? "standard input" : path))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to read %s", standard ? "rows" : path);
        goto done;
    }
    if (!(from->file = standard ? stdin : fopen(path, "rbe"))) {
        code = weir_fail(err, errno == ENOENT ? WEIR_NOT_FOUND : WEIR_UNAVAILABLE, "%s: %s", path,
                         strerror(errno));
        goto done;
    }
    *out = (weir_byte_source){from, from->name, file_read, file_close};
    from = NULL; /* out's now */
done:
    if (from)
        file_close(from);
    return code;
}

/* --- opening */

static weir_code fill(text_source *source, weir_error *err)
{
    source->at = source->size = 0;
    return source->from.read(source->from.context, source->chunk, sizeof source->chunk,
                             &source->size, err);
}

/* The first bytes of a download may come one by one. */
static weir_code fill_for_magic(text_source *source, weir_error *err)
{
    size_t got = 1;
    weir_code code = WEIR_OK;

    while (!code && got > 0 && source->size < 4) {
        code = source->from.read(source->from.context, source->chunk + source->size,
                                 sizeof source->chunk - source->size, &got, err);
        source->size += code ? 0 : got;
    }
    return code;
}

static bool begins_with(const text_source *source, const char *magic, size_t size)
{
    return source->size >= size && memcmp(source->chunk, magic, size) == 0;
}

weir_code text_source_over(weir_byte_source *from, text_source **out, weir_error *err)
{
    text_source *source = weir_calloc(1, sizeof *source);
    weir_code code = WEIR_OK;

    if (!source) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to read %s", from->name);
        from->close(from->context);
        *from = (weir_byte_source){0};
        return code;
    }
    source->from = *from;
    *from = (weir_byte_source){0}; /* the text source's now */
    if ((code = fill_for_magic(source, err)))
        goto done;
    if (begins_with(source, "\x1f\x8b", 2)) {
        source->is_gzip = inflateInit2(&source->gzip, MAX_WBITS + 16) == Z_OK;
        if (!source->is_gzip)
            code = weir_fail(err, WEIR_NO_MEMORY, "no room to unpack %s", source->from.name);
    } else if (begins_with(source, "\x28\xb5\x2f\xfd", 4) &&
               !(source->zstd = ZSTD_createDStream())) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to unpack %s", source->from.name);
    }
    if (code)
        goto done;
    *out = source;
    source = NULL; /* the caller's now */
done:
    text_source_close(source);
    return code;
}

weir_code text_source_open(const char *path, text_source **out, weir_error *err)
{
    weir_byte_source from = {0};
    weir_code code = file_open(path, &from, err);

    return code ? code : text_source_over(&from, out, err);
}

/* --- reading */

static weir_code read_plain(text_source *source, char *out, size_t size, size_t *got,
                            weir_error *err)
{
    size_t left = source->size - source->at;
    weir_code code;

    if (left == 0) {
        if ((code = fill(source, err)))
            return code;
        left = source->size;
    }
    *got = left < size ? left : size;
    memcpy(out, source->chunk + source->at, *got);
    source->at += *got;
    return WEIR_OK;
}

/* More packed bytes; *ended when there are none and none are missing. */
static weir_code more_packed(text_source *source, const char *form, bool *ended, weir_error *err)
{
    weir_code code = fill(source, err);

    *ended = false;
    if (code || source->size > 0)
        return code;
    if (source->mid_part)
        return weir_fail(err, WEIR_INVALID, "%s: the %s data ends too early", source->from.name,
                         form);
    *ended = true;
    return WEIR_OK;
}

static weir_code read_zstd(text_source *source, char *out, size_t size, size_t *got,
                           weir_error *err)
{
    ZSTD_outBuffer to = {out, size, 0};
    bool ended = false;
    weir_code code;

    while (to.pos == 0) {
        ZSTD_inBuffer from;
        size_t result;

        if (source->at == source->size && !source->pending &&
            ((code = more_packed(source, "zstd", &ended, err)) || ended))
            return code;
        from = (ZSTD_inBuffer){source->chunk, source->size, source->at};
        result = ZSTD_decompressStream(source->zstd, &to, &from);
        if (ZSTD_isError(result))
            return weir_fail(err, WEIR_INVALID, "%s: %s", source->from.name,
                             ZSTD_getErrorName(result));
        source->at = from.pos;
        source->mid_part = result != 0;
        source->pending = to.pos == to.size;
    }
    *got = to.pos;
    return WEIR_OK;
}

static weir_code read_gzip(text_source *source, char *out, size_t size, size_t *got,
                           weir_error *err)
{
    z_stream *gzip = &source->gzip;
    bool ended = false;
    weir_code code;

    gzip->next_out = (unsigned char *)out;
    gzip->avail_out = (unsigned)size;
    while (gzip->avail_out == size) {
        int result;

        if (source->at == source->size && !source->pending &&
            ((code = more_packed(source, "gzip", &ended, err)) || ended))
            return code;
        if (!source->mid_part)
            inflateReset(gzip); /* the next part */
        source->mid_part = true;
        gzip->next_in = (unsigned char *)source->chunk + source->at;
        gzip->avail_in = (unsigned)(source->size - source->at);
        result = inflate(gzip, Z_NO_FLUSH);
        source->at = source->size - gzip->avail_in;
        source->pending = result == Z_OK && gzip->avail_out == 0;
        if (result == Z_MEM_ERROR)
            return weir_fail(err, WEIR_NO_MEMORY, "no room to unpack %s", source->from.name);
        if (result == Z_STREAM_END)
            source->mid_part = false;
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return weir_fail(err, WEIR_INVALID, "%s: damaged gzip data: %s", source->from.name,
                             gzip->msg ? gzip->msg : "a dictionary is asked for");
    }
    *got = size - gzip->avail_out;
    return WEIR_OK;
}

weir_code text_source_read(text_source *source, char *out, size_t size, size_t *got,
                           weir_error *err)
{
    *got = 0;
    size = size < INT_MAX ? size : INT_MAX;
    return source->zstd      ? read_zstd(source, out, size, got, err)
           : source->is_gzip ? read_gzip(source, out, size, got, err)
                             : read_plain(source, out, size, got, err);
}

const char *text_source_name(const text_source *source)
{
    return source->from.name;
}

void text_source_close(text_source *source)
{
    if (!source)
        return;
    if (source->is_gzip)
        inflateEnd(&source->gzip);
    ZSTD_freeDStream(source->zstd);
    if (source->from.close)
        source->from.close(source->from.context);
    weir_free(source);
}
