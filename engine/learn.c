/* learn.c: what must be decided about a frame before it may enter the log.
 *
 * All that could refuse a batch is asked here, under the project's intake turn, because an entry in the log will be
 * applied. The answer has to hold when the batch is absorbed, though, and other batches may be on their way before it.
 * Those can change the answer only by adding to the schema. So a batch that brings nothing new (its columns and
 * category values are known) is admitted beside others of its kind, and one that does is admitted alone: it waits
 * until nothing is on its way, and what follows waits until it is absorbed. A stream adds to its schema in its first
 * frames and rarely later.
 *
 * Frames of one partition are taken one after the other: the position that judges the next is the one the last left.
 *
 * Frames of a source that keeps its rows come the same way and leave out the log. After a crash they are absorbed
 * again behind log entries that came after them, which changes no sum. It could change what an entry of the log means,
 * were it absorbed by a schema that lacks what those frames had added; so before an entry enters the log, what they
 * added is in a snapshot.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "weir/log.h"

/* Bytes of one entry: what SQLite and most stores take as one value, with room to spare. */
#define ENTRY_MOST ((size_t)512 << 20)

/* --- does a batch add to the schema? */

static bool knows_words(const project *p, const weir_schema *schema,
                        const weir_batch_column *column)
{
    size_t parent = weir_schema_find_parent(schema, column->name, strlen(column->name));

    if (parent == WEIR_NONE)
        return false;
    /* Beyond the limit every new value is counted in the (other) column, which is there already. */
    if (weir_schema_values(schema, parent) >= p->engine->options.max_category_values &&
        weir_schema_other(schema, parent) != WEIR_NONE)
        return true;
    for (size_t i = 0; i < column->word_count; i++)
        if (weir_schema_find_value(schema, parent, column->words[i], strlen(column->words[i])) ==
            WEIR_NONE)
            return false;
    return true;
}

static bool knows_column(const project *p, const weir_schema *schema, size_t rows,
                         const weir_batch_column *column)
{
    weir_type known;

    if (!weir_schema_type(schema, column->name, strlen(column->name), &known))
        return false;
    if (known == WEIR_B && column->type == WEIR_C)
        return false; /* it widens */
    if (column->absent == rows)
        return true; /* nothing to take in, whatever its type */
    if (column->type == WEIR_T)
        return knows_words(p, schema, column);
    return known == column->type || (known == WEIR_C && column->type == WEIR_B);
}

/* Caller holds the state turn. */
static bool knows_all(const project *p, const weir_batch *batch)
{
    const weir_schema *schema = weir_summary_schema(weir_collection_whole(p->now.collection));

    if (!p->now.sequence && !p->now.kept)
        return false; /* the first batch also chooses the precision */
    for (size_t i = 0; i < batch->column_count; i++)
        if (!knows_column(p, schema, batch->rows, &batch->columns[i]))
            return false;
    return !weir_collection_grows(p->now.collection, batch);
}

/* --- the gate */

/* Waits for an entry that adds to the schema. Caller holds intake. */
static void wait_for_growth(project *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->growing && p->inflight)
        pthread_cond_wait(&p->changed, &p->lock);
    p->growing = false;
    pthread_mutex_unlock(&p->lock);
}

/* Says whether absorb will take the batch (NULL: an entry without rows, which goes alone). Caller holds intake, so
 * nothing can be admitted in between. */
static weir_code pass_gate(project *p, const weir_batch *batch, double sign, bool *grows,
                           weir_error *err)
{
    weir_code code = WEIR_OK;

    wait_for_growth(p);
    turn_take(&p->state);
    *grows = !batch || !p->now.collection || !knows_all(p, batch);
    if (*grows) {
        turn_give(&p->state);
        project_drain(p);
        turn_take(&p->state);
    }
    /* An absorb may just have run out of memory and dropped it; the next call loads it. */
    if (!p->now.collection)
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to absorb more rows");
    else if (batch)
        code = weir_collection_check(p->now.collection, batch, sign, err);
    turn_give(&p->state);
    return code;
}

