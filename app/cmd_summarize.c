/* cmd_summarize.c: weir summarize: rows in, summary bytes out; the map step.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "command.h"
#include "summary_file.h"

static weir_code read_policy(const char *word, weir_bad_policy *out, weir_error *err)
{
    static const char *const words[] = {"refuse", "cell", "row"}; /* by weir_bad_policy */

    for (weir_bad_policy policy = WEIR_BAD_REJECT; policy <= WEIR_BAD_ROW; policy++)
        if (strcmp(word, words[policy]) == 0) {
            *out = policy;
            return WEIR_OK;
        }
    return weir_fail(err, WEIR_INVALID, "--bad is '%s'; it is refuse, cell or row", word);
}

static int run(const command_args *args)
{
    const weir_summary_options options = {.histograms = args_switch(args, "histograms")};
    csv_reading reading = {.types = args_text(args, "types")};
    size_t files = args_operands(args);
    weir_summary *summary = NULL;
    weir_error err = {0};
    weir_code code;

    stop_on_signals();
    if ((code = read_policy(args_text(args, "bad"), &reading.policy, &err)) ||
        (code = weir_summary_new(&options, &summary, &err)))
        goto done;
    if (files == 0)
        code = summary_absorb_csv(summary, NULL, &reading, &err);
    for (size_t i = 0; i < files && !code; i++)
        code = summary_absorb_csv(summary, args_operand(args, i), &reading, &err);
    summary_report_rejects("summarize", &reading.rejects);
    if (!code)
        code = summary_write(summary, args_text(args, "output"), &err);
done:
    weir_summary_free(summary);
    if (code == WEIR_CANCELLED)
        return EXIT_INTERRUPTED;
    return code ? report_failure("summarize", &err) : EXIT_DONE;
}

static const command_flag flags[] = {
    {"types", FLAG_TEXT, "LETTERS", NULL, false, 0, 0,
     "Type of each column: C continuous, B binary, T category, L list, S text, X ignored; C,C,T. "
     "Guessed from the first 128 rows otherwise."},
    {"histograms", FLAG_SWITCH, NULL, NULL, false, 0, 0,
     "Keep distributions too: quantiles, densities and anomaly models need them."},
    {"bad", FLAG_TEXT, "WHAT", "cell", false, 0, 0,
     "What a cell that is not of its type costs: cell, row, or refuse (the run)."},
    {"output", FLAG_TEXT, "FILE", NULL, false, 0, 0,
     "Write the summary there, whole or not at all, instead of to standard output."},
    {0},
};

const command cmd_summarize = {
    .name = "summarize",
    .summary = "make a summary of CSV rows",
    .operands = "[FILE.csv ...]",
    .most_operands = SIZE_MAX,
    .flags = flags,
    .help = "Reads CSV with a header line (packed with zstd or not) from the files, or from "
            "standard input when there are none, and writes the bytes of one summary. Summaries "
            "of parts of the rows merge to the summary of all: this is the map step, weir merge "
            "the reduce.\n\n"
            "Give --types when the parts are read in different runs, so that all agree; a guess "
            "sees only the part's own rows.",
    .run = run,
};
