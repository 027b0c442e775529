/* schema.c: attributes, category parents and their values, found by name in constant time.
 *
 * Three lookups: plain attributes and parents share one space of names (a column has one type); each parent has its
 * values; and full names of dynamic attributes ("colour$red") are found last, the first one made winning where two
 * read the same: value "b$c" of column "a" and value "c" of column "a$b" are two attributes with one name.
 * Entries never move: pointers to a weir_attribute live as long as the schema.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/schema.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/ascii.h"
#include "weir/bytes.h"
#include "weir/hash.h"

#define OTHER_VALUE "(other)"

typedef struct {
    weir_attribute public; /* its name and value are owned here */
    char *name, *value;
    UT_hash_handle by_value, by_full_name; /* dynamic ones only */
} attribute;

typedef struct {
    char *name;
    attribute *values; /* by value, without (other) */
    size_t value_count, other;
} parent;

/* A name in the space shared by plain attributes and parents. */
typedef struct {
    const char *name; /* of the attribute or parent */
    weir_type type;
    size_t id;
    UT_hash_handle hh;
} named;

struct weir_schema {
    attribute **attributes;
    size_t *slots; /* attribute id of each slot */
    parent **parents;
    size_t size, capacity, slot_count, slot_capacity, parent_count, parent_capacity;
    named *names;
    attribute *full_names;
};

weir_code weir_schema_new(weir_schema **out, weir_error *err)
{
    weir_schema *schema = weir_calloc(1, sizeof *schema);

    if (!schema)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a schema");
    *out = schema;
    return WEIR_OK;
}

static void attribute_free(attribute *a)
{
    if (!a)
        return;
    weir_free(a->name);
    weir_free(a->value);
    weir_free(a);
}

static void parent_free(parent *p)
{
    if (!p)
        return;
    weir_free(p->name);
    weir_free(p);
}

void weir_schema_free(weir_schema *schema)
{
    named *entry, *next;

    if (!schema)
        return;
    for (size_t i = 0; i < schema->parent_count; i++)
        HASH_CLEAR(by_value, schema->parents[i]->values);
    HASH_CLEAR(by_full_name, schema->full_names);
    HASH_ITER(hh, schema->names, entry, next)
    {
        HASH_DEL(schema->names, entry);
        weir_free(entry);
    }
    for (size_t i = 0; i < schema->size; i++)
        attribute_free(schema->attributes[i]);
    for (size_t i = 0; i < schema->parent_count; i++)
        parent_free(schema->parents[i]);
    weir_free(schema->attributes);
    weir_free(schema->slots);
    weir_free(schema->parents);
    weir_free(schema);
}

