/* avro_schema.c: an Avro record schema in JSON to a table of types.
 *
 * Types refer to one another by index, named types are resolved while compiling (a name may be used only behind its
 * definition, so a recursive record finds itself). What a reader needs to be safe from a hostile schema is computed
 * here: types that take no bytes are marked, because an array may claim 2^62 of them in two bytes.
 *
 * The Avro specification 1.11, "Schema Declaration" and "Names".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "avro_schema.h"

#include <string.h>

#include "decimal.h"
#include "row_plan.h"

#define TYPES_MAX 16384

typedef struct {
    avro_schema_table *table;
    unsigned depth;
} compiler;

static const char *const kind_names[] = {"null",   "boolean", "int",    "long",   "float",
                                         "double", "bytes",   "string", "record", "enum",
                                         "array",  "map",     "union",  "fixed"};

#define PRIMITIVES (AVRO_STRING_TYPE + 1)

weir_code avro_schema_parse(const char *schema, size_t size, json_t **out, weir_error *err)
{
    json_error_t why;
    json_t *json = size > 0 ? json_loadb(schema, size, JSON_DECODE_ANY, &why) : NULL;
    const char *type = json_string_value(json_object_get(json, "type"));

    if (size == 0)
        return weir_fail(err, WEIR_INVALID, "Avro schema: the text is empty");
    if (!json)
        return weir_fail(err, WEIR_INVALID, "Avro schema: %s at byte %d", why.text, why.position);
    if (!type || strcmp(type, "record") != 0) {
        weir_fail(err, WEIR_INVALID, "Avro schema: a record is needed, not %s",
                  json_is_string(json) ? json_string_value(json)
                  : type               ? type
                                       : "this");
        json_decref(json);
        return WEIR_INVALID;
    }
    if (!json_is_array(json_object_get(json, "fields"))) {
        json_decref(json);
        return weir_fail(err, WEIR_INVALID, "Avro schema: the record has no list of fields");
    }
    *out = json;
    return WEIR_OK;
}

static weir_code no_room(weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for an Avro schema");
}

/* The block with room for count more elements of size bytes each; NULL, and the block as it was, without memory. */
static void *grown(void *block, size_t used, size_t *capacity, size_t count, size_t size)
{
    size_t want = *capacity ? *capacity : 16;
    void *more;

    if (*capacity > 0 && used + count <= *capacity)
        return block;
    while (want < used + count)
        want *= 2;
    if ((more = weir_realloc_array(block, want, size)))
        *capacity = want;
    return more;
}

static weir_code add_type(compiler *c, avro_kind kind, size_t *index, weir_error *err)
{
    avro_schema_table *t = c->table;
    avro_type *types;

    if (t->count == TYPES_MAX)
        return weir_fail(err, WEIR_TOO_LARGE, "Avro schema: more than %d types", TYPES_MAX);
    if (!(types = grown(t->types, t->count, &t->capacity, 1, sizeof *types)))
        return no_room(err);
    t->types = types;
    t->types[t->count] =
        (avro_type){.kind = kind, .title = kind_names[kind], .empty = kind == AVRO_NULL_TYPE};
    *index = t->count++;
    return WEIR_OK;
}

/* count parts for a type, all 0 at first. */
static weir_code add_parts(compiler *c, size_t type, size_t count, weir_error *err)
{
    avro_schema_table *t = c->table;
    const json_t **fields;
    uint32_t *parts = grown(t->parts, t->part_count, &t->part_capacity, count, sizeof *parts);

    if (!parts)
        return no_room(err);
    t->parts = parts;
    if (!(fields = grown(t->part_fields, t->part_count, &t->field_capacity, count,
                         sizeof(const json_t *))))
        return no_room(err);
    t->part_fields = fields;
    if (count > 0) {
        memset(t->parts + t->part_count, 0, count * sizeof *t->parts);
        memset(t->part_fields + t->part_count, 0, count * sizeof(const json_t *));
    }
    t->types[type].first = t->part_count;
    t->types[type].count = count;
    t->part_count += count;
    return WEIR_OK;
}

