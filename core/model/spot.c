/* spot.c: a threshold for a stream of scores by extreme value theory (SPOT [1]).
 *
 * Whatever the scores are, what lies beyond a high level t is near a generalised Pareto distribution (pareto.c). So
 * after a warm-up t is set at a quantile of the scores seen, the distribution is fitted to the excesses beyond t, and
 * the threshold is where the fitted tail leaves alpha of all scores above:
 *
 *     z = t + what an excess is above with probability alpha n / N       of n scores N lay beyond t
 *
 * From then on each score beyond t is a further excess; all others only count.
 *
 * Our choices, where SPOT leaves scores above z out for good. Left out, they are missing in the tail, which is fitted
 * lower and lower: with the last 450 excesses and alpha a fifth of the share beyond t, four times alpha came to lie above
 * z. So such a score is an excess of which is only used that it lies beyond z: an anomaly counts as one, and how far out
 * it is moves nothing. z is never below t (a fit of the tail says nothing there). The last `window` excesses are kept,
 * and n counts the scores since the first of them, so that the threshold follows a tail that grows or shrinks; t stays.
 * The fit is made again when a fiftieth of the excesses are new rather than at each, as it takes some 100 passes over
 * them, and only while some of them are known themselves.
 *
 * [1] A. Siffer, P.-A. Fouque, A. Termier, C. Largouet: Anomaly Detection in Streams with Extreme Value Theory. KDD 2017.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/spot.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/pareto.h"
#include "weir/memory.h"

enum { LEAST_KEPT = 10, REFIT_SHARE = 50, LEAST_KNOWN = 10 };

struct weir_spot {
    weir_spot_options options;
    double *warm;        /* scores of the warm-up; NULL afterwards */
    uint64_t seen;       /* scores */
    double level;        /* t */
    double threshold;    /* z, for the next score */
    double judged;       /* z that the last one was judged by */
    double *excesses;    /* a ring */
    bool *beyond;        /* of each: it is only known to be greater */
    uint64_t *arrived;   /* how many scores had been seen when each came */
    size_t kept, oldest; /* of the ring */
    size_t fresh;        /* excesses since the fit */
    size_t known;        /* of those in the ring */
    pareto fit;
};

weir_code weir_spot_new(const weir_spot_options *options, weir_spot **out, weir_error *err)
{
    weir_spot *spot = NULL;

    if (!(options->alpha > 0 && options->alpha < 1))
        return weir_fail(err, WEIR_INVALID, "alpha is %g; it lies between 0 and 1", options->alpha);
    if (!(options->quantile >= 0.5 && options->quantile < 1))
        return weir_fail(err, WEIR_INVALID, "the tail begins at the quantile %g; 0.5 to below 1",
                         options->quantile);
    if (options->warmup < LEAST_KEPT || options->window < LEAST_KEPT)
        return weir_fail(err, WEIR_INVALID,
                         "a warm-up of %zu scores and a window of %zu excesses; at least %d each",
                         options->warmup, options->window, (int)LEAST_KEPT);
    if (!(spot = weir_calloc(1, sizeof *spot)) ||
        !(spot->warm = weir_calloc(options->warmup, sizeof *spot->warm)) ||
        !(spot->excesses = weir_calloc(options->window, sizeof *spot->excesses)) ||
        !(spot->beyond = weir_calloc(options->window, sizeof *spot->beyond)) ||
        !(spot->arrived = weir_calloc(options->window, sizeof *spot->arrived))) {
        weir_spot_free(spot);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu scores and %zu excesses",
                         options->warmup, options->window);
    }
    spot->options = *options;
    spot->threshold = spot->judged = NAN;
    *out = spot;
    return WEIR_OK;
}

void weir_spot_free(weir_spot *spot)
{
    if (!spot)
        return;
    weir_free(spot->warm);
    weir_free(spot->excesses);
    weir_free(spot->beyond);
    weir_free(spot->arrived);
    weir_free(spot);
}

double weir_spot_threshold(const weir_spot *spot)
{
    return spot->judged;
}

/* Puts an excess into the ring, over the oldest where it is full. */
static void keep(weir_spot *spot, double excess, bool beyond, uint64_t when)
{
    bool full = spot->kept == spot->options.window;
    size_t at = full ? spot->oldest : spot->kept++;

    spot->known -= full && !spot->beyond[at];
    spot->known += !beyond;
    spot->excesses[at] = excess;
    spot->beyond[at] = beyond;
    spot->arrived[at] = when;
    if (spot->kept == spot->options.window)
        spot->oldest = (at + 1) % spot->options.window;
    spot->fresh++;
}

static void set_threshold(weir_spot *spot)
{
    /* A ring that never ran over holds the excesses of all scores. */
    uint64_t first = spot->kept < spot->options.window ? 0 : spot->arrived[spot->oldest] - 1;
    double share = spot->options.alpha * (double)(spot->seen - first) / (double)spot->kept;

    spot->threshold = spot->level + fmax(0, pareto_above(spot->fit, share));
}

static void learn_tail(weir_spot *spot)
{
    bool enough = spot->known >= LEAST_KNOWN || spot->known == spot->kept;

    if (enough && spot->fresh * REFIT_SHARE >= spot->kept) {
        spot->fit = pareto_fit(spot->excesses, spot->beyond, spot->kept);
        spot->fresh = 0;
    }
    set_threshold(spot);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The end of the warm-up, with the scores in the order of arrival. */
static void settle(weir_spot *spot)
{
    size_t n = spot->options.warmup;
    double place = spot->options.quantile * (double)(n - 1);
    size_t below = (size_t)place;
    double *sorted = spot->warm;

    qsort(sorted, n, sizeof *sorted, ascending);
    spot->level = sorted[below];
    if (below + 1 < n)
        spot->level += (place - (double)below) * (sorted[below + 1] - sorted[below]);
    for (size_t i = 0; i < n; i++)
        if (sorted[i] > spot->level)
            keep(spot, sorted[i] - spot->level, false, n);
    weir_free(spot->warm);
    spot->warm = NULL;
    if (spot->kept)
        learn_tail(spot);
    else /* many scores are the greatest: any that is greater stands out */
        spot->threshold = spot->level;
}

bool weir_spot_take(weir_spot *spot, double score)
{
    spot->judged = spot->threshold;
    if (isnan(score) || (spot->warm && isinf(score)))
        return false;
    spot->seen++;
    if (spot->warm) {
        spot->warm[spot->seen - 1] = score;
        if (spot->seen == spot->options.warmup)
            settle(spot);
        return false;
    }
    if (!(score > spot->level))
        return false;
    bool above = score > spot->threshold;
    /* At a threshold that is t itself nothing is known of how far beyond: it has no excess to keep. */
    if (!above || spot->threshold > spot->level) {
        keep(spot, (above ? spot->threshold : score) - spot->level, above, spot->seen);
        learn_tail(spot);
    }
    return above;
}
