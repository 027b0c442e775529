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

static void ask_one(const weir_summary *summary, const weir_metric *metric,
                    const weir_question *question)
{
    weir_answer answer = {0};

    weir_metric_ask(metric, summary, question, &answer, NULL);
    for (size_t k = 0; k < answer.count; k++)
        fuzz_check(isfinite(answer.items[k].value), "a finite answer", answer.items[k].key);
    weir_answer_free(&answer);
}

/* Every metric in all forms that up to three inputs and two targets make. */
static void ask_forms(const weir_summary *summary, const size_t *ids)
{
    static const weir_setting settings[] = {
        {"sml_explore_ztest_known_mu", "1"},    {"sml_explore_ttest_known_mu", "1"},
        {"sml_explore_ftest_known_sigma", "1"}, {"sml_explore_gain_bins", "3"},
        {"need_bi_conditional", "true"},        {"need_bi_conditional_ci95", "true"},
        {"need_bi_conditional_mmm", "true"},    {"need_bi_complement", "true"},
    };

    for (size_t m = 0; weir_metrics[m]; m++)
        for (size_t inputs = 1; inputs <= 3; inputs++)
            for (size_t targets = 0; targets <= 2; targets++) {
                const weir_question question = {
                    .inputs = ids,
                    .input_count = inputs,
                    .targets = ids + 1,
                    .target_count = targets,
                    .settings = settings,
                    .setting_count = sizeof settings / sizeof *settings,
                };
                ask_one(summary, weir_metrics[m], &question);
            }
}

/* The first two categories against each other, and one after the other. */
static void ask_categories(const weir_summary *summary)
{
    const weir_schema *schema = weir_summary_schema(summary);
    size_t ids[2 * ASKED], count = 0;
    weir_term terms[2];

    if (weir_schema_parents(schema) < 2)
        return;
    for (size_t t = 0; t < 2; t++) {
        terms[t] = (weir_term){
            .text = weir_schema_parent_name(schema, t), .first = count, .category = true};
        for (size_t i = 0; i < weir_schema_size(schema) && terms[t].count < ASKED; i++)
            if (weir_schema_at(schema, i)->parent == t) {
                ids[count++] = i;
                terms[t].count++;
            }
    }
    const weir_term second = {
        .text = terms[1].text, .count = terms[1].count, .category = terms[1].category};
    const weir_question cross = {.inputs = ids,
                                 .input_count = terms[0].count,
                                 .targets = ids + terms[0].count,
                                 .target_count = terms[1].count,
                                 .input_terms = terms,
                                 .input_term_count = 1,
                                 .target_terms = &second,
                                 .target_term_count = 1};
    const weir_question side_by_side = {
        .inputs = ids, .input_count = count, .input_terms = terms, .input_term_count = 2};

    for (size_t m = 0; weir_metrics[m]; m++) {
        ask_one(summary, weir_metrics[m], &cross);
        ask_one(summary, weir_metrics[m], &side_by_side);
    }
}

static void ask_all(const weir_summary *summary)
{
    const weir_schema *schema = weir_summary_schema(summary);
    size_t slots = weir_schema_slots(schema);

    slots = slots < ASKED ? slots : ASKED;
    for (size_t i = 0; i < slots; i++) {
        weir_density density = {0};
        const size_t ids[3] = {weir_schema_slot_id(schema, i),
                               weir_schema_slot_id(schema, slots - 1 - i),
                               weir_schema_slot_id(schema, (i + 1) % slots)};

        ask_forms(summary, ids);
        if (!weir_density_estimate(summary, ids[0], 7, NAN, NAN, &density, NULL))
            weir_density_free(&density);
    }
    ask_categories(summary);
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
