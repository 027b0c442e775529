/* fuzz_avro.c: an Avro schema and a body. The first two bytes are the length of the schema, little-endian.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <stdlib.h>

static const weir_extra_field extra = {
    .name = "weir_fuzz_extra", .kind = WEIR_FIELD_FLOAT, .number = 0.5};

static void read_body(weir_row_plan *plan, const uint8_t *body, size_t size, bool *read)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    size_t count = codecs->plan_fields(plan);
    weir_type *types = calloc(count + 1, sizeof *types);
    weir_batch *batch = NULL;
    weir_rejects rejects = {0};
    weir_bytes out = {0};

    for (size_t i = 0; i < count; i++) {
        weir_field field = codecs->plan_field(plan, i);

        types[i] = fuzz_type_of(&field, i);
    }
    if (weir_batch_new(1, &batch, NULL) || codecs->plan_bind(plan, types, count, batch, NULL))
        goto done;
    *read = !codecs->plan_row(plan, body, size, batch, &rejects, NULL);
    fuzz_check(batch->rows == *read, "a refused value leaves no row", "");
    /* What is a row to one reader is one to the other. */
    fuzz_check(!codecs->extend_value(plan, body, size, &extra, 1, &out, NULL) == *read,
               "extend agrees with row", "");
    fuzz_check(out.size == (*read ? size + 8 : 0), "eight bytes more", "");
done:
    weir_bytes_free(&out);
    weir_batch_free(batch);
    free(types);
}

/* A schema that can be read can be read with a field more, unless it has that one or holds itself. */
static void check_extension(const char *schema, size_t size)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    weir_row_plan *plan = NULL;
    char *wider = NULL;
    weir_error err = {0};
    size_t length = 0;

    if (codecs->avro_extend_schema(schema, size, &extra, 1, &wider, &err)) {
        fuzz_check(err.code == WEIR_CONFLICT, "extend", err.message);
        return;
    }
    while (wider[length])
        length++;
    if (codecs->avro_plan(wider, length, &plan, &err)) /* one too many */
        fuzz_check(err.code == WEIR_TOO_LARGE, "plan", err.message);
    codecs->plan_free(plan);
    free(wider);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    weir_row_plan *plan = NULL;
    size_t schema_size;
    bool read = false;

    if (size < 2)
        return 0;
    schema_size = data[0] | (size_t)data[1] << 8;
    data += 2;
    size -= 2;
    if (schema_size > size || codecs->avro_plan((const char *)data, schema_size, &plan, NULL))
        return 0;
    read_body(plan, data + schema_size, size - schema_size, &read);
    check_extension((const char *)data, schema_size);
    codecs->plan_free(plan);
    return 0;
}
