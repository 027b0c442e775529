/* row_plan_check.h: what the tests of row plans share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_ROW_PLAN_CHECK_H
#define CODEC_ROW_PLAN_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/codecs_builtin.h"

#define ROW(fields) "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define ENVELOPE(fields, payload)                                                                  \
    "{\"schema\":{\"type\":\"struct\",\"name\":\"R\",\"optional\":false,\"fields\":[" fields       \
    "]},\"payload\":" payload "}"
#define CONNECT(name, type) "{\"field\":\"" name "\",\"type\":\"" type "\",\"optional\":true}"

static const weir_codecs *const codecs = &weir_codecs_builtin;

static const weir_extra_field extras[] = {
    {.name = "res", .kind = WEIR_FIELD_INTEGER, .integer = -1},
    {.name = "anomaly_score", .kind = WEIR_FIELD_FLOAT, .number = 0.1},
    {.name = "model_version", .kind = WEIR_FIELD_INTEGER, .wide = true, .integer = INT64_MAX},
};

static inline weir_row_plan *plan_of(const char *schema)
{
    weir_row_plan *plan = NULL;
    weir_error err;

    if (codecs->avro_plan(schema, strlen(schema), &plan, &err))
        fail_msg("%s", err.message);
    return plan;
}

static inline weir_batch *bound_batch(weir_row_plan *plan, const char *letters)
{
    weir_type types[16];
    weir_batch *batch;
    weir_error err;

    for (size_t i = 0; letters[i]; i++)
        types[i] = (weir_type)letters[i];
    assert_int_equal(weir_batch_new(4, &batch, NULL), WEIR_OK);
    if (codecs->plan_bind(plan, types, strlen(letters), batch, &err))
        fail_msg("%s", err.message);
    return batch;
}

/* Reads a row from a copy of exactly its size, so that the sanitizer sees a read past the end. */
static inline weir_code read_exact(weir_row_plan *plan, const void *value, size_t size,
                                   weir_batch *batch, weir_rejects *rejects, weir_error *err)
{
    void *copy = malloc(size ? size : 1);
    weir_code code;

    if (size > 0)
        memcpy(copy, value, size);
    code = codecs->plan_row(plan, copy, size, batch, rejects, err);
    free(copy);
    return code;
}

static inline weir_row_plan *json_plan_of(bool envelope)
{
    weir_row_plan *plan = NULL;

    assert_int_equal(codecs->json_plan(envelope, &plan, NULL), WEIR_OK);
    return plan;
}

static inline bool look(weir_row_plan *plan, const char *value)
{
    bool changed;
    weir_error err;

    if (codecs->plan_look(plan, value, strlen(value), &changed, &err))
        fail_msg("%s: %s", value, err.message);
    return changed;
}

static inline void check_field(const weir_row_plan *plan, size_t i, const char *name,
                               weir_field_kind kind, bool nullable)
{
    weir_field field = codecs->plan_field(plan, i);

    assert_string_equal(field.name, name);
    assert_int_equal(field.kind, kind);
    assert_int_equal(field.nullable, nullable);
}

#endif
