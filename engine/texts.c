/* texts.c: lists of owned texts, and what a name is made of.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "inside.h"

enum { NAME_LONGEST = 128 };

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

weir_code name_fits(const char *what, const char *name, weir_error *err)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = name ? strlen(name) : 0;

    if (!length || length > NAME_LONGEST || strspn(name, letters) != length)
        return weir_fail(err, WEIR_INVALID,
                         "%s \"%.140s\": it has 1 to %d of the letters A-Z a-z 0-9 . _ -", what,
                         name ? name : "", NAME_LONGEST);
    if (!strcmp(name, ".") || !strcmp(name, ".."))
        return weir_fail(err, WEIR_INVALID, "%s \"%s\": no path of a URL can hold it", what, name);
    return WEIR_OK;
}
