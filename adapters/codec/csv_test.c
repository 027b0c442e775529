/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "csv.h"
#include "weir/memory.h"

static char path[] = "/tmp/weir-csv-test-XXXXXX";

static void write_file(const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

/* Reads all rows two at a time. What they hold as text: "name:type,...|cell,...;..." with absent cells '-'. */
static weir_code read_rows(weir_csv *csv, weir_bad_policy policy, weir_rejects *rejects, char *out,
                           size_t size, weir_error *err)
{
    size_t at = 0;
    bool first = true;
    weir_code code = WEIR_OK;

    while (!code) {
        weir_batch *batch = NULL;

        if ((code = csv_next(csv, 2, policy, rejects, &batch, err)) || !batch)
            break;
        assert_in_range(batch->rows, 1, 2);
        for (size_t i = 0; first && i < batch->column_count; i++)
            at += (size_t)snprintf(out + at, size - at, "%s:%c,", batch->columns[i].name,
                                   (char)batch->columns[i].type);
        first = false;
        for (size_t r = 0; r < batch->rows; r++) {
            at += (size_t)snprintf(out + at, size - at, "|");
            for (size_t i = 0; i < batch->column_count; i++) {
                const weir_batch_column *c = &batch->columns[i];

                if (!c->present || !c->present[r])
                    at += (size_t)snprintf(out + at, size - at, "-,");
                else if (c->codes)
                    at += (size_t)snprintf(out + at, size - at, "%s,", c->words[c->codes[r]]);
                else
                    at += (size_t)snprintf(out + at, size - at, "%.17g,", c->values[r]);
            }
        }
        weir_batch_free(batch);
    }
    return code;
}

/* The same of the file. */
static weir_code read_all(const char *types, weir_bad_policy policy, weir_rejects *rejects,
                          char *out, size_t size, weir_error *err)
{
    weir_csv *csv = NULL;
    weir_code code = csv_open(path, types, &csv, err);

    *rejects = (weir_rejects){0};
    out[0] = 0;
    if (!code)
        code = read_rows(csv, policy, rejects, out, size, err);
    csv_close(csv);
    return code;
}

static const struct {
    const char *title, *text, *types, *want;
    uint64_t cells, rows; /* refused */
} readable[] = {
    {"types guessed", "b,c,l,s,e\n0,1.5,|a|b|,x,\n1,-2,|c|,1,\n", NULL,
     "b:B,c:C,l:L,s:S,e:S,|0,1.5,|a|b|,x,-,|1,-2,|c|,1,-,", 0, 0},
    {"missing cells say nothing", "b,c\n,nan\n1,\n0,5\n", NULL, "b:B,c:C,|-,-,|1,-,|0,5,", 0, 0},
    {"0 and 1 written as decimals", "b\n0.0\n1\n", NULL, "b:B,|0,|1,", 0, 0},
    {"a number too great is one all the same", "c\n1e300\n2\n", NULL, "c:C,|-,|2,", 1, 0},
    {"types given", "a,b,c\n1,Red ,z\n", "C, t,X", "a:C,b:T,c:X,|1,red,-,", 0, 0},
    {"CRLF", "a,b\r\n1,x\r\n2,y\r\n", "C,S", "a:C,b:S,|1,x,|2,y,", 0, 0},
    {"no line end at the end", "a,b\n1,x\n2,y", "C,S", "a:C,b:S,|1,x,|2,y,", 0, 0},
    {"a carriage return at the very end", "a\n1\r", "C", "a:C,|1,", 0, 0},
    {"quotes", "\"a\"\"q\",\"b,c\"\n\"1\",\"x, \"\"y\"\"\nz\"\n2,\"\"\n", "C,S",
     "a\"q:C,b,c:S,|1,x, \"y\"\nz,|2,-,", 0, 0},
    {"a quote inside a plain cell", "a,b\n1,5\" disk\n2,it's \"so\"\n", "C,S",
     "a:C,b:S,|1,5\" disk,|2,it's \"so\",", 0, 0},
    {"a byte order mark",
     "\xef\xbb\xbf"
     "a,b\n1,2\n",
     "C,C", "a:C,b:C,|1,2,", 0, 0},
    {"blank lines", "\na,b\n\n1,2\n\r\n\n3,4\n\n", "C,C", "a:C,b:C,|1,2,|3,4,", 0, 0},
    {"a trailing comma is an empty cell", "a,b\n1,\n", "C,S", "a:C,b:S,|1,-,", 0, 0},
    {"blanks around numbers, UTF-8", "a,\xc3\xa9\n 1.5 ,\xf0\x9f\x98\x80\n", "C,S",
     "a:C,\xc3\xa9:S,|1.5,\xf0\x9f\x98\x80,", 0, 0},
    {"bad cells", "a,b\nx,1\n2,2\n3,1\n", "C,B", "a:C,b:B,|-,1,|2,-,|3,1,", 2, 0},
    {"ragged rows", "a,b\n1\n1,2,3\n4,5\n", "C,C", "a:C,b:C,|4,5,", 0, 2},
    {"text behind a closing quote", "a,b\n1,\"x\"y\n\"2\" ,z\n3,w\n", "C,S", "a:C,b:S,|3,w,", 0, 2},
    {"bad UTF-8 and a zero byte", "a\n\xff\nz\n", "S", "a:S,|-,|z,", 1, 0},
    {"one column", "a\n1\n2\n3\n", NULL, "a:C,|1,|2,|3,", 0, 0},
    {"only a header", "a,b\n", NULL, "", 0, 0},
};

static void test_readable(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readable / sizeof *readable; i++) {
        weir_rejects rejects;
        weir_error err;
        char got[512];

        print_message("%s\n", readable[i].title);
        write_file(readable[i].text, strlen(readable[i].text));
        if (read_all(readable[i].types, WEIR_BAD_CELL, &rejects, got, sizeof got, &err))
            fail_msg("%s", err.message);
        assert_string_equal(got, readable[i].want);
        assert_int_equal(rejects.cells, readable[i].cells);
        assert_int_equal(rejects.rows, readable[i].rows);
    }
}

