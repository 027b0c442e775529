/* row_filter_test.c: what is read as a filter, what is refused and where, and which rows stay.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/row_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testing/failing.h"

static void ok(weir_code code, const weir_error *err)
{
    if (code)
        fail_msg("%s", err->message);
}

/* Rows of a C, a B, a T, an S and an L column; NULL is missing. */
enum { COLUMNS = 5, ROWS = 6 };
static const char *const names[COLUMNS] = {"pressure", "on", "kind", "site", "tags"};
static const weir_type types[COLUMNS] = {WEIR_C, WEIR_B, WEIR_T, WEIR_S, WEIR_L};
static const char *const cells[ROWS][COLUMNS] = {
    {"1.5", "1", "Red", "north", "|a|b|"}, {"2", "0", " BLUE ", "south;west", NULL},
    {"-3", "1", "red", "1.50", "|a|"},     {NULL, NULL, NULL, NULL, NULL},
    {"1e3", "0", "7", "North", "x"},       {"0", "1", "a=b", "say \"hi\"", "|b|a|"},
};

static weir_batch *make_rows(void)
{
    weir_batch *batch = NULL;
    weir_error err = {0};
    size_t column;

    ok(weir_batch_new(2, &batch, &err), &err);
    for (size_t c = 0; c < COLUMNS; c++)
        ok(weir_batch_add_column(batch, names[c], strlen(names[c]), types[c], &column, &err), &err);
    for (size_t r = 0; r < ROWS; r++) {
        ok(weir_batch_row_begin(batch, &err), &err);
        for (size_t c = 0; c < COLUMNS; c++)
            if (cells[r][c])
                ok(weir_batch_put_text(batch, c, cells[r][c], strlen(cells[r][c]), &err), &err);
        weir_batch_row_end(batch);
    }
    return batch;
}

static const struct {
    const char *title, *filter, *kept; /* the rows that stay */
} filters[] = {
    {"the documented example", "pressure>=1.5;site==north", "0"},
    {"a comma separates too", "pressure>=1.5,site==north", "0"},
    {"equal", "pressure==2", "1"},
    {"not equal leaves missing cells out", "pressure!=2", "0245"},
    {"the longest operator is read", "pressure>=2", "14"},
    {"at most", "pressure<=0", "25"},
    {"above", "pressure>1.5", "14"},
    {"below", "pressure<1.5", "25"},
    {"below a negative number", "pressure < -1", "2"},
    {"an exponent", "pressure==1000", "4"},
    {"blanks do not count", "  pressure  >  1 ; on == 1  ", "0"},
    {"a binary column", "on==1", "025"},
    {"a number is never a word", "pressure==two", ""},
    {"and always differs from one", "pressure!=two", "01245"},
    {"categories are lower case on both sides", "kind==RED", "02"},
    {"categories differ", "kind!=red", "145"},
    {"a category that is a number", "kind>6", "4"},
    {"strings are as they were sent", "site==North", "4"},
    {"strings that are numbers", "site==1.5", "2"},
    {"strings above a number", "site>1", "2"},
    {"a separator in quotes", "site==\"south;west\"", "1"},
    {"a quote in quotes", "site==\"say \"\"hi\"\"\"", "5"},
    {"a quote inside a word is a letter", "site==say \"hi\"", "5"},
    {"an operator in quotes", "kind==\"a=b\"", "5"},
    {"an attribute in quotes", "\"pressure\">1;\"site\"==\"north\"", "0"},
    {"a list is one text", "tags==|a|b|", "0"},
    {"an empty text in quotes is no cell", "site==\"\"", ""},
    {"and all cells differ from it", "site!=\"\"", "01245"},
    {"a column that is not there", "nowhere==1", ""},
    {"not even different", "nowhere!=1", ""},
    {"names are case-sensitive", "Pressure==2", ""},
    {"a lone ! is a letter", "kind==a!", ""},
    {"contradictions", "pressure>1;pressure<1", ""},
    {"decimal comma is a separator, then quotes", "pressure>1.0,site!=\"1,0\"", "014"},
};

