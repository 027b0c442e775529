/* summary_test.c: what a summary refuses, survives and stores.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/rows_for_test.h"

#include "summary/block.h"
#include "weir/container.h"

/* --- every kernel gives the same bits */

static void kernels_agree_to_the_bit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        randoms r = {seed};
        row_table t = random_table(&r, 1 + below(&r, 12), 1 + below(&r, 900), below(&r, 2));
        size_t *order = calloc(t.count, sizeof *order);
        weir_bytes first = {0};
        weir_error err;

        for (size_t i = 0; i < t.count; i++)
            order[i] = i;
        for (size_t k = 0; kernels[k]; k++) {
            weir_summary *summary = empty_summary(false, WEIR_PRECISION_EXTENDED);
            weir_batch *batch = batch_of(&t, order, t.count);
            weir_bytes bytes;

            if (kernels[k]->usable()) {
                check_ok(absorb_with(summary, batch, 1, kernels[k], &err), &err);
                bytes = saved(summary);
                if (first.size > 0) {
                    assert_int_equal(first.size, bytes.size);
                    assert_memory_equal(first.data, bytes.data, bytes.size);
                    weir_bytes_free(&bytes);
                } else {
                    first = bytes;
                }
            }
            weir_batch_free(batch);
            weir_summary_free(summary);
        }
        weir_bytes_free(&first);
        free(order);
        free(t.rows);
    }
}

/* --- every allocation fails once */

static size_t left_before_failure;

static void *failing_malloc(size_t size)
{
    return left_before_failure-- == 0 ? (left_before_failure = 0, NULL) : malloc(size);
}

static void *failing_realloc(void *old, size_t size)
{
    return left_before_failure-- == 0 ? (left_before_failure = 0, NULL) : realloc(old, size);
}

static const weir_memory_hook failing = {failing_malloc, failing_realloc, free};

/* What is tried under failing allocations. */
typedef weir_code (*attempt)(weir_summary *summary, const void *with, weir_error *err);

static weir_code try_absorb(weir_summary *summary, const void *with, weir_error *err)
{
    return weir_summary_absorb(summary, with, 1, err);
}

static weir_code try_merge(weir_summary *summary, const void *with, weir_error *err)
{
    return weir_summary_merge(summary, with, err);
}

static weir_code try_histograms(weir_summary *summary, const void *with, weir_error *err)
{
    (void)with;
    return weir_summary_set_histograms(summary, !weir_summary_has_histograms(summary), err);
}

static weir_code try_save(weir_summary *summary, const void *with, weir_error *err)
{
    weir_bytes bytes = {0};
    weir_summary *back = NULL;
    weir_code code = weir_summary_save(summary, &bytes, err);

    (void)with;
    if (!code)
        code = weir_summary_load(bytes.data, bytes.size, &back, err);
    weir_summary_free(back);
    weir_bytes_free(&bytes);
    return code;
}

static weir_code try_select(weir_summary *summary, const void *with, weir_error *err)
{
    size_t ids[] = {2, 0};
    weir_summary *part = NULL;
    weir_code code = weir_summary_select(summary, ids, 2, &part, err);

    (void)with;
    weir_summary_free(part);
    return code;
}

/* Fails the 1st, 2nd, 3rd ... allocation of the attempt until it passes; each failure must leave everything equal. */
static void fail_each_allocation(const weir_summary *start, attempt what, const void *with)
{
    for (size_t nth = 0; nth < 100000; nth++) {
        weir_summary *summary = NULL;
        weir_error err = {0};
        weir_code code;

        check_ok(weir_summary_copy(start, &summary, &err), &err);
        left_before_failure = nth;
        weir_memory_use(&failing);
        code = what(summary, with, &err);
        weir_memory_use(NULL);
        if (code) {
            assert_int_equal(code, WEIR_NO_MEMORY);
            check_equal("after a failed allocation", nth, start, summary);
            assert_true(weir_schema_size(weir_summary_schema(summary)) ==
                        weir_schema_size(weir_summary_schema(start)));
        }
        weir_summary_free(summary);
        if (!code)
            return;
    }
    fail_msg("it never passed");
}

static weir_summary *with_conditional(void)
{
    weir_summary_options options = {.histograms = true, .conditional = true};
    weir_summary *summary = NULL;
    weir_error err;

    check_ok(weir_summary_new(&options, &summary, &err), &err);
    return summary;
}