static const struct {
    const char *title, *text, *types, *says;
} refused[] = {
    {"an empty file", "", NULL, "no header"},
    {"blank lines alone", "\n\n", NULL, "no header"},
    {"a name twice", "a,a\n1,2\n", NULL, "column 2"},
    {"an empty name", "a,\n1,2\n", NULL, "column 2"},
    {"too few types", "a,b\n1,2\n", "C", "1 for 2 columns"},
    {"too many types", "a\n1\n", "C,C", "2 for 1 columns"},
    {"an unknown type", "a,b\n1,2\n", "C,Q", "'Q'"},
    {"no types in the text", "a\n1\n", "", "''"},
    {"a quoted cell without an end", "a,b\n1,\"x\n2,y\n", "C,S",
     "line 2: a quoted cell has no end"},
    {"a bad cell", "a\n1\n\"2\n\"\nq\n", "C", "line 5: column a"},
    {"a ragged row", "a\n1\n\n1,2\n", "C", "line 4: 2 cells"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        weir_rejects rejects;
        weir_error err = {0};
        char got[512];

        print_message("%s\n", refused[i].title);
        write_file(refused[i].text, strlen(refused[i].text));
        assert_int_equal(
            read_all(refused[i].types, WEIR_BAD_REJECT, &rejects, got, sizeof got, &err),
            WEIR_INVALID);
        if (!strstr(err.message, refused[i].says) || !strstr(err.message, path))
            fail_msg("it says: %s", err.message);
    }
}

/* --- options, from bytes that come in pieces */

typedef struct {
    const char *data;
    size_t size, at, piece;
    bool *closed;
} pieces;

static weir_code pieces_read(void *context, char *out, size_t size, size_t *got, weir_error *err)
{
    pieces *from = context;
    size_t left = from->size - from->at;

    (void)err;
    *got = left < from->piece ? left : from->piece;
    *got = *got < size ? *got : size;
    memcpy(out, from->data + from->at, *got);
    from->at += *got;
    return WEIR_OK;
}

