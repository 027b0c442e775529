/* memory_test.c: the n-th allocation fails, for n = 1, 2, 3 ..., while a project is opened, learned into and read,
 * while projects, encoders and data sources are made, changed and carried about, and while a store is opened.
 *
 * A call either works or says WEIR_NO_MEMORY; what was acknowledged is counted, what was refused is not, and once
 * there is memory again everything goes on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "weir/encoders.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/sources.h"

static rig r;
static _Thread_local long countdown; /* of this thread's allocations; 0: none fails */
static _Thread_local bool came;

static bool fails(void)
{
    if (!countdown || --countdown)
        return false;
    came = true;
    return true;
}

static void *allocate(size_t size)
{
    return fails() ? NULL : malloc(size);
}

static void *resize(void *block, size_t size)
{
    return fails() ? NULL : realloc(block, size);
}

static void assert_fine(weir_code code, const char *what, long n)
{
    if (code && code != WEIR_NO_MEMORY)
        fail_msg("%s, allocation %ld: code %d", what, n, (int)code);
}

/* False when the calls took fewer than n allocations. */
static bool one_round(long n)
{
    weir_frame frame = rig_frame(10, (uint64_t)n), second = rig_frame(5, 3);
    weir_learned learned;
    weir_project_info info;
    weir_summary *chosen = NULL;
    weir_code first, next, told;
    double before = rig_rows(&r, "p");

    rig_source(&frame, "s", 0, 10 * n, 10 * n + 10);
    frame.source.reset = true;
    assert_int_equal(weir_project_unload(r.engine, "c", "p", false, NULL), WEIR_OK);
    came = false;
    countdown = n;
    assert_fine(first = weir_learn(r.engine, "c", "p", 1, &frame, &learned, NULL), "learn", n);
    assert_fine(next = weir_learn(r.engine, "c", "p", 1, &second, &learned, NULL), "learn", n);
    assert_fine(told = weir_project_info_get(r.engine, "c", "p", &info, NULL), "info", n);
    if (!told)
        weir_project_info_free(&info);
    assert_fine(weir_project_select(r.engine, "c", "p", NULL, 0, &chosen, NULL), "select", n);
    weir_summary_free(chosen);
    assert_fine(weir_project_save(r.engine, "c", "p", NULL), "save", n);
    countdown = 0;
    if (rig_rows(&r, "p") != before + (first ? 0 : 10) + (next ? 0 : 5))
        fail_msg("allocation %ld: %g rows after %g", n, rig_rows(&r, "p"), before);
    return came;
}

static void nothing_is_lost_for_want_of_memory(void **state)
{
    long n = 1;

    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR); /* a project dropped from memory is logged as a warning */
    rig_new(&r);
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 20, 1), WEIR_OK);
    while (one_round(n))
        n++;
    assert_true(n > 100);
    {
        double rows = rig_rows(&r, "p");

        rig_reopen(&r);
        assert_true(rig_rows(&r, "p") == rows);
    }
    rig_end(&r);
}

/* One row of a target y and a text s. */
static weir_batch *taught_row(void)
{
    weir_batch *batch = NULL;
    size_t column;

    assert_int_equal(weir_batch_new(1, &batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "y", 1, WEIR_B, &column, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "s", 1, WEIR_S, &column, NULL), WEIR_OK);
    assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_put_number(batch, 0, 1, NULL), WEIR_OK);
    assert_int_equal(weir_batch_put_text(batch, 1, "a", 1, NULL), WEIR_OK);
    weir_batch_row_end(batch);
    return batch;
}

static double rows_taught(void)
{
    weir_encoder_ref *ref = NULL;
    double rows;

    assert_int_equal(weir_encoders_get(r.engine, "c", "e", &ref, NULL), WEIR_OK);
    rows = weir_encoder_rows(weir_encoder_of(ref));
    weir_encoder_release(ref);
    return rows;
}

static size_t sources_attached(const char *name)
{
    char **names = NULL;
    size_t count = 0, found = 0;

    assert_int_equal(weir_source_attached(r.engine, "c", "p", &names, &count, NULL), WEIR_OK);
    for (size_t i = 0; i < count; i++)
        found += !strcmp(names[i], name);
    weir_list_free(names, count);
    return found;
}

/* What the calls of a round came to. */
typedef struct {
    weir_code merged, imported, ruled, taught, attached;
} outcome;

static outcome change_all(const weir_bytes *bytes, const weir_batch *batch, long n)
{
    static const weir_setting filter = {"sml_project_predicate_row_filter", "a>1;k==red"};
    const weir_project_options ruled = {.persist = true, .params = &filter, .param_count = 1};
    weir_bytes exported = {0};
    outcome came_to = {0};

    assert_fine(came_to.merged = weir_project_merge(r.engine, "c", "p", "q", NULL), "merge", n);
    assert_fine(came_to.imported = weir_project_import(r.engine, "c", "imported", true, bytes->data,
                                                       bytes->size, NULL),
                "import", n);
    assert_fine(came_to.ruled = weir_project_create(r.engine, "c", "ruled", &ruled, NULL), "create",
                n);
    assert_fine(weir_project_export(r.engine, "c", "p", NULL, &exported, NULL), "export", n);
    weir_bytes_free(&exported);
    assert_fine(came_to.taught = weir_encoders_learn(r.engine, "c", "e", batch, NULL, NULL),
                "learn of an encoder", n);
    assert_fine(weir_project_assign(r.engine, "c", "q", n % 2 ? "e" : "", NULL), "assign", n);
    assert_fine(came_to.attached = weir_source_attach(r.engine, "c", "p", "d", NULL), "attach", n);
    return came_to;
}

