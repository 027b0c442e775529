/* batch_rows.h: rows of one batch into another, with the columns and words that they need. Private to core.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_DATA_BATCH_ROWS_H
#define CORE_DATA_BATCH_ROWS_H

#include "weir/batch.h"

/* Marks a cell of the open row as present; it holds its value or code already. */
void batch_mark(weir_batch *batch, weir_batch_column *column);
/* Whether the columns that both have are of the same types. */
bool batch_rows_fit(const weir_batch *into, const weir_batch *from);
/* Appends count rows of from, those numbered in rows, or from first on where rows is NULL. Columns that into lacks are
 * added. The two must fit; after a failure into is only good for weir_batch_free(). */
weir_code batch_rows_append(weir_batch *into, const weir_batch *from, const size_t *rows,
                            size_t first, size_t count, weir_error *err);
/* The same into a batch of its own, which has all columns of from and its time of arrival. */
weir_code batch_rows_copy(const weir_batch *from, const size_t *rows, size_t first, size_t count,
                          weir_batch **out, weir_error *err);

#endif
