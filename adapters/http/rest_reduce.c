/* rest_reduce.c: build?svdreduce=true: the inputs of a model without those that others before them determine.
 *
 * The selection is that of exploresvdfs. What it keeps are the model's inputs, so a refresh reads the same ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "rest_inside.h"
#include "weir/memory.h"
#include "weir/multivariate.h"

/* Makes the inputs of a context that names none what a build takes then: every C and B attribute but the targets. */
static weir_code name_all(const weir_schema *schema, rest_context *about, weir_error *err)
{
    const size_t size = weir_schema_size(schema);
    size_t *ids = weir_calloc(size + 1, sizeof *ids), n = 0;

    if (!ids)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu attributes", size);
    for (size_t id = 0; id < size; id++) {
        bool target = weir_schema_at(schema, id)->slot == WEIR_NONE;
        for (size_t i = 0; i < about->target_count; i++)
            target = target || about->targets[i] == id;
        if (!target)
            ids[n++] = id;
    }
    weir_free(about->inputs);
    about->inputs = ids;
    about->input_count = n;
    return WEIR_OK;
}

weir_code rest_reduce_inputs(weir_engine *engine, const char *cid, const char *pid,
                             const weir_schema *schema, rest_context *about, weir_error *err)
{
    const weir_multivariate *selection = weir_multivariate_find("exploresvdfs");
    weir_summary *copy = NULL;
    weir_components found = {0};
    size_t *places = NULL;
    weir_code code = WEIR_OK;

    if (about->input_count == 0 && (code = name_all(schema, about, err)))
        return code;
    if (!(places = weir_calloc(about->input_count + 1, sizeof *places))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu inputs", about->input_count);
        goto done;
    }
    for (size_t i = 0; i < about->input_count; i++)
        places[i] = i;
    const weir_question question = {.inputs = places, .input_count = about->input_count};
    if ((code = weir_project_select_sums(engine, cid, pid, about->inputs, about->input_count, &copy,
                                         err)) ||
        (code = weir_multivariate_check(selection, weir_summary_schema(copy), &question, err)) ||
        (code = selection->answer(copy, &question, &found, err)))
        goto done;
    about->input_count = found.attribute_count;
    for (size_t i = 0; i < found.attribute_count; i++)
        about->inputs[i] = about->inputs[found.attributes[i]]; /* ascending: none is overtaken */
done:
    weir_components_free(&found);
    weir_summary_free(copy);
    weir_free(places);
    return code;
}
