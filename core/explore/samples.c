/* samples.c: the groups of rows that a test compares.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/samples.h"

#include <math.h>

static weir_type type_of(const weir_summary *summary, size_t id)
{
    return weir_schema_at(weir_summary_schema(summary), id)->type;
}

const weir_shape samples_shapes[] = {
    {.title = "Two columns", .inputs = {{WEIR_TAKES_C, 2, 2, "Columns"}}},
    {.title = "One column, rows with and without a condition",
     .inputs = {{WEIR_TAKES_C, 1, 1, "Column"}, {WEIR_TAKES_B, 1, 1, "Condition"}}},
    {.title = "One column, rows of two groups",
     .inputs = {{WEIR_TAKES_C, 1, 1, "Column"}, {WEIR_TAKES_B, 2, 2, "Groups"}}},
    {0},
};

void samples_pair(const weir_summary *summary, const weir_question *question, sample out[2])
{
    const size_t *ids = question->inputs;

    if (question->input_count == 3) {
        wide_read_given(summary, ids[0], ids[1], 1, &out[0]);
        wide_read_given(summary, ids[0], ids[2], 1, &out[1]);
    } else if (type_of(summary, ids[1]) == WEIR_B) {
        wide_read_given(summary, ids[0], ids[1], 1, &out[0]);
        wide_read_given(summary, ids[0], ids[1], 0, &out[1]);
    } else {
        wide_read(summary, ids[0], &out[0]);
        wide_read(summary, ids[1], &out[1]);
    }
}

double sample_count(const sample *of)
{
    return of->count.hi > 0 ? of->count.hi : 0;
}

double sample_mean(const sample *of)
{
    return of->count.hi > 0 ? of->mean.hi : NAN;
}

double sample_variance(const sample *of, bool unbiased)
{
    const double divisor = of->count.hi - (unbiased ? 1 : 0);

    return divisor > 0 ? of->m2.hi / divisor : NAN;
}

double sample_difference(const sample *a, const sample *b)
{
    return a->count.hi > 0 && b->count.hi > 0 ? weir_dd_subtract(a->mean, b->mean).hi : NAN;
}
