/* regression.c: ordinary least squares from sums of products.
 *
 * b = S_xx^-1 S_xy, and its covariance is s^2 S_xx^-1. Sums of products have the square of the data's condition number,
 * so all is in double-double until the end: the sums, a pivoted Cholesky factor, the solution and the residual sum of
 * squares. Inputs are brought to a common size by powers of two, which rounds nothing.
 *
 * The residual sum of squares is S_yy - 2 b.S_xy + b'S_xx b, in which an error of b counts only by its square; below
 * what rounding can have moved the sums it is 0, an exact fit.
 *
 * Inputs that depend on each other are refused by name. With the pseudo-inverse, which is made in doubles, the solution
 * is the shortest one at unit variances: eigenvectors of the correlations, those left out that have no share [1].
 *
 * [1] A. Bjorck: Numerical Methods for Least Squares Problems. SIAM 1996.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/regression.h"

#include <float.h>
#include <math.h>

#include "base/linalg.h"
#include "weir/memory.h"

enum { REFINEMENTS = 3 }; /* of a solution by the pseudo-inverse */

/* The system to be solved, the inputs scaled. */
typedef struct {
    size_t n, rank;
    weir_dd *matrix;
    double *scale; /* powers of two: matrix = scale * products * scale */
    linalg_factor factor;
    double rcond;
    bool pseudo;
    double *unit;             /* makes the diagonal of the scaled matrix 1 */
    double *values, *vectors; /* of the correlations; the first rank count */
} equations;

static void equations_free(equations *e)
{
    weir_free(e->matrix);
    weir_free(e->scale);
    weir_free(e->unit);
    weir_free(e->values);
    weir_free(e->vectors);
    linalg_factor_free(&e->factor);
    *e = (equations){0};
}

static weir_code no_room(size_t n, weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for a regression on %zu inputs", n);
}

/* --- setting up */

/* A power of two within a factor of 2 of 1 / sqrt(x). */
static double power_for(double x)
{
    int exponent;

    frexp(x, &exponent);
    return ldexp(1, -(exponent / 2));
}

static weir_code equilibrate(const regression_sums *sums, equations *e, weir_error *err)
{
    const size_t n = e->n = sums->used;

    e->matrix = weir_calloc(n * n + 1, sizeof *e->matrix);
    e->scale = weir_calloc(n + 1, sizeof *e->scale);
    if (!e->matrix || !e->scale)
        return no_room(n, err);
    for (size_t i = 0; i < n; i++)
        e->scale[i] = power_for(sums->products[i * n + i].hi);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            weir_dd x = sums->products[i * n + j];
            double by = e->scale[i] * e->scale[j];
            e->matrix[i * n + j] = (weir_dd){x.hi * by, x.lo * by};
        }
    return WEIR_OK;
}

/* Of the inputs that the factor left over, the last. */
static const char *dependent_name(const regression_sums *sums, const equations *e)
{
    size_t last = 0;

    for (size_t k = e->factor.rank; k < e->n; k++)
        if (e->factor.pivots[k] > last)
            last = e->factor.pivots[k];
    return weir_schema_at(weir_summary_schema(sums->summary), sums->ids[last])->name;
}

