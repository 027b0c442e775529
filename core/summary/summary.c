/* summary.c: making, copying, scaling and freeing summaries. What is inside one is told in state.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "summary/conditional.h"
#include "weir/memory.h"

weir_code weir_summary_new(const weir_summary_options *options, weir_summary **out, weir_error *err)
{
    weir_summary *summary = weir_calloc(1, sizeof *summary);
    weir_code code;

    if (!summary)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a summary");
    summary->histograms = options && options->histograms;
    summary->conditional = options && options->conditional;
    if ((code = weir_schema_new(&summary->schema, err)) || (code = conditional_new(summary, err))) {
        weir_summary_free(summary);
        return code;
    }
    summary->squares = true;
    summary->wanted = options ? options->precision : WEIR_PRECISION_AUTO;
    summary->max_attributes = options ? options->max_attributes : 0;
    summary->max_values = options ? options->max_category_values : 0;
    if (!summary->max_attributes)
        summary->max_attributes = DEFAULT_ATTRIBUTES;
    if (!summary->max_values)
        summary->max_values = DEFAULT_VALUES;
    *out = summary;
    return WEIR_OK;
}

void weir_summary_free(weir_summary *summary)
{
    if (!summary)
        return;
    for (size_t s = 0; s < summary->slot_count; s++) {
        weir_histogram_free(summary->columns[s].histogram);
        weir_ddsketch_free(summary->columns[s].sketch);
    }
    conditional_free(summary);
    weir_schema_free(summary->schema);
    weir_free(summary->columns);
    weir_free(summary->parents);
    weir_free(summary->complete);
    sums_free(&summary->products);
    sums_free(&summary->mixed);
    sums_free(&summary->squared);
    sums_free(&summary->counts);
    sums_free(&summary->joint);
    sums_free(&summary->joint2);
    sums_free(&summary->wider_mixed);
    sums_free(&summary->wider_joint2);
    weir_free(summary);
}

static void *copied(const void *array, size_t count, size_t size)
{
    void *copy = weir_calloc(count, size);

    if (copy && count)
        memcpy(copy, array, count * size);
    return copy;
}

static weir_code copy_histograms(const weir_summary *from, weir_summary *to, weir_error *err)
{
    for (size_t s = 0; from->histograms && s < from->slot_count; s++) {
        const column *c = &from->columns[s];
        weir_code code = weir_histogram_copy(c->histogram, &to->columns[s].histogram, err);

        if (code || (code = weir_ddsketch_copy(c->sketch, &to->columns[s].sketch, err)))
            return code;
    }
    return WEIR_OK;
}

weir_code weir_summary_copy(const weir_summary *summary, weir_summary **out, weir_error *err)
{
    return state_copy(summary, true, out, err);
}

weir_code weir_summary_copy_sums(const weir_summary *summary, weir_summary **out, weir_error *err)
{
    return state_copy(summary, false, out, err);
}

weir_code state_copy(const weir_summary *summary, bool histograms, weir_summary **out,
                     weir_error *err)
{
    weir_summary *copy = weir_malloc(sizeof *copy);
    weir_code code;

    if (!copy)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a summary");
    *copy = *summary;
    copy->schema = NULL;
    copy->histograms = copy->histograms && histograms;
    copy->given = NULL;
    copy->wider_mixed = copy->wider_joint2 = (sums){0};
    copy->products = copy->mixed = copy->squared = (sums){0};
    copy->counts = copy->joint = copy->joint2 = (sums){0};
    copy->columns = copied(summary->columns, summary->slot_count, sizeof(column));
    copy->parents = copied(summary->parents, summary->parent_count, sizeof(parent_state));
    copy->complete = copied(summary->complete, summary->group_count, 1);
    copy->slot_room = summary->slot_count;
    copy->parent_room = summary->parent_count;
    copy->group_room = summary->group_count;
    for (size_t s = 0; copy->columns && s < summary->slot_count; s++) {
        copy->columns[s].histogram = NULL;
        copy->columns[s].sketch = NULL;
    }
    if (!copy->columns || !copy->parents || !copy->complete ||
        !sums_copy(&summary->products, &copy->products) ||
        !sums_copy(&summary->mixed, &copy->mixed) ||
        !sums_copy(&summary->squared, &copy->squared) ||
        !sums_copy(&summary->counts, &copy->counts) || !sums_copy(&summary->joint, &copy->joint) ||
        !sums_copy(&summary->joint2, &copy->joint2)) {
        if (!copy->columns)
            copy->slot_count = 0;
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a copy of %zu columns",
                         summary->slot_count);
        goto failed;
    }
    if ((code = weir_schema_copy(summary->schema, &copy->schema, err)) ||
        (copy->histograms && ((code = copy_histograms(summary, copy, err)) ||
                              (code = conditional_copy(summary, copy, err)))))
        goto failed;
    *out = copy;
    return WEIR_OK;
failed:
    weir_summary_free(copy);
    return code;
}

/* A bound or a count of rows, likewise. */
static double number_scaled(double x, double weight)
{
    return sum_scaled(weir_dd_of(x), weight).hi;
}

