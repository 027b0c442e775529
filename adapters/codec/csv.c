/* csv.c: CSV files (RFC 4180) to batches.
 *
 * A record is first found, with quotes and line ends inside them, and then cut into cells in place. The first line
 * names the columns. Where no types are given, the first 128 rows are looked at before any is taken: only 0 and 1 make
 * B, only numbers C, only |a|b| lists L, everything else S; cells that are missing say nothing.
 *
 * Blank lines are skipped. A record with more or fewer cells than there are columns is a bad row under every policy, as
 * in a DataFrame.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "csv.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cell.h"
#include "csv_cut.h"
#include "frame.h"
#include "text_source.h"
#include "weir/memory.h"

#define BUFFER_LEAST ((size_t)1 << 17)
#define FILL_LEAST ((size_t)1 << 12)
#define RECORD_MAX ((size_t)16 << 20)
#define GUESS_ROWS 128
#define GUESS_BYTES ((size_t)8 << 20) /* rows may be long, and are all in memory to be looked at */
#define ROW_CAPACITY 512
#define ROWS_USUAL 512

struct weir_csv {
    text_source *source;
    csv_marks marks;
    char *buffer;
    size_t at, size, capacity;
    bool ended;  /* the source has no more than buffer */
    size_t line; /* of the next record, from 1 */
    csv_record record;
    weir_batch *shape; /* the columns, without rows */
};

/* --- records */

/* More bytes behind those of the buffer; what lies before at is dropped. Half as many as there are, because the record
 * is looked at from its beginning again: a sender of small pieces must not make that quadratic. */
static weir_code fill(weir_csv *csv, weir_error *err)
{
    size_t got, least;
    weir_code code;

    if (csv->at > 0) {
        assert(csv->buffer);
        memmove(csv->buffer, csv->buffer + csv->at, csv->size - csv->at);
        csv->size -= csv->at;
        csv->at = 0;
    }
    if (csv->size == csv->capacity) {
        size_t capacity = csv->capacity ? csv->capacity * 2 : BUFFER_LEAST;
        char *buffer = weir_realloc(csv->buffer, capacity);

        if (!buffer)
            return weir_fail(err, WEIR_NO_MEMORY, "%s: no room for %zu bytes",
                             text_source_name(csv->source), capacity);
        csv->buffer = buffer;
        csv->capacity = capacity;
    }
    least = csv->size + (csv->size / 2 > FILL_LEAST ? csv->size / 2 : FILL_LEAST);
    least = least < csv->capacity ? least : csv->capacity;
    while (csv->size < least && !csv->ended) {
        if ((code = text_source_read(csv->source, csv->buffer + csv->size,
                                     csv->capacity - csv->size, &got, err)))
            return code;
        csv->size += got;
        csv->ended = got == 0;
    }
    return WEIR_OK;
}

/* Finds the record that begins skip bytes behind at: its size, and that with the line end. found false: no more. */
static weir_code find_record(weir_csv *csv, size_t skip, size_t *size, size_t *step, bool *found,
                             weir_error *err)
{
    for (;;) {
        const char *start = csv->buffer ? csv->buffer + csv->at + skip : NULL;
        size_t left = start ? csv->size - csv->at - skip : 0;
        bool open = false;
        const char *end = left > 0 ? csv_line_end(&csv->marks, start, start + left, &open) : NULL;
        weir_code code;

        *found = end || (csv->ended && left > 0);
        if (*found) {
            if (!end && open)
                return weir_fail(err, WEIR_INVALID, "%s: line %zu: a quoted cell has no end",
                                 text_source_name(csv->source), csv->line);
            *size = end ? (size_t)(end - start) : left;
            *step = end ? *size + 1 : left;
            if (*size > 0 && start[*size - 1] == '\r')
                --*size;
            return WEIR_OK;
        }
        if (csv->ended)
            return WEIR_OK;
        if (left > RECORD_MAX)
            return weir_fail(err, WEIR_TOO_LARGE, "%s: line %zu is longer than %zu bytes",
                             text_source_name(csv->source), csv->line, RECORD_MAX);
        if ((code = fill(csv, err)))
            return code;
    }
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 0;

    for (const char *end = text + size; (text = memchr(text, '\n', (size_t)(end - text))); text++)
        lines++;
    return lines;
}

/* The next record that is not a blank line into csv->record; found false: no more. line: the one it begins on. */
static weir_code next_record(weir_csv *csv, size_t *line, bool *found, weir_error *err)
{
    size_t size, step;
    weir_code code;

    do {
        if ((code = find_record(csv, 0, &size, &step, found, err)) || !*found)
            return code;
        *line = csv->line;
        csv->line += count_lines(csv->buffer + csv->at, step);
        csv->at += step;
    } while (size == 0);
    return csv_cut(&csv->marks, &csv->record, csv->buffer + csv->at - step, size, err);
}

