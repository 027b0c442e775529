/* avro_walk.c: stepping over Avro values.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "avro_walk.h"

static void skip_blocks(const avro_schema_table *table, const avro_type *type, unsigned depth,
                        avro_cursor *c)
{
    size_t part = table->parts[type->first], unused;
    bool free_items = type->kind == AVRO_ARRAY_TYPE && table->types[part].empty;
    const uint8_t *end;
    int64_t count;

    while ((count = avro_block_begin(c, &end)) > 0 && !c->failed) {
        for (; count > 0 && !free_items && !c->failed; count--) {
            if (type->kind == AVRO_MAP_TYPE)
                avro_take_sized(c, &unused);
            avro_skip(table, part, depth, c);
        }
        avro_block_end(c, end);
    }
}

void avro_skip(const avro_schema_table *table, size_t index, unsigned depth, avro_cursor *c)
{
    const avro_type *type = &table->types[index];
    size_t unused;

    if (type->empty || c->failed)
        return;
    if (depth >= AVRO_DEPTH_MAX) {
        avro_fail(c);
        return;
    }
    switch (type->kind) {
    case AVRO_NULL_TYPE:
        break;
    case AVRO_BOOLEAN_TYPE:
        avro_take_boolean(c);
        break;
    case AVRO_INT_TYPE:
        avro_take_int(c);
        break;
    case AVRO_LONG_TYPE:
        avro_take_long(c);
        break;
    case AVRO_FLOAT_TYPE:
        avro_take(c, 4);
        break;
    case AVRO_DOUBLE_TYPE:
        avro_take(c, 8);
        break;
    case AVRO_BYTES_TYPE:
    case AVRO_STRING_TYPE:
        avro_take_sized(c, &unused);
        break;
    case AVRO_RECORD_TYPE:
        for (size_t i = 0; i < type->count; i++)
            avro_skip(table, table->parts[type->first + i], depth + 1, c);
        break;
    case AVRO_ENUM_TYPE:
        avro_take_choice(c, type->count);
        break;
    case AVRO_ARRAY_TYPE:
    case AVRO_MAP_TYPE:
        skip_blocks(table, type, depth + 1, c);
        break;
    case AVRO_UNION_TYPE:
        avro_skip(table, table->parts[type->first + avro_take_choice(c, type->count)], depth + 1,
                  c);
        break;
    case AVRO_FIXED_TYPE:
        avro_take(c, type->fixed_size);
        break;
    }
}
