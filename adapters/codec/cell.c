/* cell.c: one cell into the open row of a batch.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cell.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"

weir_code cell_put_integer(weir_batch *batch, size_t column, int64_t value, weir_error *err)
{
    char text[24];

    if (!cell_is_text(batch->columns[column].type))
        return weir_batch_put_number(batch, column, (double)value, err);
    return weir_batch_put_text(batch, column, text,
                               (size_t)snprintf(text, sizeof text, "%" PRId64, value), err);
}

weir_code cell_put_boolean(weir_batch *batch, size_t column, bool value, weir_error *err)
{
    if (!cell_is_text(batch->columns[column].type))
        return weir_batch_put_number(batch, column, value, err);
    return weir_batch_put_text(batch, column, value ? "true" : "false", value ? 4 : 5, err);
}

weir_code cell_put_decimal(weir_batch *batch, size_t column, const uint8_t *unscaled, size_t size,
                           int scale, weir_error *err)
{
    char text[DECIMAL_TEXT_MAX];
    double value;

    if (size > DECIMAL_BYTES_MAX)
        return weir_fail(err, WEIR_INVALID, "column %.100s: a decimal of %zu bytes; %d are read",
                         batch->columns[column].name, size, DECIMAL_BYTES_MAX);
    if (!cell_is_text(batch->columns[column].type)) {
        value = decimal_number(unscaled, size, scale);
        if (isfinite(value))
            return weir_batch_put_number(batch, column, value, err);
    }
    return weir_batch_put_text(batch, column, text, decimal_text(unscaled, size, scale, text), err);
}

static void remember_first(weir_rejects *rejects, const weir_error *why)
{
    size_t size = strlen(why->message);

    if (rejects->cells > 0 || rejects->rows > 0)
        return;
    if (size >= sizeof rejects->first) {
        size = sizeof rejects->first - 1;
        while (size > 0 && ((unsigned char)why->message[size] & 0xc0) == 0x80)
            size--; /* not into the middle of a UTF-8 character */
    }
    memcpy(rejects->first, why->message, size);
    rejects->first[size] = 0;
}

void rejects_cell(weir_rejects *rejects, const weir_error *why)
{
    remember_first(rejects, why);
    rejects->cells++;
}

void rejects_cell_of(weir_rejects *rejects, size_t column, const weir_error *why)
{
    rejects_cell(rejects, why);
    if (rejects->by_column)
        rejects->by_column[column]++;
}

void rejects_row(weir_rejects *rejects, const weir_error *why)
{
    remember_first(rejects, why);
    rejects->rows++;
}
