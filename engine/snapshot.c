/* snapshot.c: a project's state at one sequence number, written beside the log without holding it up.
 *
 * The summary is copied under the state turn and encoded without it. Its bytes go into the store in chunks under a
 * new number, each in a short transaction of its own that needs no sync, so commits of the log pass in between. One
 * last small transaction makes the new number the current one; its sync covers the chunks too, because they were
 * written before it. Until then a start uses the older snapshot and more of the log, and finds the same state.
 *
 * Rows that their source keeps are in no log: the snapshot alone holds them, and with them, copied in the same turn,
 * the positions up to which they were read. After a crash their source goes on from there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "inside.h"

#define CHUNK_BYTES ((size_t)512 << 10)
/* Rows that one tidying transaction removes: as short as writing a chunk. */
#define TIDY_ROWS 64
/* A disk that refused one is given this long before the next. */
#define RETRY_MS 10000

bool project_unsaved(const project *p)
{
    return p->now.collection &&
           (p->now.sequence != p->now.snapshot_sequence || p->now.kept != p->now.snapshot_kept);
}

void project_snapshot_want(project *p)
{
    atomic_store(&p->snapshot_wanted, true);
    tend_call(p->engine);
}

/* The state as it is now, with a copy of the summaries, which stays NULL when there is nothing to write. */
static weir_code copy_state(project *p, project_state *out, weir_error *err)
{
    weir_code code = WEIR_OK;

    turn_take(&p->state);
    *out = p->now;
    out->collection = NULL;
    if (project_unsaved(p))
        code = weir_collection_copy(p->now.collection, &out->collection, err);
    if (!code && out->collection && out->kept) {
        pthread_mutex_lock(&p->lock);
        position_table_save(&p->positions, &out->positions);
        pthread_mutex_unlock(&p->lock);
    }
    turn_give(&p->state);
    return code;
}

static weir_code write_number(weir_store *store, int64_t project_id, int64_t *snapshot,
                              weir_error *err)
{
    weir_code code = store->begin(store, false, err);

    if (!code && ((code = store->snapshot_new(store, project_id, snapshot, err)) ||
                  (code = store->commit(store, err))))
        store->rollback(store);
    return code;
}

static weir_code write_chunk(weir_store *store, int64_t snapshot, uint32_t part,
                             const uint8_t *data, size_t size, weir_error *err)
{
    weir_code code = store->begin(store, false, err);

    if (!code && ((code = store->chunk_add(store, snapshot, part, data, size, err)) ||
                  (code = store->commit(store, err))))
        store->rollback(store);
    return code;
}

static weir_code make_current(weir_store *store, int64_t project_id, int64_t snapshot,
                              uint64_t sequence, weir_error *err)
{
    weir_code code = store->begin(store, true, err);

    if (!code && ((code = store->snapshot_use(store, project_id, snapshot, sequence, err)) ||
                  (code = store->commit(store, err))))
        store->rollback(store);
    return code;
}

static weir_code write_all(project *p, uint64_t sequence, const weir_bytes *bytes, weir_error *err)
{
    weir_store *store = p->engine->store;
    int64_t snapshot = 0;
    uint32_t part = 0;
    weir_code code = write_number(store, p->id, &snapshot, err);

    for (size_t at = 0; !code && at < bytes->size; at += CHUNK_BYTES) {
        size_t left = bytes->size - at;

        code = write_chunk(store, snapshot, part++, bytes->data + at,
                           left < CHUNK_BYTES ? left : CHUNK_BYTES, err);
    }
    return code ? code : make_current(store, p->id, snapshot, sequence, err);
}

/* What a step removes from. */
typedef enum { TRIM_ENTRIES, TRIM_SNAPSHOTS, TRIM_ALL } trim_kind;

