/* list_items.h: the items of a list cell, |a|b|c|.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DATA_LIST_ITEMS_H
#define WEIR_DATA_LIST_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/ascii.h"

/* The next item behind *at, blanks around it left out; items without letters are passed over. False at the end. */
static inline bool list_item_next(const char **at, const char **item, size_t *length)
{
    const char *from = *at;

    while (*from == '|' || ascii_is_blank(*from))
        from++;
    if (!*from)
        return false;
    *item = from;
    *length = strcspn(from, "|");
    *at = from + *length;
    ascii_trim(item, length);
    return true;
}

#endif
