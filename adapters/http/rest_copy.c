/* rest_copy.c: copies of the attributes that some MLContexts are about (see rest_copy.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rest_copy.h"

#include "weir/memory.h"

weir_code rest_set_new(size_t schema_size, rest_set *out, weir_error *err)
{
    *out = (rest_set){0};
    out->place = weir_malloc((schema_size + 1) * sizeof *out->place);
    out->ids = weir_malloc((schema_size + 1) * sizeof *out->ids);
    if (!out->place || !out->ids) {
        rest_set_free(out);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the attributes");
    }
    for (size_t i = 0; i < schema_size; i++)
        out->place[i] = WEIR_NONE;
    return WEIR_OK;
}

void rest_set_free(rest_set *set)
{
    weir_free(set->place);
    weir_free(set->ids);
    *set = (rest_set){0};
}

void rest_set_clear(rest_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        set->place[set->ids[i]] = WEIR_NONE;
    set->count = 0;
}

static void take(rest_set *set, const size_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (set->place[ids[i]] == WEIR_NONE) {
            set->place[ids[i]] = set->count;
            set->ids[set->count++] = ids[i];
        }
}

void rest_set_take(rest_set *set, const rest_context *context)
{
    take(set, context->inputs, context->input_count);
    take(set, context->targets, context->target_count);
}

weir_code rest_set_copy(const rest_set *set, const rest_call *call, weir_summary **out,
                        weir_error *err)
{
    return weir_project_select_ids(call->engine, call->cid, call->pid, set->ids, set->count, out,
                                   err);
}

static void translate(const rest_set *set, size_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ids[i] = set->place[ids[i]];
}

void rest_set_translate(const rest_set *set, rest_context *context)
{
    translate(set, context->inputs, context->input_count);
    translate(set, context->targets, context->target_count);
}