/* --- columns */

static weir_type type_of(const csv_guess *guess)
{
    if (!guess->any)
        return WEIR_S;
    return guess->binary ? WEIR_B : guess->number ? WEIR_C : guess->list ? WEIR_L : WEIR_S;
}

/* Looks at the first rows without taking them. Records are cut in a copy. */
static weir_code look_at_rows(weir_csv *csv, size_t columns, weir_batch *probe, csv_guess *guesses,
                              weir_error *err)
{
    csv_record record = {0};
    weir_bytes copy = {0};
    size_t skip = 0, size, step;
    bool found = true;
    weir_code code = WEIR_OK;

    for (size_t row = 0; row < GUESS_ROWS && skip < GUESS_BYTES && !code; skip += step) {
        if ((code = find_record(csv, skip, &size, &step, &found, err)) || !found)
            break;
        if (size == 0)
            continue;
        row++;
        weir_bytes_clear(&copy);
        weir_bytes_append(&copy, csv->buffer + csv->at + skip, size);
        if ((code = weir_bytes_ok(&copy, err)) ||
            (code = csv_cut(&csv->marks, &record, (char *)copy.data, size, err)))
            break;
        for (size_t i = 0; i < columns && record.count == columns && !code; i++)
            code = csv_look_at_cell(&record.cells[i], probe, &guesses[i], err);
    }
    weir_free(record.cells);
    weir_bytes_free(&copy);
    return code;
}

static weir_code guess_types(weir_csv *csv, size_t columns, weir_type *types, weir_error *err)
{
    csv_guess *guesses = weir_calloc(columns, sizeof *guesses);
    weir_batch *probe = NULL;
    size_t unused;
    weir_code code;

    if (!guesses) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu columns", columns);
        goto done;
    }
    for (size_t i = 0; i < columns; i++)
        guesses[i] = CSV_ANYTHING;
    if ((code = weir_batch_new(1, &probe, err)) ||
        (code = weir_batch_add_column(probe, "x", 1, WEIR_C, &unused, err)) ||
        (code = look_at_rows(csv, columns, probe, guesses, err)))
        goto done;
    for (size_t i = 0; i < columns; i++)
        types[i] = type_of(&guesses[i]);
done:
    weir_batch_free(probe);
    weir_free(guesses);
    return code;
}

/* "C,C,X" to types. */
static weir_code read_types(const char *text, size_t columns, weir_type *types, weir_error *err)
{
    size_t count = 0;

    for (bool more = true; more; count++) {
        size_t size = strcspn(text, ",");
        size_t blanks = strspn(text, " ");
        weir_type type;

        blanks = blanks < size ? blanks : size;
        if (!weir_type_from_letter(text + blanks, size - blanks, &type))
            return weir_fail(err, WEIR_INVALID, "types: there is no attribute type '%.*s'",
                             size < 16 ? (int)size : 16, text);
        if (count < columns)
            types[count] = type;
        more = text[size] == ',';
        text += size + more;
    }
    if (count != columns)
        return weir_fail(err, WEIR_INVALID, "types: %zu for %zu columns", count, columns);
    return WEIR_OK;
}

static weir_code make_shape(weir_csv *csv, char *const *names, const weir_type *types,
                            size_t columns, weir_error *err)
{
    size_t unused;
    weir_code code = weir_batch_new(1, &csv->shape, err);

    for (size_t i = 0; i < columns && !code; i++)
        if ((code = weir_batch_add_column(csv->shape, names[i], strlen(names[i]), types[i], &unused,
                                          err)))
            weir_explain(err, code, "column %zu", i + 1);
    return code;
}

static weir_code name_of(const csv_record *record, const weir_csv_options *options, size_t i,
                         char **out, weir_error *err)
{
    char made[24];
    const csv_cell *cell = &record->cells[i];

    if (!options->header_missing) {
        if (memchr(cell->text, 0, cell->size))
            return weir_fail(err, WEIR_INVALID, "column %zu: a name with a NUL byte", i + 1);
        *out = weir_strndup(cell->text, cell->size);
    } else if (options->name_count > 0) {
        *out = weir_strdup(options->names[i]);
    } else {
        snprintf(made, sizeof made, "c%zu", i + 1);
        *out = weir_strdup(made);
    }
    return *out ? WEIR_OK : weir_fail(err, WEIR_NO_MEMORY, "no room for the names of the columns");
}