/* Makes room for one more element of an array. */
static bool room_for_one(void **array, size_t count, size_t *capacity, size_t size)
{
    size_t wanted = *capacity ? 2 * *capacity : 8;
    void *grown;

    if (count < *capacity)
        return true;
    grown = weir_realloc_array(*array, wanted, size);
    if (!grown)
        return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

static weir_code check_text(const char *what, const char *text, size_t length, size_t most,
                            weir_error *err)
{
    if (length == 0)
        return weir_fail(err, WEIR_INVALID, "a %s is empty", what);
    if (length > most)
        return weir_fail(err, WEIR_INVALID, "a %s has %zu bytes; %zu are allowed", what, length,
                         most);
    if (!weir_utf8_valid(text, length))
        return weir_fail(err, WEIR_INVALID, "a %s of %zu bytes is not UTF-8", what, length);
    if (memchr(text, '\0', length))
        return weir_fail(err, WEIR_INVALID, "a %s of %zu bytes holds a zero byte", what, length);
    return WEIR_OK;
}

static bool has_slot(weir_type type)
{
    return type == WEIR_C || type == WEIR_B;
}

/* Room for one more attribute in every array, so that adding it cannot fail half-way. */
static bool room_for_attribute(weir_schema *schema)
{
    return room_for_one((void **)&schema->attributes, schema->size, &schema->capacity,
                        sizeof(attribute *)) &&
           room_for_one((void **)&schema->slots, schema->slot_count, &schema->slot_capacity,
                        sizeof(size_t));
}

static size_t append_attribute(weir_schema *schema, attribute *a)
{
    a->public.name = a->name;
    a->public.value = a->value;
    a->public.slot = WEIR_NONE;
    if (has_slot(a->public.type)) {
        a->public.slot = schema->slot_count;
        schema->slots[schema->slot_count++] = schema->size;
    }
    schema->attributes[schema->size] = a;
    return schema->size++;
}

static weir_code add_plain(weir_schema *schema, named *entry, const char *name, size_t length,
                           weir_error *err)
{
    attribute *a = weir_calloc(1, sizeof *a);

    if (a)
        a->name = weir_strndup(name, length);
    if (!a || !a->name || !room_for_attribute(schema)) {
        attribute_free(a);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for attribute %.*s", (int)length, name);
    }
    entry->name = a->name;
    entry->id = schema->size;
    HASH_ADD_KEYPTR(hh, schema->names, entry->name, length, entry);
    if (!HASH_ADDED(entry, hh)) {
        attribute_free(a);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for attribute %.*s", (int)length, name);
    }
    a->public.type = entry->type;
    a->public.parent = WEIR_NONE;
    append_attribute(schema, a);
    return WEIR_OK;
}

static weir_code add_parent(weir_schema *schema, named *entry, const char *name, size_t length,
                            weir_error *err)
{
    parent *p = weir_calloc(1, sizeof *p);

    if (p)
        p->name = weir_strndup(name, length);
    if (!p || !p->name ||
        !room_for_one((void **)&schema->parents, schema->parent_count, &schema->parent_capacity,
                      sizeof(parent *))) {
        parent_free(p);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for category %.*s", (int)length, name);
    }
    entry->name = p->name;
    entry->id = schema->parent_count;
    HASH_ADD_KEYPTR(hh, schema->names, entry->name, length, entry);
    if (!HASH_ADDED(entry, hh)) {
        parent_free(p);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for category %.*s", (int)length, name);
    }
    p->other = WEIR_NONE;
    schema->parents[schema->parent_count++] = p;
    return WEIR_OK;
}

static const named *find_named(const weir_schema *schema, const char *name, size_t length)
{
    named *entry;

    HASH_FIND(hh, schema->names, name, length, entry);
    return entry;
}

weir_code weir_schema_add(weir_schema *schema, const char *name, size_t length, weir_type type,
                          size_t *id, weir_error *err)
{
    const named *found;
    named *entry = NULL;
    weir_code code = check_text("column name", name, length, WEIR_NAME_MAX, err);

    if (code)
        return code;
    found = find_named(schema, name, length);
    if (found && found->type != type)
        return weir_fail(err, WEIR_INVALID, "column %.*s is of type %c, not %c", (int)length, name,
                         (char)found->type, (char)type);
    if (found) {
        *id = found->id;
        return WEIR_OK;
    }
    entry = weir_calloc(1, sizeof *entry);
    if (!entry)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for column %.*s", (int)length, name);
    entry->type = type;
    code = type == WEIR_T ? add_parent(schema, entry, name, length, err)
                          : add_plain(schema, entry, name, length, err);
    if (code) {
        weir_free(entry);
        return code;
    }
    *id = entry->id;
    return WEIR_OK;
}

void weir_schema_widen(weir_schema *schema, size_t id)
{
    weir_attribute *a = &schema->attributes[id]->public;
    named *entry = (named *)find_named(schema, a->name, strlen(a->name));

    assert(a->parent == WEIR_NONE && a->type == WEIR_B && entry && entry->id == id);
    a->type = entry->type = WEIR_C;
}

bool weir_schema_type(const weir_schema *schema, const char *name, size_t length, weir_type *type)
{
    const named *found = find_named(schema, name, length);

    if (found)
        *type = found->type;
    return found != NULL;
}

/* The attribute of a parent and a value, not yet known to the schema. */
static attribute *new_dynamic(const parent *p, size_t index, const char *value, size_t length,
                              bool other)
{
    size_t column = strlen(p->name), separator = strlen(WEIR_CATEGORY_SEPARATOR);
    attribute *a = weir_calloc(1, sizeof *a);

    if (!a)
        return NULL;
    a->name = weir_malloc(column + separator + length + 1);
    a->value = weir_strndup(value, length);
    if (!a->name || !a->value) {
        attribute_free(a);
        return NULL;
    }
    memcpy(a->name, p->name, column);
    memcpy(a->name + column, WEIR_CATEGORY_SEPARATOR, separator);
    memcpy(a->name + column + separator, value, length);
    a->name[column + separator + length] = '\0';
    a->public.type = WEIR_B;
    a->public.parent = index;
    a->public.other = other;
    return a;
}

weir_code weir_schema_add_value(weir_schema *schema, size_t parent_index, const char *value,
                                size_t length, bool other, size_t *id, weir_error *err)
{
    parent *p = schema->parents[parent_index];
    attribute *a = NULL, *same_name;
    size_t name_length;
    weir_code code;

    if (other) {
        value = OTHER_VALUE;
        length = strlen(OTHER_VALUE);
    }
    code = check_text("category value", value, length, WEIR_VALUE_MAX, err);
    if (code)
        return weir_explain(err, code, "column %.100s", p->name);
    *id = other ? p->other : weir_schema_find_value(schema, parent_index, value, length);
    if (*id != WEIR_NONE)
        return WEIR_OK;
    a = new_dynamic(p, parent_index, value, length, other);
    if (!a || !room_for_attribute(schema))
        goto no_room;
    if (!other) {
        HASH_ADD_KEYPTR(by_value, p->values, a->value, length, a);
        if (!HASH_ADDED(a, by_value))
            goto no_room;
    }
    name_length = strlen(a->name);
    HASH_FIND(by_full_name, schema->full_names, a->name, name_length, same_name);
    if (!same_name) {
        HASH_ADD_KEYPTR(by_full_name, schema->full_names, a->name, name_length, a);
        if (!HASH_ADDED(a, by_full_name)) {
            if (!other)
                HASH_DELETE(by_value, p->values, a);
            goto no_room;
        }
    }
    *id = append_attribute(schema, a);
    if (other)
        p->other = *id;
    else
        p->value_count++;
    a->public.other = other;
    return WEIR_OK;
no_room:
    attribute_free(a);
    return weir_fail(err, WEIR_NO_MEMORY, "no room for a value of column %.100s", p->name);
}

weir_code weir_schema_copy(const weir_schema *schema, weir_schema **out, weir_error *err)
{
    weir_schema *copy = NULL;
    weir_code code = weir_schema_new(&copy, err);
    size_t id;

    for (size_t i = 0; !code && i < schema->parent_count; i++)
        code = weir_schema_add(copy, schema->parents[i]->name, strlen(schema->parents[i]->name),
                               WEIR_T, &id, err);
    for (size_t i = 0; !code && i < schema->size; i++) {
        const weir_attribute *a = &schema->attributes[i]->public;

        code = a->parent == WEIR_NONE
                   ? weir_schema_add(copy, a->name, strlen(a->name), a->type, &id, err)
                   : weir_schema_add_value(copy, a->parent, a->value, strlen(a->value), a->other,
                                           &id, err);
    }
    if (code) {
        weir_schema_free(copy);
        return code;
    }
    *out = copy;
    return WEIR_OK;
}

size_t weir_schema_size(const weir_schema *schema)
{
    return schema->size;
}

size_t weir_schema_slots(const weir_schema *schema)
{
    return schema->slot_count;
}

const weir_attribute *weir_schema_at(const weir_schema *schema, size_t id)
{
    return &schema->attributes[id]->public;
}

const weir_attribute *weir_schema_slot(const weir_schema *schema, size_t slot)
{
    return weir_schema_at(schema, schema->slots[slot]);
}

size_t weir_schema_slot_id(const weir_schema *schema, size_t slot)
{
    return schema->slots[slot];
}

size_t weir_schema_find(const weir_schema *schema, const char *name, size_t length)
{
    const named *found = find_named(schema, name, length);
    attribute *dynamic;

    if (found && found->type != WEIR_T)
        return found->id;
    HASH_FIND(by_full_name, schema->full_names, name, length, dynamic);
    if (!dynamic)
        return WEIR_NONE;
    /* Only the entry is known here; its id is that of its slot, every dynamic attribute having one. */
    return schema->slots[dynamic->public.slot];
}

size_t weir_schema_parents(const weir_schema *schema)
{
    return schema->parent_count;
}

const char *weir_schema_parent_name(const weir_schema *schema, size_t parent_index)
{
    return schema->parents[parent_index]->name;
}

size_t weir_schema_find_parent(const weir_schema *schema, const char *name, size_t length)
{
    const named *found = find_named(schema, name, length);

    return found && found->type == WEIR_T ? found->id : WEIR_NONE;
}

size_t weir_schema_find_value(const weir_schema *schema, size_t parent_index, const char *value,
                              size_t length)
{
    attribute *found;

    HASH_FIND(by_value, schema->parents[parent_index]->values, value, length, found);
    return found ? schema->slots[found->public.slot] : WEIR_NONE;
}

size_t weir_schema_values(const weir_schema *schema, size_t parent_index)
{
    return schema->parents[parent_index]->value_count;
}

size_t weir_schema_other(const weir_schema *schema, size_t parent_index)
{
    return schema->parents[parent_index]->other;
}

size_t weir_schema_memory(const weir_schema *schema)
{
    size_t bytes = sizeof *schema + schema->capacity * sizeof(attribute *) +
                   schema->slot_capacity * sizeof(size_t) +
                   schema->parent_capacity * sizeof(parent *);

    for (size_t i = 0; i < schema->size; i++) {
        const attribute *a = schema->attributes[i];

        bytes += sizeof *a + sizeof(named) + strlen(a->name) + 1;
        bytes += a->value ? strlen(a->value) + 1 : 0;
    }
    return bytes + schema->parent_count * (sizeof(parent) + sizeof(named));
}

bool weir_type_from_letter(const char *text, size_t length, weir_type *type)
{
    int letter = length == 1 ? toupper((unsigned char)text[0]) : 0;

    if (letter == '-')
        letter = 'X';
    if (!letter || !strchr("CBTLSX", letter))
        return false;
    *type = (weir_type)letter;
    return true;
}

char *weir_category_normalise(char *text, size_t *length)
{
    const char *start = text;

    ascii_trim(&start, length);
    text += start - text;
    for (char *at = text; at < text + *length; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return text;
}
