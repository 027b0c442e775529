/* envelope_test.c: encrypted bodies, against vectors of the API's documentation and of the program openssl.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/envelope.h"
#include "weir/signing.h"

static const char plain[] =
    "{\"type\":\"http\",\"name\":\"d1\",\"info\":{\"path\":\"http://h/x.csv\"}}";

/* The second comes from: printf %s "$plain" | openssl enc -aes-128-cbc -K 0102030405060708090a0b0c0d0e0f10
 * -iv 2f3339414b576575879bb1c9e3001e3e | base64 -w0 */
static const struct {
    const char *title, *secret, *hidden;
} vectors[] = {
    {"of the documentation", "AAECAwQFBgcICQoLDA0ODw==",
     "+MOaJF1Hd3a08CyspoNP+JxjUOg0VbfQFRqawrTPNtx4QOgRvEyAPJ8ezDB/XzHDv8UlPg0N+KNzcWmRLuDsNw=="},
    {"of openssl", "AQIDBAUGBwgJCgsMDQ4PEA==",
     "Jkr1di0DivO5QaYrhW3WPAvWuTX0Oh5XeaCxUywd9uzMuXYFGKAX8SHkdq1xaQvmqS+PQ5scnVVSuJ8R6kqLvg=="},
    {"of a secret of 32 bytes: its first 16 are the key",
     "AQIDBAUGBwgJCgsMDQ4PEP/+/fz7+vn49/b19PPy8fA=",
     "Jkr1di0DivO5QaYrhW3WPAvWuTX0Oh5XeaCxUywd9uzMuXYFGKAX8SHkdq1xaQvmqS+PQ5scnVVSuJ8R6kqLvg=="},
};

static void agrees_with_other_programs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t secret[64];
        size_t size = 0;
        weir_bytes text = {0};

        print_message("%s\n", vectors[i].title);
        assert_true(
            weir_base64_decode(vectors[i].secret, strlen(vectors[i].secret), secret, &size));
        assert_int_equal(weir_envelope_make(secret, size, plain, sizeof plain - 1, &text, NULL),
                         WEIR_OK);
        assert_int_equal(text.size, strlen(vectors[i].hidden));
        assert_memory_equal(text.data, vectors[i].hidden, text.size);
        weir_bytes_clear(&text);
        assert_int_equal(weir_envelope_open(secret, size, vectors[i].hidden,
                                            strlen(vectors[i].hidden), &text, NULL),
                         WEIR_OK);
        assert_int_equal(text.size, sizeof plain - 1);
        assert_memory_equal(text.data, plain, text.size);
        weir_bytes_free(&text);
    }
}

static const uint8_t secret[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static weir_code open_text(const char *text, weir_bytes *out, weir_error *err)
{
    weir_bytes_clear(out);
    return weir_envelope_open(secret, sizeof secret, text, strlen(text), out, err);
}

static void plain_objects_pass(void **state)
{
    weir_bytes out = {0};

    (void)state;
    assert_int_equal(open_text(" \r\n{\"a\":1}", &out, NULL), WEIR_OK);
    assert_int_equal(out.size, 10);
    weir_bytes_free(&out);
}

static void line_ends_do_not_matter(void **state)
{
    weir_bytes out = {0};

    (void)state;
    assert_int_equal(
        open_text("Jkr1di0DivO5QaYrhW3WPAvWuTX0Oh5XeaCx\r\nUywd9uzMuXYFGKAX8SHkdq1xaQvm"
                  "qS+PQ5scnVVSuJ8R6kqLvg==\n",
                  &out, NULL),
        WEIR_OK);
    assert_memory_equal(out.data, plain, out.size);
    weir_bytes_free(&out);
}

static void every_length_comes_back(void **state)
{
    uint8_t data[70];

    (void)state;
    for (size_t size = 0; size <= sizeof data; size++) {
        weir_bytes text = {0}, back = {0};

        memset(data, (int)size, sizeof data);
        assert_int_equal(weir_envelope_make(secret, sizeof secret, data, size, &text, NULL),
                         WEIR_OK);
        assert_int_equal(weir_envelope_open(secret, sizeof secret, (const char *)text.data,
                                            text.size, &back, NULL),
                         WEIR_OK);
        assert_int_equal(back.size, size);
        if (size)
            assert_memory_equal(back.data, data, size);
        weir_bytes_free(&text);
        weir_bytes_free(&back);
    }
}

static const struct {
    const char *title, *text, *says;
} refused[] = {
    {"nothing", "", "neither a JSON object nor"},
    {"blanks", " \n ", "neither a JSON object nor"},
    {"words", "hello there", "neither a JSON object nor"},
    {"a JSON list", "[1]", "neither a JSON object nor"},
    {"base64 of less than a block", "AAAA", "neither a JSON object nor"},
    {"of another secret",
     "+MOaJF1Hd3a08CyspoNP+JxjUOg0VbfQFRqawrTPNtx4QOgRvEyAPJ8ezDB/XzHDv8UlPg0N+KNzcWmRLuDsNw==",
     "not encrypted with this user's"},
    {"one block short", "Jkr1di0DivO5QaYrhW3WPAvWuTX0Oh5XeaCxUywd9uzMuXYFGKAX8SHkdq1xaQvm",
     "not encrypted with"},
};

static void other_texts_are_refused(void **state)
{
    weir_bytes out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        weir_error err = {0};

        print_message("%s\n", refused[i].title);
        assert_int_equal(open_text(refused[i].text, &out, &err), WEIR_INVALID);
        assert_non_null(strstr(err.message, refused[i].says));
        assert_int_equal(out.size, 0);
    }
    assert_int_equal(weir_envelope_open(secret, 15, "AAAA", 4, &out, NULL), WEIR_INVALID);
    assert_int_equal(weir_envelope_open(secret, sizeof secret, "AA\0A", 4, &out, NULL),
                     WEIR_INVALID);
    weir_bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_other_programs), cmocka_unit_test(plain_objects_pass),
        cmocka_unit_test(line_ends_do_not_matter),    cmocka_unit_test(every_length_comes_back),
        cmocka_unit_test(other_texts_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
