/* cell.c: one cell into the open row of a batch.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

weir_code cell_put_text(weir_batch *batch, size_t column, const char *text, size_t size,
                        weir_error *err)
{
    if (size > 0 && memchr(text, 0, size))
        return weir_fail(err, WEIR_INVALID, "a text with a NUL byte");
    return weir_batch_put_text(batch, column, text, size, err);
}

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

static void remember_first(weir_rejects *rejects, const char *place, const weir_error *err)
{
    weir_error words = *err;
    size_t size;

    if (rejects->cells > 0 || rejects->rows > 0)
        return;
    weir_explain(&words, words.code, "%s", place);
    size = strlen(words.message);
    if (size >= sizeof rejects->first)
        for (size = sizeof rejects->first - 1;
             size > 0 && ((unsigned char)words.message[size] & 0xc0) == 0x80;)
            size--; /* not into the middle of a UTF-8 character */
    memcpy(rejects->first, words.message, size);
    rejects->first[size] = 0;
}

void rejects_cell(weir_rejects *rejects, const char *place, const weir_error *err)
{
    remember_first(rejects, place, err);
    rejects->cells++;
}

void rejects_row(weir_rejects *rejects, const char *place, const weir_error *err)
{
    remember_first(rejects, place, err);
    rejects->rows++;
}
