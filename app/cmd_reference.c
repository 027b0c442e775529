/* cmd_reference.c: weir reference: all that can be asked, built, set and given, as a page of Markdown.
 *
 * Everything is read from the tables the program itself works with, so the page always tells what this program does.
 * docs/reference.md is what it printed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <float.h>
#include <stdio.h>

#include "command.h"
#include "weir/connect.h"
#include "weir/drift.h"
#include "weir/multivariate.h"
#include "weir/parameters.h"
#include "weir/server_stream.h"
#include "weir/stream.h"

/* Text within a row of a table: there a bar would end the cell. */
static void put_cell(const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text == '\n' ? ' ' : *text);
    }
}

static void put_words(const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        printf("%s`%s`", i ? ", " : "", words[i]);
}

/* A range of which an end beyond any sensible number is none. */
static void put_range(double least, double greatest)
{
    if (least > -DBL_MAX && greatest < DBL_MAX)
        printf("%.15g to %.15g", least, greatest);
    else if (least > -DBL_MAX)
        printf("from %.15g", least);
    else if (greatest < DBL_MAX)
        printf("up to %.15g", greatest);
    else
        printf("any number");
}

/* --- options of weir/option.h: of metrics, algorithms and projects */

static void put_allowed(const weir_option *option)
{
    switch (option->kind) {
    case WEIR_OPTION_INTEGER:
        printf("whole, ");
        put_range(option->least, option->greatest);
        return;
    case WEIR_OPTION_NUMBER:
        put_range(option->least, option->greatest);
        return;
    case WEIR_OPTION_BOOLEAN:
        printf("`true`, `false`");
        return;
    case WEIR_OPTION_CHOICE:
        put_words(option->choices);
        return;
    case WEIR_OPTION_TEXT:
        printf("text");
        return;
    }
}

static void put_options(const weir_option *options)
{
    if (!options || !options->name)
        return;
    printf("| parameter | default | allowed | |\n|---|---|---|---|\n");
    for (; options->name; options++) {
        printf("| `%s` | ", options->name);
        if (options->required)
            printf("needed");
        else if (options->fallback && *options->fallback)
            printf("`%s`", options->fallback);
        printf(" | ");
        put_allowed(options);
        printf(" | ");
        put_cell(options->help);
        printf(" |\n");
    }
    putchar('\n');
}

/* --- what can be asked */

static void put_place(const weir_place *place)
{
    static const char letters[] = "CBT"; /* by the bits of WEIR_TAKES_C, _B, _T */
    const char *between = "";

    printf("%s: ", place->label);
    if (place->least == place->most)
        printf("%zu", place->least);
    else if (place->most == 0)
        printf("%zu or more", place->least);
    else
        printf("%zu to %zu", place->least, place->most);
    printf(" of ");
    for (size_t i = 0; letters[i]; i++)
        if (place->types & 1U << i) {
            printf("%s%c", between, letters[i]);
            between = ", ";
        }
}

static void put_places(const weir_place *places)
{
    for (size_t i = 0; i < WEIR_PLACES && places[i].types; i++) {
        printf("%s", i ? "; " : "");
        put_place(&places[i]);
    }
}

static void put_shapes(const weir_shape *shapes)
{
    printf("| form | inputs | targets |\n|---|---|---|\n");
    for (; shapes->title; shapes++) {
        printf("| %s | ", shapes->title);
        put_places(shapes->inputs);
        printf(" | ");
        put_places(shapes->targets);
        printf(" |\n");
    }
    putchar('\n');
}

static void put_keys(const weir_metric_key *keys)
{
    printf("| key | |\n|---|---|\n");
    for (; keys->key; keys++) {
        printf("| `%s` | ", keys->key);
        put_cell(keys->help);
        printf(" |\n");
    }
    putchar('\n');
}

typedef struct {
    const char *id, *alias; /* alias NULL: none */
    const char *title, *help;
    const weir_shape *shapes; /* NULL: it is asked in one way only */
    const weir_option *options;
    const weir_metric_key *keys;
} question;

static void put_question(const question *q)
{
    printf("### `%s`\n\n%s. %s", q->id, q->title, q->help);
    if (q->alias)
        printf(" Also known as `%s`.", q->alias);
    printf("\n\n");
    if (q->shapes)
        put_shapes(q->shapes);
    put_options(q->options);
    put_keys(q->keys);
}