static void pieces_close(void *context)
{
    pieces *from = context;

    *from->closed = true;
}

static weir_type names_with_t(void *context, const char *name, size_t length, weir_type guess)
{
    (void)context;
    return length == 1 && *name == 't' ? WEIR_T : guess;
}

static const char *const two_names[] = {"p", "q"};

static const struct {
    const char *title, *text;
    weir_csv_options options;
    weir_code code;
    const char *want; /* or what the error says */
} optioned[] = {
    {"a semicolon", "a;b\n1,5;x\n", {.separator = ';'}, WEIR_OK, "a:S,b:S,|1,5,x,"},
    {"a tab", "a\tb\n1\t\"x\ty\"\n", {.separator = '\t'}, WEIR_OK, "a:B,b:S,|1,x\ty,"},
    {"single quotes",
     "a,b\n'1,2','it''s \"so\"'\n",
     {.quote = '\''},
     WEIR_OK,
     "a:S,b:S,|1,2,it's \"so\","},
    {"strict quotes drop what stands outside",
     "\"a\",x\"b\"y\n \"1\"z, \"x,\"\"y\"\"\" \n\"2\",plain\n",
     {.strict_quotes = true},
     WEIR_OK,
     "a:C,b:S,|1,x,\"y\",|2,-,"},
    {"strict quotes: two quoted pieces are one cell",
     "\"a\"\n\"x\"-\"y\"\n",
     {.strict_quotes = true},
     WEIR_OK,
     "a:S,|xy,"},
    {"no header", "\n1,x\n2,y\n", {.header_missing = true}, WEIR_OK, "c1:C,c2:S,|1,x,|2,y,"},
    {"no header, names given",
     "1,x\n",
     {.header_missing = true, .names = two_names, .name_count = 2},
     WEIR_OK,
     "p:B,q:S,|1,x,"},
    {"a byte order mark before a row, and quotes",
     "\xef\xbb\xbf\"1\",x\n",
     {.header_missing = true},
     WEIR_OK,
     "c1:B,c2:S,|1,x,"},
    {"a rule over the guess", "t,u\nRed,1\n", {.rule = names_with_t}, WEIR_OK, "t:T,u:B,|red,1,"},
    {"too many names",
     "1\n",
     {.header_missing = true, .names = two_names, .name_count = 2},
     WEIR_INVALID,
     "2 names for 1 columns"},
    {"no header and no row", "", {.header_missing = true}, WEIR_INVALID, "no row"},
    {"one mark for both",
     "a\n",
     {.separator = '\'', .quote = '\''},
     WEIR_INVALID,
     "two different ASCII"},
    {"a line end as separator", "a\n", {.separator = '\n'}, WEIR_INVALID, "two different ASCII"},
    {"a separator that is not ASCII",
     "a\n",
     {.separator = (char)0xe9},
     WEIR_INVALID,
     "two different ASCII"},
    {"UTF-16",
     "\xff\xfe"
     "a\0\n",
     {0},
     WEIR_INVALID,
     "UTF-16"},
    {"a name in Latin-1", "caf\xe9\n1\n", {0}, WEIR_INVALID, "column 1"},
    {"a quoted cell without an end, strictly",
     "\"a\"\nx\"y\n",
     {.strict_quotes = true},
     WEIR_INVALID,
     "line 2: a quoted cell has no end"},
};

static void test_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof optioned / sizeof *optioned; i++)
        for (size_t piece = 1; piece <= 3; piece++) {
            bool closed = false;
            pieces from = {optioned[i].text, strlen(optioned[i].text), 0, piece, &closed};
            weir_byte_source source = {&from, "pieces", pieces_read, pieces_close};
            weir_rejects rejects = {0};
            weir_csv *csv = NULL;
            weir_error err = {0};
            char got[512] = "";
            weir_code code = csv_stream(&source, &optioned[i].options, &csv, &err);

            print_message("%s\n", optioned[i].title);
            assert_null(source.read);
            code = code ? code : read_rows(csv, WEIR_BAD_CELL, &rejects, got, sizeof got, &err);
            csv_close(csv);
            assert_true(closed);
            assert_int_equal(code, optioned[i].code);
            if (!code)
                assert_string_equal(got, optioned[i].want);
            else if (!strstr(err.message, optioned[i].want) || !strstr(err.message, "pieces"))
                fail_msg("it says: %s", err.message);
        }
}

