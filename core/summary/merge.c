/* merge.c: adding and subtracting summaries.
 *
 * Both are brought to one schema (columns by name), one anchor a column and the weaker of the two precisions; then all
 * sums simply add. The complete blocks add when they are about the same columns, otherwise both fold into the pairwise
 * one. A category value that one side never saw was 0 in its rows: nothing to do in the tables, zeros to add in the
 * histograms. The work is done on a copy that takes the summary's place at the end, so a failure leaves no trace.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "summary/state.h"
#include "weir/memory.h"

/* Where the slots, groups and parents of the other summary are in the one that takes it in. */
typedef struct {
    size_t *slots, *groups, *parents;
} mapping;

static void mapping_free(mapping *map)
{
    weir_free(map->slots);
    weir_free(map->groups);
    weir_free(map->parents);
}

static weir_code mapping_new(const weir_summary *other, mapping *out, weir_error *err)
{
    out->slots = weir_malloc(other->slot_count * sizeof *out->slots);
    out->groups = weir_malloc(other->group_count * sizeof *out->groups);
    out->parents = weir_malloc(other->parent_count * sizeof *out->parents);
    if (!out->slots || !out->groups || !out->parents)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to match %zu columns", other->slot_count);
    return WEIR_OK;
}

/* Adds the columns of other to schema and notes where their slots and parents are. */
static weir_code unite(weir_schema *schema, const weir_schema *other, mapping *map, weir_error *err)
{
    weir_code code;

    for (size_t p = 0; p < weir_schema_parents(other); p++) {
        const char *name = weir_schema_parent_name(other, p);

        if ((code = weir_schema_add(schema, name, strlen(name), WEIR_T, &map->parents[p], err)))
            return code;
    }
    for (size_t i = 0; i < weir_schema_size(other); i++) {
        const weir_attribute *a = weir_schema_at(other, i);
        size_t id;

        code = a->parent == WEIR_NONE
                   ? weir_schema_add(schema, a->name, strlen(a->name), a->type, &id, err)
                   : weir_schema_add_value(schema, map->parents[a->parent], a->value,
                                           strlen(a->value), a->other, &id, err);
        if (code)
            return code;
        if (a->slot != WEIR_NONE)
            map->slots[a->slot] = weir_schema_at(schema, id)->slot;
    }
    return WEIR_OK;
}

/* The groups follow from the slots and parents once the summary has the schema. */
static void map_groups(const weir_summary *into, const weir_summary *other, mapping *map)
{
    for (size_t s = 0; s < other->slot_count; s++)
        map->groups[other->columns[s].group] = into->columns[map->slots[s]].group;
    for (size_t p = 0; p < other->parent_count; p++)
        map->groups[other->parents[p].group] = into->parents[map->parents[p]].group;
}

static bool has_complete(const weir_summary *summary)
{
    return summary->group_count > 0 && memchr(summary->complete, 1, summary->group_count);
}

/* Whether the complete blocks of two summaries are about the same columns. If not, both have to be folded. */
static bool same_complete(const weir_summary *into, const weir_summary *other, const mapping *map)
{
    size_t marked = 0, met = 0;

    for (size_t g = 0; g < into->group_count; g++)
        marked += into->complete[g];
    for (size_t g = 0; g < other->group_count; g++) {
        if (other->complete[g] && !into->complete[map->groups[g]])
            return false;
        met += other->complete[g];
    }
    return marked == met;
}

/* --- adding sums */

static weir_dd with_sign(weir_dd value, double sign)
{
    return sign < 0 ? weir_dd_negate(value) : value;
}

static void add_to(weir_dd *to, weir_dd value, double sign)
{
    *to = weir_dd_add(*to, with_sign(value, sign));
}

/* The symmetric tables and D. */
static void add_tables(weir_summary *into, const weir_summary *other, const mapping *map,
                       double sign)
{
    for (size_t a = 0; a < other->slot_count; a++) {
        const column *ca = &other->columns[a];
        size_t row = map->slots[a];

        for (size_t b = 0; b <= a; b++) {
            sums_add_pair(&into->products, row, map->slots[b],
                          with_sign(sums_at(&other->products, a, b), sign));
            if (into->squares)
                sums_add_pair(&into->squared, row, map->slots[b],
                              with_sign(sums_at(&other->squared, a, b), sign));
        }
        for (size_t b = 0; !ca->binary && b < other->slot_count; b++) {
            const column *cb = &other->columns[b];

            if (cb->binary)
                sums_add(&into->mixed, into->columns[row].rank, into->columns[map->slots[b]].rank,
                         with_sign(sums_at(&other->mixed, ca->rank, cb->rank), sign));
        }
    }
}