/* What the columns become: by the letters given, or as guessed and then as the rule says. */
static weir_code choose_types(weir_csv *csv, const char *letters, const weir_csv_options *options,
                              char *const *names, size_t columns, weir_type *types, weir_error *err)
{
    weir_code code;

    if (letters)
        return read_types(letters, columns, types, err);
    if ((code = guess_types(csv, columns, types, err)) || !options->rule)
        return code;
    for (size_t i = 0; i < columns; i++)
        types[i] = options->rule(options->rule_context, names[i], strlen(names[i]), types[i]);
    return WEIR_OK;
}

static weir_code check_columns(size_t columns, const weir_csv_options *options, weir_error *err)
{
    if (columns > FRAME_COLUMNS_MAX)
        return weir_fail(err, WEIR_TOO_LARGE, "%zu columns; at most %d", columns,
                         FRAME_COLUMNS_MAX);
    if (options->header_missing && options->name_count > 0 && options->name_count != columns)
        return weir_fail(err, WEIR_INVALID, "%zu names for %zu columns", options->name_count,
                         columns);
    return WEIR_OK;
}

/* Looks at the first record, the header or a row, with its cells left in *record. */
static weir_code look_at_first(weir_csv *csv, weir_bytes *copy, csv_record *record, weir_error *err)
{
    size_t size = 0, step = 0;
    bool found = false;
    weir_code code;

    for (;; csv->at += step, csv->line++) {
        if ((code = find_record(csv, 0, &size, &step, &found, err)))
            return code;
        if (!found)
            return weir_fail(err, WEIR_INVALID, "there is no header line and no row");
        if (size > 0)
            break;
    }
    weir_bytes_append(copy, csv->buffer + csv->at, size);
    if ((code = weir_bytes_ok(copy, err)))
        return code;
    return csv_cut(&csv->marks, record, (char *)copy->data, size, err);
}

/* Passes over UTF-8's byte order mark. */
static weir_code skip_mark(weir_csv *csv, weir_error *err)
{
    weir_code code = WEIR_OK;

    while (!csv->ended && csv->size < 3 && !code)
        code = fill(csv, err);
    if (code || !csv->buffer)
        return code;
    if (csv->size >= 2 &&
        (!memcmp(csv->buffer, "\xff\xfe", 2) || !memcmp(csv->buffer, "\xfe\xff", 2)))
        return weir_fail(err, WEIR_INVALID, "it is UTF-16; rows are read in UTF-8");
    if (csv->size >= 3 && !memcmp(csv->buffer, "\xef\xbb\xbf", 3))
        csv->at = 3;
    return WEIR_OK;
}

static weir_code read_columns(weir_csv *csv, const char *letters, const weir_csv_options *options,
                              weir_error *err)
{
    csv_record record = {0};
    weir_bytes copy = {0};
    char **names = NULL;
    weir_type *types = NULL;
    size_t line;
    bool found;
    weir_code code;

    if ((code = skip_mark(csv, err)) || (code = look_at_first(csv, &copy, &record, err)) ||
        (code = check_columns(record.count, options, err)))
        goto done;
    if (!options->header_missing && (code = next_record(csv, &line, &found, err)))
        goto done;
    names = weir_calloc(record.count, sizeof *names);
    types = weir_calloc(record.count, sizeof *types);
    if (!names || !types) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu columns", record.count);
        goto done;
    }
    for (size_t i = 0; i < record.count; i++)
        if ((code = name_of(&record, options, i, &names[i], err)))
            goto done;
    if ((code = choose_types(csv, letters, options, names, record.count, types, err)))
        goto done;
    code = make_shape(csv, names, types, record.count, err);
done:
    for (size_t i = 0; names && i < record.count; i++)
        weir_free(names[i]);
    weir_free(names);
    weir_free(types);
    weir_free(record.cells);
    weir_bytes_free(&copy);
    return code;
}

/* Takes the source over, whatever the outcome. */
static weir_code open_source(text_source *source, const char *letters,
                             const weir_csv_options *options, weir_csv **out, weir_error *err)
{
    weir_csv *csv = weir_calloc(1, sizeof *csv);
    weir_code code;

    if (!csv) {
        text_source_close(source);
        return weir_fail(err, WEIR_NO_MEMORY, "no room to read CSV");
    }
    csv->source = source;
    csv->line = 1;
    if (!(code = csv_marks_of(options, &csv->marks, err)))
        code = read_columns(csv, letters, options, err);
    if (code) {
        weir_explain(err, code, "%s", text_source_name(source));
        csv_close(csv);
        return code;
    }
    *out = csv;
    return WEIR_OK;
}

