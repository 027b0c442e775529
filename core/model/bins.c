/* bins.c: bins with a positive count; what forgetting left at or below zero counts as empty.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/bins.h"

#include "weir/memory.h"

weir_code model_bins_read(const weir_summary *summary, size_t id, model_bins *out, weir_error *err)
{
    const weir_histogram *histogram = weir_summary_histogram(summary, id);
    size_t size = histogram ? weir_histogram_size(histogram) : 0;

    *out = (model_bins){0};
    if (size == 0)
        return WEIR_OK;
    if (!(out->bins = weir_malloc(size * sizeof *out->bins)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", size);
    size = weir_histogram_bins(histogram, out->bins);
    for (size_t i = 0; i < size; i++)
        if (out->bins[i].count > 0) {
            out->rows += out->bins[i].count;
            out->bins[out->count++] = out->bins[i];
        }
    return WEIR_OK;
}

void model_bins_free(model_bins *bins)
{
    weir_free(bins->bins);
    *bins = (model_bins){0};
}
