/* merge.c: adding and subtracting summaries.
 *
 * Both are brought to one schema (columns by name), one anchor a column and the weaker of the two precisions; then all
 * sums simply add. The complete blocks add when they are about the same columns, otherwise both fold into the pairwise
 * one. A category value that one side never saw was 0 in its rows: nothing to do in the tables, zeros to add in the
 * histograms.
 *
 * All that can fail comes first: the schema of both, room in every table and histogram, and, only where the other
 * summary has an anchor or a type that the sum will not have, a copy of its tables that can be brought in line. Then
 * everything is added in place, so a pane of a window costs no copy of the whole.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "summary/conditional.h"
#include "weir/memory.h"

/* Where the slots, groups and parents of the other summary are in the one that takes it in. */
typedef struct {
    size_t *slots, *groups, *parents;
    size_t united_slots;
    uint8_t *seen;   /* a slot of both together: does other have it? */
    double *covered; /* a parent of both together: what other covers of it */
} mapping;

static void mapping_free(mapping *map)
{
    weir_free(map->slots);
    weir_free(map->groups);
    weir_free(map->parents);
    weir_free(map->seen);
    weir_free(map->covered);
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

/* What is known once the schema of both is made. */
static weir_code mapping_finish(const weir_schema *schema, const weir_summary *other, mapping *map,
                                weir_error *err)
{
    map->united_slots = weir_schema_slots(schema);
    map->seen = weir_calloc(map->united_slots, 1);
    map->covered = weir_calloc(weir_schema_parents(schema), sizeof *map->covered);
    if (!map->seen || !map->covered)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to match %zu columns", map->united_slots);
    for (size_t s = 0; s < other->slot_count; s++)
        map->seen[map->slots[s]] = 1;
    for (size_t p = 0; p < other->parent_count; p++)
        map->covered[map->parents[p]] = other->parents[p].covered;
    return WEIR_OK;
}

/* Adds a plain column of other; of B and C the wider type stays. */
static weir_code unite_plain(weir_schema *schema, const weir_attribute *a, size_t *id,
                             weir_error *err)
{
    size_t length = strlen(a->name);
    weir_type known = a->type;
    bool there = weir_schema_type(schema, a->name, length, &known);
    bool wider = there && known == WEIR_B && a->type == WEIR_C;
    bool narrower = there && known == WEIR_C && a->type == WEIR_B;

    if (!wider && !narrower)
        return weir_schema_add(schema, a->name, length, a->type, id, err);
    *id = weir_schema_find(schema, a->name, length);
    if (wider)
        weir_schema_widen(schema, *id);
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
                   ? unite_plain(schema, a, &id, err)
                   : weir_schema_add_value(schema, map->parents[a->parent], a->value,
                                           strlen(a->value), a->other, &id, err);
        if (code)
            return code;
        if (a->slot != WEIR_NONE)
            map->slots[a->slot] = weir_schema_at(schema, id)->slot;
    }
    return WEIR_OK;
}

/* The groups follow from the slots and parents; WEIR_NONE for one that into does not have yet. */
static void map_groups(const weir_summary *into, const weir_summary *other, mapping *map)
{
    for (size_t s = 0; s < other->slot_count; s++)
        map->groups[other->columns[s].group] =
            map->slots[s] < into->slot_count ? into->columns[map->slots[s]].group : WEIR_NONE;
    for (size_t p = 0; p < other->parent_count; p++)
        map->groups[other->parents[p].group] =
            map->parents[p] < into->parent_count ? into->parents[map->parents[p]].group : WEIR_NONE;
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
        if (other->complete[g] && (map->groups[g] == WEIR_NONE || !into->complete[map->groups[g]]))
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
            weir_dd count =
                folded ? state_exact_count(other, g, h) : sums_pair(&other->counts, g, h);

            sums_add_pair(&into->counts, map->groups[g], map->groups[h], with_sign(count, sign));
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
    into->scaled = into->scaled || other->scaled;
}

/* --- histograms */

/* Adds, or with sign 0 makes room, after which adding cannot fail. */
static weir_code merge_column(column *to, const column *from, double sign, weir_error *err)
{
    weir_code code;

    if (sign == 0)
        code = weir_histogram_reserve(to->histogram, from->histogram, err);
    else
        code = weir_histogram_merge(to->histogram, from->histogram, sign, err);
    if (code)
        return code;
    return sign == 0 ? weir_ddsketch_reserve(to->sketch, from->sketch, err)
                     : weir_ddsketch_merge(to->sketch, from->sketch, sign, err);
}

