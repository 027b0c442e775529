/* density.c: a histogram with equal bins, cut from the fine one when it is asked for.
 *
 * A value v counts in bin min(bins - 1, floor((v - min) / width)); the last bin is closed on both sides, and what lies
 * outside a range that was asked for is dropped. A fine bin is placed at its mean, which is exact while it holds one
 * value; fine bins are far narrower than those anyone looks at.
 *
 * Of the rows in which a binary attribute is 1 there is a histogram of its own where the project keeps such; the rest
 * of the rows are those of the attribute less these.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/explore.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "weir/memory.h"

enum { MOST_BINS = 65536 };

const weir_option weir_density_options[] = {
    {.name = "hist_bins",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(weir_density_wanted, bins),
     .least = 1,
     .greatest = MOST_BINS,
     .fallback = "",
     .required = true,
     .help = "How many bins."},
    {.name = "hist_min",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(weir_density_wanted, min),
     .least = -DBL_MAX,
     .greatest = DBL_MAX,
     .fallback = "",
     .help = "Where the first bin begins; not given: at the least value."},
    {.name = "hist_max",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(weir_density_wanted, max),
     .least = -DBL_MAX,
     .greatest = DBL_MAX,
     .fallback = "",
     .help = "Where the last bin ends; not given: at the greatest value."},
    {.name = "hist_complement",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(weir_density_wanted, complement),
     .fallback = "false",
     .help = "true: given a condition, also of the rows in which it does not hold."},
    {0},
};

static const weir_metric_key density_keys[] = {
    {"min", "Where the first bin begins."},
    {"max", "Where the last bin ends; the last bin holds it too."},
    {"width", "Of each bin."},
    {"histogram", "Rows in each bin."},
    {0},
};

static const weir_shape density_shapes[] = {
    {.title = "Attributes",
     .inputs = {{WEIR_TAKES_C | WEIR_TAKES_B | WEIR_TAKES_T, 1, 0, "Attributes"}}},
    {0},
};

static const weir_shape conditional_shapes[] = {
    {.title = "Condition and target",
     .inputs = {{WEIR_TAKES_B | WEIR_TAKES_T, 1, 1, "Condition"},
                {WEIR_TAKES_C | WEIR_TAKES_B | WEIR_TAKES_T, 1, 0, "Target"}}},
    {0},
};

const weir_density_call weir_density_calls[] = {
    {"densityEstimate", "Density", "A histogram with equal bins.", density_shapes, density_keys},
    {"conditionalDensityEstimate", "Conditional density",
     "A histogram of the rows in which a binary attribute is 1.", conditional_shapes, density_keys},
    {0},
};

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

/* Adds the rows of a histogram, times sign, to the bins that they fall into. */
static weir_code count_rows(const weir_histogram *histogram, double sign, weir_density *out,
                            weir_error *err)
{
    const size_t size = weir_histogram_size(histogram);
    weir_bin *fine = weir_malloc((size + 1) * sizeof *fine);

    if (!fine)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", size);
    const size_t n = weir_histogram_bins(histogram, fine);
    for (size_t i = 0; i < n; i++) {
        double v = fine[i].mean;
        if (v < out->min || v > out->max || !(fine[i].count > 0))
            continue;
        double place = out->width > 0 ? floor((v - out->min) / out->width) : 0;
        size_t bin = place < (double)(out->bins - 1) ? (size_t)place : out->bins - 1;
        out->counts[bin] += sign * fine[i].count;
    }
    weir_free(fine);
    return WEIR_OK;
}

/* The equal bins of an attribute, over the range asked for or its own: rows of all less rows of some, either of which
 * may be NULL. */
static weir_code cut(const weir_summary *summary, size_t id, const weir_histogram *all,
                     const weir_histogram *some, size_t bins, weir_density *out, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (!set_range(summary, id, out))
        return refuse(out, "the attribute has no values yet");
    if (!isfinite(out->max - out->min) || out->min > out->max) {
        double low = out->min, high = out->max;
        *out = (weir_density){0};
        return weir_fail(err, WEIR_INVALID, "hist_min is %g and hist_max is %g", low, high);
    }
    if (!(out->counts = weir_calloc(bins, sizeof *out->counts)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", bins);
    out->bins = bins;
    out->width = (out->max - out->min) / (double)bins;
    if ((all && (code = count_rows(all, 1, out, err))) ||
        (some && (code = count_rows(some, -1, out, err)))) {
        weir_density_free(out);
        return code;
    }
    for (size_t i = 0; i < bins; i++)
        out->counts[i] = fmax(0, out->counts[i]);
    return WEIR_OK;
}

static weir_code check_bins(size_t bins, weir_error *err)
{
    if (bins < 1 || bins > MOST_BINS)
        return weir_fail(err, WEIR_INVALID, "hist_bins is %zu; it is a whole number from 1 to %d",
                         bins, MOST_BINS);
    return WEIR_OK;
}

/* Why an attribute has no histogram, or NULL. */
static const char *fault_of(const weir_summary *summary, size_t id)
{
    const weir_schema *schema = weir_summary_schema(summary);

    if (id >= weir_schema_size(schema))
        return "the attribute is not known";
    if (weir_schema_at(schema, id)->slot == WEIR_NONE)
        return "the attribute has no statistics: its type is not C or B";
    return weir_summary_histogram(summary, id) ? NULL : "histograms are not enabled";
}

weir_code weir_density_estimate(const weir_summary *summary, size_t id, size_t bins, double min,
                                double max, weir_density *out, weir_error *err)
{
    weir_code code = check_bins(bins, err);

    *out = (weir_density){.min = min, .max = max};
    if (code)
        return code;
    const char *fault = fault_of(summary, id);
    if (fault)
        return refuse(out, fault);
    return cut(summary, id, weir_summary_histogram(summary, id), NULL, bins, out, err);
}

/* Why there is no histogram of target given a value of condition, or NULL. */
static const char *conditional_fault_of(const weir_summary *summary, size_t target,
                                        size_t condition, bool value)
{
    const weir_schema *schema = weir_summary_schema(summary);
    const char *fault = fault_of(summary, target);
    weir_moments moments;
    weir_pair pair;

    if (fault)
        return fault;
    if (condition >= weir_schema_size(schema))
        return "the condition is not known";
    if (weir_schema_at(schema, condition)->type != WEIR_B)
        return "the condition is not binary";
    if (!weir_summary_has_conditional(summary))
        return "conditional histograms are not kept; a project made with "
               "sml_project_conditional_histogram=true keeps them";
    if (value)
        return NULL;
    weir_summary_moments(summary, target, &moments);
    weir_summary_pair(summary, target, condition, &pair);
    return pair.count == moments.count ? NULL : "some rows do not have the condition at all";
}

weir_code weir_density_conditional(const weir_summary *summary, size_t target, size_t condition,
                                   bool value, size_t bins, double min, double max,
                                   weir_density *out, weir_error *err)
{
    weir_code code = check_bins(bins, err);

    *out = (weir_density){.min = min, .max = max};
    if (code)
        return code;
    const char *fault = conditional_fault_of(summary, target, condition, value);
    if (fault)
        return refuse(out, fault);
    const weir_histogram *given = weir_summary_conditional(summary, target, condition);
    return value ? cut(summary, target, given, NULL, bins, out, err)
                 : cut(summary, target, weir_summary_histogram(summary, target), given, bins, out,
                       err);
}

void weir_density_free(weir_density *density)
{
    if (!density)
        return;
    weir_free(density->counts);
    *density = (weir_density){0};
}
