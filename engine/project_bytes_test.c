/* project_bytes_test.c: the stored bytes of a project come back the same, and bad bytes are refused whole.
 *
 * tests/fixtures holds the first bytes of the format: they must load for as long as there is weir. They were written
 * once by this test (WEIR_WRITE_FIXTURES=1 writes them anew, which only a new format version justifies).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inside.h"

static const weir_collection_options no_rules = {0}, histograms = {.summary = {.histograms = true}};

#define FIXTURES WEIR_SOURCE_DIR "/tests/fixtures/"

/* --- things to store */

static project_head some_head(void)
{
    static const char *const names[] = {"sml_project_autosave", "sml_x"};
    static const char *const values[] = {"true", "\xc3\xa4 \"quoted\""};
    project_head head = {.persisted = true,
                         .histograms = true,
                         .autosave = true,
                         .precision = WEIR_PRECISION_EXTENDED,
                         .created_ms = 1772600000123,
                         .param_count = 2};

    head.type = weir_strdup("cpu");
    assert_int_equal(texts_copy(names, 2, &head.names, NULL), WEIR_OK);
    assert_int_equal(texts_copy(values, 2, &head.values, NULL), WEIR_OK);
    return head;
}

/* Four rows with a gap and a category; every number in them is a short decimal. */
static project_state some_state(const weir_collection_options *options)
{
    static const double x[] = {1.5, -2.25, 1e9, 0};
    static const char *const k[] = {"red", "Green ", "red", "blue"};
    project_state state = {
        .sequence = 7, .rejected_cells = 3, .rejected_rows = 2, .modified_ms = 1772600000456};
    weir_batch *batch = NULL;
    size_t a = 0, b = 0;

    assert_int_equal(weir_collection_new(options, &state.collection, NULL), WEIR_OK);
    assert_int_equal(weir_batch_new(4, &batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "x", 1, WEIR_C, &a, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "k", 1, WEIR_T, &b, NULL), WEIR_OK);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        if (i != 1)
            assert_int_equal(weir_batch_put_number(batch, a, x[i], NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_text(batch, b, k[i], strlen(k[i]), NULL), WEIR_OK);
        weir_batch_row_end(batch);
    }
    assert_int_equal(weir_collection_absorb(state.collection, batch, 1, NULL), WEIR_OK);
    weir_batch_free(batch);
    return state;
}

static recipe some_recipe(void)
{
    static const char *const inputs[] = {"x", "k"}, *const names[] = {"refresh_rows", "n_bins"};
    static const char *const values[] = {"1000", "10"};
    recipe r = {.input_count = 2, .setting_count = 2, .refresh_rows = 1000, .refresh_ms = 250};

    r.algorithm = weir_strdup("hba");
    assert_int_equal(texts_copy(inputs, 2, &r.inputs, NULL), WEIR_OK);
    assert_int_equal(texts_copy(NULL, 0, &r.targets, NULL), WEIR_OK);
    assert_int_equal(texts_copy(names, 2, &r.names, NULL), WEIR_OK);
    assert_int_equal(texts_copy(values, 2, &r.values, NULL), WEIR_OK);
    return r;
}

/* --- each kind, as bytes to bytes */

static weir_bytes save_head(void)
{
    project_head head = some_head();
    weir_bytes bytes = {0};

    assert_int_equal(head_save(&head, &bytes, NULL), WEIR_OK);
    head_free(&head);
    return bytes;
}

static weir_code again_head(const void *data, size_t size, weir_bytes *out, weir_error *err)
{
    project_head head = {0};
    weir_code code = head_load(data, size, &head, err);

    if (!code)
        code = head_save(&head, out, err);
    head_free(&head);
    return code;
}

static weir_bytes save_state(void)
{
    project_state state = some_state(&histograms);
    weir_bytes bytes = {0};

    assert_int_equal(snapshot_save(&state, &bytes, NULL), WEIR_OK);
    weir_collection_free(state.collection);
    return bytes;
}

