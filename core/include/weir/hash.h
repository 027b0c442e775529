/* hash.h: uthash, told to allocate through weir/memory.h and to survive a failed allocation, which it would otherwise
 * answer with exit(). Every user of uthash includes it through here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_HASH_H
#define WEIR_HASH_H

#include "weir/memory.h"

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) weir_malloc(size)
#define uthash_free(block, size) weir_free(block)
#include <uthash.h>

/* After HASH_ADD: whether there was room for the element; if not, the table is as before. */
#define HASH_ADDED(element, handle) ((element)->handle.tbl != NULL)

#endif
