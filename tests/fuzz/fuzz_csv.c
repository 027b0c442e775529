/* fuzz_csv.c: CSV, plain or packed, with types guessed. The first byte chooses the policy, and beyond that the
 * options and the size of the pieces in which the bytes come.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <string.h>

typedef struct {
    const uint8_t *data;
    size_t size, piece;
} pieces;

static weir_code pieces_read(void *context, char *out, size_t size, size_t *got, weir_error *err)
{
    pieces *from = context;

    (void)err;
    *got = from->size < from->piece ? from->size : from->piece;
    *got = *got < size ? *got : size;
    memcpy(out, from->data, *got);
    from->data += *got;
    from->size -= *got;
    return WEIR_OK;
}

static void pieces_close(void *context)
{
    (void)context;
}

/* The first byte: policy + 3 * (strict + 2 * (no header + 2 * (marks + 4 * pieces))). The seeds of old have it below 3:
 * RFC 4180 in one piece. */
static weir_csv_options options_of(unsigned byte, size_t *piece)
{
    static const char separators[] = {',', ';', '\t', '|'};
    static const char quotes[] = {'"', '\'', '"', '\''};
    unsigned bits = byte / 3;
    weir_csv_options options = {.strict_quotes = bits & 1, .header_missing = bits & 2};

    options.separator = separators[bits >> 2 & 3];
    options.quote = quotes[bits >> 2 & 3];
    *piece = bits >> 4 ? bits >> 4 : SIZE_MAX;
    return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    weir_rejects rejects = {0};
    weir_csv *csv = NULL;
    weir_batch *batch = NULL;
    weir_csv_options options;
    pieces from;
    weir_byte_source source = {&from, "rows", pieces_read, pieces_close};

    if (size == 0)
        return 0;
    from = (pieces){.data = data + 1, .size = size - 1};
    options = options_of(data[0], &from.piece);
    if (!codecs->csv_stream(&source, &options, &csv, NULL)) {
        fuzz_check(codecs->csv_columns(csv)->column_count > 0, "there are columns", "");
        while (!codecs->csv_next(csv, 3, (weir_bad_policy)(data[0] % 3), &rejects, &batch, NULL) &&
               batch) {
            fuzz_check(batch->rows > 0 && batch->rows <= 3, "as many rows as asked for", "");
            fuzz_check(batch->column_count == codecs->csv_columns(csv)->column_count,
                       "as many columns as were told", "");
            weir_batch_free(batch);
        }
    }
    codecs->csv_close(csv);
    return 0;
}
