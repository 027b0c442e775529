/* row_filter.c: see weir/row_filter.h for the grammar and what a predicate means.
 *
 * The text is read once, by hand, from left to right: a scanner that knows where it stands can say so in an error,
 * which is what somebody needs who typed a filter into a form. On a text column a predicate is decided once for each
 * word of its dictionary, so that a row costs one look-up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/row_filter.h"

#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "weir/bytes.h"
#include "weir/memory.h"

typedef enum { OP_EQUAL, OP_DIFFERENT, OP_AT_LEAST, OP_AT_MOST, OP_ABOVE, OP_BELOW, OPS } op;

/* Longer ones first: the first that fits is the longest. */
static const char *const op_texts[OPS] = {"==", "!=", ">=", "<=", ">", "<"};

typedef struct {
    char *attribute;
    char *literal;    /* as it was written */
    char *normalised; /* as a category's value */
    double number;    /* of the literal, when it is one */
    op op;
    bool numeric;
} predicate;

struct weir_row_filter {
    predicate *predicates;
    size_t count, capacity;
};

/* --- reading */

typedef struct {
    const char *text;
    size_t length, at;
    weir_bytes token; /* what was read last, quotes resolved */
} scanner;

static bool is_separator(char c)
{
    return c == ';' || c == ',';
}

static bool at_end(const scanner *scan)
{
    return scan->at == scan->length;
}

static void skip_blanks(scanner *scan)
{
    while (!at_end(scan) && ascii_is_blank(scan->text[scan->at]))
        scan->at++;
}

/* Whether an operator, or what was meant as one, begins here. A lone ! is a letter like any other. */
static bool at_operator(const scanner *scan)
{
    char c = scan->text[scan->at];

    return c == '=' || c == '<' || c == '>' ||
           (c == '!' && scan->at + 1 < scan->length && scan->text[scan->at + 1] == '=');
}

static weir_code wrong(const scanner *scan, size_t at, const char *what, weir_error *err)
{
    return weir_fail(err, WEIR_INVALID, "row filter, byte %zu of %zu: %s", at + 1, scan->length,
                     what);
}

static weir_code read_quoted(scanner *scan, weir_error *err)
{
    size_t opened = scan->at++;

    while (!at_end(scan)) {
        char c = scan->text[scan->at++];

        if (c != '"') {
            weir_bytes_u8(&scan->token, (uint8_t)c);
        } else if (!at_end(scan) && scan->text[scan->at] == '"') {
            weir_bytes_u8(&scan->token, '"');
            scan->at++;
        } else {
            return WEIR_OK;
        }
    }
    return wrong(scan, opened, "this quote is not closed", err);
}

/* An attribute or a literal into token; blanks at its ends do not count. what names it for an error. */
static weir_code read_token(scanner *scan, const char *what, weir_error *err)
{
    size_t begin, end;
    weir_code code = WEIR_OK;

    weir_bytes_clear(&scan->token);
    skip_blanks(scan);
    begin = end = scan->at;
    if (!at_end(scan) && scan->text[begin] == '"') {
        if ((code = read_quoted(scan, err)))
            return code;
        skip_blanks(scan);
        return weir_bytes_ok(&scan->token, err);
    }
    while (!at_end(scan) && !is_separator(scan->text[scan->at]) && !at_operator(scan)) {
        scan->at++;
        if (!ascii_is_blank(scan->text[scan->at - 1]))
            end = scan->at;
    }
    if (begin == end)
        return wrong(scan, scan->at, what, err);
    weir_bytes_append(&scan->token, scan->text + begin, end - begin);
    return weir_bytes_ok(&scan->token, err);
}

static weir_code read_op(scanner *scan, op *out, weir_error *err)
{
    for (op which = OP_EQUAL; which < OPS; which++) {
        size_t size = strlen(op_texts[which]);

        if (scan->length - scan->at >= size &&
            memcmp(scan->text + scan->at, op_texts[which], size) == 0) {
            scan->at += size;
            *out = which;
            return WEIR_OK;
        }
    }
    if (!at_end(scan) && scan->text[scan->at] == '=')
        return wrong(scan, scan->at, "a single = is no operator; equality is ==", err);
    return wrong(scan, scan->at, "one of == != >= <= > < is missing here", err);
}

static weir_code copy_token(const scanner *scan, char **out, weir_error *err)
{
    *out = weir_strndup(scan->token.size ? (const char *)scan->token.data : "", scan->token.size);
    return *out ? WEIR_OK : weir_fail(err, WEIR_NO_MEMORY, "no room for a row filter");
}

/* The literal as number and as category value. */
static weir_code read_literal(scanner *scan, predicate *into, weir_error *err)
{
    size_t length, from;
    const char *start;
    weir_code code;

    skip_blanks(scan);
    from = scan->at;
    if ((code = read_token(scan, "a value is missing here", err)) ||
        (code = copy_token(scan, &into->literal, err)) ||
        (code = copy_token(scan, &into->normalised, err)))
        return code;
    length = scan->token.size;
    start = weir_category_normalise(into->normalised, &length);
    memmove(into->normalised, start, length);
    into->normalised[length] = '\0';
    into->numeric = number_parse(into->literal, scan->token.size, &into->number) == NUMBER_OK;
    if (!into->numeric && into->op != OP_EQUAL && into->op != OP_DIFFERENT)
        return wrong(scan, from, "this operator compares numbers, and the value is none", err);
    return WEIR_OK;
}

static void predicate_free(predicate *p)
{
    weir_free(p->attribute);
    weir_free(p->literal);
    weir_free(p->normalised);
}

