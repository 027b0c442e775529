/* cell_types.h: the merge of cells that disagree on the types of columns.
 *
 * Each cell takes the types that its own first records have, so a field that holds numbers in one partition and texts in
 * another gives cells that no merge takes. Then the first of them, in the order of partitions, says what a column is,
 * and of the others that column is left out, as bad cells are within a partition. The order is that of partitions and
 * not of arrival, so that every node says the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CELL_TYPES_H
#define WEIR_CELL_TYPES_H

#include "weir/summary.h"

/* Merges summaries in this order. *out is the caller's; *column becomes a column that was left out of one and *at which
 * one, the first of all; at is count when there was none. */
weir_code cell_types_merge(const weir_summary *const *cells, size_t count, weir_summary **out,
                           char column[WEIR_NAME_MAX + 1], size_t *at, weir_error *err);

#endif
