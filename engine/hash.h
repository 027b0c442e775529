/* hash.h: uthash, told to report a failed allocation instead of ending the process.
 *
 * After HASH_ADD the caller looks at element->hh.tbl: NULL means there was no room and the element was not added.
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

#endif