static weir_code read_predicate(scanner *scan, predicate *into, weir_error *err)
{
    weir_code code;

    skip_blanks(scan);
    if ((code = read_token(scan, "an attribute is missing here", err)) ||
        (code = copy_token(scan, &into->attribute, err)) ||
        (code = read_op(scan, &into->op, err)) || (code = read_literal(scan, into, err)))
        return code;
    if (!at_end(scan) && !is_separator(scan->text[scan->at]))
        return wrong(scan, scan->at,
                     at_operator(scan) ? "a second operator; put a ; before the next predicate, or "
                                         "the value in double quotes"
                                       : "; or the end is expected after a closing quote",
                     err);
    return WEIR_OK;
}

static weir_code add_predicate(weir_row_filter *filter, scanner *scan, weir_error *err)
{
    weir_code code;

    if (filter->count == filter->capacity) {
        size_t capacity = filter->capacity ? 2 * filter->capacity : 4;
        predicate *grown =
            weir_realloc_array(filter->predicates, capacity, sizeof *filter->predicates);

        if (!grown)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for a row filter");
        filter->predicates = grown;
        filter->capacity = capacity;
    }
    filter->predicates[filter->count] = (predicate){0};
    code = read_predicate(scan, &filter->predicates[filter->count], err);
    filter->count++; /* also when it failed: freed with the filter */
    return code;
}

weir_code weir_row_filter_parse(const char *text, size_t length, weir_row_filter **out,
                                weir_error *err)
{
    scanner scan = {.text = text, .length = length};
    weir_row_filter *filter = NULL;
    weir_code code = WEIR_OK;

    if (length > WEIR_ROW_FILTER_MAX)
        return weir_fail(err, WEIR_INVALID, "a row filter of %zu bytes; %d are allowed", length,
                         WEIR_ROW_FILTER_MAX);
    if (!weir_utf8_valid(text, length) || memchr(text, '\0', length))
        return weir_fail(err, WEIR_INVALID, "a row filter is UTF-8 text");
    skip_blanks(&scan);
    if (at_end(&scan)) {
        *out = NULL;
        return WEIR_OK;
    }
    if (!(filter = weir_calloc(1, sizeof *filter)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a row filter");
    do {
        if (filter->count > 0)
            scan.at++; /* the separator */
        code = add_predicate(filter, &scan, err);
    } while (!code && !at_end(&scan));
    if (!code) {
        *out = filter;
        filter = NULL; /* the caller's now */
    }
    weir_bytes_free(&scan.token);
    weir_row_filter_free(filter);
    return code;
}

void weir_row_filter_free(weir_row_filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        predicate_free(&filter->predicates[i]);
    weir_free(filter->predicates);
    weir_free(filter);
}

bool weir_row_filter_names(const weir_row_filter *filter, const char *name, size_t length)
{
    for (size_t i = 0; i < filter->count; i++)
        if (strlen(filter->predicates[i].attribute) == length &&
            memcmp(filter->predicates[i].attribute, name, length) == 0)
            return true;
    return false;
}

/* --- deciding */

static bool holds_number(const predicate *p, double x)
{
    switch (p->op) {
    case OP_EQUAL:
        return x == p->number;
    case OP_DIFFERENT:
        return x != p->number;
    case OP_AT_LEAST:
        return x >= p->number;
    case OP_AT_MOST:
        return x <= p->number;
    case OP_ABOVE:
        return x > p->number;
    case OP_BELOW:
        return x < p->number;
    case OPS:
        break;
    }
    return false;
}

/* Of a number cell. A literal that is no number is never equal to one. */
static bool holds_cell(const predicate *p, double x)
{
    return p->numeric ? holds_number(p, x) : p->op == OP_DIFFERENT;
}

static bool holds_word(const predicate *p, const char *word, bool category)
{
    double x = 0;

    if (p->numeric && number_parse(word, strlen(word), &x) == NUMBER_OK)
        return holds_number(p, x);
    if (p->op != OP_EQUAL && p->op != OP_DIFFERENT)
        return false;
    return (strcmp(word, category ? p->normalised : p->literal) == 0) == (p->op == OP_EQUAL);
}

static weir_code apply_words(const predicate *p, const weir_batch_column *column, size_t rows,
                             uint8_t *keep, weir_error *err)
{
    uint8_t *holds = weir_malloc(column->word_count + 1);

    if (!holds)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to filter column %.100s", column->name);
    for (size_t w = 0; w < column->word_count; w++)
        holds[w] = holds_word(p, column->words[w], column->type == WEIR_T);
    for (size_t r = 0; r < rows; r++)
        keep[r] = keep[r] && column->present[r] && holds[column->codes[r]];
    weir_free(holds);
    return WEIR_OK;
}

static weir_code apply_one(const predicate *p, const weir_batch *batch, uint8_t *keep,
                           weir_error *err)
{
    size_t at = weir_batch_find(batch, p->attribute, strlen(p->attribute));
    const weir_batch_column *column = at == WEIR_NONE ? NULL : &batch->columns[at];

    if (!column || !column->present) {
        memset(keep, 0, batch->rows);
        return WEIR_OK;
    }
    if (column->codes)
        return apply_words(p, column, batch->rows, keep, err);
    for (size_t r = 0; r < batch->rows; r++)
        keep[r] = keep[r] && column->present[r] && holds_cell(p, column->values[r]);
    return WEIR_OK;
}

weir_code weir_row_filter_apply(const weir_row_filter *filter, const weir_batch *batch,
                                uint8_t *keep, size_t *kept, weir_error *err)
{
    weir_code code = WEIR_OK;

    memset(keep, 1, batch->rows);
    for (size_t i = 0; !code && i < filter->count; i++)
        code = apply_one(&filter->predicates[i], batch, keep, err);
    *kept = 0;
    for (size_t r = 0; !code && r < batch->rows; r++)
        *kept += keep[r];
    return code;
}
