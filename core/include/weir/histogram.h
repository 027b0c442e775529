/* histogram.h: the distribution of one attribute as sparse bins on multiples of a power of two.
 *
 * As docs/how-it-works.md tells ("Distributions"): each bin is the largest multiple of 2^k at or below x, with a
 * signed count and a sum; where the spacing of doubles at x is wider than 2^k, x is its own bin; a bin that holds
 * one distinct value keeps that value. k starts where every value is its own bin and is always the least at which
 * at most WEIR_HISTOGRAM_BINS bins are occupied: so order, splits and merges give the same bins. After a subtraction
 * k stays. Bins whose count returns to exactly 0 with no sum left are dropped when saved and when read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_HISTOGRAM_H
#define WEIR_HISTOGRAM_H

#include "weir/bytes.h"

#define WEIR_HISTOGRAM_BINS 4096
#define WEIR_HISTOGRAM_LEAST 0x1p-40 /* rows; what scaling leaves below this is nothing */

typedef struct weir_histogram weir_histogram;

typedef struct {
    double left;  /* the lower edge: x itself for a bin of its own */
    double right; /* the upper edge, excluded; nextafter(left) for a bin of its own */
    double count; /* signed; fractional after scaling */
    double sum;   /* of the values */
    double mean;  /* the value itself while single, else sum / count kept within [left, right) */
    bool single;  /* every value in it was the same double */
} weir_bin;

weir_code weir_histogram_new(weir_histogram **out, weir_error *err);
weir_code weir_histogram_copy(const weir_histogram *histogram, weir_histogram **out,
                              weir_error *err);
void weir_histogram_free(weir_histogram *histogram);

/* Takes in n values each with weight (1 to learn, -1 to forget); present NULL: all. Values are finite. Fails only
 * for want of memory, and then as a whole: the histogram is as it was. */
weir_code weir_histogram_add(weir_histogram *histogram, const double *values,
                             const uint8_t *present, size_t n, double weight, weir_error *err);
/* Makes room for what other has, so that merging it cannot fail; other NULL: for adding one value. */
weir_code weir_histogram_reserve(weir_histogram *histogram, const weir_histogram *other,
                                 weir_error *err);
/* into += sign * other. Two grids meet at the coarser one (or coarser still, to keep within the bins). All or nothing. */
weir_code weir_histogram_merge(weir_histogram *into, const weir_histogram *other, double sign,
                               weir_error *err);
/* Counts and sums times weight. A bin of which less than WEIR_HISTOGRAM_LEAST rows is left is dropped: a stream that
 * moves along would otherwise keep a bin for every value it ever had. k stays. */
void weir_histogram_scale(weir_histogram *histogram, double weight);
/* Adds count zeros: the back-filling of a category value that was first seen late. */
weir_code weir_histogram_add_zeros(weir_histogram *histogram, double count, weir_error *err);

size_t weir_histogram_size(const weir_histogram *histogram);  /* occupied bins */
double weir_histogram_count(const weir_histogram *histogram); /* rows: the counts of all bins */
/* As new: no bin has anything in it, and the grid was never made coarser. */
bool weir_histogram_blank(const weir_histogram *histogram);
int weir_histogram_exponent(
    const weir_histogram *histogram); /* k; INT_MIN while every value is its own bin */
bool weir_histogram_exact(
    const weir_histogram *histogram); /* every bin single: quantiles are those of the rows */
/* Writes the occupied bins (count != 0), ascending by left, to out (room for weir_histogram_size()); returns how many. */
size_t weir_histogram_bins(const weir_histogram *histogram, weir_bin *out);
/* Least and greatest bin mean with a positive count; false when empty. Exact while exact. */
bool weir_histogram_range(const weir_histogram *histogram, double *least, double *greatest);
/* numpy's "linear" quantile rule over the bin means repeated by count; NaN while empty. */
double weir_histogram_quantile(const weir_histogram *histogram, double p);
/* The same rule over bins as weir_histogram_bins() wrote them: for a reader who asks several quantiles at once. */
double weir_bins_quantile(const weir_bin *bins, size_t n, double p);
/* The bin that holds the row at rank p (rows - 1); NULL while empty. */
const weir_bin *weir_bins_at(const weir_bin *bins, size_t n, double p);
/* Bytes held. */
size_t weir_histogram_memory(const weir_histogram *histogram);
/* The laws' equality: the same bins once both are at the coarser grid, counts exactly, sums within 2^-96 of the sum
 * of absolute terms. why (NULL allowed) says what differs. */
bool weir_histogram_equal(const weir_histogram *a, const weir_histogram *b, weir_error *why);
/* The same, but counts may differ by a share of all rows counted: what scaling rounds. */
bool weir_histogram_near(const weir_histogram *a, const weir_histogram *b, double share,
                         weir_error *why);

/* A canonical state as bytes (bins sorted), to be put into a section; and back, with every invariant checked. */
void weir_histogram_write(const weir_histogram *histogram, weir_bytes *out);
weir_code weir_histogram_read(weir_reader *reader, weir_histogram **out, weir_error *err);

#endif
