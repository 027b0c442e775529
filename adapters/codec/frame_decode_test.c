/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "weir/memory.h"

#define XY "\"attributeNames\":[\"x\",\"y\"],\"attributeTypes\":[\"C\",\"S\"]"

static weir_code decode(const char *json, weir_frame *frame, weir_error *err)
{
    size_t size = strlen(json);
    char *exact = malloc(size + 1); /* so that the sanitizer sees a read past the end */
    weir_code code;

    memcpy(exact, json, size);
    exact = realloc(exact, size ? size : 1);
    *frame = (weir_frame){0};
    *err = (weir_error){0};
    code = frame_decode(exact, size, WEIR_BAD_CELL, NULL, NULL, frame, err);
    free(exact);
    return code;
}

/* What a frame holds, as text: rows separated by ';', absent cells '-'. */
static void describe(const weir_batch *batch, char *out, size_t size)
{
    size_t at = 0;

    out[0] = 0;
    for (size_t r = 0; r < batch->rows; r++)
        for (size_t i = 0; i < batch->column_count; i++) {
            const weir_batch_column *c = &batch->columns[i];
            const char *end = i + 1 < batch->column_count ? "," : ";";

            if (!c->present || !c->present[r])
                at += (size_t)snprintf(out + at, size - at, "-%s", end);
            else if (c->codes)
                at += (size_t)snprintf(out + at, size - at, "%s%s", c->words[c->codes[r]], end);
            else
                at += (size_t)snprintf(out + at, size - at, "%.17g%s", c->values[r], end);
        }
}

static const struct {
    const char *title, *json, *want;
    uint64_t cells, rows; /* refused */
} readable[] = {
    {"strings", "{" XY ",\"data\":[[\"4.3\",\"a\"],[\"1e3\",\"b\"]]}",
     "4.2999999999999998,a;1000,b;", 0, 0},
    {"numbers", "{" XY ",\"data\":[[4.3,\"a\"],[-0.25,7],[1E-2,7.50]]}",
     "4.2999999999999998,a;-0.25,7;0.01,7.5;", 0, 0},
    {"missing in all its forms",
     "{" XY ",\"data\":[[\"\",\"\"],[null,null],[\"NaN\",\"x\"],[\"null\",\"x\"]]}",
     "-,-;-,-;-,x;-,x;", 0, 0},
    {"booleans", "{" XY ",\"data\":[[true,false],[false,true]]}", "1,false;0,true;", 0, 0},
    {"blanks around a number", "{" XY ",\"data\":[[\" 3 \",\"a\"],[\"\\t4\",\"a\"]]}", "3,a;4,a;",
     0, 0},
    {"data before its columns", "{\"data\":[[\"1\",\"a\"]]," XY "}", "1,a;", 0, 0},
    {"types behind data",
     "{\"attributeNames\":[\"x\"],\"data\":[[\"1\"]],\"attributeTypes\":[\"C\"]}", "1;", 0, 0},
    {"no rows", "{" XY ",\"data\":[]}", "", 0, 0},
    {"no columns", "{\"attributeNames\":[],\"attributeTypes\":[],\"data\":[[],[]]}", "", 0, 0},
    {"blanks anywhere",
     " { \"attributeNames\" : [ \"x\" ] , \"attributeTypes\" : [ \"c\" ] ,\n"
     "\"data\" : [ [ \"1\" ] , [ 2 ] ] } \n",
     "1;2;", 0, 0},
    {"unknown members", "{\"a\":{\"b\":[1,{\"c\":\"]\"}]}," XY ",\"data\":[[1,\"]\"]],\"z\":null}",
     "1,];", 0, 0},
    {"escapes", "{" XY ",\"data\":[[1,\"a\\\"\\u00e9\\ud83d\\ude00\\n\"],[\"\\u0034\",\"\\/\"]]}",
     "1,a\"\xc3\xa9\xf0\x9f\x98\x80\n;4,/;", 0, 0},
    {"a null member is as good as none",
     "{" XY ",\"errorHandling\":null,\"source\":null,\"data\":[]}", "", 0, 0},
    {"a bad cell is left out",
     "{" XY ",\"data\":[[\"4,3\",\"a\"],[\"0x10\",\"b\"],[[1],{\"c\":2}]]}", "-,a;-,b;-,-;", 4, 0},
    {"numbers no cell can hold",
     "{" XY ",\"data\":[[1e400,\"a\"],[\"1e400\",\"a\"],[1e300,\"b\"],[-1e76,\"c\"]]}",
     "-,a;-,a;-,b;-,c;", 4, 0},
    {"numbers beyond 64 bits",
     "{" XY ",\"data\":[[9223372036854775808,36893488147419103232],"
     "[\"18446744073709551616\",\"1\"]]}",
     "9.2233720368547758e+18,36893488147419103232;1.8446744073709552e+19,1;", 0, 0},
    {"a tiny number is 0 and the cell is there", "{" XY ",\"data\":[[1e-400,\"a\"]]}", "0,a;", 0,
     0},
    {"ragged rows go as a whole",
     "{" XY ",\"data\":[[1],[1,\"a\"],[1,\"a\",2],[],[\"q\",\"a\",1]]}", "1,a;", 0, 4},
    {"the row goes", "{" XY ",\"errorHandling\":2,\"data\":[[\"q\",\"a\"],[1,\"b\"],[\"q\",[]]]}",
     "1,b;", 0, 2},
    {"the row goes, told behind the data",
     "{" XY ",\"data\":[[\"q\",\"a\"],[1,\"b\"]],\"errorHandling\":2}", "1,b;", 0, 1},
    {"ignored columns",
     "{\"attributeNames\":[\"x\",\"y\"],\"attributeTypes\":[\"X\",\"-\"],"
     "\"data\":[[1,{\"a\":[]}],[\"\\ud800\",null]]}",
     "-,-;-,-;", 0, 0},
    {"half a surrogate pair is a bad cell",
     "{" XY ",\"data\":[[1,\"\\ud83d\"],[1,\"\\ude00\\ud83d\"]]}", "1,-;1,-;", 2, 0},
    {"a zero byte is a bad cell", "{" XY ",\"data\":[[1,\"a\\u0000b\"]]}", "1,-;", 1, 0},
    {"binary",
     "{\"attributeNames\":[\"b\"],\"attributeTypes\":[\"B\"],\"data\":[[\"1\"],[0],[2],[\"0.0\"],["
     "true]]}",
     "1;0;-;0;1;", 1, 0},
    {"categories are normalised",
     "{\"attributeNames\":[\"t\"],\"attributeTypes\":[\"T\"],\"data\":[[\" Red \"],[\"RED\"],[1]]}",
     "red;red;1;", 0, 0},
};

