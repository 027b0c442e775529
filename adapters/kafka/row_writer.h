/* row_writer.h: rows of texts as Avro bodies or JSON objects, typed by what all the rows hold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_ROW_WRITER_H
#define WEIR_ROW_WRITER_H

#include "weir/batch.h"

typedef enum { ROW_LONG, ROW_DOUBLE, ROW_STRING } row_kind;

typedef struct {
    char *name;  /* as in the file */
    char *field; /* as in an Avro schema: letters, digits and "_" only */
    row_kind kind;
    bool nullable, seen;
} row_column;

typedef struct {
    row_column *columns;
    size_t count;
} row_layout; /* {0} is empty */

void row_layout_free(row_layout *layout);
/* Takes the columns of a batch (all of type S). */
weir_code row_layout_begin(row_layout *layout, const weir_batch *batch, weir_error *err);
/* Widens the kinds so that they hold the cells of the batch too. */
void row_layout_widen(row_layout *layout, const weir_batch *batch);

/* The Avro record schema, as JSON text for free(). */
weir_code row_avro_schema(const row_layout *layout, const char *record, char **out,
                          weir_error *err);
void row_avro(const row_layout *layout, const weir_batch *batch, size_t row, weir_bytes *out);
/* The Connect schema of the envelope, as JSON text for free(). */
weir_code row_json_schema(const row_layout *layout, const char *record, char **out,
                          weir_error *err);
/* An object; with a schema (NULL: none) inside an envelope. */
weir_code row_json(const row_layout *layout, const weir_batch *batch, size_t row,
                   const char *schema, weir_bytes *out, weir_error *err);
/* The text of a cell, NULL when it is empty. */
const char *row_cell(const weir_batch *batch, size_t column, size_t row);

#endif
