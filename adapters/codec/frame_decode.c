/* frame_decode.c: a DataFrame in JSON to a batch.
 *
 *     {"attributeNames":["x","y"],"attributeTypes":["C","B"],"data":[["4.3","1"],[0.2,null]],"errorHandling":1}
 *
 * Members come in any order, so the first walk over the body only notes where each one lies, with one shortcut: when
 * the columns are known by the time data is met, its rows are read there and then. That is done under the policy
 * known so far; only when errorHandling turns up later, says otherwise, and something was refused, are the rows read
 * again. Numbers are read straight from the text, quoted or not.
 *
 * A row with more or fewer cells than there are columns is a bad row under every policy: which of its cells went
 * astray cannot be known (a quoted comma split in two shifts all that follow).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "frame.h"

#include <string.h>

#include "cell.h"
#include "json_cell.h"
#include "weir/memory.h"

#define ROW_CAPACITY 512 /* to begin with */

typedef enum {
    MEMBER_NAMES,
    MEMBER_TYPES,
    MEMBER_DATA,
    MEMBER_ERRORS,
    MEMBER_SOURCE,
    MEMBERS
} member;

static const char *const member_names[MEMBERS] = {"attributeNames", "attributeTypes", "data",
                                                  "errorHandling", "source"};

typedef struct {
    json_walk walk;
    size_t found[MEMBERS]; /* the token of each member's value, or WEIR_NONE */
    weir_type_rule rule;
    void *context;
    weir_bad_policy policy; /* the one in force */
    bool rows_read;
    weir_bad_policy rows_policy; /* the one they were read under */
    weir_batch *batch;
    weir_rejects rejects;
    size_t rows_sent;
    size_t *dropped; /* the rows left out, ascending, as counted in data */
    size_t dropped_count, dropped_capacity;
    weir_bytes scratch;
} frame_reader;

/* --- columns */

static weir_code read_type(frame_reader *reader, json_walk *types, weir_type *type, weir_error *err)
{
    json_string letter;
    const char *text;
    size_t size;
    weir_code code;

    if ((code = json_walk_string(types, &letter, err)) ||
        (code = json_string_text(&letter, &reader->scratch, &text, &size, err)))
        return code;
    if (size > 16)
        return weir_fail(err, WEIR_INVALID, "an attribute type is one letter, not %zu bytes", size);
    if (!weir_type_from_letter(text, size, type))
        return weir_fail(err, WEIR_INVALID, "there is no attribute type '%.*s'", (int)size, text);
    return WEIR_OK;
}

/* One name and, when types is not NULL, its type. */
static weir_code read_column(frame_reader *reader, json_walk *names, json_walk *types,
                             weir_error *err)
{
    json_string name;
    const char *text;
    size_t size, column;
    weir_type type = (weir_type)0, sent;
    weir_code code;

    if (types && (code = read_type(reader, types, &type, err)))
        return weir_explain(err, code, "attributeTypes");
    if ((code = json_walk_string(names, &name, err)) ||
        (code = json_string_text(&name, &reader->scratch, &text, &size, err)))
        return weir_explain(err, code, "attributeNames");
    if (memchr(text, 0, size))
        return weir_fail(err, WEIR_INVALID, "attributeNames: a name with a NUL byte");
    sent = type;
    if (reader->rule)
        type = reader->rule(reader->context, text, size, type);
    if (!type)
        return weir_fail(err, WEIR_INVALID, "attributeTypes is missing");
    code = weir_batch_add_column(reader->batch, text, size, type, &column, err);
    if (!code)
        reader->batch->columns[column].hidden = sent == WEIR_X && type != WEIR_X;
    return code;
}

