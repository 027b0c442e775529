/* multivariate.c: every question about many attributes, written out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/multivariate.h"

#include <string.h>

#include "explore/matrix.h"
#include "weir/memory.h"

const weir_multivariate *const weir_multivariates[] = {
    &weir_multivariate_vif,
    &weir_multivariate_pca,
    &weir_multivariate_svd,
    &weir_multivariate_svdfs,
    NULL,
};

const weir_multivariate *weir_multivariate_find(const char *id)
{
    for (size_t i = 0; weir_multivariates[i]; i++)
        if (strcmp(weir_multivariates[i]->id, id) == 0)
            return weir_multivariates[i];
    return NULL;
}

void weir_components_free(weir_components *components)
{
    if (!components)
        return;
    weir_free(components->attributes);
    weir_free(components->values);
    weir_free(components->vectors);
    *components = (weir_components){0};
}

weir_code weir_multivariate_check(const weir_multivariate *asked, const weir_schema *schema,
                                  const weir_question *question, weir_error *err)
{
    const weir_metric as_metric = {.id = asked->id,
                                   .shapes = asked->shapes,
                                   .options = asked->options,
                                   .options_size = asked->options_size};

    if (question->input_count == 0)
        return weir_fail(err, WEIR_INVALID, "%s needs at least one attribute", asked->id);
    if (question->input_count > WEIR_MULTIVARIATE_MOST)
        return weir_fail(err, WEIR_INVALID, "%s is asked about %zu attributes; it takes up to %d",
                         asked->id, question->input_count, WEIR_MULTIVARIATE_MOST);
    return weir_metric_check(&as_metric, schema, question, err);
}
