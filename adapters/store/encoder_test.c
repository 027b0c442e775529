/* encoder_test.c: encoders of customers and what projects do to rows, on a real store: durable, all or nothing, and
 * taught while others encode.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "watch_vfs.h"
#include "weir/encoders.h"
#include "weir/log.h"
#include "weir/prepare.h"

static rig r;

static int begin(void **state)
{
    (void)state;
    rig_new(&r);
    rig_open(&r);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    return 0;
}

static void ok(weir_code code, const weir_error *err)
{
    if (code)
        fail_msg("%s", err->message);
}

/* Rows of a target y and a text s, in turn 1 a and 0 b. */
static weir_batch *taught_rows(size_t rows)
{
    weir_batch *batch = NULL;
    weir_error err = {0};
    size_t column;

    ok(weir_batch_new(rows, &batch, &err), &err);
    ok(weir_batch_add_column(batch, "y", 1, WEIR_B, &column, &err), &err);
    ok(weir_batch_add_column(batch, "s", 1, WEIR_S, &column, &err), &err);
    for (size_t i = 0; i < rows; i++) {
        ok(weir_batch_row_begin(batch, &err), &err);
        ok(weir_batch_put_number(batch, 0, i % 2 == 0, &err), &err);
        ok(weir_batch_put_text(batch, 1, i % 2 ? "b" : "a", 1, &err), &err);
        weir_batch_row_end(batch);
    }
    return batch;
}

static weir_code teach(size_t rows, weir_error *err)
{
    weir_batch *batch = taught_rows(rows);
    weir_code code = weir_encoders_learn(r.engine, "c", "e", batch, NULL, err);

    weir_batch_free(batch);
    return code;
}

/* Rows the encoder of customer c has learned; -1 when there is none. */
static double rows_of_encoder(void)
{
    weir_encoder_ref *ref = NULL;
    double rows;

    if (weir_encoders_get(r.engine, "c", "e", &ref, NULL))
        return -1;
    rows = weir_encoder_rows(weir_encoder_of(ref));
    weir_encoder_release(ref);
    return rows;
}

static void make_encoder(void)
{
    weir_error err = {0};

    ok(weir_encoders_create(r.engine, "c", "e", "y", WEIR_B, 0, &err), &err);
}

static weir_code create(const char *pid, const weir_setting *params, size_t count)
{
    return weir_project_create(
        r.engine, "c", pid,
        &(weir_project_options){.persist = true, .params = params, .param_count = count}, NULL);
}

/* Learns rows of a text s, in turn a and b; the column's position and moments tell what came of it. */
static void learn_texts(const char *pid, size_t rows)
{
    weir_frame frame = {.batch = taught_rows(rows)};
    weir_learned learned;
    weir_error err = {0};

    ok(weir_learn(r.engine, "c", pid, 1, &frame, &learned, &err), &err);
    weir_frame_free(&frame);
}

static weir_moments moments_of(const char *pid, const char *name)
{
    weir_summary *summary = NULL;
    weir_moments m;
    weir_error err = {0};

    ok(weir_project_select(r.engine, "c", pid, &name, 1, &summary, &err), &err);
    weir_summary_moments(summary, 0, &m);
    weir_summary_free(summary);
    return m;
}

static void what_is_learned_stays_as_encoded(void **state)
{
    weir_error err = {0};
    weir_bytes before = {0}, after = {0};

    (void)state;
    make_encoder();
    ok(teach(10, &err), &err);
    assert_int_equal(create("p", NULL, 0), WEIR_OK);
    ok(weir_project_assign(r.engine, "c", "p", "e", &err), &err);
    learn_texts("p", 6);
    assert_true(moments_of("p", "s").sum == 3);
    ok(weir_encoders_set(r.engine, "c", "e", &(weir_encoder_edit){"s", WEIR_X, "a", 4, 1}, 1, false,
                         &err),
       &err);
    learn_texts("p", 2);
    assert_true(moments_of("p", "s").sum == 3.25);
    before = rig_bytes(&r, "p");
    rig_reopen(&r); /* replays or loads: neither asks the encoder */
    after = rig_bytes(&r, "p");
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    learn_texts("p", 2);
    assert_true(moments_of("p", "s").sum == 3.5);
    assert_int_equal(weir_encoders_remove(r.engine, "c", "e", &err), WEIR_CONFLICT);
    ok(weir_project_freeze(r.engine, "c", "p", true, &err), &err); /* the head is written whole */
    rig_reopen(&r);
    assert_int_equal(weir_encoders_remove(r.engine, "c", "e", &err), WEIR_CONFLICT);
    ok(weir_project_assign(r.engine, "c", "p", NULL, &err), &err);
    ok(weir_encoders_remove(r.engine, "c", "e", &err), &err);
    rig_reopen(&r);
    assert_true(rows_of_encoder() == -1);
    weir_bytes_free(&before);
    weir_bytes_free(&after);
}

static void positions_move_past_filtered_rows(void **state)
{
    static const weir_setting filter = {"sml_project_predicate_row_filter", "s==a;y==1"};
    weir_frame frame = {.batch = taught_rows(5)};
    weir_learned learned;
    weir_error err = {0};
    int64_t at = -1;
    uint64_t epoch = 0;

    (void)state;
    assert_int_equal(create("p", &filter, 1), WEIR_OK);
    rig_source(&frame, "s", 0, 0, 5);
    ok(weir_learn(r.engine, "c", "p", 1, &frame, &learned, &err), &err);
    assert_int_equal(learned.rows, 3);
    assert_int_equal(learned.filtered, 2);
    weir_frame_free(&frame);
    frame = (weir_frame){.batch = taught_rows(1)};
    frame.batch->columns[0].values[0] = 0; /* none of it counts */
    rig_source(&frame, "s", 0, 5, 6);
    ok(weir_learn(r.engine, "c", "p", 1, &frame, &learned, &err), &err);
    assert_int_equal(learned.rows, 0);
    assert_int_equal(learned.filtered, 1);
    assert_int_equal(learned.position, 6);
    weir_frame_free(&frame);
    rig_reopen(&r);
    ok(weir_position(r.engine, "c", "p", "s", "t", 0, &at, &epoch, &err), &err);
    assert_int_equal(at, 6);
    assert_true(rig_rows(&r, "p") == 3);
    assert_true(rig_figure(&r, "weir_rows_filtered_total") == 0); /* of this process */
}

