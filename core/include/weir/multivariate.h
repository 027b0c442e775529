/* multivariate.h: questions about many attributes at once, answered from their covariances or correlations.
 *
 * Where rows have gaps, each pair of attributes counts over the rows that have both, as pandas does it; a pair that no
 * row has is uncorrelated.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_MULTIVARIATE_H
#define WEIR_MULTIVARIATE_H

#include "weir/explore.h"

enum { WEIR_MULTIVARIATE_MOST = 4096 }; /* attributes of one question */

/* What such a question is answered with. */
typedef struct {
    size_t attribute_count;
    size_t *attributes; /* owned; positions among the inputs asked about, each once and ascending */
    size_t count;
    double *values;  /* owned; of attribute i, or descending where they are of the whole matrix */
    double *vectors; /* owned; NULL, or count rows of attribute_count */
    double total;    /* of principal components: the sum of all eigenvalues, kept or not */
} weir_components;

void weir_components_free(weir_components *components); /* NULL and zeros are fine */

/* One row a question. */
typedef struct {
    const char *id; /* "vif" */
    const char *title, *help;
    const weir_shape *shapes; /* ended by a row without a title */
    const weir_metric_key *keys;
    const weir_option *options;
    size_t options_size; /* of the struct that options fill */
    /* For questions that passed weir_multivariate_check(). Takes as long as a matrix of the inputs' size needs, up to
     * minutes. WEIR_INVALID where none of the inputs varies. What is in out after a failure is the caller's to free. */
    weir_code (*answer)(const weir_summary *summary, const weir_question *question,
                        weir_components *out, weir_error *err);
} weir_multivariate;

extern const weir_multivariate *const weir_multivariates[]; /* ended by NULL */
const weir_multivariate *weir_multivariate_find(const char *id);
/* Says whether the inputs of a question, C and B attributes or categories by the ids of the schema, and its settings
 * can be answered. WEIR_INVALID names what cannot. */
weir_code weir_multivariate_check(const weir_multivariate *asked, const weir_schema *schema,
                                  const weir_question *question, weir_error *err);

#endif
