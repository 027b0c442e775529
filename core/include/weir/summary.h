/* summary.h: the mergeable state of all rows seen, from which every statistic and every model is made.
 *
 * A summary is an element of an algebra; these laws are tested and everything else leans on them:
 *
 *     absorb(empty, rows split and ordered in any way) = absorb(empty, rows)
 *     merge(a, merge(b, c)) = merge(merge(a, b), c);  merge(a, empty) = a
 *     subtract(merge(a, b), b) = a
 *     load(save(a)) = a, and save gives the same bytes for the same state
 *     scale(merge(a, b), w) = merge(scale(a, w), scale(b, w))
 *
 * A column's type can widen: a B column that is sent as C, or merged with a C column, becomes C, whichever came first.
 * Everything that is kept of a C column follows exactly from what was kept of it as B. What only binary columns keep is
 * lost then: the sums of x^2 y of other columns x with it (weir_pair.sum_xxy with it as y is NaN), and the conditional
 * histograms given it. Values of a category never widen.
 *
 * Not safe for two threads at once, except that readers (const) may run side by side.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SUMMARY_H
#define WEIR_SUMMARY_H

#include "weir/batch.h"
#include "weir/ddsketch.h"
#include "weir/histogram.h"
#include "weir/schema.h"

typedef struct weir_summary weir_summary;

typedef enum {
    WEIR_PRECISION_AUTO =
        0, /* decided at the first batch: extended up to 64 C and B columns, else double */
    WEIR_PRECISION_EXTENDED = 1, /* double-double sums */
    WEIR_PRECISION_DOUBLE = 2,
} weir_precision;

/* Columns up to which conditional histograms are kept. */
#define WEIR_CONDITIONAL_COLUMNS 64

typedef struct {
    bool histograms;
    /* Beside each histogram also those over the rows in which each binary column is 1. Only while histograms are on,
     * and up to WEIR_CONDITIONAL_COLUMNS C and B columns: a batch that would make more is refused. */
    bool conditional;
    weir_precision precision;
    size_t max_attributes;      /* 0: 16384; a batch that would exceed it is refused whole */
    size_t max_category_values; /* a parent; 0: 1024; further values go to its (other) column */
} weir_summary_options;

weir_code weir_summary_new(const weir_summary_options *options, weir_summary **out,
                           weir_error *err);
weir_code weir_summary_copy(const weir_summary *summary, weir_summary **out, weir_error *err);
/* The same without histograms and sketches, which outweigh all else by far where they are kept. */
weir_code weir_summary_copy_sums(const weir_summary *summary, weir_summary **out, weir_error *err);
void weir_summary_free(weir_summary *summary); /* NULL is fine */

/* Says whether absorb would take this batch: types agree with the schema, limits hold. Changes nothing. */
weir_code weir_summary_check(const weir_summary *summary, const weir_batch *batch, weir_error *err);
/* Takes in the rows of a batch. sign is 1 to learn, -1 to forget. Refuses what check refuses, before any change;
 * after that only memory can fail (WEIR_NO_MEMORY; the summary is then as it was). */
weir_code weir_summary_absorb(weir_summary *summary, const weir_batch *batch, double sign,
                              weir_error *err);
/* Adds other to into, uniting attributes by name. WEIR_INVALID, and nothing changed, when types disagree. */
weir_code weir_summary_merge(weir_summary *into, const weir_summary *other, weir_error *err);
weir_code weir_summary_subtract(weir_summary *from, const weir_summary *other, weir_error *err);
/* Counts and sums times weight (0 to 1): yesterday counts less. */
weir_code weir_summary_scale(weir_summary *summary, double weight, weir_error *err);
/* Turns histograms and sketches on (they cover later rows only) or off (they are dropped). */
weir_code weir_summary_set_histograms(weir_summary *summary, bool on, weir_error *err);

weir_code weir_summary_save(const weir_summary *summary, weir_bytes *out, weir_error *err);
weir_code weir_summary_load(const void *data, size_t size, weir_summary **out, weir_error *err);

/* A copy that holds only the attributes named by ids, in that order, with their pair statistics and histograms: what
 * a reader takes under the project's lock. Category parents of chosen dynamic attributes come along. */
weir_code weir_summary_select(const weir_summary *summary, const size_t *ids, size_t count,
                              weir_summary **out, weir_error *err);
/* The same without histograms and sketches. */
weir_code weir_summary_select_sums(const weir_summary *summary, const size_t *ids, size_t count,
                                   weir_summary **out, weir_error *err);

/* Equality as the laws mean it: attributes by name in any order, all-zero extra ones ignored; counts and bins equal;
 * each sum within 2^-96 (extended) or n * 2^-50 (double) of the sum of the absolute terms that ever went through it.
 * why (NULL allowed) says what differs. */
bool weir_summary_equal(const weir_summary *a, const weir_summary *b, weir_error *why);

const weir_schema *weir_summary_schema(const weir_summary *summary);
double weir_summary_rows(const weir_summary *summary); /* rows absorbed less rows forgotten */
weir_precision weir_summary_precision(const weir_summary *summary);
bool weir_summary_has_histograms(const weir_summary *summary);
bool weir_summary_subtracted(
    const weir_summary *summary); /* something was forgotten: min and max are bounds */
size_t weir_summary_memory(const weir_summary *summary); /* bytes held */

/* The power sums of a C or B attribute, centred. All 0 (min, max NaN) for an empty or a statistics-less attribute. */
typedef struct {
    double count;      /* rows with this cell */
    double sum, mean;  /* sum of x; mean is NaN while count <= 0 */
    double m2, m3, m4; /* sums of (x - mean)^2, ^3, ^4; m2 and m4 are never negative */
    double min, max;
    bool extremes_are_bounds; /* something was forgotten since */
} weir_moments;
void weir_summary_moments(const weir_summary *summary, size_t id, weir_moments *out);

/* Two attributes over the rows in which both are present. */
typedef struct {
    double count;
    double mean_x, mean_y;
    double cxx, cyy, cxy;          /* centred sums */
    double sum_x, sum_y;           /* raw sums */
    double sum_xx, sum_yy, sum_xy; /* raw sums of products */
    double sum_xxy;                /* sum of x x y: exact where y or x is B; NaN where not kept */
    double sum_xxyy;               /* kept up to 64 columns; NaN otherwise */
} weir_pair;
void weir_summary_pair(const weir_summary *summary, size_t x, size_t y, weir_pair *out);

/* NULL when histograms are off or the attribute has no statistics. Borrowed until the next change. */
const weir_histogram *weir_summary_histogram(const weir_summary *summary, size_t id);
const weir_ddsketch *weir_summary_sketch(const weir_summary *summary, size_t id);
/* The histogram of target (C or B) over the rows in which binary (B, plain or dynamic) is 1; NULL while there is no
 * such row, when these are not kept, and when binary is not of type B. Borrowed until the next change. */
bool weir_summary_has_conditional(const weir_summary *summary);
const weir_histogram *weir_summary_conditional(const weir_summary *summary, size_t target,
                                               size_t binary);

#endif