static weir_code again_state(const void *data, size_t size, weir_bytes *out, weir_error *err)
{
    project_state state = {0};
    weir_code code = snapshot_load(data, size, &no_rules, &state, err);

    if (!code)
        code = snapshot_save(&state, out, err);
    weir_bytes_free(&state.positions);
    weir_collection_free(state.collection);
    return code;
}

/* --- the same of a project with rules */

static weir_bytes save_ruled_head(void)
{
    static const char *const names[] = {"sml_project_rolling_window_size", "sml_x"};
    static const char *const values[] = {"3", "y"};
    project_head head = {
        .persisted = true, .autosave = true, .ruled = true, .created_ms = 5, .param_count = 2};
    weir_bytes bytes = {0};

    head.type = weir_strdup("cpu");
    assert_int_equal(texts_copy(names, 2, &head.names, NULL), WEIR_OK);
    assert_int_equal(texts_copy(values, 2, &head.values, NULL), WEIR_OK);
    assert_int_equal(head_save(&head, &bytes, NULL), WEIR_OK);
    head_free(&head);
    return bytes;
}

static const weir_collection_options window = {
    .summary = {.histograms = true}, .window_rows = 3, .window_embedded = true};

static weir_bytes save_ruled_state(void)
{
    project_state state = some_state(&window);
    weir_bytes bytes = {0};

    assert_int_equal(snapshot_save(&state, &bytes, NULL), WEIR_OK);
    weir_collection_free(state.collection);
    return bytes;
}

static weir_code again_ruled_state(const void *data, size_t size, weir_bytes *out, weir_error *err)
{
    project_state state = {0};
    weir_code code = snapshot_load(data, size, &window, &state, err);

    if (!code)
        code = snapshot_save(&state, out, err);
    weir_collection_free(state.collection);
    return code;
}

/* A project that streams bring rows to. */
static weir_bytes save_kept_state(void)
{
    project_state state = some_state(&histograms);
    position_table table = {0};
    position *row = NULL;
    weir_bytes bytes = {0};

    for (int32_t partition = 1; partition >= 0; partition--) {
        assert_int_equal(position_find(&table, "stream:s@x", "t", partition, &row, NULL), WEIR_OK);
        position_move(row, 40 + partition, 2);
        row->kept = true;
    }
    assert_int_equal(position_find(&table, "connector", "t", 0, &row, NULL), WEIR_OK);
    position_move(row, 7, 0); /* in the store, and not here */
    state.kept = 12;
    position_table_save(&table, &state.positions);
    assert_int_equal(snapshot_save(&state, &bytes, NULL), WEIR_OK);
    position_table_free(&table);
    weir_bytes_free(&state.positions);
    weir_collection_free(state.collection);
    return bytes;
}

static weir_bytes save_recipe(void)
{
    recipe r = some_recipe();
    weir_model_facts facts = {.created_ms = 5, .build_ns = 6, .built = 7};
    weir_bytes bytes = {0};

    assert_int_equal(recipe_save(&r, &facts, &bytes, NULL), WEIR_OK);
    recipe_free(&r);
    return bytes;
}

static weir_code again_recipe(const void *data, size_t size, weir_bytes *out, weir_error *err)
{
    recipe r = {0};
    weir_model_facts facts = {0};
    weir_code code = recipe_load(data, size, &r, &facts, err);

    if (!code)
        code = recipe_save(&r, &facts, out, err);
    recipe_free(&r);
    return code;
}

