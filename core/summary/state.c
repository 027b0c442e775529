/* state.c: how the tables of a summary grow, fold and move their anchors. What they mean is told in state.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/state.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "summary/conditional.h"
#include "weir/memory.h"

/* How many slots of each type and groups a schema asks for. */
typedef struct {
    size_t slots, groups, parents, continuous, binary;
} extent;

static extent extent_of(const weir_schema *schema)
{
    extent wanted = {.slots = weir_schema_slots(schema), .parents = weir_schema_parents(schema)};

    wanted.groups = wanted.parents;
    for (size_t s = 0; s < wanted.slots; s++) {
        const weir_attribute *a = weir_schema_slot(schema, s);

        wanted.binary += a->type == WEIR_B;
        wanted.groups += a->parent == WEIR_NONE;
    }
    wanted.continuous = wanted.slots - wanted.binary;
    return wanted;
}

static bool grow_array(void **array, size_t *room, size_t wanted, size_t size)
{
    size_t more = *room ? wanted + wanted / 2 : wanted;
    void *grown;

    if (wanted <= *room)
        return true;
    grown = weir_realloc_array(*array, more, size);
    if (!grown)
        return false;
    *array = grown;
    *room = more;
    return true;
}

static bool reserve_pairwise(weir_summary *summary, const extent *wanted)
{
    bool wide = summary->precision != WEIR_PRECISION_DOUBLE;

    return sums_reserve(&summary->counts, wanted->groups, wanted->groups, wide) &&
           sums_reserve(&summary->joint, wanted->slots, wanted->groups, wide) &&
           sums_reserve(&summary->joint2, wanted->continuous, wanted->groups, wide);
}

/* Whether a column that is binary is not so in the schema. */
static bool widens(const weir_summary *summary, const weir_schema *schema)
{
    for (size_t s = 0; s < summary->slot_count; s++)
        if (summary->columns[s].binary && weir_schema_slot(schema, s)->type != WEIR_B)
            return true;
    return false;
}

/* Room for D and Q as they will be. */
static bool reserve_wider(weir_summary *summary, const extent *wanted)
{
    bool wide = summary->precision != WEIR_PRECISION_DOUBLE;

    return sums_reserve(&summary->wider_mixed, wanted->continuous, wanted->binary, wide) &&
           (!summary->pairwise ||
            sums_reserve(&summary->wider_joint2, wanted->continuous, wanted->groups, wide));
}

static bool reserve(weir_summary *summary, const extent *wanted)
{
    bool wide = summary->precision != WEIR_PRECISION_DOUBLE;

    return grow_array((void **)&summary->columns, &summary->slot_room, wanted->slots,
                      sizeof(column)) &&
           grow_array((void **)&summary->parents, &summary->parent_room, wanted->parents,
                      sizeof(parent_state)) &&
           grow_array((void **)&summary->complete, &summary->group_room, wanted->groups, 1) &&
           sums_reserve(&summary->products, wanted->slots, wanted->slots, wide) &&
           sums_reserve(&summary->mixed, wanted->continuous, wanted->binary, wide) &&
           (!summary->squares || wanted->slots > WIDEST ||
            sums_reserve(&summary->squared, wanted->slots, wanted->slots, wide)) &&
           (!summary->pairwise || reserve_pairwise(summary, wanted));
}

/* A new column; a value of a category gets the zeros of the rows in which it was not there yet. */
static weir_code make_column(const weir_summary *summary, const weir_attribute *a, column *out,
                             weir_error *err)
{
    double covered = 0;
    weir_code code = WEIR_OK;

    *out = (column){.binary = a->type == WEIR_B, .least = NAN, .greatest = NAN};
    if (!summary->histograms)
        return WEIR_OK;
    if (a->parent != WEIR_NONE && a->parent < summary->parent_count)
        covered = summary->parents[a->parent].covered;
    if ((code = weir_histogram_new(&out->histogram, err)) ||
        (code = weir_ddsketch_new(&out->sketch, err)) ||
        (code = weir_histogram_add_zeros(out->histogram, covered, err)))
        return code;
    return weir_ddsketch_add_zeros(out->sketch, covered, err);
}

static void column_clear(column *c)
{
    weir_histogram_free(c->histogram);
    weir_ddsketch_free(c->sketch);
    c->histogram = NULL;
    c->sketch = NULL;
}

static void forget_wider(weir_summary *summary)
{
    sums_free(&summary->wider_mixed);
    sums_free(&summary->wider_joint2);
}

