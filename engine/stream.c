/* stream.c: one stream, as the kind that runs it sees it: where its rows go, and what is told about it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "weir/log.h"

/* The rate is that of stretches at least so long. */
enum { RATE_MS = 2000 };

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *weir_stream_state_text(weir_stream_state state)
{
    static const char *const texts[] = {"stopped", "running", "waiting", "failed"};

    return texts[state];
}

weir_code stream_new(project *p, weir_data_source *source, weir_stream **out, weir_error *err)
{
    char pid[PROJECT_NAME];
    weir_stream *s = weir_calloc(1, sizeof *s);

    if (!s || !(s->lines = weir_calloc(STREAM_ERRORS, sizeof *s->lines))) {
        weir_free(s);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for stream %.128s", source->name);
    }
    project_name(p, pid);
    s->project = p;
    s->source = *source;
    *source = (weir_data_source){0}; /* the stream's now */
    snprintf(s->label, sizeof s->label, "%s/%.128s", pid, s->source.name);
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return WEIR_OK;
}

void stream_free(weir_stream *s)
{
    if (!s)
        return;
    weir_data_source_free(&s->source);
    weir_free(s->partitions);
    weir_free(s->lines);
    pthread_mutex_destroy(&s->lock);
    weir_free(s);
}

void stream_begins(weir_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->state = WEIR_STREAM_WAITING; /* until its kind says otherwise */
    snprintf(s->reason, sizeof s->reason, "it begins");
    s->rows = s->filtered = s->skipped = s->bad_cells = s->repeats = s->snapshots = s->errors = 0;
    s->started_ms = engine_now(s->project->engine);
    s->rate_ms = monotonic_ms();
    s->rate_rows = 0;
    s->rate = 0;
    s->partition_count = 0;
    pthread_mutex_unlock(&s->lock);
}

/* --- telling */

void weir_stream_tell(weir_stream *s, weir_stream_state state, const char *reason)
{
    bool news = false;

    pthread_mutex_lock(&s->lock);
    news = s->state != state || strcmp(s->reason, reason ? reason : "") != 0;
    s->state = state;
    snprintf(s->reason, sizeof s->reason, "%s", reason ? reason : "");
    pthread_mutex_unlock(&s->lock);
    if (!news)
        return;
    if (state == WEIR_STREAM_WAITING)
        weir_log(WEIR_LOG_WARN, "stream", "%s waits: %s", s->label, reason ? reason : "");
    else if (state == WEIR_STREAM_FAILED)
        weir_log(WEIR_LOG_ERROR, "stream", "%s failed: %s", s->label, reason ? reason : "");
    else
        weir_log(WEIR_LOG_INFO, "stream", "%s is %s", s->label, weir_stream_state_text(state));
}

/* "2026-03-04 05:06:07 text", of the engine's clock. */
static void stamp(int64_t now_ms, const char *text, char out[STREAM_LINE])
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    char when[32] = "";

    if (gmtime_r(&seconds, &utc))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &utc);
    snprintf(out, STREAM_LINE, "%s %.*s", when, STREAM_LINE - 40, text);
}

void weir_stream_error(weir_stream *s, const char *text)
{
    char line[STREAM_LINE];

    stamp(engine_now(s->project->engine), text, line);
    pthread_mutex_lock(&s->lock);
    memcpy(s->lines[s->line_next], line, sizeof line);
    s->line_next = (s->line_next + 1) % STREAM_ERRORS;
    s->line_count += s->line_count < STREAM_ERRORS;
    s->errors++;
    pthread_mutex_unlock(&s->lock);
    weir_log(WEIR_LOG_WARN, "stream", "%s: %s", s->label, text);
}

void stream_fails(weir_stream *s, const weir_error *why)
{
    weir_stream_error(s, why->message);
    weir_stream_tell(s, WEIR_STREAM_FAILED, why->message);
}

void weir_stream_skipped(weir_stream *s, uint64_t records)
{
    pthread_mutex_lock(&s->lock);
    s->skipped += records;
    pthread_mutex_unlock(&s->lock);
}

