/* plan.c: matches the columns of a batch with a schema by name, and grows a copy of the schema by what is new.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/plan.h"

#include <stdlib.h>
#include <string.h>

#include "summary/conditional.h"
#include "weir/memory.h"

/* What the planning of one batch works on. */
typedef struct {
    const weir_summary *summary;
    const weir_batch *batch;
    plan *made;
    weir_error *err;
} planner;

static const weir_schema *schema_of(const planner *p)
{
    return p->made->grown ? p->made->grown : p->summary->schema;
}

/* The schema to be grown: a copy from the first addition on. */
static weir_code grow(planner *p, weir_schema **out)
{
    weir_code code = WEIR_OK;

    if (!p->made->grown)
        code = weir_schema_copy(p->summary->schema, &p->made->grown, p->err);
    *out = p->made->grown;
    return code;
}

/* The id of a column's attribute or parent, added when it is new. A column that was B and is sent as C becomes C. */
static weir_code match(planner *p, const weir_batch_column *from, size_t *id)
{
    const weir_schema *schema = schema_of(p);
    size_t length = strlen(from->name);
    weir_schema *grown = NULL;
    weir_type known;
    weir_code code;

    if (weir_schema_type(schema, from->name, length, &known) &&
        (known == from->type || (known == WEIR_C && from->type == WEIR_B))) {
        *id = known == WEIR_T ? weir_schema_find_parent(schema, from->name, length)
                              : weir_schema_find(schema, from->name, length);
        return WEIR_OK;
    }
    if ((code = grow(p, &grown)))
        return code;
    if (weir_schema_type(grown, from->name, length, &known) && known == WEIR_B &&
        from->type == WEIR_C) {
        *id = weir_schema_find(grown, from->name, length);
        weir_schema_widen(grown, *id);
        return WEIR_OK;
    }
    return weir_schema_add(grown, from->name, length, from->type, id, p->err);
}

/* The slot of a word of a category; beyond the limit of values that of (other). */
static weir_code match_word(planner *p, size_t parent, const char *word, size_t *slot)
{
    const weir_schema *schema = schema_of(p);
    size_t id = weir_schema_find_value(schema, parent, word, strlen(word));
    bool other = weir_schema_values(schema, parent) >= p->summary->max_values;
    weir_schema *grown = NULL;
    weir_code code;

    if (id == WEIR_NONE && other)
        id = weir_schema_other(schema, parent);
    if (id == WEIR_NONE) {
        if ((code = grow(p, &grown)) ||
            (code = weir_schema_add_value(grown, parent, word, strlen(word), other, &id, p->err)))
            return code;
        schema = grown;
    }
    *slot = weir_schema_at(schema, id)->slot;
    return WEIR_OK;
}

static weir_code plan_words(planner *p, const weir_batch_column *from, size_t parent)
{
    plan_category *c = &p->made->categories[p->made->category_count];

    *c = (plan_category){.from = from, .parent = parent};
    c->slots = weir_malloc(from->word_count * sizeof *c->slots);
    c->counts = weir_calloc(from->word_count, sizeof *c->counts);
    p->made->category_count++; /* from here plan_free() frees it */
    if (!c->slots || !c->counts)
        return weir_fail(p->err, WEIR_NO_MEMORY, "no room for the words of %.100s", from->name);
    for (size_t r = 0; r < p->batch->rows; r++)
        if (from->present[r])
            c->counts[from->codes[r]]++;
    for (size_t w = 0; w < from->word_count; w++) {
        weir_code code = WEIR_OK;

        c->slots[w] = WEIR_NONE;
        if (c->counts[w] > 0)
            code = match_word(p, parent, from->words[w], &c->slots[w]);
        if (code)
            return code;
    }
    return WEIR_OK;
}

static weir_code plan_column(planner *p, const weir_batch_column *from)
{
    bool number = from->type == WEIR_C || from->type == WEIR_B;
    bool cells = from->absent < p->batch->rows;
    weir_type known;
    size_t id;
    weir_code code;

    p->made->statistics += number;
    if (!cells && weir_schema_type(schema_of(p), from->name, strlen(from->name), &known) &&
        !(known == WEIR_B && from->type == WEIR_C))
        return WEIR_OK; /* nothing to take in, so nothing to refuse */
    if ((code = match(p, from, &id)) || !cells)
        return code;
    if (number) {
        const weir_attribute *a = weir_schema_at(schema_of(p), id);

        p->made->numbers[p->made->number_count++] = (plan_number){from, a->slot, a->type == WEIR_B};
    }
    return from->type == WEIR_T ? plan_words(p, from, id) : WEIR_OK;
}

static int by_kind_and_slot(const void *left, const void *right)
{
    const plan_number *a = left, *b = right;

    if (a->binary != b->binary)
        return a->binary ? 1 : -1;
    return (a->slot > b->slot) - (a->slot < b->slot);
}

/* Asked after each column, so that a batch of a million columns is refused before they are all made. */
static weir_code check_limit(const planner *p)
{
    const weir_schema *grown = p->made->grown;

    if (!grown || weir_schema_size(grown) == weir_schema_size(p->summary->schema))
        return WEIR_OK;
    if (p->summary->given && weir_schema_slots(grown) > WEIR_CONDITIONAL_COLUMNS)
        return conditional_too_many(weir_schema_slots(grown), p->err);
    if (weir_schema_size(grown) <= p->summary->max_attributes)
        return WEIR_OK;
    return weir_fail(p->err, WEIR_TOO_LARGE,
                     "the batch would make %zu attributes or more; %zu are allowed",
                     weir_schema_size(grown), p->summary->max_attributes);
}

weir_code plan_make(const weir_summary *summary, const weir_batch *batch, plan *out,
                    weir_error *err)
{
    planner p = {summary, batch, out, err};
    weir_code code = WEIR_OK;

    *out = (plan){0};
    out->numbers = weir_malloc(batch->column_count * sizeof *out->numbers);
    out->categories = weir_malloc(batch->column_count * sizeof *out->categories);
    if (!out->numbers || !out->categories)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to plan %zu columns", batch->column_count);
    for (size_t i = 0; !code && i < batch->column_count; i++)
        if (!(code = plan_column(&p, &batch->columns[i])))
            code = check_limit(&p);
    if (code)
        return code;
    qsort(out->numbers, out->number_count, sizeof *out->numbers, by_kind_and_slot);
    while (out->continuous_count < out->number_count && !out->numbers[out->continuous_count].binary)
        out->continuous_count++;
    return WEIR_OK;
}

void plan_free(plan *p)
{
    for (size_t i = 0; i < p->category_count; i++) {
        weir_free(p->categories[i].slots);
        weir_free(p->categories[i].counts);
    }
    weir_free(p->categories);
    weir_free(p->numbers);
    weir_schema_free(p->grown);
    *p = (plan){0};
}
