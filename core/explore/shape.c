/* shape.c: whether a question has the form that its metric asks for.
 *
 * A metric lists its shapes as data, so that the same rows make forms, refusals and this check. Terms fill the places
 * of a shape in order, each place taking as many as it can of the kinds it knows. The refusal tells of the first term
 * that no shape could place, and then of all shapes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/metrics.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "weir/memory.h"

/* --- terms */

static weir_term term_at(const weir_term *terms, size_t i)
{
    return terms ? terms[i] : (weir_term){.first = i, .count = 1};
}

size_t metric_inputs(const weir_question *question)
{
    return question->input_terms ? question->input_term_count : question->input_count;
}

size_t metric_targets(const weir_question *question)
{
    return question->target_terms ? question->target_term_count : question->target_count;
}

weir_term metric_input(const weir_question *question, size_t i)
{
    return term_at(question->input_terms, i);
}

weir_term metric_target(const weir_question *question, size_t i)
{
    return term_at(question->target_terms, i);
}

/* The inputs or the targets of a question. */
typedef struct {
    const char *word;
    const weir_schema *schema;
    const size_t *ids;
    const weir_term *terms;
    size_t count;
} side;

/* What a term is, as a bit; 0 for what has no statistics. */
static unsigned kind_of(const side *of, size_t i)
{
    const weir_term term = term_at(of->terms, i);

    if (term.category)
        return WEIR_TAKES_T;
    const weir_type type = weir_schema_at(of->schema, of->ids[term.first])->type;
    return type == WEIR_C ? WEIR_TAKES_C : type == WEIR_B ? WEIR_TAKES_B : 0;
}

static const char *kind_word(const side *of, size_t i)
{
    const weir_term term = term_at(of->terms, i);

    if (term.category)
        return "a category";
    switch (weir_schema_at(of->schema, of->ids[term.first])->type) {
    case WEIR_C:
        return "continuous";
    case WEIR_B:
        return "binary";
    case WEIR_S:
        return "a string";
    case WEIR_L:
        return "a list";
    default:
        return "ignored";
    }
}

static const char *name_of(const side *of, size_t i)
{
    const weir_term term = term_at(of->terms, i);

    if (term.category && term.text)
        return term.text;
    return term.count ? weir_schema_at(of->schema, of->ids[term.first])->name : "";
}

/* --- matching */

/* How far the terms of a side fit the places; done when all places have what they need. */
typedef struct {
    size_t placed;
    bool done;
} fit;

static fit fit_side(const weir_place *places, const side *of)
{
    fit result = {.done = true};

    for (size_t p = 0; p < WEIR_PLACES && places[p].types && result.done; p++) {
        size_t taken = 0;

        while (result.placed < of->count && (!places[p].most || taken < places[p].most) &&
               (kind_of(of, result.placed) & places[p].types)) {
            taken++;
            result.placed++;
        }
        result.done = taken >= places[p].least;
    }
    return result;
}

/* --- words */

/* Text that grows in a buffer and is cut where it ends. */
typedef struct {
    char text[200];
    size_t used;
} words;

static void say(words *to, const char *text)
{
    size_t room = sizeof to->text - to->used;
    int length = snprintf(to->text + to->used, room, "%s", text);

    to->used += length >= 0 && (size_t)length < room ? (size_t)length : room - 1;
}

static void say_place(words *to, const weir_place *place)
{
    static const char *const names[] = {"continuous", "binary", "category"};
    char number[48];
    bool first = true;

    if (place->most == place->least)
        snprintf(number, sizeof number, "%zu ", place->least);
    else
        snprintf(number, sizeof number, "%zu or more ", place->least);
    say(to, number);
    for (unsigned kind = 0; kind < 3; kind++)
        if (place->types & 1u << kind) {
            say(to, first ? "" : "/");
            say(to, names[kind]);
            first = false;
        }
}

static void say_shapes(words *to, const weir_shape *shapes)
{
    for (const weir_shape *shape = shapes; shape->title; shape++) {
        say(to, shape == shapes ? "" : "; or ");
        for (size_t p = 0; p < WEIR_PLACES && shape->inputs[p].types; p++) {
            say(to, p ? " + " : "");
            say_place(to, &shape->inputs[p]);
        }
        for (size_t p = 0; p < WEIR_PLACES && shape->targets[p].types; p++) {
            say(to, p ? " + " : " with targets ");
            say_place(to, &shape->targets[p]);
        }
    }
}

static weir_code refuse(const weir_metric *metric, const side *of, size_t placed, weir_error *err)
{
    words wanted = {0};

    say_shapes(&wanted, metric->shapes);
    if (placed < of->count)
        return weir_fail(err, WEIR_INVALID, "%s: %s %zu, \"%.40s\", is %s; %s takes %s", metric->id,
                         of->word, placed + 1, name_of(of, placed), kind_word(of, placed),
                         metric->id, wanted.text);
    return weir_fail(err, WEIR_INVALID, "%s: %zu %s%s too few; it takes %s", metric->id, of->count,
                     of->word, of->count == 1 ? " is" : "s are", wanted.text);
}

/* --- settings */

static weir_code check_settings(const weir_metric *metric, const weir_question *question,
                                weir_error *err)
{
    void *scratch = weir_calloc(1, metric->options_size + 1);
    weir_code code;

    if (!scratch)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the options of %s", metric->id);
    code = metric_options(metric, question, scratch, err);
    weir_free(scratch);
    for (const weir_option *option = metric->options; option->name && !code; option++) {
        bool given = !option->required;

        for (size_t i = 0; i < question->setting_count && !given; i++)
            given = strcmp(question->settings[i].name, option->name) == 0 &&
                    *question->settings[i].value;
        if (!given)
            code = weir_fail(err, WEIR_INVALID, "%s needs %s in extraParameters", metric->id,
                             option->name);
    }
    return code;
}

weir_code weir_metric_check(const weir_metric *metric, const weir_schema *schema,
                            const weir_question *question, weir_error *err)
{
    const side inputs = {"input", schema, question->inputs, question->input_terms,
                         metric_inputs(question)};
    const side targets = {"target", schema, question->targets, question->target_terms,
                          metric_targets(question)};
    const side *worst = &inputs; /* where the shape that came farthest stopped */
    size_t farthest = 0;

    for (const weir_shape *shape = metric->shapes; shape->title; shape++) {
        const fit input = fit_side(shape->inputs, &inputs);
        const fit target = fit_side(shape->targets, &targets);
        const bool inputs_fit = input.done && (shape->open || input.placed == inputs.count);

        if (inputs_fit && target.done && (shape->open || target.placed == targets.count))
            return check_settings(metric, question, err);
        if (inputs_fit && (worst == &inputs || target.placed > farthest)) {
            worst = &targets;
            farthest = target.placed;
        } else if (worst == &inputs && input.placed > farthest) {
            farthest = input.placed;
        }
    }
    return refuse(metric, worst, farthest, err);
}
