/* json_plan.h: a row plan of JSON objects, shared by the files that make it up.
 *
 *     json_plan.c     fields found as they come, and rows read
 *     json_connect.c  fields from the schema of Kafka Connect's envelope
 *     json_extend.c   more members behind those of a value
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_JSON_PLAN_H
#define CODEC_JSON_PLAN_H

#include "json_walk.h"
#include "list_cell.h"
#include "row_plan.h"

#define JSON_OBJECTS_MAX 24 /* in one another, whose members become fields */

typedef struct {
    weir_row_plan plan;
    bool envelope;
    json_index *index;
    weir_bytes schema; /* the text of the envelope's schema that the fields come from */
    weir_bytes scratch, key;
    weir_bytes path; /* the dotted name of the member being read, where it is not at the top */
    list_cell list;  /* of the array being read */
    uint64_t row;    /* numbers the rows, see plan_field */
} json_row_plan;

/* Where schema and payload lie. */
typedef struct {
    json_walk walk;   /* before the row's object */
    json_walk schema; /* before the envelope's schema */
    bool has_schema;  /* and it is not null */
    bool has_payload;
} json_value;

weir_code json_value_open(const json_row_plan *self, const void *text, size_t size,
                          json_value *value, weir_error *err);

/* Writes name behind the first prefix bytes of the path, and a dot between; the whole is *full. */
weir_code json_path_set(weir_bytes *path, size_t prefix, const char *name, size_t size,
                        const char **full, size_t *full_size, weir_error *err);

/* Reads the schema of an envelope into the plan when it is not the one it has. */
weir_code json_look_at_schema(json_row_plan *self, json_walk walk, bool *changed, weir_error *err);

/* As in weir_codecs. */
weir_code json_extend(const weir_row_plan *plan, const void *text, size_t size,
                      const weir_extra_field *extras, size_t count, weir_bytes *out,
                      weir_error *err);

#endif
