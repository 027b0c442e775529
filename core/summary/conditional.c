/* conditional.c: histograms of each column over the rows in which a binary column is 1.
 *
 * The rows of a batch are gone through once for every binary column: those in which it is 1 are picked out, and the
 * cells that other columns have in them are gathered and added to the histograms given that column. Categories count
 * instead of gathering: each value of a target category is a column of zeros and ones, which is two additions.
 *
 * The order of these additions depends on the batch alone. So when one finds no memory, the same walk with the other
 * sign, up to that addition, takes back what was done, and needs no memory for it.
 *
 * A value that a category shows late was 0 in the rows before in which the category was present. How many of those had
 * the condition is known from any value the category had by then: its histogram counts exactly these rows.
 *
 * Memory: at most 32 x 32 histograms of continuous columns (of 64 columns, as many are targets as make conditions),
 * each as large as a histogram gets; those of binary targets have two bins. Cost: for each binary column, its ones
 * times the columns.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/conditional.h"

#include <string.h>

#include "weir/memory.h"

enum { SIDE = WEIR_CONDITIONAL_COLUMNS, PIECE = 512 };

static weir_histogram **place(const weir_summary *summary, size_t target, size_t condition)
{
    return &summary->given[target * SIDE + condition];
}

/* The histogram at its place, made when there is none. */
static weir_code made(const weir_summary *summary, size_t target, size_t condition,
                      weir_histogram **out, weir_error *err)
{
    weir_histogram **at = place(summary, target, condition);
    weir_code code = *at ? WEIR_OK : weir_histogram_new(at, err);

    *out = *at;
    return code;
}

weir_code conditional_too_many(size_t slots, weir_error *err)
{
    return weir_fail(err, WEIR_TOO_LARGE,
                     "there would be %zu columns with statistics or more; conditional histograms "
                     "are kept for up to %d",
                     slots, SIDE);
}

weir_code conditional_new(weir_summary *summary, weir_error *err)
{
    if (!summary->conditional || !summary->histograms || summary->given ||
        summary->slot_count > SIDE)
        return WEIR_OK;
    summary->given = weir_calloc((size_t)SIDE * SIDE, sizeof(weir_histogram *));
    return summary->given ? WEIR_OK
                          : weir_fail(err, WEIR_NO_MEMORY, "no room for conditional histograms");
}

void conditional_free(weir_summary *summary)
{
    for (size_t i = 0; summary->given && i < (size_t)SIDE * SIDE; i++)
        weir_histogram_free(summary->given[i]);
    weir_free(summary->given);
    summary->given = NULL;
}

weir_code conditional_copy(const weir_summary *from, weir_summary *to, weir_error *err)
{
    weir_code code = WEIR_OK;

    to->given = NULL;
    if (!from->given || (code = conditional_new(to, err)))
        return code;
    for (size_t i = 0; !code && i < (size_t)SIDE * SIDE; i++)
        if (from->given[i])
            code = weir_histogram_copy(from->given[i], &to->given[i], err);
    return code;
}

void conditional_forget(weir_summary *summary, size_t slot)
{
    for (size_t other = 0; summary->given && slot < SIDE && other < SIDE; other++) {
        weir_histogram_free(*place(summary, slot, other));
        *place(summary, slot, other) = NULL;
    }
    conditional_widen(summary, slot);
}

void conditional_widen(weir_summary *summary, size_t slot)
{
    for (size_t other = 0; summary->given && slot < SIDE && other < SIDE; other++) {
        weir_histogram_free(*place(summary, other, slot));
        *place(summary, other, slot) = NULL;
    }
}

/* --- late values */

/* Rows that had the category and the condition, by any value of the category among the first count slots. */
static double rows_of_category(const weir_summary *summary, const weir_schema *schema,
                               size_t parent, size_t condition, size_t count)
{
    for (size_t s = 0; s < count; s++)
        if (weir_schema_slot(schema, s)->parent == parent)
            return *place(summary, s, condition)
                       ? weir_histogram_count(*place(summary, s, condition))
                       : 0;
    return 0;
}

