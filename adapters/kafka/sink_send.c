/* sink_send.c: the way of a task's rows to the server.
 *
 * Each request tells the server from, next and the offsets. A repeat is answered and not counted; when from lies
 * beyond what the server has, it answers with its position and the lane goes back there.
 *
 * A request that got no answer is tried again as often as the configuration says, then the task fails, as documented.
 * A server that answers, but is full, or whose project is frozen or gone, is waited for as long as that lasts: its
 * owner knows of it, and starting the task again would not help.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "sink_inside.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/row_filter.h"

char sink_lane_used[1], sink_lane_gone[1];

/* --- the project */

/* What the project's filter has to see is sent. A filter that cannot be read is another server's affair. */
static void take_filter(sink_task *task, char *text)
{
    weir_row_filter *filter = NULL;

    if (text && weir_row_filter_parse(text, strlen(text), &filter, NULL))
        filter = NULL;
    lanes_filter(task->lanes, filter);
    weir_free(text);
}

static bool call_again(sink_task *task, weir_code code, unsigned *tries, const weir_error *why)
{
    bool answered = code == WEIR_BUSY || code == WEIR_FROZEN || code == WEIR_NOT_FOUND;

    if (!answered && !weir_code_retry(code))
        return false;
    return sink_wait(task, tries, answered ? -1 : task->config->retries, why);
}

weir_code sink_ensure_project(sink_task *task, weir_error *err)
{
    const sink_config *config = task->config;
    const weir_remote_calls *remote = task->options.remote;
    const char *project = task->target->project;
    char *filter = NULL;
    bool exists = false;
    unsigned tries = 0;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    do {
        code = remote->project_exists(task->remote, project, &exists, &filter, &why);
        if (!code && !exists && config->must_preexist)
            return weir_fail(err, WEIR_CONFLICT,
                             "there is no project %s and sml.project.must.preexist is true",
                             project);
        if (!code && !exists)
            code =
                remote->project_create(task->remote, project, config->project_type, config->persist,
                                       config->params, config->param_count, &why);
        if (!code && !exists) /* made a moment ago, maybe by another task with other parameters */
            code = remote->project_exists(task->remote, project, &exists, &filter, &why);
        take_filter(task, filter);
        filter = NULL; /* the task's now */
    } while (code && call_again(task, code, &tries, &why));
    if (!code)
        sink_untell(task, TROUBLE_CALL);
    else if (tries)
        weir_explain(&why, code, "given up after %u tries", tries + 1);
    if (code && err)
        *err = why;
    return code;
}

/* --- where the server stands */

weir_code sink_seek(sink_task *task, const lane *l, int64_t position, weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_error_t *error = NULL;
    weir_code code = WEIR_OK;

    rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset = position;
    if ((error = rd_kafka_seek_partitions(task->consumer, list, BROKER_MS)))
        code = weir_fail(err, WEIR_UNAVAILABLE, "%s: cannot go to offset %lld: %s", l->key,
                         (long long)position, rd_kafka_error_string(error));
    if (error)
        rd_kafka_error_destroy(error);
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

/* Finds out whether the topic still is the one that the server knows. */
static weir_code compare(const sink_task *task, const lane *l, int64_t position, weir_error *err)
{
    int64_t low = 0, high = 0;
    rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        task->consumer, l->topic, l->partition, &low, &high, BROKER_MS);

    if (error)
        return kafka_fail(error, l->key, err);
    if (position > high)
        return weir_fail(err, WEIR_CONFLICT,
                         "%s ends at offset %lld and the server has learned it up to %lld: the "
                         "topic was made anew; DELETE /connectors/%s/offsets takes it from its "
                         "beginning",
                         l->key, (long long)high, (long long)position, task->config->name);
    if (position < low)
        return weir_fail(err, WEIR_CONFLICT,
                         "%s begins at offset %lld and the server has learned it up to %lld: the "
                         "records between are gone; DELETE /connectors/%s/offsets goes on without "
                         "them",
                         l->key, (long long)low, (long long)position, task->config->name);
    return WEIR_OK;
}

