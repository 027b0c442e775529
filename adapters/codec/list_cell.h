/* list_cell.h: the items of an array on their way into one cell, |a|b|c|.
 *
 * A list with an item that has a '|' of its own, or that is longer than a cell may be, is a bad cell. An array without
 * items is a list without items, which is not the same as no list.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_LIST_CELL_H
#define CODEC_LIST_CELL_H

#include "weir/batch.h"

typedef struct {
    char text[WEIR_VALUE_MAX];
    size_t size;
    const char *fault; /* why it is a bad cell; NULL while it is none */
} list_cell;

void list_cell_begin(list_cell *list);
void list_cell_text(list_cell *list, const char *text, size_t size);
void list_cell_integer(list_cell *list, int64_t value);
void list_cell_number(list_cell *list, double value); /* not finite: no item */
void list_cell_boolean(list_cell *list, bool value);
/* Puts the list into a column, which may refuse it. */
weir_code list_cell_put(const list_cell *list, weir_batch *batch, size_t column, weir_error *err);

#endif
