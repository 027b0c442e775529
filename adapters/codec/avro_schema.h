/* avro_schema.h: an Avro record schema compiled into a table of types.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_AVRO_SCHEMA_H
#define CODEC_AVRO_SCHEMA_H

#include <jansson.h>

#include "logical.h"
#include "weir/bytes.h"

#define AVRO_DEPTH_MAX 64 /* of a schema's text, and of values */

typedef enum {
    AVRO_NULL_TYPE,
    AVRO_BOOLEAN_TYPE,
    AVRO_INT_TYPE,
    AVRO_LONG_TYPE,
    AVRO_FLOAT_TYPE,
    AVRO_DOUBLE_TYPE,
    AVRO_BYTES_TYPE,
    AVRO_STRING_TYPE,
    AVRO_RECORD_TYPE, /* parts: its fields */
    AVRO_ENUM_TYPE,   /* parts: indexes into symbols */
    AVRO_ARRAY_TYPE,  /* one part: the items */
    AVRO_MAP_TYPE,    /* one part: the values */
    AVRO_UNION_TYPE,  /* parts: its branches */
    AVRO_FIXED_TYPE,
} avro_kind;

typedef struct {
    avro_kind kind;
    bool empty; /* takes no bytes whatever its value: null, fixed of 0, records of such */
    logical_kind logical;
    const char *title;   /* as the schema calls it: "timestamp-millis", "long"; static */
    int scale;           /* of a decimal */
    size_t fixed_size;   /* FIXED */
    size_t first, count; /* parts */
    char *name;          /* full name of RECORD, ENUM, FIXED */
} avro_type;

typedef struct {
    avro_type *types; /* the record itself is type 0 */
    size_t count, capacity;
    uint32_t *parts;
    const json_t **part_fields; /* the field that a part of a record is; borrowed from the JSON */
    size_t part_count, part_capacity, field_capacity;
    char **symbols;
    size_t symbol_count, symbol_capacity;
} avro_schema_table;

/* The JSON of a record schema, parsed and known to be an object with "type":"record" and a list of fields. */
weir_code avro_schema_parse(const char *schema, size_t size, json_t **out, weir_error *err);
/* Compiles it. out is zeros before; avro_schema_clear() whatever the outcome. part_fields is of use as long as record
 * lives. */
weir_code avro_schema_compile(const json_t *record, avro_schema_table *out, weir_error *err);
void avro_schema_clear(avro_schema_table *table);

#endif
