/* nudge.c: see nudge.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "nudge.h"

#define ASK_MS 1000

bool kafka_nudge_dry(kafka_nudge *nudge, rd_kafka_t *consumer, const char *topic, int32_t partition,
                     int64_t next)
{
    int64_t low = 0, high = 0;

    if (nudge->idle || next < 0 ||
        rd_kafka_get_watermark_offsets(consumer, topic, partition, &low, &high) || high <= next)
        return false;
    nudge->idle = true;
    rd_kafka_query_watermark_offsets(consumer, topic, partition, &low, &high, ASK_MS);
    return true;
}
