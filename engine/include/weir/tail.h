/* tail.h: the port through which the UI watches scores arrive in a sink topic.
 *
 * adapters/kafka implements it with one consumer a watched topic; app/ hands it to the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_TAIL_H
#define WEIR_TAIL_H

#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

typedef struct {
    uint64_t index; /* 0, 1, ... in order of arrival here */
    int32_t partition;
    int64_t offset;
    double score;         /* the field watched */
    double q95, q98, q99; /* quantiles of the scores up to and including this one (DDSketch) */
    double truth;         /* the truth field, NaN where there is none */
    int64_t model_version;
    int res;
} weir_tail_point;

typedef struct {
    void *context;
    /* Points with index >= from, at most max, into out; *next is where to go on (larger than from + count when older
     * ones were dropped). The first call for a topic starts watching it from its beginning. truth may be NULL. */
    weir_code (*read)(void *context, const char *topic, const char *score, const char *truth,
                      uint64_t from, size_t max, weir_tail_point *out, size_t *count,
                      uint64_t *next, weir_error *err);
    /* Names of the topics there are; for weir_list_free() of engine.h. */
    weir_code (*topics)(void *context, char ***names, size_t *count, weir_error *err);
} weir_tail_port;

#endif
