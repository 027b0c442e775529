/* texts.c: lists of owned texts.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "inside.h"

void weir_list_free(char **list, size_t count)
{
    if (!list)
        return;
    for (size_t i = 0; i < count; i++)
        weir_free(list[i]);
    weir_free(list);
}

weir_code texts_copy(const char *const *from, size_t count, char ***out, weir_error *err)
{
    char **list = weir_calloc(count ? count : 1, sizeof *list);

    for (size_t i = 0; list && i < count; i++)
        if (!(list[i] = weir_strdup(from[i]))) {
            weir_list_free(list, count);
            list = NULL;
        }
    if (!list)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a list of %zu texts", count);
    *out = list;
    return WEIR_OK;
}