static void rows_stay(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        weir_batch *batch = make_rows();
        weir_row_filter *filter = NULL;
        uint8_t keep[ROWS];
        char kept[ROWS + 1];
        size_t count = 0, at = 0;
        weir_error err = {0};

        if (weir_row_filter_parse(filters[i].filter, strlen(filters[i].filter), &filter, &err))
            fail_msg("%s: %s", filters[i].title, err.message);
        ok(weir_row_filter_apply(filter, batch, keep, &count, &err), &err);
        for (size_t r = 0; r < ROWS; r++)
            if (keep[r])
                kept[at++] = (char)('0' + r);
        kept[at] = 0;
        if (strcmp(kept, filters[i].kept) != 0 || count != at)
            fail_msg("%s (%s): rows %s stay, not %s", filters[i].title, filters[i].filter, kept,
                     filters[i].kept);
        weir_row_filter_free(filter);
        weir_batch_free(batch);
    }
}

static const struct {
    const char *filter, *message;
} faults[] = {
    {"pressure", "byte 9 of 8: one of == != >= <= > < is missing"},
    {"pressure=1", "byte 9 of 10: a single ="},
    {"pressure==", "byte 11 of 10: a value is missing"},
    {"pressure== ;x==1", "byte 12 of 16: a value is missing"},
    {"==1", "byte 1 of 3: an attribute is missing"},
    {"a==1;", "byte 6 of 5: an attribute is missing"},
    {";a==1", "byte 1 of 5: an attribute is missing"},
    {"a==1;;b==2", "byte 6 of 10: an attribute is missing"},
    {"a==1 b==2", "byte 7 of 9: a second operator"},
    {"a<1<2", "byte 4 of 5: a second operator"},
    {"a==b==c", "byte 5 of 7: a second operator"},
    {"a<north", "byte 3 of 7: this operator compares numbers"},
    {"a>=\"\"", "byte 4 of 5: this operator compares numbers"},
    {"a>1,5", "byte 6 of 5: one of =="},
    {"a>nan", "compares numbers"},
    {"a===1", "byte 4 of 5: a value is missing"},
    {"a=>1", "byte 2 of 4: a single ="},
    {"a!1==2;b", "byte 9 of 8: one of =="},
    {"a==\"b", "byte 4 of 5: this quote is not closed"},
    {"\"a==1", "byte 1 of 5: this quote is not closed"},
    {"a==\"b\"c", "byte 7 of 7: ; or the end is expected"},
    {"a==\xff", "UTF-8"},
};

static void faults_are_named(void **state)
{
    weir_row_filter *filter = NULL;
    weir_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        weir_code code =
            weir_row_filter_parse(faults[i].filter, strlen(faults[i].filter), &filter, &err);

        if (code != WEIR_INVALID || !strstr(err.message, faults[i].message))
            fail_msg("%s: %d, %s", faults[i].filter, (int)code, err.message);
    }
    assert_int_equal(weir_row_filter_parse("a==1\0", 5, &filter, &err), WEIR_INVALID);
    char *long_one = calloc(WEIR_ROW_FILTER_MAX + 2, 1);
    memset(long_one, ' ', WEIR_ROW_FILTER_MAX + 1);
    assert_int_equal(weir_row_filter_parse(long_one, WEIR_ROW_FILTER_MAX + 1, &filter, &err),
                     WEIR_INVALID);
    ok(weir_row_filter_parse(long_one, WEIR_ROW_FILTER_MAX, &filter, &err), &err);
    assert_null(filter); /* blanks are no filter */
    free(long_one);
}

static void names_of_columns(void **state)
{
    static const char text[] = "a>1;\"b c\"==x";
    weir_row_filter *filter = NULL;
    weir_error err = {0};

    (void)state;
    ok(weir_row_filter_parse(text, strlen(text), &filter, &err), &err);
    assert_true(weir_row_filter_names(filter, "a", 1));
    assert_true(weir_row_filter_names(filter, "b c", 3));
    assert_false(weir_row_filter_names(filter, "b", 1));
    assert_false(weir_row_filter_names(filter, "ab", 2));
    weir_row_filter_free(filter);
    weir_row_filter_free(NULL);
}