/* Sees to it that an entry of the log is absorbed again, should that be needed, by a project that has everything it
 * has now: the schema of kept frames, or with all of them every row. Caller holds intake. */
static weir_code save_kept(project *p, bool all, weir_error *err)
{
    bool unsaved = false;

    if (!p->id)
        return WEIR_OK;
    if (all)
        project_drain(p);
    wait_for_growth(p);
    turn_take(&p->state);
    unsaved = (all ? p->now.kept : p->now.kept_grown) > p->now.snapshot_kept;
    turn_give(&p->state);
    return unsaved ? project_snapshot(p, err) : WEIR_OK;
}

/* --- positions */

/* The rows from first on, as a batch of its own. */
static weir_code tail_of(const weir_batch *batch, size_t first, weir_batch **out, weir_error *err)
{
    weir_batch *tail = NULL;
    size_t at = 0;
    weir_code code = weir_batch_new(batch->rows - first, &tail, err);

    for (size_t i = 0; !code && i < batch->column_count; i++)
        code = weir_batch_add_column(tail, batch->columns[i].name, strlen(batch->columns[i].name),
                                     batch->columns[i].type, &at, err);
    for (size_t row = first; !code && row < batch->rows; row++) {
        code = weir_batch_row_begin(tail, err);
        for (size_t i = 0; !code && i < batch->column_count; i++) {
            const weir_batch_column *column = &batch->columns[i];

            if (!column->present || !column->present[row])
                continue;
            if (column->values) {
                code = weir_batch_put_number(tail, i, column->values[row], err);
            } else {
                const char *word = column->words[column->codes[row]];

                code = weir_batch_put_text(tail, i, word, strlen(word), err);
            }
        }
        if (!code)
            weir_batch_row_end(tail);
    }
    if (!code) {
        tail->arrival_ms = batch->arrival_ms;
        *out = tail;
        tail = NULL; /* the caller's now */
    }
    weir_batch_free(tail);
    return code;
}

/* A frame of nothing that says where a source begins. Others of a source that keeps its rows need a position: a project
 * that has none lost what it had, and has to be given it again. */
static bool is_anchor(const weir_source *source, size_t rows)
{
    return !rows && source->from == source->next;
}

/* Judges the frame once no other of its partition is on its way. Caller holds intake. */
static weir_code judge(project *p, const weir_source *source, bool kept, size_t rows,
                       position **row, position_verdict *verdict, weir_learned *out,
                       weir_error *err)
{
    int64_t at = -1;
    weir_code code;

    pthread_mutex_lock(&p->lock);
    if (!(code = position_find(&p->positions, source->id, source->topic, source->partition, row,
                               err))) {
        while ((*row)->busy)
            pthread_cond_wait(&p->changed, &p->lock);
        at = kept && source->epoch > (*row)->current->epoch ? -1 : position_at(*row);
        if ((*row)->at >= 0 && (*row)->kept != kept)
            code = weir_fail(err, WEIR_CONFLICT, "source %.80s is %s", source->id,
                             kept ? "not that of a stream in the server"
                                  : "that of a stream in the server, which alone learns from it");
        else if (kept && at < 0 && !is_anchor(source, rows))
            code = weir_fail(err, WEIR_GAP, "source %.80s: the project has no position of it",
                             source->id);
        else
            code = position_judge(*row, source, rows, verdict, err);
        out->position = at;
    }
    pthread_mutex_unlock(&p->lock);
    return code;
}

/* --- admission */

/* Sends the entry on its way. Caller holds intake and has passed the gate. */
static void admit(entry *e, bool grows)
{
    project *p = e->project;

    pthread_cond_init(&e->done, NULL);
    pthread_mutex_lock(&p->lock);
    p->inflight++;
    p->growing = e->grows = grows;
    if (e->position)
        e->position->busy = true;
    pthread_mutex_unlock(&p->lock);
    committer_send(e);
}

weir_code refuse_frozen(project *p, weir_error *err)
{
    char pid[PROJECT_NAME];

    project_name(p, pid);
    return weir_fail(err, WEIR_FROZEN,
                     "project %s is frozen: it neither learns nor forgets until unfreeze", pid);
}