static void test_readable(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readable / sizeof *readable; i++) {
        weir_frame frame;
        weir_error err;
        char got[512];

        print_message("%s\n", readable[i].title);
        if (decode(readable[i].json, &frame, &err))
            fail_msg("refused: %s", err.message);
        describe(frame.batch, got, sizeof got);
        assert_string_equal(got, readable[i].want);
        assert_int_equal(frame.rejects.cells, readable[i].cells);
        assert_int_equal(frame.rejects.rows, readable[i].rows);
        assert_int_equal(frame.rejects.first[0] != 0, readable[i].cells + readable[i].rows > 0);
        weir_frame_free(&frame);
    }
}

#define NAMED(names, types)                                                                        \
    "{\"attributeNames\":" names ",\"attributeTypes\":" types ",\"data\":[]}"
#define SOURCE(text) "{" XY ",\"data\":[[1,\"a\"],[2,\"b\"]],\"source\":" text "}"

static const struct {
    const char *title, *json, *says;
} refused[] = {
    {"nothing", "", "empty"},
    {"blanks", "  ", "empty"},
    {"no object", "[1]", "expected '{'"},
    {"no names", "{\"data\":[]}", "attributeNames is missing"},
    {"no types", "{\"attributeNames\":[\"x\"],\"data\":[]}", "attributeTypes is missing"},
    {"no data", "{" XY "}", "data is missing"},
    {"null data", "{" XY ",\"data\":null}", "data is missing"},
    {"data is an object", "{" XY ",\"data\":{}}", "data"},
    {"a row is no array", "{" XY ",\"data\":[1]}", "data, row 0"},
    {"unclosed", "{" XY ",\"data\":[[1,\"a\"]", "',' or ']'"},
    {"unclosed string", "{" XY ",\"data\":[[1,\"a]]}", "string has no end"},
    {"trailing text", "{" XY ",\"data\":[]} {}", "expected the end"},
    {"trailing comma", "{" XY ",\"data\":[[1,\"a\",]]}", "data"},
    {"a comma too few", "{" XY ",\"data\":[[1 \"a\"]]}", "data"},
    {"a leading zero", "{" XY ",\"data\":[[01,\"a\"]]}", "expected a number"},
    {"a bare point", "{" XY ",\"data\":[[1.,\"a\"]]}", "expected a number"},
    {"a bare word", "{" XY ",\"data\":[[NaN,\"a\"]]}", "expected a number"},
    {"a long word", "{" XY ",\"data\":[[nullx,\"a\"]]}", "expected a value"},
    {"letters behind a number", "{" XY ",\"data\":[[12x,\"a\"]]}", "expected a number"},
    {"letters behind a string", "{" XY ",\"data\":[[1,\"a\"b]]}", "data"},
    {"an unknown escape elsewhere", "{\"z\":\"\\q\"," XY ",\"data\":[]}", "escape"},
    {"bad UTF-8", "{" XY ",\"data\":[[1,\"\xff\"]]}", "not UTF-8"},
    {"an overlong UTF-8 slash", "{" XY ",\"data\":[[1,\"\xc0\xaf\"]]}", "not UTF-8"},
    {"a bare control character", "{" XY ",\"data\":[[1,\"a\nb\"]]}", "control"},
    {"bad text where data is ignored",
     "{\"attributeNames\":[\"x\"],\"attributeTypes\":[\"X\"],\"data\":[[tru]]}",
     "expected a value"},
    {"a member twice", "{" XY ",\"data\":[],\"data\":[]}", "data is there twice"},
    {"a name twice", NAMED("[\"x\",\"x\"]", "[\"C\",\"C\"]"), "x"},
    {"an empty name", NAMED("[\"\"]", "[\"C\"]"), "name"},
    {"a name with a zero byte", NAMED("[\"a\\u0000b\"]", "[\"C\"]"), "NUL"},
    {"a name that is a number", NAMED("[1]", "[\"C\"]"), "attributeNames"},
    {"names that are no list", NAMED("\"x\"", "[\"C\"]"), "attributeNames"},
    {"fewer types", NAMED("[\"x\",\"y\"]", "[\"C\"]"),
     "attributeTypes has 1 entries, attributeNames 2"},
    {"more types", NAMED("[\"x\"]", "[\"C\",\"C\"]"), "attributeTypes has 2 entries"},
    {"an unknown type", NAMED("[\"x\"]", "[\"Q\"]"), "no attribute type 'Q'"},
    {"a type too long", NAMED("[\"x\"]", "[\"CCCCCCCCCCCCCCCCCCCCCCCCCCCC\"]"), "one letter"},
    {"errorHandling of 3", "{" XY ",\"data\":[],\"errorHandling\":3}", "errorHandling is 3"},
    {"errorHandling as text", "{" XY ",\"data\":[],\"errorHandling\":\"x\"}", "errorHandling"},
    {"a bad cell, told before", "{" XY ",\"errorHandling\":0,\"data\":[[1,\"a\"],[\"q\",\"a\"]]}",
     "row 1"},
    {"a bad cell, told behind", "{" XY ",\"data\":[[1,\"a\"],[\"q\",\"a\"]],\"errorHandling\":0}",
     "row 1"},
    {"a ragged row", "{" XY ",\"errorHandling\":0,\"data\":[[1,\"a\"],[1]]}",
     "row 1: 1 cells where there are 2"},
    {"source is a text", SOURCE("\"x\""), "source"},
    {"source without id",
     SOURCE("{\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":2,\"offsets\":[0,1]}"),
     "id is missing"},
    {"source with an empty id",
     SOURCE(
         "{\"id\":\"\",\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":2,\"offsets\":[0,1]}"),
     "source: id"},
    {"a partition below 0",
     SOURCE(
         "{\"id\":\"i\",\"topic\":\"t\",\"partition\":-1,\"from\":0,\"next\":2,\"offsets\":[0,1]}"),
     "partition: -1"},
    {"a partition of 2^31",
     SOURCE("{\"id\":\"i\",\"topic\":\"t\",\"partition\":2147483648,\"from\":0,\"next\":2,"
            "\"offsets\":[0,1]}"),
     "partition"},
    {"an offset too few",
     SOURCE("{\"id\":\"i\",\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":2,\"offsets\":[0]}"),
     "1 offsets for 2 rows"},
    {"an offset twice",
     SOURCE(
         "{\"id\":\"i\",\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":2,\"offsets\":[1,1]}"),
     "offset 1"},
    {"offsets falling",
     SOURCE(
         "{\"id\":\"i\",\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":2,\"offsets\":[1,0]}"),
     "offset 0"},
    {"an offset before from",
     SOURCE(
         "{\"id\":\"i\",\"topic\":\"t\",\"partition\":0,\"from\":1,\"next\":3,\"offsets\":[0,1]}"),
     "offset 0"},
    {"an offset at next",
     SOURCE(
         "{\"id\":\"i\",\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":1,\"offsets\":[0,1]}"),
     "offset 1"},
    {"next before from",
     SOURCE(
         "{\"id\":\"i\",\"topic\":\"t\",\"partition\":0,\"from\":5,\"next\":1,\"offsets\":[0,1]}"),
     "next 1"},
    {"an offset of 2^63",
     SOURCE("{\"id\":\"i\",\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":9223372036854775808,"
            "\"offsets\":[0,1]}"),
     "next"},
    {"an offset with a fraction",
     SOURCE("{\"id\":\"i\",\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":2,\"offsets\":[0,1."
            "5]}"),
     "offsets"},
    {"a source member twice",
     SOURCE("{\"id\":\"i\",\"id\":\"i\",\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":2,"
            "\"offsets\":[0,1]}"),
     "id is there twice"},
    {"reset as a number",
     SOURCE("{\"id\":\"i\",\"reset\":1,\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":2,"
            "\"offsets\":[0,1]}"),
     "reset"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        weir_frame frame;
        weir_error err;

        print_message("%s\n", refused[i].title);
        assert_int_equal(decode(refused[i].json, &frame, &err), WEIR_INVALID);
        assert_int_equal(err.code, WEIR_INVALID);
        if (!strstr(err.message, refused[i].says))
            fail_msg("it says: %s", err.message);
        assert_null(frame.batch);
        weir_frame_free(&frame);
    }
}