static weir_code merge_zeros(column *to, double count, double sign, weir_error *err)
{
    weir_code code;

    if (sign == 0)
        return weir_histogram_reserve(to->histogram, NULL, err);
    code = weir_histogram_add_zeros(to->histogram, sign * count, err);
    return code ? code : weir_ddsketch_add_zeros(to->sketch, sign * count, err);
}

/* All histograms of other, into columns that are there or prepared; likewise. */
static weir_code add_histograms(weir_summary *into, const weir_schema *schema,
                                const weir_summary *other, const mapping *map, double sign,
                                weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t s = 0; !code && s < other->slot_count; s++)
        code = merge_column(&into->columns[map->slots[s]], &other->columns[s], sign, err);
    /* The values that other never saw were 0 in its rows in which their category was there. */
    for (size_t s = 0; !code && s < map->united_slots; s++) {
        size_t parent = weir_schema_slot(schema, s)->parent;

        if (parent != WEIR_NONE && !map->seen[s] && map->covered[parent] != 0)
            code = merge_zeros(&into->columns[s], map->covered[parent], sign, err);
    }
    return code ? code : conditional_merge(into, schema, other, map->slots, sign, err);
}

/* --- bringing both in line */

/* The precision that both can have. */
static void meet_precision(weir_summary *into, const weir_summary *other)
{
    if (other->precision == WEIR_PRECISION_DOUBLE && into->precision != WEIR_PRECISION_DOUBLE)
        state_narrow(into);
    if (!other->squares && into->squares) {
        into->squares = false;
        sums_free(&into->squared);
    }
}

/* One anchor a column: that of the side with more rows in it. True: that of other. to NULL: a new column. */
static bool anchor_is_theirs(const weir_summary *into, const weir_summary *other, size_t slot,
                             size_t to)
{
    bool known = to < into->slot_count, ours = known && into->columns[to].anchored;

    if (ours != other->columns[slot].anchored)
        return !ours;
    return fabs(known ? state_rows_of(into, to) : 0) < fabs(state_rows_of(other, slot));
}

/* Whether other is about the same anchors and types as the sum will be. */
static bool in_line(const weir_summary *into, const weir_schema *schema, const weir_summary *other,
                    const mapping *map)
{
    for (size_t s = 0; s < other->slot_count; s++) {
        size_t to = map->slots[s];
        double anchor = to < into->slot_count ? into->columns[to].anchor : 0;

        if (other->columns[s].binary != (weir_schema_slot(schema, to)->type == WEIR_B) ||
            (other->columns[s].anchor != anchor && !anchor_is_theirs(into, other, s, to)))
            return false;
    }
    return true;
}

/* A copy of the tables of other in which the columns that are wider in the sum are so too. */
static weir_code copy_widened(const weir_summary *other, const weir_schema *schema,
                              const mapping *map, weir_summary **out, weir_error *err)
{
    weir_summary *copy = NULL;
    weir_schema *wider = NULL;
    weir_code code;

    if ((code = state_copy(other, false, &copy, err)) ||
        (code = weir_schema_copy(other->schema, &wider, err)))
        goto done;
    for (size_t s = 0; s < other->slot_count; s++)
        if (other->columns[s].binary && weir_schema_slot(schema, map->slots[s])->type != WEIR_B)
            weir_schema_widen(wider, weir_schema_slot_id(wider, s));
    if ((code = state_prepare(copy, wider, err)))
        goto done;
    state_adopt(copy, wider);
    wider = NULL;
    *out = copy;
    copy = NULL;
done:
    weir_summary_free(copy);
    weir_schema_free(wider);
    return code;
}

/* Brings the anchors of both together. ours: a copy of other that may be changed, or NULL where it need not be. */
static void meet_anchors(weir_summary *into, const weir_summary *other, weir_summary *ours,
                         const mapping *map)
{
    for (size_t s = 0; s < other->slot_count; s++) {
        column *to = &into->columns[map->slots[s]];
        const column *from = &other->columns[s];

        if (from->anchor != to->anchor) {
            if (anchor_is_theirs(into, other, s, map->slots[s]))
                state_anchor(into, map->slots[s], from->anchor);
            else
                state_anchor(ours, s, to->anchor);
        }
        to->anchored = to->anchored || from->anchored;
    }
}

static void mark_complete(weir_summary *into, const weir_summary *other, const mapping *map)
{
    for (size_t g = 0; g < other->group_count; g++)
        if (other->complete[g])
            into->complete[map->groups[g]] = 1;
}

