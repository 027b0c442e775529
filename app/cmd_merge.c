/* cmd_merge.c: weir merge: summaries in, their sum out; the reduce step.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "command.h"
#include "summary_file.h"

/* Adds the summary in a file to *sum, or makes it *sum when there is none yet. */
static weir_code add_file(const char *path, weir_summary **sum, weir_error *err)
{
    weir_summary *summary = NULL;
    weir_code code = summary_read(path, &summary, err);

    if (code)
        return code;
    if (!*sum) {
        *sum = summary;
        summary = NULL; /* the sum now */
    } else if ((code = weir_summary_merge(*sum, summary, err))) {
        weir_explain(err, code, "%s", path);
    }
    weir_summary_free(summary);
    return code;
}

static int run(const command_args *args)
{
    weir_summary *sum = NULL;
    weir_error err = {0};
    weir_code code = WEIR_OK;

    stop_on_signals();
    for (size_t i = 0; i < args_operands(args) && !code && !stop_requested(); i++)
        code = add_file(args_operand(args, i), &sum, &err);
    if (!code && !stop_requested())
        code = summary_write(sum, args_text(args, "output"), &err);
    weir_summary_free(sum);
    if (code)
        return report_failure("merge", &err);
    return stop_requested() ? EXIT_INTERRUPTED : EXIT_DONE;
}

static const command_flag flags[] = {
    {"output", FLAG_TEXT, "FILE", NULL, false, 0, 0,
     "Write the summary there, whole or not at all, instead of to standard output."},
    {0},
};

const command cmd_merge = {
    .name = "merge",
    .summary = "add summaries up to one",
    .operands = "FILE ...",
    .least_operands = 1,
    .most_operands = SIZE_MAX,
    .flags = flags,
    .help = "Reads summaries as weir summarize writes them (- is standard input) and writes their "
            "sum: the summary of all their rows. The order of the files does not matter. Columns "
            "are united by name; one of two types is refused.",
    .run = run,
};