static bool one_change(long n, const weir_bytes *bytes)
{
    weir_batch *batch = taught_row();
    double rows = rig_rows(&r, "p"), taught = rows_taught();
    outcome came_to;

    came = false;
    countdown = n;
    came_to = change_all(bytes, batch, n);
    countdown = 0;
    weir_batch_free(batch);
    for (int opened = 0; opened < 1 + (n % 5 == 0); opened++) {
        assert_true(rig_rows(&r, "p") == rows + (came_to.merged ? 0 : 3));
        assert_int_equal(rig_count(&r), 2 + !came_to.imported + !came_to.ruled);
        assert_true(rows_taught() == taught + (came_to.taught ? 0 : 1));
        assert_int_equal(sources_attached("d"), !came_to.attached);
        if (n % 5 == 0 && !opened)
            rig_reopen(&r);
    }
    if (!came_to.imported) {
        assert_true(rig_rows(&r, "imported") == 3);
        assert_int_equal(weir_project_delete(r.engine, "c", "imported", NULL), WEIR_OK);
    }
    if (!came_to.ruled)
        assert_int_equal(weir_project_delete(r.engine, "c", "ruled", NULL), WEIR_OK);
    assert_int_equal(weir_source_detach(r.engine, "c", "p", "d", NULL), WEIR_OK);
    return came;
}

static void what_is_refused_has_changed_nothing(void **state)
{
    char *keys[] = {"path"}, *values[] = {"rows.csv"};
    weir_data_source source = {"localfile", "d", keys, values, 1};
    weir_bytes bytes;
    long n = 1;

    (void)state;
    rig_new(&r);
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(rig_create(&r, "q", true, true), WEIR_OK);
    assert_int_equal(rig_learn(&r, "q", 3, 1), WEIR_OK);
    assert_int_equal(weir_encoders_create(r.engine, "c", "e", "y", WEIR_B, 0, NULL), WEIR_OK);
    assert_int_equal(weir_source_put(r.engine, "c", &source, false, NULL), WEIR_OK);
    bytes = rig_bytes(&r, "q");
    while (one_change(n, &bytes))
        n++;
    assert_true(n > 100);
    weir_bytes_free(&bytes);
    rig_end(&r);
}

/* False when opening took fewer than n allocations. */
static bool one_start(long n)
{
    weir_model_ref *model = NULL;
    weir_code code;

    rig_close(&r);
    assert_int_equal(sqlite_store_open(r.directory, &r.store_options, &r.store, NULL), WEIR_OK);
    came = false;
    countdown = n;
    code = weir_engine_open(&r.engine_options, r.store, &r.engine, NULL);
    if (code)
        r.engine = NULL;
    else
        assert_fine(weir_model_get(r.engine, "c", "p", "m", &model, NULL), "model", n);
    countdown = 0;
    weir_model_release(model);
    assert_fine(code, "start", n);
    if (code)
        return true;
    assert_int_equal(rig_count(&r), 2);
    assert_true(rig_rows(&r, "p") == 3 && rows_taught() == 1);
    assert_int_equal(sources_attached("d"), 1);
    model = NULL;
    assert_int_equal(weir_model_get(r.engine, "c", "p", "m", &model, NULL), WEIR_OK);
    weir_model_release(model);
    return came;
}

/* What cannot be read for want of memory is not taken for damaged. */
static void a_start_without_memory_leaves_nothing_out(void **state)
{
    static const weir_setting filter = {"sml_project_predicate_row_filter", "a>1;k==red"};
    const weir_project_options ruled = {.persist = true, .params = &filter, .param_count = 1};
    const weir_build build = {.model_id = "m", .algorithm = "hba"};
    char *keys[] = {"path"}, *values[] = {"rows.csv"};
    weir_data_source source = {"localfile", "d", keys, values, 1};
    weir_batch *batch = taught_row();
    long n = 1;

    (void)state;
    rig_new(&r);
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(weir_project_create(r.engine, "c", "ruled", &ruled, NULL), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 3, 1), WEIR_OK);
    assert_int_equal(weir_model_make(r.engine, "c", "p", &build, NULL), WEIR_OK);
    assert_int_equal(weir_encoders_create(r.engine, "c", "e", "y", WEIR_B, 0, NULL), WEIR_OK);
    assert_int_equal(weir_encoders_learn(r.engine, "c", "e", batch, NULL, NULL), WEIR_OK);
    assert_int_equal(weir_source_put(r.engine, "c", &source, false, NULL), WEIR_OK);
    assert_int_equal(weir_source_attach(r.engine, "c", "p", "d", NULL), WEIR_OK);
    weir_batch_free(batch);
    while (one_start(n))
        n++;
    assert_true(n > 50);
    rig_end(&r);
}

int main(void)
{
    const weir_memory_hook hook = {allocate, resize, free};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_for_want_of_memory),
        cmocka_unit_test(what_is_refused_has_changed_nothing),
        cmocka_unit_test(a_start_without_memory_leaves_nothing_out),
    };

    weir_memory_use(&hook);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
