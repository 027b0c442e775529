/* cell_record_test.c: cells cut and put together again, with what compaction leaves over in between.
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

#include "cell_record.h"

static void keys_name_a_part_of_a_partition(void **state)
{
    static const struct {
        const char *text;
        bool read;
        const char *topic;
        int32_t partition;
        uint32_t part;
    } rows[] = {
        {"clicks/0/0", true, "clicks", 0, 0},
        {"a.b_c-d/2147483647/65535", true, "a.b_c-d", 2147483647, 65535},
        {"odd/name/3/4", true, "odd/name", 3, 4},
        {"clicks/2147483648/0", false, "", 0, 0},
        {"clicks/1/65536", false, "", 0, 0},
        {"clicks/1/", false, "", 0, 0},
        {"clicks/1", false, "", 0, 0},
        {"/1/1", false, "", 0, 0},
        {"clicks/01/1", false, "", 0, 0},
        {"clicks/99999999999999999999/1", false, "", 0, 0},
        {"clicks/-1/1", false, "", 0, 0},
        {"", false, "", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cell_key key = {{0}, 0, 0};
        weir_error err = {0};
        char again[CELL_KEY_MAX];
        weir_code code = cell_key_read(rows[i].text, strlen(rows[i].text), &key, &err);

        if ((code == WEIR_OK) != rows[i].read)
            fail_msg("\"%s\": %s", rows[i].text, code ? err.message : "was taken");
        if (code)
            continue;
        assert_string_equal(key.topic, rows[i].topic);
        assert_int_equal(key.partition, rows[i].partition);
        assert_int_equal(key.part, rows[i].part);
        cell_key_write(key.topic, key.partition, key.part, again);
        assert_string_equal(again, rows[i].text);
    }
}

/* The values of all parts of a cell. */
static size_t cut(const uint8_t *bytes, size_t size, size_t room, uint64_t version,
                  weir_bytes *values)
{
    uint32_t parts = cell_parts_of(size, room);

    for (uint32_t part = 0; part < parts; part++) {
        size_t at = part * room;
        const cell_record record = {.version = version,
                                    .next = 7,
                                    .part = part,
                                    .parts = parts,
                                    .writer = "north",
                                    .writer_length = 5,
                                    .bytes = bytes + at,
                                    .size = size - at < room ? size - at : room};

        cell_record_write(&record, &values[part]);
    }
    return parts;
}

static bool add(cell_parts *parts, const weir_bytes *value)
{
    cell_record record = {0};
    bool whole = false;

    assert_int_equal(cell_record_read(value->data, value->size, &record, NULL), WEIR_OK);
    assert_int_equal(record.next, 7);
    assert_memory_equal(record.writer, "north", 5);
    assert_int_equal(cell_parts_add(parts, &record, &whole, NULL), WEIR_OK);
    return whole;
}

static void parts_make_the_cell_whole(void **state)
{
    uint8_t bytes[1000];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 7);
    for (size_t room = 1; room < 1100; room = room * 2 + 1) {
        for (size_t size = 1; size <= 40 * room && size <= sizeof bytes; size += 1 + size / 3) {
            weir_bytes values[1000] = {{0}};
            cell_parts parts = {0};
            size_t count = cut(bytes, size, room, 5, values);

            for (size_t i = 0; i < count; i++)
                assert_int_equal(add(&parts, &values[i]), i + 1 == count);
            assert_int_equal(parts.bytes.size, size);
            assert_memory_equal(parts.bytes.data, bytes, size);
            for (size_t i = 0; i < count; i++)
                weir_bytes_free(&values[i]);
            cell_parts_free(&parts);
        }
    }
}

static void what_compaction_left_over_belongs_to_nothing(void **state)
{
    const uint8_t old_bytes[40] = {1}, new_bytes[25] = {2};
    weir_bytes old_values[4] = {{0}}, new_values[3] = {{0}};
    cell_parts parts = {0};

    (void)state;
    assert_int_equal(cut(old_bytes, 40, 10, 8, old_values), 4);
    assert_int_equal(cut(new_bytes, 25, 10, 9, new_values), 3);
    /* of version 8 only the part is left that version 9 has none of */
    assert_false(add(&parts, &old_values[3]));
    assert_false(add(&parts, &new_values[0]));
    assert_false(add(&parts, &new_values[1]));
    assert_false(add(&parts, &old_values[3]));
    assert_true(add(&parts, &new_values[2]));
    assert_memory_equal(parts.bytes.data, new_bytes, 25);
    /* a version that ended in the middle gives way to the next */
    assert_false(add(&parts, &old_values[0]));
    assert_false(add(&parts, &old_values[1]));
    assert_false(add(&parts, &new_values[2]));
    assert_false(add(&parts, &new_values[0]));
    assert_false(add(&parts, &old_values[2]));
    assert_false(add(&parts, &new_values[1]));
    assert_true(add(&parts, &new_values[2]));
    assert_int_equal(parts.bytes.size, 25);
    assert_false(add(&parts, &new_values[2])); /* twice */
    for (size_t i = 0; i < 4; i++)
        weir_bytes_free(&old_values[i]);
    for (size_t i = 0; i < 3; i++)
        weir_bytes_free(&new_values[i]);
    cell_parts_free(&parts);
}

/* Two nodes that both wrote what each took for the next version: a cell is that of one of them. */
static void parts_of_two_writers_make_no_cell(void **state)
{
    const uint8_t bytes[20] = {1};
    const cell_record first = {
        .version = 4, .next = 90, .part = 0, .parts = 2, .bytes = bytes, .size = 20};
    const cell_record second = {
        .version = 4, .next = 70, .part = 1, .parts = 2, .bytes = bytes, .size = 20};
    cell_parts parts = {0};
    bool whole = false;

    (void)state;
    assert_int_equal(cell_parts_add(&parts, &first, &whole, NULL), WEIR_OK);
    assert_int_equal(cell_parts_add(&parts, &second, &whole, NULL), WEIR_OK);
    assert_false(whole);
    cell_parts_free(&parts);
}

/* Whatever byte is hit and wherever the record ends: refused, or the head tells of another cell. */
static void damage_is_noticed(void **state)
{
    const uint8_t bytes[20] = {9, 8, 7};
    weir_bytes value[1] = {{0}};
    cell_record record = {0};

    (void)state;
    cut(bytes, sizeof bytes, 20, 3, value);
    for (size_t i = 0; i < value->size; i++) {
        assert_int_equal(cell_record_read(value->data, i, &record, NULL), WEIR_CORRUPT);
        value->data[i] ^= 0x10;
        if (!cell_record_read(value->data, value->size, &record, NULL))
            assert_true(i >= 6 && i < value->size - sizeof bytes); /* version, next, writer */
        value->data[i] ^= 0x10;
    }
    assert_int_equal(cell_record_read(value->data, value->size, &record, NULL), WEIR_OK);
    assert_int_equal(cell_record_read(NULL, 0, &record, NULL), WEIR_CORRUPT);
    weir_bytes_free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_name_a_part_of_a_partition),
        cmocka_unit_test(parts_make_the_cell_whole),
        cmocka_unit_test(what_compaction_left_over_belongs_to_nothing),
        cmocka_unit_test(parts_of_two_writers_make_no_cell),
        cmocka_unit_test(damage_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
