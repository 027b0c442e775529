/* nudge.h: wakes a consumer whose queue ran dry while the brokers have more.
 *
 * librdkafka stops fetching a partition when its queue is full (queued.min.messages, queued.max.messages.kbytes) and
 * looks again after a second; only since version 2.2 can that be changed (fetch.queue.backoff.ms). A reader that takes
 * hundreds of thousands of records a second has long emptied the queue by then and waits. A question to the brokers
 * that lead the partition wakes the thread that fetches from them. So the queue, and memory, can stay small.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_KAFKA_NUDGE_H
#define WEIR_KAFKA_NUDGE_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Whose queue may run dry. {0} to begin with. One thread. */
typedef struct {
    bool
        idle; /* nudged, and no record has come since: what the brokers have is not for this reader yet */
} kafka_nudge;

/* Records came. */
static inline void kafka_nudge_taken(kafka_nudge *nudge)
{
    nudge->idle = false;
}

/* The queue ran dry and the reader stands at next in this partition. Asks the brokers, which takes a round trip, if they
 * are known to have more; once until records come. True when they were asked. */
bool kafka_nudge_dry(kafka_nudge *nudge, rd_kafka_t *consumer, const char *topic, int32_t partition,
                     int64_t next);

#endif