static void failed_allocations_change_nothing(void **state)
{
    randoms r = {4711};
    row_table t = random_table(&r, 9, 60, true);
    size_t order[60];
    weir_summary *start = with_conditional(), *other;
    weir_batch *batch;

    (void)state;
    for (size_t i = 0; i < 60; i++)
        order[i] = i;
    t.types[3] = WEIR_T;
    t.types[4] = WEIR_B; /* and C later on */
    for (size_t i = 0; i < 60; i++) {
        t.rows[i].cells[3].word %= i < 20 ? 2 : WORDS;
        t.rows[i].cells[4] = (cell){.present = true, .number = i >= 20, .value = i % 2};
    }
    batch = batch_of(&t, order + 20, 40);
    fail_each_allocation(start, try_absorb, batch);
    absorb_rows(start, &t, order, 20, 20, 1);
    other = with_conditional();
    absorb_rows(other, &t, order + 20, 40, 9, 1);
    fail_each_allocation(start, try_absorb, batch);
    fail_each_allocation(start, try_merge, other);
    fail_each_allocation(start, try_histograms, NULL);
    fail_each_allocation(start, try_save, NULL);
    fail_each_allocation(start, try_select, NULL);
    weir_batch_free(batch);
    weir_summary_free(other);
    weir_summary_free(start);
    free(t.rows);
}

/* --- what is refused, and limits */

static weir_batch *one_cell(const char *name, weir_type type, const char *text)
{
    weir_batch *batch = NULL;
    weir_error err;
    size_t at;

    check_ok(weir_batch_new(1, &batch, &err), &err);
    check_ok(weir_batch_add_column(batch, name, strlen(name), type, &at, &err), &err);
    check_ok(weir_batch_row_begin(batch, &err), &err);
    check_ok(weir_batch_put_text(batch, at, text, strlen(text), &err), &err);
    weir_batch_row_end(batch);
    return batch;
}

static weir_code absorb_cell(weir_summary *summary, const char *name, weir_type type,
                             const char *text, weir_error *err)
{
    weir_batch *batch = one_cell(name, type, text);
    weir_code checked = weir_summary_check(summary, batch, NULL);
    weir_code code = weir_summary_absorb(summary, batch, 1, err);

    assert_int_equal(checked, code);
    weir_batch_free(batch);
    return code;
}

static void another_type_is_refused(void **state)
{
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_AUTO);
    weir_error err;

    (void)state;
    check_ok(absorb_cell(summary, "x", WEIR_C, "1", &err), &err);
    assert_int_equal(absorb_cell(summary, "x", WEIR_T, "1", &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "column x is of type C, not T"));
    assert_int_equal(absorb_cell(summary, "x", WEIR_S, "1", &err), WEIR_INVALID);
    assert_true(weir_summary_rows(summary) == 1);
    check_ok(absorb_cell(summary, "t", WEIR_T, "1", &err), &err);
    assert_int_equal(absorb_cell(summary, "t", WEIR_C, "1", &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "column t is of type T, not C"));
    assert_true(weir_summary_rows(summary) == 2);
    weir_summary_free(summary);
}

static weir_type type_of(const weir_summary *summary, const char *name)
{
    const weir_schema *schema = weir_summary_schema(summary);

    return weir_schema_at(schema, weir_schema_find(schema, name, strlen(name)))->type;
}

/* A B column becomes C, never the other way round, and it keeps its id. */
static void types_widen(void **state)
{
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_AUTO), *other = NULL;
    weir_moments m;
    weir_error err;

    (void)state;
    check_ok(absorb_cell(summary, "x", WEIR_B, "1", &err), &err);
    check_ok(absorb_cell(summary, "y", WEIR_B, "0", &err), &err);
    check_ok(weir_summary_copy(summary, &other, &err), &err);
    check_ok(absorb_cell(summary, "x", WEIR_C, "3", &err), &err);
    assert_int_equal(type_of(summary, "x"), WEIR_C);
    assert_int_equal(type_of(summary, "y"), WEIR_B);
    check_ok(absorb_cell(summary, "x", WEIR_B, "0", &err), &err);
    assert_int_equal(type_of(summary, "x"), WEIR_C);
    weir_summary_moments(summary, 0, &m);
    assert_true(m.count == 3 && m.sum == 4 && m.min == 0 && m.max == 3);
    check_ok(weir_summary_merge(other, summary, &err), &err);
    assert_int_equal(type_of(other, "x"), WEIR_C);
    weir_summary_moments(other, 0, &m);
    assert_true(m.count == 4 && m.sum == 5 && m.min == 0 && m.max == 3);
    weir_summary_free(other);
    weir_summary_free(summary);
}

