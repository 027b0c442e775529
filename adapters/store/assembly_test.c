/* assembly_test.c: projects that are put together from cells: claimed, adopted, read, kept over a restart, given back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "weir/assembly.h"

static rig r;

static int begin(void **state)
{
    (void)state;
    rig_new(&r);
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    return 0;
}

static weir_assembly *claimed(const char *pid, void (*refresh)(void *context), void *context)
{
    const weir_assembly_options options = {.by = "a test", .refresh = refresh, .context = context};
    weir_assembly *assembly = NULL;
    weir_error err;

    if (weir_assembly_open(r.engine, "c", pid, &options, &assembly, &err))
        fail_msg("claim on %s: %s", pid, err.message);
    return assembly;
}

static weir_code refused(const char *pid, const char *word)
{
    const weir_assembly_options options = {.by = "a test"};
    weir_assembly *assembly = NULL;
    weir_error err = {0};
    weir_code code = weir_assembly_open(r.engine, "c", pid, &options, &assembly, &err);

    assert_null(assembly);
    assert_non_null(strstr(err.message, word));
    return code;
}

/* A cell with so many rows. */
static weir_summary *cell_of(weir_assembly *assembly, size_t rows, uint64_t seed)
{
    weir_frame frame = rig_frame(rows, seed);
    weir_learned learned = {.position = -1};
    weir_summary *cell = NULL;

    assert_int_equal(weir_assembly_cell(assembly, &cell, NULL), WEIR_OK);
    assert_int_equal(weir_assembly_prepare(assembly, frame.batch, WEIR_BAD_CELL, &learned, NULL),
                     WEIR_OK);
    assert_int_equal(
        weir_assembly_absorb(assembly, cell, frame.batch, WEIR_BAD_CELL, &learned, NULL), WEIR_OK);
    assert_int_equal(learned.rows, rows);
    weir_frame_free(&frame);
    return cell;
}

static void a_project_is_what_was_adopted(void **state)
{
    weir_assembly *assembly = claimed("p", NULL, NULL);
    weir_summary *one = cell_of(assembly, 30, 1), *two = cell_of(assembly, 12, 2);

    (void)state;
    assert_false(weir_assembly_holds(assembly));
    assert_int_equal(weir_assembly_adopt(assembly, one, 30, NULL), WEIR_OK);
    assert_true(rig_rows(&r, "p") == 30);
    assert_int_equal(weir_summary_merge(one, two, NULL), WEIR_OK);
    assert_int_equal(weir_assembly_adopt(assembly, one, 12, NULL), WEIR_OK);
    assert_true(rig_rows(&r, "p") == 42);
    assert_true(weir_assembly_holds(assembly));
    /* unloading forgets which it was, so the holder adopts again; the snapshot has the rows */
    assert_int_equal(weir_project_unload(r.engine, "c", "p", false, NULL), WEIR_OK);
    assert_true(rig_rows(&r, "p") == 42);
    assert_false(weir_assembly_holds(assembly));
    assert_int_equal(weir_assembly_adopt(assembly, NULL, 0, NULL), WEIR_OK);
    assert_true(rig_rows(&r, "p") == 0);
    weir_assembly_close(assembly);
    weir_summary_free(one);
    weir_summary_free(two);
}

static void nothing_else_is_learned_meanwhile(void **state)
{
    weir_assembly *assembly = claimed("p", NULL, NULL);

    (void)state;
    assert_int_equal(rig_learn(&r, "p", 5, 1), WEIR_CONFLICT);
    assert_int_equal(weir_project_histograms(r.engine, "c", "p", false, NULL), WEIR_CONFLICT);
    assert_int_equal(refused("p", "already"), WEIR_CONFLICT);
    assert_int_equal(weir_assembly_check(assembly, NULL), WEIR_OK);
    assert_int_equal(weir_project_freeze(r.engine, "c", "p", true, NULL), WEIR_OK);
    assert_int_equal(weir_assembly_check(assembly, NULL), WEIR_FROZEN);
    assert_int_equal(weir_project_freeze(r.engine, "c", "p", false, NULL), WEIR_OK);
    weir_assembly_close(assembly);
    assert_int_equal(rig_learn(&r, "p", 5, 1), WEIR_OK);
    assert_int_equal(refused("p", "learned by itself"), WEIR_CONFLICT);
}

