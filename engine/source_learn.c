/* source_learn.c: the rows of a data source into a project, or out of it again.
 *
 * They go in frames through the same door as everybody's rows, so each frame is on disk when the next is read, and what
 * a cancelled job or a killed server leaves behind is the frames up to there. A project with learn_merge wants all or
 * nothing: its rows go into a summary beside it, which is merged at the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "data_source.h"
#include "weir/prepare.h"

enum { FRAME_ROWS = 500 };

/* What one call carries. */
typedef struct {
    weir_engine *engine;
    const weir_source_learning *learning;
    weir_job *job; /* or NULL */
    weir_preparation *preparation;
    weir_project_info info; /* for the types its columns have */
    weir_source_reader *reader;
    weir_summary *beside; /* learn_merge: the rows so far; NULL: they go straight in */
    project *project;     /* with beside */
    weir_source_learned *out;
} source_run;

/* --- types */

static weir_type known_type(const weir_schema *schema, const char *name, size_t length,
                            weir_type guess)
{
    size_t id;

    if (weir_schema_find_parent(schema, name, length) != WEIR_NONE)
        return WEIR_T;
    id = weir_schema_find(schema, name, length);
    return id == WEIR_NONE || weir_schema_at(schema, id)->parent != WEIR_NONE
               ? guess
               : weir_schema_at(schema, id)->type;
}

/* What the caller asked for; else what the project has under that name; else the guess. */
static weir_type wanted_type(const source_run *run, const char *name, size_t length,
                             weir_type guess)
{
    const weir_batch *columns = run->learning->columns;
    size_t i;

    if (!columns)
        return known_type(run->info.schema, name, length, guess);
    i = weir_batch_find(columns, name, length);
    return i == WEIR_NONE ? WEIR_X : columns->columns[i].type;
}

/* A weir_type_rule. A column that is ignored and that the filter names is read all the same, and hidden behind it. */
static weir_type type_rule(void *context, const char *name, size_t length, weir_type guess)
{
    const source_run *run = context;

    return weir_preparation_learn_type(run->preparation, name, length,
                                       wanted_type(run, name, length, guess));
}

/* Marks the columns that are there for the row filter alone. */
static void hide_ignored(const source_run *run, weir_batch *batch)
{
    for (size_t i = 0; i < batch->column_count; i++) {
        weir_batch_column *column = &batch->columns[i];

        column->hidden = column->type == WEIR_S &&
                         wanted_type(run, column->name, strlen(column->name), WEIR_S) == WEIR_X;
    }
}

/* Columns that were asked for and are not there would be absent without a word. */
static weir_code check_asked(const source_run *run, const weir_data_source *source, weir_error *err)
{
    const weir_batch *asked = run->learning->columns;
    const weir_batch *there = weir_source_columns(run->reader);

    for (size_t i = 0; asked && i < asked->column_count; i++) {
        const char *name = asked->columns[i].name;

        if (weir_batch_find(there, name, strlen(name)) == WEIR_NONE)
            return weir_fail(err, WEIR_INVALID, "data source %s has no column %s", source->name,
                             name);
    }
    return WEIR_OK;
}

/* --- frames */

static weir_code take_beside(source_run *run, weir_frame *frame, weir_error *err)
{
    uint64_t filtered = 0;
    weir_code code;

    if (frame->rejects.cells > 0 || frame->rejects.rows > 0)
        return weir_fail(err, WEIR_INVALID, "nothing was taken, because of %s",
                         frame->rejects.first);
    if ((code = prepare_frame(run->project, frame->batch, &frame->source, &filtered, err)) ||
        (code = weir_summary_check(run->beside, frame->batch, err)) ||
        (code = weir_summary_absorb(run->beside, frame->batch, run->learning->sign, err)))
        return code;
    run->out->rows += frame->batch->rows;
    return WEIR_OK;
}

static void add_rejects(weir_rejects *to, const weir_rejects *from)
{
    to->cells += from->cells;
    to->rows += from->rows;
    if (!to->first[0])
        memcpy(to->first, from->first, sizeof to->first);
}

