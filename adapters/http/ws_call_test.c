/* ws_call_test.c: every framing of a message, the published ones included, and messages that are none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "ws_call.h"

/* From a block of its own exact size, so that a sanitizer sees any byte read beyond it. */
static weir_code parse(const char *text, size_t size, ws_call *out, char **block, weir_error *err)
{
    *block = malloc(size ? size : 1);
    memcpy(*block, text, size);
    return ws_call_parse(*block, size, out, err);
}

static void test_published_messages(void **state)
{
    json_t *root = json_load_file(WEIR_SOURCE_DIR "/tests/data/signing-vectors.json", 0, NULL);
    json_t *row = NULL;
    size_t i = 0, seen = 0;

    (void)state;
    json_array_foreach(json_object_get(root, "vectors"), i, row)
    {
        const char *frame = json_string_value(json_object_get(row, "frame_text"));
        const char *body = json_string_value(json_object_get(row, "body"));
        const json_t *keys = json_object_get(row, "extra_keys");
        ws_call call;
        char *block = NULL;

        if (!frame)
            continue;
        seen++;
        assert_int_equal(parse(frame, strlen(frame), &call, &block, NULL), WEIR_OK);
        assert_true(call.has_header);
        assert_string_equal(call.date, json_string_value(json_object_get(row, "date")));
        assert_string_equal(call.authorization,
                            json_string_value(json_object_get(row, "authorization")));
        assert_string_equal(call.cid, json_string_value(json_object_get(row, "cid")));
        assert_int_equal(call.key_count, json_array_size(keys));
        for (size_t k = 0; k < call.key_count; k++)
            assert_string_equal(call.keys[k], json_string_value(json_array_get(keys, k)));
        assert_int_equal(call.payload_size, strlen(body));
        assert_memory_equal(call.payload, body, strlen(body));
        ws_call_free(&call);
        free(block);
    }
    assert_int_equal(seen, 6);
    json_decref(root);
}

#define HEADER "{\"headers\":[\"d\",\"m\",\"a\\u003d\",\"c\"],\"extraKeys\":[\"p\"]}"

static void test_framings(void **state)
{
    static const struct {
        const char *text;
        bool header;
        const char *payload;
    } rows[] = {
        {"52," HEADER "{}", true, "{}"},
        {"1," HEADER "{}", true, "{}"}, /* a wrong count: the header ends where its object ends */
        {"0000052," HEADER "[1]", true, "[1]"},
        {HEADER "-289907289{}", true, "{}"},
        {" \r\n" HEADER "-289907289{}", true, "{}"},
        {"0,{\"a\":1}", false, "{\"a\":1}"},
        {"{\"a\":1}", false, "{\"a\":1}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ws_call call;
        char *block = NULL;

        print_message("%s\n", rows[i].text);
        assert_int_equal(parse(rows[i].text, strlen(rows[i].text), &call, &block, NULL), WEIR_OK);
        assert_int_equal(call.has_header, rows[i].header);
        assert_int_equal(call.payload_size, strlen(rows[i].payload));
        assert_memory_equal(call.payload, rows[i].payload, call.payload_size);
        if (rows[i].header) {
            assert_string_equal(call.authorization, "a=");
            assert_string_equal(call.keys[0], "p");
        }
        ws_call_free(&call);
        free(block);
    }
}

static void test_messages_that_are_none(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "x",
        "5",
        "5,",
        "52," HEADER,
        HEADER "-289907289",
        "-289907289{}",
        "99999999999999999999," HEADER "{}",
        "-1," HEADER "{}",
        "5,[1,2]{}",
        "5,nonsense",
        "5,{",
        "5,{}{}",
        "5,{\"headers\":5}{}",
        "5,{\"headers\":[\"d\",\"m\",\"a\"]}{}",
        "5,{\"headers\":[\"d\",\"m\",\"a\",5]}{}",
        "5,{\"headers\":[\"d\",\"m\",\"a\",\"c\"],\"extraKeys\":[5]}{}",
        "5,{\"headers\":[\"d\",\"m\",\"a\",\"c\"],\"extraKeys\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}{}",
        "5,{\"headers\":[\"\xff\",\"m\",\"a\",\"c\"]}{}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ws_call call;
        char *block = NULL;
        weir_error err = {0};

        print_message("%s\n", texts[i]);
        assert_int_equal(parse(texts[i], strlen(texts[i]), &call, &block, &err), WEIR_INVALID);
        assert_true(err.message[0] != '\0');
        ws_call_free(&call);
        free(block);
    }
}

static void test_every_prefix_of_a_message(void **state)
{
    static const char text[] = "52," HEADER "{\"attributeNames\":[]}";

    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        ws_call call;
        char *block = NULL;

        parse(text, size, &call, &block, NULL); /* any outcome, no fault */
        ws_call_free(&call);
        free(block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_messages),
        cmocka_unit_test(test_framings),
        cmocka_unit_test(test_messages_that_are_none),
        cmocka_unit_test(test_every_prefix_of_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
