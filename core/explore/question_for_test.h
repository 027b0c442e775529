/* question_for_test.h: questions by the names of columns, for the tests of core/explore.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_EXPLORE_QUESTION_FOR_TEST_H
#define CORE_EXPLORE_QUESTION_FOR_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/explore.h"

enum { ASK_IDS = 128, ASK_TERMS = 24, ASK_SETTINGS = 8 };

/* A question with room for what it points at. */
typedef struct {
    size_t inputs[ASK_IDS], targets[ASK_IDS];
    weir_term input_terms[ASK_TERMS], target_terms[ASK_TERMS];
    weir_setting settings[ASK_SETTINGS];
    char text[1024];
    weir_question question;
} asking;

/* Adds the attribute of that name, or all values of the category. */
static inline void ask_term(const weir_schema *schema, const char *name, size_t *ids, size_t *count,
                            weir_term *terms, size_t *term_count)
{
    const size_t id = weir_schema_find(schema, name, strlen(name));
    const size_t parent = weir_schema_find_parent(schema, name, strlen(name));
    weir_term *term = &terms[(*term_count)++];

    assert_in_range(*term_count, 1, ASK_TERMS);
    *term = (weir_term){.text = name, .first = *count, .category = parent != WEIR_NONE};
    if (!term->category) {
        assert_true(id != WEIR_NONE);
        ids[(*count)++] = id;
    }
    for (size_t i = 0; term->category && i < weir_schema_size(schema); i++)
        if (weir_schema_at(schema, i)->parent == parent)
            ids[(*count)++] = i;
    assert_in_range(*count, 0, ASK_IDS);
    term->count = *count - term->first;
}

/* The next word of a list with commas, ended in place; NULL after the last. "-" is a list of none. */
static inline char *ask_next(char **rest)
{
    char *word = *rest;

    if (!word || strcmp(word, "-") == 0 || !*word)
        return NULL;
    if ((*rest = strchr(word, ',')))
        *(*rest)++ = 0;
    return word;
}

/* Fills in a question from lists with commas; "-": none. */
static inline void ask_make(asking *a, const weir_schema *schema, const char *inputs,
                            const char *targets, const char *settings)
{
    const size_t target_at = strlen(inputs) + 1, setting_at = target_at + strlen(targets) + 1;
    char *rest = a->text;
    weir_question *q = &a->question;

    *q = (weir_question){.inputs = a->inputs,
                         .targets = a->targets,
                         .settings = a->settings,
                         .input_terms = a->input_terms,
                         .target_terms = a->target_terms};
    assert_true(setting_at + strlen(settings) < sizeof a->text);
    memcpy(a->text, inputs, target_at);
    memcpy(a->text + target_at, targets, setting_at - target_at);
    memcpy(a->text + setting_at, settings, strlen(settings) + 1);
    for (char *name; (name = ask_next(&rest));)
        ask_term(schema, name, a->inputs, &q->input_count, a->input_terms, &q->input_term_count);
    rest = a->text + target_at;
    for (char *name; (name = ask_next(&rest));)
        ask_term(schema, name, a->targets, &q->target_count, a->target_terms,
                 &q->target_term_count);
    rest = a->text + setting_at;
    for (char *pair; (pair = ask_next(&rest));) {
        char *equals = strchr(pair, '=');
        assert_non_null(equals);
        *equals = 0;
        a->settings[q->setting_count++] = (weir_setting){pair, equals + 1};
    }
}

/* The answer to a question that must not fail. */
static inline weir_answer ask(const weir_summary *summary, const char *metric, const char *inputs,
                              const char *targets, const char *settings)
{
    asking a = {0};
    weir_answer answer = {0};
    weir_error err = {0};

    ask_make(&a, weir_summary_schema(summary), inputs, targets, settings);
    assert_non_null(weir_metric_find(metric));
    if (weir_metric_ask(weir_metric_find(metric), summary, &a.question, &answer, &err))
        fail_msg("%s of %s %s: %s", metric, inputs, targets, err.message);
    return answer;
}

/* What was answered under a key; NaN when it was left out. */
static inline double answered(const weir_answer *answer, const char *key)
{
    for (size_t i = 0; i < answer->count; i++)
        if (strcmp(answer->items[i].key, key) == 0)
            return answer->items[i].value;
    return NAN;
}

#endif