/* Every beginning of a good frame is refused, and every single changed byte is survived. */
static void test_cut_and_changed(void **state)
{
    static const char json[] =
        "{" XY ",\"errorHandling\":1,\"source\":{\"id\":\"i\",\"topic\":\"t\",\"partition\":0,"
        "\"from\":4,\"next\":9,\"offsets\":[5,8],\"epoch\":2,\"reset\":true},"
        "\"data\":[[\"4.3\",\"a\\u00e9\"],[-1e5,null]]}";
    char text[sizeof json];
    weir_frame frame;
    weir_error err;

    (void)state;
    for (size_t size = 0; size < sizeof json - 1; size++) {
        memcpy(text, json, size);
        text[size] = 0;
        assert_int_equal(decode(text, &frame, &err), WEIR_INVALID);
    }
    for (size_t at = 0; at < sizeof json - 1; at++)
        for (int byte = 1; byte < 256; byte += 3) {
            memcpy(text, json, sizeof json);
            text[at] = (char)byte;
            if (!decode(text, &frame, &err))
                weir_frame_free(&frame);
        }
}

static void test_source(void **state)
{
    weir_frame frame;
    weir_error err;

    (void)state;
    assert_int_equal(
        decode("{\"source\":{\"offsets\":[10,11,14,20],\"x\":[{}],\"reset\":true,\"epoch\":3,"
               "\"next\":30,"
               "\"from\":9,\"partition\":2147483647,\"topic\":\"t\\u00e9\",\"id\":\"c@k\"}," XY
               ",\"errorHandling\":2,\"data\":[[1,\"a\"],[\"q\",\"b\"],[3],[4,\"d\"]]}",
               &frame, &err),
        WEIR_OK);
    assert_true(frame.has_source);
    assert_string_equal(frame.source.id, "c@k");
    assert_string_equal(frame.source.topic, "t\xc3\xa9");
    assert_int_equal(frame.source.partition, INT32_MAX);
    assert_int_equal(frame.source.from, 9);
    assert_int_equal(frame.source.next, 30);
    assert_int_equal(frame.source.epoch, 3);
    assert_true(frame.source.reset);
    assert_int_equal(frame.batch->rows,
                     2); /* the second and third went, and their offsets with them */
    assert_int_equal(frame.source.offset_count, 2);
    assert_int_equal(frame.source.offsets[0], 10);
    assert_int_equal(frame.source.offsets[1], 20);
    weir_frame_free(&frame);
    assert_null(frame.batch);
}

