/* avro_program.c: an Avro record schema as a program that reads its bodies.
 *
 * An Avro body is the values of a record's fields one after the other, without names or lengths of the whole, and so
 * are the bodies of the records in it. So a body is read by a list of steps without any nesting; only a union makes
 * the reader jump:
 *
 *     {"x": double, "at": [null, {"lat": float, "lon": float}], "u": [string, int, bytes]}
 *
 *     0 PUT x   1 NULLABLE 0 -> 4   2 PUT at.lat   3 PUT at.lon
 *     4 UNION -> 5, 7, 9            5 PUT u   6 JUMP 10   7 PUT u   8 JUMP 10   9 REFUSE u   10
 *
 * All scalar branches of a union fill one field, whose kind is wide enough for each; the fields of its records are
 * fields below its name. What no attribute can hold is a field all the same, of kind OTHER, so that it can be refused
 * or ignored by name.
 *
 * A hostile schema: a record that holds itself is such a field, and so is one nested too deep; fields and steps are
 * limited, since a few types that refer to one another twice each can stand for millions of fields.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "avro_program.h"

#include <stdio.h>
#include <string.h>

#define RECORDS_MAX 24 /* records in one another; with unions between them below AVRO_DEPTH_MAX */
#define STEPS_MAX ((size_t)1 << 20)
#define ALIASES_MAX 16 /* of a field, those of the records around it included */

/* A record's field on the way to a value. */
typedef struct path {
    const struct path *outer; /* NULL: a field of the row itself */
    const char *name;
    const json_t *aliases;
} path;

typedef struct {
    const avro_schema_table *table;
    weir_row_plan *plan;
    avro_program *program;
    size_t open[RECORDS_MAX]; /* the records around what is being written */
    size_t depth;
    unsigned unions; /* around it that have more than one branch with fields */
    weir_error *err;
} writer;

/* What is being written: a value of a type at a place. */
typedef struct {
    const path *at;
    size_t type;
    unsigned depth; /* below the body */
    bool nullable;
} place;

static weir_code no_room(weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for a row plan");
}

/* --- names */

/* The dotted name of a place with one name of each field on the way: *choice counts through them, 0 being the names that
 * the fields have now, and is 0 afterwards if there is such a one. Returns its length; what does not fit is not
 * written. */
static size_t spell(const path *at, size_t *choice, char *out, size_t room)
{
    size_t names = 1 + json_array_size(at->aliases);
    size_t mine = *choice % names;
    size_t used = 0;
    const char *alias = mine ? json_string_value(json_array_get(at->aliases, mine - 1)) : NULL;
    const char *name = alias ? alias : at->name;

    *choice /= names;
    if (at->outer) {
        used = spell(at->outer, choice, out, room);
        if (used < room)
            out[used] = '.';
        used++;
    }
    for (; *name; name++, used++)
        if (used < room)
            out[used] = *name;
    return used;
}

static weir_code add_aliases(writer *w, const path *at, plan_field *field)
{
    char name[WEIR_NAME_MAX + 1];
    weir_code code = WEIR_OK;

    for (size_t choice = 1; !code && choice <= ALIASES_MAX; choice++) {
        size_t rest = choice;
        size_t size = spell(at, &rest, name, WEIR_NAME_MAX);

        if (rest > 0)
            break; /* there were not so many */
        if (size > WEIR_NAME_MAX || size == 0)
            continue;
        name[size] = 0;
        code = row_plan_add_alias(field, name, w->err);
    }
    return code;
}

/* --- fields */

static bool is_number(weir_field_kind kind)
{
    return kind == WEIR_FIELD_BOOLEAN || kind == WEIR_FIELD_INTEGER || kind == WEIR_FIELD_FLOAT;
}

/* The kind that holds what both hold. */
static weir_field_kind wider(weir_field_kind a, weir_field_kind b)
{
    if (a == b || b == WEIR_FIELD_OTHER)
        return a;
    if (a == WEIR_FIELD_OTHER)
        return b;
    if (a == WEIR_FIELD_LIST || b == WEIR_FIELD_LIST)
        return WEIR_FIELD_LIST;
    return is_number(a) && is_number(b) ? WEIR_FIELD_FLOAT : WEIR_FIELD_STRING;
}

