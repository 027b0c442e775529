/* json_cell.h: one JSON value into the open row of a batch.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_JSON_CELL_H
#define CODEC_JSON_CELL_H

#include "json_walk.h"
#include "weir/batch.h"

/* Reads the value the walk stands before into a column and steps behind it. A value that the column refuses is
 * WEIR_INVALID (the walk has gone on, the cell is absent); text that is not JSON is WEIR_CORRUPT, which callers turn
 * into WEIR_INVALID once they have told the two apart. null and "" are absent cells. */
weir_code json_cell_read(json_walk *walk, weir_batch *batch, size_t column, weir_bytes *scratch,
                         weir_error *err);

#endif