static weir_type read_all_as(void *context, const char *name, size_t length, weir_type sent)
{
    (void)length;
    assert_int_equal(sent, 0); /* none was named */
    return name[0] == 'y' ? WEIR_X : *(const weir_type *)context;
}

static void test_rule(void **state)
{
    static const char json[] =
        "{\"attributeNames\":[\"x\",\"y\"],\"data\":[[\"red\",\"1\"]]}"; /* types from the rule alone */
    weir_type category = WEIR_T;
    weir_frame frame = {0};

    (void)state;
    assert_int_equal(
        frame_decode(json, sizeof json - 1, WEIR_BAD_REJECT, read_all_as, &category, &frame, NULL),
        WEIR_OK);
    assert_int_equal(frame.batch->columns[0].type, WEIR_T);
    assert_int_equal(frame.batch->columns[1].type, WEIR_X);
    assert_string_equal(frame.batch->columns[0].words[0], "red");
    weir_frame_free(&frame);
    /* No errors wanted, and none of the columns known. */
    assert_int_equal(
        frame_decode("{\"data\":[]}", 11, WEIR_BAD_CELL, read_all_as, &category, &frame, NULL),
        WEIR_INVALID);
}

static weir_type read_ignored_as(void *context, const char *name, size_t length, weir_type sent)
{
    (void)context, (void)name, (void)length;
    return sent == WEIR_X ? WEIR_S : sent;
}

