/* cmd_explore.c: weir explore: questions about a summary file, or about the rows of a CSV file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "command.h"
#include "exploration.h"
#include "summary_file.h"
#include "weir/memory.h"

const char *exploration_name(const exploration *e, size_t id)
{
    return weir_schema_at(weir_summary_schema(e->summary), id)->name;
}

weir_code exploration_no_room(weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for the questions");
}

weir_question exploration_question(const exploration *e)
{
    return (weir_question){
        .inputs = e->inputs.ids.ids,
        .input_count = e->inputs.ids.count,
        .targets = e->targets.ids.ids,
        .target_count = e->targets.ids.count,
        .settings = e->settings,
        .setting_count = e->setting_count,
        .input_terms = e->inputs.terms,
        .input_term_count = e->inputs.term_count,
        .target_terms = e->targets.terms,
        .target_term_count = e->targets.term_count,
    };
}

weir_code exploration_print(json_t *value, weir_error *err)
{
    char *text = value ? json_dumps(value, JSON_INDENT(1)) : NULL;

    json_decref(value);
    if (!text)
        return exploration_no_room(err);
    puts(text);
    free(text);
    return WEIR_OK;
}

/* --- the arguments */

static size_t count_parts(const char *text)
{
    size_t count = 1;

    for (; (text = strchr(text, ',')); text++)
        count++;
    return count;
}

static weir_code list_room(attribute_list *list, size_t terms, weir_error *err)
{
    list->terms = weir_calloc(terms + 1, sizeof *list->terms);
    return list->terms ? WEIR_OK : exploration_no_room(err);
}

static void list_free(attribute_list *list)
{
    weir_free(list->text);
    weir_ids_free(&list->ids);
    weir_free(list->terms);
}

/* Every attribute that has statistics. */
static weir_code choose_all(const weir_schema *schema, attribute_list *list, weir_error *err)
{
    size_t slots = weir_schema_slots(schema);
    weir_code code = list_room(list, slots, err);

    for (size_t s = 0; s < slots && !code; s++) {
        size_t id = weir_schema_slot_id(schema, s);

        list->terms[list->term_count++] =
            (weir_term){.text = weir_schema_at(schema, id)->name, .first = s, .count = 1};
        code = weir_ids_add(&list->ids, id, err);
    }
    return code;
}

/* An attribute, or a category for all its values. */
static weir_code choose_one(const weir_schema *schema, const char *name, attribute_list *list,
                            weir_error *err)
{
    weir_term *term = &list->terms[list->term_count++];
    weir_code code;

    *term = (weir_term){.text = name, .first = list->ids.count};
    code = weir_ids_add_named(&list->ids, schema, name, &term->category, err);
    term->count = list->ids.count - term->first;
    return code;
}

static weir_code choose(const weir_schema *schema, const char *names, attribute_list *list,
                        weir_error *err)
{
    size_t parts = count_parts(names);
    char *rest = NULL;
    weir_code code = list_room(list, parts, err);

    if (!code && !(list->text = weir_strdup(names)))
        code = exploration_no_room(err);
    if (code)
        return code;
    for (char *name = strtok_r(list->text, ",", &rest); name && !code;
         name = strtok_r(NULL, ",", &rest))
        code = choose_one(schema, name, list, err);
    return code;
}

static weir_code read_settings(exploration *e, const char *text, weir_error *err)
{
    char *rest = NULL;

    if (!text)
        return WEIR_OK;
    if (!(e->setting_text = weir_strdup(text)) ||
        !(e->settings = weir_calloc(count_parts(text), sizeof *e->settings)))
        return exploration_no_room(err);
    for (char *pair = strtok_r(e->setting_text, ",", &rest); pair;
         pair = strtok_r(NULL, ",", &rest)) {
        char *equals = strchr(pair, '=');

        if (!equals)
            return weir_fail(err, WEIR_INVALID, "--set: '%s' is not of the form NAME=VALUE", pair);
        *equals = 0;
        e->settings[e->setting_count++] = (weir_setting){pair, equals + 1};
    }
    return WEIR_OK;
}

