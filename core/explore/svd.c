/* svd.c: singular values of the covariance matrix, of all attributes or of those that do not repeat each other.
 *
 * Singular values descend and are paired by position with the attributes in the order asked about, as the published
 * answers are; the pairing carries no meaning. The selection (svdfs) walks the correlation matrix, earliest attribute
 * first: one is left out when, once those kept before it are taken out, less than 1e-10 of its variance remains.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/linalg.h"
#include "explore/matrix.h"
#include "weir/memory.h"

static const double tolerance = 1e-10;

typedef struct {
    bool unbiased;
} svd_options;

static const weir_option options[] = {
    {.name = "sml_explore_unbiased",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(svd_options, unbiased),
     .fallback = "false",
     .help = "true: covariances are divided by n - 1, as numpy.cov and pandas do."},
    {0},
};

static const weir_metric_key keys[] = {
    {"$", "One map an attribute: the singular value as key, the attribute's name as value."},
    {0},
};

/* The singular values of the covariances of ids, put beside the attributes of out. */
static weir_code put_singular_values(const weir_summary *summary, const size_t *ids, bool unbiased,
                                     weir_components *out, weir_error *err)
{
    const size_t n = out->attribute_count;
    double *matrix = NULL;
    weir_code code = matrix_covariance(summary, ids, n, unbiased, &matrix, err);

    if (!code && !(out->values = weir_malloc(n * sizeof *out->values)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu values", n);
    if (!code && !(code = linalg_singular_values(matrix, n, out->values, err)))
        out->count = n;
    weir_free(matrix);
    return code;
}

/* Takes out of ids and out what the attributes before it can say. */
static weir_code keep_independent(const weir_summary *summary, size_t *ids, weir_components *out,
                                  weir_error *err)
{
    const size_t n = out->attribute_count;
    double *matrix = NULL;
    bool *kept = weir_calloc(n, sizeof *kept);
    weir_code code = WEIR_OK;

    if (!kept)
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu attributes", n);
    if (code || (code = matrix_correlation(summary, ids, n, &matrix, err)) ||
        (code = linalg_independent(matrix, n, tolerance, kept, err)))
        goto done;
    out->attribute_count = 0;
    for (size_t i = 0; i < n; i++)
        if (kept[i]) {
            ids[out->attribute_count] = ids[i];
            out->attributes[out->attribute_count++] = out->attributes[i];
        }
done:
    weir_free(matrix);
    weir_free(kept);
    return code;
}

static weir_code svd(const weir_summary *summary, const weir_question *question,
                     weir_components *out, weir_error *err)
{
    svd_options chosen;
    size_t *ids = NULL;
    weir_code code = matrix_options(options, question, &chosen, err);

    if (!code && !(code = matrix_inputs(summary, question, false, &ids, out, err)))
        code = put_singular_values(summary, ids, chosen.unbiased, out, err);
    weir_free(ids);
    return code;
}

static weir_code svdfs(const weir_summary *summary, const weir_question *question,
                       weir_components *out, weir_error *err)
{
    svd_options chosen;
    size_t *ids = NULL;
    weir_code code = matrix_options(options, question, &chosen, err);

    if (!code && !(code = matrix_inputs(summary, question, true, &ids, out, err)) &&
        !(code = keep_independent(summary, ids, out, err)))
        code = put_singular_values(summary, ids, chosen.unbiased, out, err);
    weir_free(ids);
    return code;
}

const weir_multivariate weir_multivariate_svd = {
    .id = "exploresvd",
    .title = "Singular values",
    .help = "Singular values of the covariance matrix of the attributes.",
    .shapes = matrix_shapes,
    .keys = keys,
    .options = options,
    .options_size = sizeof(svd_options),
    .answer = svd,
};

const weir_multivariate weir_multivariate_svdfs = {
    .id = "exploresvdfs",
    .title = "Attribute selection by singular values",
    .help = "Drops attributes that others before them determine, and gives the singular values of "
            "the rest.",
    .shapes = matrix_shapes,
    .keys = keys,
    .options = options,
    .options_size = sizeof(svd_options),
    .answer = svdfs,
};