/* A column sent as ignored and read all the same is hidden, is sent on as ignored, and never asked for its type. */
static void test_hidden(void **state)
{
    static const char json[] = "{\"attributeNames\":[\"x\",\"y\"],\"attributeTypes\":[\"C\",\"X\"],"
                               "\"data\":[[\"1\",\"why\"]]}";
    static const char untyped[] = "{\"attributeNames\":[\"x\"],\"data\":[]}";
    weir_frame frame = {0}, again = {0};
    weir_bytes sent = {0};

    (void)state;
    assert_int_equal(
        frame_decode(json, sizeof json - 1, WEIR_BAD_CELL, read_ignored_as, NULL, &frame, NULL),
        WEIR_OK);
    assert_false(frame.batch->columns[0].hidden);
    assert_true(frame.batch->columns[1].hidden);
    assert_string_equal(frame.batch->columns[1].words[0], "why");
    assert_int_equal(frame_encode(frame.batch, NULL, &sent, NULL), WEIR_OK);
    assert_int_equal(frame_decode((const char *)sent.data, sent.size, WEIR_BAD_CELL,
                                  read_ignored_as, NULL, &again, NULL),
                     WEIR_OK);
    assert_true(again.batch->columns[1].hidden);
    assert_string_equal(again.batch->columns[1].words[0], "why");
    weir_frame_free(&frame);
    weir_frame_free(&again);
    weir_bytes_free(&sent);
    assert_int_equal(frame_decode(untyped, sizeof untyped - 1, WEIR_BAD_CELL, read_ignored_as, NULL,
                                  &frame, NULL),
                     WEIR_INVALID);
}

static char *repeated(const char *head, const char *unit, size_t count, const char *tail)
{
    size_t size = strlen(unit);
    char *text = malloc(strlen(head) + size * count + strlen(tail) + 1);
    char *at = stpcpy(text, head);

    for (size_t i = 0; i < count; i++, at += size)
        memcpy(at, unit, size);
    strcpy(at, tail);
    return text;
}

