/* signing_test.c: every published signature vector, the forms around them, and what must not fit.
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

#include "weir/memory.h"
#include "weir/signing.h"

enum { MOST_KEYS = 4, VECTORS = 23 };

typedef struct {
    weir_signing request;
    uint8_t secret[WEIR_SECRET_MAX];
    const char *keys[MOST_KEYS];
    const char *name, *host, *authorization, *text;
} vector;

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* As a server sees the call (path and query as sent) or, signed true, exactly what the caller signed. */
static void read_vector(const json_t *row, bool exact, vector *out)
{
    const json_t *keys = json_object_get(row, "extra_keys");
    const char *secret = text_of(row, "secret_base64");
    bool rest = strcmp(text_of(row, "kind"), "rest") == 0;

    memset(out, 0, sizeof *out);
    out->name = text_of(row, "name");
    out->host = text_of(row, "host");
    out->authorization = text_of(row, "authorization");
    out->text = text_of(row, "string_to_sign");
    assert_true(weir_base64_decode(secret, strlen(secret), out->secret, &out->request.secret_size));
    out->request.secret = out->secret;
    out->request.verb = rest ? text_of(row, "verb") : NULL;
    out->request.date = text_of(row, "date");
    out->request.cid = text_of(row, "cid");
    out->request.body = text_of(row, "body");
    out->request.body_size = strlen(text_of(row, "body"));
    out->request.resource = text_of(row, exact ? "signed_resource" : "path");
    out->request.query = rest ? text_of(row, exact ? "signed_query" : "query") : NULL;
    out->request.key_count = json_array_size(keys);
    for (size_t i = 0; i < json_array_size(keys); i++)
        out->keys[i] = json_string_value(json_array_get(keys, i));
    out->request.keys = out->keys;
    out->request.bare_end = exact && json_is_false(json_object_get(row, "trailing_newline"));
}

static json_t *load_vectors(void)
{
    json_error_t why;
    json_t *root = json_load_file(WEIR_SOURCE_DIR "/tests/data/signing-vectors.json", 0, &why);

    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "vectors")), VECTORS);
    return root;
}

static void test_signing_a_form_gives_the_published_signature(void **state)
{
    json_t *root = load_vectors();
    const json_t *rows = json_object_get(root, "vectors");

    (void)state;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        vector v;
        char signature[WEIR_SIGNATURE_TEXT], md5[WEIR_MD5_TEXT] = "";

        read_vector(json_array_get(rows, i), true, &v);
        print_message("%s\n", v.name);
        assert_int_equal(weir_sign(&v.request, signature, NULL), WEIR_OK);
        assert_string_equal(signature, v.authorization);
        if (v.request.body_size > 0)
            weir_md5_text(v.request.body, v.request.body_size, md5);
        assert_string_equal(md5, text_of(json_array_get(rows, i), "content_md5_base64"));
    }
    json_decref(root);
}

static void test_the_check_accepts_every_form(void **state)
{
    json_t *root = load_vectors();
    const json_t *rows = json_object_get(root, "vectors");

    (void)state;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        char md5[WEIR_MD5_TEXT];
        vector v;

        read_vector(json_array_get(rows, i), false, &v);
        print_message("%s\n", v.name);
        assert_int_equal(weir_signature_check(&v.request, v.host, v.authorization, NULL), WEIR_OK);
        weir_md5_text(v.request.body, v.request.body_size, md5);
        v.request.md5 = md5; /* known already: the same answer, also without a body */
        assert_int_equal(weir_signature_check(&v.request, v.host, v.authorization, NULL), WEIR_OK);
    }
    json_decref(root);
}

/* A change of any signed part, one at a time, must be refused. */
static void test_the_check_refuses_what_was_changed(void **state)
{
    json_t *root = load_vectors();
    const json_t *rows = json_object_get(root, "vectors");

    (void)state;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        vector v;
        weir_error err = {0};

        for (int change = 0; change < 7; change++) {
            read_vector(json_array_get(rows, i), false, &v);
            switch (change) {
            case 0:
                v.request.date = "2026-03-04 05:06:08";
                break;
            case 1:
                v.request.cid = "c2";
                break;
            case 2:
                v.request.resource = "/symetry/rest/c1/projects/other";
                break;
            case 3:
                v.secret[0] ^= 1;
                break;
            case 4:
                v.request.body = "[]";
                v.request.body_size = 2;
                break;
            case 5:
                if (v.request.verb)
                    v.request.query = "force=true";
                else
                    v.keys[0] = "other";
                break;
            case 6:
                v.authorization = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
                break;
            }
            assert_int_equal(weir_signature_check(&v.request, v.host, v.authorization, &err),
                             WEIR_UNAUTHORIZED);
            assert_string_equal(err.message, "Invalid Signature");
        }
    }
    json_decref(root);
}

static void test_signatures_that_are_none(void **state)
{
    static const char *const texts[] = {
        "",
        "x",
        "====",
        "WFYuH+B5qlBs9cy9noEJgMiaOmZCAnvIh/7uIwDRz9g",
        "WFYuH+B5qlBs9cy9noEJgMiaOmZCAnvIh/7uIwDRz9g=WFYuH+B5qlBs9cy9noEJgMiaOmZCAnvIh/7uIwDRz9g=",
        "WFYuH+B5qlBs9cy9noEJgMiaOmZCAnvIh/7uIwDRz9\xc3\xa9"};
    weir_signing request = {.verb = "GET", .date = "d", .cid = "c", .resource = "/"};

    (void)state;
    request.secret = (const uint8_t *)"0123456789abcdef";
    request.secret_size = 16;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(weir_signature_check(&request, NULL, texts[i], NULL), WEIR_UNAUTHORIZED);
}