static weir_code add_zeros(const weir_summary *summary, size_t target, size_t condition,
                           double count, weir_error *err)
{
    weir_histogram *h;
    weir_code code;

    if (count == 0)
        return WEIR_OK;
    code = made(summary, target, condition, &h, err);
    return code ? code : weir_histogram_add_zeros(h, count, err);
}

weir_code conditional_prepare(weir_summary *summary, const weir_schema *schema, size_t slot,
                              weir_error *err)
{
    size_t parent = weir_schema_slot(schema, slot)->parent;
    weir_code code = WEIR_OK;

    if (!summary->given || parent == WEIR_NONE)
        return WEIR_OK;
    for (size_t b = 0; !code && b < summary->slot_count; b++)
        code = add_zeros(summary, slot, b,
                         rows_of_category(summary, schema, parent, b, summary->slot_count), err);
    return code;
}

/* --- taking in rows */

/* One walk over a batch. */
typedef struct {
    weir_summary *summary;
    const weir_schema *schema;
    const plan *plan;
    const weir_batch *batch;
    double sign;
    size_t done, limit; /* additions made, and after how many to stop */
    size_t condition;   /* the slot that is 1 ... */
    uint32_t rows[PIECE];
    size_t count; /* ... in these rows */
    weir_error *err;
} walk;

static weir_code add(walk *w, size_t target, const double *values, size_t count, double weight)
{
    weir_histogram *h;
    weir_code code;

    if (count == 0 || weight == 0 || w->done == w->limit)
        return WEIR_OK;
    if ((code = made(w->summary, target, w->condition, &h, w->err)) ||
        (code = weir_histogram_add(h, values, NULL, count, w->sign * weight, w->err)))
        return code;
    w->done++;
    return WEIR_OK;
}

static weir_code add_numbers(walk *w, const plan_number *number)
{
    double values[PIECE];
    size_t n = 0;

    for (size_t i = 0; i < w->count; i++)
        if (number->from->present[w->rows[i]])
            values[n++] = number->from->values[w->rows[i]];
    return add(w, number->slot, values, n, 1);
}

static weir_code add_category(walk *w, const plan_category *category)
{
    static const double zero = 0, one = 1;
    double present = 0, ones[SIDE] = {0};
    size_t slots = weir_schema_slots(w->schema);
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < w->count; i++)
        if (category->from->present[w->rows[i]]) {
            ones[category->slots[category->from->codes[w->rows[i]]]]++;
            present++;
        }
    for (size_t s = 0; !code && present > 0 && s < slots; s++)
        if (weir_schema_slot(w->schema, s)->parent == category->parent &&
            !(code = add(w, s, &zero, 1, present - ones[s])))
            code = add(w, s, &one, 1, ones[s]);
    return code;
}

/* All columns over the rows that were picked out, which are then done with. */
static weir_code add_rows(walk *w)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && w->count > 0 && i < w->plan->number_count; i++)
        code = add_numbers(w, &w->plan->numbers[i]);
    for (size_t i = 0; !code && w->count > 0 && i < w->plan->category_count; i++)
        code = add_category(w, &w->plan->categories[i]);
    w->count = 0;
    return code;
}

static weir_code take_row(walk *w, size_t row)
{
    w->rows[w->count++] = (uint32_t)row;
    return w->count == PIECE ? add_rows(w) : WEIR_OK;
}

static weir_code walk_number(walk *w, const plan_number *number)
{
    weir_code code = WEIR_OK;

    w->condition = number->slot;
    for (size_t r = 0; !code && r < w->batch->rows; r++)
        if (number->from->values[r] == 1)
            code = take_row(w, r);
    return code ? code : add_rows(w);
}

static weir_code walk_value(walk *w, const plan_category *category, size_t slot)
{
    weir_code code = WEIR_OK;

    w->condition = slot;
    for (size_t r = 0; !code && r < w->batch->rows; r++)
        if (category->from->present[r] && category->slots[category->from->codes[r]] == slot)
            code = take_row(w, r);
    return code ? code : add_rows(w);
}

