/* spot.h: the threshold that a stream of scores passes with a chosen probability, learned from the stream itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SPOT_H
#define WEIR_SPOT_H

#include <stdbool.h>
#include <stddef.h>

#include "weir/error.h"

/* Peaks over threshold in one stream. Not safe for use from two threads at once. */
typedef struct weir_spot weir_spot;

typedef struct {
    double alpha;    /* share of scores that may lie above the threshold; above 0, below 1 */
    double quantile; /* where the tail begins; 0.5 to below 1 */
    size_t warmup;   /* scores seen before the first threshold; at least 10 */
    size_t window;   /* excesses kept, the last ones; at least 10 */
} weir_spot_options;

/* *out becomes the caller's. WEIR_INVALID when an option is outside of its range. */
weir_code weir_spot_new(const weir_spot_options *options, weir_spot **out, weir_error *err);
void weir_spot_free(weir_spot *spot); /* NULL is fine */

/* Judges one score by the threshold so far, then learns from it. True when the score is above. During warm-up nothing
 * is, and the threshold is NaN. A NaN is no score, nor
 * is an infinity during warm-up: false, and nothing is learned. */
bool weir_spot_take(weir_spot *spot, double score);
/* The threshold that the last score was judged by; NaN during warm-up. */
double weir_spot_threshold(const weir_spot *spot);

#endif
