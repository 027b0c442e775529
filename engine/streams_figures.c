/* streams_figures.c: what /metrics says of streams.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "stream.h"

typedef struct {
    const char *name, *help, *type;
    double (*value)(const weir_stream_info *info);
} stream_figure;

static double rows_of(const weir_stream_info *info)
{
    return (double)info->rows;
}
static double filtered_of(const weir_stream_info *info)
{
    return (double)info->filtered;
}
static double skipped_of(const weir_stream_info *info)
{
    return (double)info->skipped;
}
static double bad_cells_of(const weir_stream_info *info)
{
    return (double)info->bad_cells;
}
static double errors_of(const weir_stream_info *info)
{
    return (double)info->errors;
}
static double lag_of(const weir_stream_info *info)
{
    return info->lag;
}
static double state_of(const weir_stream_info *info)
{
    return (double)info->state;
}

static const stream_figure figures[] = {
    {"weir_stream_rows_total", "Rows a stream has learned since it started.", "counter", rows_of},
    {"weir_stream_rows_filtered_total", "Rows of a stream that the project's filter left out.",
     "counter", filtered_of},
    {"weir_stream_records_skipped_total", "Records of a stream that could not be read.", "counter",
     skipped_of},
    {"weir_stream_cells_rejected_total", "Cells left out of rows of a stream.", "counter",
     bad_cells_of},
    {"weir_stream_errors_total", "Lines in the error log of a stream since it started.", "counter",
     errors_of},
    {"weir_stream_lag", "Records that a stream has not taken yet.", "gauge", lag_of},
    {"weir_stream_state", "0 stopped, 1 running, 2 waiting, 3 failed.", "gauge", state_of},
};

typedef struct {
    char labels[400];
    weir_stream_info info;
} figure_row;

/* Copies of all streams, so that nothing is held while figures are written. */
static size_t collect(weir_engine *engine, figure_row **out)
{
    project **all = NULL;
    figure_row *rows = NULL;
    size_t count = 0, n = 0;

    if (project_all(engine, &all, &count, NULL))
        return 0;
    for (size_t i = 0; i < count; i++) {
        char pid[129];

        pthread_mutex_lock(&engine->lock);
        snprintf(pid, sizeof pid, "%s", all[i]->pid);
        pthread_mutex_unlock(&engine->lock);
        pthread_mutex_lock(&all[i]->lock);
        for (weir_stream *s = all[i]->streams; s; s = s->next) {
            figure_row *wider = weir_realloc_array(rows, n + 1, sizeof *rows);

            rows = wider ? wider : rows;
            if (!wider || stream_describe(s, &rows[n].info, NULL))
                break;
            /* none of the names holds a quote or a backslash */
            snprintf(rows[n].labels, sizeof rows[n].labels,
                     "customer=\"%.100s\",project=\"%.128s\",stream=\"%.128s\"", all[i]->cid, pid,
                     s->source.name);
            n++;
        }
        pthread_mutex_unlock(&all[i]->lock);
        project_release(all[i]);
    }
    weir_free(all);
    *out = rows;
    return n;
}

void streams_figures(weir_engine *engine, weir_figure figure, void *context)
{
    figure_row *rows = NULL;
    size_t count = collect(engine, &rows);

    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++)
        for (size_t i = 0; i < count; i++)
            figure(context, figures[f].name, figures[f].help, figures[f].type, rows[i].labels,
                   figures[f].value(&rows[i].info));
    for (size_t i = 0; i < count; i++)
        weir_stream_info_free(&rows[i].info);
    weir_free(rows);
}
