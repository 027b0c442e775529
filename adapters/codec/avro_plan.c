/* avro_plan.c: Avro bodies read straight into batch columns.
 *
 * The schema is compiled into a table of types (avro_schema.c), that into a program of steps (avro_program.c), and a
 * body is read by running the program. docs/decisions/avro.md has the figures for not using libavro here, docs/formats.md
 * tells what becomes of each construct.
 *
 * Bytes come from anyone: see avro_walk.h for what is checked. A cell that its column refuses is a bad cell, and the row
 * goes on; bytes that are not of the schema refuse the row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdio.h>

#include "avro_program.h"
#include "avro_walk.h"
#include "avro_write.h"
#include "cell.h"
#include "decimal.h"
#include "list_cell.h"

typedef struct {
    weir_row_plan plan;
    avro_schema_table table;
    avro_program program;
    char **members; /* the names of the record's own fields */
    size_t member_count;
    list_cell list; /* of the array being read */
} avro_row_plan;

static void avro_free(weir_row_plan *plan)
{
    avro_row_plan *self = (avro_row_plan *)plan;

    for (size_t i = 0; i < self->member_count; i++)
        weir_free(self->members[i]);
    weir_free(self->members);
    avro_program_clear(&self->program);
    avro_schema_clear(&self->table);
    weir_free(self);
}

static weir_code avro_look(weir_row_plan *plan, const void *value, size_t size, bool *changed,
                           weir_error *err)
{
    (void)plan, (void)value, (void)size, (void)err;
    *changed = false; /* the fields are those of the schema */
    return WEIR_OK;
}

static bool avro_holds(const weir_row_plan *plan, const char *name)
{
    const avro_row_plan *self = (const avro_row_plan *)plan;

    for (size_t i = 0; i < self->member_count; i++)
        if (strcmp(self->members[i], name) == 0)
            return true;
    return false;
}

/* --- cells. Each reads the value at the cursor and puts it into a column. WEIR_INVALID: the column refuses it (the
 * cursor stands behind it). A cursor that failed has put nothing. */

static weir_code put_whole(const avro_type *type, int64_t value, weir_batch *batch, size_t column,
                           weir_error *err)
{
    switch (type->logical) {
    case LOGICAL_NONE:
    case LOGICAL_MILLIS:
        return cell_put_integer(batch, column, value, err);
    case LOGICAL_DAYS:
        return cell_put_integer(batch, column, value * 86400000, err);
    default:
        return weir_batch_put_number(batch, column, logical_number(type->logical, value), err);
    }
}

