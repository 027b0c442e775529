/* avro_plan.c: Avro bodies read straight into batch columns.
 *
 * An Avro body is the values of a record's fields one after the other, without names or lengths of the whole: only the
 * writer's schema tells where a field ends. The plan is a flat program, one step a field: which type the value has and
 * which branch of a union is null. Fields that become columns are put into the batch as they are met, all others are
 * stepped over by walking the table of types. docs/decisions/avro.md has the figures for not using libavro here.
 *
 * Bytes come from anyone. Every length is checked against what is left; nested types are stepped over to a fixed
 * depth; types that take no bytes are not walked at all, so the work is bounded by the size of the body.
 *
 * The Avro specification 1.11, "Binary Encoding".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "row_plan.h"

#include <endian.h>
#include <string.h>

#include "avro_schema.h"
#include "avro_write.h"
#include "cell.h"

#define NO_BRANCH 2 /* not a union */

typedef struct {
    uint32_t type; /* of the value, or of the union when it is more than one type and null */
    uint8_t null_branch;
    bool one_branch; /* a union of one type */
} avro_step;

typedef struct {
    weir_row_plan plan;
    avro_schema_table table;
    avro_step *steps;
} avro_row_plan;

/* --- the bytes of a body. A cursor that failed stays at its end. */

typedef struct {
    const uint8_t *at, *end;
    bool failed;
} avro_cursor;

static size_t left(const avro_cursor *c)
{
    return (size_t)(c->end - c->at);
}

static const uint8_t *take(avro_cursor *c, uint64_t size)
{
    const uint8_t *bytes = c->at;

    if (size > left(c)) {
        c->failed = true;
        c->at = c->end;
        return NULL;
    }
    c->at += size;
    return bytes;
}

/* A zig-zag number of at most 64 bits. */
static int64_t take_long(avro_cursor *c)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;

        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return (int64_t)(value >> 1 ^ (0 - (value & 1)));
    }
    c->failed = true;
    c->at = c->end;
    return 0;
}

static int64_t take_int(avro_cursor *c)
{
    int64_t value = take_long(c);

    if (value < INT32_MIN || value > INT32_MAX)
        c->failed = true;
    return value;
}

