/* figures.c: what the engine counts, for whoever watches it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stddef.h>

#include "inside.h"

typedef struct {
    const char *name, *help;
    size_t offset; /* of an atomic in engine_figures */
    double unit;
} figure_row;

static const figure_row rows[] = {
#define FIGURE(name, field, unit, help)                                                            \
    {                                                                                              \
        name, help, offsetof(engine_figures, field), unit                                          \
    }
    FIGURE("weir_batches_total", batches, 1, "Batches learned or forgotten."),
    FIGURE("weir_rows_learned_total", rows, 1, "Rows learned."),
    FIGURE("weir_rows_forgotten_total", forgotten_rows, 1, "Rows forgotten."),
    FIGURE("weir_rows_filtered_total", filtered_rows, 1, "Rows left out by row filters."),
    FIGURE("weir_frames_repeated_total", repeats, 1,
           "Frames whose rows were known by their position, answered and not counted again."),
    FIGURE("weir_gaps_accepted_total", gaps, 1, "Frames taken although rows before them lack."),
    FIGURE("weir_cells_rejected_total", rejected_cells, 1, "Cells left out of learned rows."),
    FIGURE("weir_rows_rejected_total", rejected_rows, 1, "Rows left out of learned frames."),
    FIGURE("weir_commits_total", commits, 1, "Transactions of the log, each with one sync."),
    FIGURE("weir_commit_entries_total", commit_entries, 1, "Log entries in those transactions."),
    FIGURE("weir_commit_seconds_total", commit_ns, 1e-9, "Time spent in those transactions."),
    FIGURE("weir_store_errors_total", store_errors, 1, "Writes that the store refused."),
    FIGURE("weir_snapshots_total", snapshots, 1, "Snapshots taken."),
    FIGURE("weir_snapshot_bytes_total", snapshot_bytes, 1, "Bytes of those snapshots."),
    FIGURE("weir_project_loads_total", loads, 1, "Times a project was loaded into memory."),
    FIGURE("weir_entries_replayed_total", replayed, 1, "Log entries applied while loading."),
    FIGURE("weir_model_builds_total", builds, 1, "Models built."),
    FIGURE("weir_model_build_failures_total", build_failures, 1, "Builds that failed."),
    FIGURE("weir_model_build_seconds_total", build_ns, 1e-9, "Time spent building models."),
    FIGURE("weir_jobs_started_total", jobs_started, 1, "Jobs taken into the queue."),
    FIGURE("weir_jobs_failed_total", jobs_failed, 1, "Jobs that ended with an error."),
    FIGURE("weir_jobs_refused_total", jobs_refused, 1, "Jobs refused because of a full queue."),
#undef FIGURE
};

void weir_engine_figures(weir_engine *engine, weir_figure figure, void *context)
{
    project **all = NULL;
    size_t count = 0, loaded = 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const atomic_ullong *value =
            (const atomic_ullong *)((const char *)&engine->figures + rows[i].offset);

        figure(context, rows[i].name, rows[i].help, "counter", "",
               (double)atomic_load(value) * rows[i].unit);
    }
    if (!project_all(engine, &all, &count, NULL)) {
        for (size_t i = 0; i < count; i++) {
            pthread_mutex_lock(&all[i]->lock);
            loaded += all[i]->loaded;
            pthread_mutex_unlock(&all[i]->lock);
            project_release(all[i]);
        }
        weir_free(all);
    }
    figure(context, "weir_projects", "Projects there are.", "gauge", "", (double)count);
    figure(context, "weir_projects_loaded", "Projects in memory.", "gauge", "", (double)loaded);
    jobs_figures(engine, figure, context);
    streams_figures(engine, figure, context);
}