/* Finds or adds the field of a place, below it where suffix is given. In a union several branches may fill it. */
static weir_code find_field(writer *w, const place *here, const char *suffix, weir_field_kind kind,
                            const char *type_name, uint32_t *index)
{
    char name[WEIR_NAME_MAX + 16];
    size_t choice = 0;
    size_t size = spell(here->at, &choice, name, WEIR_NAME_MAX);
    plan_field *known;
    weir_code code;

    if (size > WEIR_NAME_MAX)
        return weir_fail(w->err, WEIR_INVALID,
                         "Avro schema: a field has a name of %zu bytes; at most %d", size,
                         WEIR_NAME_MAX);
    size += (size_t)snprintf(name + size, sizeof name - size, "%s", suffix);
    known = w->unions > 0 ? row_plan_find_field(w->plan, name, size) : NULL;
    if (known) {
        *index = (uint32_t)known->index;
        known->view.kind = wider(known->view.kind, kind);
        known->view.nullable = known->view.nullable || here->nullable;
        return WEIR_OK;
    }
    if ((code = row_plan_add_field(w->plan, name, size, kind, here->nullable, type_name, w->err)))
        return code;
    *index = (uint32_t)w->plan->count - 1;
    return *suffix ? WEIR_OK : add_aliases(w, here->at, w->plan->fields[*index]);
}

/* --- steps */

static weir_code add_step(writer *w, avro_step step)
{
    avro_program *p = w->program;

    if (p->count == STEPS_MAX)
        return weir_fail(w->err, WEIR_TOO_LARGE, "Avro schema: more than %zu steps to read a value",
                         STEPS_MAX);
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? 2 * p->capacity : 16;
        avro_step *steps = weir_realloc_array(p->steps, capacity, sizeof *steps);

        if (!steps)
            return no_room(w->err);
        p->steps = steps;
        p->capacity = capacity;
    }
    p->steps[p->count++] = step;
    return WEIR_OK;
}

static weir_code add_targets(writer *w, size_t count, size_t *first)
{
    avro_program *p = w->program;
    size_t wanted = p->target_count + count;

    if (wanted > STEPS_MAX)
        return weir_fail(w->err, WEIR_TOO_LARGE, "Avro schema: more than %zu steps to read a value",
                         STEPS_MAX);
    if (wanted > p->target_capacity) {
        size_t capacity = 2 * wanted;
        uint32_t *targets = weir_realloc_array(p->targets, capacity, sizeof *targets);

        if (!targets)
            return no_room(w->err);
        p->targets = targets;
        p->target_capacity = capacity;
    }
    *first = p->target_count;
    p->target_count = wanted;
    return WEIR_OK;
}

static avro_step step_at(const place *here, avro_op op, uint32_t field)
{
    return (avro_step){.op = (uint8_t)op,
                       .depth = (uint8_t)here->depth,
                       .type = (uint32_t)here->type,
                       .field = field};
}

/* A value of a place whose field is of kind OTHER: refused or ignored by name, stepped over. */
static weir_code write_other(writer *w, const place *here, const char *type_name)
{
    uint32_t field;
    weir_code code = find_field(w, here, "", WEIR_FIELD_OTHER, type_name, &field);

    return code ? code : add_step(w, step_at(here, AVRO_SKIP, field));
}

/* --- types */

static weir_field_kind scalar_kind(const avro_type *type)
{
    switch (type->kind) {
    case AVRO_BOOLEAN_TYPE:
        return WEIR_FIELD_BOOLEAN;
    case AVRO_INT_TYPE:
    case AVRO_LONG_TYPE:
        return type->logical == LOGICAL_MICROS || type->logical == LOGICAL_NANOS
                   ? WEIR_FIELD_FLOAT
                   : WEIR_FIELD_INTEGER;
    case AVRO_FLOAT_TYPE:
    case AVRO_DOUBLE_TYPE:
        return WEIR_FIELD_FLOAT;
    case AVRO_STRING_TYPE:
        return WEIR_FIELD_STRING;
    case AVRO_ENUM_TYPE:
        return WEIR_FIELD_CATEGORY;
    case AVRO_BYTES_TYPE:
    case AVRO_FIXED_TYPE:
        return type->logical == LOGICAL_DECIMAL ? WEIR_FIELD_FLOAT
               : type->logical == LOGICAL_UUID  ? WEIR_FIELD_STRING
                                                : WEIR_FIELD_OTHER;
    default:
        return WEIR_FIELD_OTHER;
    }
}

