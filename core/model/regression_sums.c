/* regression_sums.c: the sums of products on which a linear model is fitted.
 *
 * When every pair of attributes was seen in the same rows, the sums are taken as they are and the fit is ordinary least
 * squares. With gaps each pair has its own rows. Then the covariance of a pair is that of the rows that have both,
 * which uses every row there is, but such covariances need not belong to any data: their matrix can have negative
 * eigenvalues, residual sums below 0 follow. It is then drawn to its diagonal, (1 - t) S + t diag(S), by the least t
 * that leaves the smallest eigenvalue at 1e-10 of the largest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/regression.h"

#include <math.h>

#include "base/linalg.h"
#include "summary/wide.h"
#include "weir/memory.h"

/* Of uneven sums: the least eigenvalue, as a share of the largest, and what an input must have of its own. */
#define LEAST_SHARE 1e-10
/* What sums in double-double may be off by, as a share: for sums about 0, which no reader cleans. */
#define RAW_NOISE 0x1p-94

static const char *name_of(const regression_sums *sums, size_t id)
{
    return weir_schema_at(weir_summary_schema(sums->summary), id)->name;
}

static weir_code sums_new(const weir_summary *summary, size_t inputs, bool intercept,
                          regression_sums *out, weir_error *err)
{
    *out = (regression_sums){.summary = summary, .inputs = inputs, .intercept = intercept};
    out->ids = weir_calloc(inputs + 1, sizeof *out->ids);
    out->noises = weir_calloc(inputs + 1, sizeof *out->noises);
    out->with_target = weir_calloc(inputs + 1, sizeof *out->with_target);
    out->means = weir_calloc(inputs + 1, sizeof *out->means);
    if (!out->ids || !out->noises || !out->with_target || !out->means)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu inputs", inputs);
    return WEIR_OK;
}

void regression_sums_free(regression_sums *sums)
{
    weir_free(sums->ids);
    weir_free(sums->noises);
    weir_free(sums->products);
    weir_free(sums->with_target);
    weir_free(sums->means);
    *sums = (regression_sums){0};
}

/* --- one attribute, one pair */

/* What an attribute has to be explained, or to explain with. */
static weir_dd spread(const regression_sums *sums, const wide_column *column)
{
    return sums->intercept ? column->m2 : column->squares;
}

static double noise_of(const regression_sums *sums, const wide_column *column)
{
    return sums->intercept ? column->noise : column->noise + RAW_NOISE * column->squares.hi;
}

/* Finds the inputs that vary, and means and noises. */
static weir_code read_columns(regression_sums *sums, weir_error *err)
{
    wide_column column;

    for (size_t id = 0; id <= sums->inputs; id++) {
        wide_read(sums->summary, id, &column);
        if (!(column.count.hi > 0))
            return weir_fail(err, WEIR_INVALID, "attribute %.100s has no rows", name_of(sums, id));
        weir_dd mean = sums->intercept ? column.mean : weir_dd_of(0);
        weir_dd own = spread(sums, &column);
        double noise = noise_of(sums, &column);
        if (id == sums->inputs) {
            sums->mean_target = mean;
            sums->noise = noise;
        } else if (own.hi > noise) {
            sums->means[sums->used] = mean;
            sums->noises[sums->used] = noise;
            sums->ids[sums->used++] = id;
            sums->tolerance = fmax(sums->tolerance, noise / own.hi);
        }
    }
    return WEIR_OK;
}

/* The id of the i-th used attribute; the one behind the last is the target. */
static size_t id_at(const regression_sums *sums, size_t i)
{
    return i < sums->used ? sums->ids[i] : sums->inputs;
}

static void put(regression_sums *sums, size_t i, size_t j, weir_dd value)
{
    if (i == sums->used && j == sums->used)
        sums->target = value;
    else if (i == sums->used)
        sums->with_target[j] = value;
    else
        sums->products[i * sums->used + j] = sums->products[j * sums->used + i] = value;
}

/* Whether all pairs have as many rows, and the least number of them. */
static weir_code count_rows(regression_sums *sums, weir_error *err)
{
    wide_pair pair;

    for (size_t i = 0; i <= sums->used; i++)
        for (size_t j = 0; j <= i; j++) {
            wide_read_pair(sums->summary, id_at(sums, i), id_at(sums, j), &pair);
            if (!(pair.count.hi > 0))
                return weir_fail(err, WEIR_INVALID, "%.80s and %.80s are together in no row",
                                 name_of(sums, id_at(sums, j)), name_of(sums, id_at(sums, i)));
            if (i == 0 && j == 0)
                sums->rows = pair.count.hi;
            if (pair.count.hi != sums->rows)
                sums->uneven = true;
            sums->rows = fmin(sums->rows, pair.count.hi);
        }
    return WEIR_OK;
}

