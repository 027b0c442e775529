/* select.c: the part of a summary that is about some columns.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "summary/conditional.h"
#include "weir/memory.h"

/* Where the slots, groups and parents of the selection are in the whole. */
typedef struct {
    const weir_summary *whole;
    size_t *slots, *groups,
        *parents; /* parents: of each parent of the whole its number in the selection */
} selection;

/* Adds one attribute of the whole, and its parent, to the schema of the selection. */
static weir_code take_attribute(selection *s, weir_schema *schema, size_t id, weir_error *err)
{
    const weir_attribute *a = weir_schema_at(s->whole->schema, id);
    size_t before = weir_schema_slots(schema), taken;
    weir_code code;

    if (a->parent == WEIR_NONE) {
        code = weir_schema_add(schema, a->name, strlen(a->name), a->type, &taken, err);
    } else {
        const char *name = weir_schema_parent_name(s->whole->schema, a->parent);
        size_t parent;

        if ((code = weir_schema_add(schema, name, strlen(name), WEIR_T, &parent, err)))
            return code;
        s->parents[parent] = a->parent;
        code = weir_schema_add_value(schema, parent, a->value, strlen(a->value), a->other, &taken,
                                     err);
    }
    if (!code && weir_schema_slots(schema) > before)
        s->slots[before] = a->slot;
    return code;
}

static weir_code take_schema(selection *s, const size_t *ids, size_t count, weir_schema **out,
                             weir_error *err)
{
    weir_code code = weir_schema_new(out, err);

    for (size_t i = 0; !code && i < count; i++) {
        if (ids[i] >= weir_schema_size(s->whole->schema))
            return weir_fail(err, WEIR_INVALID, "there is no attribute %zu among %zu", ids[i],
                             weir_schema_size(s->whole->schema));
        code = take_attribute(s, *out, ids[i], err);
    }
    return code;
}

static void take_tables(const selection *s, weir_summary *part)
{
    const weir_summary *whole = s->whole;

    for (size_t a = 0; a < part->slot_count; a++)
        for (size_t b = 0; b < part->slot_count; b++) {
            const column *ca = &whole->columns[s->slots[a]], *cb = &whole->columns[s->slots[b]];

            if (b <= a) {
                sums_put(&part->products, a, b,
                         sums_pair(&whole->products, s->slots[a], s->slots[b]));
                if (part->squares && whole->squared.hi)
                    sums_put(&part->squared, a, b,
                             sums_pair(&whole->squared, s->slots[a], s->slots[b]));
            }
            if (!ca->binary && cb->binary)
                sums_put(&part->mixed, part->columns[a].rank, part->columns[b].rank,
                         sums_at(&whole->mixed, ca->rank, cb->rank));
        }
}

static void take_pairwise(const selection *s, weir_summary *part)
{
    const weir_summary *whole = s->whole;

    for (size_t g = 0; g < part->group_count; g++)
        for (size_t h = 0; h <= g; h++)
            sums_put(&part->counts, g, h, sums_pair(&whole->counts, s->groups[g], s->groups[h]));
    for (size_t a = 0; a < part->slot_count; a++)
        for (size_t g = 0; g < part->group_count; g++) {
            const column *c = &whole->columns[s->slots[a]];

            sums_put(&part->joint, a, g, sums_at(&whole->joint, s->slots[a], s->groups[g]));
            if (!c->binary)
                sums_put(&part->joint2, part->columns[a].rank, g,
                         sums_at(&whole->joint2, c->rank, s->groups[g]));
        }
}

static weir_code take_columns(selection *s, weir_summary *part, weir_error *err)
{
    const weir_summary *whole = s->whole;
    weir_code code = WEIR_OK;

    for (size_t p = 0; p < part->parent_count; p++) {
        const parent_state *from = &whole->parents[s->parents[p]];

        part->parents[p].covered = from->covered;
        s->groups[part->parents[p].group] = from->group;
    }
    for (size_t i = 0; !code && i < part->slot_count; i++) {
        const column *from = &whole->columns[s->slots[i]];
        column *to = &part->columns[i];
        size_t group = to->group, rank = to->rank;

        *to = *from;
        to->group = group;
        to->rank = rank;
        to->histogram = NULL;
        to->sketch = NULL;
        s->groups[group] = from->group;
        if (part->histograms && !(code = weir_histogram_copy(from->histogram, &to->histogram, err)))
            code = weir_ddsketch_copy(from->sketch, &to->sketch, err);
    }
    for (size_t g = 0; !code && g < part->group_count; g++)
        part->complete[g] = whole->complete[s->groups[g]];
    return code;
}

static void take_totals(const weir_summary *whole, weir_summary *part)
{
    part->conditional = whole->conditional;
    part->subtracted = whole->subtracted;
    part->scaled = whole->scaled;
    part->rows = whole->rows;
    part->ever = whole->ever;
    part->histogram_rows = whole->histogram_rows;
    part->complete_rows = whole->complete_rows;
    part->max_values = whole->max_values;
    part->max_attributes = whole->max_attributes;
}

static weir_code select_columns(const weir_summary *summary, const size_t *ids, size_t count,
                                bool histograms, weir_summary **out, weir_error *err)
{
    weir_summary_options options = {.precision = summary->wanted};
    selection s = {summary, weir_malloc(count * sizeof(size_t)),
                   weir_malloc(2 * count * sizeof(size_t)), weir_malloc(count * sizeof(size_t))};
    weir_schema *schema = NULL;
    weir_summary *part = NULL;
    weir_code code;

    if (!s.slots || !s.groups || !s.parents) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to select %zu columns", count);
        goto done;
    }
    if ((code = take_schema(&s, ids, count, &schema, err)) ||
        (code = weir_summary_new(&options, &part, err)))
        goto done;
    part->precision = summary->precision;
    part->squares = summary->squares;
    if ((code = state_prepare(part, schema, err)) ||
        (summary->pairwise && (code = state_prepare_pairwise(part, schema, err))))
        goto done;
    state_adopt(part, schema);
    schema = NULL;
    take_totals(summary, part);
    part->histograms = summary->histograms && histograms;
    if ((code = take_columns(&s, part, err)) ||
        (part->histograms && (code = conditional_select(summary, s.slots, part, err))))
        goto done;
    take_tables(&s, part);
    if (part->pairwise)
        take_pairwise(&s, part);
    *out = part;
    part = NULL;
done:
    weir_schema_free(schema);
    weir_summary_free(part);
    weir_free(s.slots);
    weir_free(s.groups);
    weir_free(s.parents);
    return code;
}

weir_code weir_summary_select(const weir_summary *summary, const size_t *ids, size_t count,
                              weir_summary **out, weir_error *err)
{
    return select_columns(summary, ids, count, true, out, err);
}

weir_code weir_summary_select_sums(const weir_summary *summary, const size_t *ids, size_t count,
                                   weir_summary **out, weir_error *err)
{
    return select_columns(summary, ids, count, false, out, err);
}
