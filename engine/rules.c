/* rules.c: the parameters a project is created with, as rows of a table.
 *
 * Parameters are kept as they were sent and shown in the project's description; what they mean is read from them at
 * creation and again whenever the project is opened, by the same function. A parameter that is not in the table may
 * be for another program and is only kept; one that would change what is counted is never taken and then ignored.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rules.h"

#include <stddef.h>
#include <string.h>

#include "weir/collection.h"
#include "weir/hash_trick.h"

static const char *const precisions[] = {"auto", "extended", "double", NULL};

#define AT(field) offsetof(project_rules, field)
#define HALF_LIFE_LEAST 1e-3
#define HALF_LIFE_MOST 1e15

const weir_option project_parameters[] = {
    {.name = "sml_project_autosave",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = AT(autosave),
     .fallback = "true",
     .help = "Whether snapshots are taken by themselves; what was learned is kept in any case."},
    {.name = "sml_project_learn_merge",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = AT(learn_merge),
     .fallback = "false",
     .help = "Whether one bad cell or row refuses the whole frame."},
    {.name = "sml_project_precision",
     .kind = WEIR_OPTION_CHOICE,
     .offset = AT(precision),
     .fallback = "auto",
     .choices = precisions,
     .help = "How sums are kept: extended carries twice the digits of double."},
    {.name = "sml_project_conditional_histogram",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = AT(conditional),
     .fallback = "false",
     .help = "Whether histograms are kept for the rows in which a binary attribute is 1, too."},
    {.name = "sml_project_predicate_row_filter",
     .kind = WEIR_OPTION_TEXT,
     .offset = AT(filter),
     .greatest = WEIR_ROW_FILTER_MAX,
     .fallback = "",
     .help = "Only rows that fulfil it count: pressure>=1.5;site==north."},
    {.name = "sml_project_rolling_window_size",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(window_rows),
     .greatest = (double)WEIR_WINDOW_MOST,
     .fallback = "0",
     .help = "Only so many last rows count; 0: all do."},
    {.name = "sml_project_rolling_window_use_embedded",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = AT(window_embedded),
     .fallback = "false",
     .help = "Whether the project keeps all rows and the window lies beside it."},
    {.name = "decay_halflife_rows",
     .kind = WEIR_OPTION_NUMBER,
     .offset = AT(decay_rows),
     .least = HALF_LIFE_LEAST,
     .greatest = HALF_LIFE_MOST,
     .fallback = "",
     .help = "A row weighs half of one that came so many rows later."},
    {.name = "decay_halflife_ms",
     .kind = WEIR_OPTION_NUMBER,
     .offset = AT(decay_ms),
     .least = HALF_LIFE_LEAST,
     .greatest = HALF_LIFE_MOST,
     .fallback = "",
     .help = "A row weighs half of one that arrived so many milliseconds later."},
    {.name = "sml_project_hashtrick_binsize",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(hashtrick),
     .greatest = WEIR_HASH_BINS_MAX,
     .fallback = "0",
     .help = "Texts are hashed into so many numeric columns; 0: they are not."},
    {.name = "partitionSplit",
     .kind = WEIR_OPTION_TEXT,
     .offset = AT(partition),
     .greatest = WEIR_NAME_MAX,
     .fallback = "",
     .help = "The column whose values part the rows of a partition project."},
    {.name = "sml_project_order",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(order),
     .greatest = WEIR_SEQUENCE_MOST,
     .fallback = "0",
     .help = "How many earlier tokens of a sequence project stand beside each token."},
    {0},
};

/* Not there yet, and not to be taken and then ignored. */
static const char *const later[] = {"sml_project_power_column"};

static weir_code refuse_later(const char *name, const char *value, weir_error *err)
{
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
        if (!strcmp(name, later[i]) && strcmp(value, "false") != 0 && strcmp(value, "0") != 0)
            return weir_fail(err, WEIR_INVALID, "%s (\"%.80s\") is not offered yet", name, value);
    return WEIR_OK;
}

/* --- types */

