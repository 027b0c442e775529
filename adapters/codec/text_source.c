/* text_source.c: the bytes of a file or of standard input, unpacked when they are zstd.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "text_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "weir/memory.h"

#define CHUNK ((size_t)1 << 16)

struct text_source {
    char *name;
    FILE *file;
    ZSTD_DStream *zstd; /* NULL: plain text */
    bool mid_frame;     /* zstd is inside a frame: the end of the file would be too early */
    bool pending;       /* zstd may hold more than it could write last time */
    size_t at, size;    /* what is left in chunk */
    char chunk[CHUNK];
};

static weir_code fill(text_source *source, weir_error *err)
{
    source->at = 0;
    source->size = fread(source->chunk, 1, sizeof source->chunk, source->file);
    if (source->size == 0 && ferror(source->file))
        return weir_fail(err, WEIR_UNAVAILABLE, "%s: %s", source->name, strerror(errno));
    return WEIR_OK;
}

static bool is_packed(const text_source *source)
{
    static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd};

    return source->size >= sizeof magic && memcmp(source->chunk, magic, sizeof magic) == 0;
}

weir_code text_source_open(const char *path, text_source **out, weir_error *err)
{
    bool standard = !path || strcmp(path, "-") == 0;
    text_source *source = weir_calloc(1, sizeof *source);
    weir_code code;

    if (!source || !(source->name = weir_strdup(standard ? "standard input" : path))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to read %s", standard ? "rows" : path);
        goto done;
    }
    if (!(source->file = standard ? stdin : fopen(path, "rbe"))) {
        code = weir_fail(err, errno == ENOENT ? WEIR_NOT_FOUND : WEIR_UNAVAILABLE, "%s: %s", path,
                         strerror(errno));
        goto done;
    }
    if ((code = fill(source, err)))
        goto done;
    if (is_packed(source) && !(source->zstd = ZSTD_createDStream())) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to unpack %s", source->name);
        goto done;
    }
    *out = source;
    source = NULL; /* the caller's now */
done:
    text_source_close(source);
    return code;
}

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

static weir_code read_packed(text_source *source, char *out, size_t size, size_t *got,
                             weir_error *err)
{
    ZSTD_outBuffer to = {out, size, 0};
    weir_code code;

    while (to.pos == 0) {
        ZSTD_inBuffer from = {source->chunk, source->size, source->at};
        size_t result;

        if (from.pos == from.size && !source->pending) {
            if ((code = fill(source, err)))
                return code;
            if (source->size == 0 && source->mid_frame)
                return weir_fail(err, WEIR_INVALID, "%s: the zstd data ends too early",
                                 source->name);
            if (source->size == 0)
                break;
            from = (ZSTD_inBuffer){source->chunk, source->size, 0};
        }
        result = ZSTD_decompressStream(source->zstd, &to, &from);
        if (ZSTD_isError(result))
            return weir_fail(err, WEIR_INVALID, "%s: %s", source->name, ZSTD_getErrorName(result));
        source->at = from.pos;
        source->mid_frame = result != 0;
        source->pending = to.pos == to.size;
    }
    *got = to.pos;
    return WEIR_OK;
}

weir_code text_source_read(text_source *source, char *out, size_t size, size_t *got,
                           weir_error *err)
{
    *got = 0;
    return source->zstd ? read_packed(source, out, size, got, err)
                        : read_plain(source, out, size, got, err);
}

const char *text_source_name(const text_source *source)
{
    return source->name;
}

void text_source_close(text_source *source)
{
    if (!source)
        return;
    if (source->file && source->file != stdin)
        fclose(source->file);
    ZSTD_freeDStream(source->zstd);
    weir_free(source->name);
    weir_free(source);
}
