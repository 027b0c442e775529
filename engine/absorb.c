/* absorb.c: committed entries into the summary, in sequence order.
 *
 * There is no thread for it: of the callers that wait for entries of a project, the one whose entry is the first
 * committed absorbs all that is, for the others too, and then wakes the first of those committed meanwhile. So
 * projects are absorbed side by side, each by one thread at a time, every caller wakes about once, and the committer
 * does nothing but write.
 *
 * After the commit an entry is part of the project whatever happens here. Should the memory for absorbing it be
 * missing, the summary is dropped, and the next use of the project loads it again from the store, this entry included.
 *
 * A frame whose source keeps its rows is in no log. It fails where others would be dropped and loaded again, and its
 * position moves under the state turn, so that whoever copies the state gets rows and position that belong together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>

#include "inside.h"
#include "weir/log.h"

weir_code entry_apply(weir_collection *collection, weir_entry_kind kind, const weir_batch *batch,
                      const weir_summary *other, weir_error *err)
{
    switch (kind) {
    case WEIR_ENTRY_LEARN:
        return weir_collection_absorb(collection, batch, 1, err);
    case WEIR_ENTRY_FORGET:
        return weir_collection_absorb(collection, batch, -1, err);
    case WEIR_ENTRY_HISTOGRAMS_ON:
        return weir_collection_set_histograms(collection, true, err);
    case WEIR_ENTRY_HISTOGRAMS_OFF:
        return weir_collection_set_histograms(collection, false, err);
    case WEIR_ENTRY_MERGE:
        return weir_collection_merge(collection, other, err);
    }
    return weir_fail(err, WEIR_CORRUPT, "an entry of kind %d is not known to this program",
                     (int)kind);
}

static void count(weir_engine *engine, const entry *e)
{
    engine_figures *figures = &engine->figures;
    uint64_t rows = e->batch ? e->batch->rows : 0;

    atomic_fetch_add(&figures->batches, 1);
    atomic_fetch_add(e->kind == WEIR_ENTRY_FORGET ? &figures->forgotten_rows : &figures->rows,
                     rows);
    atomic_fetch_add(&figures->rejected_cells, e->rejected_cells);
    atomic_fetch_add(&figures->rejected_rows, e->rejected_rows);
}

/* As whole rows, for the refreshing of models. */
static uint64_t rows_of(const weir_summary *summary)
{
    double rows = weir_summary_rows(summary);

    return rows > 0 && rows < 0x1p63 ? (uint64_t)rows : 0;
}

/* Counts the entry as part of the state. Caller holds the state turn. */
static void take_in(project *p, const entry *e)
{
    if (!e->kept) {
        assert(!p->id || e->sequence == p->now.sequence + 1);
        p->now.sequence++;
        return;
    }
    p->now.kept++;
    if (e->grows)
        p->now.kept_grown = p->now.kept;
    pthread_mutex_lock(&p->lock);
    position_move(e->position, e->next_position, e->epoch);
    e->position->kept = true;
    pthread_mutex_unlock(&p->lock);
}

/* A kept frame may have nothing but records that were skipped. */
static weir_code apply(project *p, const entry *e, weir_error *err)
{
    if (e->kept && !e->batch)
        return WEIR_OK;
    return entry_apply(p->now.collection, e->kind, e->batch, e->other, err);
}

/* Holds the state turn for this one entry. */
static void absorb_one(project *p, entry *e)
{
    weir_error why = {0};
    weir_code code = WEIR_OK;

    turn_take(&p->state);
    /* Without them the entry waits in the log for the next load, and a kept one with its source. */
    if (!p->now.collection && e->kept)
        code = weir_fail(&why, WEIR_UNAVAILABLE, "the project was dropped from memory");
    else if (p->now.collection && !(code = apply(p, e, &why))) {
        take_in(p, e);
        p->now.rejected_cells += e->rejected_cells;
        p->now.rejected_rows += e->rejected_rows;
        p->now.log_bytes += e->bytes.size;
        if (e->batch)
            p->now.modified_ms = e->batch->arrival_ms;
        else if (e->other)
            p->now.modified_ms = engine_now(p->engine);
    } else if (code && p->id && p->now.collection) {
        weir_log(WEIR_LOG_WARN, "engine", "a project is dropped from memory: %s", why.message);
        weir_collection_free(p->now.collection);
        p->now.collection = NULL;
    }
    if (code && (e->kept || !p->id)) {
        e->code = code;
        e->error = why;
    }
    turn_give(&p->state);
    if (!e->code) {
        count(p->engine, e);
        if (e->batch)
            atomic_fetch_add(&p->moved, e->batch->rows);
        else if (e->other)
            atomic_fetch_add(&p->moved, rows_of(e->other));
    }
}

void entry_settle(entry *e, weir_code code, const weir_error *why)
{
    project *p = e->project;
    bool first;

    pthread_mutex_lock(&p->lock);
    first = !p->committed && !p->absorbing;
    e->settled = true;
    e->code = code;
    if (code)
        e->error = *why;
    e->next = NULL;
    if (!code && e->counts) {
        *p->committed_last = e;
        p->committed_last = &e->next;
    }
    /* One that waits to be absorbed is woken by the one who does it. */
    if (code || !e->counts || first)
        pthread_cond_signal(&e->done);
    pthread_mutex_unlock(&p->lock);
}

/* Caller holds project.lock and nobody absorbs; it is given back meanwhile. */
static void absorb_committed(project *p)
{
    entry *list = p->committed, *e;

    p->committed = NULL;
    p->committed_last = &p->committed;
    p->absorbing = true;
    pthread_mutex_unlock(&p->lock);
    for (e = list; e; e = e->next)
        absorb_one(p, e);
    if (atomic_load(&p->moved) >= atomic_load(&p->due_moved) || project_snapshot_due(p))
        tend_call(p->engine);
    pthread_mutex_lock(&p->lock);
    for (e = list; e; e = e->next) {
        e->absorbed = true;
        pthread_cond_signal(&e->done);
    }
    p->absorbing = false;
    if (p->committed)
        pthread_cond_signal(&p->committed->done); /* the next to absorb */
}

weir_code entry_finish(entry *e, weir_error *err)
{
    project *p = e->project;

    pthread_mutex_lock(&p->lock);
    while (!e->settled || (!e->code && e->counts && !e->absorbed)) {
        if (p->committed && !p->absorbing)
            absorb_committed(p);
        else
            pthread_cond_wait(&e->done, &p->lock);
    }
    if (e->position) {
        if (!e->code && !e->kept)
            position_move(e->position, e->next_position, e->epoch);
        e->position->busy = false;
    }
    p->inflight--;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_cond_destroy(&e->done);
    if (e->code && err)
        *err = e->error;
    return e->code;
}
