/* bad_columns.h: how many cells were left out, by column.
 *
 * A column that stops fitting gives a bad cell with every row from then on. Told one by one they would fill the log and
 * hide the next column to which it happens; so each column has lines and a count of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_BAD_COLUMNS_H
#define WEIR_BAD_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

typedef struct {
    char *name;
    uint64_t cells;
} bad_column;

/* {0} is empty. */
typedef struct {
    bad_column *columns; /* in order of their first bad cell */
    size_t count;
} bad_columns;

/* Counts cells of a column. *tell: they are worth a line, as the first few are and then each thousandth. */
weir_code bad_columns_add(bad_columns *bad, const char *name, uint64_t cells, bool *tell,
                          weir_error *err);
/* "num (300), ok (1)"; columns that room does not hold are left out whole, with "..." for them. */
void bad_columns_text(const bad_columns *bad, char *out, size_t room);
void bad_columns_free(bad_columns *bad); /* leaves it empty */

#endif