static double take_double(avro_cursor *c)
{
    uint64_t bits = 0;
    const uint8_t *bytes = take(c, sizeof bits);
    double value;

    if (bytes)
        memcpy(&bits, bytes, sizeof bits);
    bits = le64toh(bits);
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double take_float(avro_cursor *c)
{
    uint32_t bits = 0;
    const uint8_t *bytes = take(c, sizeof bits);
    float value;

    if (bytes)
        memcpy(&bits, bytes, sizeof bits);
    bits = le32toh(bits);
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool take_boolean(avro_cursor *c)
{
    const uint8_t *byte = take(c, 1);

    if (byte && *byte > 1)
        c->failed = true;
    return byte && *byte == 1;
}

/* The bytes of a string or of bytes; a negative length is a huge one. */
static const uint8_t *take_sized(avro_cursor *c, size_t *size)
{
    uint64_t length = (uint64_t)take_long(c);
    const uint8_t *bytes = c->failed ? NULL : take(c, length);

    *size = bytes ? (size_t)length : 0;
    return bytes;
}

/* The index of a union's branch or an enum's symbol. */
static size_t take_choice(avro_cursor *c, size_t count)
{
    int64_t choice = take_long(c);

    if (choice >= 0 && (uint64_t)choice < count)
        return (size_t)choice;
    c->failed = true;
    return 0;
}

static void skip_value(const avro_schema_table *table, size_t type, unsigned depth, avro_cursor *c);

static void skip_blocks(const avro_schema_table *table, const avro_type *type, unsigned depth,
                        avro_cursor *c)
{
    size_t part = table->parts[type->first], unused;

    for (;;) {
        int64_t count = take_long(c);

        if (c->failed || count == 0)
            return;
        if (count < 0) { /* the size of the block in bytes follows */
            take_sized(c, &unused);
            continue;
        }
        if (type->kind == AVRO_ARRAY_TYPE && table->types[part].empty)
            continue;
        for (; count > 0 && !c->failed; count--) {
            if (type->kind == AVRO_MAP_TYPE)
                take_sized(c, &unused);
            skip_value(table, part, depth, c);
        }
    }
}

/* Steps over a value of any type. */
static void skip_value(const avro_schema_table *table, size_t index, unsigned depth, avro_cursor *c)
{
    const avro_type *type = &table->types[index];
    size_t unused;

    if (type->empty || c->failed)
        return;
    if (depth == AVRO_DEPTH_MAX) {
        c->failed = true;
        return;
    }
    switch (type->kind) {
    case AVRO_NULL_TYPE:
        break;
    case AVRO_BOOLEAN_TYPE:
        take_boolean(c);
        break;
    case AVRO_INT_TYPE:
        take_int(c);
        break;
    case AVRO_LONG_TYPE:
        take_long(c);
        break;
    case AVRO_FLOAT_TYPE:
        take(c, 4);
        break;
    case AVRO_DOUBLE_TYPE:
        take(c, 8);
        break;
    case AVRO_BYTES_TYPE:
    case AVRO_STRING_TYPE:
        take_sized(c, &unused);
        break;
    case AVRO_RECORD_TYPE:
        for (size_t i = 0; i < type->count; i++)
            skip_value(table, table->parts[type->first + i], depth + 1, c);
        break;
    case AVRO_ENUM_TYPE:
        take_choice(c, type->count);
        break;
    case AVRO_ARRAY_TYPE:
    case AVRO_MAP_TYPE:
        skip_blocks(table, type, depth + 1, c);
        break;
    case AVRO_UNION_TYPE:
        skip_value(table, table->parts[type->first + take_choice(c, type->count)], depth + 1, c);
        break;
    case AVRO_FIXED_TYPE:
        take(c, type->fixed_size);
        break;
    }
}

/* --- the plan */

static void avro_free(weir_row_plan *plan)
{
    avro_row_plan *self = (avro_row_plan *)plan;

    avro_schema_clear(&self->table);
    weir_free(self->steps);
    weir_free(self);
}

static weir_code avro_look(weir_row_plan *plan, const void *value, size_t size, bool *changed,
                           weir_error *err)
{
    (void)plan, (void)value, (void)size, (void)err;
    *changed = false; /* the fields are those of the schema */
    return WEIR_OK;
}

/* Puts the value at the cursor into a column. WEIR_INVALID: the column refuses it (the cursor stands behind it). */
static weir_code put_value(const avro_schema_table *table, const avro_type *type, avro_cursor *c,
                           weir_batch *batch, size_t column, weir_error *err)
{
    const char *text;
    size_t size;
    int64_t whole;
    double number;
    bool flag;

    switch (type->kind) {
    case AVRO_DOUBLE_TYPE:
        number = take_double(c);
        return c->failed ? WEIR_OK : weir_batch_put_number(batch, column, number, err);
    case AVRO_FLOAT_TYPE:
        number = take_float(c);
        return c->failed ? WEIR_OK : weir_batch_put_number(batch, column, number, err);
    case AVRO_INT_TYPE:
    case AVRO_LONG_TYPE:
        whole = type->kind == AVRO_INT_TYPE ? take_int(c) : take_long(c);
        return c->failed ? WEIR_OK : cell_put_integer(batch, column, whole, err);
    case AVRO_BOOLEAN_TYPE:
        flag = take_boolean(c);
        return c->failed ? WEIR_OK : cell_put_boolean(batch, column, flag, err);
    case AVRO_ENUM_TYPE:
        text = table->symbols[table->parts[type->first + take_choice(c, type->count)]];
        return c->failed ? WEIR_OK : weir_batch_put_text(batch, column, text, strlen(text), err);
    default: /* AVRO_STRING_TYPE: row_plan_bind() lets no other be read */
        text = (const char *)take_sized(c, &size);
        return c->failed ? WEIR_OK : weir_batch_put_text(batch, column, text, size, err);
    }
}

/* Reads which branch a field has; false when that is null. */
static bool enter_field(const avro_step *step, avro_cursor *c)
{
    if (step->null_branch != NO_BRANCH && take_choice(c, 2) == step->null_branch)
        return false;
    if (step->one_branch)
        take_choice(c, 1);
    return true;
}

static weir_code read_field(const avro_row_plan *self, size_t i, avro_cursor *c, weir_batch *batch,
                            weir_rejects *rejects, weir_error *err)
{
    const avro_step *step = &self->steps[i];
    weir_error why;
    weir_code code;

    if (!enter_field(step, c))
        return WEIR_OK;
    if (batch->columns[i].type == WEIR_X) {
        skip_value(&self->table, step->type, 0, c);
        return WEIR_OK;
    }
    code = put_value(&self->table, &self->table.types[step->type], c, batch, i, &why);
    if (code == WEIR_INVALID) {
        rejects_cell_of(rejects, i, &why);
        return WEIR_OK;
    }
    return code ? weir_fail(err, code, "%s", why.message) : WEIR_OK;
}

static weir_code not_a_record(const avro_row_plan *self, size_t field, weir_error *err)
{
    return weir_fail(err, WEIR_INVALID, "Avro: the value is not of its schema at field '%s'",
                     self->plan.fields[field]->view.name);
}

static avro_cursor cursor_over(const void *value, size_t size)
{
    const uint8_t *start = size > 0 ? value : (const uint8_t *)"";

    return (avro_cursor){.at = start, .end = start + size};
}

static weir_code trailing(const avro_cursor *c, weir_error *err)
{
    return left(c) == 0
               ? WEIR_OK
               : weir_fail(err, WEIR_INVALID, "Avro: %zu bytes behind the last field", left(c));
}

static weir_code avro_row(weir_row_plan *plan, const void *value, size_t size, weir_batch *batch,
                          weir_rejects *rejects, weir_error *err)
{
    const avro_row_plan *self = (const avro_row_plan *)plan;
    avro_cursor c = cursor_over(value, size);
    weir_code code;

    for (size_t i = 0; i < plan->count; i++) {
        if ((code = read_field(self, i, &c, batch, rejects, err)))
            return code;
        if (c.failed)
            return not_a_record(self, i, err);
    }
    return trailing(&c, err);
}

/* The value is walked once more, so that nothing but a whole record gets fields behind it. */
static weir_code avro_extend(const weir_row_plan *plan, const void *value, size_t size,
                             const weir_extra_field *extras, size_t count, weir_bytes *out,
                             weir_error *err)
{
    const avro_row_plan *self = (const avro_row_plan *)plan;
    avro_cursor c = cursor_over(value, size);
    weir_code code;

    for (size_t i = 0; i < self->table.field_count; i++) {
        if (enter_field(&self->steps[i], &c))
            skip_value(&self->table, self->steps[i].type, 0, &c);
        if (c.failed)
            return not_a_record(self, i, err);
    }
    if ((code = trailing(&c, err)))
        return code;
    weir_bytes_append(out, value, size);
    for (size_t i = 0; i < count; i++)
        avro_write_extra(out, &extras[i]);
    return weir_bytes_ok(out, err);
}

static const plan_format avro_format = {
    .free = avro_free, .look = avro_look, .row = avro_row, .extend = avro_extend};

static weir_field_kind kind_of(const avro_type *type)
{
    if (type->logical)
        return WEIR_FIELD_OTHER;
    switch (type->kind) {
    case AVRO_BOOLEAN_TYPE:
        return WEIR_FIELD_BOOLEAN;
    case AVRO_INT_TYPE:
    case AVRO_LONG_TYPE:
        return WEIR_FIELD_INTEGER;
    case AVRO_FLOAT_TYPE:
    case AVRO_DOUBLE_TYPE:
        return WEIR_FIELD_FLOAT;
    case AVRO_STRING_TYPE:
    case AVRO_ENUM_TYPE:
        return WEIR_FIELD_STRING;
    default:
        return WEIR_FIELD_OTHER;
    }
}

/* The step that reads a field of the given type. */
static avro_step step_of(const avro_schema_table *table, size_t index)
{
    const avro_type *type = &table->types[index];
    const uint32_t *parts = table->parts + type->first;
    avro_step step = {.type = (uint32_t)index, .null_branch = NO_BRANCH};

    if (type->kind != AVRO_UNION_TYPE)
        return step;
    if (type->count == 1) {
        step.type = parts[0];
        step.one_branch = true;
    }
    for (uint8_t i = 0; i < 2 && type->count == 2; i++) {
        if (table->types[parts[i]].kind != AVRO_NULL_TYPE)
            continue;
        step.null_branch = i;
        step.type = parts[1 - i];
    }
    return step;
}

weir_code avro_plan(const char *schema, size_t size, weir_row_plan **out, weir_error *err)
{
    avro_row_plan *self = weir_calloc(1, sizeof *self);
    json_t *record = NULL;
    weir_code code;

    if (!self) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a row plan");
        goto done;
    }
    self->plan.format = &avro_format;
    if ((code = avro_schema_parse(schema, size, &record, err)) ||
        (code = avro_schema_compile(record, &self->table, err)))
        goto done;
    if (!(self->steps = weir_calloc(self->table.field_count + 1, sizeof *self->steps))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu fields", self->table.field_count);
        goto done;
    }
    for (size_t i = 0; i < self->table.field_count && !code; i++) {
        const avro_step step =
            step_of(&self->table, self->table.parts[self->table.types[0].first + i]);
        const avro_type *type = &self->table.types[step.type];
        const char *name = self->table.field_names[i];

        self->steps[i] = step;
        code = row_plan_add_field(&self->plan, name, strlen(name), kind_of(type),
                                  step.null_branch != NO_BRANCH, avro_kind_name(type->kind), err);
    }
    if (code)
        goto done;
    *out = &self->plan;
    self = NULL; /* the caller's now */
done:
    row_plan_free(self ? &self->plan : NULL);
    json_decref(record);
    return code;
}
