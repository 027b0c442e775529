/* node_group_cells.c: rows into the cells of a node's partitions, and these cells into the changelog. All on the thread
 * of the group's reader.
 *
 * When a cell is due: writing it costs its bytes, and what the group may write is a share of the bytes it reads. Each
 * byte read brings that share of a byte to the reader's account; a cell that has changed is written once the account
 * covers it, not before the least interval and at the latest after the greatest. So a busy topic is written often, a
 * wide cell seldom, and nothing stays unwritten for long.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "steady.h"
#include "node_group_inside.h"
#include "weir/memory.h"

#define ASKED_AGAIN 60 /* times of a second that a registry is asked */
#define ASK_MS 1000
#define WRITE_AGAIN_MS 200
#define CELLS_AT_ONCE 64                     /* in one transaction, at most */
#define TRANSACTION_BYTES ((size_t)16 << 20) /* cells of one transaction, about */
#define TOLD_AT_FIRST 20                     /* records told one by one; then each thousandth */

/* Prepared rows, which may be none, and where the cell stands behind them. */
static weir_code absorb(node_group *group, lane *l, weir_batch *batch, weir_learned *learned,
                        weir_error *err)
{
    cell *c = group_cell(l);
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&c->lock);
    if (batch)
        code = weir_assembly_absorb(group->assembly, c->live, batch, WEIR_BAD_CELL, learned, err);
    if (!code) {
        if (c->changes == c->written)
            c->dirty_ms = steady_ms();
        c->changes++;
        c->next = l->next;
    }
    pthread_mutex_unlock(&c->lock);
    return code;
}

/* A lanes_options.flush. */
static weir_code flush(void *owner, lane *l, bool leaving, weir_error *err)
{
    node_group *group = owner;
    weir_learned learned = {.position = -1};
    weir_batch *batch = NULL;
    weir_code code = WEIR_OK;

    (void)leaving;
    if (lane_rows(l)) {
        batch = l->batch;
        l->batch = NULL; /* changed below: the lane makes another */
        code = weir_assembly_prepare(group->assembly, batch, WEIR_BAD_CELL, &learned, err);
    }
    if (!code && (batch || (l->next >= 0 && l->next != group_cell(l)->next)))
        code = absorb(group, l, batch, &learned, err);
    weir_batch_free(batch);
    if (code)
        return code;
    lane_sent(l);
    weir_stream_counted(group->options.stream, &learned);
    return WEIR_OK;
}

weir_code group_flush(node_group *group, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (lane *l = lanes_first(group->lanes); !code && l; l = l->link)
        code = flush(group, l, false, err);
    return code;
}

/* A lanes_options.malformed. */
static weir_code malformed(void *owner, lane *l, const rd_kafka_message_t *message,
                           const weir_error *why, weir_error *err)
{
    node_group *group = owner;
    char text[400];

    snprintf(text, sizeof text, "%s offset %lld: %s", l->key, (long long)message->offset,
             why->message);
    if (group->options.fail_on_malformed)
        return weir_fail(err, WEIR_INVALID, "%s", text);
    if (group->skipped++ < TOLD_AT_FIRST || group->skipped % 1000 == 0)
        weir_stream_error(group->options.stream, text);
    weir_stream_skipped(group->options.stream, 1);
    return WEIR_OK;
}

/* A lanes_options.again: a registry that does not answer is asked again; after that the session ends, before the group
 * misses this member, and the next one asks. */
static bool again(void *owner, weir_code code, unsigned *tries, const weir_error *why)
{
    node_group *group = owner;

    if (!weir_code_retry(code) || *tries >= ASKED_AGAIN)
        return false;
    if (!(*tries)++)
        weir_stream_error(group->options.stream, why->message);
    group_tell(group, WEIR_STREAM_WAITING, why->message);
    group_sleep_ms(group, ASK_MS);
    group->look_ms = 0;
    return !atomic_load(&group->stop);
}

static void bad_cells(void *owner, uint64_t cells, const bad_columns *bad)
{
    node_group *group = owner;

    (void)bad;
    weir_stream_bad_cells(group->options.stream, cells);
}

static weir_code schema_changed(void *owner, const lane *l, const weir_batch *columns,
                                weir_error *err)
{
    node_group *group = owner;

    (void)columns;
    if (!weir_stream_error_on_change(group->options.stream))
        return WEIR_OK;
    return weir_fail(err, WEIR_INVALID,
                     "%s: its schema has changed, which sml.streams.error_on_df_change makes an "
                     "end",
                     l->key);
}

void group_hooks(node_group *group, lanes_options *options)
{
    options->owner = group;
    options->flush = flush;
    options->malformed = malformed;
    options->again = again;
    options->bad_cells = bad_cells;
    options->schema_changed = schema_changed;
}

/* --- cells into the changelog */

static bool is_dirty(const cell *c)
{
    return (c->changes != c->written || atomic_load(&c->gone)) && c->next >= 0;
}

static bool is_due(const node_group *group, const cell *c, int64_t now)
{
    int64_t age = now - c->dirty_ms;

    return is_dirty(c) && (age >= group->settings.most_ms ||
                           (age >= group->settings.least_ms && group->account >= (double)c->size));
}

/* What came of a transaction: what passes is waited for. */
static weir_code written(node_group *group, weir_code code, size_t bytes, const weir_error *why,
                         weir_error *err)
{
    if (!code) {
        group->account -= (double)bytes;
        if (group->account < -GROUP_ACCOUNT_MOST)
            group->account = -GROUP_ACCOUNT_MOST;
        return WEIR_OK;
    }
    if (code != WEIR_BUSY && (!weir_code_retry(code) || cell_writer_spent(group->writer))) {
        if (err)
            *err = *why;
        return code;
    }
    if (code != WEIR_BUSY)
        weir_stream_error(group->options.stream, why->message);
    group->write_ms = steady_ms() + WRITE_AGAIN_MS;
    return WEIR_OK;
}

/* Writes cells that are due, the ones that wait longest first; all: those that have changed at all. */
weir_code group_write(node_group *group, bool all, weir_error *err)
{
    cell *cells[CELLS_AT_ONCE];
    size_t count, bytes = 0, planned;
    weir_code code = WEIR_OK;

    do {
        int64_t now = steady_ms();
        weir_error why = {0};

        count = planned = 0;
        for (lane *l = lanes_first(group->lanes); l; l = l->link) {
            cell *c = group_cell(l);
            size_t at = count;

            if (!(all ? is_dirty(c) : is_due(group, c, now)))
                continue;
            if (count == CELLS_AT_ONCE) {
                if (cells[count - 1]->dirty_ms <= c->dirty_ms)
                    continue;
                at--;
            } else {
                count++;
            }
            for (; at && cells[at - 1]->dirty_ms > c->dirty_ms; at--)
                cells[at] = cells[at - 1];
            cells[at] = c;
        }
        for (size_t i = 0; i < count; i++)
            if ((planned += cells[i]->size) > TRANSACTION_BYTES && i > 0)
                count = i;
        if (!count || (!all && now < group->write_ms))
            break;
        code = cell_writer_write(group->writer, cells, count, group->consumer, &bytes, &why);
        if (code)
            return written(group, code, 0, &why, err);
        written(group, WEIR_OK, bytes, NULL, NULL);
    } while (all || count == CELLS_AT_ONCE);
    return WEIR_OK;
}
