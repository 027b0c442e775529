/* fuzz_json_row.c: JSON rows, one a line; the first byte tells whether they are in Connect's envelope.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

static const weir_extra_field extra = {
    .name = "weir_fuzz_extra", .kind = WEIR_FIELD_INTEGER, .wide = true, .integer = 7};

static weir_batch *bind_anew(weir_row_plan *plan)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    size_t count = codecs->plan_fields(plan);
    weir_type *types = calloc(count + 1, sizeof *types);
    weir_batch *batch = NULL;
    weir_error err = {0};

    for (size_t i = 0; i < count; i++) {
        weir_field field = codecs->plan_field(plan, i);

        types[i] = fuzz_type_of(&field, i);
    }
    fuzz_check(!weir_batch_new(1, &batch, &err), "batch", err.message);
    fuzz_check(!codecs->plan_bind(plan, types, count, batch, &err), "bind", err.message);
    free(types);
    return batch;
}

/* A value that can be read as a row stays one with a field more. */
static void check_extension(weir_row_plan *plan, const char *value, size_t size, weir_batch *batch)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    weir_rejects rejects = {0};
    weir_bytes out = {0};
    weir_error err = {0};

    if (!codecs->extend_value(plan, value, size, &extra, 1, &out, NULL))
        fuzz_check(!codecs->plan_row(plan, out.data, out.size, batch, &rejects, &err) ||
                       memmem(value, size, "weir_fuzz_extra", 15),
                   "a longer row", err.message);
    weir_bytes_free(&out);
}

static void take_line(weir_row_plan *plan, const char *value, size_t size, weir_batch **batch)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    weir_rejects rejects = {0};
    size_t rows;
    bool changed;
    weir_code looked = codecs->plan_look(plan, value, size, &changed, NULL);

    if (changed || !*batch || (*batch)->column_count != codecs->plan_fields(plan)) {
        weir_batch_free(*batch);
        *batch = bind_anew(plan);
    }
    rows = (*batch)->rows;
    if (codecs->plan_row(plan, value, size, *batch, &rejects, NULL)) {
        fuzz_check((*batch)->rows == rows, "a refused value leaves no row", "");
        return;
    }
    fuzz_check((*batch)->rows == rows + 1, "a row more", "");
    if (!looked)
        check_extension(plan, value, size, *batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data + 1;
    const char *end = (const char *)data + size;
    weir_row_plan *plan = NULL;
    weir_batch *batch = NULL;

    if (size == 0 || weir_codecs_builtin.json_plan(data[0] & 1, &plan, NULL))
        return 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;

        take_line(plan, at, (size_t)(stop - at), &batch);
        at = newline ? newline + 1 : end;
    }
    weir_batch_free(batch);
    weir_codecs_builtin.plan_free(plan);
    return 0;
}
