/* node_group_keeper.c: the thread that follows a group's changelog and makes the project the merge of all cells.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "steady.h"
#include "node_group_inside.h"

#define POLL_MS 50     /* how long the keeper waits for a record */
#define MERGE_SHARE 10 /* it merges at most a tenth of its time */
#define LOOK_MS 10000  /* between two looks at whether the changelog is there */
#define REOPEN_MS 500  /* before it begins anew */

/* A remark is in the way of nothing; it is told when it changes. */
static void keeper_remarks(node_group *group, const char *remark)
{
    if (!strcmp(group->remark, remark))
        return;
    snprintf(group->remark, sizeof group->remark, "%s", remark);
    if (*remark)
        weir_stream_error(group->options.stream, remark);
}

static void keeper_says(node_group *group, const char *trouble)
{
    bool news;

    pthread_mutex_lock(&group->lock);
    news = strcmp(group->trouble, trouble) != 0;
    snprintf(group->trouble, sizeof group->trouble, "%s", trouble);
    pthread_cond_broadcast(&group->wake);
    pthread_mutex_unlock(&group->lock);
    if (news && *trouble)
        weir_stream_error(group->options.stream, trouble);
}

/* Follows the changelog until something fails or the group ends. Whoever asks for the end of the changelog is answered
 * when all that was committed before the question is in the table. */
static weir_code follow(node_group *group, cell_reader *reader, weir_error *err)
{
    uint64_t marked = 0, wanted;
    bool at_end = false;
    int64_t merge_ms = 0, look_ms = steady_ms() + LOOK_MS;
    const char *remark = "";
    weir_error why;
    weir_code code;

    cell_table_begin(group->table);
    code = cell_reader_mark(reader, err);
    while (!code && !atomic_load(&group->stop)) {
        int64_t began;

        if ((code = cell_reader_poll(reader, POLL_MS, group->table, err)))
            break;
        if (steady_ms() >= look_ms) {
            if ((code = cell_reader_look(reader, err)))
                break;
            look_ms = steady_ms() + LOOK_MS;
        }
        pthread_mutex_lock(&group->lock);
        wanted = group->wanted;
        pthread_mutex_unlock(&group->lock);
        if (wanted != marked) {
            if ((code = cell_reader_mark(reader, err)))
                break;
            marked = wanted;
        }
        if (cell_reader_reached(reader)) {
            if (!at_end)
                cell_table_ended(group->table);
            at_end = true;
            pthread_mutex_lock(&group->lock);
            group->done = marked;
            pthread_cond_broadcast(&group->wake);
            pthread_mutex_unlock(&group->lock);
        }
        /* Before it has once been at the end it knows a part of the cells only. */
        if (!at_end || steady_ms() < merge_ms)
            continue;
        began = steady_ms();
        /* Cells that cannot be merged are no fault of the changelog: later ones may be. */
        why = (weir_error){0};
        cell_table_adopt(group->table, group->assembly, &remark, &why);
        keeper_says(group, why.message);
        keeper_remarks(group, remark);
        merge_ms = steady_ms() + (steady_ms() - began) * MERGE_SHARE;
        if (merge_ms < began + group->settings.refresh_ms)
            merge_ms = began + group->settings.refresh_ms;
    }
    return code;
}

void *group_keep(void *context)
{
    node_group *group = context;

    while (!atomic_load(&group->stop)) {
        cell_reader *reader = NULL;
        weir_error err = {0};
        weir_code code = cell_reader_open(&group->log, &reader, &err);

        if (!code)
            code = follow(group, reader, &err);
        cell_reader_close(reader);
        if (code && !atomic_load(&group->stop)) {
            keeper_says(group, err.message);
            group_sleep_ms(group, REOPEN_MS);
        }
    }
    return NULL;
}

/* Waits until all cells committed before this call are in the table; false: the group ends. The reader's thread. */
bool group_await_keeper(node_group *group)
{
    char trouble[sizeof group->trouble];
    uint64_t mine;

    pthread_mutex_lock(&group->lock);
    mine = ++group->wanted;
    while (group->done < mine && !atomic_load(&group->stop)) {
        memcpy(trouble, group->trouble, sizeof trouble);
        pthread_mutex_unlock(&group->lock);
        if (*trouble)
            group_tell(group, WEIR_STREAM_WAITING, trouble);
        pthread_mutex_lock(&group->lock);
        if (group->done < mine)
            group_wait_ms(group, GROUP_IDLE_MS);
    }
    pthread_mutex_unlock(&group->lock);
    return !atomic_load(&group->stop);
}