/* The graphics card kinds of the published API run here like cpu: their statistics are the same. */
static const struct {
    const char *asked, *kept;
} types[] = {
    {"cpu", "cpu"},      {"gpu", "cpu"},           {"mgpuf", "cpu"},           {"mgpud", "cpu"},
    {"mgpu", "cpu"},     {"sequence", "sequence"}, {"partition", "partition"}, {"fusion", "fusion"},
    {"federated", NULL},
};

const char *rules_type(const char *asked, weir_error *err)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(asked, types[i].asked) != 0)
            continue;
        if (!types[i].kept)
            weir_fail(err, WEIR_INVALID, "project type %s is not offered yet", asked);
        return types[i].kept;
    }
    weir_fail(err, WEIR_INVALID,
              "project type \"%.80s\" is not known; it is cpu, partition or sequence", asked);
    return NULL;
}

/* --- parameters that must or must not stand together */

static weir_code check_type(const char *type, const project_rules *rules, weir_error *err)
{
    bool partition = !strcmp(type, "partition"), sequence = !strcmp(type, "sequence");

    if (partition && !*rules->partition)
        return weir_fail(err, WEIR_INVALID,
                         "a partition project needs partitionSplit: the column that parts it");
    if (!partition && *rules->partition)
        return weir_fail(
            err, WEIR_INVALID,
            "partitionSplit (\"%.80s\") belongs to a project of type partition, not %s",
            rules->partition, type);
    if (sequence && !rules->order)
        return weir_fail(err, WEIR_INVALID,
                         "a sequence project needs sml_project_order, from 1 to %d",
                         WEIR_SEQUENCE_MOST);
    if (sequence && rules->hashtrick)
        return weir_fail(err, WEIR_INVALID,
                         "sml_project_hashtrick_binsize (%d): the tokens of a sequence project "
                         "are not hashed",
                         (int)rules->hashtrick);
    if (!sequence && rules->order)
        return weir_fail(err, WEIR_INVALID,
                         "sml_project_order (%d) belongs to a project of type sequence, not %s",
                         (int)rules->order, type);
    return WEIR_OK;
}

static weir_code check_together(const project_rules *rules, weir_error *err)
{
    if (rules->window_rows && rules->decay_rows > 0)
        return weir_fail(err, WEIR_INVALID,
                         "sml_project_rolling_window_size and decay_halflife_rows exclude each "
                         "other");
    if (rules->window_rows && rules->decay_ms > 0)
        return weir_fail(
            err, WEIR_INVALID,
            "sml_project_rolling_window_size and decay_halflife_ms exclude each other");
    if (rules->window_embedded && !rules->window_rows)
        return weir_fail(err, WEIR_INVALID,
                         "sml_project_rolling_window_use_embedded is true and "
                         "sml_project_rolling_window_size is not given");
    return WEIR_OK;
}

static weir_code read_filter(project_rules *rules, weir_error *err)
{
    weir_code code = weir_row_filter_parse(rules->filter, strlen(rules->filter), &rules->rows, err);

    return code ? weir_explain(err, code, "sml_project_predicate_row_filter") : WEIR_OK;
}

void rules_default(project_rules *out)
{
    *out = (project_rules){0};
    (void)weir_options_default(project_parameters, out, NULL); /* its own defaults are in range */
    out->decay_rows = 0;
    out->decay_ms = 0;
}

weir_code rules_read(const char *type, char *const *names, char *const *values, size_t count,
                     project_rules *out, weir_error *err)
{
    project_rules rules;
    weir_code code = WEIR_OK;

    rules_default(&rules);
    for (size_t i = 0; !code && i < count; i++) {
        if (!*values[i])
            continue;
        if (!(code = refuse_later(names[i], values[i], err)))
            code = weir_options_set(project_parameters, &rules, names[i], values[i], NULL, err);
    }
    if (code || (code = check_type(type, &rules, err)) || (code = check_together(&rules, err)) ||
        (code = read_filter(&rules, err)))
        goto done;
    *out = rules;
    rules = (project_rules){0}; /* the caller's now */
done:
    rules_free(&rules);
    return code;
}

void rules_free(project_rules *rules)
{
    weir_row_filter_free(rules->rows);
    *rules = (project_rules){0};
}
