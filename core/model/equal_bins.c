/* equal_bins.c: the histogram of HBOS [1] with the details of PyOD's implementation.
 *
 * Bins are cut as numpy does: edges at equal steps from the least to the greatest value (half a unit to both sides when
 * these are one), a value on an inner edge counted in the bin above it. Scoring is PyOD's: a value on an inner edge is
 * looked up in the bin below it; a value outside by at most half a bin takes the bin at the end, one further out the
 * worst score there is. The score of a bin is -log2(density + 0.1), the density counting per unit of the attribute,
 * so that, unlike the smoothed form, it depends on the unit.
 *
 * Each fine bin of the summary is placed at its mean: exact while a fine bin holds one value.
 *
 * [1] M. Goldstein, A. Dengel: Histogram-Based Outlier Score (HBOS): A Fast Unsupervised Anomaly Detection Algorithm.
 *     KI-2012 Poster and Demo Track, 2012.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/equal_bins.h"

#include <math.h>

#include "weir/memory.h"

static const double ALPHA = 0.1; /* added to a density before the logarithm */
static const double SLACK = 0.5; /* widths of a bin by which a value may lie outside */

static weir_code allocate(equal_bins *bins, size_t count, weir_error *err)
{
    bins->edges = weir_malloc((count + 1) * sizeof *bins->edges);
    bins->scores = weir_calloc(count, sizeof *bins->scores);
    if (!bins->edges || !bins->scores) {
        equal_bins_free(bins);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", count);
    }
    bins->count = count;
    return WEIR_OK;
}

/* The number of edges below x, which is x's bin + 1 when bins are closed on the right. */
static size_t edges_below(const equal_bins *bins, double x)
{
    size_t low = 0;

    for (size_t count = bins->count + 1; count > 0;) {
        size_t half = count / 2;
        bool right = bins->edges[low + half] < x;
        low += right ? half + 1 : 0;
        count = right ? count - half - 1 : half;
    }
    return low;
}

static void set_worst(equal_bins *bins)
{
    bins->worst = bins->count ? bins->scores[0] : 0;
    for (size_t i = 1; i < bins->count; i++)
        bins->worst = fmax(bins->worst, bins->scores[i]);
}

weir_code equal_bins_cut(const model_bins *from, size_t count, equal_bins *out, weir_error *err)
{
    *out = (equal_bins){0};
    if (from->count == 0)
        return WEIR_OK;
    weir_code code = allocate(out, count, err);
    if (code)
        return code;

    double least = from->bins[0].mean, greatest = from->bins[from->count - 1].mean;
    if (least == greatest) {
        least -= 0.5;
        greatest += 0.5;
    }
    double step = (greatest - least) / (double)count;
    for (size_t i = 0; i < count; i++)
        out->edges[i] = (double)i * step + least;
    out->edges[count] = greatest;
    for (size_t i = 0, at = 0; i < from->count; i++) { /* both ascend */
        while (at + 1 < count && out->edges[at + 1] <= from->bins[i].mean)
            at++;
        out->scores[at] += from->bins[i].count;
    }
    for (size_t i = 0; i < count; i++) {
        double density = out->scores[i] / (out->edges[i + 1] - out->edges[i]) / from->rows;
        /* Absurdly close values can leave a bin without width; numpy's 0 / 0 would be no score at all. */
        out->scores[i] = -log2((isfinite(density) ? density : 0) + ALPHA);
    }
    set_worst(out);
    return WEIR_OK;
}

double equal_bins_at(const equal_bins *bins, double x)
{
    const double *edges = bins->edges;
    const size_t n = bins->count;

    if (n == 0)
        return 0;
    size_t at = edges_below(bins, x);
    if (at == 0)
        return edges[0] - x <= (edges[1] - edges[0]) * SLACK ? bins->scores[0] : bins->worst;
    if (at == n + 1)
        return x - edges[n] <= (edges[n] - edges[n - 1]) * SLACK ? bins->scores[n - 1]
                                                                 : bins->worst;
    return bins->scores[at - 1];
}

void equal_bins_free(equal_bins *bins)
{
    weir_free(bins->edges);
    weir_free(bins->scores);
    *bins = (equal_bins){0};
}

/* u32 bins | f64 edges, one more | f64 scores */
void equal_bins_write(const equal_bins *bins, weir_bytes *out)
{
    weir_bytes_u32(out, (uint32_t)bins->count);
    for (size_t i = 0; bins->count && i <= bins->count; i++)
        weir_bytes_f64(out, bins->edges[i]);
    for (size_t i = 0; i < bins->count; i++)
        weir_bytes_f64(out, bins->scores[i]);
}

weir_code equal_bins_read(weir_reader *reader, equal_bins *out, weir_error *err)
{
    size_t count = weir_read_u32(reader);
    bool good = true;

    *out = (equal_bins){0};
    if (reader->failed || count > EQUAL_BINS_MAX ||
        (count && (2 * count + 1) * sizeof(double) > weir_reader_left(reader)))
        return weir_fail(err, WEIR_CORRUPT, "model: %zu bins of an attribute", count);
    if (count == 0)
        return WEIR_OK;
    weir_code code = allocate(out, count, err);
    if (code)
        return code;
    for (size_t i = 0; i <= count; i++) {
        out->edges[i] = weir_read_f64(reader);
        good = good && isfinite(out->edges[i]) && (i == 0 || out->edges[i] >= out->edges[i - 1]);
    }
    for (size_t i = 0; i < count; i++) {
        out->scores[i] = weir_read_f64(reader);
        good = good && isfinite(out->scores[i]);
    }
    if (!good) {
        equal_bins_free(out);
        return weir_fail(err, WEIR_CORRUPT, "model: the bins of an attribute are not valid");
    }
    set_worst(out);
    return WEIR_OK;
}