/* The pairwise block; folded: with the complete rows of other in it. */
static void add_pairwise(weir_summary *into, const weir_summary *other, const mapping *map,
                         double sign, bool folded)
{
    for (size_t g = 0; g < other->group_count; g++)
        for (size_t h = 0; h <= g; h++) {
            double count = folded ? state_count(other, g, h) : sums_pair(&other->counts, g, h).hi;

            sums_add_pair(&into->counts, map->groups[g], map->groups[h], weir_dd_of(sign * count));
        }
    for (size_t s = 0; s < other->slot_count; s++) {
        const column *c = &other->columns[s];
        size_t slot = map->slots[s];

        for (size_t g = 0; g < other->group_count; g++) {
            weir_dd first = folded ? state_joint(other, s, g) : sums_at(&other->joint, s, g);

            sums_add(&into->joint, slot, map->groups[g], with_sign(first, sign));
            if (c->binary)
                continue;
            first = folded ? state_joint2(other, s, g) : sums_at(&other->joint2, c->rank, g);
            sums_add(&into->joint2, into->columns[slot].rank, map->groups[g],
                     with_sign(first, sign));
        }
    }
}

static void add_columns(weir_summary *into, const weir_summary *other, const mapping *map,
                        double sign, bool folded)
{
    for (size_t s = 0; s < other->slot_count; s++) {
        const column *from = &other->columns[s];
        column *to = &into->columns[map->slots[s]];

        if (!folded) {
            add_to(&to->complete1, from->complete1, sign);
            add_to(&to->complete2, from->complete2, sign);
        }
        add_to(&to->third, from->third, sign);
        add_to(&to->fourth, from->fourth, sign);
        to->ever2 += from->ever2;
        to->ever4 += from->ever4;
        to->ever_raw4 += from->ever_raw4;
        if (sign > 0) {
            to->least = fmin(to->least, from->least);
            to->greatest = fmax(to->greatest, from->greatest);
        }
    }
}

static void add_totals(weir_summary *into, const weir_summary *other, const mapping *map,
                       double sign)
{
    for (size_t p = 0; p < other->parent_count; p++)
        into->parents[map->parents[p]].covered += sign * other->parents[p].covered;
    into->rows += sign * other->rows;
    into->ever += other->ever;
    into->histogram_rows += sign * other->histogram_rows;
    into->subtracted = into->subtracted || other->subtracted || (sign < 0 && other->ever > 0);
}

/* --- histograms */

static weir_code add_histograms(weir_summary *into, const weir_summary *other, const mapping *map,
                                double sign, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t s = 0; !code && s < other->slot_count; s++) {
        const column *from = &other->columns[s];
        column *to = &into->columns[map->slots[s]];

        if (!(code = weir_histogram_merge(to->histogram, from->histogram, sign, err)))
            code = weir_ddsketch_merge(to->sketch, from->sketch, sign, err);
    }
    return code;
}

/* The zeros of values that other never saw, in its rows in which their category was there. */
static weir_code add_late_zeros(weir_summary *into, const weir_summary *other, const mapping *map,
                                double sign, weir_error *err)
{
    uint8_t *seen = weir_calloc(into->slot_count, 1);
    double *covered = weir_calloc(into->parent_count, sizeof *covered);
    weir_code code = WEIR_OK;

    if (!seen || !covered) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to match %zu columns", into->slot_count);
        goto done;
    }
    for (size_t s = 0; s < other->slot_count; s++)
        seen[map->slots[s]] = 1;
    for (size_t p = 0; p < other->parent_count; p++)
        covered[map->parents[p]] = other->parents[p].covered;
    for (size_t s = 0; !code && s < into->slot_count; s++) {
        size_t parent = weir_schema_slot(into->schema, s)->parent;
        column *c = &into->columns[s];

        if (seen[s] || parent == WEIR_NONE || covered[parent] == 0)
            continue;
        if (!(code = weir_histogram_add_zeros(c->histogram, sign * covered[parent], err)))
            code = weir_ddsketch_add_zeros(c->sketch, sign * covered[parent], err);
    }
done:
    weir_free(seen);
    weir_free(covered);
    return code;
}

/* --- the whole */

