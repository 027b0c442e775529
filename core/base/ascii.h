/* ascii.h: the blanks around what people and programs write. Of ASCII only, whatever the locale is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_BASE_ASCII_H
#define CORE_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline bool ascii_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Leaves out the blanks at both ends; the text is not changed. */
static inline void ascii_trim(const char **text, size_t *length)
{
    while (*length && ascii_is_blank(**text)) {
        ++*text;
        --*length;
    }
    while (*length && ascii_is_blank((*text)[*length - 1]))
        --*length;
}

#endif
