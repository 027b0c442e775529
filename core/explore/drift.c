/* drift.c: the metrics of drift, the pairing of attributes, and the comparison of histograms bin by bin.
 *
 * Two histograms may have grids of different width, 2^k and 2^l. As every bin of the finer one lies within one of the
 * coarser, both are read on the coarser; while both still hold every distinct value they are compared value by value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/drift.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "explore/drift_inside.h"
#include "explore/matrix.h"
#include "weir/memory.h"

const weir_drift_metric *const weir_drift_metrics[] = {
    &weir_drift_marginal_stat,
    &weir_drift_marginal_non_stat,
    &weir_drift_global,
    &weir_drift_pca,
    NULL,
};

const weir_drift_metric *weir_drift_find(const char *id)
{
    for (size_t i = 0; weir_drift_metrics[i]; i++)
        if (strcmp(weir_drift_metrics[i]->id, id) == 0)
            return weir_drift_metrics[i];
    return NULL;
}

/* --- attributes of both */

/* The attribute of wanted that is the same as one of given, or WEIR_NONE. */
static size_t same_attribute(const weir_schema *wanted, const weir_schema *given, size_t id)
{
    const weir_attribute *attribute = weir_schema_at(given, id);
    size_t found, parent;

    if (attribute->slot == WEIR_NONE)
        return WEIR_NONE;
    if (attribute->parent == WEIR_NONE) {
        found = weir_schema_find(wanted, attribute->name, strlen(attribute->name));
    } else {
        const char *name = weir_schema_parent_name(given, attribute->parent);

        parent = weir_schema_find_parent(wanted, name, strlen(name));
        if (parent == WEIR_NONE)
            return WEIR_NONE;
        found = attribute->other ? weir_schema_other(wanted, parent)
                                 : weir_schema_find_value(wanted, parent, attribute->value,
                                                          strlen(attribute->value));
    }
    if (found == WEIR_NONE || weir_schema_at(wanted, found)->slot == WEIR_NONE ||
        (weir_schema_at(wanted, found)->parent == WEIR_NONE) != (attribute->parent == WEIR_NONE))
        return WEIR_NONE;
    return found;
}

static weir_code check_rows(const weir_drift_pair *pair, weir_error *err)
{
    if (pair->count == 0)
        return weir_fail(err, WEIR_INVALID,
                         "baseline and analysis have no attribute of type C or B in common");
    if (!(weir_summary_rows(pair->baseline) > 0))
        return weir_fail(err, WEIR_INVALID, "the baseline of the drift has no rows");
    if (!(weir_summary_rows(pair->analysis) > 0))
        return weir_fail(err, WEIR_INVALID, "the data to analyse for drift have no rows");
    return WEIR_OK;
}

weir_code weir_drift(const weir_drift_metric *metric, const weir_summary *baseline,
                     const weir_summary *analysis, const weir_setting *settings,
                     size_t setting_count, weir_answer *answer, weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(baseline);
    const weir_schema *other = weir_summary_schema(analysis);
    const size_t size = weir_schema_size(schema);
    size_t *ids = weir_malloc((2 * size + 1) * sizeof *ids), count = 0;
    weir_code code = WEIR_OK;

    if (!ids)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu attributes", size);
    for (size_t i = 0; i < size; i++) {
        const size_t found = same_attribute(other, schema, i);

        if (found != WEIR_NONE) {
            ids[count] = i;
            ids[size + count++] = found;
        }
    }
    const weir_drift_pair pair = {
        .baseline = baseline,
        .analysis = analysis,
        .count = count,
        .of_baseline = ids,
        .of_analysis = ids + size,
        .question = {.settings = settings, .setting_count = setting_count},
    };
    if (!(code = check_rows(&pair, err)))
        code = metric->compare(&pair, answer, err);
    weir_free(ids);
    return code;
}

/* --- answers */

weir_code drift_put(const weir_drift_pair *pair, size_t i, const char *suffix, double value,
                    weir_answer *answer, weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(pair->baseline);
    char key[WEIR_NAME_MAX + WEIR_VALUE_MAX + 32];

    snprintf(key, sizeof key, "%s%s", weir_schema_at(schema, pair->of_baseline[i])->name, suffix);
    return weir_answer_put(answer, key, value, err);
}