static void test_the_shown_text_is_the_signed_one_without_the_secret(void **state)
{
    json_t *root = load_vectors();
    const json_t *rows = json_object_get(root, "vectors");

    (void)state;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        vector v;
        char *shown = NULL;
        const char *secret = text_of(json_array_get(rows, i), "secret_base64");
        const char *place = NULL;

        read_vector(json_array_get(rows, i), true, &v);
        shown = weir_signing_shown(&v.request, SIZE_MAX);
        assert_non_null(shown);
        assert_null(strstr(shown, secret));
        place = strstr(v.text, secret);
        assert_non_null(place);
        assert_memory_equal(shown, v.text, (size_t)(place - v.text));
        assert_memory_equal(shown + (place - v.text), "SECRETKEY", 9);
        assert_string_equal(shown + (place - v.text) + 9, place + strlen(secret));
        weir_free(shown);
    }
    json_decref(root);
}

static void test_a_secret_inside_the_request_is_hidden_too(void **state)
{
    static const uint8_t secret[] = {0xfb, 0xff, 0xfe, 0x3f, 0x00, 0x07, 0x0e, 0x15,
                                     0x1c, 0x23, 0x2a, 0x31, 0x38, 0x3f, 0x46, 0x4d};
    weir_signing request = {
        .verb = "POST",
        .secret = secret,
        .secret_size = sizeof secret,
        .date = "2026-03-04 05:06:07",
        .cid = "c1",
        .body = "{\"k\":\"+//+PwAHDhUcIyoxOD9GTQ==\",\"u\":\"-__-PwAHDhUcIyoxOD9GTQ\"}",
        .resource = "/x",
        .query = "k=%2B%2F%2F%2BPwAHDhUcIyoxOD9GTQ%3D%3D"};
    char *shown = NULL;

    (void)state;
    request.body_size = strlen(request.body);
    shown = weir_signing_shown(&request, SIZE_MAX);
    assert_non_null(shown);
    assert_null(strstr(shown, "PwAHDhUcIyoxOD9GTQ"));
    weir_free(shown);
    shown = weir_signing_shown(&request, 20); /* the cut would fall into the secret */
    assert_null(strstr(shown, "PwAH"));
    assert_non_null(strstr(shown, "bytes)"));
    weir_free(shown);
}

static void test_base64(void **state)
{
    static const struct {
        const char *plain, *text;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"}}; /* RFC 4648 */
    static const char *const bad[] = {"Z", "Zg=", "Zg", "=Zg=", "Z===", "Zm9 ", "Zm9v====", "Zm-_"};
    char text[16];
    uint8_t plain[16];
    size_t size = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_base64_encode(rows[i].plain, strlen(rows[i].plain), text);
        assert_string_equal(text, rows[i].text);
        assert_true(weir_base64_decode(text, strlen(text), plain, &size));
        assert_int_equal(size, strlen(rows[i].plain));
        assert_memory_equal(plain, rows[i].plain, size);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(weir_base64_decode(bad[i], strlen(bad[i]), plain, &size));
}

static void test_dates(void **state)
{
    static const struct {
        const char *text;
        bool valid;
        int64_t seconds;
    } rows[] = {
        {"2026-03-04 05:06:07;123456789", true, 1772600767}, /* date -u -d ... +%s */
        {"2026-03-04 05:06:07;000000", true, 1772600767},
        {"2026-03-04 05:06:07", true, 1772600767},
        {"2026-03-04 05:06:07;", true, 1772600767},
        {"2024-02-29 00:00:00;1", true, 1709164800},
        {"2026-02-29 00:00:00;1", false, 0},
        {"2026-13-01 00:00:00", false, 0},
        {"2026-00-01 00:00:00", false, 0},
        {"2026-03-04 24:00:00", false, 0},
        {"2026-03-04 05:60:07", false, 0},
        {"2026-03-04T05:06:07", false, 0},
        {"2026-03-04 05:06:07Z", false, 0},
        {"2026-03-04 05:06", false, 0},
        {"2026-3-4 5:6:7", false, 0},
        {" 2026-03-04 05:06:07", false, 0},
        {"", false, 0},
        {"Wed, 04 Mar 2026 05:06:07 GMT", false, 0},
    };
    char text[WEIR_DATE_TEXT];
    int64_t seconds = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].text);
        assert_int_equal(weir_signing_date_parse(rows[i].text, &seconds), rows[i].valid);
        if (rows[i].valid)
            assert_int_equal(seconds, rows[i].seconds);
    }
    weir_signing_date(1772600767, 72718532, text);
    assert_string_equal(text, "2026-03-04 05:06:07;72718532");
}

static void test_percent_decoding(void **state)
{
    static const struct {
        const char *text, *plain, *form;
    } rows[] = {{"a%20b+c", "a b+c", "a b c"},
                {"%C3%a9", "\xc3\xa9", "\xc3\xa9"},
                {"%", "%", "%"},
                {"%4", "%4", "%4"},
                {"%zz%41", "%zzA", "%zzA"},
                {"%2", "%2", "%2"}};
    char out[32];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(weir_percent_decode(rows[i].text, strlen(rows[i].text), false, out),
                         strlen(rows[i].plain));
        assert_string_equal(out, rows[i].plain);
        weir_percent_decode(rows[i].text, strlen(rows[i].text), true, out);
        assert_string_equal(out, rows[i].form);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signing_a_form_gives_the_published_signature),
        cmocka_unit_test(test_the_check_accepts_every_form),
        cmocka_unit_test(test_the_check_refuses_what_was_changed),
        cmocka_unit_test(test_signatures_that_are_none),
        cmocka_unit_test(test_the_shown_text_is_the_signed_one_without_the_secret),
        cmocka_unit_test(test_a_secret_inside_the_request_is_hidden_too),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_percent_decoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
