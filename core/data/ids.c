/* ids.c: see weir/ids.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/ids.h"

#include <string.h>

#include "weir/memory.h"

enum { FIRST_ROOM = 16 };

weir_code weir_ids_add(weir_ids *list, size_t id, weir_error *err)
{
    if (list->count == list->capacity) {
        size_t wider = list->capacity ? 2 * list->capacity : FIRST_ROOM;
        size_t *grown = weir_realloc_array(list->ids, wider, sizeof *grown);

        if (!grown)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for a list of %zu attributes", wider);
        list->ids = grown;
        list->capacity = wider;
    }
    list->ids[list->count++] = id;
    return WEIR_OK;
}

weir_code weir_ids_add_named(weir_ids *list, const weir_schema *schema, const char *name,
                             bool *category, weir_error *err)
{
    const size_t length = strlen(name), before = list->count;
    const size_t id = weir_schema_find(schema, name, length);
    const size_t parent = weir_schema_find_parent(schema, name, length);
    const bool values = id == WEIR_NONE && parent != WEIR_NONE;
    weir_code code = WEIR_OK;

    if (id == WEIR_NONE && parent == WEIR_NONE)
        return weir_fail(err, WEIR_INVALID, "there is no attribute \"%.160s\"", name);
    if (category)
        *category = values;
    if (!values)
        return weir_ids_add(list, id, err);
    for (size_t i = 0; !code && i < weir_schema_size(schema); i++)
        if (weir_schema_at(schema, i)->parent == parent)
            code = weir_ids_add(list, i, err);
    if (code)
        list->count = before;
    return code;
}

void weir_ids_free(weir_ids *list)
{
    weir_free(list->ids);
    *list = (weir_ids){0};
}