static size_t uuid_text(const uint8_t *bytes, char text[40])
{
    size_t length = 0;

    for (size_t i = 0; i < 16; i++)
        length += (size_t)snprintf(text + length, 40 - length, "%s%02x",
                                   i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
    return length;
}

/* A decimal or a uuid: other bytes and fixed have no column. */
static weir_code put_bytes(const avro_type *type, avro_cursor *c, weir_batch *batch, size_t column,
                           weir_error *err)
{
    size_t size = type->fixed_size;
    const uint8_t *bytes =
        type->kind == AVRO_BYTES_TYPE ? avro_take_sized(c, &size) : avro_take(c, size);
    char text[DECIMAL_TEXT_MAX];

    if (!bytes)
        return WEIR_OK;
    if (type->logical == LOGICAL_UUID)
        return weir_batch_put_text(batch, column, text, uuid_text(bytes, text), err);
    return cell_put_decimal(batch, column, bytes, size, type->scale, err);
}

static weir_code put_list(avro_row_plan *self, const avro_type *type, avro_cursor *c,
                          weir_batch *batch, size_t column, weir_error *err);

static weir_code put_value(avro_row_plan *self, const avro_type *type, avro_cursor *c,
                           weir_batch *batch, size_t column, weir_error *err)
{
    const char *text;
    size_t size;
    int64_t whole;
    double number;
    bool flag;

    switch (type->kind) {
    case AVRO_DOUBLE_TYPE:
        number = avro_take_double(c);
        return c->failed ? WEIR_OK : weir_batch_put_number(batch, column, number, err);
    case AVRO_FLOAT_TYPE:
        number = avro_take_float(c);
        return c->failed ? WEIR_OK : weir_batch_put_number(batch, column, number, err);
    case AVRO_INT_TYPE:
    case AVRO_LONG_TYPE:
        whole = type->kind == AVRO_INT_TYPE ? avro_take_int(c) : avro_take_long(c);
        return c->failed ? WEIR_OK : put_whole(type, whole, batch, column, err);
    case AVRO_BOOLEAN_TYPE:
        flag = avro_take_boolean(c);
        return c->failed ? WEIR_OK : cell_put_boolean(batch, column, flag, err);
    case AVRO_ENUM_TYPE:
        text =
            self->table.symbols[self->table.parts[type->first + avro_take_choice(c, type->count)]];
        return c->failed ? WEIR_OK : weir_batch_put_text(batch, column, text, strlen(text), err);
    case AVRO_BYTES_TYPE:
    case AVRO_FIXED_TYPE:
        return put_bytes(type, c, batch, column, err);
    case AVRO_ARRAY_TYPE:
        return put_list(self, type, c, batch, column, err);
    default: /* AVRO_STRING_TYPE: avro_program.c lets no other be read */
        text = (const char *)avro_take_sized(c, &size);
        return c->failed ? WEIR_OK : weir_batch_put_text(batch, column, text, size, err);
    }
}

/* --- items of an array: scalars and null, as avro_program.c makes sure */

static void add_whole(const avro_type *type, int64_t value, list_cell *list)
{
    if (type->logical == LOGICAL_MICROS || type->logical == LOGICAL_NANOS)
        list_cell_number(list, logical_number(type->logical, value));
    else
        list_cell_integer(list, type->logical == LOGICAL_DAYS ? value * 86400000 : value);
}

static void add_bytes(const avro_type *type, avro_cursor *c, list_cell *list)
{
    size_t size = type->fixed_size;
    const uint8_t *bytes =
        type->kind == AVRO_BYTES_TYPE ? avro_take_sized(c, &size) : avro_take(c, size);
    char text[DECIMAL_TEXT_MAX];

    if (!bytes)
        return;
    if (type->logical == LOGICAL_UUID)
        list_cell_text(list, text, uuid_text(bytes, text));
    else if (size <= DECIMAL_BYTES_MAX)
        list_cell_text(list, text, decimal_text(bytes, size, type->scale, text));
    else
        list->fault = "a decimal of the list has too many digits";
}

static void add_item(const avro_schema_table *table, const avro_type *type, avro_cursor *c,
                     list_cell *list)
{
    const char *text;
    size_t size;

    if (type->kind == AVRO_UNION_TYPE)
        type = &table->types[table->parts[type->first + avro_take_choice(c, type->count)]];
    switch (type->kind) {
    case AVRO_NULL_TYPE:
        break;
    case AVRO_BOOLEAN_TYPE:
        list_cell_boolean(list, avro_take_boolean(c));
        break;
    case AVRO_INT_TYPE:
        add_whole(type, avro_take_int(c), list);
        break;
    case AVRO_LONG_TYPE:
        add_whole(type, avro_take_long(c), list);
        break;
    case AVRO_FLOAT_TYPE:
        list_cell_number(list, avro_take_float(c));
        break;
    case AVRO_DOUBLE_TYPE:
        list_cell_number(list, avro_take_double(c));
        break;
    case AVRO_ENUM_TYPE:
        text = table->symbols[table->parts[type->first + avro_take_choice(c, type->count)]];
        list_cell_text(list, text, strlen(text));
        break;
    case AVRO_STRING_TYPE:
        text = (const char *)avro_take_sized(c, &size);
        list_cell_text(list, text ? text : "", size);
        break;
    default:
        add_bytes(type, c, list);
        break;
    }
}

static weir_code put_list(avro_row_plan *self, const avro_type *type, avro_cursor *c,
                          weir_batch *batch, size_t column, weir_error *err)
{
    const avro_type *items = &self->table.types[self->table.parts[type->first]];
    const uint8_t *end;
    int64_t count;

    list_cell_begin(&self->list);
    while ((count = avro_block_begin(c, &end)) > 0 && !c->failed) {
        for (; count > 0 && !c->failed; count--)
            add_item(&self->table, items, c, &self->list);
        avro_block_end(c, end);
    }
    return c->failed ? WEIR_OK : list_cell_put(&self->list, batch, column, err);
}

/* --- rows */

/* count doubles into the columns from the field of step on, until one is refused or not for a C column; tells how many
 * were put. */
static size_t put_doubles(const avro_step *step, avro_cursor *c, weir_batch *batch)
{
    size_t count = step->to, done;

    if (avro_left(c) / sizeof(double) < count)
        count = avro_left(c) / sizeof(double);
    done = weir_batch_put_doubles(batch, step->field, count, c->at);
    c->at += done * sizeof(double);
    return done;
}

/* Reads a value of a step into its column, or over it. */
static weir_code run_put(avro_row_plan *self, const avro_step *step, avro_cursor *c,
                         weir_batch *batch, weir_rejects *rejects, weir_error *err)
{
    const avro_type *type = &self->table.types[step->type];
    weir_error why;
    weir_code code;

    if (step->op == AVRO_PUT_U32) {
        uint32_t value = avro_take_u32(c);

        code = c->failed ? WEIR_OK : cell_put_integer(batch, step->field, value, &why);
    } else if (batch->columns[step->field].type == WEIR_X) {
        avro_skip(&self->table, step->type, step->depth, c);
        return WEIR_OK;
    } else if (step->op == AVRO_REFUSE) {
        avro_skip(&self->table, step->type, step->depth, c);
        code = weir_fail(&why, WEIR_INVALID, "column %.100s: %s is no cell",
                         batch->columns[step->field].name, type->title);
    } else {
        code = put_value(self, type, c, batch, step->field, &why);
    }
    if (code == WEIR_INVALID) {
        rejects_cell_of(rejects, step->field, &why);
        return WEIR_OK;
    }
    return code ? weir_fail(err, code, "%s", why.message) : WEIR_OK;
}

static weir_code not_a_record(const avro_row_plan *self, size_t field, weir_error *err)
{
    return weir_fail(err, WEIR_INVALID, "Avro: the value is not of its schema at field '%s'",
                     field < self->plan.count ? self->plan.fields[field]->view.name : "");
}

static weir_code trailing(const avro_cursor *c, weir_error *err)
{
    return avro_left(c) == 0 ? WEIR_OK
                             : weir_fail(err, WEIR_INVALID, "Avro: %zu bytes behind the last field",
                                         avro_left(c));
}

static weir_code avro_row(weir_row_plan *plan, const void *value, size_t size, weir_batch *batch,
                          weir_rejects *rejects, weir_error *err)
{
    avro_row_plan *self = (avro_row_plan *)plan;
    const avro_program *program = &self->program;
    avro_cursor c = avro_cursor_over(value, size);
    size_t at = 0, choice, done;
    weir_code code = WEIR_OK;

    while (at < program->count && !code && !c.failed) {
        const avro_step *step = &program->steps[at++];

        switch ((avro_op)step->op) {
        case AVRO_DOUBLES:
            done = put_doubles(step, &c, batch);
            at += done - 1;
            if (done < step->to) {
                step = &program->steps[at++];
                code = run_put(self, step, &c, batch, rejects, err);
            }
            break;
        case AVRO_SKIP:
            avro_skip(&self->table, step->type, step->depth, &c);
            break;
        case AVRO_NULLABLE:
            if (avro_take_choice(&c, 2) == step->null_branch)
                at = step->to;
            break;
        case AVRO_UNION:
            choice = avro_take_choice(&c, self->table.types[step->type].count);
            at = program->targets[step->to + choice];
            break;
        case AVRO_JUMP:
            at = step->to;
            break;
        default:
            code = run_put(self, step, &c, batch, rejects, err);
            break;
        }
        if (c.failed)
            return not_a_record(self, step->field, err);
    }
    return code ? code : trailing(&c, err);
}

/* The value is walked once more, so that nothing but a whole record gets fields behind it. */
static weir_code avro_extend(const weir_row_plan *plan, const void *value, size_t size,
                             const weir_extra_field *extras, size_t count, weir_bytes *out,
                             weir_error *err)
{
    const avro_row_plan *self = (const avro_row_plan *)plan;
    const avro_type *record = &self->table.types[0];
    avro_cursor c = avro_cursor_over(value, size);
    weir_code code;

    for (size_t i = 0; i < record->count; i++) {
        avro_skip(&self->table, self->table.parts[record->first + i], 1, &c);
        if (c.failed)
            return weir_fail(err, WEIR_INVALID,
                             "Avro: the value is not of its schema at field '%s'",
                             self->members[i]);
    }
    if ((code = trailing(&c, err)))
        return code;
    weir_bytes_append(out, value, size);
    for (size_t i = 0; i < count; i++)
        avro_write_extra(out, &extras[i]);
    return weir_bytes_ok(out, err);
}

static const plan_format avro_format = {.free = avro_free,
                                        .look = avro_look,
                                        .row = avro_row,
                                        .extend = avro_extend,
                                        .holds = avro_holds};

static weir_code keep_members(avro_row_plan *self, weir_error *err)
{
    const avro_type *record = &self->table.types[0];

    if (!(self->members = weir_calloc(record->count + 1, sizeof *self->members)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu fields", record->count);
    for (size_t i = 0; i < record->count; i++) {
        const json_t *field = self->table.part_fields[record->first + i];
        const char *name = json_string_value(json_object_get(field, "name"));

        if (!(self->members[self->member_count++] = weir_strdup(name)))
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu fields", record->count);
    }
    return WEIR_OK;
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
        (code = avro_schema_compile(record, &self->table, err)) ||
        (code = avro_program_make(&self->table, &self->plan, &self->program, err)) ||
        (code = keep_members(self, err)))
        goto done;
    *out = &self->plan;
    self = NULL; /* the caller's now */
done:
    row_plan_free(self ? &self->plan : NULL);
    json_decref(record);
    return code;
}
