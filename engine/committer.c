/* committer.c: one thread that writes the log.
 *
 * It takes whatever waits in the queue, entries of any number of projects, and writes it in one transaction with one
 * sync. While that sync runs the next entries gather, so the slower the disk the larger the groups: the number of
 * batches a second is bounded by the processor, not by the number of syncs a disk can do.
 *
 * A group is committed whole or refused whole. Sequence numbers are given here, in queue order, and taken back when the
 * group is refused, so the log has no holes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <time.h>

#include "inside.h"
#include "weir/log.h"

/* Bytes after which a group is closed: a bound for the size of a transaction. */
#define GROUP_BYTES ((size_t)64 << 20)

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* On the committer thread; the entry's project.logged is this thread's. */
static weir_code write_entry(weir_store *store, entry *e, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (e->counts) {
        e->sequence = ++e->project->logged;
        code = store->entry_add(store,
                                &(weir_store_entry){.project = e->project->id,
                                                    .sequence = e->sequence,
                                                    .kind = e->kind,
                                                    .bytes = e->bytes.data,
                                                    .size = e->bytes.size,
                                                    .rejected_cells = e->rejected_cells,
                                                    .rejected_rows = e->rejected_rows},
                                err);
    }
    if (!code && e->position)
        code = store->position_put(store,
                                   &(weir_store_position){.project = e->project->id,
                                                          .source = e->position->source,
                                                          .topic = e->position->topic,
                                                          .partition = e->position->partition,
                                                          .position = e->next_position,
                                                          .epoch = e->epoch},
                                   err);
    return code;
}

/* All entries of the list, or none: then the sequence numbers given are taken back. */
static weir_code write_group(weir_engine *engine, entry *group, weir_error *err)
{
    weir_store *store = engine->store;
    weir_code code = store->begin(store, true, err);
    uint64_t started = monotonic_ns(), entries = 0;
    entry *e = group;

    if (code)
        return code;
    for (; e && !code; e = e->next, entries++)
        code = write_entry(store, e, err);
    if (!code)
        code = store->commit(store, err);
    if (code) {
        store->rollback(store);
        for (entry *undo = group; undo != e; undo = undo->next)
            if (undo->counts)
                undo->project->logged--;
        return code;
    }
    atomic_fetch_add(&engine->figures.commits, 1);
    atomic_fetch_add(&engine->figures.commit_entries, entries);
    atomic_fetch_add(&engine->figures.commit_ns, monotonic_ns() - started);
    return WEIR_OK;
}

/* Cuts off the front of the queue. Caller holds committer.lock. */
static entry *take_group(committer *c)
{
    entry *group = c->first, *last = group;
    size_t bytes = last->bytes.size;

    while (last->next && bytes + last->next->bytes.size <= GROUP_BYTES) {
        last = last->next;
        bytes += last->bytes.size;
    }
    c->first = last->next;
    last->next = NULL;
    if (!c->first)
        c->last = &c->first;
    return group;
}

/* Says once when the store begins to refuse and once when it takes rows again, however many are sent meanwhile. */
static bool note_refusal(bool refusing, weir_code code, const weir_error *why)
{
    if (code && !refusing)
        weir_log(WEIR_LOG_ERROR, "engine", "learning is refused from now on: %s", why->message);
    if (!code && refusing)
        weir_log(WEIR_LOG_INFO, "engine", "the store takes rows again");
    return code != WEIR_OK;
}

static void *committer_run(void *context)
{
    weir_engine *engine = context;
    committer *c = &engine->committer;
    bool refusing = false;

    pthread_mutex_lock(&c->lock);
    for (;;) {
        weir_error why = {0};
        weir_code code;
        entry *group;

        while (!c->first && !c->stop)
            pthread_cond_wait(&c->wake, &c->lock);
        if (!c->first)
            break; /* stopped, and nothing is left to write */
        group = take_group(c);
        pthread_mutex_unlock(&c->lock);
        code = write_group(engine, group, &why);
        refusing = note_refusal(refusing, code, &why);
        if (code) {
            atomic_fetch_add(&engine->figures.store_errors, 1);
            weir_explain(&why, code, "nothing was learned");
        }
        while (group) {
            entry *next = group->next;

            entry_settle(group, code, &why);
            group = next;
        }
        pthread_mutex_lock(&c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

weir_code committer_start(weir_engine *engine, weir_error *err)
{
    committer *c = &engine->committer;

    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    c->last = &c->first;
    if (engine->store->exclusive && pthread_create(&c->thread, NULL, committer_run, engine) != 0)
        return weir_fail(err, WEIR_NO_MEMORY, "the committer thread cannot be started");
    c->running = engine->store->exclusive;
    return WEIR_OK;
}

void committer_stop(weir_engine *engine)
{
    committer *c = &engine->committer;

    if (c->running) {
        pthread_mutex_lock(&c->lock);
        c->stop = true;
        pthread_cond_signal(&c->wake);
        pthread_mutex_unlock(&c->lock);
        pthread_join(c->thread, NULL);
    }
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
}

void committer_send(entry *e)
{
    project *p = e->project;
    committer *c = &p->engine->committer;

    e->next = NULL;
    if (!p->id || e->kept) {
        entry_settle(e, WEIR_OK, NULL);
        return;
    }
    pthread_mutex_lock(&c->lock);
    *c->last = e;
    c->last = &e->next;
    pthread_mutex_unlock(&c->lock);
    pthread_cond_signal(&c->wake); /* without the lock: the committer would only wait for it */
}