/* Damaged bytes of one encoder cost that encoder: the store opens, and a project that uses it refuses rows and names
 * it, until there is one of that name again. */
static void a_damaged_one_is_left_out(void **state)
{
    weir_frame frame = {.batch = taught_rows(2)};
    weir_learned learned;
    weir_error err = {0};

    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR);
    make_encoder();
    ok(weir_encoders_create(r.engine, "c", "sound", "y", WEIR_B, 0, &err), &err);
    assert_int_equal(create("p", NULL, 0), WEIR_OK);
    assert_int_equal(create("q", NULL, 0), WEIR_OK);
    ok(weir_project_assign(r.engine, "c", "p", "e", &err), &err);
    ok(r.store->begin(r.store, true, &err), &err);
    ok(r.store->document_put(r.store, &(weir_store_document){"c", "encoder", "e", "junk", 4}, &err),
       &err);
    ok(r.store->commit(r.store, &err), &err);
    rig_reopen(&r);
    assert_true(rows_of_encoder() == -1);
    assert_int_equal(weir_learn(r.engine, "c", "p", 1, &frame, &learned, &err), WEIR_NOT_FOUND);
    assert_non_null(strstr(err.message, "[e]"));
    weir_frame_free(&frame);
    learn_texts("q", 4);
    make_encoder();
    ok(teach(4, &err), &err);
    learn_texts("p", 4);
    assert_true(moments_of("p", "s").sum == 2);
}

/* --- the store refuses */

static void all_or_nothing(void **state)
{
    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR);
    for (uint64_t n = 1;; n++) {
        weir_error err = {0};
        double known = 10;
        bool came;

        watch_begin();
        rig_new(&r);
        r.store_options.vfs = WATCH_VFS;
        rig_open(&r);
        make_encoder();
        ok(teach(10, &err), &err);
        assert_int_equal(create("p", NULL, 0), WEIR_OK);
        watch_fail(n, SQLITE_FULL, false);
        for (int i = 0; i < 3; i++)
            known += teach(2, &err) ? 0 : 2;
        bool assigned = !weir_project_assign(r.engine, "c", "p", "e", &err);
        came = watch_heal();
        assert_true(rows_of_encoder() == known);
        rig_reopen(&r);
        assert_true(rows_of_encoder() == known);
        assert_int_equal(weir_encoders_remove(r.engine, "c", "e", &err) == WEIR_CONFLICT, assigned);
        rig_end(&r);
        watch_end();
        if (!came) {
            assert_true(n > 4 && known == 16 && assigned);
            break;
        }
    }
    rig_new(&r);
    rig_open(&r);
}

/* --- many threads */

enum { ROUNDS = 30 };

static void *teaching(void *context)
{
    (void)context;
    for (int i = 0; i < ROUNDS; i++)
        if (teach(4, NULL))
            return "teach";
    return NULL;
}

static void *encoding(void *context)
{
    const char *pid = context;

    for (int i = 0; i < ROUNDS; i++) {
        weir_frame frame = {.batch = taught_rows(4)};
        weir_learned learned;
        weir_code code = weir_learn(r.engine, "c", pid, 1, &frame, &learned, NULL);

        weir_frame_free(&frame);
        if (code)
            return "learn";
    }
    return NULL;
}

/* Assigns and takes away, looks, and tries to remove. */
static void *assigning(void *context)
{
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        weir_project_info info = {0};

        if (weir_project_assign(r.engine, "c", "q", i % 2 ? "" : "e", NULL) ||
            weir_project_info_get(r.engine, "c", "q", &info, NULL))
            return "assign";
        weir_project_info_free(&info);
        if (weir_encoders_remove(r.engine, "c", "e", NULL) != WEIR_CONFLICT)
            return "remove";
    }
    return NULL;
}

static void taught_while_others_encode(void **state)
{
    pthread_t threads[4];
    weir_error err = {0};

    (void)state;
    make_encoder();
    ok(teach(4, &err), &err);
    assert_int_equal(create("p", NULL, 0), WEIR_OK);
    assert_int_equal(create("q", NULL, 0), WEIR_OK);
    ok(weir_project_assign(r.engine, "c", "p", "e", &err), &err);
    pthread_create(&threads[0], NULL, teaching, NULL);
    pthread_create(&threads[1], NULL, encoding, (void *)"p");
    pthread_create(&threads[2], NULL, encoding, (void *)"p");
    pthread_create(&threads[3], NULL, assigning, NULL);
    for (size_t i = 0; i < 4; i++) {
        void *wrong = NULL;

        pthread_join(threads[i], &wrong);
        if (wrong)
            fail_msg("%s failed", (const char *)wrong);
    }
    assert_true(rows_of_encoder() == 4 + 4 * ROUNDS);
    assert_true(moments_of("p", "s").count == 2 * 4 * ROUNDS);
    assert_true(moments_of("p", "s").sum == 4 * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_learned_stays_as_encoded, begin, end),
        cmocka_unit_test_setup_teardown(positions_move_past_filtered_rows, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_one_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(taught_while_others_encode, begin, end),
        cmocka_unit_test_teardown(all_or_nothing, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
