/* csv_cut.c: see csv_cut.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "csv_cut.h"

#include <assert.h>
#include <string.h>

#include "number.h"
#include "weir/memory.h"

/* --- marks */

static bool fits_as_mark(char c)
{
    return c != '\n' && c != '\r' && c > 0 && c < 0x7f;
}

weir_code csv_marks_of(const weir_csv_options *options, csv_marks *out, weir_error *err)
{
    csv_marks marks = {.separator = options->separator ? options->separator : ',',
                       .quote = options->quote ? options->quote : '"',
                       .strict = options->strict_quotes};

    if (!fits_as_mark(marks.separator) || !fits_as_mark(marks.quote) ||
        marks.separator == marks.quote)
        return weir_fail(err, WEIR_INVALID,
                         "separator and quote are two different ASCII characters");
    *out = marks;
    return WEIR_OK;
}

/* --- records */

typedef enum { AT_CELL_START, IN_PLAIN_CELL, IN_QUOTES, BEHIND_QUOTE } csv_state;

const char *csv_line_end(const csv_marks *marks, const char *text, const char *end, bool *open)
{
    assert(text);
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    const char *stop = newline ? newline : end;
    csv_state state = AT_CELL_START;

    *open = false;
    if (!memchr(text, marks->quote, (size_t)(stop - text)))
        return newline;
    for (; text < end; text++) {
        if (state == IN_QUOTES) {
            if (*text == marks->quote)
                state = BEHIND_QUOTE;
        } else if (*text == '\n') {
            return text;
        } else if (*text == marks->separator) {
            state = AT_CELL_START;
        } else if (*text == marks->quote && (marks->strict || state != IN_PLAIN_CELL)) {
            state = IN_QUOTES;
        } else {
            state = IN_PLAIN_CELL;
        }
    }
    *open = state == IN_QUOTES;
    return NULL;
}

/* --- cells */

static weir_code add_cell(csv_record *record, const char *text, size_t size, weir_error *err)
{
    if (record->count == record->capacity) {
        size_t capacity = record->capacity ? record->capacity * 2 : 32;
        csv_cell *cells = weir_realloc_array(record->cells, capacity, sizeof *cells);

        if (!cells)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for a record of %zu cells", capacity);
        record->cells = cells;
        record->capacity = capacity;
    }
    record->cells[record->count++] = (csv_cell){text, size};
    return WEIR_OK;
}

/* Cuts a quoted cell whose opening quote stands at *at, undoubling its quotes in place; *at goes behind it. */
static weir_code cut_quoted(const csv_marks *marks, csv_record *record, char **at, char *end,
                            weir_error *err)
{
    char *from = *at + 1;
    char *start = from;
    char *to = from;

    for (; from < end; from++) {
        if (*from == marks->quote) {
            if (from + 1 == end || from[1] != marks->quote)
                break;
            from++;
        }
        *to++ = *from;
    }
    from += from < end; /* the closing quote */
    if (from < end && *from != marks->separator) {
        record->malformed = true;
        while (from < end && *from != marks->separator)
            from++;
    }
    *at = from;
    return add_cell(record, start, (size_t)(to - start), err);
}

/* Cuts the cell at *at down to what stands in quotes; *at goes behind it. */
static weir_code cut_strict(const csv_marks *marks, csv_record *record, char **at, char *end,
                            weir_error *err)
{
    char *start = *at;
    char *to = start;
    char *from = start;
    bool inside = false;

    for (; from < end && (inside || *from != marks->separator); from++) {
        if (*from != marks->quote) {
            if (inside)
                *to++ = *from;
        } else if (inside && from + 1 < end && from[1] == marks->quote) {
            *to++ = *from++;
        } else {
            inside = !inside;
        }
    }
    *at = from;
    return add_cell(record, start, (size_t)(to - start), err);
}

/* Cuts the bytes of a record, which change where quotes are doubled. */
weir_code csv_cut(const csv_marks *marks, csv_record *record, char *text, size_t size,
                  weir_error *err)
{
    char *end = text + size;
    weir_code code = WEIR_OK;

    record->count = 0;
    record->malformed = false;
    for (;;) {
        if (marks->strict) {
            code = cut_strict(marks, record, &text, end, err);
        } else if (text < end && *text == marks->quote) {
            code = cut_quoted(marks, record, &text, end, err);
        } else {
            char *separator = memchr(text, marks->separator, (size_t)(end - text));
            char *stop = separator ? separator : end;

            code = add_cell(record, text, (size_t)(stop - text), err);
            text = stop;
        }
        if (code || text == end)
            return code;
        text++; /* the separator */
    }
}

weir_code csv_record_check(const csv_record *record, size_t columns, weir_error *err)
{
    if (record->malformed)
        return weir_fail(err, WEIR_INVALID, "something stands behind a closing quote");
    if (record->count != columns)
        return weir_fail(err, WEIR_INVALID, "%zu cells where there are %zu columns", record->count,
                         columns);
    return WEIR_OK;
}

static bool is_list(const csv_cell *cell)
{
    return cell->size >= 2 && cell->text[0] == '|' && cell->text[cell->size - 1] == '|';
}

/* What a C column would make of the cell decides whether it is missing or a number. */
weir_code csv_look_at_cell(const csv_cell *cell, weir_batch *probe, csv_guess *guess,
                           weir_error *err)
{
    double value;
    weir_code code = weir_batch_row_begin(probe, err);

    if (code)
        return code;
    if (cell->size == 0)
        return WEIR_OK;
    code = weir_batch_put_text(probe, 0, cell->text, cell->size, NULL);
    if (code && code != WEIR_INVALID)
        return weir_fail(err, code, "no room to look at a cell");
    if (!code && !probe->columns[0].present[0])
        return WEIR_OK;
    guess->any = true;
    /* A number too great for a cell is one all the same. */
    guess->number =
        guess->number && (!code || number_read(cell->text, cell->size, &value) != NUMBER_NOT);
    guess->binary = guess->binary && !code &&
                    (probe->columns[0].values[0] == 0 || probe->columns[0].values[0] == 1);
    guess->list = guess->list && is_list(cell);
    return WEIR_OK;
}