static weir_code take_straight(source_run *run, weir_frame *frame, weir_error *err)
{
    weir_learned learned = {.position = -1};
    weir_code code = weir_learn(run->engine, run->learning->cid, run->learning->pid,
                                run->learning->sign, frame, &learned, err);

    run->out->rows += learned.rows;
    if (!code)
        add_rejects(&run->out->rejects, &learned.rejects);
    return code;
}

/* The next frame; *more false at the end. */
static weir_code step(source_run *run, bool *more, weir_error *err)
{
    weir_frame frame = {.policy = run->learning->policy};
    weir_code code;

    if (run->job && weir_job_cancelled(run->job))
        return weir_fail(err, WEIR_CANCELLED, "the job was cancelled");
    code =
        weir_source_next(run->reader, FRAME_ROWS, frame.policy, &frame.rejects, &frame.batch, err);
    *more = !code && frame.batch;
    if (*more)
        hide_ignored(run, frame.batch);
    if (*more)
        code = run->beside ? take_beside(run, &frame, err) : take_straight(run, &frame, err);
    if (run->job) {
        uint64_t all = 0, taken = weir_source_progress(run->reader, &all);

        weir_job_progress(run->job, taken, all);
    }
    weir_frame_free(&frame);
    return code;
}

/* --- the call */

static bool stop_asked(void *context)
{
    return weir_job_cancelled(context);
}

static weir_code open_run(source_run *run, const weir_source_access *access,
                          const weir_data_source *source, weir_error *err)
{
    const weir_source_learning *learning = run->learning;
    const weir_batch *columns = learning->columns;
    weir_source_reading reading = {.rule = type_rule, .rule_context = run};
    const char **names = NULL;
    weir_code code;

    if (run->job)
        reading.stop = (weir_stop){stop_asked, run->job};
    if ((code =
             weir_project_info_get(run->engine, learning->cid, learning->pid, &run->info, err)) ||
        (code = weir_preparation_new(run->engine, learning->cid, learning->pid, &run->preparation,
                                     err)))
        return code;
    if (columns) {
        if (!(names = weir_calloc(columns->column_count + 1, sizeof *names)))
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the names of the columns");
        for (size_t i = 0; i < columns->column_count; i++)
            names[i] = columns->columns[i].name;
        reading.names = names;
        reading.name_count = columns->column_count;
    }
    if (!(code = weir_source_open(access, source, &reading, &run->reader, err)))
        code = check_asked(run, source, err);
    weir_free((void *)names);
    return code;
}

/* The summary beside a project that wants all or nothing. */
static weir_code open_beside(source_run *run, weir_error *err)
{
    const weir_source_learning *learning = run->learning;
    weir_summary_options options;
    weir_code code = project_find(run->engine, learning->cid, learning->pid, &run->project, err);

    if (code || !run->project->head.rules.learn_merge)
        return code;
    options = project_collection_options(run->project).summary;
    return weir_summary_new(&options, &run->beside, err);
}

static weir_code merge_beside(const source_run *run, weir_error *err)
{
    return weir_project_merge_summary(run->engine, run->learning->cid, run->learning->pid,
                                      run->beside, err);
}

weir_code weir_source_learn(weir_engine *engine, const weir_source_access *access,
                            const weir_data_source *source, const weir_source_learning *learning,
                            weir_job *job, weir_source_learned *out, weir_error *err)
{
    source_run run = {.engine = engine, .learning = learning, .job = job, .out = out};
    bool more = true;
    weir_code code;

    *out = (weir_source_learned){0};
    if ((code = open_run(&run, access, source, err)) || (code = open_beside(&run, err)))
        goto done;
    while (more && !(code = step(&run, &more, err)))
        continue;
    if (!code && run.beside)
        code = merge_beside(&run, err);
    if (code && run.beside)
        out->rows = 0;
done:
    weir_summary_free(run.beside);
    project_release(run.project);
    weir_source_close(run.reader);
    weir_preparation_free(run.preparation);
    weir_project_info_free(&run.info);
    return code;
}