static void read_even(regression_sums *sums)
{
    wide_pair pair;
    wide_column column;

    for (size_t i = 0; i <= sums->used; i++) {
        wide_read(sums->summary, id_at(sums, i), &column);
        put(sums, i, i, spread(sums, &column));
        for (size_t j = 0; j < i; j++) {
            wide_read_pair(sums->summary, id_at(sums, i), id_at(sums, j), &pair);
            put(sums, i, j, sums->intercept ? pair.cxy : pair.xy);
        }
    }
}

/* --- uneven sums */

/* Sums as they would be of as many rows as the fewest, at the same covariances. */
static weir_dd at_rows(const regression_sums *sums, weir_dd sum, weir_dd count)
{
    double lost = sums->intercept ? 1 : 0;
    weir_dd wanted = weir_dd_of(sums->rows - lost);

    return weir_dd_divide(weir_dd_multiply(sum, wanted), weir_dd_subtract(count, weir_dd_of(lost)));
}

static weir_code read_uneven(regression_sums *sums, weir_error *err)
{
    wide_pair pair;
    wide_column column;

    if (sums->intercept && !(sums->rows > 1))
        return weir_fail(err, WEIR_INVALID,
                         "two of the attributes are together in %g rows; at least 2 are needed",
                         sums->rows);
    for (size_t i = 0; i <= sums->used; i++) {
        wide_read(sums->summary, id_at(sums, i), &column);
        put(sums, i, i, at_rows(sums, spread(sums, &column), column.count));
        for (size_t j = 0; j < i; j++) {
            wide_read_pair(sums->summary, id_at(sums, i), id_at(sums, j), &pair);
            put(sums, i, j, at_rows(sums, sums->intercept ? pair.cxy : pair.xy, pair.count));
        }
    }
    sums->tolerance = fmax(sums->tolerance, LEAST_SHARE);
    return WEIR_OK;
}

/* The correlations of the used inputs and, when it varies, of the target, of which there are *n. */
static void correlations(const regression_sums *sums, double *out, size_t *n)
{
    const size_t used = sums->used, all = sums->target.hi > 0 ? used + 1 : used;

    for (size_t i = 0; i < all; i++)
        for (size_t j = 0; j <= i; j++) {
            double of_i = (i < used ? sums->products[i * used + i] : sums->target).hi;
            double of_j = (j < used ? sums->products[j * used + j] : sums->target).hi;
            double both = (i < used ? sums->products[i * used + j] : sums->with_target[j]).hi;
            out[i * all + j] = out[j * all + i] = i == j ? 1 : both / sqrt(of_i) / sqrt(of_j);
        }
    *n = all;
}

static void shrink(regression_sums *sums, double share)
{
    const size_t used = sums->used;

    sums->shrunk = share;
    for (size_t i = 0; i < used; i++) {
        sums->with_target[i] = weir_dd_scale(sums->with_target[i], 1 - share);
        for (size_t j = 0; j < used; j++)
            if (i != j)
                sums->products[i * used + j] =
                    weir_dd_scale(sums->products[i * used + j], 1 - share);
    }
}

/* Draws sums that no data can have towards their diagonal. */
static weir_code make_definite(regression_sums *sums, weir_error *err)
{
    size_t n = sums->used + 1;
    double *matrix = weir_calloc(n * n, sizeof *matrix), *values = weir_calloc(n, sizeof *values);
    weir_code code = WEIR_OK;

    if (!matrix || !values) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu inputs", sums->used);
        goto done;
    }
    correlations(sums, matrix, &n);
    if (n == 0 || (code = linalg_eigen(matrix, n, values, NULL, err)))
        goto done;
    if (values[n - 1] < -LEAST_SHARE * values[0]) {
        double missing = LEAST_SHARE * values[0] - values[n - 1];

        shrink(sums, missing / (1 - LEAST_SHARE + missing));
        sums->tolerance = fmin(sums->tolerance, LEAST_SHARE / 2);
    }
done:
    weir_free(matrix);
    weir_free(values);
    return code;
}

/* --- all of it */

weir_code regression_read(const weir_summary *summary, size_t inputs, bool intercept,
                          regression_sums *out, weir_error *err)
{
    regression_sums sums = {0};
    weir_code code = sums_new(summary, inputs, intercept, &sums, err);

    if (code || (code = read_columns(&sums, err)) || (code = count_rows(&sums, err)))
        goto done;
    sums.products = weir_calloc(sums.used * sums.used + 1, sizeof *sums.products);
    if (!sums.products) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu inputs", sums.used);
        goto done;
    }
    if (!sums.uneven)
        read_even(&sums);
    else if ((code = read_uneven(&sums, err)) || (code = make_definite(&sums, err)))
        goto done;
    *out = sums;
    sums = (regression_sums){0};
done:
    regression_sums_free(&sums);
    return code;
}