/* --- any filter on any rows, beside what the words of the header say, cell by cell */

enum { CASES = 1500, PREDICATES = 4, MANY = 40 };

static uint64_t seed;

static size_t any(size_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % below;
}

static const char *const some_texts[] = {"",    "0", "1", "-2",    "2.50", "2.5",  "1e2",
                                         "100", "a", "A", " a ",   "a;b",  "x,y",  "c\"d",
                                         "n=m", "<", "é", "|a|b|", "nan",  "north"};
static const char *const some_ops[] = {"==", "!=", ">=", "<=", ">", "<"};
#define SOME(list) (list)[any(sizeof(list) / sizeof *(list))]

typedef struct {
    size_t column; /* COLUMNS: one that is not there */
    const char *op, *literal;
} naive_predicate;

/* A decimal number as strtod reads it, blanks around it allowed; words as nan are none. */
static bool naive_number(const char *text, double *x)
{
    char *end;
    const char *first = text + strspn(text, " ");

    if (!*first || !strchr("-+.0123456789", *first))
        return false;
    *x = strtod(first, &end);
    return end != first && !end[strspn(end, " ")];
}

static void naive_category(const char *text, char *out)
{
    size_t length;

    text += strspn(text, " ");
    length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        length--;
    for (size_t i = 0; i < length; i++)
        out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
    out[length] = 0;
}

static bool naive_compare(const char *op, int order)
{
    if (op[0] == '=' || op[0] == '!')
        return (order == 0) == (op[0] == '=');
    return (op[1] && order == 0) || (op[0] == '<' ? order < 0 : order > 0);
}

/* cell NULL: missing. */
static bool naive_holds(const naive_predicate *p, const char *cell)
{
    double a, b;
    char x[64], y[64];

    if (p->column == COLUMNS || !cell || !*cell)
        return false;
    snprintf(x, sizeof x, "%s", cell);
    snprintf(y, sizeof y, "%s", p->literal);
    if (types[p->column] == WEIR_T) {
        naive_category(cell, x);
        naive_category(p->literal, y);
        if (!*x)
            return false;
    }
    if (naive_number(x, &a) && naive_number(p->literal, &b))
        return naive_compare(p->op, a < b ? -1 : a > b);
    if (p->op[0] != '=' && p->op[0] != '!')
        return false;
    return naive_compare(p->op, strcmp(x, y));
}

/* Some cell that a column of that type takes. */
static const char *some_cell(weir_type type)
{
    double x;
    const char *text = SOME(some_texts);

    if (any(6) == 0)
        return NULL;
    if (type == WEIR_B)
        return any(2) ? "1" : "0";
    while (type == WEIR_C && !naive_number(text, &x))
        text = SOME(some_texts);
    return text;
}

static void append(char *filter, const char *text)
{
    strcat(filter, text);
}

static void append_blanks(char *filter)
{
    for (size_t n = any(3); n > 0; n--)
        append(filter, any(4) ? " " : "\t");
}

/* In quotes where it has to be, and sometimes where it need not. */
static void append_token(char *filter, const char *text)
{
    size_t length = strlen(text);
    bool needed = !length || strpbrk(text, ";,=<>\"") || text[0] == ' ' || text[length - 1] == ' ';

    if (!needed && any(4)) {
        append(filter, text);
        return;
    }
    append(filter, "\"");
    for (; *text; text++) {
        char letter[] = {*text, *text == '"' ? '"' : 0, 0};

        append(filter, letter);
    }
    append(filter, "\"");
}

static naive_predicate some_predicate(char *filter)
{
    double x;
    naive_predicate p = {any(COLUMNS + 1), SOME(some_ops), SOME(some_texts)};

    while (p.op[0] != '=' && p.op[0] != '!' && !naive_number(p.literal, &x))
        p.literal = SOME(some_texts);
    append_blanks(filter);
    append_token(filter, p.column == COLUMNS ? "nowhere" : names[p.column]);
    append_blanks(filter);
    append(filter, p.op);
    append_blanks(filter);
    append_token(filter, p.literal);
    append_blanks(filter);
    return p;
}

