/* table.h: uthash, told to allocate through weir/memory.h and to survive a failed allocation. Private to core.
 *
 * After HASH_ADD_KEYPTR a NULL in the table field of the element's handle says that there was no room: see
 * TABLE_ADDED.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_BASE_TABLE_H
#define CORE_BASE_TABLE_H

#include "weir/memory.h"

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) weir_malloc(size)
#define uthash_free(block, size) weir_free(block)
#include <uthash.h>

#define TABLE_ADDED(element, handle) ((element)->handle.tbl != NULL)

#endif