/* "ns.Name" from a name and the namespace around it; *space is the namespace inside. */
static weir_code full_name(const json_t *type, const char *space, char **out, weir_error *err)
{
    const char *name = json_string_value(json_object_get(type, "name"));
    const char *own = json_string_value(json_object_get(type, "namespace"));
    size_t size;

    if (!name || !*name)
        return weir_fail(err, WEIR_INVALID, "Avro schema: a named type has no name");
    if (own)
        space = own;
    if (strchr(name, '.'))
        space = "";
    size = strlen(space) + strlen(name) + 2;
    if (!(*out = weir_malloc(size)))
        return no_room(err);
    strcpy(*out, space);
    if (*space)
        strcat(*out, ".");
    strcat(*out, name);
    return WEIR_OK;
}

static size_t find_named(const compiler *c, const char *space, size_t space_size, const char *name)
{
    for (size_t i = 0; i < c->table->count; i++) {
        const char *known = c->table->types[i].name;

        if (!known)
            continue;
        if (space_size == 0 ? strcmp(known, name) == 0
                            : strncmp(known, space, space_size) == 0 && known[space_size] == '.' &&
                                  strcmp(known + space_size + 1, name) == 0)
            return i;
    }
    return WEIR_NONE;
}

static weir_code compile_name(compiler *c, const char *name, const char *space, size_t *index,
                              weir_error *err)
{
    for (avro_kind kind = 0; kind < PRIMITIVES; kind++)
        if (strcmp(name, kind_names[kind]) == 0)
            return add_type(c, kind, index, err);
    *index = strchr(name, '.') ? WEIR_NONE : find_named(c, space, strlen(space), name);
    if (*index == WEIR_NONE)
        *index = find_named(c, "", 0, name);
    if (*index == WEIR_NONE)
        return weir_fail(err, WEIR_INVALID, "Avro schema: there is no type '%s'", name);
    return WEIR_OK;
}

static weir_code compile(compiler *c, const json_t *type, const char *space, size_t *index,
                         weir_error *err);

static weir_code compile_fields(compiler *c, const json_t *record, const char *space, size_t self,
                                weir_error *err)
{
    const json_t *fields = json_object_get(record, "fields");
    size_t count = json_array_size(fields);
    bool empty = true;
    weir_code code;

    if (!json_is_array(fields))
        return weir_fail(err, WEIR_INVALID, "Avro schema: record '%s' has no list of fields",
                         c->table->types[self].name);
    if ((code = add_parts(c, self, count, err)))
        return code;
    for (size_t i = 0; i < count; i++) {
        const json_t *field = json_array_get(fields, i);
        const char *name = json_string_value(json_object_get(field, "name"));
        size_t part;

        if (!name)
            return weir_fail(err, WEIR_INVALID, "Avro schema: field %zu of '%s' has no name", i,
                             c->table->types[self].name);
        if ((code = compile(c, json_object_get(field, "type"), space, &part, err)))
            return weir_explain(err, code, "field '%s'", name);
        c->table->parts[c->table->types[self].first + i] = (uint32_t)part;
        c->table->part_fields[c->table->types[self].first + i] = field;
        empty = empty && c->table->types[part].empty;
    }
    c->table->types[self].empty = empty;
    return WEIR_OK;
}

static weir_code compile_symbols(compiler *c, const json_t *type, size_t self, weir_error *err)
{
    avro_schema_table *t = c->table;
    const json_t *symbols = json_object_get(type, "symbols");
    size_t count = json_array_size(symbols);
    char **all;
    weir_code code;

    if (count == 0)
        return weir_fail(err, WEIR_INVALID, "Avro schema: enum '%s' has no symbols",
                         t->types[self].name);
    if ((code = add_parts(c, self, count, err)))
        return code;
    if (!(all = grown(t->symbols, t->symbol_count, &t->symbol_capacity, count, sizeof *all)))
        return no_room(err);
    t->symbols = all;
    for (size_t i = 0; i < count; i++) {
        const char *symbol = json_string_value(json_array_get(symbols, i));

        if (!symbol)
            return weir_fail(err, WEIR_INVALID, "Avro schema: symbol %zu of enum '%s' is no text",
                             i, t->types[self].name);
        if (!(t->symbols[t->symbol_count] = weir_strdup(symbol)))
            return no_room(err);
        t->parts[t->types[self].first + i] = (uint32_t)t->symbol_count++;
    }
    return WEIR_OK;
}

