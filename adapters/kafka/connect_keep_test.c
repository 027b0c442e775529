/* connect_keep_test.c: what is kept of a connector comes back as it was; anything else is refused by name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "connect_keep.h"

static const char text[] = "{\"version\":1,\"config\":{\"name\":\"c\",\"topics\":\"a,b\",\"x\":"
                           "\"\\u00e4 \\\"q\\\"\"},\"state\":\"PAUSED\",\"epoch\":1700000000,"
                           "\"fromBeginning\":true,\"file\":\"abc==\"}";

static void test_back_and_forth(void **state)
{
    connect_record record = {0};
    weir_settings settings = {0};
    weir_error err = {0};
    char *written = NULL;

    (void)state;
    if (connect_record_read("c", text, sizeof text - 1, &record, &settings, &err))
        fail_msg("%s", err.message);
    assert_string_equal(record.name, "c");
    assert_int_equal(record.state, WEIR_TASK_PAUSED);
    assert_int_equal(record.epoch, 1700000000);
    assert_true(record.from_beginning);
    assert_string_equal(record.file, "abc==");
    assert_int_equal(settings.count, 3);
    assert_string_equal(weir_settings_get(&settings, "x"), "\xc3\xa4 \"q\"");
    assert_int_equal(connect_record_write(&record, &written, &err), WEIR_OK);
    weir_settings_free(&settings);
    if (connect_record_read("c", written, strlen(written), &record, &settings, &err))
        fail_msg("%s", err.message);
    assert_int_equal(record.state, WEIR_TASK_PAUSED);
    assert_string_equal(weir_settings_get(&settings, "topics"), "a,b");
    weir_settings_free(&settings);
    free(written);
}

static void test_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "[]",
        "{}",
        "{\"version\":2,\"config\":{},\"state\":\"RUNNING\",\"epoch\":0,\"file\":\"\"}",
        "{\"version\":1,\"config\":[],\"state\":\"RUNNING\",\"epoch\":0,\"file\":\"\"}",
        "{\"version\":1,\"config\":{},\"state\":\"FAILED\",\"epoch\":0,\"file\":\"\"}",
        "{\"version\":1,\"config\":{},\"epoch\":0,\"file\":\"\"}",
        "{\"version\":1,\"config\":{},\"state\":\"RUNNING\",\"epoch\":-1,\"file\":\"\"}",
        "{\"version\":1,\"config\":{},\"state\":\"RUNNING\",\"epoch\":0}",
        "{\"version\":1,\"config\":{\"a\":{}},\"state\":\"RUNNING\",\"epoch\":0,\"file\":\"\"}",
        "{\"version\":1,\"config\":{},\"state\":\"RUNNING\",\"epoch\":0,\"file\":"
        "\"a digest that is far longer than any digest can be\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        connect_record record = {0};
        weir_settings settings = {0};
        weir_error err = {0};

        if (!connect_record_read("kept", wrong[i], strlen(wrong[i]), &record, &settings, &err))
            fail_msg("%s is taken", wrong[i]);
        assert_true(*err.message);
        weir_settings_free(&settings);
    }
    for (size_t cut = 0; cut < sizeof text - 1; cut++) { /* no part of a record is a record */
        connect_record record = {0};
        weir_settings settings = {0};

        assert_int_not_equal(connect_record_read("c", text, cut, &record, &settings, NULL),
                             WEIR_OK);
        weir_settings_free(&settings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_back_and_forth),
                                       cmocka_unit_test(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