/* The rows left of a batch, and what they hold, are those that the predicates hold for. */
static void check_case(uint64_t first)
{
    naive_predicate predicates[PREDICATES];
    const char *held[MANY][COLUMNS];
    char filter[1024] = "";
    uint8_t keep[MANY];
    size_t count = 1 + any(PREDICATES), rows = any(MANY), kept = 0, column, at = 0;
    weir_row_filter *parsed = NULL;
    weir_batch *batch = NULL;
    weir_error err = {0};

    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            append(filter, any(2) ? ";" : ",");
        predicates[i] = some_predicate(filter);
    }
    ok(weir_batch_new(1, &batch, &err), &err);
    for (size_t c = 0; c < COLUMNS; c++)
        ok(weir_batch_add_column(batch, names[c], strlen(names[c]), types[c], &column, &err), &err);
    for (size_t r = 0; r < rows; r++) {
        ok(weir_batch_row_begin(batch, &err), &err);
        for (size_t c = 0; c < COLUMNS; c++)
            if ((held[r][c] = some_cell(types[c])))
                ok(weir_batch_put_text(batch, c, held[r][c], strlen(held[r][c]), &err), &err);
        weir_batch_row_end(batch);
    }
    if (weir_row_filter_parse(filter, strlen(filter), &parsed, &err))
        fail_msg("seed %d, %s: %s", (int)first, filter, err.message);
    ok(weir_row_filter_apply(parsed, batch, keep, &kept, &err), &err);
    ok(weir_batch_keep_rows(batch, keep, &err), &err);
    assert_int_equal(batch->rows, kept);
    for (size_t r = 0; r < rows; r++) {
        bool want = true;

        for (size_t i = 0; i < count; i++)
            want = want && naive_holds(&predicates[i], predicates[i].column == COLUMNS
                                                           ? NULL
                                                           : held[r][predicates[i].column]);
        if (want != keep[r])
            fail_msg("seed %d, %s: row %zu %s", (int)first, filter, r, keep[r] ? "stays" : "goes");
        if (!want)
            continue;
        for (size_t c = 0; c < COLUMNS; c++) { /* its cells came along */
            const weir_batch_column *of = &batch->columns[c];
            char normal[64] = "";
            double x = 0;

            if (held[r][c])
                naive_category(held[r][c], normal);
            bool there = held[r][c] && (types[c] == WEIR_T ? *normal : *held[r][c]);
            assert_int_equal(of->present[at], there);
            if (there && of->values)
                assert_true(naive_number(held[r][c], &x) && of->values[at] == x);
            else if (there)
                assert_string_equal(of->words[of->codes[at]],
                                    types[c] == WEIR_T ? normal : held[r][c]);
        }
        at++;
    }
    weir_row_filter_free(parsed);
    weir_batch_free(batch);
}

static void any_filter_on_any_rows(void **state)
{
    (void)state;
    for (uint64_t first = 1; first <= CASES; first++) {
        seed = first * UINT64_C(0x9e3779b97f4a7c15);
        check_case(first);
    }
}

/* Out of memory anywhere is an error, and leaves nothing behind. */
static void memory_runs_out(void **state)
{
    static const char text[] = "pressure>=2.5;site=='a b';kind!=red;tags==x;on==1";
    weir_batch *batch = make_rows();
    uint8_t keep[ROWS];
    size_t kept = 0, refused = 0;
    weir_code code = WEIR_NO_MEMORY;
    (void)state;

    for (size_t nth = 0; code; nth++) {
        weir_row_filter *filter = NULL;

        failing_begin(nth);
        if (!(code = weir_row_filter_parse(text, sizeof text - 1, &filter, NULL)))
            code = weir_row_filter_apply(filter, batch, keep, &kept, NULL);
        failing_end();
        assert_true(code == WEIR_OK || code == WEIR_NO_MEMORY);
        refused += code == WEIR_NO_MEMORY;
        weir_row_filter_free(filter);
    }
    assert_true(refused > 1);
    weir_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stay),        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(names_of_columns), cmocka_unit_test(any_filter_on_any_rows),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
