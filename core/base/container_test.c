/* container_test.c: errors, bytes and containers: what is cut, refused and never read past its end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/container.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void messages_grow_to_the_front_and_are_cut_at_characters(void **state)
{
    char accents[512] = "";
    weir_error err;

    (void)state;
    assert_int_equal(weir_fail(&err, WEIR_INVALID, "x is %d", 3), WEIR_INVALID);
    assert_int_equal(weir_explain(&err, WEIR_INVALID, "task %s", "clicks"), WEIR_INVALID);
    assert_string_equal(err.message, "task clicks: x is 3");
    assert_int_equal(weir_fail(NULL, WEIR_BUSY, "nobody listens"), WEIR_BUSY);
    for (size_t i = 0; i < 200; i++)
        strcat(accents, "\xc3\xa9");
    for (size_t shift = 0; shift < 3; shift++) {
        weir_fail(&err, WEIR_INVALID, "%.*s%s", (int)shift, "ab", accents);
        assert_true(weir_utf8_valid(err.message, strlen(err.message)));
        assert_true(strlen(err.message) >= sizeof err.message - 4);
        weir_explain(&err, WEIR_INVALID, "%s", accents + 2 * shift);
        assert_true(weir_utf8_valid(err.message, strlen(err.message)));
    }
    assert_string_equal(weir_code_name(WEIR_GAP), "GAP");
    assert_true(weir_code_retry(WEIR_BUSY) && !weir_code_retry(WEIR_INVALID));
}

static void checksums_are_those_of_rfc_3720(void **state)
{
    uint8_t data[32];

    (void)state;
    assert_int_equal(weir_crc32c(0, "123456789", 9), 0xE3069283u);
    memset(data, 0, sizeof data);
    assert_int_equal(weir_crc32c(0, data, 32), 0x8A9136AAu);
    memset(data, 0xff, sizeof data);
    assert_int_equal(weir_crc32c(0, data, 32), 0x62A8AB43u);
    assert_int_equal(weir_crc32c(weir_crc32c(0, "1234", 4), "56789", 5), 0xE3069283u);
}

static void utf8_is_checked_strictly(void **state)
{
    static const char *const good[] = {
        "", "plain ascii text", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc3",
                                      "\xc0\xaf",
                                      "\xe0\x80\xaf",
                                      "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "12345678\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(weir_utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(weir_utf8_valid(bad[i], strlen(bad[i])));
}

static void readers_stop_at_the_end(void **state)
{
    weir_bytes bytes = {0};
    weir_reader reader;
    size_t length;

    (void)state;
    weir_bytes_u16(&bytes, 0x1234);
    weir_bytes_f64(&bytes, -0.5);
    weir_bytes_text(&bytes, "abc", 3);
    assert_int_equal(bytes.data[0], 0x34);
    reader = weir_reader_over(bytes.data, bytes.size);
    assert_int_equal(weir_read_u16(&reader), 0x1234);
    assert_true(weir_read_f64(&reader) == -0.5);
    assert_memory_equal(weir_read_text(&reader, &length), "abc", 3);
    assert_int_equal(weir_reader_left(&reader), 0);
    assert_int_equal(weir_read_u32(&reader), 0);
    assert_true(reader.failed);
    reader = weir_reader_over(bytes.data, 12);
    weir_read_u64(&reader);
    assert_null(weir_read_text(&reader, &length)); /* its length promises more than there is */
    assert_true(reader.failed && length == 0);
    weir_bytes_free(&bytes);
}

static weir_bytes example(void)
{
    weir_container_writer writer;
    weir_bytes bytes = {0};

    weir_container_begin(&writer, &bytes, WEIR_FORMAT_MODEL, 2);
    weir_container_section(&writer, "first", 1, "hello", 5);
    weir_container_section(&writer, "empty", 3, NULL, 0);
    assert_int_equal(weir_container_end(&writer, NULL), WEIR_OK);
    return bytes;
}

static void sections_come_back(void **state)
{
    weir_bytes bytes = example(), joined = {0};
    weir_container_reader reader;
    weir_section section;
    weir_error err;

    (void)state;
    assert_int_equal(
        weir_container_open(&reader, bytes.data, bytes.size, WEIR_FORMAT_MODEL, 2, &err), WEIR_OK);
    assert_int_equal(reader.version, 2);
    assert_int_equal(weir_container_take(&reader, "first", 1, &joined, &section, &err), WEIR_OK);
    assert_int_equal(section.size, 5);
    assert_memory_equal(section.data, "hello", 5);
    assert_int_equal(weir_container_done(&reader, &err), WEIR_CORRUPT);
    assert_non_null(strstr(err.message, "section empty"));
    weir_bytes_free(&bytes);
}

static void wrong_containers_are_refused(void **state)
{
    weir_bytes bytes = example();
    weir_container_reader reader;

    (void)state;
    assert_int_equal(
        weir_container_open(&reader, bytes.data, bytes.size, WEIR_FORMAT_BATCH, 2, NULL),
        WEIR_CORRUPT);
    assert_int_equal(
        weir_container_open(&reader, bytes.data, bytes.size, WEIR_FORMAT_MODEL, 1, NULL),
        WEIR_CORRUPT);
    for (size_t size = 0; size < bytes.size; size++) {
        uint8_t *cut = malloc(size + 1);

        memcpy(cut, bytes.data, size);
        assert_int_equal(weir_container_open(&reader, cut, size, WEIR_FORMAT_MODEL, 2, NULL),
                         WEIR_CORRUPT);
        free(cut);
    }
    weir_bytes_u8(&bytes, 0);
    assert_int_equal(
        weir_container_open(&reader, bytes.data, bytes.size, WEIR_FORMAT_MODEL, 2, NULL),
        WEIR_CORRUPT);
    weir_bytes_free(&bytes);
}

/* Longer content goes on in a second section and is joined again. */
static void long_sections_are_joined(void **state)
{
    size_t size = WEIR_SECTION_MAX + 1000;
    uint8_t *data = calloc(1, size);
    weir_bytes bytes = {0}, joined = {0};
    weir_container_writer writer;
    weir_container_reader reader;
    weir_section section;

    (void)state;
    assert_non_null(data);
    data[0] = 1;
    data[size - 1] = 2;
    weir_container_begin(&writer, &bytes, WEIR_FORMAT_BATCH, 1);
    weir_container_section(&writer, "long", 1, data, size);
    weir_container_section(&writer, "next", 1, "x", 1);
    assert_int_equal(weir_container_end(&writer, NULL), WEIR_OK);
    assert_int_equal(
        weir_container_open(&reader, bytes.data, bytes.size, WEIR_FORMAT_BATCH, 1, NULL), WEIR_OK);
    assert_int_equal(reader.sections, 3);
    assert_int_equal(weir_container_take(&reader, "long", 1, &joined, &section, NULL), WEIR_OK);
    assert_int_equal(section.size, size);
    assert_memory_equal(section.data, data, size);
    weir_bytes_free(&joined);
    assert_int_equal(weir_container_take(&reader, "next", 1, &joined, &section, NULL), WEIR_OK);
    assert_int_equal(weir_container_done(&reader, NULL), WEIR_OK);
    weir_bytes_free(&bytes);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_grow_to_the_front_and_are_cut_at_characters),
        cmocka_unit_test(checksums_are_those_of_rfc_3720),
        cmocka_unit_test(utf8_is_checked_strictly),
        cmocka_unit_test(readers_stop_at_the_end),
        cmocka_unit_test(sections_come_back),
        cmocka_unit_test(wrong_containers_are_refused),
        cmocka_unit_test(long_sections_are_joined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
