/* consumer_end.c: ends a consumer, in bounded time.
 *
 * librdkafka up to 2.3 may wait for ever in rd_kafka_destroy() for a consumer whose topic was deleted while it had
 * partitions of it [1]: one of its broker threads keeps a reference to itself. Whoever ends a consumer must go on all
 * the same. So it is destroyed on a thread of its own, which is waited for; one that does not come back is left behind,
 * with a line in the log. It holds a few connections' memory and no partition, and ends with the process.
 *
 * [1] github.com/confluentinc/librdkafka/issues/4362, /3007
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "client.h"

#include <pthread.h>
#include <time.h>

#include "weir/log.h"

#define END_S 5

static void *destroy(void *consumer)
{
    rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return NULL;
}

void kafka_consumer_end(rd_kafka_t *consumer)
{
    rd_kafka_topic_partition_list_t *partitions = NULL;
    struct timespec until;
    pthread_t thread;
    bool idle = false;

    if (!consumer)
        return;
    if (!rd_kafka_assignment(consumer, &partitions)) {
        idle = partitions->cnt == 0;
        rd_kafka_topic_partition_list_destroy(partitions);
    }
    if (!idle)
        rd_kafka_consumer_close(consumer);
    if (pthread_create(&thread, NULL, destroy, consumer)) {
        destroy(consumer);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_S;
    if (!pthread_timedjoin_np(thread, NULL, &until))
        return;
    weir_log(WEIR_LOG_WARN, "kafka", "a consumer does not end and is left behind");
    pthread_detach(thread);
}