static weir_code check_open(project *p, weir_error *err)
{
    weir_code code = project_load(p, err);

    if (!code && p->head.frozen)
        return refuse_frozen(p, err);
    return code ? code : assembly_refuses(p, err);
}

/* What a call carries from admission to its answer. */
typedef struct {
    weir_batch *batch;
    weir_source source;
    bool has_source;
    bool sent;
    uint64_t gaps;
    weir_bad_policy policy;
    weir_rejects rejects;
    entry entry;
} learning;

/* The bytes for the log of a batch that has changed. */
static weir_code encode_anew(const project *p, learning *learn, weir_error *err)
{
    if (!p->id || learn->entry.kept)
        return WEIR_OK;
    weir_bytes_clear(&learn->entry.bytes);
    return weir_batch_save(learn->batch, &learn->entry.bytes, err);
}

/* Under the source's rules; *rest false: nothing of the frame is new. Caller holds intake. */
static weir_code take_position(project *p, learning *learn, weir_learned *out, bool *rest,
                               weir_error *err)
{
    position_verdict verdict = {0};
    weir_batch *tail = NULL;
    weir_code code = judge(p, &learn->source, learn->entry.kept, learn->batch->rows,
                           &learn->entry.position, &verdict, out, err);

    *rest = !code && !verdict.repeat;
    if (code || verdict.repeat) {
        learn->entry.position = NULL;
        out->repeat = verdict.repeat;
        if (verdict.repeat)
            atomic_fetch_add(&p->engine->figures.repeats, 1);
        return code;
    }
    learn->gaps = verdict.skipped;
    learn->entry.next_position = learn->source.next;
    learn->entry.epoch = learn->source.epoch;
    if (verdict.first) {
        if ((code = tail_of(learn->batch, verdict.first, &tail, err)))
            return code;
        weir_batch_free(learn->batch);
        learn->batch = tail;
        return encode_anew(p, learn, err);
    }
    return WEIR_OK;
}

/* Leaves out what columns of the project cannot take. Caller holds intake; nothing that is on its way changes what the
 * columns are, once an entry that adds some is through. */
static weir_code fit_columns(project *p, learning *learn, weir_error *err)
{
    char why[CONFORM_WHY] = "";
    weir_code code = WEIR_OK;

    wait_for_growth(p);
    turn_take(&p->state);
    if (p->now.collection)
        code = conform(weir_summary_schema(weir_collection_whole(p->now.collection)), learn->batch,
                       learn->policy, &learn->rejects, why, err);
    if (why[0] && !code && strcmp(why, p->now.misfit) != 0) {
        weir_log(WEIR_LOG_WARN, "engine", "project %s: cells are left out: %s", p->pid, why);
        snprintf(p->now.misfit, sizeof p->now.misfit, "%s", why);
    }
    turn_give(&p->state);
    return code || !why[0] ? code : encode_anew(p, learn, err);
}

/* A project with learn_merge takes a frame whole or not at all, whatever the sender's policy. */
static weir_code check_whole(const project *p, const weir_rejects *rejects, weir_error *err)
{
    if (!p->head.rules.learn_merge || (!rejects->cells && !rejects->rows))
        return WEIR_OK;
    return weir_fail(err, WEIR_INVALID,
                     "nothing was taken, as sml_project_learn_merge asks for: %.180s",
                     rejects->first);
}

