/* word_index.h: where a text stands in a list: the lookup of a batch's columns and of a column's words.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DATA_WORD_INDEX_H
#define WEIR_DATA_WORD_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Place of the text, or WEIR_NONE. NULL is an empty index. */
size_t word_index_find(const void *index, const char *text, size_t length);
/* False when there is no room. text must outlive the index. */
bool word_index_add(void **index, const char *text, size_t length, size_t at);
/* The text at place i is now at places[i]; WORD_GONE: it is no more. */
#define WORD_GONE UINT32_MAX
void word_index_move(void **index, const uint32_t *places);
void word_index_clear(void **index);

#endif