static void test_too_much(void **state)
{
    static const struct {
        const char *head, *unit, *tail;
        weir_code code;
    } texts[] = {
        {"{\"attributeNames\":[", "\"x\",", "\"x\"],\"attributeTypes\":[],\"data\":[]}",
         WEIR_TOO_LARGE},
        {"{\"a\":", "[", "", WEIR_INVALID},
        {"{\"a\":", "{\"a\":", "", WEIR_INVALID},
        {"{" XY ",\"data\":", "[", "", WEIR_INVALID},
        {"{" XY ",\"data\":[[1,", "[", "", WEIR_INVALID},
        {"", "{", "", WEIR_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *text = repeated(texts[i].head, texts[i].unit, 1000000, texts[i].tail);
        weir_frame frame;
        weir_error err;

        assert_int_equal(decode(text, &frame, &err), texts[i].code);
        free(text);
    }
}

/* Numbers whose nearest double is hard to find; the doubles are Python's float(), which is correctly rounded. */
static void test_hard_numbers(void **state)
{
    static const struct {
        const char *text;
        double want;
    } hard[] = {
        {"9007199254740993", 0x1p53},
        {"9007199254740993.0000000000000001", 0x1.0000000000001p53},
        {"0.1", 0x1.999999999999ap-4},
        {"123456789012345678", 0x1.b69b4ba630f35p+56},
        {"8.98846567431158e47", 0x1.3ae3591f5b4d9p+159},
        {"1.7976931348623157e-30", 0x1.23b140576d820p-99},
        {"3.14159265358979323846264338327950288", 0x1.921fb54442d18p+1},
        {"100000000000000016777215", 0x1.52d02c7e14af7p+76},
        {"100000000000000016777216", 0x1.52d02c7e14af8p+76},
        {"1e23", 0x1.52d02c7e14af6p+76},
        {"0.000000000000000000000000000000123e30", 0x1.f7ced916872bp-4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        char json[256];
        weir_frame frame;
        weir_error err;

        snprintf(json, sizeof json,
                 "{\"attributeNames\":[\"x\"],\"attributeTypes\":[\"C\"],\"data\":[[\"%s\"],[%s],["
                 "\" -%s\"]]}",
                 hard[i].text, hard[i].text, hard[i].text);
        assert_int_equal(decode(json, &frame, &err), WEIR_OK);
        print_message("%s\n", hard[i].text);
        assert_true(frame.batch->columns[0].values[0] == hard[i].want);
        assert_true(frame.batch->columns[0].values[1] == hard[i].want);
        assert_true(frame.batch->columns[0].values[2] == -hard[i].want);
        weir_frame_free(&frame);
    }
}

static void test_encode_decode(void **state)
{
    weir_source source = {.id = "a\"b",
                          .topic = "t\n",
                          .partition = 3,
                          .from = 5,
                          .next = INT64_MAX,
                          .offsets = (int64_t[]){5, 7},
                          .offset_count = 2,
                          .epoch = 9,
                          .reset = true};
    weir_batch *batch;
    weir_bytes json = {0};
    weir_frame frame;
    size_t x, s, ignored;
    char before[256], after[256];

    (void)state;
    assert_int_equal(weir_batch_new(4, &batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "x\\\xc3\xa9", 4, WEIR_C, &x, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "i", 1, WEIR_X, &ignored, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "s", 1, WEIR_S, &s, NULL), WEIR_OK);
    weir_batch_row_begin(batch, NULL);
    weir_batch_put_number(batch, x, 0x1.fffffffffffffp-200, NULL);
    weir_batch_put_text(batch, s, "\x01\"\\/\t\xf0\x9f\x98\x80", 9, NULL);
    weir_batch_row_end(batch);
    weir_batch_row_begin(batch, NULL);
    weir_batch_put_number(batch, x, -1.0 / 3, NULL);
    weir_batch_row_end(batch);
    assert_int_equal(frame_encode(batch, &source, &json, NULL), WEIR_OK);
    assert_int_equal(
        frame_decode((const char *)json.data, json.size, WEIR_BAD_REJECT, NULL, NULL, &frame, NULL),
        WEIR_OK);
    describe(batch, before, sizeof before);
    describe(frame.batch, after, sizeof after);
    assert_string_equal(after, before);
    assert_string_equal(frame.batch->columns[x].name, "x\\\xc3\xa9");
    assert_int_equal(frame.batch->columns[ignored].type, WEIR_X);
    assert_string_equal(frame.source.id, source.id);
    assert_string_equal(frame.source.topic, source.topic);
    assert_int_equal(frame.source.next, INT64_MAX);
    assert_memory_equal(frame.source.offsets, source.offsets, 2 * sizeof(int64_t));
    assert_int_equal(frame.source.epoch, 9);
    assert_true(frame.source.reset);
    weir_frame_free(&frame);
    weir_bytes_free(&json);
    weir_batch_free(batch);
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
    static const char json[] =
        "{" XY ",\"data\":[[\"1\",\"a\\n\"],[\"q\",\"b\"],[1]],\"errorHandling\":2,\"source\":{"
        "\"id\":\"i\","
        "\"topic\":\"t\",\"partition\":0,\"from\":0,\"next\":9,\"offsets\":[0,1,2]}}";
    const weir_memory_hook hook = {failing_malloc, failing_realloc, free};
    weir_code code = WEIR_NO_MEMORY;

    (void)state;
    for (size_t n = 0; code; n++) {
        weir_frame frame = {0};

        allocations_left = n;
        weir_memory_use(&hook);
        code = frame_decode(json, sizeof json - 1, WEIR_BAD_CELL, NULL, NULL, &frame, NULL);
        weir_memory_use(NULL);
        if (code)
            assert_int_equal(code, WEIR_NO_MEMORY);
        else
            assert_int_equal(frame.batch->rows, 1);
        weir_frame_free(&frame);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readable),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut_and_changed),
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_hard_numbers),
        cmocka_unit_test(test_encode_decode),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
