/* fuzz_csv_row.c: CSV rows, one a value; values end at the byte 0x1e. The first byte chooses the options. A value that is
 * a row is just that row of a file, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

enum { END_OF_VALUE = 0x1e };

typedef struct {
    const char *data;
    size_t size;
} left_over;

static weir_code left_read(void *context, char *out, size_t size, size_t *got, weir_error *err)
{
    left_over *from = context;

    (void)err;
    *got = from->size < size ? from->size : size;
    memcpy(out, from->data, *got);
    from->data += *got;
    from->size -= *got;
    return WEIR_OK;
}

static void left_close(void *context)
{
    (void)context;
}

static weir_type all_texts(void *context, const char *name, size_t length, weir_type guess)
{
    (void)context;
    (void)name;
    (void)length;
    (void)guess;
    return WEIR_S;
}

/* The first byte: strict + 2 * (no header + 2 * marks). */
static weir_csv_options options_of(unsigned byte)
{
    static const char separators[] = {',', ';', '\t', '|'};
    static const char quotes[] = {'"', '\'', '"', '\''};

    return (weir_csv_options){.strict_quotes = byte & 1,
                              .header_missing = byte & 2,
                              .separator = separators[byte >> 2 & 3],
                              .quote = quotes[byte >> 2 & 3]};
}

static weir_batch *bind_anew(weir_row_plan *plan, bool texts)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    size_t count = codecs->plan_fields(plan);
    weir_type *types = calloc(count + 1, sizeof *types);
    weir_batch *batch = NULL;
    weir_error err = {0};

    fuzz_check(types != NULL, "room for types", "");
    for (size_t i = 0; i < count; i++) {
        weir_field field = codecs->plan_field(plan, i);

        types[i] = texts ? WEIR_S : fuzz_type_of(&field, i);
    }
    fuzz_check(!weir_batch_new(1, &batch, &err), "batch", err.message);
    fuzz_check(!codecs->plan_bind(plan, types, count, batch, &err), "bind", err.message);
    free(types);
    return batch;
}

/* Files may be packed or have a byte order mark; values are what they are. */
static bool like_a_file(const char *value, size_t size)
{
    static const char *const marks[] = {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff", "\x1f\x8b",
                                        "\x28\xb5\x2f\xfd"};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (size >= strlen(marks[i]) && !memcmp(value, marks[i], strlen(marks[i])))
            return false;
    return true;
}

/* The same row, read as a file without a header. */
static void check_file(const weir_csv_options *options, const char *value, size_t size,
                       const weir_batch *row)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    left_over from = {value, size};
    weir_byte_source source = {&from, "row", left_read, left_close};
    weir_csv_options as_file = *options;
    weir_rejects rejects = {0};
    weir_csv *csv = NULL;
    weir_batch *batch = NULL;
    weir_error err = {0};

    as_file.header_missing = true;
    as_file.rule = all_texts;
    fuzz_check(!codecs->csv_stream(&source, &as_file, &csv, &err), "a file", err.message);
    fuzz_check(!codecs->csv_next(csv, 2, WEIR_BAD_CELL, &rejects, &batch, &err), "a row",
               err.message);
    fuzz_check(batch && fuzz_same_rows(batch, row), "the same row", "");
    weir_batch_free(batch);
    codecs->csv_close(csv);
}

static void check_value(const weir_csv_options *options, const char *value, size_t size)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    weir_rejects rejects = {0};
    weir_row_plan *plan = NULL;
    weir_batch *batch = NULL;
    bool changed = false;

    fuzz_check(!codecs->csv_plan(options, &plan, NULL), "a plan", "");
    if (!codecs->plan_look(plan, value, size, &changed, NULL)) {
        batch = bind_anew(plan, true);
        if (!codecs->plan_row(plan, value, size, batch, &rejects, NULL) && like_a_file(value, size))
            check_file(options, value, size, batch);
    }
    weir_batch_free(batch);
    codecs->plan_free(plan);
}

/* One value after the other by one plan, as a topic has them. */
static void take_value(weir_row_plan *plan, const char *value, size_t size, weir_batch **batch)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    size_t fields = codecs->plan_fields(plan), rows = 0;
    weir_rejects rejects = {0};
    bool changed = false;
    weir_code looked = codecs->plan_look(plan, value, size, &changed, NULL);

    fuzz_check(fields == 0 || codecs->plan_fields(plan) == fields, "fields stay", "");
    if (changed || !*batch || (*batch)->column_count != codecs->plan_fields(plan)) {
        weir_batch_free(*batch);
        *batch = bind_anew(plan, false);
    }
    rows = (*batch)->rows;
    if (codecs->plan_row(plan, value, size, *batch, &rejects, NULL)) {
        fuzz_check((*batch)->rows == rows, "a refused value leaves no row", "");
        return;
    }
    fuzz_check(!looked, "what is a row can be looked at", "");
    fuzz_check((*batch)->rows == rows + 1, "a row more", "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data + 1;
    const char *end = (const char *)data + size;
    weir_row_plan *plan = NULL;
    weir_batch *batch = NULL;
    weir_csv_options options;

    if (size == 0)
        return 0;
    options = options_of(data[0]);
    if (weir_codecs_builtin.csv_plan(&options, &plan, NULL))
        return 0;
    while (at < end) {
        const char *stop = memchr(at, END_OF_VALUE, (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);

        take_value(plan, at, length, &batch);
        check_value(&options, at, length);
        at = stop ? stop + 1 : end;
    }
    weir_batch_free(batch);
    weir_codecs_builtin.plan_free(plan);
    return 0;
}
