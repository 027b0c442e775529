/* fuzz_summary.c: stored summaries, with their checksums put right. What loads is saved to what loads as the same,
 * merges with itself, answers every metric, and takes rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "weir/explore.h"

#define ASKED 6 /* attributes whose metrics are computed */

static void ask_all(const weir_summary *summary)
{
    size_t slots = weir_schema_slots(weir_summary_schema(summary));

    slots = slots < ASKED ? slots : ASKED;
    for (size_t m = 0; weir_metrics[m]; m++)
        for (size_t i = 0; i < slots; i++) {
            const weir_schema *schema = weir_summary_schema(summary);
            size_t ids[2] = {weir_schema_slot_id(schema, i),
                             weir_schema_slot_id(schema, slots - 1 - i)};
            weir_question question = {.inputs = ids, .input_count = 2};
            weir_answer answer = {0};
            weir_density density = {0};

            weir_metric_ask(weir_metrics[m], summary, &question, &answer, NULL);
            for (size_t k = 0; k < answer.count; k++)
                fuzz_check(isfinite(answer.items[k].value), "a finite answer", answer.items[k].key);
            weir_answer_free(&answer);
            if (!weir_density_estimate(summary, ids[0], 7, NAN, NAN, &density, NULL))
                weir_density_free(&density);
        }
}

static void absorb_row(weir_summary *summary)
{
    const weir_schema *schema = weir_summary_schema(summary);
    weir_batch *batch = NULL;
    size_t column;

    if (weir_batch_new(1, &batch, NULL))
        return;
    for (size_t i = 0; i < weir_schema_size(schema) && i < ASKED; i++) {
        const weir_attribute *attribute = weir_schema_at(schema, i);

        if (attribute->parent == WEIR_NONE)
            weir_batch_add_column(batch, attribute->name, strlen(attribute->name), attribute->type,
                                  &column, NULL);
    }
    weir_batch_row_begin(batch, NULL);
    for (size_t i = 0; i < batch->column_count; i++)
        weir_batch_put_number(batch, i, 1, NULL);
    weir_batch_row_end(batch);
    weir_summary_absorb(summary, batch, 1, NULL);
    weir_batch_free(batch);
}

static void check_summary(weir_summary *summary)
{
    weir_summary *again = NULL;
    weir_bytes first = {0}, second = {0};
    weir_error err = {0};

    fuzz_check(!weir_summary_save(summary, &first, &err), "save", err.message);
    fuzz_check(!weir_summary_load(first.data, first.size, &again, &err), "load what was saved",
               err.message);
    fuzz_check(!weir_summary_save(again, &second, &err), "save again", err.message);
    fuzz_check(first.size == second.size && memcmp(first.data, second.data, first.size) == 0,
               "the same bytes", "");
    ask_all(summary);
    weir_summary_merge(summary, again, NULL);
    absorb_row(summary);
    ask_all(summary);
    weir_summary_free(again);
    weir_bytes_free(&first);
    weir_bytes_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *repaired = malloc(size ? size : 1);
    weir_summary *summary = NULL;

    if (!repaired)
        return 0;
    if (size > 0)
        memcpy(repaired, data, size);
    fuzz_repair(repaired, size);
    if (!weir_summary_load(repaired, size, &summary, NULL))
        check_summary(summary);
    weir_summary_free(summary);
    free(repaired);
    return 0;
}