static const struct {
    const char *file;
    weir_bytes (*save)(void);
    weir_code (*again)(const void *data, size_t size, weir_bytes *out, weir_error *err);
} kinds[] = {
    {FIXTURES "project-head-v1.bin", save_head, again_head},
    {FIXTURES "project-snapshot-v1.bin", save_state, again_state},
    {FIXTURES "project-recipe-v1.bin", save_recipe, again_recipe},
    {FIXTURES "project-head-v2.bin", save_ruled_head, again_head},
    {FIXTURES "project-snapshot-window-v1.bin", save_ruled_state, again_ruled_state},
    {FIXTURES "project-snapshot-kept-v1.bin", save_kept_state, again_state},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void loading_and_saving_gives_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        weir_bytes bytes = kinds[i].save(), again = {0};
        weir_error err = {0};

        if (kinds[i].again(bytes.data, bytes.size, &again, &err))
            fail_msg("%s: %s", kinds[i].file, err.message);
        assert_int_equal(bytes.size, again.size);
        assert_memory_equal(bytes.data, again.data, bytes.size);
        weir_bytes_free(&bytes);
        weir_bytes_free(&again);
    }
}

static void what_is_cut_or_changed_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        weir_bytes bytes = kinds[i].save(), again = {0};

        for (size_t size = 0; size < bytes.size; size++)
            assert_int_equal(kinds[i].again(bytes.data, size, &again, NULL), WEIR_CORRUPT);
        for (size_t at = 0; at < bytes.size; at++) {
            bytes.data[at] ^= 0x10;
            assert_int_equal(kinds[i].again(bytes.data, bytes.size, &again, NULL), WEIR_CORRUPT);
            bytes.data[at] ^= 0x10;
        }
        weir_bytes_free(&bytes);
        weir_bytes_free(&again);
    }
}

/* Behind valid checksums, too: one kind's bytes are no other kind's. */
static void kinds_are_not_mixed_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++)
        for (size_t j = 0; j < KINDS; j++) {
            weir_bytes bytes = kinds[i].save(), again = {0};

            assert_int_equal(kinds[j].again(bytes.data, bytes.size, &again, NULL),
                             kinds[i].again == kinds[j].again ? WEIR_OK : WEIR_CORRUPT);
            weir_bytes_free(&bytes);
            weir_bytes_free(&again);
        }
}

static weir_bytes read_fixture(const char *path)
{
    weir_bytes bytes = {0};
    uint8_t part[4096];
    size_t length;
    FILE *file = fopen(path, "rb");

    if (!file)
        fail_msg("%s is missing", path);
    while ((length = fread(part, 1, sizeof part, file)))
        weir_bytes_append(&bytes, part, length);
    fclose(file);
    return bytes;
}

static void write_fixtures(void)
{
    for (size_t i = 0; i < KINDS; i++) {
        weir_bytes bytes = kinds[i].save();
        FILE *file = fopen(kinds[i].file, "wb");

        assert_non_null(file);
        assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
        fclose(file);
        weir_bytes_free(&bytes);
    }
}

