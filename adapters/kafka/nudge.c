/* nudge.c: see nudge.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "nudge.h"

#define ASK_MS 1000

bool kafka_nudge_dry(kafka_nudge *nudge, rd_kafka_t *consumer, const char *topic, int32_t partition,
                     int64_t next)
{
    rd_kafka_topic_partition_list_t *asked = NULL;
    int64_t low = 0, high = 0;

    if (nudge->idle || next < 0 ||
        rd_kafka_get_watermark_offsets(consumer, topic, partition, &low, &high) || high <= next)
        return false;
    nudge->idle = true;
    /* Not rd_kafka_query_watermark_offsets(): librdkafka 2.0 waits in it for a minute and more while a broker hangs. */
    asked = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(asked, topic, partition)->offset = RD_KAFKA_OFFSET_END;
    rd_kafka_offsets_for_times(consumer, asked, ASK_MS);
    rd_kafka_topic_partition_list_destroy(asked);
    return true;
}
