/* sink_wait.c: what a task waits for, how long, and what is seen of it.
 *
 * A call that failed is tried again after the documented delay. While the task waits its partitions are paused and the
 * consumer goes on being polled: so it stays in its group, and another worker that joins need not wait for this one.
 * When the group takes partitions away meanwhile, what the task was doing may be of one of them. Then nothing is
 * finished: sink_wait() says no, the callers return, and sink_recover() goes on from what the lanes know, which is what
 * the server has; rows that were on the way are read again by whoever owns them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "backoff.h"
#include "sink_inside.h"
#include "steady.h"
#include "weir/log.h"
#include "weir/memory.h"

#define SLICE_MS 100        /* of a wait, after which the wish to stop is seen */
#define TOLD_EVERY_MS 10000 /* the log hears of a wait that goes on */

void sink_tell(sink_task *task, sink_trouble trouble, const char *reason)
{
    pthread_mutex_lock(&task->lock);
    snprintf(task->status.reason, sizeof task->status.reason, "%s", reason);
    task->trouble = trouble;
    pthread_mutex_unlock(&task->lock);
}

void sink_untell(sink_task *task, sink_trouble trouble)
{
    pthread_mutex_lock(&task->lock);
    if (task->trouble == trouble) {
        task->status.reason[0] = 0;
        task->trouble = TROUBLE_NONE;
    }
    pthread_mutex_unlock(&task->lock);
}

/* --- waiting */

/* Without a consumer. */
static void wait_alone(sink_task *task, int64_t ms)
{
    int64_t until = steady_ms() + ms;

    pthread_mutex_lock(&task->lock);
    while (!atomic_load(&task->stop) && steady_wait(&task->lock, &task->wake, until)) {
    }
    pthread_mutex_unlock(&task->lock);
}

/* Keeps a record that was on its way when the partitions were paused. */
static void keep_stray(sink_task *task, rd_kafka_message_t *message)
{
    rd_kafka_message_t **wider = NULL;

    if (message->err) { /* what it tells of is told again while it holds */
        rd_kafka_message_destroy(message);
        return;
    }
    if (!(wider = weir_realloc_array(task->strays, task->stray_count + 1,
                                     sizeof(rd_kafka_message_t *)))) {
        rd_kafka_message_destroy(message);
        task->interrupted = true; /* it is read again */
        return;
    }
    task->strays = wider;
    task->strays[task->stray_count++] = message;
}

static void pause_all(sink_task *task, bool paused)
{
    rd_kafka_topic_partition_list_t *partitions = NULL;

    if (rd_kafka_assignment(task->consumer, &partitions))
        return;
    if (paused)
        rd_kafka_pause_partitions(task->consumer, partitions);
    else
        rd_kafka_resume_partitions(task->consumer, partitions);
    rd_kafka_topic_partition_list_destroy(partitions);
}

static void wait_polling(sink_task *task, int64_t ms)
{
    int64_t until = steady_ms() + ms;
    bool held = task->holding;

    if (!held)
        pause_all(task, true);
    task->holding = task->waiting = true;
    for (int64_t left = ms; !task->interrupted && !atomic_load(&task->stop);
         left = until - steady_ms()) {
        bool paused = atomic_load(&task->paused);
        rd_kafka_message_t *message = NULL;

        if (left <= 0 && !paused)
            break;
        atomic_store(&task->taking, !paused); /* what waits to be tried again waits on */
        message = rd_kafka_consumer_poll(task->consumer,
                                         left > 0 && left < SLICE_MS ? (int)left : SLICE_MS);
        if (message)
            keep_stray(task, message);
    }
    task->waiting = false;
    task->holding = held;
    atomic_store(&task->taking, !held);
    if (!held)
        pause_all(task, false);
}

bool sink_wait(sink_task *task, unsigned *tries, int64_t limit, const weir_error *why)
{
    const sink_config *config = task->config;
    int64_t wait = 0, now = steady_ms();

    if (atomic_load(&task->stop) || task->rebalancing || task->interrupted ||
        (limit >= 0 && (int64_t)*tries >= limit))
        return false;
    wait = backoff_ms(config->backoff, config->backoff_max, *tries, backoff_random(&task->random));
    if (!*tries || now - task->told_ms >= TOLD_EVERY_MS) {
        task->told_ms = now;
        if (limit < 0)
            weir_log(WEIR_LOG_WARN, "connect", "%s waits: %s; tried again in %lld ms", task->who,
                     why->message, (long long)wait);
        else
            weir_log(WEIR_LOG_WARN, "connect", "%s: %s; try %u of %lld in %lld ms", task->who,
                     why->message, *tries + 1, (long long)limit, (long long)wait);
    }
    ++*tries;
    pthread_mutex_lock(&task->lock);
    task->status.retries++;
    pthread_mutex_unlock(&task->lock);
    sink_tell(task, TROUBLE_CALL, why->message);
    if (task->consumer)
        wait_polling(task, wait);
    else
        wait_alone(task, wait);
    return !task->interrupted && !atomic_load(&task->stop);
}

bool sink_registry_again(void *owner, weir_code code, unsigned *tries, const weir_error *why)
{
    return weir_code_retry(code) && sink_wait(owner, tries, -1, why);
}

/* --- going on after an interruption */

void sink_drop_strays(sink_task *task)
{
    for (size_t i = 0; i < task->stray_count; i++)
        rd_kafka_message_destroy(task->strays[i]);
    weir_free(task->strays);
    task->strays = NULL;
    task->stray_count = 0;
}

/* Where a lane that is kept goes on reading: behind what it holds, or at its first stray; -1: it has read nothing. */
static int64_t resumes_at(const sink_task *task, const lane *l)
{
    int64_t at = l->next;

    for (size_t i = 0; i < task->stray_count && l->next < 0; i++) {
        const rd_kafka_message_t *stray = task->strays[i];

        if (stray->partition == l->partition &&
            !strcmp(rd_kafka_topic_name(stray->rkt), l->topic) && (at < 0 || stray->offset < at))
            at = stray->offset;
    }
    return at;
}

weir_code sink_recover(sink_task *task, weir_error *err)
{
    weir_code code = WEIR_OK;
    lane *next = NULL;

    task->interrupted = false;
    for (lane *l = lanes_first(task->lanes); l; l = next) {
        int64_t at = resumes_at(task, l);

        next = l->link;
        if (l->extra == sink_lane_gone)
            lanes_drop(task->lanes, l);
        else if (!code && at >= 0)
            code = sink_seek(task, l, at, err);
    }
    sink_drop_strays(task);
    return code;
}
