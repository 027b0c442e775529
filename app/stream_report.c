/* stream_report.c: see stream_report.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stream_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- a line for the server that runs a task */

#define FORMAT                                                                                     \
    "figures scored=%" PRIu64 " skipped=%" PRIu64 " lag=%" PRIu64 " version=%" PRIu64              \
    " aborted=%" PRIu64 " exact=%d waiting=%d "

void stream_report_line(const weir_stream_figures *figures, char *out, size_t room)
{
    snprintf(out, room, FORMAT "%s\n", figures->scored, figures->skipped, figures->lag,
             figures->version, figures->aborted, figures->exactly_once, figures->waiting,
             figures->reason);
    for (char *c = out; *c; c++) /* one line, whatever a reason holds */
        if (*c == '\n' && c[1])
            *c = ' ';
}

bool stream_report_read(const char *line, weir_task_report *out)
{
    static const char form[] = "figures scored=%" SCNu64 " skipped=%" SCNu64 " lag=%" SCNu64
                               " version=%" SCNu64 " aborted=%" SCNu64 " exact=%d waiting=%d %n";
    weir_task_report report = {0};
    int exact = 0, waiting = 0, length = -1;

    if (sscanf(line, form, &report.scored, &report.skipped, &report.lag, &report.version,
               &report.aborted, &exact, &waiting, &length) < 7 ||
        length < 0)
        return false;
    report.exactly_once = exact;
    report.waiting = waiting;
    snprintf(report.reason, sizeof report.reason, "%s", line + length);
    *out = report;
    return true;
}

/* --- /metrics */

static double scored(const weir_stream_figures *figures)
{
    return (double)figures->scored;
}
static double skipped(const weir_stream_figures *figures)
{
    return (double)figures->skipped;
}
static double rate(const weir_stream_figures *figures)
{
    return figures->rows_per_second;
}
static double lag(const weir_stream_figures *figures)
{
    return (double)figures->lag;
}
static double partitions(const weir_stream_figures *figures)
{
    return (double)figures->partitions;
}
static double version(const weir_stream_figures *figures)
{
    return (double)figures->version;
}
static double commits(const weir_stream_figures *figures)
{
    return (double)figures->commits;
}
static double aborted(const weir_stream_figures *figures)
{
    return (double)figures->aborted;
}
static double exactly_once(const weir_stream_figures *figures)
{
    return figures->exactly_once;
}
static double waiting(const weir_stream_figures *figures)
{
    return figures->waiting;
}

static const struct {
    const char *name, *help, *type;
    double (*value)(const weir_stream_figures *figures);
} rows[] = {
    {"weir_stream_rows_scored_total", "Rows handed to the sink, given back ones included.",
     "counter", scored},
    {"weir_stream_records_skipped_total", "Records that could not be read or had no value.",
     "counter", skipped},
    {"weir_stream_rows_per_second", "Rows scored in the last second.", "gauge", rate},
    {"weir_stream_lag_records", "Records of the source behind those done with.", "gauge", lag},
    {"weir_stream_partitions", "Partitions that this instance reads.", "gauge", partitions},
    {"weir_stream_model_version", "Version of the model that scored last; 0: none yet.", "gauge",
     version},
    {"weir_stream_commits_total", "Commits of offsets, or of transactions.", "counter", commits},
    {"weir_stream_transactions_aborted_total", "Transactions given back.", "counter", aborted},
    {"weir_stream_exactly_once", "1: by transactions; 0: at least once.", "gauge", exactly_once},
    {"weir_stream_waiting", "Whether it waits for something; the label says for what.", "gauge",
     waiting},
};

static void put(weir_bytes *out, const char *text)
{
    weir_bytes_append(out, text, strlen(text));
}

static void put_label(weir_bytes *out, const char *name, const char *text)
{
    put(out, name);
    put(out, "=\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            weir_bytes_u8(out, '\\');
        weir_bytes_u8(out, *text == '\n' ? ' ' : (uint8_t)*text);
    }
    put(out, "\"");
}

void stream_report_metrics(const char *app, const weir_stream_figures *figures, weir_bytes *out)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[300];

        snprintf(line, sizeof line, "# HELP %s %s\n# TYPE %s %s\n%s{", rows[i].name, rows[i].help,
                 rows[i].name, rows[i].type, rows[i].name);
        put(out, line);
        put_label(out, "app", app);
        if (rows[i].value == waiting && figures->waiting)
            put_label(out, ",reason", figures->reason);
        snprintf(line, sizeof line, "} %.15g\n", rows[i].value(figures));
        put(out, line);
    }
}
