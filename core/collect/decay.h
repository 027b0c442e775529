/* decay.h: rows that weigh less as others come. Private to core/collect; what it does is told in decay.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_COLLECT_DECAY_H
#define CORE_COLLECT_DECAY_H

#include "sets.h"

typedef struct {
    uint64_t taken; /* rows since the last step by rows */
    int64_t tick;   /* of the last batch, by time */
    bool ticking;   /* there was a batch */
} decay_clock;

bool decay_asked(const weir_collection_options *options);
/* Takes rows in, everything older having lost weight: all or nothing, and for good. */
weir_code decay_take(decay_clock *clock, summary_set *set, const weir_collection_options *options,
                     const weir_batch *batch, weir_error *err);

void decay_write(const decay_clock *clock, weir_bytes *out);
weir_code decay_read(weir_reader *reader, decay_clock *clock, weir_error *err);

#endif