/* Caller holds intake. */
static weir_code admit_frame(project *p, learning *learn, weir_learned *out, weir_error *err)
{
    entry *e = &learn->entry;
    weir_code code = check_open(p, err);
    bool grows = false, rest = true;

    if (code)
        return code;
    if (learn->has_source && e->kind == WEIR_ENTRY_FORGET)
        return weir_fail(err, WEIR_INVALID, "a source position belongs to learn, not to forget");
    if (learn->has_source && (p->id || e->kept) &&
        (code = take_position(p, learn, out, &rest, err)))
        return code;
    if (rest &&
        ((code = fit_columns(p, learn, err)) || (code = check_whole(p, &learn->rejects, err))))
        return code;
    e->counts = learn->batch->rows > 0;
    e->rejected_cells = learn->rejects.cells;
    e->rejected_rows = learn->rejects.rows;
    if (!rest || (!e->counts && !e->position))
        return WEIR_OK;
    if (e->counts) {
        if (!e->kept && (code = save_kept(p, false, err)))
            return code;
        if ((code = pass_gate(p, learn->batch, e->kind == WEIR_ENTRY_FORGET ? -1 : 1, &grows, err)))
            return code;
        e->batch = learn->batch;
    } else {
        wait_for_growth(p);
    }
    e->counts = e->counts || e->kept;
    admit(e, grows);
    learn->sent = true;
    return WEIR_OK;
}

/* Before it is judged: the turn is for what has to be done one after the other. One entry that is too large would
 * have its whole group refused. */
static weir_code encode(learning *learn, weir_error *err)
{
    weir_code code = weir_batch_save(learn->batch, &learn->entry.bytes, err);

    if (!code && learn->entry.bytes.size > ENTRY_MOST)
        return weir_fail(err, WEIR_TOO_LARGE,
                         "a frame of %zu rows takes %zu bytes of log; at most %zu are taken: send "
                         "it in parts",
                         learn->batch->rows, learn->entry.bytes.size, ENTRY_MOST);
    return code;
}

/* Takes the insides of the frame, which is empty afterwards. */
static learning learning_from(weir_frame *frame, double sign)
{
    learning learn = {.batch = frame->batch,
                      .source = frame->source,
                      .has_source = frame->has_source,
                      .policy = frame->policy,
                      .rejects = frame->rejects,
                      .entry = {.kind = sign < 0 ? WEIR_ENTRY_FORGET : WEIR_ENTRY_LEARN}};

    frame->batch = NULL;
    frame->source = (weir_source){0};
    frame->has_source = false;
    return learn;
}

/* What is left of a call once its rows are prepared. */
static weir_code learn_prepared(project *p, learning *learn, uint64_t filtered, weir_learned *out,
                                weir_error *err)
{
    weir_code code;

    turn_take(&p->intake);
    code = admit_frame(p, learn, out, err);
    turn_give(&p->intake);
    out->rejects = learn->rejects;
    if (!code && learn->sent && !(code = entry_finish(&learn->entry, err))) {
        atomic_fetch_add(&p->engine->figures.gaps, learn->gaps);
        out->rows = learn->entry.batch ? learn->batch->rows : 0;
        if (learn->entry.position)
            out->position = learn->entry.next_position;
    }
    if (!code && !out->repeat) {
        out->filtered = filtered;
        atomic_fetch_add(&p->engine->figures.filtered_rows, filtered);
    }
    return code;
}

weir_code learn_kept(project *p, weir_frame *frame, weir_learned *out, weir_error *err)
{
    learning learn = learning_from(frame, 1);
    uint64_t filtered = 0;
    bool frozen = false;
    weir_code code = WEIR_OK;

    *out = (weir_learned){.position = -1};
    pthread_mutex_lock(&p->lock);
    frozen = p->frozen;
    pthread_mutex_unlock(&p->lock);
    if (frozen) { /* before the rows are changed */
        code = refuse_frozen(p, err);
        goto done;
    }
    if (!learn.batch->arrival_ms)
        learn.batch->arrival_ms = engine_now(p->engine);
    learn.entry.project = p;
    learn.entry.kept = true;
    if (!(code = prepare_frame(p, learn.batch, &learn.source, &filtered, err)))
        code = learn_prepared(p, &learn, filtered, out, err);
done:
    frame->batch = learn.batch;
    frame->source = learn.source;
    frame->has_source = true;
    return code;
}

