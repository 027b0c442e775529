/* cmd_explore.c: weir explore: the metrics of a summary file, or of the rows of a CSV file, as a table or as JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "command.h"
#include "summary_file.h"
#include "table.h"
#include "weir/explore.h"
#include "weir/memory.h"

#define BAR_WIDTH 40

/* What the questions are about. Names and values are views into the arguments' copy in texts. */
typedef struct {
    const weir_metric *metric; /* NULL: density */
    weir_summary *summary;
    size_t *ids; /* the attributes asked for */
    size_t id_count;
    weir_setting *settings;
    size_t setting_count;
    char *attribute_text, *setting_text;
    size_t bins;
    bool json;
} exploration;

static weir_code no_room(weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for the questions");
}

/* --- the arguments */

static const char *name_of(const exploration *e, size_t id)
{
    return weir_schema_at(weir_summary_schema(e->summary), id)->name;
}

static size_t count_parts(const char *text)
{
    size_t count = 1;

    for (; (text = strchr(text, ',')); text++)
        count++;
    return count;
}

/* Every attribute that has statistics. */
static weir_code choose_all(exploration *e, weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(e->summary);
    size_t slots = weir_schema_slots(schema);

    if (!(e->ids = weir_calloc(slots + 1, sizeof *e->ids)))
        return no_room(err);
    for (; e->id_count < slots; e->id_count++)
        e->ids[e->id_count] = weir_schema_slot_id(schema, e->id_count);
    return WEIR_OK;
}

static weir_code choose(exploration *e, const char *names, weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(e->summary);
    char *rest = NULL;

    if (!names)
        return choose_all(e, err);
    if (!(e->attribute_text = weir_strdup(names)) ||
        !(e->ids = weir_calloc(count_parts(names), sizeof *e->ids)))
        return no_room(err);
    for (char *name = strtok_r(e->attribute_text, ",", &rest); name;
         name = strtok_r(NULL, ",", &rest)) {
        size_t id = weir_schema_find(schema, name, strlen(name));

        if (id == WEIR_NONE)
            return weir_fail(err, WEIR_INVALID, "there is no attribute '%s'", name);
        e->ids[e->id_count++] = id;
    }
    return WEIR_OK;
}