weir_code drift_put_mean(const double *scores, size_t count, weir_answer *answer, weir_error *err)
{
    double sum = 0;
    size_t known = 0;

    for (size_t i = 0; i < count; i++)
        if (!isnan(scores[i])) {
            sum += scores[i];
            known++;
        }
    return weir_answer_put(answer, "driftScore", known > 0 ? sum / (double)known : NAN, err);
}

bool drift_is_binary(const weir_drift_pair *pair, size_t i)
{
    return weir_schema_at(weir_summary_schema(pair->baseline), pair->of_baseline[i])->type ==
               WEIR_B &&
           weir_schema_at(weir_summary_schema(pair->analysis), pair->of_analysis[i])->type ==
               WEIR_B;
}

/* --- histograms side by side */

/* The bin of x on a grid of multiples of 2^k; x itself where doubles lie further apart. */
static double grid_key(double x, int k)
{
    int exponent;

    frexp(x, &exponent);
    return k <= exponent - 53 ? x : ldexp(floor(ldexp(x, -k)), k);
}

/* Moves the bins to keys of the grid (or leaves them at their values) and joins those that meet; returns how many. */
static size_t read_bins(const weir_histogram *histogram, bool exact, int k, weir_bin *bins,
                        double *total)
{
    const size_t n = weir_histogram_bins(histogram, bins);
    size_t kept = 0;

    *total = 0;
    for (size_t i = 0; i < n; i++) {
        const double key = exact ? bins[i].mean : grid_key(bins[i].mean, k);

        if (!(bins[i].count > 0)) /* forgotten without having been there */
            continue;
        *total += bins[i].count;
        if (kept > 0 && bins[kept - 1].left == key)
            bins[kept - 1].count += bins[i].count;
        else
            bins[kept++] = (weir_bin){.left = key, .count = bins[i].count};
    }
    return kept;
}

static void join_bins(const weir_bin *a, size_t a_count, const weir_bin *b, size_t b_count,
                      drift_sides *out)
{
    size_t i = 0, j = 0;

    while (i < a_count || j < b_count) {
        const bool from_a = j == b_count || (i < a_count && a[i].left <= b[j].left);
        const bool from_b = i == a_count || (j < b_count && b[j].left <= a[i].left);
        drift_bin *bin = &out->bins[out->count++];

        bin->key = from_a ? a[i].left : b[j].left;
        bin->baseline = from_a ? a[i++].count : 0;
        bin->analysis = from_b ? b[j++].count : 0;
    }
}

weir_code drift_read_sides(const weir_drift_pair *pair, size_t i, drift_sides *out, weir_error *err)
{
    const weir_histogram *a = weir_summary_histogram(pair->baseline, pair->of_baseline[i]);
    const weir_histogram *b = weir_summary_histogram(pair->analysis, pair->of_analysis[i]);
    weir_bin *a_bins = NULL, *b_bins = NULL;
    weir_code code = WEIR_OK;

    *out = (drift_sides){0};
    if (!a || !b)
        return WEIR_OK;
    const size_t a_size = weir_histogram_size(a), b_size = weir_histogram_size(b);
    const bool exact = weir_histogram_exact(a) && weir_histogram_exact(b);
    const int a_k = weir_histogram_exponent(a), b_k = weir_histogram_exponent(b);
    a_bins = weir_malloc((a_size + 1) * sizeof *a_bins);
    b_bins = weir_malloc((b_size + 1) * sizeof *b_bins);
    out->bins = weir_malloc((a_size + b_size + 1) * sizeof *out->bins);
    if (!a_bins || !b_bins || !out->bins) {
        weir_free(out->bins);
        out->bins = NULL;
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", a_size + b_size);
        goto done;
    }
    const size_t a_count = read_bins(a, exact, a_k > b_k ? a_k : b_k, a_bins, &out->baseline);
    const size_t b_count = read_bins(b, exact, a_k > b_k ? a_k : b_k, b_bins, &out->analysis);
    if (a_count > 0 && b_count > 0)
        join_bins(a_bins, a_count, b_bins, b_count, out);
done:
    weir_free(a_bins);
    weir_free(b_bins);
    return code;
}
