/* tails.c: empirical tails of one attribute with all logarithms taken beforehand.
 *
 * A tail counts the rows at or beyond a value, the value's own row among them, so that no tail is empty. A row that is
 * not among the rows is treated as if it had just been added: c rows become (c + 1) / (n + 1). A value inside a bin
 * of several values counts the whole bin in both tails, which errs on the side of "usual"; interpolating in the bin
 * would tear apart rows that are equal.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/tails.h"

#include <math.h>

#include "model/search.h"
#include "weir/memory.h"

static weir_code allocate(tails *t, size_t count, weir_error *err)
{
    t->nodes = weir_malloc((count ? count : 1) * sizeof *t->nodes);
    t->from = weir_malloc((count ? count : 1) * sizeof *t->from);
    t->left = weir_malloc((count + 1) * sizeof *t->left);
    t->right = weir_malloc((count + 1) * sizeof *t->right);
    if (!t->nodes || !t->from || !t->left || !t->right) {
        tails_free(t);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", count);
    }
    t->count = count;
    return WEIR_OK;
}

/* Fills left and right from the counts. */
static void take_logarithms(tails *t, bool learned)
{
    const double more = learned ? 0 : 1;
    double below = 0, above = 0;

    for (size_t i = 0; i < t->count; i++) {
        t->from[i] = t->nodes[i].from;
        above += t->nodes[i].count;
    }
    t->rows = above;
    double whole = fmax(t->rows + more, 1);
    for (size_t i = 0; i <= t->count; i++) {
        /* A learned row has at least itself in each tail; only a value never learned finds less. */
        t->left[i] = -log(fmax(below + more, 1) / whole);
        t->right[i] = -log(fmax(above + more, 1) / whole);
        if (i < t->count) {
            below += t->nodes[i].count;
            above = i + 1 < t->count ? t->rows - below : 0;
        }
    }
}

/* What tails_skew() needs, once a model. */
static void take_shape(tails *t)
{
    const double n = t->shape.count, mean = t->shape.mean;
    const double variance = n > 0 ? t->shape.m2 / n : 0;
    const bool varies = variance > 1e-30 * mean * mean;

    t->share = 1 / (n + 1);
    t->scale = variance > 0 ? 1 / sqrt(variance) : 1;
    if (!isfinite(t->scale))
        t->scale = 1;
    t->unit_m2 = t->shape.m2 * t->scale * t->scale;
    t->unit_m3 = t->shape.m3 * t->scale * t->scale * t->scale;
    double skewness = varies ? t->unit_m3 / n : 0;
    t->skew = fabs(skewness) < 1e-13 ? 0 : skewness < 0 ? -1 : 1;
}

/* The histogram may have been switched on later than the moments: then the shape comes from its bins. */
static tail_shape shape_of(const model_bins *from, const weir_moments *moments)
{
    tail_shape shape = {moments->count, moments->mean, moments->m2, moments->m3};

    if (moments->count == from->rows || from->count == 0)
        return shape;
    shape = (tail_shape){.count = from->rows};
    for (size_t i = 0; i < from->count; i++)
        shape.mean += from->bins[i].mean * (from->bins[i].count / from->rows);
    for (size_t i = 0; i < from->count; i++) {
        double d = from->bins[i].mean - shape.mean;
        shape.m2 += from->bins[i].count * d * d;
        shape.m3 += from->bins[i].count * d * d * d;
    }
    return shape;
}

weir_code tails_cut(const model_bins *from, const weir_moments *moments, bool learned, tails *out,
                    weir_error *err)
{
    *out = (tails){0};
    weir_code code = allocate(out, from->count, err);
    if (code)
        return code;
    for (size_t i = 0; i < from->count; i++) {
        const weir_bin *bin = &from->bins[i];
        out->nodes[i] = (tail_node){bin->single ? bin->mean : bin->left,
                                    bin->single ? bin->mean : bin->right, bin->count};
    }
    out->shape = shape_of(from, moments);
    take_shape(out);
    take_logarithms(out, learned);
    return WEIR_OK;
}