/* --- the whole */

/* What is decided before anything changes. */
typedef struct {
    const weir_summary *other;
    weir_summary *copy;  /* of the tables of other, in line; or NULL where they are as they are */
    weir_schema *schema; /* of the sum */
    mapping map;
    double sign;
    bool folded; /* the complete blocks are about different columns */
} addition;

static void addition_free(addition *a)
{
    mapping_free(&a->map);
    weir_schema_free(a->schema);
    weir_summary_free(a->copy);
}

static weir_code check_limits(const weir_summary *into, const weir_schema *schema, weir_error *err)
{
    if (weir_schema_size(schema) > into->max_attributes &&
        weir_schema_size(schema) > weir_schema_size(into->schema))
        return weir_fail(err, WEIR_TOO_LARGE, "together there are %zu attributes; %zu are allowed",
                         weir_schema_size(schema), into->max_attributes);
    if (into->given && weir_schema_slots(schema) > WEIR_CONDITIONAL_COLUMNS)
        return conditional_too_many(weir_schema_slots(schema), err);
    return WEIR_OK;
}

/* Room for everything. On failure into has changed in nothing but room, and the caller cancels that. */
static weir_code make_room(weir_summary *into, addition *a, weir_error *err)
{
    const weir_summary *other = a->other;
    bool complete = has_complete(into) && has_complete(other);
    weir_code code;

    map_groups(into, other, &a->map);
    a->folded = complete && !same_complete(into, other, &a->map);
    if ((code = state_prepare(into, a->schema, err)) ||
        ((a->folded || other->pairwise) && (code = state_prepare_pairwise(into, a->schema, err))) ||
        (other->histograms && (code = add_histograms(into, a->schema, other, &a->map, 0, err))))
        return code;
    return in_line(into, a->schema, other, &a->map)
               ? WEIR_OK
               : copy_widened(other, a->schema, &a->map, &a->copy, err);
}

/* The part that cannot fail: all room is there. */
static void add_all(weir_summary *into, addition *a)
{
    const weir_summary *tables = a->copy ? a->copy : a->other;
    double sign = a->sign;

    state_adopt(into, a->schema);
    a->schema = NULL;
    map_groups(into, a->other, &a->map);
    meet_precision(into, a->other);
    meet_anchors(into, a->other, a->copy, &a->map);
    if (!has_complete(into))
        mark_complete(into, a->other, &a->map);
    if (a->folded)
        state_fold(into);
    else
        add_to(&into->complete_rows, a->other->complete_rows, sign);
    add_tables(into, tables, &a->map, sign);
    if (a->folded || tables->pairwise)
        add_pairwise(into, tables, &a->map, sign, a->folded);
    add_columns(into, tables, &a->map, sign, a->folded);
    if (a->other->histograms)
        (void)add_histograms(into, into->schema, a->other, &a->map, sign, NULL);
    add_totals(into, a->other, &a->map, sign);
}

static weir_code combine_two(weir_summary *into, const weir_summary *other, double sign,
                             weir_error *err)
{
    addition a = {.other = other, .sign = sign};
    bool undecided = into->precision == WEIR_PRECISION_AUTO, had = into->histograms;
    weir_code code;

    if ((code = weir_schema_copy(into->schema, &a.schema, err)) ||
        (code = mapping_new(other, &a.map, err)) ||
        (code = unite(a.schema, other->schema, &a.map, err)) ||
        (code = mapping_finish(a.schema, other, &a.map, err)) ||
        (code = check_limits(into, a.schema, err)) ||
        (other->histograms && (code = weir_summary_set_histograms(into, true, err))))
        goto done;
    if (undecided)
        into->precision = other->precision;
    if ((code = make_room(into, &a, err))) {
        state_cancel(into);
        if (undecided)
            state_undecide(into);
        (void)weir_summary_set_histograms(into, had, NULL); /* turning off needs no memory */
        goto done;
    }
    add_all(into, &a);
done:
    addition_free(&a);
    return code;
}

static weir_code combine(weir_summary *into, const weir_summary *other, double sign,
                         weir_error *err)
{
    weir_summary *copy = NULL;
    weir_code code;

    if (other->precision == WEIR_PRECISION_AUTO) /* it never saw a column */
        return WEIR_OK;
    if (other != into)
        return combine_two(into, other, sign, err);
    if ((code = weir_summary_copy(other, &copy, err)))
        return code;
    code = combine_two(into, copy, sign, err);
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