/* Items that a list can hold: scalars, and null. */
static bool plain_items(const avro_schema_table *table, size_t index)
{
    const avro_type *type = &table->types[index];

    if (type->kind != AVRO_UNION_TYPE)
        return scalar_kind(type) != WEIR_FIELD_OTHER;
    for (size_t i = 0; i < type->count; i++) {
        const avro_type *branch = &table->types[table->parts[type->first + i]];

        if (branch->kind != AVRO_NULL_TYPE && scalar_kind(branch) == WEIR_FIELD_OTHER)
            return false;
    }
    return !type->empty;
}

/* The kind of the one field that a type fills: OTHER where it fills several or none. */
static weir_field_kind field_kind(const avro_schema_table *table, size_t index)
{
    const avro_type *type = &table->types[index];

    if (type->kind != AVRO_ARRAY_TYPE)
        return scalar_kind(type);
    return plain_items(table, table->parts[type->first]) ? WEIR_FIELD_LIST : WEIR_FIELD_OTHER;
}

static weir_code write_value(writer *w, const place *here);

static weir_code write_duration(writer *w, const place *here)
{
    static const char *const parts[] = {".months", ".days", ".millis"};
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < sizeof parts / sizeof *parts; i++) {
        uint32_t field;

        if (!(code = find_field(w, here, parts[i], WEIR_FIELD_INTEGER, "duration", &field)))
            code = add_step(w, step_at(here, AVRO_PUT_U32, field));
    }
    return code;
}

static weir_code write_record(writer *w, const place *here)
{
    const avro_type *type = &w->table->types[here->type];
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < w->depth; i++)
        if (w->open[i] == here->type)
            return write_other(w, here, "record that holds itself");
    if (w->depth == RECORDS_MAX)
        return write_other(w, here, "record nested too deep");
    if (type->empty && here->at)
        return write_other(w, here, "record without values");
    w->open[w->depth++] = here->type;
    for (size_t i = 0; !code && i < type->count; i++) {
        const json_t *field = w->table->part_fields[type->first + i];
        const path at = {here->at, json_string_value(json_object_get(field, "name")),
                         json_object_get(field, "aliases")};
        const place inside = {&at, w->table->parts[type->first + i], here->depth + 1,
                              here->nullable};

        code = write_value(w, &inside);
    }
    w->depth--;
    return code;
}

/* Whether any value of a type fills a column. */
static bool fills(const writer *w, size_t index)
{
    const avro_type *type = &w->table->types[index];

    return (type->kind == AVRO_RECORD_TYPE && !type->empty) || type->logical == LOGICAL_DURATION ||
           field_kind(w->table, index) != WEIR_FIELD_OTHER;
}

/* A union of null and one type, in either order, which is most unions. */
static bool nullable_of(const writer *w, const avro_type *type, uint8_t *null_branch)
{
    const uint32_t *parts = w->table->parts + type->first;

    for (uint8_t i = 0; type->count == 2 && i < 2; i++)
        if (w->table->types[parts[i]].kind == AVRO_NULL_TYPE) {
            *null_branch = i;
            return w->table->types[parts[1 - i]].kind != AVRO_NULL_TYPE;
        }
    return false;
}

static weir_code write_nullable(writer *w, const place *here, uint8_t null_branch)
{
    const avro_type *type = &w->table->types[here->type];
    size_t at = w->program->count;
    avro_step step = step_at(here, AVRO_NULLABLE, (uint32_t)w->plan->count);
    const place inside = {here->at, w->table->parts[type->first + 1 - null_branch], here->depth + 1,
                          true};
    weir_code code;

    step.null_branch = null_branch;
    if ((code = add_step(w, step)) || (code = write_value(w, &inside)))
        return code;
    w->program->steps[at].to = (uint32_t)w->program->count;
    return WEIR_OK;
}

