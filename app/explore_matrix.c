/* explore_matrix.c: weir explore FILE vif, explorepca, exploresvd ...: what is asked of many attributes at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdio.h>

#include "exploration.h"
#include "table.h"
#include "weir/memory.h"

static const char *attribute_name(const exploration *e, const weir_components *found, size_t i)
{
    return exploration_name(e, e->inputs.ids.ids[found->attributes[i]]);
}

/* JSON has no infinity; a text says it. */
static json_t *number_json(double value)
{
    return isfinite(value) ? json_real(value) : json_string(isnan(value) ? "NaN" : "Infinity");
}

static json_t *components_json(const exploration *e, const weir_components *found)
{
    json_t *names = json_array(), *values = json_array(), *all;

    for (size_t i = 0; i < found->attribute_count; i++)
        json_array_append_new(names, json_string(attribute_name(e, found, i)));
    for (size_t k = 0; k < found->count; k++)
        json_array_append_new(values, number_json(found->values[k]));
    all = json_pack("{s:o,s:o}", "attributes", names, "values", values);
    if (found->vectors && all) {
        json_t *vectors = json_array();

        for (size_t k = 0; k < found->count; k++) {
            json_t *vector = json_array();

            for (size_t i = 0; i < found->attribute_count; i++)
                json_array_append_new(vector,
                                      json_real(found->vectors[k * found->attribute_count + i]));
            json_array_append_new(vectors, vector);
        }
        json_object_set_new(all, "vectors", vectors);
        json_object_set_new(all, "total", json_real(found->total));
    }
    return all;
}

/* Attributes downwards, components across; the values in a line above. */
static weir_code print_vectors(const exploration *e, const weir_components *found, weir_error *err)
{
    const size_t n = found->attribute_count, count = found->count;
    const char **rows = weir_calloc(n + 1, sizeof *rows);
    const char **heads = weir_calloc(count + 1, sizeof *heads);
    char(*titles)[24] = weir_calloc(count + 1, sizeof *titles);
    double *values = weir_calloc((n + 1) * (count + 1), sizeof *values);
    weir_code code = WEIR_OK;

    if (!rows || !heads || !titles || !values) {
        code = exploration_no_room(err);
        goto done;
    }
    rows[0] = "eigenvalue";
    for (size_t i = 0; i < n; i++)
        rows[i + 1] = attribute_name(e, found, i);
    for (size_t k = 0; k < count; k++) {
        snprintf(titles[k], sizeof titles[k], "PC%zu", k + 1);
        heads[k] = titles[k];
        values[k] = found->values[k];
        for (size_t i = 0; i < n; i++)
            values[(i + 1) * count + k] = found->vectors[k * n + i];
    }
    table_print(stdout, rows, n + 1, heads, count, values, table_width(stdout));
done:
    weir_free(rows);
    weir_free(heads);
    weir_free(titles);
    weir_free(values);
    return code;
}

weir_code explore_multivariate(const exploration *e, weir_error *err)
{
    const weir_multivariate *asked = e->multivariate;
    const weir_question question = exploration_question(e);
    weir_components found = {0};
    weir_code code =
        weir_multivariate_check(asked, weir_summary_schema(e->summary), &question, err);

    if (code || (code = asked->answer(e->summary, &question, &found, err)))
        goto done;
    if (e->json)
        code = exploration_print(components_json(e, &found), err);
    else if (found.vectors)
        code = print_vectors(e, &found, err);
    else
        for (size_t k = 0; k < found.count; k++)
            printf("%-24s %.10g\n", k < found.attribute_count ? attribute_name(e, &found, k) : "",
                   found.values[k]);
done:
    weir_components_free(&found);
    return code;
}
