/* cmd_exchange.c: weir export and weir import: a project's summary from a running server into a file, and back.
 *
 * What travels are the bytes that weir summarize writes, so a batch system can be the map, weir merge the reduce, and
 * import the last step; or a project can be taken out, explored elsewhere and put back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "summary_file.h"
#include "weir/memory.h"
#include "weir/remote_rest.h"

static bool stop_asked(void *context)
{
    (void)context;
    return stop_requested();
}

static weir_code reach_server(const command_args *args, weir_remote **out, weir_error *err)
{
    size_t size = strlen(args_text(args, "url")) + sizeof "/symetry/rest";
    char *url = weir_malloc(size);
    weir_remote_options options = {.url = url,
                                   .cid = args_text(args, "user"),
                                   .secret = args_text(args, "secret"),
                                   .max_answer = (int64_t)2 << 30,
                                   .stop = stop_asked};
    weir_code code;

    if (!url)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the URL");
    snprintf(url, size, "%s/symetry/rest", args_text(args, "url"));
    code = weir_remote_rest.open(&options, out, err);
    weir_free(url);
    return code;
}

static int export_project(const command_args *args)
{
    weir_remote *server = NULL;
    weir_bytes bytes = {0};
    weir_summary *summary = NULL;
    weir_error err = {0};
    weir_code code;

    stop_on_signals();
    if ((code = reach_server(args, &server, &err)) ||
        (code = weir_remote_rest.project_export(server, args_operand(args, 0),
                                                args_text(args, "partition"), &bytes, &err)) ||
        (code = weir_summary_load(bytes.data, bytes.size, &summary, &err)))
        goto done;
    code = summary_write(summary, args_text(args, "output"), &err);
done:
    weir_summary_free(summary);
    weir_bytes_free(&bytes);
    weir_remote_rest.close(server);
    return code ? report_failure("export", &err) : EXIT_DONE;
}

static int import_project(const command_args *args)
{
    const char *path = args_operands(args) > 1 ? args_operand(args, 1) : "-";
    weir_remote *server = NULL;
    weir_summary *summary = NULL;
    weir_bytes bytes = {0};
    weir_error err = {0};
    weir_code code;

    stop_on_signals();
    if ((code = summary_read(path, &summary, &err)) ||
        (code = weir_summary_save(summary, &bytes, &err)) ||
        (code = reach_server(args, &server, &err)))
        goto done;
    code = weir_remote_rest.project_import(server, args_operand(args, 0),
                                           !args_switch(args, "volatile"), bytes.data, bytes.size,
                                           &err);
done:
    weir_remote_rest.close(server);
    weir_bytes_free(&bytes);
    weir_summary_free(summary);
    return code ? report_failure("import", &err) : EXIT_DONE;
}

#define SERVER_FLAGS                                                                               \
    {"url", FLAG_TEXT, "URL", "http://127.0.0.1:8080", false, 0, 0, "The server."},                \
        {"user", FLAG_TEXT, "ID", NULL, true, 0, 0, "The user, as weir user add made it."},        \
    {                                                                                              \
        "secret", FLAG_TEXT, "BASE64", NULL, true, 0, 0,                                           \
            "The user's secret. Better given as WEIR_SECRET: others can read a command line."      \
    }

static const command_flag export_flags[] = {
    SERVER_FLAGS,
    {"partition", FLAG_TEXT, "VALUE", NULL, false, 0, 0,
     "Of a partition project only the rows with this value."},
    {"output", FLAG_TEXT, "FILE", NULL, false, 0, 0,
     "Write the summary there, whole or not at all, instead of to standard output."},
    {0},
};
static const command_flag import_flags[] = {
    SERVER_FLAGS,
    {"volatile", FLAG_SWITCH, NULL, NULL, false, 0, 0,
     "Keep the project in memory only, as persist=false does."},
    {0},
};

const command cmd_export = {
    .name = "export",
    .summary = "fetch a project's summary from a server",
    .operands = "PROJECT",
    .least_operands = 1,
    .most_operands = 1,
    .flags = export_flags,
    .help = "Writes the bytes of the project's summary as it is now: what weir summarize writes "
            "and weir merge, explore and import read. Models, positions in Kafka and parameters "
            "stay on the server.",
    .run = export_project,
};

const command cmd_import = {
    .name = "import",
    .summary = "make a project of a summary on a server",
    .operands = "PROJECT [FILE]",
    .least_operands = 1,
    .most_operands = 2,
    .flags = import_flags,
    .help = "Reads a summary from the file, or from standard input, and makes a new project that "
            "begins with it. To add it to a project that is there, import it under another name "
            "and merge the two (GET .../projects/PROJECT/merge?otherProjectName=...).",
    .run = import_project,
};
