/* cell.h: one cell into the open row of a batch, and the account of what was refused; shared by all decoders.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_CELL_H
#define CODEC_CELL_H

#include "weir/batch.h"

static inline bool cell_is_text(weir_type type)
{
    return type == WEIR_T || type == WEIR_S || type == WEIR_L;
}

/* Puts a whole number: exactly into a text column, as the nearest double into a number column. */
weir_code cell_put_integer(weir_batch *batch, size_t column, int64_t value, weir_error *err);
/* Puts 1 or 0 into a number column, true or false into a text column. */
weir_code cell_put_boolean(weir_batch *batch, size_t column, bool value, weir_error *err);
/* Puts a decimal: exactly into a text column, as the nearest double into a number column. */
weir_code cell_put_decimal(weir_batch *batch, size_t column, const uint8_t *unscaled, size_t size,
                           int scale, weir_error *err);

/* Counts a refused cell or row; the first one is kept in words. */
void rejects_cell(weir_rejects *rejects, const weir_error *why);
/* The same of a row plan, which counts by column where that is asked for. */
void rejects_cell_of(weir_rejects *rejects, size_t column, const weir_error *why);
void rejects_row(weir_rejects *rejects, const weir_error *why);

#endif