static weir_code trim_step(weir_store *store, trim_kind kind, int64_t id, uint64_t sequence,
                           size_t *removed)
{
    switch (kind) {
    case TRIM_ENTRIES:
        return store->entries_trim(store, id, sequence, TIDY_ROWS, removed, NULL);
    case TRIM_SNAPSHOTS:
        return store->snapshots_trim(store, TIDY_ROWS, removed, NULL);
    case TRIM_ALL:
        break;
    }
    return store->tidy(store, TIDY_ROWS, removed, NULL);
}

/* In short transactions, until nothing is left. What cannot be removed takes room, nothing else; the next time gets
 * it. Caller holds engine.snapshots. */
static void trim(weir_engine *engine, trim_kind kind, int64_t id, uint64_t sequence)
{
    weir_store *store = engine->store;
    size_t removed = 1;
    weir_code code = WEIR_OK;

    while (!code && removed) {
        removed = 0;
        if ((code = store->begin(store, false, NULL)))
            break;
        if ((code = trim_step(store, kind, id, sequence, &removed)) ||
            (code = store->commit(store, NULL)))
            store->rollback(store);
    }
    if (code)
        atomic_fetch_add(&engine->figures.store_errors, 1);
}

void engine_tidy(weir_engine *engine)
{
    pthread_mutex_lock(&engine->snapshots);
    trim(engine, TRIM_ALL, 0, 0);
    pthread_mutex_unlock(&engine->snapshots);
}

weir_code project_snapshot(project *p, weir_error *err)
{
    weir_engine *engine = p->engine;
    project_state copy = {0};
    weir_bytes bytes = {0};
    weir_code code;

    if (!p->id)
        return WEIR_OK;
    atomic_store(&p->snapshot_wanted, false);
    pthread_mutex_lock(&engine->snapshots);
    if ((code = copy_state(p, &copy, err)) || !copy.collection ||
        (code = snapshot_save(&copy, &bytes, err)) ||
        (code = write_all(p, copy.sequence, &bytes, err)))
        goto done;
    turn_take(&p->state);
    if (p->now.collection) {
        p->now.snapshot_sequence = copy.sequence;
        p->now.snapshot_kept = copy.kept;
        p->now.snapshot_ms = engine_now(engine);
        p->now.log_bytes -= copy.log_bytes;
    }
    turn_give(&p->state);
    atomic_fetch_add(&engine->figures.snapshots, 1);
    atomic_fetch_add(&engine->figures.snapshot_bytes, bytes.size);
    trim(engine, TRIM_ENTRIES, p->id, copy.sequence);
    trim(engine, TRIM_SNAPSHOTS, 0, 0);
done:
    pthread_mutex_unlock(&engine->snapshots);
    weir_collection_free(copy.collection);
    weir_bytes_free(&copy.positions);
    weir_bytes_free(&bytes);
    if (!code)
        return WEIR_OK;
    turn_take(&p->state);
    p->now.retry_ms = engine_now(engine) + RETRY_MS;
    if (copy.kept != p->now.snapshot_kept)
        atomic_store(&p->snapshot_wanted, true); /* nothing else would have them saved */
    turn_give(&p->state);
    if (code != WEIR_NO_MEMORY)
        atomic_fetch_add(&engine->figures.store_errors, 1);
    return weir_explain(err, code, "snapshot");
}

bool project_snapshot_due(project *p)
{
    const weir_engine_options *options = &p->engine->options;
    int64_t now_ms = engine_now(p->engine);
    bool wanted = atomic_load(&p->snapshot_wanted), due;

    if (!p->id || (!p->head.autosave && !wanted))
        return false;
    turn_take(&p->state);
    due = p->now.collection && p->now.sequence != p->now.snapshot_sequence &&
          (p->now.log_bytes >= options->snapshot_log_bytes ||
           now_ms - p->now.snapshot_ms >= options->snapshot_ms);
    due = p->head.autosave && due;
    due = (due || (wanted && project_unsaved(p))) && now_ms >= p->now.retry_ms;
    turn_give(&p->state);
    return due;
}
