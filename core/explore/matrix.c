/* matrix.c: covariance and correlation matrices of a summary (see matrix.h).
 *
 * Every entry is made of one pair's centred sums over the rows that have both attributes. Such a matrix is positive
 * semidefinite where there are no gaps; with gaps it need not be.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/matrix.h"

#include <float.h>
#include <math.h>

#include "weir/memory.h"

const weir_shape matrix_shapes[] = {
    {.title = "Attributes",
     .inputs = {{WEIR_TAKES_C | WEIR_TAKES_B | WEIR_TAKES_T, 1, 0, "Attributes"}}},
    {0},
};

weir_code matrix_options(const weir_option *options, const weir_question *question, void *target,
                         weir_error *err)
{
    weir_code code = weir_options_default(options, target, err);

    for (size_t i = 0; !code && i < question->setting_count; i++)
        code = weir_options_set(options, target, question->settings[i].name,
                                question->settings[i].value, NULL, err);
    return code;
}

weir_code matrix_inputs(const weir_summary *summary, const weir_question *question,
                        bool only_varying, size_t **ids, weir_components *out, weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(summary);
    const size_t count = question->input_count;
    bool *seen = weir_calloc(weir_schema_size(schema) + 1, sizeof *seen);
    size_t varying = 0;
    weir_code code = WEIR_OK;

    *ids = weir_malloc((count + 1) * sizeof **ids);
    out->attributes = weir_malloc((count + 1) * sizeof *out->attributes);
    if (!seen || !*ids || !out->attributes) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu attributes", count);
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        const size_t id = question->inputs[i];
        weir_moments moments;

        weir_summary_moments(summary, id, &moments);
        varying += moments.m2 > 0;
        if (seen[id] || (only_varying && !(moments.m2 > 0)))
            continue;
        seen[id] = true;
        (*ids)[out->attribute_count] = id;
        out->attributes[out->attribute_count++] = i;
    }
    if (varying == 0)
        code = weir_fail(err, WEIR_INVALID,
                         "none of the %zu attributes varies, in %.15g rows: there is nothing to "
                         "compare",
                         count, weir_summary_rows(summary));
done:
    weir_free(seen);
    return code;
}

static weir_code new_matrix(size_t n, double **out, weir_error *err)
{
    if (!(*out = weir_calloc(n * n, sizeof **out)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a matrix of %zu attributes", n);
    return WEIR_OK;
}

weir_code matrix_covariance(const weir_summary *summary, const size_t *ids, size_t n, bool unbiased,
                            double **out, weir_error *err)
{
    const double lost = unbiased ? 1 : 0;
    weir_code code = new_matrix(n, out, err);

    for (size_t i = 0; i < n && !code; i++) {
        weir_moments moments;

        weir_summary_moments(summary, ids[i], &moments);
        (*out)[i * n + i] = moments.count > lost ? moments.m2 / (moments.count - lost) : 0;
        for (size_t j = 0; j < i; j++) {
            weir_pair pair;

            weir_summary_pair(summary, ids[i], ids[j], &pair);
            (*out)[i * n + j] = (*out)[j * n + i] =
                pair.count > lost ? pair.cxy / (pair.count - lost) : 0;
        }
    }
    return code;
}

weir_code matrix_correlation(const weir_summary *summary, const size_t *ids, size_t n, double **out,
                             weir_error *err)
{
    weir_code code = new_matrix(n, out, err);

    for (size_t i = 0; i < n && !code; i++) {
        weir_moments moments;

        weir_summary_moments(summary, ids[i], &moments);
        (*out)[i * n + i] = moments.m2 > 0 ? 1 : 0;
        for (size_t j = 0; j < i; j++) {
            weir_pair pair;
            double r = 0;

            weir_summary_pair(summary, ids[i], ids[j], &pair);
            if (pair.cxx > 0 && pair.cyy > 0)
                r = fmin(1, fmax(-1, pair.cxy / sqrt(pair.cxx) / sqrt(pair.cyy)));
            (*out)[i * n + j] = (*out)[j * n + i] = r;
        }
    }
    return code;
}

double matrix_rounding(size_t n, double largest)
{
    return 8 * (double)n * DBL_EPSILON * fabs(largest);
}
