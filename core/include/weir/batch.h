/* batch.h: a few hundred rows, column by column, on their way from a decoder to a summary or a model.
 *
 * A batch carries its own column names and types (those of the sender); the summary or the model matches them by
 * name. Numbers (C, B) are doubles with presence bytes; texts (T, S, L) are codes into a dictionary of the column;
 * an X column has a name and no cells. An absent number is stored as 0 with present 0. The struct is open for
 * reading: hot loops run over its arrays. Only the calls below change it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_BATCH_H
#define WEIR_BATCH_H

#include "weir/bytes.h"
#include "weir/schema.h"

#define WEIR_CELL_MAX                                                                              \
    1e75 /* |x| above this is a bad cell: its fourth power would poison the sums */
#define WEIR_CELL_TINY 1e-70 /* a nonzero |x| below this enters sums as 0 */
#define WEIR_BATCH_ROWS_MAX ((size_t)1 << 24)

typedef struct {
    char *name;
    weir_type type;
    double *values;   /* C, B: capacity rows; 0 where absent. Otherwise NULL */
    uint8_t *present; /* 1 or 0 a row; NULL for X */
    uint32_t *codes;  /* T, S, L: index into words where present. Otherwise NULL */
    char **words;     /* the dictionary, in order of first appearance; T words are normalised */
    size_t word_count, word_capacity;
    size_t absent; /* rows without a cell */
    bool hidden; /* sent as X: its cells are there for a row filter, and go before the rows count */
    void *index; /* private: word lookup */
} weir_batch_column;

typedef struct {
    weir_batch_column *columns;
    size_t column_count, column_capacity;
    size_t rows, row_capacity;
    int64_t arrival_ms; /* Unix time of arrival, the time that decay and windows use */
    /* private */
    void *index;       /* column lookup */
    size_t celled;     /* columns that can have cells: all but those of type X */
    size_t open_cells; /* of the open row */
    bool open;         /* a row is begun and not ended */
} weir_batch;

/* What to do with a cell or row that cannot be read (errorHandling on the wire). */
typedef enum {
    WEIR_BAD_REJECT = 0, /* refuse the whole batch */
    WEIR_BAD_CELL = 1,   /* leave the cell out (the default) */
    WEIR_BAD_ROW = 2,    /* leave the row out */
} weir_bad_policy;

/* What was left out while decoding; the first one in words. */
typedef struct {
    uint64_t cells, rows;
    char first[200];
    /* Row plans add their cells here, column by column of the batch; NULL: not asked for. */
    uint64_t *by_column;
} weir_rejects;

weir_code weir_batch_new(size_t row_capacity, weir_batch **out, weir_error *err);
void weir_batch_free(weir_batch *batch); /* NULL is fine */
/* rows = 0 and empty dictionaries; columns and memory stay */
void weir_batch_clear(weir_batch *batch);

/* Adds a column; its cells are absent in the rows so far. Refused: a second one of that name, an empty name, a name
 * over WEIR_NAME_MAX or not UTF-8. */
weir_code weir_batch_add_column(weir_batch *batch, const char *name, size_t length, weir_type type,
                                size_t *column, weir_error *err);
/* The column of that name or WEIR_NONE. */
size_t weir_batch_find(const weir_batch *batch, const char *name, size_t length);

/* Opens row number batch->rows with all cells absent (memory grows as needed). Cells are then put into it, and it
 * counts once weir_batch_row_end() was called; calling begin again instead forgets it. */
weir_code weir_batch_row_begin(weir_batch *batch, weir_error *err);
void weir_batch_row_end(weir_batch *batch);
/* Puts a number into the open row. A NaN or infinity is a missing cell. WEIR_INVALID (cell left absent) when the
 * column is B and value is not 0 or 1, or |value| > WEIR_CELL_MAX. For T, S, L columns the number becomes text. */
weir_code weir_batch_put_number(weir_batch *batch, size_t column, double value, weir_error *err);
/* Puts numbers, as little-endian doubles one behind the other, into as many columns in a row from first on. Stops ahead
 * of the first cell that needs a closer look (a column that is not C, a number that is no plain one) and returns how
 * many were put; that one goes through weir_batch_put_number(). For decoders that meet runs of doubles. */
size_t weir_batch_put_doubles(weir_batch *batch, size_t first, size_t count, const void *bytes);
/* Puts a text into the open row, by the type of the column: C and B parse it as a number (blanks around allowed;
 * "", "nan", "null", "inf" in any case are missing; decimal comma, hex and trailing words are WEIR_INVALID), T is
 * normalised (empty is missing), S and L are kept (empty is missing), X is dropped. WEIR_INVALID also for bad UTF-8
 * or a value over WEIR_VALUE_MAX. */
weir_code weir_batch_put_text(weir_batch *batch, size_t column, const char *text, size_t length,
                              weir_error *err);

/* --- changing the rows that are there (batch_change.c) */

/* Leaves out every row r with keep[r] == 0, and the words that no row has any more. A failure changes nothing. */
weir_code weir_batch_keep_rows(weir_batch *batch, const uint8_t *keep, weir_error *err);
/* Gives a column type C and these cells, one a row; a value that is not finite or beyond WEIR_CELL_MAX is absent. A
 * failure changes nothing. */
weir_code weir_batch_to_numbers(weir_batch *batch, size_t column, const double *values,
                                const uint8_t *present, weir_error *err);
/* Takes the cells of a column away: it keeps its name and type, or becomes X where it is hidden. */
void weir_batch_drop_cells(weir_batch *batch, size_t column);

/* The container of a log batch. */
weir_code weir_batch_save(const weir_batch *batch, weir_bytes *out, weir_error *err);
weir_code weir_batch_load(const void *data, size_t size, weir_batch **out, weir_error *err);

#endif