static void test_columns_without_rows(void **state)
{
    weir_csv *csv = NULL;

    (void)state;
    write_file("a,b\n", 4);
    assert_int_equal(csv_open(path, "C,T", &csv, NULL), WEIR_OK);
    assert_int_equal(csv_columns(csv)->column_count, 2);
    assert_string_equal(csv_columns(csv)->columns[1].name, "b");
    assert_int_equal(csv_columns(csv)->columns[1].type, WEIR_T);
    csv_close(csv);
}

static void test_whole_rows(void **state)
{
    weir_rejects rejects;
    char got[512];

    (void)state;
    write_file("a,b\nx,y\n1,2\nx,3\n1\n", 18);
    assert_int_equal(read_all("C,C", WEIR_BAD_ROW, &rejects, got, sizeof got, NULL), WEIR_OK);
    assert_string_equal(got, "a:C,b:C,|1,2,");
    assert_int_equal(rejects.rows, 3);
    assert_int_equal(rejects.cells, 0);
    assert_non_null(strstr(rejects.first, "line 2: column a"));
}

/* A file longer than any buffer, with records across every border, plain and packed in frames of its own. */
static void test_long_and_packed(void **state)
{
    size_t rows = 60000, size = 0, packed_size = 0;
    char *text = malloc(rows * 32 + 64);
    char *packed;
    weir_csv *csv = NULL;
    weir_error err;

    (void)state;
    size += (size_t)sprintf(text, "n,s\n");
    for (size_t i = 0; i < rows; i++)
        size += (size_t)sprintf(text + size, "%zu,\"v%zu,\n\"\"\"\n", i, i % 10);
    packed = malloc(2 * ZSTD_compressBound(size));
    packed_size = ZSTD_compress(packed, ZSTD_compressBound(size), text, size / 2, 3);
    packed_size += ZSTD_compress(packed + packed_size, ZSTD_compressBound(size), text + size / 2,
                                 size - size / 2, 3);
    for (int form = 0; form < 3; form++) {
        weir_rejects rejects = {0};
        weir_batch *batch;
        weir_code code;
        size_t seen = 0;

        write_file(form ? packed : text, form == 0   ? size
                                         : form == 1 ? packed_size
                                                     : packed_size - 5);
        assert_int_equal(csv_open(path, form ? NULL : "C,T", &csv, NULL), WEIR_OK);
        while (!(code = csv_next(csv, 1000, WEIR_BAD_REJECT, &rejects, &batch, &err)) && batch) {
            for (size_t r = 0; r < batch->rows; r++)
                assert_true(batch->columns[0].values[r] == (double)seen++);
            weir_batch_free(batch);
        }
        csv_close(csv);
        if (form == 2) {
            assert_int_equal(code, WEIR_INVALID);
            assert_non_null(strstr(err.message, "ends too early"));
        } else {
            assert_int_equal(code, WEIR_OK);
            assert_int_equal(seen, rows);
        }
    }
    packed[packed_size / 2] ^= 0x55;
    write_file(packed, packed_size);
    csv = NULL;
    if (!csv_open(path, "C,S", &csv, NULL)) {
        weir_rejects rejects = {0};
        weir_batch *batch;
        weir_code code;

        while (!(code = csv_next(csv, 1000, WEIR_BAD_CELL, &rejects, &batch, NULL)) && batch)
            weir_batch_free(batch);
        csv_close(csv);
    }
    free(text);
    free(packed);
}

