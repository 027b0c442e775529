/* main.c: the weir program: finds the command, reads its arguments, runs it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "help.h"
#include "nearest.h"
#include "options.h"
#include "weir/log.h"

/* The command named by the first one or two words; *words tells how many. NULL when there is none. */
static const command *command_find(int argc, char **argv, int *words)
{
    char two[128];

    if (argc > 1) {
        snprintf(two, sizeof two, "%s %s", argv[0], argv[1]);
        for (size_t i = 0; commands[i]; i++)
            if (strcmp(commands[i]->name, two) == 0) {
                *words = 2;
                return commands[i];
            }
    }
    for (size_t i = 0; argc > 0 && commands[i]; i++)
        if (strcmp(commands[i]->name, argv[0]) == 0) {
            *words = 1;
            return commands[i];
        }
    return NULL;
}

static int unknown_command(int argc, char **argv)
{
    const char *best = NULL;
    char name[128];
    size_t length = 0;

    /* "weir user" alone, or with a word that is none of its commands: show what there is. */
    length = strlen(argv[0]);
    for (size_t i = 0; commands[i]; i++)
        if (strncmp(commands[i]->name, argv[0], length) == 0 && commands[i]->name[length] == ' ') {
            fprintf(stderr, "%s weir %s %s\n", best ? "      " : "usage:", commands[i]->name,
                    commands[i]->operands);
            best = commands[i]->name;
        }
    if (best)
        return EXIT_USAGE;
    snprintf(name, sizeof name, "%s%s%s", argv[0], argc > 1 && argv[1][0] != '-' ? " " : "",
             argc > 1 && argv[1][0] != '-' ? argv[1] : "");
    for (size_t i = 0; commands[i]; i++)
        nearest_take(strchr(commands[i]->name, ' ') ? name : argv[0], commands[i]->name, &best);
    fprintf(stderr, "weir: unknown command %s; the nearest is %s\n", argv[0], best);
    return EXIT_USAGE;
}

static int help_on(int argc, char **argv)
{
    const command *of = NULL;
    int words = 0;

    if (argc == 0) {
        help_overview(stdout);
        return EXIT_DONE;
    }
    if (!(of = command_find(argc, argv, &words)))
        return unknown_command(argc, argv);
    help_command(of, stdout);
    return EXIT_DONE;
}

static weir_code use_log_level(const command_args *args, weir_error *err)
{
    static const struct {
        const char *name;
        weir_log_level level;
    } levels[] = {{"debug", WEIR_LOG_DEBUG},
                  {"info", WEIR_LOG_INFO},
                  {"warn", WEIR_LOG_WARN},
                  {"error", WEIR_LOG_ERROR}};
    const char *name = args_text(args, "log");

    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (name && strcmp(levels[i].name, name) == 0) {
            weir_log_threshold(levels[i].level);
            return WEIR_OK;
        }
    return weir_fail(err, WEIR_INVALID, "--log is \"%s\"; it is debug, info, warn or error",
                     name ? name : "");
}

static int run(const command *of, int argc, char **argv)
{
    command_args *args = NULL;
    weir_error err = {0};
    bool help = false;
    int status = EXIT_DONE;

    if (args_parse(of, argc, (const char *const *)argv, &args, &help, &err) ||
        (!help && use_log_level(args, &err))) {
        fprintf(stderr, "weir %s: %s\nweir help %s tells more.\n", of->name, err.message, of->name);
        args_free(args);
        return EXIT_USAGE;
    }
    if (help)
        help_command(of, stdout);
    else
        status = of->run(args);
    args_free(args);
    return status;
}

int report_failure(const char *name, const weir_error *err)
{
    fprintf(stderr, "weir %s: %s\n", name, err->message);
    if (stop_requested())
        return EXIT_INTERRUPTED;
    return err->code == WEIR_UNAVAILABLE ? EXIT_UNREACHABLE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    const command *of = NULL;
    int words = 0, status = EXIT_DONE;

    if (argc < 2) {
        help_overview(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0)
        printf("weir %s\n", WEIR_VERSION);
    else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        help_overview(stdout);
    else if (strcmp(argv[1], "help") == 0)
        status = help_on(argc - 2, argv + 2);
    else if ((of = command_find(argc - 1, argv + 1, &words)))
        status = run(of, argc - 1 - words, argv + 1 + words);
    else
        status = unknown_command(argc - 1, argv + 1);
    if (fflush(stdout) != 0 && status == EXIT_DONE) {
        fprintf(stderr, "weir: standard output cannot be written\n");
        status = EXIT_FAILED;
    }
    return status;
}
