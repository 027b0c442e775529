/* absorb.c: taking a batch into a summary, wholly or not at all.
 *
 * Everything that can fail comes first: matching the columns, room in every table, room for the block's work, and the
 * histograms, whose additions are undone in reverse when a later one finds no memory. Then the schema is adopted and
 * the sums are made, which cannot fail.
 *
 * The anchor of a column is chosen by its first batch: the median, if that is more than FAR times the interquartile
 * range away from 0. A batch with fewer than ENOUGH cells (streams come in single rows, too) chooses for the time
 * being only; once ENOUGH cells are in, their mean and standard deviation decide whether to stay or to move to 0.
 * Anchors nearer to 0 than NEAREST are not worth having, and would let powers of the distances underflow.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "summary/block.h"
#include "summary/conditional.h"
#include "weir/memory.h"

enum { ENOUGH = 8, FAR = 16 };
#define NEAREST 1e-40

weir_code weir_summary_check(const weir_summary *summary, const weir_batch *batch, weir_error *err)
{
    plan p;
    weir_code code = plan_make(summary, batch, &p, err);

    plan_free(&p);
    return code;
}

/* --- histograms */

/* One addition to one structure. */
typedef struct {
    weir_histogram *histogram; /* or NULL */
    weir_ddsketch *sketch;     /* or NULL */
    const double *values;
    const uint8_t *present;
    size_t count;
    double weight;
} addition;

typedef struct {
    addition *items;
    size_t count;
} additions;

static const double zero = 0, one = 1;

static weir_code apply(const addition *a, double sign, weir_error *err)
{
    if (a->histogram)
        return weir_histogram_add(a->histogram, a->values, a->present, a->count, sign * a->weight,
                                  err);
    return weir_ddsketch_add(a->sketch, a->values, a->present, a->count, sign * a->weight, err);
}

static void push(additions *list, const column *c, const double *values, const uint8_t *present,
                 size_t count, double weight)
{
    if (weight == 0)
        return;
    list->items[list->count++] = (addition){c->histogram, NULL, values, present, count, weight};
    list->items[list->count++] = (addition){NULL, c->sketch, values, present, count, weight};
}

/* A column of zeros and ones: two additions instead of one a row. */
static void push_binary(additions *list, const column *c, double zeros, double ones)
{
    push(list, c, &zero, NULL, 1, zeros);
    push(list, c, &one, NULL, 1, ones);
}

static void push_number(additions *list, const weir_summary *summary, const plan_number *number,
                        size_t rows)
{
    const weir_batch_column *from = number->from;
    const column *c = &summary->columns[number->slot];
    double ones = 0;

    if (!number->binary) {
        push(list, c, from->values, from->absent ? from->present : NULL, rows, 1);
        return;
    }
    for (size_t r = 0; r < rows; r++)
        ones += from->values[r];
    push_binary(list, c, (double)(rows - from->absent) - ones, ones);
}

/* Every value of the parent, old and new: those that the batch does not have get zeros only. ones is room for a
 * number a slot, all zero before and after. */
static void push_category(additions *list, const weir_summary *summary, const weir_schema *schema,
                          const plan_category *category, size_t rows, double *ones)
{
    double present = (double)(rows - category->from->absent);
    size_t slots = weir_schema_slots(schema);

    for (size_t w = 0; w < category->from->word_count; w++)
        if (category->slots[w] != WEIR_NONE)
            ones[category->slots[w]] += category->counts[w];
    for (size_t s = 0; s < slots; s++) {
        if (weir_schema_slot(schema, s)->parent != category->parent)
            continue;
        push_binary(list, &summary->columns[s], present - ones[s], ones[s]);
        ones[s] = 0;
    }
}

/* Undoes the first count additions, in reverse. What was just added finds all its bins there and needs no memory. */
static void take_back(const additions *list, size_t count, double sign)
{
    while (count-- > 0)
        apply(&list->items[count], -sign, NULL);
}

