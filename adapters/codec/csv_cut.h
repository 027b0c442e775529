/* csv_cut.h: the grammar of CSV (RFC 4180): where a record ends, its cells, and what they look like.
 *
 * A quote opens a quoted cell only as its first character; elsewhere it is an ordinary one. Under strict quotes it
 * opens and closes anywhere, and what stands outside of quotes is dropped.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_CSV_CUT_H
#define CODEC_CSV_CUT_H

#include "weir/codec.h"

typedef struct {
    char separator, quote;
    bool strict; /* characters outside of quotes are dropped */
} csv_marks;

typedef struct {
    const char *text; /* not terminated */
    size_t size;
} csv_cell;

typedef struct {
    csv_cell *cells;
    size_t count, capacity;
    bool malformed; /* something stands behind a closing quote */
} csv_record;       /* cells is for weir_free() */

/* What the cells of a column that were looked at all are; any: there were some. */
typedef struct {
    bool any, binary, number, list;
} csv_guess;

#define CSV_ANYTHING ((csv_guess){.binary = true, .number = true, .list = true})

/* The marks that options ask for. WEIR_INVALID when they cannot be told apart. */
weir_code csv_marks_of(const weir_csv_options *options, csv_marks *out, weir_error *err);

/* The line end of the record that begins at text, or NULL when it is not there: *open tells whether a quoted cell has
 * no end. */
const char *csv_line_end(const csv_marks *marks, const char *text, const char *end, bool *open);
/* Cuts the bytes of a record, which change where quotes are doubled. The cells point into them. */
weir_code csv_cut(const csv_marks *marks, csv_record *record, char *text, size_t size,
                  weir_error *err);
/* WEIR_INVALID when a row of so many columns cannot be made of it. */
weir_code csv_record_check(const csv_record *record, size_t columns, weir_error *err);
/* Narrows a guess down by one more cell; a missing one says nothing. probe is a batch of one column, of type C. */
weir_code csv_look_at_cell(const csv_cell *cell, weir_batch *probe, csv_guess *guess,
                           weir_error *err);

#endif
