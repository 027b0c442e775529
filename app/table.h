/* table.h: tables of numbers on a text screen.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_TABLE_H
#define WEIR_TABLE_H

#include <stddef.h>
#include <stdio.h>

/* Prints rows by columns numbers, values[row * columns + column] (NaN: a blank cell), under column heads and behind
 * row heads. Points stand below one another in a column. A table wider than width goes on in further blocks. */
void table_print(FILE *out, const char *const *row_heads, size_t rows,
                 const char *const *column_heads, size_t columns, const double *values,
                 size_t width);
/* The width of the terminal behind out, or the usual one. */
size_t table_width(FILE *out);

#endif
