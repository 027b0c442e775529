/* fuzz_encoder.c: stored encoders, with their checksums put right. What loads is saved to the same bytes as its copy,
 * tells finite numbers, encodes, and learns.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "weir/encoder.h"

static weir_code check_value(void *context, const char *value, double count, double sum,
                             weir_error *err)
{
    (void)context, (void)value, (void)err;
    fuzz_check(isfinite(count) && count >= 0 && isfinite(sum), "numbers of a value", value);
    return WEIR_OK;
}

static void look(const weir_encoder *encoder)
{
    for (size_t k = 0; k < weir_encoder_keys(encoder); k++) {
        weir_encoder_key key = weir_encoder_key_at(encoder, k);

        fuzz_check(isfinite(key.mean) && isfinite(key.variance), "numbers of a key", key.name);
        weir_encoder_walk(encoder, k, check_value, NULL, NULL);
    }
}

/* A row of the target and of every key. */
static weir_batch *make_row(const weir_encoder *encoder)
{
    weir_batch *batch = NULL;
    weir_type target = weir_encoder_target_type(encoder);
    size_t column;

    if (weir_batch_new(1, &batch, NULL))
        return NULL;
    weir_batch_add_column(batch, weir_encoder_target(encoder), strlen(weir_encoder_target(encoder)),
                          target == WEIR_X ? WEIR_C : target, &column, NULL);
    for (size_t k = 0; k < weir_encoder_keys(encoder); k++) {
        weir_encoder_key key = weir_encoder_key_at(encoder, k);

        weir_batch_add_column(batch, key.name, strlen(key.name), key.type, &column, NULL);
    }
    weir_batch_row_begin(batch, NULL);
    for (size_t c = 0; c < batch->column_count; c++)
        weir_batch_put_text(batch, c, "1", 1, NULL);
    weir_batch_row_end(batch);
    return batch;
}

static void use(weir_encoder *encoder)
{
    weir_batch *batch = make_row(encoder);

    if (!batch)
        return;
    weir_encoder_learn(encoder, batch, NULL,
                       NULL); /* a target that is a key of type S is refused */
    look(encoder);
    fuzz_check(!weir_encoder_apply(encoder, batch, NULL, NULL), "apply", "");
    for (size_t c = 0; c < batch->column_count; c++)
        if (batch->columns[c].values)
            fuzz_check(fabs(batch->columns[c].values[0]) <= WEIR_CELL_MAX, "a cell", "");
    weir_batch_free(batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *repaired = malloc(size ? size : 1);
    weir_encoder *encoder = NULL, *copy = NULL;
    weir_bytes first = {0}, second = {0};
    weir_error err = {0};

    if (!repaired)
        return 0;
    if (size > 0)
        memcpy(repaired, data, size);
    fuzz_repair(repaired, size);
    if (!weir_encoder_load(repaired, size, &encoder, NULL)) {
        fuzz_check(!weir_encoder_copy(encoder, &copy, &err), "copy", err.message);
        fuzz_check(!weir_encoder_save(encoder, &first, &err), "save", err.message);
        fuzz_check(!weir_encoder_save(copy, &second, &err), "save the copy", err.message);
        fuzz_check(first.size == second.size && memcmp(first.data, second.data, first.size) == 0,
                   "the same bytes", "");
        look(encoder);
        use(copy);
    }
    weir_encoder_free(encoder);
    weir_encoder_free(copy);
    weir_bytes_free(&first);
    weir_bytes_free(&second);
    free(repaired);
    return 0;
}
