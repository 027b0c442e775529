/* cell_types.c: see cell_types.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cell_types.h"

#include <stdio.h>
#include <string.h>

#include "weir/memory.h"

static bool is_number(weir_type type)
{
    return type == WEIR_C || type == WEIR_B;
}

/* Whether an attribute's column has another type in the whole; *name is that column. */
static bool disagrees(const weir_schema *whole, const weir_schema *schema, const weir_attribute *a,
                      const char **name)
{
    weir_type type = a->parent == WEIR_NONE ? a->type : WEIR_T, known = type;

    *name = a->parent == WEIR_NONE ? a->name : weir_schema_parent_name(schema, a->parent);
    return weir_schema_type(whole, *name, strlen(*name), &known) && known != type &&
           !(is_number(known) && is_number(type));
}

/* The part of a cell that the whole can take; *column is the first that it cannot, "" when it takes all. */
static weir_code fitting(const weir_summary *whole, const weir_summary *cell, weir_summary **out,
                         char column[WEIR_NAME_MAX + 1], weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(cell);
    size_t size = weir_schema_size(schema), kept = 0;
    size_t *ids = weir_calloc(size + 1, sizeof *ids);
    weir_code code = WEIR_OK;

    *column = 0;
    if (!ids)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu attributes", size);
    for (size_t i = 0; i < size; i++) {
        const char *name = NULL;

        if (!disagrees(weir_summary_schema(whole), schema, weir_schema_at(schema, i), &name))
            ids[kept++] = i;
        else if (!*column)
            snprintf(column, WEIR_NAME_MAX + 1, "%s", name);
    }
    if (*column)
        code = weir_summary_select(cell, ids, kept, out, err);
    weir_free(ids);
    return code;
}

weir_code cell_types_merge(const weir_summary *const *cells, size_t count, weir_summary **out,
                           char column[WEIR_NAME_MAX + 1], size_t *at, weir_error *err)
{
    char left_out[WEIR_NAME_MAX + 1];
    weir_summary *whole = NULL;
    weir_code code = WEIR_OK;

    *at = count;
    *column = 0;
    if (!count)
        return weir_fail(err, WEIR_INVALID, "no cells to merge");
    code = weir_summary_copy(cells[0], &whole, err);
    for (size_t i = 1; !code && i < count; i++) {
        weir_summary *part = NULL;

        if (!(code = fitting(whole, cells[i], &part, left_out, err)))
            code = weir_summary_merge(whole, part ? part : cells[i], err);
        weir_summary_free(part);
        if (*left_out && *at == count) {
            *at = i;
            memcpy(column, left_out, sizeof left_out);
        }
    }
    if (code) {
        weir_summary_free(whole);
        return code;
    }
    *out = whole;
    return WEIR_OK;
}
