/* fuzz_model.c: stored models, with their checksums put right. What loads is saved to what loads as the same, is
 * described, and scores rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "weir/model.h"

#define INPUTS 16 /* that rows are made for */

static void score_rows(const weir_model *model)
{
    static const double values[] = {0, 1, -3.5, 1e75, 5e-324};
    weir_batch *batch = NULL;
    weir_scores scores = {0};
    size_t column;

    if (weir_batch_new(sizeof values / sizeof *values, &batch, NULL))
        return;
    for (size_t i = 0; i < weir_model_inputs(model) && i < INPUTS; i++) {
        const weir_model_attribute *input = weir_model_input(model, i);
        const char *name = input->column ? input->column : input->name;

        weir_batch_add_column(batch, name, strlen(name),
                              weir_model_column_type(model, name, strlen(name)), &column, NULL);
    }
    for (size_t r = 0; r < sizeof values / sizeof *values; r++) {
        weir_batch_row_begin(batch, NULL);
        for (size_t i = 0; i < batch->column_count; i++)
            weir_batch_put_number(batch, i, values[(r + i) % (sizeof values / sizeof *values)],
                                  NULL);
        weir_batch_row_end(batch);
    }
    weir_model_score(model, batch, &scores, NULL);
    weir_scores_free(&scores);
    weir_batch_free(batch);
}

static void check_model(const weir_model *model)
{
    weir_model *again = NULL;
    weir_report *report = NULL;
    weir_bytes first = {0}, second = {0};
    weir_error err = {0};

    fuzz_check(!weir_model_save(model, &first, &err), "save", err.message);
    fuzz_check(!weir_model_load(first.data, first.size, &again, &err), "load what was saved",
               err.message);
    fuzz_check(!weir_model_save(again, &second, &err), "save again", err.message);
    fuzz_check(first.size == second.size && memcmp(first.data, second.data, first.size) == 0,
               "the same bytes", "");
    if (!weir_model_describe(model, &report, NULL))
        weir_report_free(report);
    score_rows(model);
    weir_model_free(again);
    weir_bytes_free(&first);
    weir_bytes_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *repaired = malloc(size ? size : 1);
    weir_model *model = NULL;

    if (!repaired)
        return 0;
    if (size > 0)
        memcpy(repaired, data, size);
    fuzz_repair(repaired, size);
    if (!weir_model_load(repaired, size, &model, NULL))
        check_model(model);
    weir_model_free(model);
    free(repaired);
    return 0;
}
