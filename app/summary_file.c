/* summary_file.c: summaries in files and pipes, and summaries made from CSV.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "weir/codecs_builtin.h"
#include "weir/container.h"
#include "weir/memory.h"

#define BATCH_ROWS 512
#define READ_CHUNK ((size_t)1 << 16)
#define SHOWN_EVERY_MS 250

/* --- rows */

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void show_progress(const char *path, uint64_t rows, int64_t began_ms, int64_t *shown_ms,
                          bool last)
{
    int64_t now = clock_ms();

    if (!isatty(STDERR_FILENO) || (!last && now - *shown_ms < SHOWN_EVERY_MS))
        return;
    *shown_ms = now;
    fprintf(stderr, "\r%s: %" PRIu64 " rows, %.0f rows/s   %s", path ? path : "standard input",
            rows, now > began_ms ? (double)rows * 1e3 / (double)(now - began_ms) : 0.0,
            last ? "\n" : "");
}

weir_code summary_absorb_csv(weir_summary *summary, const char *path, csv_reading *reading,
                             weir_error *err)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    int64_t began = clock_ms(), shown = began;
    weir_csv *csv = NULL;
    weir_batch *batch = NULL;
    uint64_t rows = 0;
    weir_code code;

    if ((code = codecs->csv_open(path, reading->types, &csv, err)))
        goto done;
    while (!(code = codecs->csv_next(csv, BATCH_ROWS, reading->policy, &reading->rejects, &batch,
                                     err)) &&
           batch) {
        if ((code = weir_summary_absorb(summary, batch, 1, err))) {
            weir_explain(err, code, "%s", path ? path : "standard input");
            break;
        }
        rows += batch->rows;
        weir_batch_free(batch);
        batch = NULL;
        show_progress(path, rows, began, &shown, false);
        if (stop_requested()) {
            code = weir_fail(err, WEIR_CANCELLED, "interrupted after %" PRIu64 " rows", rows);
            break;
        }
    }
    show_progress(path, rows, began, &shown, true);
done:
    weir_batch_free(batch);
    codecs->csv_close(csv);
    return code;
}

void summary_report_rejects(const char *name, const weir_rejects *rejects)
{
    if (rejects->cells > 0 || rejects->rows > 0)
        fprintf(stderr, "weir %s: left out %" PRIu64 " cells and %" PRIu64 " rows, the first: %s\n",
                name, rejects->cells, rejects->rows, rejects->first);
}

/* --- bytes */

static weir_code read_whole(const char *path, weir_bytes *out, weir_error *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rbe");
    size_t got;
    weir_code code = WEIR_OK;

    if (!file)
        return weir_fail(err, errno == ENOENT ? WEIR_NOT_FOUND : WEIR_UNAVAILABLE, "%s: %s", path,
                         strerror(errno));
    do {
        if (!weir_bytes_reserve(out, READ_CHUNK)) {
            code = weir_fail(err, WEIR_NO_MEMORY, "%s: no room for %zu bytes", path, out->size);
            break;
        }
        got = fread(out->data + out->size, 1, READ_CHUNK, file);
        out->size += got;
    } while (got > 0);
    if (!code && ferror(file))
        code = weir_fail(err, WEIR_UNAVAILABLE, "%s: %s", path, strerror(errno));
    if (!standard)
        fclose(file);
    return code;
}

weir_code summary_read(const char *path, weir_summary **out, weir_error *err)
{
    weir_bytes bytes = {0};
    weir_code code = read_whole(path, &bytes, err);

    if (!code && (code = weir_summary_load(bytes.data, bytes.size, out, err)))
        weir_explain(err, code, "%s", path);
    weir_bytes_free(&bytes);
    return code;
}

bool summary_is_file(const char *path)
{
    static const char start[6] = {'W', 'E', 'I', 'R', WEIR_FORMAT_SUMMARY, 0};
    char got[sizeof start];
    FILE *file = fopen(path, "rbe");
    bool is = file && fread(got, 1, sizeof got, file) == sizeof got &&
              memcmp(got, start, sizeof got) == 0;

    if (file)
        fclose(file);
    return is;
}

static weir_code write_to(FILE *file, const char *name, const weir_bytes *bytes, weir_error *err)
{
    if (fwrite(bytes->data, 1, bytes->size, file) != bytes->size || fflush(file) != 0)
        return weir_fail(err, WEIR_UNAVAILABLE, "%s: %s", name, strerror(errno));
    return WEIR_OK;
}

/* The mode that a file made by fopen() would have; mkstemp() makes private ones. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

/* A file beside the wanted one takes the bytes and then its name, so that nobody meets half a summary. */
static weir_code write_file(const char *path, const weir_bytes *bytes, weir_error *err)
{
    static const char ending[] = ".XXXXXX";
    size_t size = strlen(path) + sizeof ending;
    char *beside = weir_malloc(size);
    FILE *file = NULL;
    int descriptor = -1;
    weir_code code = WEIR_OK;

    if (!beside)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to write %s", path);
    snprintf(beside, size, "%s%s", path, ending);
    if ((descriptor = mkstemp(beside)) < 0 || !(file = fdopen(descriptor, "wb"))) {
        code = weir_fail(err, WEIR_UNAVAILABLE, "%s: %s", path, strerror(errno));
        goto done;
    }
    descriptor = -1; /* the file's now */
    if ((code = write_to(file, path, bytes, err)))
        goto done;
    if (fchmod(fileno(file), usual_mode()) != 0 || fsync(fileno(file)) != 0 ||
        rename(beside, path) != 0)
        code = weir_fail(err, WEIR_UNAVAILABLE, "%s: %s", path, strerror(errno));
done:
    if (file)
        fclose(file);
    if (descriptor >= 0)
        close(descriptor);
    if (code)
        unlink(beside);
    weir_free(beside);
    return code;
}

weir_code summary_write(const weir_summary *summary, const char *path, weir_error *err)
{
    weir_bytes bytes = {0};
    weir_code code;

    if (!path && isatty(STDOUT_FILENO))
        return weir_fail(err, WEIR_INVALID,
                         "a summary is no text for a terminal; give -o FILE or a pipe");
    if (!(code = weir_summary_save(summary, &bytes, err)))
        code =
            path ? write_file(path, &bytes, err) : write_to(stdout, "standard output", &bytes, err);
    weir_bytes_free(&bytes);
    return code;
}