void weir_stream_bad_cells(weir_stream *s, uint64_t cells)
{
    pthread_mutex_lock(&s->lock);
    s->bad_cells += cells;
    pthread_mutex_unlock(&s->lock);
}

/* The row of a partition, made in its place; NULL when there is no room. Caller holds the lock. */
static weir_stream_partition *partition_of(weir_stream *s, int32_t partition)
{
    weir_stream_partition *wider = NULL;
    size_t at = 0;

    while (at < s->partition_count && s->partitions[at].partition < partition)
        at++;
    if (at < s->partition_count && s->partitions[at].partition == partition)
        return &s->partitions[at];
    if (!(wider = weir_realloc_array(s->partitions, s->partition_count + 1, sizeof *wider)))
        return NULL;
    s->partitions = wider;
    memmove(wider + at + 1, wider + at, (s->partition_count - at) * sizeof *wider);
    s->partition_count++;
    wider[at] = (weir_stream_partition){partition, -1, -1};
    return &wider[at];
}

void weir_stream_stands(weir_stream *s, int32_t partition, int64_t at, int64_t end)
{
    weir_stream_partition *row = NULL;

    pthread_mutex_lock(&s->lock);
    if ((row = partition_of(s, partition))) {
        row->position = at >= 0 ? at : row->position;
        row->end = end >= 0 ? end : row->end;
    }
    pthread_mutex_unlock(&s->lock);
}

/* --- learning */

static void count(weir_stream *s, const weir_learned *learned)
{
    int64_t now = monotonic_ms();

    pthread_mutex_lock(&s->lock);
    s->rows += learned->rows;
    s->filtered += learned->filtered;
    s->bad_cells += learned->rejects.cells;
    s->repeats += learned->repeat;
    s->rate_rows += learned->rows;
    if (now - s->rate_ms >= RATE_MS) {
        s->rate = (double)s->rate_rows / (double)(now - s->rate_ms);
        s->rate_ms = now;
        s->rate_rows = 0;
    }
    pthread_mutex_unlock(&s->lock);
}

void weir_stream_counted(weir_stream *s, const weir_learned *learned)
{
    count(s, learned);
}

weir_code weir_stream_learn(weir_stream *s, weir_frame *frame, weir_learned *out, weir_error *err)
{
    weir_code code = learn_kept(s->project, frame, out, err);

    if (!code)
        count(s, out);
    return code;
}

weir_code weir_stream_anchor(weir_stream *s, const weir_source *source, weir_error *err)
{
    weir_frame frame = {.has_source = true, .source = *source};
    weir_learned learned;
    weir_code code = weir_batch_new(1, &frame.batch, err);

    if (!code)
        code = learn_kept(s->project, &frame, &learned, err);
    weir_batch_free(frame.batch); /* the source is the caller's */
    return code;
}

weir_code weir_stream_ready(weir_stream *s, weir_error *err)
{
    project *p = s->project;
    bool frozen = false;
    weir_code code = project_state_take(p, err);

    if (code)
        return code;
    turn_give(&p->state);
    pthread_mutex_lock(&p->lock);
    frozen = p->frozen;
    pthread_mutex_unlock(&p->lock);
    return frozen ? refuse_frozen(p, err) : WEIR_OK;
}

weir_code weir_stream_position(weir_stream *s, const char *source, const char *topic,
                               int32_t partition, int64_t *at, weir_error *err)
{
    project *p = s->project;
    position *row = NULL;
    weir_code code = project_state_take(p, err);

    if (code)
        return code;
    turn_give(&p->state);
    pthread_mutex_lock(&p->lock);
    if (!(code = position_find(&p->positions, source, topic, partition, &row, err)))
        *at = row->current->epoch == s->epoch ? position_at(row) : -1;
    pthread_mutex_unlock(&p->lock);
    return code;
}

void weir_stream_snapshot(weir_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->snapshots++;
    pthread_mutex_unlock(&s->lock);
    project_snapshot_want(s->project);
}

