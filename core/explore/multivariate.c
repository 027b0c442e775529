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

static weir_code check_settings(const weir_multivariate *asked, const weir_question *question,
                                weir_error *err)
{
    union {
        int64_t whole;
        double number;
        bool truth;
        int choice;
    } field;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < question->setting_count && !code; i++)
        for (const weir_option *row = asked->options; row->name && !code; row++)
            if (strcmp(row->name, question->settings[i].name) == 0) {
                weir_option alone[2] = {*row, {0}};

                alone[0].offset = 0;
                code = weir_options_set(alone, &field, row->name, question->settings[i].value, NULL,
                                        err);
            }
    return code;
}

weir_code weir_multivariate_check(const weir_multivariate *asked, const weir_schema *schema,
                                  const weir_question *question, weir_error *err)
{
    if (question->input_count == 0)
        return weir_fail(err, WEIR_INVALID, "%s needs at least one attribute", asked->id);
    if (question->input_count > WEIR_MULTIVARIATE_MOST)
        return weir_fail(err, WEIR_INVALID, "%s is asked about %zu attributes; it takes up to %d",
                         asked->id, question->input_count, WEIR_MULTIVARIATE_MOST);
    for (size_t i = 0; i < question->input_count; i++) {
        const weir_attribute *attribute = weir_schema_at(schema, question->inputs[i]);

        if (attribute->slot == WEIR_NONE)
            return weir_fail(err, WEIR_INVALID,
                             "%s needs attributes of type C or B; \"%.100s\" has type %c",
                             asked->id, attribute->name, (char)attribute->type);
    }
    return check_settings(asked, question, err);
}