/* All or nothing. */
static weir_code apply_all(const additions *list, double sign, weir_error *err)
{
    weir_code code = WEIR_OK;
    size_t done = 0;

    while (!code && done < list->count)
        code = apply(&list->items[done++], sign, err);
    if (code) /* the failed one changed nothing */
        take_back(list, done - 1, sign);
    return code;
}

static weir_code absorb_histograms(weir_summary *summary, const weir_schema *schema, const plan *p,
                                   const weir_batch *batch, double sign, weir_error *err)
{
    size_t slots = weir_schema_slots(schema), rows = batch->rows;
    additions list = {weir_malloc((4 * slots + 1) * sizeof *list.items), 0};
    double *ones = weir_calloc(slots, sizeof *ones);
    weir_code code;

    if (!list.items || !ones) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to add to %zu histograms", slots);
        goto done;
    }
    for (size_t i = 0; i < p->number_count; i++)
        push_number(&list, summary, &p->numbers[i], rows);
    for (size_t i = 0; i < p->category_count; i++)
        push_category(&list, summary, schema, &p->categories[i], rows, ones);
    if ((code = apply_all(&list, sign, err)))
        goto done;
    if ((code = conditional_absorb(summary, schema, p, batch, sign, err)))
        take_back(&list, list.count, sign);
done:
    weir_free(list.items);
    weir_free(ones);
    return code;
}

/* --- anchors */

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* The anchor that the first cells of a column ask for; sorted is room for a double a row. */
static double anchor_of_cells(const weir_batch_column *from, size_t rows, double *sorted)
{
    size_t n = 0;
    double median, spread;

    for (size_t r = 0; r < rows; r++)
        if (from->present[r])
            sorted[n++] = from->values[r];
    qsort(sorted, n, sizeof *sorted, by_value);
    median = sorted[n / 2];
    spread = sorted[3 * n / 4] - sorted[n / 4];
    return fabs(median) > FAR * spread && fabs(median) >= NEAREST ? median : 0;
}

/* Whether the rows so far are far enough from 0 for the anchor they have, or what it should be instead. */
static double anchor_of_moments(const weir_summary *summary, size_t slot)
{
    double anchor = summary->columns[slot].anchor;
    weir_moments m;

    weir_summary_moments(summary, weir_schema_slot_id(summary->schema, slot), &m);
    if (!(fabs(m.mean) > FAR * sqrt(m.m2 / m.count) && fabs(m.mean) >= NEAREST))
        return 0;
    return anchor != 0 ? anchor : m.mean;
}

static void choose_anchors(weir_summary *summary, const plan *p, size_t rows, double *sorted)
{
    for (size_t i = 0; i < p->continuous_count; i++) {
        const plan_number *number = &p->numbers[i];
        column *c = &summary->columns[number->slot];
        double seen = state_rows_of(summary, number->slot);

        if (c->anchored || (seen != 0 && seen < ENOUGH))
            continue;
        state_anchor(summary, number->slot,
                     seen >= ENOUGH ? anchor_of_moments(summary, number->slot)
                                    : anchor_of_cells(number->from, rows, sorted));
        c->anchored = seen >= ENOUGH || rows - number->from->absent >= ENOUGH;
    }
}

/* --- one batch */

/* Whether some column has cells in some rows only. */
static bool has_gaps(const plan *p)
{
    for (size_t i = 0; i < p->number_count; i++)
        if (p->numbers[i].from->absent)
            return true;
    for (size_t i = 0; i < p->category_count; i++)
        if (p->categories[i].from->absent)
            return true;
    return false;
}

