/* table.h: the tables of tests/data for the tests of core: read, and turned into batches and summaries.
 *
 * Everything stops the test when it fails. For cmocka programs only; not part of the library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_TESTING_TABLE_H
#define CORE_TESTING_TABLE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/summary.h"

enum { TABLE_COLUMNS = 32, TABLE_NAME = 64 };

/* The numeric columns of a CSV file: an empty cell is NaN, a column of 0 and 1 alone is binary. */
typedef struct {
    char names[TABLE_COLUMNS][TABLE_NAME];
    weir_type types[TABLE_COLUMNS];
    size_t columns, rows;
    double *cells; /* row by row, columns each; owned */
} table;

static inline double table_at(const table *t, size_t row, size_t column)
{
    return t->cells[row * t->columns + column];
}

/* Splits a line at commas in place; returns the number of fields. */
static inline size_t table_split(char *line, char **fields)
{
    size_t n = 0;

    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; at && n < TABLE_COLUMNS; n++) {
        fields[n] = at;
        if ((at = strchr(at, ',')))
            *at++ = 0;
    }
    return n;
}

static inline table table_read(const char *name)
{
    char path[512], line[4096], *fields[TABLE_COLUMNS], *end;
    table t = {0};
    bool numeric[TABLE_COLUMNS];
    size_t width = 0, kept = 0, capacity = 0;

    snprintf(path, sizeof path, "%s/tests/data/%s.csv", WEIR_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    width = table_split(line, fields);
    for (size_t c = 0; c < width; c++) {
        snprintf(t.names[c], TABLE_NAME, "%s", fields[c]);
        numeric[c] = true;
        t.types[c] = WEIR_B;
    }
    t.columns = width;
    while (fgets(line, sizeof line, file)) {
        assert_int_equal(table_split(line, fields), width);
        if ((t.rows + 1) * width > capacity) {
            capacity = 2 * (t.rows + 1) * width;
            t.cells = realloc(t.cells, capacity * sizeof *t.cells);
            assert_non_null(t.cells);
        }
        for (size_t c = 0; c < width; c++) {
            double x = *fields[c] ? strtod(fields[c], &end) : NAN;
            numeric[c] = numeric[c] && (!*fields[c] || !*end);
            if (x != 0 && x != 1)
                t.types[c] = WEIR_C;
            t.cells[t.rows * width + c] = x;
        }
        t.rows++;
    }
    fclose(file);
    for (size_t c = 0; c < width; c++) { /* drop text columns */
        if (!numeric[c])
            continue;
        memmove(t.names[kept], t.names[c], TABLE_NAME);
        t.types[kept] = t.types[c];
        for (size_t r = 0; r < t.rows; r++)
            t.cells[r * width + kept] = t.cells[r * width + c];
        kept++;
    }
    for (size_t r = 0; r < t.rows; r++)
        memmove(t.cells + r * kept, t.cells + r * width, kept * sizeof *t.cells);
    t.columns = kept;
    return t;
}

static inline void table_free(table *t)
{
    free(t->cells);
    *t = (table){0};
}

/* Rows from to to - 1, each cell times factor plus offset. With a factor other than 1 all columns become C. */
static inline weir_batch *table_batch(const table *t, size_t from, size_t to, double factor,
                                      double offset)
{
    weir_batch *batch = NULL;
    size_t column;

    assert_int_equal(weir_batch_new(to - from, &batch, NULL), WEIR_OK);
    for (size_t c = 0; c < t->columns; c++)
        assert_int_equal(weir_batch_add_column(batch, t->names[c], strlen(t->names[c]),
                                               factor == 1 ? t->types[c] : WEIR_C, &column, NULL),
                         WEIR_OK);
    for (size_t r = from; r < to; r++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        for (size_t c = 0; c < t->columns; c++)
            assert_int_equal(
                weir_batch_put_number(batch, c, table_at(t, r, c) * factor + offset, NULL),
                WEIR_OK);
        weir_batch_row_end(batch);
    }
    return batch;
}

static inline void table_learn(weir_summary *summary, const table *t, size_t from, size_t to)
{
    weir_batch *batch = table_batch(t, from, to, 1, 0);
    weir_error err = {0};

    if (weir_summary_absorb(summary, batch, 1, &err))
        fail_msg("%s", err.message);
    weir_batch_free(batch);
}

/* A summary with histograms of rows from to to - 1, learned in pieces of 37. */
static inline weir_summary *table_summary(const table *t, size_t from, size_t to)
{
    weir_summary *summary = NULL;

    assert_int_equal(weir_summary_new(&(weir_summary_options){.histograms = true}, &summary, NULL),
                     WEIR_OK);
    for (size_t at = from; at < to; at += 37)
        table_learn(summary, t, at, at + 37 < to ? at + 37 : to);
    return summary;
}

/* The attribute of this name. */
static inline size_t table_id(const weir_summary *summary, const char *name)
{
    size_t id = weir_schema_find(weir_summary_schema(summary), name, strlen(name));

    assert_true(id != WEIR_NONE);
    return id;
}

/* Reads the expected numbers of a case, one a line. */
static inline double table_expected(FILE *file)
{
    double x;

    assert_int_equal(fscanf(file, "%la\n", &x), 1);
    return x;
}

#endif