static void put_questions(void)
{
    printf(
        "## Questions\n\n"
        "Of `explore` (`metric=`), of calls of their own, and of `weir explore`. Types: C a "
        "number, "
        "B 0 or 1, T a category,\nwhich stands for its values. A key that ends in `$` stands for "
        "one key a cell, one that begins with it for one an\nattribute. A value that is not "
        "defined is left out.\n\n");
    for (size_t i = 0; weir_metrics[i]; i++) {
        const weir_metric *m = weir_metrics[i];
        put_question(
            &(question){m->id, m->alias, m->title, m->help, m->shapes, m->options, m->keys});
    }
    for (size_t i = 0; weir_multivariates[i]; i++) {
        const weir_multivariate *m = weir_multivariates[i];
        put_question(&(question){m->id, NULL, m->title, m->help, m->shapes, m->options, m->keys});
    }
    for (const weir_density_call *d = weir_density_calls; d->id; d++)
        put_question(
            &(question){d->id, NULL, d->title, d->help, d->shapes, weir_density_options, d->keys});
    printf("## Drift\n\nOf `dataDrift`, which compares two projects, or a project and its own "
           "window.\n\n");
    for (size_t i = 0; weir_drift_metrics[i]; i++) {
        const weir_drift_metric *m = weir_drift_metrics[i];
        put_question(&(question){m->id, NULL, m->title, m->help, NULL, m->options, m->keys});
    }
}

/* --- what can be built and set */

static void put_algorithms(void)
{
    printf("## Algorithms\n\nEvery build takes, beside what its algorithm does:\n\n");
    put_options(weir_refresh_options);
    for (size_t i = 0; weir_algorithms[i]; i++) {
        const weir_algorithm *a = weir_algorithms[i];

        printf("### `%s`\n\n%s. %s\n\nPredicts ", a->id, a->title, a->help);
        put_words(a->predict_info);
        printf(".\n\n");
        put_options(a->options);
        printf("%s\n\n", a->paper);
    }
}

static void put_key_allowed(const weir_key *key)
{
    switch (key->kind) {
    case WEIR_KEY_TEXT:
        printf("text");
        return;
    case WEIR_KEY_SECRET:
        printf("text, never shown");
        return;
    case WEIR_KEY_INTEGER:
        printf("whole, ");
        put_range(key->least, key->greatest);
        return;
    case WEIR_KEY_BOOLEAN:
        printf("`true`, `false`");
        return;
    case WEIR_KEY_URL:
        printf("URL");
        return;
    case WEIR_KEY_WORD:
        put_words(key->words);
        return;
    case WEIR_KEY_TYPES:
        printf("letters");
        return;
    }
}

static void put_settings(const weir_key *keys)
{
    printf("| key | default | allowed | |\n|---|---|---|---|\n");
    for (; keys->name; keys++) {
        printf("| `%s`%s | ", keys->name, keys->numbered ? ", `.1`, `.2` ..." : "");
        if (keys->required)
            printf("needed");
        else if (keys->fallback && *keys->fallback)
            printf("`%s`", keys->fallback);
        printf(" | ");
        put_key_allowed(keys);
        printf(" | ");
        put_cell(keys->help);
        printf(" |\n");
    }
    putchar('\n');
}

/* --- what can be given to the program */

static void put_flags(const command_flag *flags)
{
    printf("| option | default | |\n|---|---|---|\n");
    for (; flags->name; flags++) {
        printf("| `--%s%s%s` | ", flags->name, flags->argument ? " " : "",
               flags->argument ? flags->argument : "");
        if (flags->required)
            printf("needed");
        else if (flags->fallback)
            printf("`%s`", flags->fallback);
        printf(" | ");
        put_cell(flags->help);
        printf(" |\n");
    }
    putchar('\n');
}

static void put_commands(void)
{
    printf("## Commands\n\n"
           "An option may also come from the environment (`--data` as `WEIR_DATA`) or from a "
           "`--config` file.\n\n");
    for (size_t i = 0; commands[i]; i++) {
        const command *c = commands[i];

        printf("### `weir %s%s%s`\n\n", c->name, *c->operands ? " " : "", c->operands);
        if (c->help)
            printf("%s\n\n", c->help);
        if (c->flags && c->flags->name)
            put_flags(c->flags);
    }
}

static int print_reference(const command_args *args)
{
    (void)args;
    printf("# Reference\n\n"
           "Printed by `weir reference` from the tables that the program works with. The calls of "
           "the API are in what\n`weir openapi` prints.\n\n");
    put_questions();
    put_algorithms();
    printf("## Parameters of a project\n\nGiven when it is created.\n\n");
    put_options(weir_project_parameters());
    printf("## Keys of a sink connector\n\n");
    put_settings(weir_connect_keys());
    printf("## Keys of a stream inside the server\n\nIn `info` of its description.\n\n");
    put_settings(weir_server_stream_keys());
    printf("## Settings of a node group\n\nGiven with a stream inside the server, beside "
           "`node.group`, the name that several servers share.\n\n");
    put_options(weir_node_group_options());
    printf("## Properties of a stream application\n\n");
    put_settings(weir_stream_keys());
    put_commands();
    return EXIT_DONE; /* main() says why when the output could not be written */
}

const command cmd_reference = {
    .name = "reference",
    .summary = "print all metrics, algorithms, parameters and options",
    .operands = "",
    .flags = NULL,
    .help = "Prints a page of Markdown made from the tables of metrics, algorithms, parameters of "
            "a project, keys of a connector and of a stream, and commands.",
    .run = print_reference,
};