static void limits_hold(void **state)
{
    weir_summary_options options = {
        .histograms = true, .max_attributes = 4, .max_category_values = 2};
    weir_summary *summary = NULL;
    weir_moments m;
    weir_error err;
    size_t other;

    (void)state;
    check_ok(weir_summary_new(&options, &summary, &err), &err);
    for (size_t i = 0; i < 5; i++) {
        const char *const values[] = {"a", "b", "c", "(other)", "a"};

        check_ok(absorb_cell(summary, "t", WEIR_T, values[i], &err), &err);
    }
    assert_int_equal(weir_schema_size(weir_summary_schema(summary)), 3);
    other = weir_schema_other(weir_summary_schema(summary), 0);
    weir_summary_moments(summary, other, &m);
    assert_true(m.count == 5 && m.sum == 2);
    check_ok(absorb_cell(summary, "x", WEIR_C, "1", &err), &err);
    assert_int_equal(absorb_cell(summary, "y", WEIR_C, "1", &err), WEIR_TOO_LARGE);
    assert_non_null(strstr(err.message, "5 attributes"));
    assert_true(weir_summary_rows(summary) == 6);
    weir_summary_free(summary);
}

/* A value that comes late was 0 before, and absent where its category was. */
static void late_values_count_as_zero(void **state)
{
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_AUTO);
    weir_error err;
    weir_moments m;
    size_t id;

    (void)state;
    check_ok(absorb_cell(summary, "t", WEIR_T, " Red ", &err), &err);
    check_ok(absorb_cell(summary, "x", WEIR_C, "4", &err), &err);
    check_ok(absorb_cell(summary, "t", WEIR_T, "blue", &err), &err);
    id = weir_schema_find(weir_summary_schema(summary), "t$blue", 6);
    weir_summary_moments(summary, id, &m);
    assert_true(m.count == 2 && m.sum == 1 && m.min == 0 && m.max == 1 && m.m2 == 0.5);
    assert_true(weir_ddsketch_count(weir_summary_sketch(summary, id)) == 2);
    id = weir_schema_find(weir_summary_schema(summary), "t$red", 5);
    weir_summary_moments(summary, id, &m);
    assert_true(m.count == 2 && m.sum == 1);
    weir_summary_free(summary);
}

/* --- hostile bytes */

static weir_summary *stored_example(void)
{
    randoms r = {99};
    row_table t = random_table(&r, 7, 40, true);
    size_t order[40];
    weir_summary *summary = with_conditional();
    weir_error err;

    t.types[0] = WEIR_T;
    for (size_t i = 0; i < 40; i++)
        order[i] = i;
    absorb_rows(summary, &t, order, 40, 15, 1);
    check_ok(weir_summary_scale(summary, 0.7, &err), &err);
    absorb_rows(summary, &t, order, 40, 9, 1);
    free(t.rows);
    return summary;
}

/* Loads bytes that may be anything: an error, or a summary whose readers work. */
static void load_anything(const uint8_t *data, size_t size)
{
    weir_summary *summary = NULL, *sum = NULL;
    weir_error err = {0};
    weir_code code = weir_summary_load(data, size, &summary, &err);

    if (code) {
        assert_int_equal(code, WEIR_CORRUPT);
        assert_true(err.message[0] != '\0');
        return;
    }
    for (size_t i = 0; i < weir_schema_size(weir_summary_schema(summary)); i++) {
        weir_moments m;
        weir_pair p;

        weir_summary_moments(summary, i, &m);
        weir_summary_pair(summary, i, 0, &p);
    }
    check_ok(weir_summary_copy(summary, &sum, &err), &err);
    check_ok(weir_summary_merge(sum, summary, &err), &err);
    weir_summary_free(sum);
    weir_summary_free(summary);
}

/* Makes the checksums right again, so that what lies behind them is reached. */
static void fix_checksums(uint8_t *data, size_t size)
{
    size_t at = 12;

    while (at + 2 <= size) {
        size_t name = data[at] | (size_t)data[at + 1] << 8, head = at + 2 + name + 2, length = 0;
        uint32_t crc;

        if (head + 8 > size)
            return;
        for (size_t i = 0; i < 4; i++)
            length |= (size_t)data[head + i] << (8 * i);
        if (length > size - head - 8)
            return;
        crc = weir_crc32c(0, data + head + 8, length);
        for (size_t i = 0; i < 4; i++)
            data[head + 4 + i] = (uint8_t)(crc >> (8 * i));
        at = head + 8 + length;
    }
}

