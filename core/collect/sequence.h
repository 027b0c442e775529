/* sequence.h: rows of tokens made rows of n-grams. Private to core/collect; what it does is told in sequence.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_COLLECT_SEQUENCE_H
#define CORE_COLLECT_SEQUENCE_H

#include "weir/collection.h"

/* Whether each row is a whole sequence of its own, rather than the next step of one that goes on. */
bool sequence_in_rows(const weir_batch *batch);

/* The n-grams that end in a batch, as rows. carry: the last rows before it, NULL at the beginning; *rest becomes those
 * to be carried on (NULL: none), for weir_batch_free() as *out is. */
weir_code sequence_grams(size_t order, const weir_batch *carry, const weir_batch *batch,
                         weir_batch **out, weir_batch **rest, weir_error *err);

#endif