/* The number of values in the array at token; WEIR_INVALID when it is none or holds other than strings. */
static weir_code count_strings(const frame_reader *reader, member which, size_t *count,
                               weir_error *err)
{
    json_walk walk = reader->walk;
    json_string text;
    bool first = true, more;
    weir_code code;

    walk.next = reader->found[which];
    *count = 0;
    if ((code = json_walk_expect(&walk, '[', err)))
        return weir_explain(err, code, "%s", member_names[which]);
    while (!(code = json_walk_more(&walk, ']', &first, &more, err)) && more) {
        if ((code = json_walk_string(&walk, &text, err)))
            break;
        if (++*count > FRAME_COLUMNS_MAX)
            return weir_fail(err, WEIR_TOO_LARGE, "%s: more than %d columns", member_names[which],
                             FRAME_COLUMNS_MAX);
    }
    return code ? weir_explain(err, code, "%s", member_names[which]) : WEIR_OK;
}

static bool is_known(const frame_reader *reader, member which)
{
    return reader->found[which] != WEIR_NONE;
}

static weir_code read_columns(frame_reader *reader, weir_error *err)
{
    json_walk names = reader->walk, types = reader->walk;
    bool typed = is_known(reader, MEMBER_TYPES);
    size_t count, type_count, rows;
    weir_code code;

    if (!is_known(reader, MEMBER_NAMES))
        return weir_fail(err, WEIR_INVALID, "attributeNames is missing");
    if (!typed && !reader->rule)
        return weir_fail(err, WEIR_INVALID, "attributeTypes is missing");
    if ((code = count_strings(reader, MEMBER_NAMES, &count, err)))
        return code;
    if (typed && (code = count_strings(reader, MEMBER_TYPES, &type_count, err)))
        return code;
    if (typed && type_count != count)
        return weir_fail(err, WEIR_INVALID, "attributeTypes has %zu entries, attributeNames %zu",
                         type_count, count);
    /* A row takes at least a byte and a comma a cell: so many columns never cost more than the body allows. */
    rows = reader->walk.size / (2 * count + 1) + 1;
    weir_batch_free(reader->batch);
    reader->batch = NULL;
    if ((code = weir_batch_new(rows < ROW_CAPACITY ? rows : ROW_CAPACITY, &reader->batch, err)))
        return code;
    names.next = reader->found[MEMBER_NAMES] + 1;
    types.next = typed ? reader->found[MEMBER_TYPES] + 1 : 0;
    for (size_t i = 0; i < count && !code; i++) {
        code = read_column(reader, &names, typed ? &types : NULL, err);
        names.next++; /* the comma */
        types.next++;
    }
    return code;
}

/* --- rows */

/* A cell that cannot be read: WEIR_INVALID to refuse the frame, WEIR_OK to go on. */
static weir_code bad_cell(frame_reader *reader, bool *bad_row, weir_error *why, weir_error *err)
{
    weir_explain(why, WEIR_INVALID, "row %zu", reader->rows_sent);
    if (reader->policy == WEIR_BAD_REJECT)
        return weir_fail(err, WEIR_INVALID, "%s", why->message);
    if (reader->policy == WEIR_BAD_CELL)
        rejects_cell(&reader->rejects, why);
    else if (!*bad_row)
        rejects_row(&reader->rejects, why);
    *bad_row = *bad_row || reader->policy == WEIR_BAD_ROW;
    return WEIR_OK;
}

static weir_code drop_row(frame_reader *reader, weir_error *err)
{
    if (reader->dropped_count == reader->dropped_capacity) {
        size_t capacity = reader->dropped_capacity ? reader->dropped_capacity * 2 : 16;
        size_t *more = weir_realloc_array(reader->dropped, capacity, sizeof *more);

        if (!more)
            return weir_fail(err, WEIR_NO_MEMORY, "no room to note %zu bad rows", capacity);
        reader->dropped = more;
        reader->dropped_capacity = capacity;
    }
    reader->dropped[reader->dropped_count++] = reader->rows_sent;
    return WEIR_OK;
}

/* A row of the wrong length: WEIR_INVALID to refuse the frame, WEIR_OK to leave the row out. */
static weir_code ragged_row(frame_reader *reader, size_t cells, weir_error *err)
{
    weir_error why;

    weir_fail(&why, WEIR_INVALID, "row %zu: %zu cells where there are %zu columns",
              reader->rows_sent, cells, reader->batch->column_count);
    if (reader->policy == WEIR_BAD_REJECT)
        return weir_fail(err, WEIR_INVALID, "%s", why.message);
    rejects_row(&reader->rejects, &why);
    return WEIR_OK;
}