static weir_code read_settings(exploration *e, const char *text, weir_error *err)
{
    char *rest = NULL;

    if (!text)
        return WEIR_OK;
    if (!(e->setting_text = weir_strdup(text)) ||
        !(e->settings = weir_calloc(count_parts(text), sizeof *e->settings)))
        return no_room(err);
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
    char known[160] = "density";

    if (strcmp(id, "density") == 0 || (e->metric = weir_metric_find(id)))
        return WEIR_OK;
    for (size_t i = 0; weir_metrics[i]; i++) {
        size_t used = strlen(known);

        snprintf(known + used, sizeof known - used, ", %s", weir_metrics[i]->id);
    }
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

/* --- questions and answers */

typedef struct {
    size_t ids[2];
    char *title;
    weir_answer answer;
} asked;

typedef struct {
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

/* How many inputs the first way of asking a metric needs. */
static size_t least_inputs(const weir_metric *metric)
{
    size_t count = 0;

    for (size_t p = 0; p < WEIR_PLACES; p++)
        count += metric->shapes[0].inputs[p].least;
    return count;
}

/* A question about each attribute, or about each pair of two. */
static weir_code make_questions(const exploration *e, answers *all, weir_error *err)
{
    bool pairs = least_inputs(e->metric) == 2;
    size_t n = e->id_count, most = pairs ? n * n / 2 + 1 : n + 1;

    if (!(all->items = weir_calloc(most, sizeof *all->items)))
        return no_room(err);
    for (size_t i = 0; i < n; i++)
        for (size_t j = pairs ? i + 1 : i; j < (pairs ? n : i + 1); j++) {
            asked *item = &all->items[all->count];
            size_t size = strlen(name_of(e, e->ids[i])) + strlen(name_of(e, e->ids[j])) + 4;

            if (!(item->title = weir_malloc(size)))
                return no_room(err);
            all->count++;
            item->ids[0] = e->ids[i];
            item->ids[1] = e->ids[j];
            snprintf(item->title, size, pairs ? "%s, %s" : "%s", name_of(e, e->ids[i]),
                     name_of(e, e->ids[j]));
        }
    if (all->count == 0)
        return weir_fail(err, WEIR_INVALID,
                         "%s needs %zu attributes with statistics, there are %zu", e->metric->id,
                         least_inputs(e->metric), n);
    return WEIR_OK;
}

static weir_code ask(const exploration *e, answers *all, weir_error *err)
{
    weir_code code = make_questions(e, all, err);

    for (size_t i = 0; i < all->count && !code; i++) {
        const weir_question question = {.inputs = all->items[i].ids,
                                        .input_count = least_inputs(e->metric),
                                        .settings = e->settings,
                                        .setting_count = e->setting_count};

        if ((code = weir_metric_ask(e->metric, e->summary, &question, &all->items[i].answer, err)))
            weir_explain(err, code, "%s of %s", e->metric->id, all->items[i].title);
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

/* Keys downwards, questions across; a key that no question has an answer for takes no line. */
static weir_code print_table(const exploration *e, const answers *all, weir_error *err)
{
    const weir_metric_key *keys = e->metric->keys;
    size_t most = 0, rows = 0;
    const char **heads = NULL, **titles = NULL;
    double *values = NULL;
    weir_code code = WEIR_OK;

    while (keys[most].key)
        most++;
    heads = weir_calloc(most + 1, sizeof *heads);
    titles = weir_calloc(all->count, sizeof *titles);
    values = weir_calloc((most + 1) * all->count, sizeof *values);
    if (!heads || !titles || !values) {
        code = no_room(err);
        goto done;
    }
    for (size_t k = 0; k < most; k++) {
        bool any = false;

        for (size_t i = 0; i < all->count; i++) {
            double value = answer_value(&all->items[i].answer, keys[k].key);

            titles[i] = all->items[i].title;
            values[rows * all->count + i] = value;
            any = any || !isnan(value);
        }
        heads[rows] = keys[k].key;
        rows += any;
    }
    table_print(stdout, heads, rows, titles, all->count, values, table_width(stdout));
done:
    weir_free(heads);
    weir_free(titles);
    weir_free(values);
    return code;
}

static weir_code print_json(json_t *value, weir_error *err)
{
    char *text = value ? json_dumps(value, JSON_INDENT(1)) : NULL;

    json_decref(value);
    if (!text)
        return no_room(err);
    puts(text);
    free(text);
    return WEIR_OK;
}

static json_t *answer_json(const exploration *e, const asked *item)
{
    json_t *inputs = json_array(), *values = json_object();

    for (size_t i = 0; i < least_inputs(e->metric); i++)
        json_array_append_new(inputs, json_string(name_of(e, item->ids[i])));
    for (size_t i = 0; i < item->answer.count; i++)
        json_object_set_new(values, item->answer.items[i].key,
                            json_real(item->answer.items[i].value));
    return json_pack("{s:o,s:o}", "inputs", inputs, "values", values);
}

static weir_code explore_metric(const exploration *e, weir_error *err)
{
    answers all = {0};
    weir_code code = ask(e, &all, err);

    if (!code && e->json) {
        json_t *list = json_array();

        for (size_t i = 0; i < all.count; i++)
            json_array_append_new(list, answer_json(e, &all.items[i]));
        code = print_json(list, err);
    } else if (!code) {
        code = print_table(e, &all, err);
    }
    free_answers(&all);
    return code;
}

/* --- densities */

static json_t *density_json(const char *name, const weir_density *density)
{
    json_t *counts = json_array();

    for (size_t i = 0; i < density->bins; i++)
        json_array_append_new(counts, json_real(density->counts[i]));
    return json_pack("{s:s,s:f,s:f,s:f,s:o}", "attrName", name, "min", density->min, "max",
                     density->max, "width", density->width, "histogram", counts);
}

/* One line a bin: its range, its count, and a bar in eighths of a character. */
static void print_density(const char *name, const weir_density *density)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double greatest = 0;

    for (size_t i = 0; i < density->bins; i++)
        greatest = fmax(greatest, density->counts[i]);
    printf("%s\n", name);
    for (size_t i = 0; i < density->bins; i++) {
        double left = density->min + density->width * (double)i;
        int eighth = greatest > 0 && density->counts[i] > 0
                         ? (int)(density->counts[i] / greatest * BAR_WIDTH * 8)
                         : 0;

        printf("%12.6g to %12.6g  %12.6g  ", left, left + density->width, density->counts[i]);
        for (int full = 0; full < eighth / 8; full++)
            fputs("█", stdout);
        puts(eighths[eighth % 8]);
    }
}

static weir_code explore_densities(const exploration *e, weir_error *err)
{
    json_t *list = e->json ? json_array() : NULL;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < e->id_count && !code; i++) {
        const char *name = name_of(e, e->ids[i]);
        weir_density density = {0};

        if ((code = weir_density_estimate(e->summary, e->ids[i], e->bins, NAN, NAN, &density, err)))
            break;
        if (density.error[0])
            code = weir_fail(err, WEIR_INVALID, "density of %s: %s", name, density.error);
        else if (list)
            json_array_append_new(list, density_json(name, &density));
        else
            print_density(name, &density);
        weir_density_free(&density);
    }
    if (!list || code) {
        json_decref(list);
        return code;
    }
    return print_json(list, err);
}

static int run(const command_args *args)
{
    exploration e = {.bins = (size_t)args_integer(args, "bins"), .json = args_switch(args, "json")};
    weir_error err = {0};
    weir_code code;

    stop_on_signals();
    if ((code = find_metric(&e, args_text(args, "metric"), &err)) ||
        (code = read_settings(&e, args_text(args, "set"), &err)) ||
        (code = load(&e, args_operand(args, 0), args_text(args, "types"), &err)) ||
        (code = choose(&e, args_text(args, "attribute"), &err)))
        goto done;
    code = e.metric ? explore_metric(&e, &err) : explore_densities(&e, &err);
done:
    weir_summary_free(e.summary);
    weir_free(e.ids);
    weir_free(e.settings);
    weir_free(e.attribute_text);
    weir_free(e.setting_text);
    if (code == WEIR_CANCELLED)
        return EXIT_INTERRUPTED;
    return code ? report_failure("explore", &err) : EXIT_DONE;
}

static const command_flag flags[] = {
    {"metric", FLAG_TEXT, "METRIC", "uni", false, 0, 0,
     "uni (each attribute), bi (each pair) or density (a histogram of each attribute)."},
    {"attribute", FLAG_TEXT, "NAMES", NULL, false, 0, 0,
     "Attributes to look at, separated by commas; all otherwise."},
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
    .operands = "FILE.summary|FILE.csv",
    .least_operands = 1,
    .most_operands = 1,
    .flags = flags,
    .help = "Reads a summary that weir summarize or weir merge wrote, or CSV rows (- is standard "
            "input), and prints a table: statistics downwards, attributes or pairs across. "
            "Quantiles and densities of a summary need --histograms when it is made.",
    .run = run,
};