/* Eigenvalues and eigenvectors of the correlations; rank is the number of those above their cutoff. */
static weir_code decompose(equations *e, double least_share, weir_error *err)
{
    const size_t n = e->n;
    double *correlations = weir_calloc(n * n + 1, sizeof *correlations);
    weir_code code = WEIR_OK;

    e->unit = weir_calloc(n + 1, sizeof *e->unit);
    e->values = weir_calloc(n + 1, sizeof *e->values);
    e->vectors = weir_calloc(n * n + 1, sizeof *e->vectors);
    if (!correlations || !e->unit || !e->values || !e->vectors) {
        code = no_room(n, err);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        e->unit[i] = 1 / sqrt(e->matrix[i * n + i].hi);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            correlations[i * n + j] =
                i == j ? 1 : e->matrix[i * n + j].hi * e->unit[i] * e->unit[j];
    if ((code = linalg_eigen(correlations, n, e->values, e->vectors, err)))
        goto done;
    for (e->rank = 0; e->rank < n && e->values[e->rank] > least_share * e->values[0];)
        e->rank++;
    e->pseudo = true;
done:
    weir_free(correlations);
    return code;
}

static weir_code set_up(const regression_sums *sums, const regression_options *options,
                        equations *e, weir_error *err)
{
    const double rounding = 10 * DBL_EPSILON * (double)sums->used;
    bool singular, too_near;
    weir_code code = equilibrate(sums, e, err);

    if (code || (code = linalg_factorise(e->matrix, e->n, sums->tolerance, &e->factor, err)))
        return code;
    e->rank = e->factor.rank;
    singular = e->rank < e->n;
    if (!singular && (code = linalg_rcond(&e->factor, e->matrix, &e->rcond, err)))
        return code;
    too_near = options->use_rcond && e->rcond < options->rcond_tolerance;
    if (!singular && !too_near)
        return WEIR_OK;
    if (options->use_pseudo_inverse)
        return decompose(e,
                         options->use_rcond ? fmax(rounding, options->rcond_tolerance)
                                            : fmax(rounding, sums->tolerance),
                         err);
    if (singular)
        return weir_fail(err, WEIR_INVALID,
                         "input %.100s depends on the other inputs; leave it out or set "
                         "matrix_use_pseudoinv",
                         dependent_name(sums, e));
    return weir_fail(err, WEIR_INVALID,
                     "the reciprocal condition number of the inputs is %.3g, below "
                     "sml_rcond_tolerance %.3g",
                     e->rcond, options->rcond_tolerance);
}

/* --- solving */

/* rest - matrix x. */
static void subtract_product(const equations *e, const weir_dd *x, weir_dd *rest)
{
    for (size_t i = 0; i < e->n; i++)
        for (size_t j = 0; j < e->n; j++)
            rest[i] = weir_dd_subtract(rest[i], weir_dd_multiply(e->matrix[i * e->n + j], x[j]));
}

/* Adds the pseudo-inverse times b to x. */
static void add_pseudo(const equations *e, const weir_dd *b, weir_dd *x)
{
    for (size_t k = 0; k < e->rank; k++) {
        const double *v = e->vectors + k * e->n;
        double along = 0;

        for (size_t i = 0; i < e->n; i++)
            along += v[i] * e->unit[i] * b[i].hi;
        along /= e->values[k];
        for (size_t i = 0; i < e->n; i++)
            x[i] = weir_dd_add(x[i], weir_dd_product(along * v[i], e->unit[i]));
    }
}

/* x from b, both of the scaled system. */
static weir_code solve(const equations *e, const weir_dd *b, weir_dd *x, weir_error *err)
{
    weir_dd *rest;

    if (!e->pseudo)
        return linalg_solve(&e->factor, e->matrix, b, x, err);
    if (!(rest = weir_calloc(e->n + 1, sizeof *rest)))
        return no_room(e->n, err);
    for (size_t i = 0; i < e->n; i++)
        x[i] = weir_dd_of(0);
    for (int step = 0; step < REFINEMENTS; step++) {
        for (size_t i = 0; i < e->n; i++)
            rest[i] = b[i];
        subtract_product(e, x, rest);
        add_pseudo(e, rest, x);
    }
    weir_free(rest);
    return WEIR_OK;
}

/* The diagonal of the (pseudo-)inverse of the scaled matrix. */
static weir_code inverse_diagonal(const equations *e, weir_dd *out, weir_error *err)
{
    if (!e->pseudo)
        return linalg_inverse_diagonal(&e->factor, out, err);
    for (size_t i = 0; i < e->n; i++) {
        double sum = 0;

        for (size_t k = 0; k < e->rank; k++) {
            double v = e->vectors[k * e->n + i];
            sum += v * v / e->values[k];
        }
        out[i] = weir_dd_of(sum * e->unit[i] * e->unit[i]);
    }
    return WEIR_OK;
}

/* --- what follows from the solution; x and work belong to the scaled system */

/* Sums of squares. work has n entries. */
static void sums_of_squares(const regression_sums *sums, const equations *e, const weir_dd *x,
                            weir_dd *work, regression_fit *fit)
{
    weir_dd rest = sums->target;
    double noise = sqrt(fmax(sums->noise, 0));

    for (size_t i = 0; i < e->n; i++) { /* S_xy - S_xx b: nearly 0 */
        weir_dd c = sums->with_target[i];
        work[i] = (weir_dd){c.hi * e->scale[i], c.lo * e->scale[i]};
        rest = weir_dd_subtract(rest, weir_dd_multiply(x[i], work[i]));
        noise += fabs(x[i].hi) * e->scale[i] * sqrt(fmax(sums->noises[i], 0));
    }
    subtract_product(e, x, work);
    for (size_t i = 0; i < e->n; i++)
        rest = weir_dd_subtract(rest, weir_dd_multiply(x[i], work[i]));
    fit->total = fmax(sums->target.hi, 0);
    fit->residual = rest.hi > noise * noise ? fmin(rest.hi, fit->total) : 0;
}

/* Coefficients in the attributes' own units, and the intercept. */
static void coefficients(const regression_sums *sums, const equations *e, const weir_dd *x,
                         regression_fit *fit)
{
    weir_dd intercept = sums->mean_target;

    for (size_t i = 0; i < e->n; i++) {
        weir_dd b = {x[i].hi * e->scale[i], x[i].lo * e->scale[i]};
        intercept = weir_dd_subtract(intercept, weir_dd_multiply(b, sums->means[i]));
        fit->coefficients[1 + sums->ids[i]] = b.hi;
    }
    fit->coefficients[0] = sums->intercept ? intercept.hi : 0;
}

/* x'S^-1 x for the means: how much the intercept's error owes to those of the slopes. work has 2 n entries. */
static weir_code mean_part(const regression_sums *sums, const equations *e, weir_dd *work,
                           weir_dd *out, weir_error *err)
{
    weir_dd *means = work, *solved = work + e->n;
    weir_code code;

    for (size_t i = 0; i < e->n; i++) {
        weir_dd m = sums->means[i];
        means[i] = (weir_dd){m.hi * e->scale[i], m.lo * e->scale[i]};
    }
    if ((code = solve(e, means, solved, err)))
        return code;
    *out = weir_dd_of(0);
    for (size_t i = 0; i < e->n; i++)
        *out = weir_dd_add(*out, weir_dd_multiply(means[i], solved[i]));
    return WEIR_OK;
}

/* sqrt(variance * times), where times is that part of an inverse. */
static double error_of(double variance, weir_dd times)
{
    return sqrt(weir_dd_scale(times, variance).hi);
}

static weir_code standard_errors(const regression_sums *sums, const equations *e, weir_dd *work,
                                 regression_fit *fit, weir_error *err)
{
    const double variance = fit->residual / fit->freedom;
    weir_dd part;
    weir_code code = inverse_diagonal(e, work, err);

    if (code)
        return code;
    for (size_t i = 0; i < e->n; i++)
        fit->errors[1 + sums->ids[i]] = e->scale[i] * error_of(variance, work[i]);
    if (!sums->intercept || (code = mean_part(sums, e, work, &part, err)))
        return code;
    part = weir_dd_add(part, weir_dd_divide(weir_dd_of(1), weir_dd_of(sums->rows)));
    fit->errors[0] = error_of(variance, part);
    return WEIR_OK;
}

/* --- all of it */

weir_code regression_fit_new(size_t inputs, regression_fit *out, weir_error *err)
{
    regression_fit fit = {.inputs = inputs};

    fit.coefficients = weir_calloc(inputs + 1, sizeof *fit.coefficients);
    fit.errors = weir_calloc(inputs + 1, sizeof *fit.errors);
    if (!fit.coefficients || !fit.errors) {
        regression_fit_free(&fit);
        return no_room(inputs, err);
    }
    for (size_t i = 0; i <= inputs; i++)
        fit.errors[i] = NAN;
    *out = fit;
    return WEIR_OK;
}

void regression_fit_free(regression_fit *fit)
{
    weir_free(fit->coefficients);
    weir_free(fit->errors);
    *fit = (regression_fit){0};
}

static weir_code check_rows(const regression_sums *sums, const regression_options *options,
                            weir_error *err)
{
    /* In a single row no input varies, and yet it determines no coefficient. */
    const size_t inputs = sums->rows > 1 ? sums->used : sums->inputs;
    const double needed = (double)inputs + (sums->intercept ? 1 : 0);

    if (options->use_pseudo_inverse || sums->rows >= needed)
        return WEIR_OK;
    return weir_fail(err, WEIR_INVALID,
                     "%g rows for %g coefficients; learn more or set matrix_use_pseudoinv",
                     sums->rows, needed);
}

weir_code regression_solve(const regression_sums *sums, const regression_options *options,
                           regression_fit *out, weir_error *err)
{
    equations e = {0};
    regression_fit fit = {0};
    weir_dd *x = NULL, *work = NULL;
    weir_code code = check_rows(sums, options, err);

    if (code || (code = regression_fit_new(sums->inputs, &fit, err)) ||
        (code = set_up(sums, options, &e, err)))
        goto done;
    x = weir_calloc(e.n + 1, sizeof *x);
    work = weir_calloc(2 * e.n + 1, sizeof *work);
    if (!x || !work) {
        code = no_room(e.n, err);
        goto done;
    }
    for (size_t i = 0; i < e.n; i++) {
        weir_dd c = sums->with_target[i];
        work[i] = (weir_dd){c.hi * e.scale[i], c.lo * e.scale[i]};
    }
    if ((code = solve(&e, work, x, err)))
        goto done;
    coefficients(sums, &e, x, &fit);
    sums_of_squares(sums, &e, x, work, &fit);
    fit.rank = e.rank;
    fit.rows = sums->rows;
    fit.freedom = fmax(sums->rows - (double)e.rank - (sums->intercept ? 1 : 0), 0);
    fit.rcond = e.rcond;
    fit.shrunk = sums->shrunk;
    fit.pseudo_inverse = e.pseudo;
    if (fit.freedom > 0 && (code = standard_errors(sums, &e, work, &fit, err)))
        goto done;
    *out = fit;
    fit = (regression_fit){0};
done:
    equations_free(&e);
    regression_fit_free(&fit);
    weir_free(x);
    weir_free(work);
    return code;
}
