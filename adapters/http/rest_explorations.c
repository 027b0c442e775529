/* rest_explorations.c: all that can be asked of a project's statistics, as data from which forms are made.
 *
 * Everything here is read from the tables of core: a new metric appears by itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "rest_inside.h"
#include "weir/drift.h"
#include "weir/multivariate.h"

/* --- options */

static void write_choices(json_out *json, const char *const *choices)
{
    json_key(json, "choices");
    json_open(json, '[');
    for (; *choices; choices++)
        json_text(json, *choices);
    json_close(json, ']');
}

static void write_option(json_out *json, const weir_option *option)
{
    static const char *const types[] = {[WEIR_OPTION_INTEGER] = "integer",
                                        [WEIR_OPTION_NUMBER] = "number",
                                        [WEIR_OPTION_BOOLEAN] = "boolean",
                                        [WEIR_OPTION_CHOICE] = "choice",
                                        [WEIR_OPTION_TEXT] = "string"};

    json_open(json, '{');
    json_put_text(json, "name", option->name);
    json_put_text(json, "type", types[option->kind]);
    if (option->required)
        json_put_truth(json, "required", true);
    if (option->fallback && *option->fallback)
        json_put_text(json, "default", option->fallback);
    if (option->kind == WEIR_OPTION_INTEGER || option->kind == WEIR_OPTION_NUMBER) {
        json_put_number(json, "minimum", option->least);
        json_put_number(json, "maximum", option->greatest);
    }
    if (option->kind == WEIR_OPTION_CHOICE)
        write_choices(json, option->choices);
    json_put_text(json, "help", option->help);
    json_close(json, '}');
}

void rest_write_options(json_out *json, const weir_option *options)
{
    json_key(json, "options");
    json_open(json, '[');
    for (; options && options->name; options++)
        write_option(json, options);
    json_close(json, ']');
}

/* --- shapes */

static void write_places(json_out *json, const char *key, const weir_place *places)
{
    static const struct {
        unsigned bit;
        const char *letter;
    } kinds[] = {{WEIR_TAKES_C, "C"}, {WEIR_TAKES_B, "B"}, {WEIR_TAKES_T, "T"}};

    json_key(json, key);
    json_open(json, '[');
    for (size_t p = 0; p < WEIR_PLACES && places[p].types; p++) {
        json_open(json, '{');
        json_put_text(json, "label", places[p].label);
        json_key(json, "types");
        json_open(json, '[');
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            if (places[p].types & kinds[i].bit)
                json_text(json, kinds[i].letter);
        json_close(json, ']');
        json_put_whole(json, "least", (int64_t)places[p].least);
        json_put_whole(json, "most", (int64_t)places[p].most);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_shapes(json_out *json, const weir_shape *shapes)
{
    json_key(json, "shapes");
    json_open(json, '[');
    for (; shapes->title; shapes++) {
        json_open(json, '{');
        json_put_text(json, "title", shapes->title);
        write_places(json, "inputs", shapes->inputs);
        write_places(json, "targets", shapes->targets);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* --- explorations */

typedef struct {
    const char *id, *kind, *title, *help;
    const char *path;   /* below the project, that of drift below its list */
    const char *metric; /* the argument of the path that names it, or NULL */
    const weir_shape *shapes;
    const weir_metric_key *keys;
    const weir_option *options;
} exploration;

static void write_exploration(json_out *json, const exploration *row)
{
    char path[96];

    snprintf(path, sizeof path, "%s%s%s", row->path, row->metric ? "?metric=" : "",
             row->metric ? row->metric : "");
    json_open(json, '{');
    json_put_text(json, "id", row->id);
    json_put_text(json, "kind", row->kind);
    json_put_text(json, "title", row->title);
    json_put_text(json, "help", row->help);
    json_put_text(json, "path", path);
    write_shapes(json, row->shapes);
    json_key(json, "keys");
    json_open(json, '[');
    for (const weir_metric_key *key = row->keys; key->key; key++) {
        json_open(json, '{');
        json_put_text(json, "key", key->key);
        json_put_text(json, "help", key->help);
        json_close(json, '}');
    }
    json_close(json, ']');
    rest_write_options(json, row->options);
    json_close(json, '}');
}

static const weir_shape drift_shapes[] = {
    {.title = "Attributes",
     .inputs = {{WEIR_TAKES_C | WEIR_TAKES_B | WEIR_TAKES_T, 0, 0, "Attributes"}}},
    {0},
};

void rest_explorations(const weir_http_request *request, weir_http_reply *reply)
{
    json_out json;

    (void)request;
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "explorations");
    json_open(&json, '[');
    for (size_t i = 0; weir_metrics[i]; i++) {
        const weir_metric *m = weir_metrics[i];

        write_exploration(&json, &(exploration){m->id, "metric", m->title, m->help, "explore",
                                                m->id, m->shapes, m->keys, m->options});
    }
    for (size_t i = 0; weir_multivariates[i]; i++) {
        const weir_multivariate *m = weir_multivariates[i];

        write_exploration(&json, &(exploration){m->id, "multivariate", m->title, m->help, m->id,
                                                NULL, m->shapes, m->keys, m->options});
    }
    for (const weir_density_call *d = weir_density_calls; d->id; d++)
        write_exploration(&json, &(exploration){d->id, "density", d->title, d->help, d->id, NULL,
                                                d->shapes, d->keys, weir_density_options});
    for (size_t i = 0; weir_drift_metrics[i]; i++) {
        const weir_drift_metric *m = weir_drift_metrics[i];

        write_exploration(&json, &(exploration){m->id, "drift", m->title, m->help, "dataDrift",
                                                NULL, drift_shapes, m->keys, m->options});
    }
    json_close(&json, ']');
    rest_end(&json);
}