/* One branch of a union that fills something in one branch at least. */
static weir_code write_branch(writer *w, const place *inside)
{
    uint32_t field;
    weir_code code;

    if (w->table->types[inside->type].kind == AVRO_NULL_TYPE)
        return WEIR_OK;
    if (fills(w, inside->type))
        return write_value(w, inside);
    if ((code = find_field(w, inside, "", WEIR_FIELD_OTHER, w->table->types[inside->type].title,
                           &field)))
        return code;
    return add_step(w, step_at(inside, AVRO_REFUSE, field));
}

static weir_code write_union(writer *w, const place *here)
{
    const avro_type *type = &w->table->types[here->type];
    const size_t count = type->count, parts = type->first;
    size_t start = w->program->count, filling = 0, first = 0, end;
    bool nullable = here->nullable;
    avro_step step = step_at(here, AVRO_UNION, (uint32_t)w->plan->count);
    uint8_t null_branch;
    weir_code code;

    if (nullable_of(w, type, &null_branch))
        return write_nullable(w, here, null_branch);
    for (size_t i = 0; i < count; i++) {
        filling += fills(w, w->table->parts[parts + i]);
        nullable = nullable || w->table->types[w->table->parts[parts + i]].kind == AVRO_NULL_TYPE;
    }
    if (filling == 0)
        return write_other(w, here,
                           count == 1 ? w->table->types[w->table->parts[parts]].title : "union");
    if ((code = add_targets(w, count, &first)))
        return code;
    step.to = (uint32_t)first;
    if ((code = add_step(w, step)))
        return code;
    w->unions++;
    for (size_t i = 0; !code && i < count; i++) {
        const size_t branch = w->table->parts[parts + i];
        const place inside = {here->at, branch, here->depth + 1,
                              nullable || w->table->types[branch].kind == AVRO_RECORD_TYPE};

        w->program->targets[first + i] = (uint32_t)w->program->count;
        if (!(code = write_branch(w, &inside)) && i + 1 < count)
            code = add_step(w, (avro_step){.op = AVRO_JUMP});
    }
    w->unions--;
    if (code)
        return code;
    /* The jumps of this union are those without an aim. */
    end = w->program->count;
    for (size_t i = start; i < end; i++)
        if (w->program->steps[i].op == AVRO_JUMP && w->program->steps[i].to == 0)
            w->program->steps[i].to = (uint32_t)end;
    return WEIR_OK;
}

static weir_code write_value(writer *w, const place *here)
{
    const avro_type *type = &w->table->types[here->type];
    weir_field_kind kind = field_kind(w->table, here->type);
    uint32_t field;
    weir_code code;

    if (type->kind == AVRO_RECORD_TYPE)
        return write_record(w, here);
    if (type->kind == AVRO_UNION_TYPE)
        return write_union(w, here);
    if (type->logical == LOGICAL_DURATION)
        return write_duration(w, here);
    if (kind == WEIR_FIELD_OTHER)
        return write_other(w, here, type->title);
    if ((code = find_field(w, here, "", kind, type->title, &field)))
        return code;
    return add_step(w, step_at(here, AVRO_PUT, field));
}

/* Doubles that follow one another, as their columns do, are read in one go. A jump into their midst finds the rest of
 * them. */
static void join_doubles(const avro_schema_table *table, avro_program *program)
{
    for (size_t i = program->count; i-- > 0;) {
        avro_step *step = &program->steps[i], *next = step + 1;

        if (step->op != AVRO_PUT || table->types[step->type].kind != AVRO_DOUBLE_TYPE)
            continue;
        step->op = AVRO_DOUBLES;
        step->to = 1;
        if (i + 1 < program->count && next->op == AVRO_DOUBLES && next->field == step->field + 1)
            step->to += next->to;
    }
}

weir_code avro_program_make(const avro_schema_table *table, weir_row_plan *plan, avro_program *out,
                            weir_error *err)
{
    writer w = {.table = table, .plan = plan, .program = out, .err = err};
    weir_code code = write_record(&w, &(place){.type = 0});

    if (!code)
        join_doubles(table, out);
    return code;
}

void avro_program_clear(avro_program *program)
{
    weir_free(program->steps);
    weir_free(program->targets);
    *program = (avro_program){0};
}