static weir_code compile_named(compiler *c, const json_t *type, avro_kind kind, const char *space,
                               size_t *index, weir_error *err)
{
    char *name = NULL;
    char *inner = NULL;
    json_int_t size = json_integer_value(json_object_get(type, "size"));
    weir_code code;

    if ((code = full_name(type, space, &name, err)))
        goto done;
    if (find_named(c, "", 0, name) != WEIR_NONE) {
        code = weir_fail(err, WEIR_INVALID, "Avro schema: type '%s' is defined twice", name);
        goto done;
    }
    if (!(inner = weir_strdup(name))) {
        code = no_room(err);
        goto done;
    }
    *(strrchr(inner, '.') ? strrchr(inner, '.') : inner) = 0;
    if ((code = add_type(c, kind, index, err)))
        goto done;
    c->table->types[*index].name = name;
    name = NULL; /* the table's now */
    if (kind == AVRO_RECORD_TYPE) {
        code = compile_fields(c, type, inner, *index, err);
    } else if (kind == AVRO_ENUM_TYPE) {
        code = compile_symbols(c, type, *index, err);
    } else if (!json_is_integer(json_object_get(type, "size")) || size < 0) {
        code = weir_fail(err, WEIR_INVALID, "Avro schema: fixed '%s' has no size",
                         c->table->types[*index].name);
    } else {
        c->table->types[*index].fixed_size = (size_t)size;
        c->table->types[*index].empty = size == 0;
    }
done:
    weir_free(name);
    weir_free(inner);
    return code;
}

/* An array, a map: one part under the given member. */
static weir_code compile_items(compiler *c, const json_t *type, avro_kind kind, const char *space,
                               size_t *index, weir_error *err)
{
    const char *member = kind == AVRO_ARRAY_TYPE ? "items" : "values";
    size_t part;
    weir_code code;

    if ((code = add_type(c, kind, index, err)) || (code = add_parts(c, *index, 1, err)) ||
        (code = compile(c, json_object_get(type, member), space, &part, err)))
        return code;
    c->table->parts[c->table->types[*index].first] = (uint32_t)part;
    return WEIR_OK;
}

static weir_code compile_union(compiler *c, const json_t *type, const char *space, size_t *index,
                               weir_error *err)
{
    size_t count = json_array_size(type), part;
    weir_code code;

    if (count == 0)
        return weir_fail(err, WEIR_INVALID, "Avro schema: a union has no branches");
    if ((code = add_type(c, AVRO_UNION_TYPE, index, err)) ||
        (code = add_parts(c, *index, count, err)))
        return code;
    for (size_t i = 0; i < count; i++) {
        if ((code = compile(c, json_array_get(type, i), space, &part, err)))
            return code;
        if (c->table->types[part].kind == AVRO_UNION_TYPE)
            return weir_fail(err, WEIR_INVALID, "Avro schema: a union in a union");
        c->table->parts[c->table->types[*index].first + i] = (uint32_t)part;
    }
    return WEIR_OK;
}

static const struct {
    const char *name;
    avro_kind kind;
    logical_kind logical;
} logical_types[] = {
    {"date", AVRO_INT_TYPE, LOGICAL_DAYS},
    {"time-millis", AVRO_INT_TYPE, LOGICAL_MILLIS},
    {"time-micros", AVRO_LONG_TYPE, LOGICAL_MICROS},
    {"timestamp-millis", AVRO_LONG_TYPE, LOGICAL_MILLIS},
    {"timestamp-micros", AVRO_LONG_TYPE, LOGICAL_MICROS},
    {"timestamp-nanos", AVRO_LONG_TYPE, LOGICAL_NANOS},
    {"local-timestamp-millis", AVRO_LONG_TYPE, LOGICAL_MILLIS},
    {"local-timestamp-micros", AVRO_LONG_TYPE, LOGICAL_MICROS},
    {"local-timestamp-nanos", AVRO_LONG_TYPE, LOGICAL_NANOS},
    {"decimal", AVRO_BYTES_TYPE, LOGICAL_DECIMAL},
    {"decimal", AVRO_FIXED_TYPE, LOGICAL_DECIMAL},
    {"duration", AVRO_FIXED_TYPE, LOGICAL_DURATION},
    {"uuid", AVRO_FIXED_TYPE, LOGICAL_UUID},
};

