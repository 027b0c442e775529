/* equal_bins.h: how unusual one value of one attribute is, from a few bins of equal width. Private to core/model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_MODEL_EQUAL_BINS_H
#define CORE_MODEL_EQUAL_BINS_H

#include "model/bins.h"

#define EQUAL_BINS_MAX 4096

/* count bins between count + 1 edges, each with its score; count 0: an attribute without rows, which scores 0. */
typedef struct {
    size_t count;
    double *edges, *scores; /* owned */
    double worst;           /* the greatest score of a bin, that of values far outside */
} equal_bins;

weir_code equal_bins_cut(const model_bins *from, size_t count, equal_bins *out, weir_error *err);
double equal_bins_at(const equal_bins *bins, double x);
void equal_bins_free(equal_bins *bins);

void equal_bins_write(const equal_bins *bins, weir_bytes *out);
/* Leaves out empty when it fails. */
weir_code equal_bins_read(weir_reader *reader, equal_bins *out, weir_error *err);

#endif
