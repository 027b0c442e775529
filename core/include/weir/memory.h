/* memory.h: the one hook through which all of core allocates.
 *
 * Tests install an allocator that fails at the n-th call; an embedder installs its own. Set it once, before any
 * other call and before threads start.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_MEMORY_H
#define WEIR_MEMORY_H

#include <stddef.h>

typedef struct {
    void *(*allocate)(size_t size);            /* as malloc */
    void *(*resize)(void *block, size_t size); /* as realloc */
    void (*release)(void *block);              /* as free */
} weir_memory_hook;

void weir_memory_use(const weir_memory_hook *hook); /* NULL: back to malloc */

void *weir_malloc(size_t size);
void *weir_calloc(size_t count, size_t size); /* zeroed; NULL also when count * size overflows */
void *weir_realloc(void *block, size_t size);
void *weir_realloc_array(void *block, size_t count, size_t size); /* NULL also on overflow */
char *weir_strdup(const char *text);
char *weir_strndup(const char *text, size_t length);
void weir_free(void *block); /* NULL is fine */

#endif
