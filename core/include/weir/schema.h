/* schema.h: names and types of what a project knows.
 *
 * An attribute is what the API lists and numbers: continuous C, binary B, string S, list L, ignored X, and one
 * dynamic B per value of a category. A category column itself (type T) is a *parent*: it has a name and a number of
 * its own, is not in the attribute list, and its values are attributes named "column$value", looked up by
 * (parent, value), never by splitting a name. Ids follow order of appearance and never change; a type only where a B
 * column widens to C.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SCHEMA_H
#define WEIR_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

typedef enum {
    WEIR_C = 'C', /* continuous */
    WEIR_B = 'B', /* binary 0/1 */
    WEIR_T = 'T', /* category: one dynamic B per value */
    WEIR_L = 'L', /* list |a|b|: counted through an encoder only */
    WEIR_S = 'S', /* string: counted through an encoder only */
    WEIR_X = 'X', /* ignored */
} weir_type;

#define WEIR_NONE SIZE_MAX  /* no such attribute, parent, column or slot */
#define WEIR_NAME_MAX 1024  /* bytes of a column name */
#define WEIR_VALUE_MAX 1024 /* bytes of a category value */
#define WEIR_CATEGORY_SEPARATOR "$"

typedef struct {
    const char *name;  /* "x", or "colour$red" for a dynamic one; UTF-8 */
    weir_type type;    /* C, B, S, L or X */
    size_t parent;     /* index of its category parent, or WEIR_NONE */
    const char *value; /* the category value ("red"), or NULL; for the (other) column "(other)" */
    bool
        other; /* takes the values beyond the limit of its parent; a column apart from a real "(other)" */
    size_t
        slot; /* index among the C and B attributes, which have statistics; WEIR_NONE for S, L, X */
} weir_attribute;

typedef struct weir_schema weir_schema;

weir_code weir_schema_new(weir_schema **out, weir_error *err);
weir_code weir_schema_copy(const weir_schema *schema, weir_schema **out, weir_error *err);
void weir_schema_free(weir_schema *schema); /* NULL is fine */

/* Adds an attribute (type C, B, S, L, X) or a parent (type T); *id is its attribute id or its parent index. A name
 * that exists with the same type gives the existing one; with another type WEIR_INVALID naming both types. */
weir_code weir_schema_add(weir_schema *schema, const char *name, size_t length, weir_type type,
                          size_t *id, weir_error *err);
/* Makes a plain B attribute a C one; it keeps its id and slot. */
void weir_schema_widen(weir_schema *schema, size_t id);
/* The type of the column of that name: T for a category, that of a plain attribute otherwise. False: there is none. */
bool weir_schema_type(const weir_schema *schema, const char *name, size_t length, weir_type *type);
/* The dynamic attribute of a parent and a value already trimmed and lower-cased; made when it is new. */
weir_code weir_schema_add_value(weir_schema *schema, size_t parent, const char *value,
                                size_t length, bool other, size_t *id, weir_error *err);

size_t weir_schema_size(const weir_schema *schema);  /* attributes */
size_t weir_schema_slots(const weir_schema *schema); /* C and B attributes */
const weir_attribute *weir_schema_at(const weir_schema *schema, size_t id);
const weir_attribute *weir_schema_slot(const weir_schema *schema, size_t slot);
size_t weir_schema_slot_id(const weir_schema *schema, size_t slot); /* attribute id of a slot */
/* The attribute of that name or WEIR_NONE. When a plain attribute and a dynamic one share a name, the plain one. */
size_t weir_schema_find(const weir_schema *schema, const char *name, size_t length);

size_t weir_schema_parents(const weir_schema *schema);
const char *weir_schema_parent_name(const weir_schema *schema, size_t parent);
size_t weir_schema_find_parent(const weir_schema *schema, const char *name, size_t length);
size_t weir_schema_find_value(const weir_schema *schema, size_t parent, const char *value,
                              size_t length);
/* The number of values of a parent so far, the (other) column not counted; and its (other) attribute or WEIR_NONE. */
size_t weir_schema_values(const weir_schema *schema, size_t parent);
size_t weir_schema_other(const weir_schema *schema, size_t parent);

size_t weir_schema_memory(const weir_schema *schema); /* bytes held, about */

/* 'C', 'c' ... to a type; false for anything else. '-' reads as X. */
bool weir_type_from_letter(const char *text, size_t length, weir_type *type);

/* Trims ASCII blanks and lower-cases ASCII letters in place; returns the start, *length the new length. */
char *weir_category_normalise(char *text, size_t *length);

#endif
