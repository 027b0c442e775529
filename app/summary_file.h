/* summary_file.h: summaries in files and pipes, and summaries made from CSV; for summarize, merge and explore.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SUMMARY_FILE_H
#define WEIR_SUMMARY_FILE_H

#include "weir/summary.h"

typedef struct {
    const char *types; /* "C,C,X"; NULL: guessed */
    weir_bad_policy policy;
    weir_rejects rejects; /* filled while reading */
} csv_reading;

/* Takes the rows of a CSV file (NULL: standard input) into a summary, with progress when standard error is a terminal.
 * WEIR_CANCELLED when a signal came. */
weir_code summary_absorb_csv(weir_summary *summary, const char *path, csv_reading *reading,
                             weir_error *err);
/* Says on standard error what was left out, if anything was. */
void summary_report_rejects(const char *name, const weir_rejects *rejects);

/* Loads the bytes of a summary. path "-" is standard input. */
weir_code summary_read(const char *path, weir_summary **out, weir_error *err);
/* True when the file begins as a summary does; a file that cannot be read is none. */
bool summary_is_file(const char *path);
/* Saves to path, whole or not at all, or to standard output when path is NULL (refused on a terminal). */
weir_code summary_write(const weir_summary *summary, const char *path, weir_error *err);

#endif
