/* cmd_demo.c: weir demo: everything at once, on rows that come with the program.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "command.h"
#include "demo.h"
#include "weir/log.h"

#define PATH_ROOM 4000

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *at)
{
    (void)facts;
    (void)kind;
    (void)at;
    return remove(path);
}

/* $XDG_CACHE_HOME/weir/demo, else ~/.cache/weir/demo, else a directory of the user's in /tmp. */
static void default_directory(char *out, size_t room)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

    if (cache && *cache == '/')
        snprintf(out, room, "%s/weir/demo", cache);
    else if (home && *home == '/')
        snprintf(out, room, "%s/.cache/weir/demo", home);
    else
        snprintf(out, room, "/tmp/weir-demo-%ld", (long)getuid());
}

static weir_code fresh_directory(char *out, size_t room, weir_error *err)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(out, room, "%s/weir-demo-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
    if (!mkdtemp(out))
        return weir_fail(err, WEIR_STORE, "no directory like %s can be made", out);
    return WEIR_OK;
}

/* On a broker that keeps what it has, a run of --once has topics of its own. */
static weir_code fresh_suffix(char *out, size_t room, weir_error *err)
{
    unsigned random = 0;

    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return weir_fail(err, WEIR_INTERNAL, "no random numbers");
    snprintf(out, room, "-%08x", random);
    return WEIR_OK;
}

static int run(const command_args *args)
{
    char directory[PATH_ROOM] = "", suffix[16] = "";
    bool once = args_switch(args, "once"), temporary = false;
    weir_error err = {0};
    demo_rig *rig = NULL;
    demo_options options = {.listen = args_text(args, "listen"),
                            .listen_any = !args_given(args, "listen"),
                            .data = args_text(args, "data"),
                            .bootstrap = args_text(args, "bootstrap"),
                            .registry = args_text(args, "registry"),
                            .suffix = suffix};
    weir_code code = WEIR_OK;

    stop_on_signals();
    if (options.registry && !options.bootstrap) {
        fprintf(stderr, "weir demo: --registry goes with --bootstrap\n");
        return EXIT_USAGE;
    }
    if (args_switch(args, "json") && !once) {
        fprintf(stderr, "weir demo: --json goes with --once\n");
        return EXIT_USAGE;
    }
    if (once && options.listen_any)
        options.listen = "127.0.0.1:0";
    if (once && options.bootstrap && (code = fresh_suffix(suffix, sizeof suffix, &err)))
        goto done;
    if (!options.data) {
        options.data = directory;
        if (!once)
            default_directory(directory, sizeof directory);
        else if ((code = fresh_directory(directory, sizeof directory, &err)))
            goto done;
        temporary = once;
    }
    if (!(code = demo_rig_open(&options, &rig, &err)))
        code = once ? demo_once(rig, args_switch(args, "json"), &err)
                    : demo_live(rig, args_number(args, "rate"), args_switch(args, "loop"), &err);
done:
    demo_rig_close(rig);
    if (temporary)
        nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    if (stop_signal() == SIGINT)
        return EXIT_INTERRUPTED;
    if (code && code != WEIR_CANCELLED)
        return report_failure("demo", &err);
    return EXIT_DONE;
}

static const command_flag flags[] = {
    {"listen", FLAG_TEXT, "HOST:PORT", "127.0.0.1:8765", false, 0, 0,
     "where the server listens; the default gives way to any free port"},
    {"data", FLAG_TEXT, "DIR", NULL, false, 0, 0,
     "where projects are kept; by default the user's cache, for --once a temporary directory"},
    {"rate", FLAG_NUMBER, "ROWS", "400", false, 1, 1e6, "rows a second"},
    {"loop", FLAG_SWITCH, NULL, NULL, false, 0, 0, "begin again after the last row"},
    {"once", FLAG_SWITCH, NULL, NULL, false, 0, 0,
     "play all rows by a fixed schedule, print figures, end"},
    {"json", FLAG_SWITCH, NULL, NULL, false, 0, 0, "print the figures of --once as JSON"},
    {"bootstrap", FLAG_TEXT, "HOST:PORT", NULL, false, 0, 0,
     "use these Kafka brokers instead of the embedded one"},
    {"registry", FLAG_TEXT, "URL", NULL, false, 0, 0,
     "schema registry beside --bootstrap; without one rows are JSON"},
    {0},
};

const command cmd_demo = {
    .name = "demo",
    .summary = "show everything at once on rows that come with the program",
    .operands = "",
    .flags = flags,
    .help = "Starts an embedded Kafka broker and schema registry, the server with its web pages, "
            "the sink connector, the scorer and a simulator in one process, and plays 49,097 rows "
            "of sensors of the Space Shuttle's radiators. Prints a URL, a user id and a secret.\n\n"
            "Ctrl-C ends it cleanly; the next start goes on with the statistics, the models and "
            "the row where it stopped. docs/demo.md tells more, also about --once.",
    .run = run,
};