weir_code weir_learn(weir_engine *engine, const char *cid, const char *pid, double sign,
                     weir_frame *frame, weir_learned *out, weir_error *err)
{
    learning learn = learning_from(frame, sign);
    project *p = NULL;
    uint64_t filtered = 0;
    weir_code code = engine_serves(engine, err);

    *out = (weir_learned){.position = -1};
    if (code || (code = project_find(engine, cid, pid, &p, err)))
        goto done;
    if (!learn.batch) {
        code = weir_fail(err, WEIR_INVALID, "a frame without a batch");
        goto done;
    }
    if (!learn.batch->arrival_ms)
        learn.batch->arrival_ms = engine_now(engine);
    learn.entry.project = p;
    if ((code = prepare_frame(p, learn.batch, &learn.source, &filtered, err)) ||
        (p->id && (code = encode(&learn, err))))
        goto done;
    code = learn_prepared(p, &learn, filtered, out, err);
done:
    weir_bytes_free(&learn.entry.bytes);
    weir_batch_free(learn.batch);
    weir_source_free(&learn.source);
    project_release(p);
    return code;
}

weir_code learn_histograms(project *p, bool on, weir_error *err)
{
    entry e = {.project = p,
               .kind = on ? WEIR_ENTRY_HISTOGRAMS_ON : WEIR_ENTRY_HISTOGRAMS_OFF,
               .counts = true};
    weir_code code;
    bool grows = false, already = false;

    turn_take(&p->intake);
    if (!(code = check_open(p, err)) && !(code = save_kept(p, true, err)) &&
        !(code = pass_gate(p, NULL, 1, &grows, err))) {
        turn_take(&p->state);
        already = p->now.collection &&
                  weir_summary_has_histograms(weir_collection_whole(p->now.collection)) == on;
        turn_give(&p->state);
        if (!already)
            admit(&e, grows);
    }
    turn_give(&p->intake);
    return code || already ? code : entry_finish(&e, err);
}

/* Whether the project would take the summary, tried on a copy. The answer holds as long as intake does, because nothing
 * is on its way. Caller holds intake and has passed the gate. */
static weir_code try_merge(project *p, const weir_summary *other, weir_error *err)
{
    weir_collection *copy = NULL;
    weir_code code = WEIR_OK;

    turn_take(&p->state);
    code = p->now.collection ? weir_collection_copy(p->now.collection, &copy, err)
                             : weir_fail(err, WEIR_NO_MEMORY, "no room to add a summary");
    turn_give(&p->state);
    if (!code)
        code = weir_collection_merge(copy, other, err);
    weir_collection_free(copy);
    return code;
}

weir_code learn_summary(project *p, const weir_summary *other, weir_error *err)
{
    entry e = {.project = p, .kind = WEIR_ENTRY_MERGE, .counts = true};
    weir_code code = weir_summary_save(other, &e.bytes, err);
    bool grows = false;

    if (!code && e.bytes.size > ENTRY_MOST)
        code = weir_fail(err, WEIR_TOO_LARGE,
                         "a summary of %zu bytes; at most %zu go into one entry of the log",
                         e.bytes.size, ENTRY_MOST);
    /* What is applied is what a replay will read. */
    if (code || (code = weir_summary_load(e.bytes.data, e.bytes.size, &e.other, err)))
        goto done;
    turn_take(&p->intake);
    if (!(code = check_open(p, err)) && !(code = save_kept(p, true, err)) &&
        !(code = pass_gate(p, NULL, 1, &grows, err)) && !(code = try_merge(p, e.other, err)))
        admit(&e, grows);
    turn_give(&p->intake);
    if (!code)
        code = entry_finish(&e, err);
done:
    weir_summary_free(e.other);
    weir_bytes_free(&e.bytes);
    return code;
}

weir_code weir_position(weir_engine *engine, const char *cid, const char *pid, const char *source,
                        const char *topic, int32_t partition, int64_t *at, uint64_t *epoch,
                        weir_error *err)
{
    project *p = NULL;
    position *row = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code || (code = project_state_take(p, err)))
        goto done;
    turn_give(&p->state);
    pthread_mutex_lock(&p->lock);
    if (!(code = position_find(&p->positions, source, topic, partition, &row, err))) {
        *at = position_at(row);
        *epoch = row->current->epoch;
    }
    pthread_mutex_unlock(&p->lock);
done:
    project_release(p);
    return code;
}
