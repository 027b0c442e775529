/* value_test.c: which plan reads a value, and how often the registry is asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value.h"

#include "registry_check.h"

static int64_t now;

static int64_t told_ms(void)
{
    return now;
}

static value_reader *reader_of(weir_registry *registry)
{
    value_reader *reader = NULL;

    now = 1000;
    assert_int_equal(value_reader_open(&check_codecs, &check_registry, registry, VALUE_AVRO, NULL,
                                       &reader, NULL),
                     WEIR_OK);
    value_reader_clock(reader, told_ms);
    return reader;
}

static weir_code read_id(value_reader *reader, int32_t id, weir_error *err)
{
    weir_bytes value = {0};
    value_plan *plan = NULL;
    const void *body = NULL;
    size_t size = 0;
    weir_code code;

    value_frame(id, &value);
    weir_bytes_append(&value, "body", 4);
    assert_int_equal(weir_bytes_ok(&value, NULL), WEIR_OK);
    code = value_plan_of(reader, value.data, value.size, &plan, &body, &size, err);
    if (!code) {
        assert_int_equal(plan->id, id);
        assert_int_equal(size, 4);
        assert_memory_equal(body, "body", 4);
    }
    weir_bytes_free(&value);
    return code;
}

static void test_known_ids_are_asked_for_once(void **state)
{
    static const char *const schemas[] = {"a", "a b"};
    weir_registry registry = {.schemas = schemas, .count = 2};
    value_reader *reader = reader_of(&registry);

    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(read_id(reader, 1, NULL), WEIR_OK);
        assert_int_equal(read_id(reader, 2, NULL), WEIR_OK);
    }
    assert_int_equal(registry.asked, 2);
    value_reader_close(reader);
}

/* An id that is not there is left alone for five seconds, and then may be there. */
static void test_unknown_ids_are_left_alone(void **state)
{
    static const char *const schemas[] = {NULL, "!", "a"};
    weir_registry registry = {.schemas = schemas, .count = 2};
    value_reader *reader = reader_of(&registry);

    (void)state;
    for (int i = 0; i < 10; i++) {
        weir_error err;

        assert_int_equal(read_id(reader, 1, &err), WEIR_NOT_FOUND);
        assert_string_equal(err.message, "there is no schema 1");
        assert_int_equal(read_id(reader, 2, &err), WEIR_INVALID);
        assert_non_null(strstr(err.message, "cannot be read"));
        assert_int_equal(read_id(reader, 3, NULL), WEIR_NOT_FOUND);
    }
    assert_int_equal(registry.asked, 3);
    registry.count = 3;
    now += 4999;
    assert_int_equal(read_id(reader, 3, NULL), WEIR_NOT_FOUND);
    assert_int_equal(registry.asked, 3);
    now += 1;
    assert_int_equal(read_id(reader, 3, NULL), WEIR_OK);
    assert_int_equal(read_id(reader, 3, NULL), WEIR_OK);
    assert_int_equal(registry.asked, 4);
    assert_int_equal(read_id(reader, 1, NULL), WEIR_NOT_FOUND);
    assert_int_equal(registry.asked, 5);
    value_reader_close(reader);
}

/* A registry that does not answer says nothing of an id. */
static void test_a_registry_that_is_away(void **state)
{
    static const char *const schemas[] = {"a"};
    weir_registry registry = {.schemas = schemas, .count = 1, .away = true};
    value_reader *reader = reader_of(&registry);

    (void)state;
    assert_int_equal(read_id(reader, 1, NULL), WEIR_UNAVAILABLE);
    assert_int_equal(read_id(reader, 1, NULL), WEIR_UNAVAILABLE);
    assert_int_equal(registry.asked, 2);
    registry.away = false;
    assert_int_equal(read_id(reader, 1, NULL), WEIR_OK);
    value_reader_close(reader);
}

/* Anybody can write any id: what is kept of them is bounded, and ids beyond that are asked for all the same. */
static void test_many_unknown_ids(void **state)
{
    weir_registry registry = {0};
    value_reader *reader = reader_of(&registry);

    (void)state;
    for (int32_t id = 1; id <= 5000; id++)
        assert_int_equal(read_id(reader, id, NULL), WEIR_NOT_FOUND);
    assert_int_equal(read_id(reader, 5000, NULL), WEIR_NOT_FOUND);
    assert_int_equal(registry.asked, 5000);
    value_reader_close(reader);
}

static void test_frames(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *says;
    } frames[] = {
        {"", 0, "0 bytes"},
        {"\0\0\0\0", 4, "4 bytes"},
        {"\1\0\0\0\1x", 6, "frame of a schema registry"},
        {"\0\xff\xff\xff\xffx", 6, "4294967295"},
    };
    weir_registry registry = {0};
    value_reader *reader = reader_of(&registry);

    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        value_plan *plan = NULL;
        const void *body = NULL;
        size_t size = 0;
        weir_error err;

        assert_int_equal(
            value_plan_of(reader, frames[i].bytes, frames[i].size, &plan, &body, &size, &err),
            WEIR_INVALID);
        assert_non_null(strstr(err.message, frames[i].says));
    }
    assert_int_equal(registry.asked, 0);
    value_reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_ids_are_asked_for_once),
        cmocka_unit_test(test_unknown_ids_are_left_alone),
        cmocka_unit_test(test_a_registry_that_is_away),
        cmocka_unit_test(test_many_unknown_ids),
        cmocka_unit_test(test_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
