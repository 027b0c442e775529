/* json_cell.c: one JSON value into the open row of a batch. Numbers may be quoted, by any caller, in any column.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_cell.h"

#include <string.h>

#include "cell.h"

static weir_code not_json(weir_error *err)
{
    if (err)
        err->code = WEIR_CORRUPT;
    return WEIR_CORRUPT;
}

/* Steps over the cell of an ignored column. Its escapes are nobody's concern. */
static weir_code skip_cell(json_walk *walk, weir_error *err)
{
    json_string unread;
    weir_code code = json_walk_peek(walk) == '"' ? json_walk_string(walk, &unread, err)
                                                 : json_walk_skip(walk, err);

    return code ? not_json(err) : WEIR_OK;
}

static weir_code read_string(json_walk *walk, weir_batch *batch, size_t column, weir_bytes *scratch,
                             weir_error *err)
{
    weir_type type = batch->columns[column].type;
    json_string string;
    const char *text;
    size_t size;
    double value;
    weir_code code;

    if ((type == WEIR_C || type == WEIR_B) && json_walk_quoted_number(walk, &value))
        return weir_batch_put_number(batch, column, value, err);
    if (json_walk_string(walk, &string, err))
        return not_json(err);
    if (string.size == 0)
        return WEIR_OK;
    if ((code = json_string_text(&string, scratch, &text, &size, err)))
        return weir_explain(err, code, "column %s", batch->columns[column].name);
    return weir_batch_put_text(batch, column, text, size, err);
}

/* Digits only: an id may have more of them than a double. */
static bool is_whole(const json_string *number)
{
    return !memchr(number->raw, '.', number->size) && !memchr(number->raw, 'e', number->size) &&
           !memchr(number->raw, 'E', number->size);
}

static weir_code read_number(json_walk *walk, weir_batch *batch, size_t column, weir_error *err)
{
    json_string number;
    number_result result;
    double value;

    if (json_walk_number(walk, &number, &value, &result, err))
        return not_json(err);
    /* A number that no double can hold is for the batch to judge. */
    if (result == NUMBER_OUT_OF_RANGE ||
        (cell_is_text(batch->columns[column].type) && is_whole(&number)))
        return weir_batch_put_text(batch, column, number.raw, number.size, err);
    return weir_batch_put_number(batch, column, value, err);
}

weir_code json_cell_read(json_walk *walk, weir_batch *batch, size_t column, weir_bytes *scratch,
                         weir_error *err)
{
    char word;

    if (batch->columns[column].type == WEIR_X)
        return skip_cell(walk, err);
    switch (json_walk_peek(walk)) {
    case '"':
        return read_string(walk, batch, column, scratch, err);
    case 't':
    case 'f':
    case 'n':
        if (json_walk_word(walk, &word, err))
            return not_json(err);
        return word == 'n' ? WEIR_OK : cell_put_boolean(batch, column, word == 't', err);
    case '[':
    case '{':
        if (json_walk_skip(walk, err))
            return not_json(err);
        return weir_fail(err, WEIR_INVALID, "column %s: a cell is no array or object",
                         batch->columns[column].name);
    default:
        return read_number(walk, batch, column, err);
    }
}
