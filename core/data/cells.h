/* cells.h: the cells of one column as bytes, in the fewest that give every cell back.
 *
 *     u8 presence    0: every row has a cell; 1: a bitmap follows, a bit a row, lowest bit first
 *     numbers:       u8 form, then the cells that are there:
 *                        0  f64 each
 *                        1  f32 each: every number is one
 *                        2  u8 places | u8 width | width bytes each: a whole n, lowest byte first; the number is
 *                           n / 10^places, rounded once, as reading its decimal text would round it
 *     words:         codes of 1, 2 or 4 bytes: the fewest that count the words of the column
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DATA_CELLS_H
#define WEIR_DATA_CELLS_H

#include "weir/batch.h"

/* Nothing for an X column. Failures are remembered by out. */
void cells_write(const weir_batch_column *column, size_t rows, weir_bytes *out);
/* Into a column with room for rows cells. False when a cell is missing or could not have been put into a batch. */
bool cells_read(weir_reader *reader, weir_batch_column *column, size_t rows);

#endif
