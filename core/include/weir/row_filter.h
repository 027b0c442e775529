/* row_filter.h: which rows of a batch count, in the words of sml_project_predicate_row_filter.
 *
 *     filter    := predicate { (";" | ",") predicate }      all must hold
 *     predicate := attribute op literal
 *     op        := "==" | "!=" | ">=" | "<=" | ">" | "<"     the longest that fits is read
 *
 * Blanks around attributes and literals do not count. An attribute or a literal that holds a separator, an operator
 * or blanks at its ends stands in double quotes, a quote inside them is written twice: site=="a;b".
 *
 * A predicate sees the cell as it was sent. Where cell and literal both read as numbers they are compared as numbers
 * ("1.50" == 1.5); otherwise == and != compare texts, and the other four do not hold. A category's cell and literal
 * are both trimmed and lower-cased. A cell that is missing and a column that is not there make every predicate false,
 * != too.
 *
 * A filter is immutable: any number of threads may apply it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_ROW_FILTER_H
#define WEIR_ROW_FILTER_H

#include "weir/batch.h"

#define WEIR_ROW_FILTER_MAX 65536 /* bytes of a filter */

typedef struct weir_row_filter weir_row_filter;

/* Reads a filter. A text of blanks alone is no filter: *out is NULL. WEIR_INVALID names what is wrong and at which
 * byte, the first being 1. */
weir_code weir_row_filter_parse(const char *text, size_t length, weir_row_filter **out,
                                weir_error *err);
void weir_row_filter_free(weir_row_filter *filter); /* NULL is fine */

/* Whether a predicate is about the column of that name: a decoder keeps its cells even when it is ignored (X). */
bool weir_row_filter_names(const weir_row_filter *filter, const char *name, size_t length);

/* keep[r] becomes 1 for a row that counts, else 0; keep has room for batch->rows. *kept is how many count. */
weir_code weir_row_filter_apply(const weir_row_filter *filter, const weir_batch *batch,
                                uint8_t *keep, size_t *kept, weir_error *err);

#endif
