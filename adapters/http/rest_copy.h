/* rest_copy.h: copies of the attributes that some MLContexts are about.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_REST_COPY_H
#define HTTP_REST_COPY_H

#include "rest_inside.h"

/* A set of attribute ids of a project, in the order taken. */
typedef struct {
    size_t *place; /* of an attribute id: its position among ids, or WEIR_NONE */
    size_t *ids;
    size_t count; /* of ids */
} rest_set;

weir_code rest_set_new(size_t schema_size, rest_set *out, weir_error *err);
void rest_set_free(rest_set *set); /* zeros are fine */
void rest_set_clear(rest_set *set);
/* Takes the attributes of a context; those that are there stay where they are. */
void rest_set_take(rest_set *set, const rest_context *context);
/* Copies the set from the project; a context's ids then become those of the copy. */
weir_code rest_set_copy(const rest_set *set, const rest_call *call, weir_summary **out,
                        weir_error *err);
void rest_set_translate(const rest_set *set, rest_context *context);

#endif
