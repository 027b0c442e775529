/* rows_for_test.h: random rows, and batches made of any of them in any order. For the tests of core/summary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_ROWS_FOR_TEST_H
#define CORE_SUMMARY_ROWS_FOR_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/memory.h"
#include "weir/summary.h"

enum { MOST_COLUMNS = 80, WORDS = 6 };

/* xorshift64*: the same rows on every machine. */
typedef struct {
    uint64_t state;
} randoms;

static inline uint64_t random_bits(randoms *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * UINT64_C(2685821657736338717);
}

static inline size_t below(randoms *r, size_t n)
{
    return (size_t)(random_bits(r) >> 33) % n;
}

static inline double uniform(randoms *r)
{
    return (double)(random_bits(r) >> 11) * 0x1p-53;
}

typedef struct {
    bool present;
    bool number; /* in a B column: a batch that has this cell sends the column as C */
    double value;
    int word;
} cell;

typedef struct {
    cell cells[MOST_COLUMNS];
} row_cells;

typedef struct {
    size_t columns, count;
    weir_type types[MOST_COLUMNS];
    double centre[MOST_COLUMNS], spread[MOST_COLUMNS], gaps[MOST_COLUMNS];
    double wider[MOST_COLUMNS]; /* of a B column: the share of cells that are sent as numbers */
    row_cells *rows;
} row_table;

static const char *const words[WORDS] = {"red", "green",   "$",
                                         "a$b", "(other)", "\xc3\xa9t\xc3\xa9"};

/* What a continuous cell can be: mostly ordinary, some on a coarse grid, some absurd. */
static inline double random_value(randoms *r, double centre, double spread)
{
    switch (below(r, 40)) {
    case 0:
        return 1e75 * (uniform(r) - 0.5);
    case 1:
        return 5e-324;
    case 2:
        return 0;
    case 3:
        return 1e-70 * uniform(r);
    default:
        return spread == 0 ? floor(8 * uniform(r)) : centre + spread * (uniform(r) - 0.5);
    }
}

static inline cell random_cell(randoms *r, const row_table *t, size_t column)
{
    cell c = {.present = uniform(r) >= t->gaps[column]};

    if (!c.present)
        return c;
    if (t->types[column] == WEIR_C)
        c.value = random_value(r, t->centre[column], t->spread[column]);
    else if (t->types[column] == WEIR_B) {
        c.number = uniform(r) < t->wider[column];
        c.value = c.number && below(r, 2) ? floor(9 * uniform(r)) - 4 : uniform(r) < 0.3;
    } else
        c.word = (int)below(r, WORDS);
    return c;
}

static inline row_table random_table(randoms *r, size_t columns, size_t count, bool gaps)
{
    static const weir_type kinds[] = {WEIR_C, WEIR_C, WEIR_C, WEIR_C, WEIR_B, WEIR_T};
    static const double centres[] = {0, 0, 5, -3e8, 1e-20, 1e40};
    row_table t = {.columns = columns, .count = count, .rows = calloc(count, sizeof(row_cells))};

    for (size_t i = 0; i < columns; i++) {
        t.types[i] = kinds[below(r, 6)];
        t.centre[i] = centres[below(r, 6)];
        t.spread[i] = below(r, 3) == 0 ? 0 : 1;
        t.gaps[i] = gaps && below(r, 2) ? 0.3 : 0;
        if (gaps && below(r, 5) == 0)
            t.gaps[i] = 0.97; /* seen by few parts, or by none */
    }
    for (size_t i = 0; i < columns; i++)
        t.wider[i] = below(r, 3) == 0 ? 0.05 : 0;
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < columns; i++)
            t.rows[k].cells[i] = random_cell(r, &t, i);
    return t;
}

static inline void check_ok(weir_code code, const weir_error *err)
{
    if (code)
        fail_msg("%s: %s", weir_code_name(code), err->message);
}

static inline void put_cell(weir_batch *batch, size_t column, weir_type type, const cell *c)
{
    weir_error err;

    if (!c->present)
        return;
    if (type == WEIR_T)
        check_ok(weir_batch_put_text(batch, column, words[c->word], strlen(words[c->word]), &err),
                 &err);
    else
        check_ok(weir_batch_put_number(batch, column, c->value, &err), &err);
}

/* The type under which these rows send a column; X when none of them has a cell. */
static inline weir_type type_in(const row_table *t, const size_t *order, size_t n, size_t column)
{
    weir_type type = WEIR_X;

    for (size_t k = 0; k < n; k++) {
        const cell *c = &t->rows[order[k]].cells[column];

        if (c->present && type != WEIR_C)
            type = c->number ? WEIR_C : t->types[column];
    }
    return type;
}

/* The rows order[0 .. n) as a batch. Columns without a cell in them are left out. */
static inline weir_batch *batch_of(const row_table *t, const size_t *order, size_t n)
{
    weir_batch *batch = NULL;
    weir_error err;
    size_t at[MOST_COLUMNS];

    check_ok(weir_batch_new(n, &batch, &err), &err);
    for (size_t i = 0; i < t->columns; i++) {
        weir_type type = type_in(t, order, n, i);
        char name[32];

        at[i] = WEIR_NONE;
        if (type == WEIR_X)
            continue;
        snprintf(name, sizeof name, "c%zu", i);
        check_ok(weir_batch_add_column(batch, name, strlen(name), type, &at[i], &err), &err);
    }
    for (size_t k = 0; k < n; k++) {
        check_ok(weir_batch_row_begin(batch, &err), &err);
        for (size_t i = 0; i < t->columns; i++)
            if (at[i] != WEIR_NONE)
                put_cell(batch, at[i], t->types[i], &t->rows[order[k]].cells[i]);
        weir_batch_row_end(batch);
    }
    return batch;
}

static inline void shuffle(randoms *r, size_t *order, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = below(r, i), swap = order[k];

        order[k] = order[i - 1];
        order[i - 1] = swap;
    }
}

static inline weir_summary *empty_summary(bool histograms, weir_precision precision)
{
    weir_summary_options options = {.histograms = histograms, .precision = precision};
    weir_summary *summary = NULL;
    weir_error err;

    check_ok(weir_summary_new(&options, &summary, &err), &err);
    return summary;
}

/* Absorbs rows order[0 .. n) in batches of at most `most` rows. */
static inline void absorb_rows(weir_summary *summary, const row_table *t, const size_t *order,
                               size_t n, size_t most, double sign)
{
    for (size_t at = 0; at < n; at += most) {
        weir_error err;
        weir_batch *batch = batch_of(t, order + at, n - at < most ? n - at : most);

        check_ok(weir_summary_absorb(summary, batch, sign, &err), &err);
        weir_batch_free(batch);
    }
}

static inline void check_equal(const char *law, uint64_t seed, const weir_summary *a,
                               const weir_summary *b)
{
    weir_error why = {0};

    if (!weir_summary_equal(a, b, &why))
        fail_msg("%s (case %llu): %s", law, (unsigned long long)seed, why.message);
}

static inline weir_bytes saved(const weir_summary *summary)
{
    weir_bytes bytes = {0};
    weir_error err;

    check_ok(weir_summary_save(summary, &bytes, &err), &err);
    return bytes;
}

#endif