void tails_free(tails *t)
{
    weir_free(t->nodes);
    weir_free(t->from);
    weir_free(t->left);
    weir_free(t->right);
    *t = (tails){0};
}

void tails_at(const tails *t, double x, double *left, double *right)
{
    size_t low = search_upto(t->from, t->count, x); /* the nodes that begin at or below x */
    bool inside = low && (x == t->nodes[low - 1].from || x < t->nodes[low - 1].to);

    *left = t->left[low];
    *right = t->right[low - inside];
}

/* Pebay's update of the third moment by one row, in units in which the variance is 1: no roots and no divisions a row.
 * scipy calls values equal to 15 digits constant; and a symmetric attribute is to have no skewness, whatever the
 * rounding of its third moment says. */
int tails_skew(const tails *t, double x, bool learned)
{
    const double n = t->shape.count;

    if (!(n > 0))
        return 0;
    if (learned)
        return t->skew;
    double shift = x - t->shape.mean, d = shift * t->scale, mean = t->shape.mean + shift * t->share;
    double m2 = t->unit_m2 + d * d * (n * t->share);
    double m3 =
        t->unit_m3 + d * (d * d * (n * (n - 1) * t->share * t->share) - 3 * t->unit_m2 * t->share);
    double steps = mean * t->scale * 1e-15;
    if (m2 * t->share <= steps * steps || m3 * m3 * (n + 1) < 1e-26 * m2 * m2 * m2)
        return 0;
    return m3 < 0 ? -1 : m3 > 0;
}

/* f64 count | f64 mean | f64 m2 | f64 m3 | u32 nodes | per node f64 from | f64 to | f64 count */

enum { NODE_BYTES = 24 };

void tails_write(const tails *t, weir_bytes *out)
{
    weir_bytes_f64(out, t->shape.count);
    weir_bytes_f64(out, t->shape.mean);
    weir_bytes_f64(out, t->shape.m2);
    weir_bytes_f64(out, t->shape.m3);
    weir_bytes_u32(out, (uint32_t)t->count);
    for (size_t i = 0; i < t->count; i++) {
        weir_bytes_f64(out, t->nodes[i].from);
        weir_bytes_f64(out, t->nodes[i].to);
        weir_bytes_f64(out, t->nodes[i].count);
    }
}

static bool node_valid(const tail_node *nodes, size_t i)
{
    const tail_node *n = &nodes[i];

    return isfinite(n->from) && isfinite(n->to) && n->to >= n->from && isfinite(n->count) &&
           n->count > 0 && (i == 0 || (n->from > n[-1].from && n->from >= n[-1].to));
}

weir_code tails_read(weir_reader *reader, bool learned, tails *out, weir_error *err)
{
    tail_shape shape;

    *out = (tails){0};
    shape.count = weir_read_f64(reader);
    shape.mean = weir_read_f64(reader);
    shape.m2 = weir_read_f64(reader);
    shape.m3 = weir_read_f64(reader);
    size_t count = weir_read_u32(reader);
    bool empty = !(shape.count > 0);
    if (reader->failed || count > WEIR_HISTOGRAM_BINS ||
        count * NODE_BYTES > weir_reader_left(reader) || !isfinite(shape.count) ||
        (!empty && (!isfinite(shape.mean) || !isfinite(shape.m2) || !isfinite(shape.m3))))
        return weir_fail(err, WEIR_CORRUPT, "model: %zu bins of an attribute", count);
    weir_code code = allocate(out, count, err);
    if (code)
        return code;
    for (size_t i = 0; i < count; i++) {
        out->nodes[i].from = weir_read_f64(reader);
        out->nodes[i].to = weir_read_f64(reader);
        out->nodes[i].count = weir_read_f64(reader);
        if (!node_valid(out->nodes, i)) {
            tails_free(out);
            return weir_fail(err, WEIR_CORRUPT, "model: bin %zu of %zu is not valid", i, count);
        }
    }
    out->shape = shape;
    take_shape(out);
    take_logarithms(out, learned);
    if (!isfinite(out->rows)) {
        tails_free(out);
        return weir_fail(err, WEIR_CORRUPT,
                         "model: the bins of an attribute hold no number of rows");
    }
    return WEIR_OK;
}