static void rules_that_parts_break_are_refused(void **state)
{
    static const struct {
        const char *pid, *type, *name, *value, *word;
    } rows[] = {
        {"window", "cpu", "sml_project_rolling_window_size", "5", "rolling window"},
        {"decay", "cpu", "decay_halflife_rows", "5", "decay"},
        {"parts", "partition", "partitionSplit", "s", "partitions"},
        {"series", "sequence", "sml_project_order", "2", "sequences"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const weir_setting param = {rows[i].name, rows[i].value};
        const weir_project_options options = {
            .type = rows[i].type, .persist = true, .params = &param, .param_count = 1};

        assert_int_equal(weir_project_create(r.engine, "c", rows[i].pid, &options, NULL), WEIR_OK);
        assert_int_equal(refused(rows[i].pid, rows[i].word), WEIR_INVALID);
    }
    assert_int_equal(refused("nobody", "nobody"), WEIR_NOT_FOUND);
}

typedef struct {
    weir_assembly *assembly;
    weir_summary *cell;
    size_t calls;
} holder;

static void adopt_now(void *context)
{
    holder *h = context;

    h->calls++;
    if (h->assembly)
        assert_int_equal(weir_assembly_adopt(h->assembly, h->cell, 0, NULL), WEIR_OK);
}

static void readers_see_what_their_reading_brought(void **state)
{
    holder h = {0};
    weir_assembly *assembly = claimed("p", adopt_now, &h);

    (void)state;
    h.cell = cell_of(assembly, 8, 3);
    h.assembly = assembly;
    assert_true(rig_rows(&r, "p") == 8);
    assert_true(h.calls > 0);
    h.calls = 0;
    weir_assembly_close(assembly);
    assert_true(rig_rows(&r, "p") == 8);
    assert_int_equal(h.calls, 0);
    weir_summary_free(h.cell);
}

static void a_restart_keeps_what_was_adopted_and_the_name(void **state)
{
    char name[WEIR_NODE_NAME], again[WEIR_NODE_NAME];
    weir_assembly *assembly = claimed("p", NULL, NULL);
    weir_summary *cell = cell_of(assembly, 21, 4);

    (void)state;
    assert_int_equal(weir_assembly_node(r.engine, name, NULL), WEIR_OK);
    assert_int_equal(strlen(name), WEIR_NODE_NAME - 1);
    assert_int_equal(weir_assembly_adopt(assembly, cell, 21, NULL), WEIR_OK);
    weir_assembly_close(assembly);
    rig_reopen(&r);
    assert_true(rig_rows(&r, "p") == 21);
    assert_int_equal(weir_assembly_node(r.engine, again, NULL), WEIR_OK);
    assert_string_equal(name, again);
    /* no row of it was logged, so it may be claimed again */
    weir_assembly_close(claimed("p", NULL, NULL));
    weir_summary_free(cell);
}

static void a_deleted_project_ends_the_claim(void **state)
{
    weir_assembly *assembly = claimed("p", NULL, NULL);

    (void)state;
    assert_int_equal(weir_project_delete(r.engine, "c", "p", NULL), WEIR_OK);
    assert_int_equal(weir_assembly_check(assembly, NULL), WEIR_NOT_FOUND);
    assert_int_equal(weir_assembly_adopt(assembly, NULL, 0, NULL), WEIR_NOT_FOUND);
    weir_assembly_close(assembly);
}

/* Of exports: the same while nothing changed, another one after anything did. */
static void versions_follow_the_statistics(void **state)
{
    char first[WEIR_PROJECT_VERSION], second[WEIR_PROJECT_VERSION];
    weir_assembly *assembly = NULL;
    weir_bytes bytes = {0};

    (void)state;
    assert_int_equal(weir_project_export_since(r.engine, "c", "p", NULL, NULL, first, &bytes, NULL),
                     WEIR_OK);
    assert_true(bytes.size > 0);
    weir_bytes_free(&bytes);
    assert_int_equal(
        weir_project_export_since(r.engine, "c", "p", NULL, first, second, &bytes, NULL), WEIR_OK);
    assert_int_equal(bytes.size, 0);
    assert_string_equal(first, second);
    assembly = claimed("p", NULL, NULL);
    assert_int_equal(weir_assembly_adopt(assembly, NULL, 0, NULL), WEIR_OK);
    weir_assembly_close(assembly);
    assert_int_equal(
        weir_project_export_since(r.engine, "c", "p", NULL, first, second, &bytes, NULL), WEIR_OK);
    assert_true(bytes.size > 0);
    assert_string_not_equal(first, second);
    weir_bytes_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_project_is_what_was_adopted, begin, end),
        cmocka_unit_test_setup_teardown(nothing_else_is_learned_meanwhile, begin, end),
        cmocka_unit_test_setup_teardown(rules_that_parts_break_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(readers_see_what_their_reading_brought, begin, end),
        cmocka_unit_test_setup_teardown(a_restart_keeps_what_was_adopted_and_the_name, begin, end),
        cmocka_unit_test_setup_teardown(a_deleted_project_ends_the_claim, begin, end),
        cmocka_unit_test_setup_teardown(versions_follow_the_statistics, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
