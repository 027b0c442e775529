/* bins.h: the histogram of one attribute as an algorithm reads it. Private to core/model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_MODEL_BINS_H
#define CORE_MODEL_BINS_H

#include "weir/summary.h"

/* The bins with rows in them, ascending. An attribute without rows has none. */
typedef struct {
    weir_bin *bins; /* owned */
    size_t count;
    double rows;
} model_bins;

weir_code model_bins_read(const weir_summary *summary, size_t id, model_bins *out, weir_error *err);
void model_bins_free(model_bins *bins);

#endif