static weir_code read_row(frame_reader *reader, weir_error *err)
{
    size_t columns = reader->batch->column_count, cells = 0;
    uint64_t bad_cells = reader->rejects.cells, bad_rows = reader->rejects.rows;
    bool first = true, more, bad_row = false;
    weir_error why;
    weir_code code;

    if (json_walk_expect(&reader->walk, '[', err))
        return weir_explain(err, WEIR_CORRUPT, "data, row %zu", reader->rows_sent);
    if ((code = weir_batch_row_begin(reader->batch, err)))
        return code;
    while (!(code = json_walk_more(&reader->walk, ']', &first, &more, err)) && more) {
        if (cells < columns)
            code = json_cell_read(&reader->walk, reader->batch, cells, &reader->scratch, &why);
        else if ((code = json_walk_skip(&reader->walk, err)))
            break;
        if (code == WEIR_INVALID)
            code = bad_cell(reader, &bad_row, &why, err);
        else if (code)
            return weir_fail(err, code, "%s", why.message);
        if (code)
            return code;
        cells++;
    }
    if (code)
        return weir_explain(err, WEIR_CORRUPT, "data, row %zu", reader->rows_sent);
    if (cells != columns) {
        reader->rejects.cells = bad_cells; /* the row goes as a whole */
        reader->rejects.rows = bad_rows;
        bad_row = true;
        if ((code = ragged_row(reader, cells, err)))
            return code;
    }
    if (bad_row)
        code = drop_row(reader, err);
    else
        weir_batch_row_end(reader->batch);
    reader->rows_sent++;
    return code;
}

static weir_code read_rows(frame_reader *reader, weir_error *err)
{
    bool first = true, more;
    weir_code code;

    weir_batch_clear(reader->batch);
    reader->rejects = (weir_rejects){0};
    reader->rows_sent = reader->dropped_count = 0;
    reader->walk.next = reader->found[MEMBER_DATA];
    if (json_walk_expect(&reader->walk, '[', err))
        return weir_explain(err, WEIR_CORRUPT, "data");
    while (!(code = json_walk_more(&reader->walk, ']', &first, &more, err)) && more)
        if ((code = read_row(reader, err)))
            return code;
    return code ? weir_explain(err, WEIR_CORRUPT, "data") : WEIR_OK;
}

/* --- the body */

static weir_code read_policy(frame_reader *reader, weir_error *err)
{
    json_walk walk = reader->walk;
    int64_t value;
    weir_code code;

    walk.next = reader->found[MEMBER_ERRORS];
    if ((code = json_walk_integer(&walk, &value, err)))
        return weir_explain(err, code, "errorHandling");
    if (value < WEIR_BAD_REJECT || value > WEIR_BAD_ROW)
        return weir_fail(
            err, WEIR_INVALID,
            "errorHandling is %lld; it is 0 (refuse), 1 (skip the cell) or 2 (skip the row)",
            (long long)value);
    reader->policy = (weir_bad_policy)value;
    return WEIR_OK;
}

/* Data is met with the columns known: its rows are read under the policy known so far. */
static weir_code read_rows_early(frame_reader *reader, weir_error *err)
{
    weir_code code = read_columns(reader, err);

    if (code)
        return code;
    code = read_rows(reader, err);
    if (code == WEIR_INVALID && !is_known(reader, MEMBER_ERRORS)) {
        reader->walk.next =
            reader->found[MEMBER_DATA]; /* errorHandling may yet come and allow it */
        json_walk_leap(&reader->walk);
        return WEIR_OK;
    }
    reader->rows_read = code == WEIR_OK;
    reader->rows_policy = reader->policy;
    return code;
}

