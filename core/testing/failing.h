/* failing.h: an allocator for tests of core that fails at the n-th call.
 *
 *     for (size_t nth = 0; failing_begin(nth), code = what(), failing_end(), code == WEIR_NO_MEMORY; nth++)
 *
 * For cmocka programs only; not part of the library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_TESTING_FAILING_H
#define CORE_TESTING_FAILING_H

#include <stdlib.h>

#include "weir/memory.h"

static size_t failing_left;

static void *failing_allocate(size_t size)
{
    return failing_left-- == 0 ? (failing_left = 0, NULL) : malloc(size);
}

static void *failing_resize(void *old, size_t size)
{
    return failing_left-- == 0 ? (failing_left = 0, NULL) : realloc(old, size);
}

/* From here every allocation from the n-th (counted from 0) on fails, until failing_end(). */
static inline void failing_begin(size_t nth)
{
    static const weir_memory_hook hook = {failing_allocate, failing_resize, free};

    failing_left = nth;
    weir_memory_use(&hook);
}

static inline void failing_end(void)
{
    weir_memory_use(NULL);
}

#endif