/* The server stands at a position that is not where the lane expects it: goes there. The brokers are waited for. */
static weir_code follow_server(sink_task *task, lane *l, int64_t position, weir_error *err)
{
    weir_error why = {0};
    unsigned tries = 0;
    weir_code code = WEIR_OK;

    do {
        if (!(code = compare(task, l, position, &why)))
            code = sink_seek(task, l, position, &why);
    } while (code && weir_code_retry(code) && sink_wait(task, &tries, -1, &why));
    if (code) {
        if (err)
            *err = why;
        return code;
    }
    sink_untell(task, TROUBLE_CALL);
    weir_log(WEIR_LOG_INFO, "connect", "%s: %s goes on at offset %lld, where the server stands",
             task->who, l->key, (long long)position);
    lane_move(l, position);
    return WEIR_OK;
}

/* --- rows */

static weir_code post(sink_task *task, weir_remote_learned *learned, weir_error *err)
{
    weir_error why = {0};
    unsigned tries = 0;
    weir_code code = WEIR_OK;

    do {
        code = task->options.remote->learn(task->remote, task->target->project, task->body.data,
                                           task->body.size, learned, &why);
    } while (code && call_again(task, code, &tries, &why));
    if (!code || code == WEIR_GAP) {
        sink_untell(task, TROUBLE_CALL);
        if (tries)
            weir_log(WEIR_LOG_INFO, "connect", "%s goes on after %u tries", task->who, tries + 1);
    } else if (tries) {
        weir_explain(&why, code, "given up after %u tries", tries + 1);
    }
    if (code && err)
        *err = why;
    return code;
}

/* Cells the server left out, since the project knows their column under another type; their rows count. */
static void refused_cells(sink_task *task, const lane *l, const weir_rejects *rejects)
{
    uint64_t seen = task->status.bad_cells;

    if (strcmp(task->status.refused, rejects->first) != 0 ||
        seen / 1000 != (seen + rejects->cells) / 1000)
        weir_log(WEIR_LOG_WARN, "connect", "%s: %s: project %s leaves out %llu cells: %s",
                 task->who, l->key, task->target->project, (unsigned long long)rejects->cells,
                 rejects->first);
    pthread_mutex_lock(&task->lock);
    task->status.bad_cells += rejects->cells;
    snprintf(task->status.refused, sizeof task->status.refused, "%s", rejects->first);
    pthread_mutex_unlock(&task->lock);
}

/* Counts an answer. */
static void answered(sink_task *task, lane *l, const weir_remote_learned *learned)
{
    uint64_t out = learned->filtered + learned->rejects.rows, sent = lane_rows(l);

    pthread_mutex_lock(&task->lock);
    task->status.requests++;
    if (learned->repeat)
        task->status.repeats++;
    else {
        task->status.rows += sent > out ? sent - out : 0;
        task->status.filtered += learned->filtered;
    }
    pthread_mutex_unlock(&task->lock);
    if (learned->rejects.cells)
        refused_cells(task, l, &learned->rejects);
    if (l->extra != sink_lane_used && task->options.used) {
        task->options.used(task->options.used_context, l->topic);
        l->extra = sink_lane_used;
    }
}

weir_code sink_flush(void *owner, lane *l, bool leaving, weir_error *err)
{
    sink_task *task = owner;
    weir_remote_learned learned = {.position = -1};
    weir_code code = WEIR_OK;

    if (!lane_rows(l)) {
        if (l->next > l->from)
            l->commit = l->next;
        return WEIR_OK;
    }
    weir_source source = {.id = task->source_id,
                          .topic = l->topic,
                          .partition = l->partition,
                          .from = l->from,
                          .next = l->next,
                          .offsets = l->offsets,
                          .offset_count = l->batch->rows,
                          .epoch = task->config->epoch};
    weir_bytes_clear(&task->body);
    if ((code = task->options.codecs->frame_encode(l->batch, &source, &task->body, err)))
        return code;
    code = post(task, &learned, err);
    if (code == WEIR_GAP && learned.position >= l->from)
        return WEIR_CONFLICT; /* not of a gap: the server's sentence (an older epoch, say) is the reason */
    if (code == WEIR_GAP)
        return leaving ? WEIR_OK : follow_server(task, l, learned.position, err);
    if (code)
        return code;
    answered(task, l, &learned);
    if (learned.repeat && learned.position > l->next && !leaving)
        return follow_server(task, l, learned.position, err);
    l->commit = l->next;
    lane_sent(l);
    return WEIR_OK;
}

weir_code sink_flush_all(sink_task *task, bool leaving, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (lane *l = lanes_first(task->lanes); !code && l; l = l->link)
        code = sink_flush(task, l, leaving, err);
    return code;
}
