/* csv_plan.c: CSV rows, one a value, read straight into batch columns.
 *
 * A value is one record (see csv_cut.h), with or without a line end. Its cells fill the fields in their order, for
 * there is no header to name them: names are given, or c1, c2 ... as the first value has them. A value whose cells are
 * just the names is a header all the same, sent by whoever piped a file into a topic; it is no row, unless the options
 * say that there are none.
 *
 * What a field holds is told by its first cell that is not missing: a number, a list |a|b|, or else a text. Until then
 * it is of type "null", as a member of JSON objects of which nothing but null was seen. Once all are known, values are
 * not looked at any more ahead of being read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "cell.h"
#include "csv_cut.h"
#include "row_plan.h"

static const char unknown_type[] = "null";

typedef struct {
    weir_row_plan plan;
    csv_marks marks;
    bool headers;    /* some values may be one */
    size_t unknown;  /* fields of which nothing was seen */
    weir_bytes copy; /* of the value, which is cut in place */
    csv_record record;
    weir_batch *probe; /* see csv_look_at_cell() */
} csv_row_plan;

static void csv_free(weir_row_plan *plan)
{
    csv_row_plan *self = (csv_row_plan *)plan;

    weir_batch_free(self->probe);
    weir_bytes_free(&self->copy);
    weir_free(self->record.cells);
    weir_free(self);
}

static bool is_header(const csv_row_plan *self)
{
    const csv_record *record = &self->record;

    if (!self->headers || record->count != self->plan.count)
        return false;
    for (size_t i = 0; i < record->count; i++) {
        const plan_field *field = self->plan.fields[i];

        if (field->name_size != record->cells[i].size ||
            memcmp(field->view.name, record->cells[i].text, field->name_size) != 0)
            return false;
    }
    return true;
}

/* Cuts a value into self->record. */
static weir_code cut(csv_row_plan *self, const void *value, size_t size, weir_error *err)
{
    const char *text = value;
    const char *end = NULL;
    bool open = false;
    weir_code code;

    if (size > 0 && (end = csv_line_end(&self->marks, text, text + size, &open))) {
        if (end + 1 != text + size)
            return weir_fail(err, WEIR_INVALID, "a value of %zu bytes has more than one line",
                             size);
        size--;
    }
    if (open)
        return weir_fail(err, WEIR_INVALID, "a quoted cell has no end");
    if (size > 0 && text[size - 1] == '\r')
        size--;
    if (size == 0)
        return weir_fail(err, WEIR_INVALID, "a blank line has no cells");
    weir_bytes_clear(&self->copy);
    weir_bytes_append(&self->copy, text, size);
    if ((code = weir_bytes_ok(&self->copy, err)))
        return code;
    return csv_cut(&self->marks, &self->record, (char *)self->copy.data, size, err);
}

/* --- fields */

static weir_code add_field(csv_row_plan *self, const char *name, weir_error *err)
{
    weir_code code = row_plan_add_field(&self->plan, name, strlen(name), WEIR_FIELD_STRING, true,
                                        unknown_type, err);

    self->unknown += !code;
    return code;
}

/* As many fields as the first value has cells. */
static weir_code make_names(csv_row_plan *self, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < self->record.count; i++) {
        char name[24];

        snprintf(name, sizeof name, "c%zu", i + 1);
        code = add_field(self, name, err);
    }
    return code;
}

/* What a cell tells of a field of which nothing was seen yet. */
static weir_code look_at(csv_row_plan *self, size_t i, bool *changed, weir_error *err)
{
    plan_field *field = self->plan.fields[i];
    csv_guess guess = CSV_ANYTHING;
    char *name = NULL;
    weir_code code = csv_look_at_cell(&self->record.cells[i], self->probe, &guess, err);

    if (code || !guess.any)
        return code;
    if (!(name = weir_strdup(guess.number ? "number" : guess.list ? "list" : "text")))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for field '%s'", field->view.name);
    weir_free(field->type_text);
    field->view.type_name = field->type_text = name;
    field->view.kind = guess.number ? WEIR_FIELD_FLOAT
                       : guess.list ? WEIR_FIELD_LIST
                                    : WEIR_FIELD_STRING;
    self->unknown--;
    *changed = true;
    return WEIR_OK;
}

static weir_code csv_look(weir_row_plan *plan, const void *value, size_t size, bool *changed,
                          weir_error *err)
{
    csv_row_plan *self = (csv_row_plan *)plan;
    weir_code code;

    if (plan->count > 0 && self->unknown == 0)
        return WEIR_OK;
    if ((code = cut(self, value, size, err)))
        return code;
    if (plan->count == 0 && (code = make_names(self, err)))
        return code;
    if (csv_record_check(&self->record, plan->count, NULL) || is_header(self))
        return WEIR_OK; /* no row, as the reader of the row will say */
    for (size_t i = 0; !code && i < plan->count; i++)
        if (!strcmp(plan->fields[i]->view.type_name, unknown_type))
            code = look_at(self, i, changed, err);
    return code;
}

/* --- rows */

static weir_code csv_row(weir_row_plan *plan, const void *value, size_t size, weir_batch *batch,
                         weir_rejects *rejects, weir_error *err)
{
    csv_row_plan *self = (csv_row_plan *)plan;
    weir_error why;
    weir_code code;

    if ((code = cut(self, value, size, err)) ||
        (code = csv_record_check(&self->record, plan->count, err)))
        return code;
    if (is_header(self))
        return weir_fail(err, WEIR_INVALID, "the cells are the names of the columns: a header");
    for (size_t i = 0; i < plan->bound; i++) {
        const csv_cell *cell = &self->record.cells[i];
        size_t column = plan->fields[i]->column;

        if (cell->size == 0 || column == WEIR_NONE ||
            !(code = weir_batch_put_text(batch, column, cell->text, cell->size, &why)))
            continue;
        if (code != WEIR_INVALID)
            return weir_fail(err, code, "%s", why.message);
        rejects_cell_of(rejects, column, &why);
    }
    return WEIR_OK;
}

/* A row without a header cannot say what more cells would be. */
static weir_code csv_extend(const weir_row_plan *plan, const void *value, size_t size,
                            const weir_extra_field *extras, size_t count, weir_bytes *out,
                            weir_error *err)
{
    (void)plan;
    (void)value;
    (void)size;
    (void)out;
    return weir_fail(err, WEIR_INVALID, "CSV rows carry no fields of other names, such as '%s'",
                     count > 0 ? extras[0].name : "");
}

static bool csv_holds(const weir_row_plan *plan, const char *name)
{
    return row_plan_find_field(plan, name, strlen(name)) != NULL;
}

static const plan_format csv_format = {.free = csv_free,
                                       .look = csv_look,
                                       .row = csv_row,
                                       .extend = csv_extend,
                                       .holds = csv_holds,
                                       .any_type = true};

weir_code csv_plan(const weir_csv_options *options, weir_row_plan **out, weir_error *err)
{
    csv_row_plan *self = weir_calloc(1, sizeof *self);
    size_t unused;
    weir_code code;

    if (!self)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a row plan");
    self->plan.format = &csv_format;
    self->headers = !options->header_missing;
    if (!(code = csv_marks_of(options, &self->marks, err)) &&
        !(code = weir_batch_new(1, &self->probe, err)))
        code = weir_batch_add_column(self->probe, "x", 1, WEIR_C, &unused, err);
    for (size_t i = 0; !code && i < options->name_count; i++)
        code = add_field(self, options->names[i], err);
    if (code) {
        row_plan_free(&self->plan);
        return code;
    }
    *out = &self->plan;
    return WEIR_OK;
}
