/* density.c: a histogram with equal bins, cut from the fine one when it is asked for.
 *
 * A value v counts in bin min(bins - 1, floor((v - min) / width)); the last bin is closed on both sides, and what lies
 * outside a range that was asked for is dropped. A fine bin is placed at its mean, which is exact while it holds one
 * value; fine bins are far narrower than those anyone looks at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/explore.h"

#include <math.h>
#include <stdio.h>

#include "weir/memory.h"

enum { MOST_BINS = 65536 };

/* What cannot be shown is an entry that says why, not a failed call. */
static weir_code refuse(weir_density *out, const char *why)
{
    *out = (weir_density){0};
    snprintf(out->error, sizeof out->error, "%s", why);
    return WEIR_OK;
}

/* Fills in the ends that were not given. False when there is nothing to take them from. */
static bool set_range(const weir_summary *summary, size_t id, weir_density *out)
{
    weir_moments moments;

    if (weir_schema_at(weir_summary_schema(summary), id)->type == WEIR_B) {
        out->min = isnan(out->min) ? 0 : out->min;
        out->max = isnan(out->max) ? 1 : out->max;
        return true;
    }
    weir_summary_moments(summary, id, &moments);
    out->min = isnan(out->min) ? moments.min : out->min;
    out->max = isnan(out->max) ? moments.max : out->max;
    return isfinite(out->min) && isfinite(out->max);
}

static void count_bins(const weir_bin *fine, size_t n, weir_density *out)
{
    for (size_t i = 0; i < n; i++) {
        double v = fine[i].mean;
        if (v < out->min || v > out->max)
            continue;
        double place = out->width > 0 ? floor((v - out->min) / out->width) : 0;
        size_t bin = place < (double)(out->bins - 1) ? (size_t)place : out->bins - 1;
        out->counts[bin] += fine[i].count > 0 ? fine[i].count : 0;
    }
}

weir_code weir_density_estimate(const weir_summary *summary, size_t id, size_t bins, double min,
                                double max, weir_density *out, weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(summary);
    weir_bin *fine = NULL;

    *out = (weir_density){.min = min, .max = max};
    if (bins < 1 || bins > MOST_BINS)
        return weir_fail(err, WEIR_INVALID, "hist_bins is %zu; it is a whole number from 1 to %d",
                         bins, MOST_BINS);
    if (id >= weir_schema_size(schema))
        return refuse(out, "the attribute is not known");
    if (weir_schema_at(schema, id)->slot == WEIR_NONE)
        return refuse(out, "the attribute has no statistics: its type is not C or B");
    const weir_histogram *histogram = weir_summary_histogram(summary, id);
    if (!histogram)
        return refuse(out, "histograms are not enabled");
    if (!set_range(summary, id, out))
        return refuse(out, "the attribute has no values yet");
    if (!isfinite(out->max - out->min) || out->min > out->max) {
        double low = out->min, high = out->max;
        *out = (weir_density){0};
        return weir_fail(err, WEIR_INVALID, "hist_min is %g and hist_max is %g", low, high);
    }
    size_t size = weir_histogram_size(histogram);
    fine = weir_malloc((size ? size : 1) * sizeof *fine);
    out->counts = weir_calloc(bins, sizeof *out->counts);
    if (!fine || !out->counts) {
        weir_free(fine);
        weir_density_free(out);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", bins);
    }
    out->bins = bins;
    out->width = (out->max - out->min) / (double)bins;
    count_bins(fine, weir_histogram_bins(histogram, fine), out);
    weir_free(fine);
    return WEIR_OK;
}

void weir_density_free(weir_density *density)
{
    if (!density)
        return;
    weir_free(density->counts);
    *density = (weir_density){0};
}
