/* report.h: the table of numbers that the algorithms put into their reports.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_MODEL_REPORT_H
#define WEIR_MODEL_REPORT_H

#include "weir/model.h"

/* Adds a table named name: count numbers a row, row by row in numbers, under the count names of columns. With row_names
 * (one a row) a column "attribute" of texts stands before them; NULL: there is none. A number that is not finite leaves
 * its cell empty. Everything is copied. WEIR_NO_MEMORY adds nothing. */
weir_code report_numbers(weir_report *report, const char *name, const char *const *columns,
                         size_t count, const char *const *row_names, const double *numbers,
                         size_t rows);

/* The same with the names of the inputs of model as rows. */
weir_code report_inputs(weir_report *report, const char *name, const char *const *columns,
                        size_t count, const weir_model *model, const double *numbers);

#endif
