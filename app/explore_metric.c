/* explore_metric.c: weir explore FILE METRIC: questions of the table of metrics, as a table or as JSON.
 *
 * uni is asked of each attribute and bi of each pair, so that a table of all comes out; every other metric is one
 * question about all attributes and targets that were named.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "exploration.h"
#include "table.h"
#include "weir/memory.h"

typedef struct {
    size_t ids[2]; /* of a question of its own about one or two attributes */
    char *title;
    weir_answer answer;
} asked;

typedef struct {
    size_t arity; /* attributes a question: 1, 2, or 0 for one question about all */
    asked *items;
    size_t count;
} answers;

static void free_answers(answers *all)
{
    for (size_t i = 0; i < all->count; i++) {
        weir_free(all->items[i].title);
        weir_answer_free(&all->items[i].answer);
    }
    weir_free(all->items);
}

static weir_code add_question(const exploration *e, answers *all, size_t a, size_t b,
                              weir_error *err)
{
    asked *item = &all->items[all->count];
    const char *first = all->arity ? exploration_name(e, a) : e->metric->id;
    const char *second = all->arity == 2 ? exploration_name(e, b) : "";
    size_t size = strlen(first) + strlen(second) + 4;

    if (!(item->title = weir_malloc(size)))
        return exploration_no_room(err);
    all->count++;
    item->ids[0] = a;
    item->ids[1] = b;
    snprintf(item->title, size, "%s%s%s", first, *second ? ", " : "", second);
    return WEIR_OK;
}

static weir_code make_questions(const exploration *e, answers *all, weir_error *err)
{
    const size_t *ids = e->inputs.ids.ids, n = e->inputs.ids.count;
    size_t most = all->arity == 0 ? 1 : all->arity == 1 ? n : n * (n - 1) / 2;
    weir_code code = WEIR_OK;

    if (n < all->arity)
        return weir_fail(err, WEIR_INVALID,
                         "%s needs %zu attributes with statistics, there are %zu", e->metric->id,
                         all->arity, n);
    if (!(all->items = weir_calloc(most + 1, sizeof *all->items)))
        return exploration_no_room(err);
    if (all->arity == 0)
        return add_question(e, all, 0, 0, err);
    for (size_t i = 0; i < n && !code; i++)
        if (all->arity == 1)
            code = add_question(e, all, ids[i], ids[i], err);
        else
            for (size_t j = i + 1; j < n && !code; j++)
                code = add_question(e, all, ids[i], ids[j], err);
    return code;
}

static weir_code ask(const exploration *e, answers *all, weir_error *err)
{
    weir_code code = make_questions(e, all, err);

    for (size_t i = 0; i < all->count && !code; i++) {
        weir_question question = exploration_question(e);

        if (all->arity)
            question = (weir_question){.inputs = all->items[i].ids,
                                       .input_count = all->arity,
                                       .settings = e->settings,
                                       .setting_count = e->setting_count};
        if ((code =
                 weir_metric_ask(e->metric, e->summary, &question, &all->items[i].answer, err)) &&
            all->arity) /* the error names the metric, not what it was asked about */
            weir_explain(err, code, "%s", all->items[i].title);
    }
    return code;
}

static double answer_value(const weir_answer *answer, const char *key)
{
    for (size_t i = 0; i < answer->count; i++)
        if (strcmp(answer->items[i].key, key) == 0)
            return answer->items[i].value;
    return NAN;
}

/* The keys to show: of one question those of its answer, of many those of the metric that any has an answer for. */
static size_t collect_keys(const exploration *e, const answers *all, const char **heads)
{
    const weir_metric_key *keys = e->metric->keys;
    size_t count = 0;

    if (all->count == 1) {
        for (; count < all->items[0].answer.count; count++)
            heads[count] = all->items[0].answer.items[count].key;
        return count;
    }
    for (size_t k = 0; keys[k].key; k++)
        for (size_t i = 0; i < all->count; i++)
            if (!isnan(answer_value(&all->items[i].answer, keys[k].key))) {
                heads[count++] = keys[k].key;
                break;
            }
    return count;
}

/* Keys downwards, questions across. */
static weir_code print_table(const exploration *e, const answers *all, weir_error *err)
{
    size_t most = all->items[0].answer.count, rows = 0;
    const char **heads = NULL, **titles = NULL;
    double *values = NULL;
    weir_code code = WEIR_OK;

    for (size_t k = 0; e->metric->keys[k].key; k++)
        most++;
    heads = weir_calloc(most + 1, sizeof *heads);
    titles = weir_calloc(all->count, sizeof *titles);
    values = weir_calloc((most + 1) * all->count, sizeof *values);
    if (!heads || !titles || !values) {
        code = exploration_no_room(err);
        goto done;
    }
    rows = collect_keys(e, all, heads);
    for (size_t i = 0; i < all->count; i++)
        titles[i] = all->items[i].title;
    for (size_t k = 0; k < rows; k++)
        for (size_t i = 0; i < all->count; i++)
            values[k * all->count + i] = answer_value(&all->items[i].answer, heads[k]);
    table_print(stdout, heads, rows, titles, all->count, values, table_width(stdout));
done:
    weir_free(heads);
    weir_free(titles);
    weir_free(values);
    return code;
}

static json_t *names_json(const attribute_list *list)
{
    json_t *names = json_array();

    for (size_t i = 0; i < list->term_count; i++)
        json_array_append_new(names, json_string(list->terms[i].text));
    return names;
}

static json_t *answer_json(const exploration *e, const answers *all, const asked *item)
{
    json_t *inputs = all->arity ? json_array() : names_json(&e->inputs);
    json_t *targets = all->arity ? json_array() : names_json(&e->targets);
    json_t *values = json_object();

    for (size_t i = 0; i < all->arity; i++)
        json_array_append_new(inputs, json_string(exploration_name(e, item->ids[i])));
    for (size_t i = 0; i < item->answer.count; i++)
        json_object_set_new(values, item->answer.items[i].key,
                            json_real(item->answer.items[i].value));
    return json_pack("{s:o,s:o,s:o}", "inputs", inputs, "targets", targets, "values", values);
}

weir_code explore_metric(const exploration *e, weir_error *err)
{
    answers all = {.arity = strcmp(e->metric->id, "uni") == 0  ? 1
                            : strcmp(e->metric->id, "bi") == 0 ? 2
                                                               : 0};
    weir_code code = ask(e, &all, err);

    if (!code && e->json) {
        json_t *list = json_array();

        for (size_t i = 0; i < all.count; i++)
            json_array_append_new(list, answer_json(e, &all, &all.items[i]));
        code = exploration_print(list, err);
    } else if (!code && all.count > 0) {
        code = print_table(e, &all, err);
    }
    free_answers(&all);
    return code;
}