/* The precision that both can have. */
static void meet_precision(weir_summary *into, const weir_summary *other)
{
    if (other->precision == WEIR_PRECISION_DOUBLE && into->precision != WEIR_PRECISION_DOUBLE)
        state_narrow(into);
    if (into->precision == WEIR_PRECISION_AUTO)
        into->precision = other->precision;
    if (!other->squares && into->squares) {
        into->squares = false;
        sums_free(&into->squared);
    }
}

/* One anchor a column: that of the side with more rows in it. other is a copy that may be changed. */
static void meet_anchors(weir_summary *into, weir_summary *other, const mapping *map)
{
    for (size_t s = 0; s < other->slot_count; s++) {
        column *from = &other->columns[s], *to = &into->columns[map->slots[s]];
        bool theirs = !to->anchored && from->anchored;

        if (to->anchored == from->anchored)
            theirs = fabs(state_rows_of(into, map->slots[s])) < fabs(state_rows_of(other, s));
        if (theirs)
            state_anchor(into, map->slots[s], from->anchor);
        else
            state_anchor(other, s, to->anchor);
        to->anchored = to->anchored || from->anchored;
    }
}

static void mark_complete(weir_summary *into, const weir_summary *other, const mapping *map)
{
    for (size_t g = 0; g < other->group_count; g++)
        if (other->complete[g])
            into->complete[map->groups[g]] = 1;
}

/* Makes into, which may be left half-way on failure, have the columns of other. */
static weir_code extend(weir_summary *into, const weir_summary *other, mapping *map,
                        weir_error *err)
{
    weir_schema *schema = NULL;
    weir_code code;

    if ((code = mapping_new(other, map, err)) ||
        (code = weir_schema_copy(into->schema, &schema, err)) ||
        (code = unite(schema, other->schema, map, err)))
        goto done;
    if (weir_schema_size(schema) > into->max_attributes &&
        weir_schema_size(schema) > weir_schema_size(into->schema)) {
        code = weir_fail(err, WEIR_TOO_LARGE, "together there are %zu attributes; %zu are allowed",
                         weir_schema_size(schema), into->max_attributes);
        goto done;
    }
    if (other->histograms && (code = weir_summary_set_histograms(into, true, err)))
        goto done;
    meet_precision(into, other);
    if ((code = state_prepare(into, schema, err)))
        goto done;
    state_adopt(into, schema);
    schema = NULL;
    map_groups(into, other, map);
done:
    weir_schema_free(schema);
    return code;
}

/* sum += sign * other; sum may be left half-way on failure, other is a copy that may be changed. */
static weir_code add_summary(weir_summary *sum, weir_summary *other, double sign, weir_error *err)
{
    mapping map = {0};
    bool folded;
    weir_code code = extend(sum, other, &map, err);

    if (code)
        goto done;
    meet_anchors(sum, other, &map);
    if (!has_complete(sum))
        mark_complete(sum, other, &map);
    folded = has_complete(other) && !same_complete(sum, other, &map);
    if ((folded || other->pairwise) && (code = state_prepare_pairwise(sum, sum->schema, err)))
        goto done;
    if (folded)
        state_fold(sum);
    else
        sum->complete_rows += sign * other->complete_rows;
    add_tables(sum, other, &map, sign);
    if (folded || other->pairwise)
        add_pairwise(sum, other, &map, sign, folded);
    add_columns(sum, other, &map, sign, folded);
    if (other->histograms && ((code = add_histograms(sum, other, &map, sign, err)) ||
                              (code = add_late_zeros(sum, other, &map, sign, err))))
        goto done;
    add_totals(sum, other, &map, sign);
done:
    mapping_free(&map);
    return code;
}

static weir_code combine(weir_summary *into, const weir_summary *other, double sign,
                         weir_error *err)
{
    weir_summary *sum = NULL, *copy = NULL, swap;
    weir_code code = WEIR_OK;

    if (other->precision == WEIR_PRECISION_AUTO) /* it never saw a column */
        return WEIR_OK;
    if ((code = weir_summary_copy(into, &sum, err)) ||
        (code = weir_summary_copy(other, &copy, err)) || (code = add_summary(sum, copy, sign, err)))
        goto done;
    swap = *into;
    *into = *sum;
    *sum = swap;
done:
    weir_summary_free(sum);
    weir_summary_free(copy);
    return code;
}

weir_code weir_summary_merge(weir_summary *into, const weir_summary *other, weir_error *err)
{
    return combine(into, other, 1, err);
}

weir_code weir_summary_subtract(weir_summary *from, const weir_summary *other, weir_error *err)
{
    return combine(from, other, -1, err);
}
