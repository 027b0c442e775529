/* project_load.c: a project's way back into memory: the current snapshot, then the log after it.
 *
 * State is a function of the log. Replay applies the same entries in the same order through the same function as live
 * learning did, so it arrives at the same bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>

#include "inside.h"

typedef struct {
    project *p;
    project_state state;
    position_table positions;
    int64_t snapshot;
    uint64_t snapshot_sequence;
    weir_bytes chunks;
    uint64_t replayed;
} loading;

static weir_code see_head(void *context, const weir_store_project *row, weir_error *err)
{
    loading *load = context;

    (void)err;
    load->snapshot = row->snapshot;
    load->snapshot_sequence = row->sequence;
    return WEIR_OK;
}

static weir_code see_chunk(void *context, const void *data, size_t size, weir_error *err)
{
    loading *load = context;

    weir_bytes_append(&load->chunks, data, size);
    return weir_bytes_ok(&load->chunks, err);
}

static weir_code see_entry(void *context, const weir_store_entry *row, weir_error *err)
{
    loading *load = context;
    weir_batch *batch = NULL;
    weir_summary *other = NULL;
    weir_code code = WEIR_OK;
    bool rows = row->kind == WEIR_ENTRY_LEARN || row->kind == WEIR_ENTRY_FORGET;

    if (row->sequence != load->state.sequence + 1)
        return weir_fail(err, WEIR_CORRUPT,
                         "the log goes on with entry %" PRIu64 " after entry %" PRIu64,
                         row->sequence, load->state.sequence);
    if (rows && (code = weir_batch_load(row->bytes, row->size, &batch, err)))
        goto done;
    if (row->kind == WEIR_ENTRY_MERGE &&
        (code = weir_summary_load(row->bytes, row->size, &other, err)))
        goto done;
    if ((code = entry_apply(load->state.collection, row->kind, batch, other, err)))
        goto done;
    load->state.sequence = row->sequence;
    load->state.rejected_cells += row->rejected_cells;
    load->state.rejected_rows += row->rejected_rows;
    load->state.log_bytes += row->size;
    if (batch)
        load->state.modified_ms = batch->arrival_ms;
    load->replayed++;
done:
    weir_batch_free(batch);
    weir_summary_free(other);
    return code ? weir_explain(err, code, "entry %" PRIu64 " of the log", row->sequence) : code;
}

static weir_code see_position(void *context, const weir_store_position *row, weir_error *err)
{
    loading *load = context;
    position *mine = NULL;
    weir_code code =
        position_find(&load->positions, row->source, row->topic, row->partition, &mine, err);

    if (!code)
        position_move(mine, row->position, row->epoch);
    return code;
}

static weir_code load_snapshot(loading *load, weir_error *err)
{
    weir_store *store = load->p->engine->store;
    weir_collection_options options = project_collection_options(load->p);
    weir_code code;

    if (!load->snapshot)
        return weir_collection_new(&options, &load->state.collection, err);
    if ((code = store->chunks(store, load->snapshot, see_chunk, load, err)) ||
        (code = snapshot_load(load->chunks.data, load->chunks.size, &options, &load->state, err)))
        return weir_explain(err, code, "snapshot %" PRId64, load->snapshot);
    if (load->state.kept &&
        (code = position_table_load(&load->positions, load->state.positions.data,
                                    load->state.positions.size, err)))
        return weir_explain(err, code, "snapshot %" PRId64, load->snapshot);
    weir_bytes_free(&load->state.positions);
    if (load->state.sequence != load->snapshot_sequence)
        return weir_fail(err, WEIR_CORRUPT,
                         "snapshot %" PRId64 " stands at entry %" PRIu64 ", not at %" PRIu64,
                         load->snapshot, load->state.sequence, load->snapshot_sequence);
    return WEIR_OK;
}

/* While no snapshot is being written: making one current and tidying the log would pull entries away from under the
 * replay. */
static weir_code load_stored(loading *load, weir_error *err)
{
    weir_store *store = load->p->engine->store;
    int64_t id = load->p->id;
    weir_code code;

    pthread_mutex_lock(&load->p->engine->snapshots);
    if (!(code = store->project_get(store, id, see_head, load, err)) &&
        !(code = load_snapshot(load, err)) &&
        !(code = store->entries(store, id, load->state.sequence, see_entry, load, err)))
        code = store->positions(store, id, see_position, load, err);
    pthread_mutex_unlock(&load->p->engine->snapshots);
    return code;
}

static weir_code load_now(project *p, weir_error *err)
{
    loading load = {.p = p};
    weir_collection_options options = project_collection_options(p);
    weir_code code = p->id ? load_stored(&load, err)
                           : weir_collection_new(&options, &load.state.collection, err);

    if (code)
        goto done;
    load.state.snapshot_sequence = load.snapshot_sequence;
    load.state.snapshot_kept = load.state.kept;
    load.state.snapshot_ms = engine_now(p->engine);
    if (!load.state.modified_ms)
        load.state.modified_ms = p->head.created_ms;
    p->logged = load.state.sequence;
    turn_take(&p->state);
    weir_collection_free(p->now.collection);
    p->now = load.state;
    p->loads++;
    load.state.collection = NULL; /* the project's now */
    turn_give(&p->state);
    pthread_mutex_lock(&p->lock);
    position_table_free(&p->positions);
    p->positions = load.positions;
    load.positions = (position_table){0}; /* the project's now */
    p->loaded = true;
    pthread_mutex_unlock(&p->lock);
    atomic_fetch_add(&p->engine->figures.loads, 1);
    atomic_fetch_add(&p->engine->figures.replayed, load.replayed);
done:
    weir_collection_free(load.state.collection);
    weir_bytes_free(&load.state.positions);
    position_table_free(&load.positions);
    weir_bytes_free(&load.chunks);
    return code ? weir_explain(err, code, "project %s", p->pid) : code;
}

weir_code project_load(project *p, weir_error *err)
{
    bool there;
    weir_code code;

    if (p->gone)
        return project_missing(p->cid, p->pid, err);
    turn_take(&p->state);
    there = p->now.collection != NULL;
    turn_give(&p->state);
    if (there)
        return WEIR_OK;
    project_drain(p); /* what is on its way is in the log, or will be, before it is read */
    if ((code = load_now(p, err)))
        return code;
    if ((code = models_load(p, err)))
        project_drop_state(p);
    return code;
}

weir_code project_state_take(project *p, weir_error *err)
{
    assembly_refresh(p);
    return project_state_take_now(p, err);
}

weir_code project_state_take_now(project *p, weir_error *err)
{
    weir_code code;

    for (;;) {
        turn_take(&p->state);
        if (p->now.collection)
            return WEIR_OK;
        turn_give(&p->state);
        turn_take(&p->intake);
        code = project_load(p, err);
        turn_give(&p->intake);
        if (code)
            return code;
    }
}