static void hostile_bytes_are_refused_or_harmless(void **state)
{
    weir_summary *summary = stored_example();
    weir_bytes bytes = saved(summary);
    uint8_t *copy = malloc(bytes.size);
    randoms r = {5};

    (void)state;
    for (size_t size = 0; size < bytes.size; size += 1 + size / 16) {
        uint8_t *cut = malloc(size + 1); /* its own block, so that reading on is seen */
        memcpy(cut, bytes.data, size);
        assert_int_equal(weir_summary_load(cut, size, &summary, NULL), WEIR_CORRUPT);
        free(cut);
    }
    for (size_t i = 0; i < bytes.size; i += 1 + i / 64) {
        memcpy(copy, bytes.data, bytes.size);
        copy[i] ^= (uint8_t)(1u << below(&r, 8));
        assert_int_equal(weir_summary_load(copy, bytes.size, &summary, NULL), WEIR_CORRUPT);
    }
    for (size_t round = 0; round < 6000; round++) {
        memcpy(copy, bytes.data, bytes.size);
        for (size_t k = 0; k <= below(&r, 3); k++) {
            size_t at = 12 + below(&r, round % 2 ? 600 : bytes.size - 12);

            copy[at] = below(&r, 2) ? (uint8_t)random_bits(&r) : below(&r, 2) ? 0xff : 0;
        }
        fix_checksums(copy, bytes.size);
        load_anything(copy, bytes.size);
    }
    free(copy);
    weir_bytes_free(&bytes);
    weir_summary_free(summary);
}

/* --- the first bytes of the format */

static const char fixture[] = WEIR_SOURCE_DIR "/tests/fixtures/summary-v1.bin";

static weir_bytes read_file(const char *path)
{
    weir_bytes bytes = {0};
    FILE *file = fopen(path, "rb");
    char part[4096];
    size_t got;

    if (!file)
        fail_msg("%s cannot be opened", path);
    while ((got = fread(part, 1, sizeof part, file)) > 0)
        weir_bytes_append(&bytes, part, got);
    fclose(file);
    return bytes;
}

/* The rows that made the fixture: every kind of section is in it. */
static weir_summary *fixture_state(void)
{
    static const char *const cells[6][4] = {
        {"1.5", "1", "red", "200000001"}, {"-2.25", "0", "blue", "200000002"},
        {"", "1", "", "200000004"},       {"1e10", "", "red", "200000003"},
        {"0.1", "0", "green", ""},        {"3", "1", "blue", "200000002.5"}};
    static const weir_type types[4] = {WEIR_C, WEIR_B, WEIR_T, WEIR_C};
    static const char *const names[4] = {"x", "flag", "colour", "time"};
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_AUTO);
    weir_batch *batch = NULL;
    weir_error err;
    size_t at;

    check_ok(weir_batch_new(6, &batch, &err), &err);
    for (size_t i = 0; i < 4; i++)
        check_ok(weir_batch_add_column(batch, names[i], strlen(names[i]), types[i], &at, &err),
                 &err);
    for (size_t again = 0; again < 2; again++)
        for (size_t k = 0; k < 6; k++) {
            check_ok(weir_batch_row_begin(batch, &err), &err);
            for (size_t i = 0; i < 4; i++)
                check_ok(weir_batch_put_text(batch, i, cells[k][i], strlen(cells[k][i]), &err),
                         &err);
            weir_batch_row_end(batch);
        }
    check_ok(weir_summary_absorb(summary, batch, 1, &err), &err);
    weir_batch_free(batch);
    return summary;
}

static void first_bytes_still_load(void **state)
{
    weir_summary *summary = fixture_state(), *loaded = NULL;
    weir_bytes bytes;
    weir_error err;

    (void)state;
    bytes = read_file(fixture);
    check_ok(weir_summary_load(bytes.data, bytes.size, &loaded, &err), &err);
    check_equal("the fixture", 1, summary, loaded);
    weir_bytes_free(&bytes);
    weir_summary_free(loaded);
    weir_summary_free(summary);
}

/* summary_test write: makes the fixture, once for each version of the format. */
static int write_fixture(void)
{
    weir_summary *summary = fixture_state();
    weir_bytes bytes = saved(summary);
    FILE *file = fopen(fixture, "wbx");
    bool written = file && fwrite(bytes.data, 1, bytes.size, file) == bytes.size;

    if (file && fclose(file) != 0)
        written = false;
    weir_bytes_free(&bytes);
    weir_summary_free(summary);
    return written ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree_to_the_bit),
        cmocka_unit_test(failed_allocations_change_nothing),
        cmocka_unit_test(another_type_is_refused),
        cmocka_unit_test(types_widen),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(late_values_count_as_zero),
        cmocka_unit_test(hostile_bytes_are_refused_or_harmless),
        cmocka_unit_test(first_bytes_still_load),
    };

    if (argc > 1 && strcmp(argv[1], "write") == 0)
        return write_fixture();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