static void scale_column(column *c, double weight)
{
    c->complete1 = sum_scaled(c->complete1, weight);
    c->complete2 = sum_scaled(c->complete2, weight);
    c->third = sum_scaled(c->third, weight);
    c->fourth = sum_scaled(c->fourth, weight);
    c->ever2 = number_scaled(c->ever2, weight);
    c->ever4 = number_scaled(c->ever4, weight);
    c->ever_raw4 = number_scaled(c->ever_raw4, weight);
    if (weight == 0)
        c->least = c->greatest = NAN;
    if (c->histogram) {
        weir_histogram_scale(c->histogram, weight);
        weir_ddsketch_scale(c->sketch, weight);
    }
}

weir_code weir_summary_scale(weir_summary *summary, double weight, weir_error *err)
{
    if (!(weight >= 0 && weight <= 1))
        return weir_fail(err, WEIR_INVALID, "the weight is %g; it lies between 0 and 1", weight);
    if (weight == 1)
        return WEIR_OK;
    sums_scale(&summary->products, weight);
    sums_scale(&summary->mixed, weight);
    sums_scale(&summary->squared, weight);
    sums_scale(&summary->counts, weight);
    sums_scale(&summary->joint, weight);
    sums_scale(&summary->joint2, weight);
    for (size_t s = 0; s < summary->slot_count; s++)
        scale_column(&summary->columns[s], weight);
    for (size_t p = 0; p < summary->parent_count; p++)
        summary->parents[p].covered = number_scaled(summary->parents[p].covered, weight);
    conditional_scale(summary, weight);
    summary->rows = number_scaled(summary->rows, weight);
    summary->ever = number_scaled(summary->ever, weight);
    summary->histogram_rows = number_scaled(summary->histogram_rows, weight);
    summary->complete_rows = sum_scaled(summary->complete_rows, weight);
    summary->scaled = summary->scaled || weight > 0;
    return WEIR_OK;
}

static void drop_histograms(weir_summary *summary)
{
    for (size_t s = 0; s < summary->slot_count; s++) {
        column *c = &summary->columns[s];

        weir_histogram_free(c->histogram);
        weir_ddsketch_free(c->sketch);
        c->histogram = NULL;
        c->sketch = NULL;
    }
    conditional_free(summary);
}

weir_code weir_summary_set_histograms(weir_summary *summary, bool on, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (on == summary->histograms)
        return WEIR_OK;
    summary->histograms = on;
    for (size_t s = 0; on && !code && s < summary->slot_count; s++) {
        column *c = &summary->columns[s];

        if (!(code = weir_histogram_new(&c->histogram, err)))
            code = weir_ddsketch_new(&c->sketch, err);
    }
    if (!code)
        code = conditional_new(summary, err);
    if (code || !on)
        drop_histograms(summary);
    if (code) {
        summary->histograms = false;
        return code;
    }
    for (size_t p = 0; p < summary->parent_count; p++)
        summary->parents[p].covered = 0;
    summary->histogram_rows = 0;
    return WEIR_OK;
}

const weir_schema *weir_summary_schema(const weir_summary *summary)
{
    return summary->schema;
}

double weir_summary_rows(const weir_summary *summary)
{
    return summary->rows;
}

weir_precision weir_summary_precision(const weir_summary *summary)
{
    return summary->precision != WEIR_PRECISION_AUTO ? summary->precision : summary->wanted;
}

bool weir_summary_has_histograms(const weir_summary *summary)
{
    return summary->histograms;
}

bool weir_summary_subtracted(const weir_summary *summary)
{
    return summary->subtracted;
}

size_t weir_summary_memory(const weir_summary *summary)
{
    size_t bytes = sizeof *summary + summary->slot_room * sizeof(column) +
                   summary->parent_room * sizeof(parent_state) + summary->group_room;

    bytes += sums_memory(&summary->products) + sums_memory(&summary->mixed) +
             sums_memory(&summary->squared) + sums_memory(&summary->counts) +
             sums_memory(&summary->joint) + sums_memory(&summary->joint2) +
             weir_schema_memory(summary->schema);
    for (size_t s = 0; summary->histograms && s < summary->slot_count; s++)
        bytes += weir_histogram_memory(summary->columns[s].histogram) +
                 weir_ddsketch_memory(summary->columns[s].sketch);
    return bytes + conditional_memory(summary);
}
