/* memory.c: the allocator hook, and the arithmetic that must not overflow on the way to it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static weir_memory_hook memory = {malloc, realloc, free};

void weir_memory_use(const weir_memory_hook *hook)
{
    static const weir_memory_hook plain = {malloc, realloc, free};

    memory = hook ? *hook : plain;
}

void *weir_malloc(size_t size)
{
    return memory.allocate(size ? size : 1);
}

void *weir_calloc(size_t count, size_t size)
{
    void *block;

    if (size && count > SIZE_MAX / size)
        return NULL;
    block = weir_malloc(count * size);
    if (block)
        memset(block, 0, count * size);
    return block;
}

void *weir_realloc(void *block, size_t size)
{
    return memory.resize(block, size ? size : 1);
}

void *weir_realloc_array(void *block, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return weir_realloc(block, count * size);
}

char *weir_strndup(const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? weir_malloc(length + 1) : NULL;

    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *weir_strdup(const char *text)
{
    return weir_strndup(text, strlen(text));
}

void weir_free(void *block)
{
    if (block)
        memory.release(block);
}