static void the_first_bytes_load_for_ever(void **unused)
{
    weir_bytes bytes;
    project_head head = {0};
    project_state state = {0};
    recipe r = {0};
    weir_model_facts facts = {0};
    weir_moments x;
    const weir_summary *summary;
    position_table table = {0};
    position *row = NULL;

    (void)unused;
    if (getenv("WEIR_WRITE_FIXTURES"))
        write_fixtures();
    bytes = read_fixture(kinds[0].file);
    assert_int_equal(head_load(bytes.data, bytes.size, &head, NULL), WEIR_OK);
    assert_true(head.persisted && head.histograms && head.autosave && !head.frozen && !head.ruled);
    assert_int_equal(head.precision, WEIR_PRECISION_EXTENDED);
    assert_int_equal(head.created_ms, 1772600000123);
    assert_string_equal(head.values[1], "\xc3\xa4 \"quoted\"");
    head_free(&head);
    weir_bytes_free(&bytes);
    bytes = read_fixture(kinds[1].file);
    assert_int_equal(snapshot_load(bytes.data, bytes.size, &no_rules, &state, NULL), WEIR_OK);
    assert_int_equal(state.sequence, 7);
    assert_int_equal(state.rejected_cells, 3);
    assert_int_equal(state.modified_ms, 1772600000456);
    summary = weir_collection_whole(state.collection);
    assert_true(weir_summary_rows(summary) == 4);
    assert_true(weir_summary_has_histograms(summary));
    weir_summary_moments(summary, 0, &x);
    assert_true(x.count == 3 && x.min == 0 && x.max == 1e9 && x.sum == 1000000001.5);
    assert_true(weir_schema_find(weir_summary_schema(summary), "k$green", 7) != WEIR_NONE);
    weir_collection_free(state.collection);
    weir_bytes_free(&bytes);
    bytes = read_fixture(kinds[2].file);
    assert_int_equal(recipe_load(bytes.data, bytes.size, &r, &facts, NULL), WEIR_OK);
    assert_string_equal(r.algorithm, "hba");
    assert_string_equal(r.inputs[1], "k");
    assert_string_equal(r.values[0], "1000");
    assert_int_equal(r.refresh_rows, 1000);
    assert_int_equal(r.refresh_ms, 250);
    assert_int_equal(facts.built, 7);
    recipe_free(&r);
    weir_bytes_free(&bytes);
    bytes = read_fixture(kinds[3].file);
    assert_int_equal(head_load(bytes.data, bytes.size, &head, NULL), WEIR_OK);
    assert_true(head.ruled);
    assert_int_equal(head.rules.window_rows, 3);
    head_free(&head);
    weir_bytes_free(&bytes);
    bytes = read_fixture(kinds[4].file);
    assert_int_equal(snapshot_load(bytes.data, bytes.size, &window, &state, NULL), WEIR_OK);
    assert_true(weir_summary_rows(weir_collection_whole(state.collection)) == 4);
    assert_true(weir_summary_rows(weir_collection_window(state.collection)) == 3);
    weir_collection_free(state.collection);
    weir_bytes_free(&bytes);
    bytes = read_fixture(kinds[5].file);
    assert_int_equal(snapshot_load(bytes.data, bytes.size, &no_rules, &state, NULL), WEIR_OK);
    assert_int_equal(state.sequence, 7);
    assert_int_equal(state.kept, 12);
    assert_int_equal(position_table_load(&table, state.positions.data, state.positions.size, NULL),
                     WEIR_OK);
    assert_int_equal(HASH_COUNT(table.rows), 2);
    assert_int_equal(position_find(&table, "stream:s@x", "t", 1, &row, NULL), WEIR_OK);
    assert_true(row->kept && position_at(row) == 41 && row->epoch == 2);
    for (size_t size = 0; size < state.positions.size; size++) {
        position_table part = {0};

        assert_int_equal(position_table_load(&part, state.positions.data, size, NULL),
                         WEIR_CORRUPT);
        position_table_free(&part);
    }
    position_table_free(&table);
    weir_bytes_free(&state.positions);
    weir_collection_free(state.collection);
    weir_bytes_free(&bytes);
}

/* What a head of the first version says among its parameters was never a rule. */
static void old_parameters_do_not_become_rules(void **state)
{
    project_head head = some_head(), again = {0};
    weir_bytes bytes = {0};

    (void)state;
    weir_free(head.names[1]);
    weir_free(head.values[1]);
    head.names[1] = weir_strdup("sml_project_order");
    head.values[1] = weir_strdup("whatever");
    assert_int_equal(head_save(&head, &bytes, NULL), WEIR_OK);
    assert_int_equal(head_load(bytes.data, bytes.size, &again, NULL), WEIR_OK);
    assert_int_equal(again.rules.order, 0);
    assert_string_equal(again.values[1], "whatever");
    head_free(&head);
    head_free(&again);
    weir_bytes_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_and_saving_gives_the_same_bytes),
        cmocka_unit_test(what_is_cut_or_changed_is_refused),
        cmocka_unit_test(kinds_are_not_mixed_up),
        cmocka_unit_test(the_first_bytes_load_for_ever),
        cmocka_unit_test(old_parameters_do_not_become_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