/* Whether the rest of a logical type holds; one that does not is ignored, as the specification wants it. */
static bool logical_holds(const avro_type *type, logical_kind logical, json_int_t scale)
{
    switch (logical) {
    case LOGICAL_DECIMAL:
        return scale >= -DECIMAL_SCALE_MAX && scale <= DECIMAL_SCALE_MAX;
    case LOGICAL_DURATION:
        return type->fixed_size == 12;
    case LOGICAL_UUID:
        return type->fixed_size == 16;
    default:
        return true;
    }
}

/* A uuid in a string stays a text. */
static void mark_logical(avro_type *type, const json_t *json)
{
    const char *name = json_string_value(json_object_get(json, "logicalType"));
    json_int_t scale = json_integer_value(json_object_get(json, "scale"));

    for (size_t i = 0; name && i < sizeof logical_types / sizeof *logical_types; i++) {
        if (type->kind != logical_types[i].kind || strcmp(name, logical_types[i].name) != 0 ||
            !logical_holds(type, logical_types[i].logical, scale))
            continue;
        type->logical = logical_types[i].logical;
        type->title = logical_types[i].name;
        type->scale = (int)scale;
    }
}

static weir_code compile_object(compiler *c, const json_t *type, const char *space, size_t *index,
                                weir_error *err)
{
    const json_t *inner = json_object_get(type, "type");
    const char *name = json_string_value(inner);
    weir_code code;

    if (!name)
        return compile(c, inner, space, index, err);
    for (avro_kind kind = AVRO_RECORD_TYPE; kind <= AVRO_FIXED_TYPE; kind++) {
        if (kind == AVRO_UNION_TYPE || strcmp(name, kind_names[kind]) != 0)
            continue;
        code = kind == AVRO_ARRAY_TYPE || kind == AVRO_MAP_TYPE
                   ? compile_items(c, type, kind, space, index, err)
                   : compile_named(c, type, kind, space, index, err);
        if (!code)
            mark_logical(&c->table->types[*index], type);
        return code;
    }
    code = compile_name(c, name, space, index, err);
    if (!code && !c->table->types[*index].name)
        mark_logical(&c->table->types[*index], type);
    return code;
}

static weir_code compile(compiler *c, const json_t *type, const char *space, size_t *index,
                         weir_error *err)
{
    weir_code code;

    if (c->depth == AVRO_DEPTH_MAX)
        return weir_fail(err, WEIR_INVALID, "Avro schema: nested deeper than %d", AVRO_DEPTH_MAX);
    c->depth++;
    if (json_is_string(type))
        code = compile_name(c, json_string_value(type), space, index, err);
    else if (json_is_array(type))
        code = compile_union(c, type, space, index, err);
    else if (json_is_object(type))
        code = compile_object(c, type, space, index, err);
    else
        code = weir_fail(err, WEIR_INVALID, "Avro schema: a type is missing or no type");
    c->depth--;
    return code;
}

weir_code avro_schema_compile(const json_t *record, avro_schema_table *out, weir_error *err)
{
    compiler c = {.table = out};
    size_t index;

    return compile(&c, record, "", &index, err);
}

void avro_schema_clear(avro_schema_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        weir_free(table->types[i].name);
    for (size_t i = 0; i < table->symbol_count; i++)
        weir_free(table->symbols[i]);
    weir_free(table->types);
    weir_free(table->parts);
    weir_free(table->symbols);
    weir_free(table->part_fields);
    *table = (avro_schema_table){0};
}