static weir_code note_member(frame_reader *reader, const json_string *key, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (member which = 0; which < MEMBERS; which++) {
        if (!json_string_is(key, member_names[which]))
            continue;
        if (is_known(reader, which))
            return weir_fail(err, WEIR_INVALID, "%s is there twice", member_names[which]);
        if (json_walk_peek(&reader->walk) == 'n') /* null, or refused by skip */
            return json_walk_skip(&reader->walk, err);
        reader->found[which] = reader->walk.next;
        if (which != MEMBER_DATA)
            code = json_walk_skip(&reader->walk, err);
        else if (is_known(reader, MEMBER_NAMES) && is_known(reader, MEMBER_TYPES))
            code = read_rows_early(reader, err);
        else
            json_walk_leap(&reader->walk);
        if (!code && which == MEMBER_ERRORS)
            code = read_policy(reader, err);
        return code;
    }
    return json_walk_skip(&reader->walk, err);
}

static weir_code walk_members(frame_reader *reader, weir_error *err)
{
    bool first = true, more;
    weir_code code = json_walk_expect(&reader->walk, '{', err);

    while (!code && !(code = json_walk_more(&reader->walk, '}', &first, &more, err)) && more) {
        json_string key;

        if (!(code = json_walk_key(&reader->walk, &key, err)))
            code = note_member(reader, &key, err);
    }
    return code ? code : json_walk_close(&reader->walk, err);
}

/* What the first walk left open. */
static weir_code finish_rows(frame_reader *reader, weir_error *err)
{
    bool refused = reader->rejects.cells > 0 || reader->rejects.rows > 0;
    weir_code code;

    if (!is_known(reader, MEMBER_DATA))
        return weir_fail(err, WEIR_INVALID, "data is missing");
    if (reader->rows_read && (reader->rows_policy == reader->policy || !refused))
        return WEIR_OK;
    code = read_columns(reader, err);
    return code ? code : read_rows(reader, err);
}

/* Leaves in source the offsets of the rows that stayed. */
static weir_code keep_offsets(const frame_reader *reader, weir_source *source, weir_error *err)
{
    size_t kept = 0, dropped = 0;

    if (source->offset_count != reader->rows_sent)
        return weir_fail(err, WEIR_INVALID, "source: %zu offsets for %zu rows",
                         source->offset_count, reader->rows_sent);
    for (size_t i = 0; i < source->offset_count; i++) {
        if (dropped < reader->dropped_count && reader->dropped[dropped] == i)
            dropped++;
        else
            source->offsets[kept++] = source->offsets[i];
    }
    source->offset_count = kept;
    return WEIR_OK;
}

static weir_code read_source(frame_reader *reader, weir_frame *frame, weir_error *err)
{
    weir_code code;

    if (!is_known(reader, MEMBER_SOURCE))
        return WEIR_OK;
    reader->walk.next = reader->found[MEMBER_SOURCE];
    if ((code = source_read(&reader->walk, &reader->scratch, &frame->source, err)))
        return weir_explain(err, code, "source");
    frame->has_source = true;
    return keep_offsets(reader, &frame->source, err);
}

weir_code frame_decode(const char *json, size_t size, weir_bad_policy policy, weir_type_rule rule,
                       void *context, weir_frame *out, weir_error *err)
{
    frame_reader reader = {.rule = rule, .context = context, .policy = policy};
    json_index *index = json_index_new();
    weir_frame frame = {0};
    weir_code code;

    for (member which = 0; which < MEMBERS; which++)
        reader.found[which] = WEIR_NONE;
    if (!index) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to read a DataFrame");
        goto done;
    }
    if ((code = json_walk_open(&reader.walk, index, json, size, err)) ||
        (code = walk_members(&reader, err)) || (code = finish_rows(&reader, err)) ||
        (code = read_source(&reader, &frame, err)))
        goto done;
    frame.rejects = reader.rejects;
    frame.policy = reader.policy;
    frame.batch = reader.batch;
    reader.batch = NULL; /* the frame's now */
    *out = frame;
    frame = (weir_frame){0}; /* the caller's now */
done:
    if (code ==
        WEIR_CORRUPT) { /* told apart inside only: the bytes are the sender's, not stored ones */
        code = WEIR_INVALID;
        if (err)
            err->code = code;
    }
    weir_frame_free(&frame);
    weir_batch_free(reader.batch);
    weir_bytes_free(&reader.scratch);
    weir_free(reader.dropped);
    json_index_free(index);
    return code;
}
