/* hash_trick.h: texts of any number of values as a fixed number of numeric columns.
 *
 * Each value of a string or list column is hashed as "column=value" (MurmurHash3, 32 bits, seed 0, read as a signed
 * number h) and adds 1 or -1, by the sign of h, to column hash$<i>, i being |h| modulo the number of bins [1]. Values
 * that meet in a bin add up; the signs make their sums cancel on average. Hash, bin and sign are those of
 * scikit-learn's FeatureHasher for {column: value}. There is no state: forgetting, replaying and predicting give the
 * same numbers as learning.
 *
 * [1] K. Weinberger et al.: Feature Hashing for Large Scale Multitask Learning. ICML 2009.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_HASH_TRICK_H
#define WEIR_HASH_TRICK_H

#include "weir/batch.h"

#define WEIR_HASH_BINS_MAX 4096
#define WEIR_HASH_PREFIX "hash$"

uint32_t weir_murmur3_32(const void *data, size_t size, uint32_t seed);

/* Adds the columns hash$0 to hash$<bins - 1> to a batch that has an S or L column (but for hidden ones and the one
 * named except, NULL: none), and takes the cells of those columns away. The items of a list count one by one, without
 * blanks around them. A row without values has 0 everywhere. WEIR_INVALID when the batch has such a column already;
 * after a failure the batch is only fit to be freed. */
weir_code weir_hash_trick(weir_batch *batch, size_t bins, const char *except, weir_error *err);

#endif