/* Rows packed by gzip in two parts, the second cut or damaged. */
static void test_gzip(void **state)
{
    static const char *const says[] = {"", "ends too early", "damaged gzip data"};
    size_t rows = 30000, size = 0, packed_size = 0;
    char *text = malloc(rows * 16 + 16);
    unsigned char *packed = malloc(rows * 32);

    (void)state;
    size += (size_t)sprintf(text, "n\n");
    for (size_t i = 0; i < rows; i++)
        size += (size_t)sprintf(text + size, "%zu\n", i);
    for (size_t part = 0; part < 2; part++) {
        z_stream gzip = {.next_in = (unsigned char *)text + part * (size / 2),
                         .avail_in = (unsigned)(part ? size - size / 2 : size / 2),
                         .next_out = packed + packed_size,
                         .avail_out = (unsigned)(rows * 32 - packed_size)};

        assert_int_equal(deflateInit2(&gzip, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
                         Z_OK);
        assert_int_equal(deflate(&gzip, Z_FINISH), Z_STREAM_END);
        packed_size += gzip.total_out;
        deflateEnd(&gzip);
    }
    for (int form = 0; form < 3; form++) {
        weir_rejects rejects = {0};
        weir_batch *batch;
        weir_csv *csv = NULL;
        weir_code code;
        weir_error err = {0};
        size_t seen = 0;

        if (form == 2)
            packed[packed_size - 6] ^= 0x55; /* of the checksum */
        write_file(packed, form == 1 ? packed_size - 5 : packed_size);
        assert_int_equal(csv_open(path, NULL, &csv, NULL), WEIR_OK);
        while (!(code = csv_next(csv, 1000, WEIR_BAD_REJECT, &rejects, &batch, &err)) && batch) {
            for (size_t r = 0; r < batch->rows; r++)
                assert_true(batch->columns[0].values[r] == (double)seen++);
            weir_batch_free(batch);
        }
        csv_close(csv);
        assert_int_equal(code, form ? WEIR_INVALID : WEIR_OK);
        assert_non_null(strstr(err.message, says[form]));
        assert_true(form || seen == rows);
    }
    free(text);
    free(packed);
}

static void test_not_there(void **state)
{
    weir_csv *csv = NULL;
    weir_error err;

    (void)state;
    assert_int_equal(csv_open("/nonexistent/rows.csv", NULL, &csv, &err), WEIR_NOT_FOUND);
    assert_non_null(strstr(err.message, "/nonexistent/rows.csv"));
    assert_int_equal(csv_open("/tmp", NULL, &csv, &err), WEIR_UNAVAILABLE);
    assert_null(csv);
}

/* --- every allocation fails once */

static size_t allocations_left;

static bool allowed(void)
{
    return allocations_left > 0 && allocations_left--;
}

static void *failing_malloc(size_t size)
{
    return allowed() ? malloc(size) : NULL;
}

static void *failing_realloc(void *block, size_t size)
{
    return allowed() ? realloc(block, size) : NULL;
}

static void test_no_memory(void **state)
{
    const weir_memory_hook hook = {failing_malloc, failing_realloc, free};
    weir_code code = WEIR_NO_MEMORY;

    (void)state;
    write_file("a,b\n1,\"x\"\"\"\n2,y\n3,z\n", 20);
    for (size_t n = 0; code; n++) {
        weir_rejects rejects;
        char got[512];

        allocations_left = n;
        weir_memory_use(&hook);
        code = read_all(NULL, WEIR_BAD_CELL, &rejects, got, sizeof got, NULL);
        weir_memory_use(NULL);
        assert_true(code == WEIR_OK || code == WEIR_NO_MEMORY);
        assert_true(n < 1000);
    }
}

static int make_path(void **state)
{
    int file = mkstemp(path);

    (void)state;
    return file < 0 ? -1 : close(file);
}

static int drop_path(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readable),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_whole_rows), cmocka_unit_test(test_long_and_packed),
        cmocka_unit_test(test_not_there),  cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_options),    cmocka_unit_test(test_columns_without_rows),
        cmocka_unit_test(test_gzip),
    };

    return cmocka_run_group_tests(tests, make_path, drop_path);
}