weir_code weir_stream_save(weir_stream *s, weir_error *err)
{
    return project_snapshot(s->project, err);
}

/* --- what it is */

weir_engine *weir_stream_engine(const weir_stream *s)
{
    return s->project->engine;
}

const char *weir_stream_cid(const weir_stream *s)
{
    return s->project->cid; /* a project never changes hands */
}

void weir_stream_pid(const weir_stream *s, char out[129])
{
    project_name(s->project, out);
}

const char *weir_stream_label(const weir_stream *s)
{
    return s->label;
}

weir_stream_start_options weir_stream_begins(const weir_stream *s)
{
    return s->begins;
}

uint64_t weir_stream_epoch(const weir_stream *s)
{
    return s->epoch;
}

void weir_stream_source(const weir_stream *s, const char *cluster, char out[512])
{
    snprintf(out, 512, STREAM_SOURCE, s->source.name, cluster);
}

bool weir_stream_error_on_change(const weir_stream *s)
{
    const char *own = weir_data_source_get(&s->source, "sml.streams.error_on_df_change");

    return own && *own ? !strcmp(own, "1") || !strcmp(own, "true")
                       : s->project->engine->streams->error_on_change;
}

const char *weir_stream_filter(const weir_stream *s)
{
    return s->project->head.rules.filter;
}

/* --- describing */

weir_code stream_describe(weir_stream *s, weir_stream_info *out, weir_error *err)
{
    weir_stream_info info = {0};
    const char *subject = weir_data_source_get(&s->source, "kafka.topic");
    int64_t stretch;

    info.name = weir_strdup(s->source.name);
    info.type = weir_strdup(s->source.type);
    info.subject = weir_strdup(subject ? subject : "");
    pthread_mutex_lock(&s->lock);
    info.partitions = weir_calloc(s->partition_count + 1, sizeof *info.partitions);
    if (info.partitions && s->partition_count)
        memcpy(info.partitions, s->partitions, s->partition_count * sizeof *info.partitions);
    info.partition_count = info.partitions ? s->partition_count : 0;
    info.state = s->state;
    info.wanted = s->wanted;
    snprintf(info.reason, sizeof info.reason, "%s", s->reason);
    info.rows = s->rows;
    info.filtered = s->filtered;
    info.skipped = s->skipped;
    info.bad_cells = s->bad_cells;
    info.errors = s->errors;
    info.repeats = s->repeats;
    info.snapshots = s->snapshots;
    info.started_ms = s->started_ms;
    stretch = monotonic_ms() - s->rate_ms;
    info.rows_per_ms = stretch < RATE_MS ? s->rate : (double)s->rate_rows / (double)stretch;
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < info.partition_count; i++)
        if (info.partitions[i].end > info.partitions[i].position &&
            info.partitions[i].position >= 0)
            info.lag += (double)(info.partitions[i].end - info.partitions[i].position);
    if (info.state == WEIR_STREAM_STOPPED || info.state == WEIR_STREAM_FAILED)
        info.rows_per_ms = 0;
    if (!info.name || !info.type || !info.subject || !info.partitions) {
        weir_stream_info_free(&info);
        return weir_fail(err, WEIR_NO_MEMORY, "no room to describe stream %s", s->source.name);
    }
    *out = info;
    return WEIR_OK;
}

void weir_stream_info_free(weir_stream_info *info)
{
    weir_free(info->name);
    weir_free(info->type);
    weir_free(info->subject);
    weir_free(info->partitions);
    *info = (weir_stream_info){0};
}

weir_code stream_lines(weir_stream *s, char ***lines, size_t *count_out, weir_error *err)
{
    const char *view[STREAM_ERRORS];
    weir_code code;
    size_t n;

    pthread_mutex_lock(&s->lock);
    n = s->line_count;
    for (size_t i = 0; i < n; i++)
        view[i] = s->lines[(s->line_next + STREAM_ERRORS - n + i) % STREAM_ERRORS];
    code = texts_copy(view, n, lines, err);
    pthread_mutex_unlock(&s->lock);
    if (!code)
        *count_out = n;
    return code;
}