static weir_code find_metric(exploration *e, const char *id, weir_error *err)
{
    char known[400] = "density";

    if (strcmp(id, "density") == 0 || (e->metric = weir_metric_find(id)) ||
        (e->multivariate = weir_multivariate_find(id)))
        return WEIR_OK;
    for (size_t i = 0; weir_metrics[i]; i++)
        snprintf(known + strlen(known), sizeof known - strlen(known), ", %s", weir_metrics[i]->id);
    for (size_t i = 0; weir_multivariates[i]; i++)
        snprintf(known + strlen(known), sizeof known - strlen(known), ", %s",
                 weir_multivariates[i]->id);
    return weir_fail(err, WEIR_INVALID, "there is no metric '%s'; there are %s", id, known);
}

static weir_code load(exploration *e, const char *path, const char *types, weir_error *err)
{
    const weir_summary_options options = {.histograms = true};
    csv_reading reading = {.types = types, .policy = WEIR_BAD_CELL};
    weir_code code;

    if (summary_is_file(path))
        return summary_read(path, &e->summary, err);
    if (!(code = weir_summary_new(&options, &e->summary, err)))
        code = summary_absorb_csv(e->summary, path, &reading, err);
    summary_report_rejects("explore", &reading.rejects);
    return code;
}

static weir_code choose_attributes(exploration *e, const char *inputs, const char *targets,
                                   weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(e->summary);
    weir_code code =
        inputs ? choose(schema, inputs, &e->inputs, err) : choose_all(schema, &e->inputs, err);

    return code || !targets ? code : choose(schema, targets, &e->targets, err);
}

static int run(const command_args *args)
{
    exploration e = {.bins = (size_t)args_integer(args, "bins"), .json = args_switch(args, "json")};
    weir_error err = {0};
    weir_code code;

    stop_on_signals();
    if ((code = find_metric(&e, args_operands(args) > 1 ? args_operand(args, 1) : "uni", &err)) ||
        (code = read_settings(&e, args_text(args, "set"), &err)) ||
        (code = load(&e, args_operand(args, 0), args_text(args, "types"), &err)) ||
        (code =
             choose_attributes(&e, args_text(args, "attribute"), args_text(args, "target"), &err)))
        goto done;
    code = e.metric         ? explore_metric(&e, &err)
           : e.multivariate ? explore_multivariate(&e, &err)
                            : explore_densities(&e, &err);
done:
    weir_summary_free(e.summary);
    list_free(&e.inputs);
    list_free(&e.targets);
    weir_free(e.settings);
    weir_free(e.setting_text);
    if (code == WEIR_CANCELLED)
        return EXIT_INTERRUPTED;
    return code ? report_failure("explore", &err) : EXIT_DONE;
}

static const command_flag flags[] = {
    {"attribute", FLAG_TEXT, "NAMES", NULL, false, 0, 0,
     "Attributes to look at, separated by commas; a category stands for its values. All "
     "otherwise."},
    {"target", FLAG_TEXT, "NAMES", NULL, false, 0, 0,
     "Targets, for the metrics that have some: groups of anova, columns of chi2, target of gain."},
    {"set", FLAG_TEXT, "NAME=VALUE,...", NULL, false, 0, 0,
     "Parameters of the metric, as in the extraParameters of the REST API."},
    {"bins", FLAG_INTEGER, "N", "20", false, 1, 65536, "Bins of a density."},
    {"types", FLAG_TEXT, "LETTERS", NULL, false, 0, 0,
     "Types of the columns when FILE is CSV, as for weir summarize."},
    {"json", FLAG_SWITCH, NULL, NULL, false, 0, 0, "Print JSON with every digit."},
    {0},
};

const command cmd_explore = {
    .name = "explore",
    .summary = "show the statistics of a summary or of CSV rows",
    .operands = "FILE.summary|FILE.csv [METRIC]",
    .least_operands = 1,
    .most_operands = 2,
    .flags = flags,
    .help =
        "Reads a summary that weir summarize, merge or export wrote, or CSV rows (- is standard "
        "input), and answers a question: uni (of each attribute; when no METRIC is given), bi "
        "(of each pair), density (a histogram of each attribute), one of the tests ztest, "
        "ztestp, ztestmu, ttest, ttestmu, ftest, ftestmu, anova, chi2 or gain, or vif, "
        "explorepca, exploresvd or exploresvdfs. Quantiles and densities of a summary need "
        "--histograms when it is made.",
    .run = run,
};
