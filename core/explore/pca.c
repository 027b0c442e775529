/* pca.c: principal components: eigenvalues and unit eigenvectors of the correlation or covariance matrix.
 *
 * Components come in descending order, as many as it takes for their share of the total to reach the one asked for. A
 * vector may be turned round without a change of meaning; ours have their entry of largest magnitude positive. An
 * attribute that does not vary has no part in a component: its eigenvalue is 0. Of correlations, eigenvalues that are
 * only rounding are 0; covariances may differ in scale so much that a small one is true.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "base/linalg.h"
#include "explore/matrix.h"
#include "weir/memory.h"

enum { MOST_COMPONENTS = 100 };

typedef struct {
    double explained;
    int64_t dimension;
    bool covariance, unbiased;
} pca_options;

static const weir_option options[] = {
    {.name = "explainedCovariance",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(pca_options, explained),
     .least = 0,
     .greatest = 1,
     .fallback = "1",
     .help = "Keeps the first components that together explain this share of the variance."},
    {.name = "pcaNumDimension",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(pca_options, dimension),
     .least = 1,
     .greatest = WEIR_MULTIVARIATE_MOST,
     .fallback = "100",
     .help = "Keeps at most so many components; more than 100 are never kept."},
    {.name = "pca_covariance",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(pca_options, covariance),
     .fallback = "false",
     .help = "true: of the covariance matrix, so that attributes of large scale weigh more."},
    {.name = "sml_explore_unbiased",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(pca_options, unbiased),
     .fallback = "false",
     .help = "true: covariances are divided by n - 1, as numpy.cov and pandas do."},
    {0},
};

static const weir_metric_key keys[] = {
    {"pcaValues", "The eigenvalues kept, e1 the largest."},
    {"pcaVectors", "A row an attribute, a column a component."},
    {"pcaSumValues", "The sum of all eigenvalues."},
    {0},
};

/* How many components to keep. */
static size_t components_wanted(const double *values, size_t n, double total,
                                const pca_options *chosen)
{
    const size_t most =
        chosen->dimension < MOST_COMPONENTS ? (size_t)chosen->dimension : (size_t)MOST_COMPONENTS;
    size_t wanted = n < most ? n : most;
    double sum = 0;

    if (chosen->explained >= 1)
        return wanted;
    for (size_t i = 0; i < wanted; i++) {
        sum += values[i];
        if (sum >= chosen->explained * total)
            return i + 1;
    }
    return wanted;
}

static weir_code decompose(const double *matrix, const pca_options *chosen, weir_components *out,
                           weir_error *err)
{
    const size_t n = out->attribute_count;
    weir_code code = WEIR_OK;

    out->values = weir_malloc(n * sizeof *out->values);
    out->vectors = weir_malloc(n * n * sizeof *out->vectors);
    if (!out->values || !out->vectors)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the components of %zu attributes", n);
    if ((code = linalg_eigen(matrix, n, out->values, out->vectors, err)))
        return code;
    for (size_t i = 0; i < n; i++) {
        if (!chosen->covariance && fabs(out->values[i]) <= matrix_rounding(n, out->values[0]))
            out->values[i] = 0;
        out->total += matrix[i * n + i]; /* the trace, exactly */
    }
    out->count = components_wanted(out->values, n, out->total, chosen);
    return WEIR_OK;
}

static weir_code pca(const weir_summary *summary, const weir_question *question,
                     weir_components *out, weir_error *err)
{
    pca_options chosen;
    size_t *ids = NULL;
    double *matrix = NULL;
    weir_code code = matrix_options(options, question, &chosen, err);

    if (code || (code = matrix_inputs(summary, question, false, &ids, out, err)))
        goto done;
    code = chosen.covariance ? matrix_covariance(summary, ids, out->attribute_count,
                                                 chosen.unbiased, &matrix, err)
                             : matrix_correlation(summary, ids, out->attribute_count, &matrix, err);
    if (!code)
        code = decompose(matrix, &chosen, out, err);
done:
    weir_free(matrix);
    weir_free(ids);
    return code;
}

const weir_multivariate weir_multivariate_pca = {
    .id = "explorepca",
    .title = "Principal components",
    .help = "Directions in which the attributes vary most, and how much.",
    .shapes = matrix_shapes,
    .keys = keys,
    .options = options,
    .options_size = sizeof(pca_options),
    .answer = pca,
};
