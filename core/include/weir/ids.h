/* ids.h: a list of attribute ids, gathered from names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_IDS_H
#define WEIR_IDS_H

#include "weir/schema.h"

/* {0} is empty. */
typedef struct {
    size_t *ids; /* owned */
    size_t count, capacity;
} weir_ids;

weir_code weir_ids_add(weir_ids *list, size_t id, weir_error *err);
/* Adds the attribute of that name or, where the name is that of a category, all its values so far in order of
 * appearance; *category (NULL allowed) tells which. WEIR_INVALID names what is not there and adds nothing. */
weir_code weir_ids_add_named(weir_ids *list, const weir_schema *schema, const char *name,
                             bool *category, weir_error *err);
void weir_ids_free(weir_ids *list); /* leaves an empty list */

#endif
