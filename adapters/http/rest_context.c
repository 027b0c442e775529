/* rest_context.c: MLContexts: which attributes a question or a model is about.
 *
 * A context names attributes by id (position in the project's list, as text or number) or by name. The documents say
 * for exploration that ids win where both are given, and for building that names do; callers give one. In a list of
 * ids, an entry that is no number is taken as a name: one documented example does that.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/ids.h"
#include "weir/memory.h"

/* The attributes named by one list, and what each of its entries stands for. */
typedef struct {
    weir_ids ids;
    weir_term *terms;
    size_t term_count;
} entry_list;

/* ids: an entry that is a number is an id; else it is a name. */
static weir_code add_entry(const weir_schema *schema, const json_t *entry, bool ids,
                           entry_list *list, bool *category, weir_error *err)
{
    const char *text = json_string_value(entry);
    char *end = NULL;
    long long id = -1;

    if (text && !ids)
        return weir_ids_add_named(&list->ids, schema, text, category, err);
    if (json_is_integer(entry)) {
        id = json_integer_value(entry);
    } else if (text) {
        errno = 0;
        id = strtoll(text, &end, 10);
        if (end == text || *end != '\0' || errno != 0)
            return weir_ids_add_named(&list->ids, schema, text, category, err);
    } else {
        return weir_fail(err, WEIR_INVALID, "an attribute is named by a text or a whole number");
    }
    if (id < 0 || (unsigned long long)id >= weir_schema_size(schema))
        return weir_fail(err, WEIR_INVALID, "there is no attribute %lld; there are %zu", id,
                         weir_schema_size(schema));
    return weir_ids_add(&list->ids, (size_t)id, err);
}

/* The text of an entry as it was sent, kept alive by texts. */
static const char *entry_text(json_t *entry, json_t *texts)
{
    char number[24];
    json_t *text = NULL;

    if (json_is_string(entry)) {
        text = json_incref(entry);
    } else {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(entry));
        text = json_string(number);
    }
    return text && json_array_append_new(texts, text) == 0 ? json_string_value(text) : NULL;
}

static weir_code add_entries(const weir_schema *schema, const json_t *entries, bool ids,
                             entry_list *list, json_t *texts, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (!(list->terms = weir_calloc(json_array_size(entries) + 1, sizeof *list->terms)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the attributes");
    for (size_t i = 0; i < json_array_size(entries) && !code; i++) {
        json_t *entry = json_array_get(entries, i);
        weir_term *term = &list->terms[list->term_count];

        *term = (weir_term){.first = list->ids.count};
        if ((code = add_entry(schema, entry, ids, list, &term->category, err)))
            break;
        term->count = list->ids.count - term->first;
        if (!(term->text = entry_text(entry, texts)))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for the attributes");
        list->term_count++;
    }
    return code;
}

static weir_code read_list(const json_t *context, const char *ids_key, const char *names_key,
                           const weir_schema *schema, bool names_win, json_t *texts,
                           entry_list *list, weir_error *err)
{
    const json_t *ids = json_object_get(context, ids_key);
    const json_t *names = json_object_get(context, names_key);
    const json_t *chosen = NULL;
    weir_code code = WEIR_OK;

    *list = (entry_list){0};
    if ((ids && !json_is_array(ids) && !json_is_null(ids)) ||
        (names && !json_is_array(names) && !json_is_null(names)))
        return weir_fail(err, WEIR_INVALID, "%s and %s are lists", ids_key, names_key);
    if (json_array_size(names_win ? names : ids) > 0)
        chosen = names_win ? names : ids;
    else
        chosen = names_win ? ids : names;
    if ((code = add_entries(schema, chosen, chosen == ids, list, texts, err))) {
        weir_ids_free(&list->ids);
        weir_free(list->terms);
    }
    return code;
}

weir_code rest_context_read(const json_t *context, const weir_schema *schema, bool names_win,
                            rest_context *out, weir_error *err)
{
    const json_t *extra = json_object_get(context, "extraParameters");
    entry_list list;
    weir_code code = WEIR_OK;

    *out = (rest_context){0};
    if (!json_is_object(context))
        return weir_fail(err, WEIR_INVALID, "an MLContext is a JSON object");
    if (!(out->texts = json_array())) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for an MLContext");
        goto fail;
    }
    if ((code = read_list(context, "inputAttributes", "inputAttributeNames", schema, names_win,
                          out->texts, &list, err)))
        goto fail;
    out->inputs = list.ids.ids; /* the context owns what is in the list from here */
    out->input_count = list.ids.count;
    out->input_terms = list.terms;
    out->input_term_count = list.term_count;
    if ((code = read_list(context, "targets", "targetAttributeNames", schema, names_win, out->texts,
                          &list, err)))
        goto fail;
    out->targets = list.ids.ids;
    out->target_count = list.ids.count;
    out->target_terms = list.terms;
    out->target_term_count = list.term_count;
    if (!(code = rest_settings(json_is_null(extra) ? NULL : extra, &out->strings, &out->settings,
                               &out->setting_count, err)))
        return WEIR_OK;
fail:
    rest_context_free(out);
    return code;
}

void rest_context_free(rest_context *context)
{
    weir_free(context->inputs);
    weir_free(context->targets);
    weir_free(context->input_terms);
    weir_free(context->target_terms);
    weir_free(context->settings);
    json_decref(context->strings);
    json_decref(context->texts);
    *context = (rest_context){0};
}

weir_question rest_question(const rest_context *context)
{
    return (weir_question){.inputs = context->inputs,
                           .input_count = context->input_count,
                           .targets = context->targets,
                           .target_count = context->target_count,
                           .settings = context->settings,
                           .setting_count = context->setting_count,
                           .input_terms = context->input_terms,
                           .input_term_count = context->input_term_count,
                           .target_terms = context->target_terms,
                           .target_term_count = context->target_term_count};
}

weir_code rest_contexts_read(const json_t *body, const weir_schema *schema, rest_context **out,
                             size_t *count, weir_error *err)
{
    const json_t *list = json_object_get(body, "values");
    size_t wanted = list ? json_array_size(list) : 1, done = 0;
    rest_context *contexts = NULL;
    weir_code code = WEIR_OK;

    if (list && !json_is_array(list))
        return weir_fail(err, WEIR_INVALID, "values is a list of MLContexts");
    if (!(contexts = weir_calloc(wanted + 1, sizeof *contexts)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu MLContexts", wanted);
    while (done < wanted && !code) {
        code = rest_context_read(list ? json_array_get(list, done) : body, schema, false,
                                 &contexts[done], err);
        done += !code;
    }
    if (code) {
        rest_contexts_free(contexts, done);
        return code;
    }
    *out = contexts;
    *count = wanted;
    return WEIR_OK;
}

void rest_contexts_free(rest_context *contexts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        rest_context_free(&contexts[i]);
    weir_free(contexts);
}