/* Marks in set, a byte a group, what the batch has. Groups that are not there yet make the set another one. */
static bool mark_groups(const weir_summary *summary, const plan *p, uint8_t *set)
{
    bool all_known = true;

    memset(set, 0, summary->group_count);
    for (size_t i = 0; i < p->number_count; i++) {
        if (p->numbers[i].slot < summary->slot_count)
            set[summary->columns[p->numbers[i].slot].group] = 1;
        else
            all_known = false;
    }
    for (size_t i = 0; i < p->category_count; i++) {
        if (p->categories[i].parent < summary->parent_count)
            set[summary->parents[p->categories[i].parent].group] = 1;
        else
            all_known = false;
    }
    return all_known;
}

/* Whether the complete block holds rows with another set of groups than the batch has. */
static bool must_fold(const weir_summary *summary, const plan *p, uint8_t *set)
{
    bool same = mark_groups(summary, p, set);

    for (size_t g = 0; g < summary->group_count; g++)
        same = same && set[g] == summary->complete[g];
    return p->number_count + p->category_count > 0 && !same && summary->group_count > 0 &&
           memchr(summary->complete, 1, summary->group_count);
}

/* Counts what is counted by row. */
static void count_rows(weir_summary *summary, const plan *p, size_t rows, double sign)
{
    summary->rows += sign * (double)rows;
    summary->ever += (double)rows;
    summary->subtracted = summary->subtracted || (sign < 0 && rows > 0);
    if (!summary->histograms)
        return;
    summary->histogram_rows += sign * (double)rows;
    for (size_t i = 0; i < p->category_count; i++)
        summary->parents[p->categories[i].parent].covered +=
            sign * (double)(rows - p->categories[i].from->absent);
}

/* The part that cannot fail. */
static void commit(weir_summary *summary, const weir_batch *batch, plan *p, block *b, bool gaps,
                   bool fold, double *sorted)
{
    double sign = block_sign(b);

    state_adopt(summary, p->grown ? p->grown : summary->schema);
    p->grown = NULL;
    choose_anchors(summary, p, batch->rows, sorted);
    if (fold)
        state_fold(summary);
    for (size_t i = 0; !gaps && i < p->number_count; i++)
        summary->complete[summary->columns[p->numbers[i].slot].group] = 1;
    for (size_t i = 0; !gaps && i < p->category_count; i++)
        summary->complete[summary->parents[p->categories[i].parent].group] = 1;
    if (p->number_count + p->category_count > 0) /* rows without any cell are in no block */
        block_absorb(b, summary);
    count_rows(summary, p, batch->rows, sign);
}

weir_code absorb_with(weir_summary *summary, const weir_batch *batch, double sign,
                      const kernel *with, weir_error *err)
{
    plan p = {0};
    block *b = NULL;
    uint8_t *set = weir_malloc(summary->group_count);
    double *sorted = weir_malloc(batch->rows * sizeof *sorted);
    bool decide = summary->precision == WEIR_PRECISION_AUTO, gaps, fold;
    const weir_schema *schema;
    weir_code code = plan_make(summary, batch, &p, err);

    if (code)
        goto done;
    if (!set || !sorted) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to take in %zu rows", batch->rows);
        goto done;
    }
    if (decide)
        state_decide(summary, p.statistics);
    gaps = has_gaps(&p);
    fold = !gaps && must_fold(summary, &p, set);
    schema = p.grown ? p.grown : summary->schema;
    if ((code = state_prepare(summary, schema, err)) ||
        ((gaps || fold) && (code = state_prepare_pairwise(summary, schema, err))) ||
        (code = block_new(summary, batch, &p, gaps, sign, with, &b, err)) ||
        (summary->histograms &&
         (code = absorb_histograms(summary, schema, &p, batch, sign, err)))) {
        state_cancel(summary);
        if (decide)
            state_undecide(summary);
        goto done;
    }
    commit(summary, batch, &p, b, gaps, fold, sorted);
done:
    block_free(b);
    plan_free(&p);
    weir_free(set);
    weir_free(sorted);
    return code;
}

weir_code weir_summary_absorb(weir_summary *summary, const weir_batch *batch, double sign,
                              weir_error *err)
{
    return absorb_with(summary, batch, sign, kernel_best(), err);
}