static weir_code walk_all(walk *w)
{
    size_t slots = weir_schema_slots(w->schema);
    weir_code code = WEIR_OK;

    for (size_t i = w->plan->continuous_count; !code && i < w->plan->number_count; i++)
        code = walk_number(w, &w->plan->numbers[i]);
    for (size_t i = 0; !code && i < w->plan->category_count; i++)
        for (size_t s = 0; !code && s < slots; s++)
            if (weir_schema_slot(w->schema, s)->parent == w->plan->categories[i].parent)
                code = walk_value(w, &w->plan->categories[i], s);
    return code;
}

weir_code conditional_absorb(weir_summary *summary, const weir_schema *schema, const plan *p,
                             const weir_batch *batch, double sign, weir_error *err)
{
    walk w = {.summary = summary,
              .schema = schema,
              .plan = p,
              .batch = batch,
              .sign = sign,
              .limit = SIZE_MAX,
              .err = err};
    weir_code code;

    if (!summary->given || !(code = walk_all(&w)))
        return WEIR_OK;
    w = (walk){.summary = summary,
               .schema = schema,
               .plan = p,
               .batch = batch,
               .sign = -sign,
               .limit = w.done};
    (void)walk_all(&w); /* finds every bin there */
    return code;
}

/* --- merging, scaling, selecting */

static weir_code merge_one(weir_summary *into, const weir_histogram *from, size_t target,
                           size_t condition, double sign, weir_error *err)
{
    weir_histogram *to;
    weir_code code = made(into, target, condition, &to, err);

    if (code)
        return code;
    return sign == 0 ? weir_histogram_reserve(to, from, err)
                     : weir_histogram_merge(to, from, sign, err);
}

static weir_code merge_zeros(weir_summary *into, size_t target, size_t condition, double count,
                             double sign, weir_error *err)
{
    weir_histogram *to;
    weir_code code;

    if (count == 0)
        return WEIR_OK;
    if ((code = made(into, target, condition, &to, err)))
        return code;
    return sign == 0 ? weir_histogram_reserve(to, NULL, err)
                     : weir_histogram_add_zeros(to, sign * count, err);
}

/* The zeros of values that other never saw. seen: a byte a slot of schema. */
static weir_code merge_late(weir_summary *into, const weir_schema *schema,
                            const weir_summary *other, const size_t *slots, const uint8_t *seen,
                            double sign, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t t = 0; t < weir_schema_slots(schema); t++) {
        size_t parent = weir_schema_slot(schema, t)->parent, theirs;
        const char *name;

        if (seen[t] || parent == WEIR_NONE)
            continue;
        name = weir_schema_parent_name(schema, parent);
        theirs = weir_schema_find_parent(other->schema, name, strlen(name));
        for (size_t b = 0; !code && theirs != WEIR_NONE && b < other->slot_count; b++)
            if (weir_schema_slot(schema, slots[b])->type == WEIR_B)
                code = merge_zeros(
                    into, t, slots[b],
                    rows_of_category(other, other->schema, theirs, b, other->slot_count), sign,
                    err);
    }
    return code;
}

weir_code conditional_merge(weir_summary *into, const weir_schema *schema,
                            const weir_summary *other, const size_t *slots, double sign,
                            weir_error *err)
{
    uint8_t seen[SIDE] = {0};
    weir_code code = WEIR_OK;

    if (!into->given || !other->given)
        return WEIR_OK;
    for (size_t t = 0; !code && t < other->slot_count; t++) {
        seen[slots[t]] = 1;
        for (size_t b = 0; !code && b < other->slot_count; b++)
            if (*place(other, t, b) && weir_schema_slot(schema, slots[b])->type == WEIR_B)
                code = merge_one(into, *place(other, t, b), slots[t], slots[b], sign, err);
    }
    return code ? code : merge_late(into, schema, other, slots, seen, sign, err);
}

void conditional_scale(weir_summary *summary, double weight)
{
    for (size_t i = 0; summary->given && i < (size_t)SIDE * SIDE; i++)
        if (summary->given[i])
            weir_histogram_scale(summary->given[i], weight);
}

