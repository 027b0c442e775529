/* bad_columns.c: see bad_columns.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bad_columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "weir/memory.h"

#define TOLD_AT_FIRST 3
#define TOLD_EVERY 1000
#define MORE ", ..."

static weir_code find(bad_columns *bad, const char *name, bad_column **out, weir_error *err)
{
    bad_column *wider = NULL;
    char *copy = NULL;

    for (size_t i = 0; i < bad->count; i++)
        if (!strcmp(bad->columns[i].name, name)) {
            *out = &bad->columns[i];
            return WEIR_OK;
        }
    if ((wider = weir_realloc_array(bad->columns, bad->count + 1, sizeof *wider)))
        bad->columns = wider;
    if (!wider || !(copy = weir_strdup(name)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room to count bad cells of column %.100s", name);
    *out = &bad->columns[bad->count++];
    **out = (bad_column){.name = copy};
    return WEIR_OK;
}

weir_code bad_columns_add(bad_columns *bad, const char *name, uint64_t cells, bool *tell,
                          weir_error *err)
{
    bad_column *column = NULL;
    weir_code code = find(bad, name, &column, err);

    if (code)
        return code;
    *tell = column->cells < TOLD_AT_FIRST ||
            column->cells / TOLD_EVERY != (column->cells + cells) / TOLD_EVERY;
    column->cells += cells;
    return WEIR_OK;
}

void bad_columns_text(const bad_columns *bad, char *out, size_t room)
{
    size_t used = 0, limit = room > sizeof MORE ? room - sizeof MORE : 0;

    *out = '\0';
    for (size_t i = 0; i < bad->count; i++) {
        int size = snprintf(out + used, room - used, "%s%s (%" PRIu64 ")", i ? ", " : "",
                            bad->columns[i].name, bad->columns[i].cells);

        if (size < 0 || used + (size_t)size > limit) {
            strcpy(out + used, used ? MORE : "...");
            return;
        }
        used += (size_t)size;
    }
}

void bad_columns_free(bad_columns *bad)
{
    for (size_t i = 0; i < bad->count; i++)
        weir_free(bad->columns[i].name);
    weir_free(bad->columns);
    *bad = (bad_columns){0};
}
