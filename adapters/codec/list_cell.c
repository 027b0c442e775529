/* list_cell.c: see list_cell.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "list_cell.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json_shim.h"

void list_cell_begin(list_cell *list)
{
    list->text[0] = '|';
    list->size = 1;
    list->fault = NULL;
}

void list_cell_text(list_cell *list, const char *text, size_t size)
{
    if (list->fault)
        return;
    if (size >= sizeof list->text - list->size) {
        list->fault = "the list is too long";
        return;
    }
    if (memchr(text, '|', size)) {
        list->fault = "an item of the list holds a '|'";
        return;
    }
    memcpy(list->text + list->size, text, size);
    list->size += size;
    list->text[list->size++] = '|';
}

void list_cell_integer(list_cell *list, int64_t value)
{
    char text[24];

    list_cell_text(list, text, (size_t)snprintf(text, sizeof text, "%" PRId64, value));
}

void list_cell_number(list_cell *list, double value)
{
    char text[NUMBER_TEXT_MAX];

    if (isfinite(value))
        list_cell_text(list, text, number_to_chars(value + 0.0, text)); /* -0 becomes 0 */
}

void list_cell_boolean(list_cell *list, bool value)
{
    list_cell_text(list, value ? "true" : "false", value ? 4 : 5);
}

weir_code list_cell_put(const list_cell *list, weir_batch *batch, size_t column, weir_error *err)
{
    if (list->fault)
        return weir_fail(err, WEIR_INVALID, "column %.100s: %s", batch->columns[column].name,
                         list->fault);
    return weir_batch_put_text(batch, column, list->text, list->size, err);
}