weir_code state_prepare(weir_summary *summary, const weir_schema *schema, weir_error *err)
{
    extent wanted = extent_of(schema);
    weir_code code = WEIR_OK;

    if (!reserve(summary, &wanted) || (widens(summary, schema) && !reserve_wider(summary, &wanted)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu columns", wanted.slots);
    for (size_t s = summary->slot_count; !code && s < wanted.slots; s++) {
        code = make_column(summary, weir_schema_slot(schema, s), &summary->columns[s], err);
        summary->prepared_slots = s + 1;
        if (!code)
            code = conditional_prepare(summary, schema, s, err);
    }
    if (code)
        state_cancel(summary);
    return code;
}

void state_cancel(weir_summary *summary)
{
    forget_wider(summary);
    for (size_t s = summary->slot_count; s < summary->prepared_slots; s++) {
        column_clear(&summary->columns[s]);
        conditional_forget(summary, s);
    }
    summary->prepared_slots = summary->slot_count;
}

static size_t new_group(weir_summary *summary)
{
    summary->complete[summary->group_count] = 0;
    return summary->group_count++;
}

/* The row of D and of the pairwise part of Q that a continuous column has in the new tables, from what was kept of it
 * so far: x^2 = x where it was binary. */
static void widen_rows(weir_summary *summary, const weir_schema *schema, size_t x, size_t rank)
{
    const column *c = &summary->columns[x];
    size_t binary = 0;

    for (size_t y = 0; y < summary->slot_count; y++)
        if (weir_schema_slot(schema, y)->type == WEIR_B)
            sums_put(&summary->wider_mixed, rank, binary++, state_mixed(summary, x, y));
    for (size_t g = 0; summary->wider_joint2.hi && g < summary->group_count; g++)
        sums_put(&summary->wider_joint2, rank, g,
                 c->binary ? sums_at(&summary->joint, x, g)
                           : sums_at(&summary->joint2, c->rank, g));
}

/* The powers of a column of zeros and ones, which from here on are kept one by one. */
static void widen_powers(weir_summary *summary, size_t slot)
{
    column *c = &summary->columns[slot];
    weir_dd ones = state_joint(summary, slot, c->group);
    weir_dd zeros = weir_dd_subtract(state_exact_count(summary, c->group, c->group), ones);

    c->binary = false;
    c->complete2 = c->complete1;
    c->third = c->fourth = ones;
    c->ever4 = c->ever_raw4 = c->ever2;
    c->least = zeros.hi != 0 ? 0 : ones.hi != 0 ? 1 : NAN;
    c->greatest = ones.hi != 0 ? 1 : zeros.hi != 0 ? 0 : NAN;
    conditional_widen(summary, slot);
}

/* Brings the columns to the types of the schema: ranks stay in the order of slots, so D and Q are laid out anew. */
static void adopt_types(weir_summary *summary, const weir_schema *schema)
{
    size_t rank = 0;

    if (!widens(summary, schema))
        return;
    for (size_t s = 0; s < summary->slot_count; s++)
        if (weir_schema_slot(schema, s)->type != WEIR_B)
            widen_rows(summary, schema, s, rank++);
    sums_free(&summary->mixed);
    summary->mixed = summary->wider_mixed;
    summary->wider_mixed = (sums){0};
    if (summary->wider_joint2.hi) { /* otherwise nothing is in it yet */
        sums_free(&summary->joint2);
        summary->joint2 = summary->wider_joint2;
        summary->wider_joint2 = (sums){0};
    }
    summary->continuous_count = summary->binary_count = 0;
    for (size_t s = 0; s < summary->slot_count; s++) {
        column *c = &summary->columns[s];

        if (c->binary && weir_schema_slot(schema, s)->type != WEIR_B)
            widen_powers(summary, s);
        c->rank = c->binary ? summary->binary_count++ : summary->continuous_count++;
    }
}

void state_adopt(weir_summary *summary, weir_schema *schema)
{
    size_t slots = weir_schema_slots(schema), parents = weir_schema_parents(schema);

    adopt_types(summary, schema);
    for (; summary->parent_count < parents; summary->parent_count++)
        summary->parents[summary->parent_count] = (parent_state){.group = new_group(summary)};
    for (; summary->slot_count < slots; summary->slot_count++) {
        const weir_attribute *a = weir_schema_slot(schema, summary->slot_count);
        column *c = &summary->columns[summary->slot_count];

        c->group = a->parent == WEIR_NONE ? new_group(summary) : summary->parents[a->parent].group;
        c->rank = c->binary ? summary->binary_count++ : summary->continuous_count++;
    }
    if (slots > WIDEST && summary->squares) {
        summary->squares = false;
        sums_free(&summary->squared);
    }
    if (schema != summary->schema)
        weir_schema_free(summary->schema);
    summary->schema = schema;
}

weir_code state_prepare_pairwise(weir_summary *summary, const weir_schema *schema, weir_error *err)
{
    extent wanted = extent_of(schema);

    if (!reserve_pairwise(summary, &wanted))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for pair statistics of %zu columns",
                         wanted.slots);
    summary->pairwise = true;
    return WEIR_OK;
}

void state_fold(weir_summary *summary)
{
    for (size_t g = 0; g < summary->group_count; g++)
        for (size_t h = 0; summary->complete[g] && h <= g; h++)
            if (summary->complete[h])
                sums_add(&summary->counts, g, h, summary->complete_rows);
    for (size_t s = 0; s < summary->slot_count; s++) {
        column *c = &summary->columns[s];

        if (!summary->complete[c->group])
            continue;
        for (size_t g = 0; g < summary->group_count; g++) {
            if (!summary->complete[g])
                continue;
            sums_add(&summary->joint, s, g, c->complete1);
            if (!c->binary)
                sums_add(&summary->joint2, c->rank, g, c->complete2);
        }
        c->complete1 = c->complete2 = weir_dd_of(0);
    }
    summary->complete_rows = weir_dd_of(0);
    if (summary->group_count)
        memset(summary->complete, 0, summary->group_count);
}

void state_narrow(weir_summary *summary)
{
    sums_narrow(&summary->products);
    sums_narrow(&summary->mixed);
    sums_narrow(&summary->squared);
    sums_narrow(&summary->counts);
    sums_narrow(&summary->joint);
    sums_narrow(&summary->joint2);
    summary->precision = WEIR_PRECISION_DOUBLE;
    openblas_set_num_threads(1);
}

void state_decide(weir_summary *summary, size_t columns)
{
    weir_precision precision = summary->wanted;

    if (precision == WEIR_PRECISION_AUTO)
        precision = columns > WIDEST ? WEIR_PRECISION_DOUBLE : WEIR_PRECISION_EXTENDED;
    if (precision == WEIR_PRECISION_DOUBLE)
        state_narrow(summary);
    summary->precision = precision;
}

void state_undecide(weir_summary *summary)
{
    sums_free(&summary->products);
    sums_free(&summary->mixed);
    sums_free(&summary->squared);
    sums_free(&summary->counts);
    sums_free(&summary->joint);
    sums_free(&summary->joint2);
    summary->pairwise = false;
    summary->precision = WEIR_PRECISION_AUTO;
}

weir_dd state_exact_count(const weir_summary *summary, size_t group, size_t other)
{
    weir_dd count = weir_dd_of(0);

    if (summary->complete[group] && summary->complete[other])
        count = summary->complete_rows;
    return summary->pairwise ? weir_dd_add(count, sums_pair(&summary->counts, group, other))
                             : count;
}

double state_count(const weir_summary *summary, size_t group, size_t other)
{
    return state_exact_count(summary, group, other).hi;
}

weir_dd state_joint(const weir_summary *summary, size_t slot, size_t group)
{
    const column *c = &summary->columns[slot];
    weir_dd sum = weir_dd_of(0);

    if (summary->complete[c->group] && summary->complete[group])
        sum = c->complete1;
    return summary->pairwise ? weir_dd_add(sum, sums_at(&summary->joint, slot, group)) : sum;
}

weir_dd state_joint2(const weir_summary *summary, size_t slot, size_t group)
{
    const column *c = &summary->columns[slot];
    weir_dd sum = weir_dd_of(0);

    if (c->binary)
        return state_joint(summary, slot, group);
    if (summary->complete[c->group] && summary->complete[group])
        sum = c->complete2;
    return summary->pairwise ? weir_dd_add(sum, sums_at(&summary->joint2, c->rank, group)) : sum;
}

weir_dd state_mixed(const weir_summary *summary, size_t x, size_t y)
{
    if (summary->columns[x].binary)
        return sums_pair(&summary->products, x, y);
    return sums_at(&summary->mixed, summary->columns[x].rank, summary->columns[y].rank);
}

double state_rows_of(const weir_summary *summary, size_t slot)
{
    size_t group = summary->columns[slot].group;

    return state_count(summary, group, group);
}

/* a + b * f. */
static weir_dd plus(weir_dd a, weir_dd b, weir_dd f)
{
    return weir_dd_add(a, weir_dd_multiply(b, f));
}

/* Powers of the distance by which an anchor moves. */
typedef struct {
    weir_dd d, dd, d2; /* d, d^2, 2 d */
} shift;

/* The sums of one column: u becomes u + d. Higher powers first, each from the old lower ones. */
static void shift_powers(weir_summary *summary, size_t slot, const shift *by)
{
    column *c = &summary->columns[slot];
    weir_dd n = state_exact_count(summary, c->group, c->group);
    weir_dd first = state_joint(summary, slot, c->group);
    weir_dd second = sums_at(&summary->products, slot, slot);
    weir_dd three = weir_dd_scale(by->d, 3), six = weir_dd_scale(by->dd, 6);
    weir_dd cube = weir_dd_multiply(by->dd, by->d);

    c->fourth = plus(c->fourth, c->third, weir_dd_scale(by->d, 4));
    c->fourth = plus(c->fourth, second, six);
    c->fourth = plus(c->fourth, first, weir_dd_scale(cube, 4));
    c->fourth = plus(c->fourth, n, weir_dd_multiply(cube, by->d));
    c->third = plus(c->third, second, three);
    c->third = plus(c->third, first, weir_dd_scale(by->dd, 3));
    c->third = plus(c->third, n, cube);
}

/* The sums of the column with others, before the joint sums of the column itself are moved. */
static void shift_pairs(weir_summary *summary, size_t slot, const shift *by)
{
    const column *c = &summary->columns[slot];
    weir_dd n = state_exact_count(summary, c->group, c->group);
    weir_dd first = state_joint(summary, slot, c->group);
    weir_dd own = sums_at(&summary->products, slot, slot);

    for (size_t other = 0; other < summary->slot_count; other++) {
        const column *o = &summary->columns[other];
        weir_dd seen =
            state_joint(summary, other, c->group); /* sum of the other where this is present */

        if (other == slot)
            continue;
        if (o->binary) {
            weir_dd mixed = sums_at(&summary->mixed, c->rank, o->rank);

            mixed = plus(mixed, sums_pair(&summary->products, slot, other), by->d2);
            sums_put(&summary->mixed, c->rank, o->rank, plus(mixed, seen, by->dd));
        }
        sums_add_pair(&summary->products, slot, other, weir_dd_multiply(seen, by->d));
    }
    own = plus(own, first, by->d2);
    sums_put(&summary->products, slot, slot, plus(own, n, by->dd));
}

static void shift_presence(weir_summary *summary, size_t slot, const shift *by)
{
    column *c = &summary->columns[slot];
    weir_dd rows = summary->complete[c->group] ? summary->complete_rows : weir_dd_of(0);

    c->complete2 = plus(plus(c->complete2, c->complete1, by->d2), rows, by->dd);
    c->complete1 = plus(c->complete1, rows, by->d);
    for (size_t g = 0; summary->pairwise && g < summary->group_count; g++) {
        weir_dd n = sums_pair(&summary->counts, c->group, g);
        weir_dd first = sums_at(&summary->joint, slot, g);
        weir_dd second = sums_at(&summary->joint2, c->rank, g);

        sums_put(&summary->joint2, c->rank, g, plus(plus(second, first, by->d2), n, by->dd));
        sums_put(&summary->joint, slot, g, plus(first, n, by->d));
    }
}

/* The bounds follow by Minkowski: the norm of u + d is at most that of u and that of d over all rows ever. */
static void shift_bounds(weir_summary *summary, column *c, double distance)
{
    double two = sqrt(c->ever2) + sqrt(summary->ever) * distance;
    double four = sqrt(sqrt(c->ever4)) + sqrt(sqrt(summary->ever)) * distance;

    c->ever2 = two * two;
    c->ever4 = four * four * four * four;
}

void state_anchor(weir_summary *summary, size_t slot, double anchor)
{
    column *c = &summary->columns[slot];
    shift by = {.d = weir_dd_sum(c->anchor, -anchor)};

    if (c->binary || c->anchor == anchor)
        return;
    by.dd = weir_dd_multiply(by.d, by.d);
    by.d2 = weir_dd_scale(by.d, 2);
    shift_powers(summary, slot, &by);
    shift_pairs(summary, slot, &by);
    shift_presence(summary, slot, &by);
    shift_bounds(summary, c, fabs(by.d.hi));
    c->anchor = anchor;
}
