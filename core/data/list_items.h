/* list_items.h: the items of a list cell, |a|b|c|.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DATA_LIST_ITEMS_H
#define WEIR_DATA_LIST_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The next item behind *at, blanks around it left out; items without letters are passed over. False at the end. */
static inline bool list_item_next(const char **at, const char **item, size_t *length)
{
    const char *from = *at, *end;

    while (*from == '|' || *from == ' ' || (*from >= '\t' && *from <= '\r'))
        from++;
    if (!*from)
        return false;
    *at = end = from + strcspn(from, "|");
    while (end[-1] == ' ' || (end[-1] >= '\t' && end[-1] <= '\r'))
        end--; /* from stands on a letter */
    *item = from;
    *length = (size_t)(end - from);
    return true;
}

#endif