weir_code csv_open(const char *path, const char *types, weir_csv **out, weir_error *err)
{
    text_source *source = NULL;
    weir_code code = text_source_open(path, &source, err);

    return code ? code : open_source(source, types, &(weir_csv_options){0}, out, err);
}

weir_code csv_stream(weir_byte_source *from, const weir_csv_options *options, weir_csv **out,
                     weir_error *err)
{
    text_source *source = NULL;
    weir_code code = text_source_over(from, &source, err);

    return code ? code : open_source(source, NULL, options, out, err);
}

const weir_batch *csv_columns(const weir_csv *csv)
{
    return csv->shape;
}

/* --- rows */

static weir_code new_batch(const weir_csv *csv, size_t max_rows, weir_batch **out, weir_error *err)
{
    weir_batch *batch = NULL;
    size_t unused;
    weir_code code = weir_batch_new(max_rows < ROW_CAPACITY ? max_rows : ROW_CAPACITY, &batch, err);

    for (size_t i = 0; i < csv->shape->column_count && !code; i++) {
        const weir_batch_column *column = &csv->shape->columns[i];

        code = weir_batch_add_column(batch, column->name, strlen(column->name), column->type,
                                     &unused, err);
    }
    if (code) {
        weir_batch_free(batch);
        return code;
    }
    *out = batch; /* the caller's now */
    return WEIR_OK;
}

/* A refusal by policy: WEIR_INVALID to stop there, WEIR_OK to go on without the row or cell. */
static weir_code bad_row(const weir_csv *csv, size_t line, weir_bad_policy policy,
                         weir_rejects *rejects, weir_error *why, weir_error *err)
{
    weir_explain(why, WEIR_INVALID, "%s: line %zu", text_source_name(csv->source), line);
    if (policy == WEIR_BAD_REJECT)
        return weir_fail(err, WEIR_INVALID, "%s", why->message);
    rejects_row(rejects, why);
    return WEIR_OK;
}

static weir_code bad_cell(const weir_csv *csv, size_t line, weir_bad_policy policy,
                          weir_rejects *rejects, weir_error *why, weir_error *err)
{
    if (policy != WEIR_BAD_CELL)
        return bad_row(csv, line, policy, rejects, why, err);
    weir_explain(why, WEIR_INVALID, "%s: line %zu", text_source_name(csv->source), line);
    rejects_cell(rejects, why);
    return WEIR_OK;
}

/* The record into the open row. WEIR_OK with *whole false: the row is to be left out. */
static weir_code read_row(weir_csv *csv, size_t line, weir_bad_policy policy, weir_rejects *rejects,
                          weir_batch *batch, bool *whole, weir_error *err)
{
    const csv_record *record = &csv->record;
    weir_error why;
    weir_code code;

    *whole = false;
    if (csv_record_check(record, batch->column_count, &why))
        return bad_row(csv, line, policy, rejects, &why, err);
    for (size_t i = 0; i < record->count; i++) {
        const csv_cell *cell = &record->cells[i];

        if (cell->size == 0 || batch->columns[i].type == WEIR_X ||
            !(code = weir_batch_put_text(batch, i, cell->text, cell->size, &why)))
            continue;
        if (code != WEIR_INVALID)
            return weir_fail(err, code, "%s", why.message);
        code = bad_cell(csv, line, policy, rejects, &why, err);
        if (code || policy == WEIR_BAD_ROW)
            return code;
    }
    *whole = true;
    return WEIR_OK;
}

weir_code csv_next(weir_csv *csv, size_t max_rows, weir_bad_policy policy, weir_rejects *rejects,
                   weir_batch **out, weir_error *err)
{
    weir_batch *batch = NULL;
    size_t line;
    bool found = true, whole;
    weir_code code;

    *out = NULL;
    max_rows = max_rows > 0 ? max_rows : ROWS_USUAL;
    if ((code = new_batch(csv, max_rows, &batch, err)))
        return code;
    while (batch->rows < max_rows && !(code = next_record(csv, &line, &found, err)) && found) {
        if ((code = weir_batch_row_begin(batch, err)) ||
            (code = read_row(csv, line, policy, rejects, batch, &whole, err)))
            break;
        if (whole)
            weir_batch_row_end(batch);
    }
    if (!code && batch->rows > 0) {
        *out = batch;
        batch = NULL; /* the caller's now */
    }
    weir_batch_free(batch);
    return code;
}

void csv_close(weir_csv *csv)
{
    if (!csv)
        return;
    text_source_close(csv->source);
    weir_batch_free(csv->shape);
    weir_free(csv->record.cells);
    weir_free(csv->buffer);
    weir_free(csv);
}