weir_code conditional_select(const weir_summary *whole, const size_t *slots, weir_summary *part,
                             weir_error *err)
{
    weir_code code = WEIR_OK;

    if (!whole->given || (code = conditional_new(part, err)))
        return code;
    for (size_t t = 0; t < part->slot_count; t++)
        for (size_t b = 0; !code && b < part->slot_count; b++)
            if (*place(whole, slots[t], slots[b]))
                code =
                    weir_histogram_copy(*place(whole, slots[t], slots[b]), place(part, t, b), err);
    return code;
}

/* --- comparing, storing, reading */

bool conditional_equal(const weir_summary *a, const weir_summary *b, double share, weir_error *why)
{
    weir_histogram *none = NULL;
    bool equal = true;

    if (!a->given || !b->given)
        return true;
    if (weir_histogram_new(&none, why))
        return false;
    for (size_t t = 0; t < a->slot_count; t++)
        for (size_t c = 0; equal && c < a->slot_count; c++) {
            const weir_histogram *x = *place(a, t, c), *y = *place(b, t, c);

            equal = weir_histogram_near(x ? x : none, y ? y : none, share, why);
            if (!equal)
                weir_explain(why, WEIR_INVALID, "histogram of %.60s given %.60s",
                             weir_schema_slot(a->schema, t)->name,
                             weir_schema_slot(a->schema, c)->name);
        }
    weir_histogram_free(none);
    return equal;
}

size_t conditional_memory(const weir_summary *summary)
{
    size_t bytes = summary->given ? (size_t)SIDE * SIDE * sizeof(weir_histogram *) : 0;

    for (size_t i = 0; summary->given && i < (size_t)SIDE * SIDE; i++)
        bytes += summary->given[i] ? weir_histogram_memory(summary->given[i]) : 0;
    return bytes;
}

static bool has_state(const weir_summary *summary, size_t target, size_t condition)
{
    const weir_histogram *h = *place(summary, target, condition);

    return h && !weir_histogram_blank(h);
}

void conditional_write(const weir_summary *summary, weir_bytes *out)
{
    uint32_t count = 0;

    for (size_t t = 0; t < summary->slot_count; t++)
        for (size_t b = 0; b < summary->slot_count; b++)
            count += has_state(summary, t, b);
    weir_bytes_u32(out, count);
    for (size_t t = 0; t < summary->slot_count; t++)
        for (size_t b = 0; b < summary->slot_count; b++)
            if (has_state(summary, t, b)) {
                weir_bytes_u32(out, (uint32_t)t);
                weir_bytes_u32(out, (uint32_t)b);
                weir_histogram_write(*place(summary, t, b), out);
            }
}

weir_code conditional_read(weir_reader *reader, weir_summary *summary, weir_error *err)
{
    uint32_t count = weir_read_u32(reader);
    size_t next = 0; /* the least place that may come */
    weir_code code = WEIR_OK;

    if (summary->slot_count > SIDE)
        return weir_fail(err, WEIR_CORRUPT, "summary: conditional histograms of %zu columns",
                         summary->slot_count);
    if ((code = conditional_new(summary, err)))
        return code;
    for (uint32_t i = 0; !code && i < count; i++) {
        size_t target = weir_read_u32(reader), condition = weir_read_u32(reader);

        if (reader->failed || target >= summary->slot_count || condition >= summary->slot_count ||
            target * SIDE + condition < next || !summary->columns[condition].binary)
            return weir_fail(err, WEIR_CORRUPT, "summary: conditional histogram %u of %u", i,
                             count);
        next = target * SIDE + condition + 1;
        code = weir_histogram_read(reader, place(summary, target, condition), err);
    }
    if (!code && (reader->failed || weir_reader_left(reader) > 0))
        code = weir_fail(err, WEIR_CORRUPT, "summary: the conditional histograms cannot be read");
    return code;
}

bool weir_summary_has_conditional(const weir_summary *summary)
{
    return summary->given != NULL;
}

const weir_histogram *weir_summary_conditional(const weir_summary *summary, size_t target,
                                               size_t binary)
{
    size_t t = weir_schema_at(summary->schema, target)->slot;
    size_t b = weir_schema_at(summary->schema, binary)->slot;

    if (!summary->given || t >= SIDE || b >= SIDE)
        return NULL;
    return *place(summary, t, b);
}
