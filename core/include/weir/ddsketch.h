/* ddsketch.h: quantiles with a relative error of 0.5 %, order-free, mergeable and subtractable.
 *
 * [1] C. Masson, J. E. Rim, H. K. Lee: DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error
 *     Guarantees. PVLDB 12(12), 2019. arXiv:1908.10693. Ours never collapses buckets (their number is bounded by the
 *     range of a double: |x| < WEIR_CELL_TINY counts as 0), so the order of arrival cannot matter.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DDSKETCH_H
#define WEIR_DDSKETCH_H

#include "weir/bytes.h"

#define WEIR_DDSKETCH_ALPHA 0.005

typedef struct weir_ddsketch weir_ddsketch;

weir_code weir_ddsketch_new(weir_ddsketch **out, weir_error *err);
weir_code weir_ddsketch_copy(const weir_ddsketch *sketch, weir_ddsketch **out, weir_error *err);
void weir_ddsketch_free(weir_ddsketch *sketch);
/* As weir_histogram_add(): all or nothing, finite values, present NULL means all. */
weir_code weir_ddsketch_add(weir_ddsketch *sketch, const double *values, const uint8_t *present,
                            size_t n, double weight, weir_error *err);
weir_code weir_ddsketch_add_zeros(weir_ddsketch *sketch, double count, weir_error *err);
weir_code weir_ddsketch_merge(weir_ddsketch *into, const weir_ddsketch *other, double sign,
                              weir_error *err);
/* Makes room for what other has, so that merging it cannot fail. */
weir_code weir_ddsketch_reserve(weir_ddsketch *into, const weir_ddsketch *other, weir_error *err);
/* Counts times weight; those that fall below WEIR_HISTOGRAM_LEAST rows become 0. */
void weir_ddsketch_scale(weir_ddsketch *sketch, double weight);
double weir_ddsketch_count(const weir_ddsketch *sketch);
/* The value at rank p (n - 1), within 0.5 % of it; NaN while empty. */
double weir_ddsketch_quantile(const weir_ddsketch *sketch, double p);
/* Bytes held. */
size_t weir_ddsketch_memory(const weir_ddsketch *sketch);
bool weir_ddsketch_equal(const weir_ddsketch *a, const weir_ddsketch *b, weir_error *why);
/* The same, but counts may differ by a share of all rows counted: what scaling rounds. */
bool weir_ddsketch_near(const weir_ddsketch *a, const weir_ddsketch *b, double share,
                        weir_error *why);
void weir_ddsketch_write(const weir_ddsketch *sketch, weir_bytes *out);
weir_code weir_ddsketch_read(weir_reader *reader, weir_ddsketch **out, weir_error *err);

#endif
