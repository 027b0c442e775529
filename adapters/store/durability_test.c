/* durability_test.c: what was acknowledged is there again, counted once, with the same bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rig.h"

static rig r;

static int begin(void **state)
{
    (void)state;
    rig_new(&r);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    return 0;
}

static void assert_same(weir_bytes *a, weir_bytes *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->data, b->data, a->size);
    weir_bytes_free(a);
    weir_bytes_free(b);
}

/* Learns, forgets and switches histograms, with snapshots in between; `kind` says how the engine is left. */
static void run_script(bool snapshots)
{
    weir_frame forgotten = rig_frame(30, 2);
    weir_learned learned;

    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        assert_int_equal(rig_learn(&r, "p", 30, seed), WEIR_OK);
        if (snapshots && seed % 2)
            assert_int_equal(weir_project_save(r.engine, "c", "p", NULL), WEIR_OK);
    }
    assert_int_equal(weir_learn(r.engine, "c", "p", -1, &forgotten, &learned, NULL), WEIR_OK);
    assert_int_equal(weir_project_histograms(r.engine, "c", "p", false, NULL), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 7, 8), WEIR_OK);
    assert_int_equal(weir_project_histograms(r.engine, "c", "p", true, NULL), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 7, 9), WEIR_OK);
}

/* By the log alone, by snapshot and log, and by the snapshot of a clean end: the bytes are the same. */
static void replay_gives_the_same_bytes(void **state)
{
    (void)state;
    for (int snapshots = 0; snapshots < 2; snapshots++) {
        int bytes_pipe[2], status;
        pid_t child;
        weir_bytes live = {0}, replayed;
        uint8_t part[4096];
        ssize_t length;

        assert_int_equal(pipe(bytes_pipe), 0);
        if (!(child = fork())) { /* the engine of the child is dropped, not closed */
            weir_bytes bytes;

            r.engine_options.snapshot_ms = INT64_MAX / 2;
            rig_open(&r);
            run_script(snapshots);
            bytes = rig_bytes(&r, "p");
            for (size_t at = 0; at < bytes.size; at += (size_t)length)
                if ((length = write(bytes_pipe[1], bytes.data + at, bytes.size - at)) <= 0)
                    _exit(1);
            _exit(0);
        }
        close(bytes_pipe[1]);
        while ((length = read(bytes_pipe[0], part, sizeof part)) > 0)
            weir_bytes_append(&live, part, (size_t)length);
        close(bytes_pipe[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        assert_true(live.size > 0);
        rig_open(&r);
        replayed = rig_bytes(&r, "p");
        assert_true(rig_figure(&r, "weir_entries_replayed_total") == (snapshots ? 6 : 11));
        assert_same(&live, &replayed);
        live = rig_bytes(&r, "p");
        rig_reopen(&r); /* closing takes a snapshot */
        replayed = rig_bytes(&r, "p");
        assert_true(rig_figure(&r, "weir_entries_replayed_total") == 0);
        assert_same(&live, &replayed);
        rig_end(&r);
        rig_new(&r);
    }
}

/* Without autosave there is no snapshot but the one that is asked for, and nothing is lost all the same. */
static void autosave_changes_no_promise(void **state)
{
    weir_setting off = {"sml_project_autosave", "false"};
    weir_project_options options = {.persist = true, .params = &off, .param_count = 1};

    (void)state;
    rig_open(&r);
    assert_int_equal(weir_project_create(r.engine, "c", "p", &options, NULL), WEIR_OK);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(rig_learn(&r, "p", 10, i), WEIR_OK);
    rig_reopen(&r);
    assert_true(rig_rows(&r, "p") == 50);
    assert_true(rig_figure(&r, "weir_entries_replayed_total") == 5);
    assert_int_equal(weir_project_save(r.engine, "c", "p", NULL), WEIR_OK);
    rig_reopen(&r);
    assert_true(rig_rows(&r, "p") == 50);
    assert_true(rig_figure(&r, "weir_entries_replayed_total") == 0);
}

static weir_code see_entry(void *context, const weir_store_entry *row, weir_error *err)
{
    (void)row;
    (void)err;
    ++*(size_t *)context;
    return WEIR_OK;
}

static weir_code see_entries(void *context, const weir_store_project *row, weir_error *err)
{
    return r.store->entries(r.store, row->id, 0, see_entry, context, err);
}

/* A log longer than the limit brings a snapshot by itself, and the entries it covers go. */
static void a_long_log_is_cut(void **state)
{
    size_t left = 0;

    (void)state;
    r.engine_options.snapshot_log_bytes = 20000;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    for (uint64_t i = 0; rig_figure(&r, "weir_snapshots_total") < 1; i++) {
        assert_true(i < 100000);
        assert_int_equal(rig_learn(&r, "p", 50, i), WEIR_OK);
    }
    assert_int_equal(weir_project_save(r.engine, "c", "p", NULL), WEIR_OK);
    assert_int_equal(r.store->projects(r.store, see_entries, &left, NULL), WEIR_OK);
    assert_int_equal(left, 0);
}

/* --- killed at any moment: exact with a source */

typedef struct {
    int64_t position; /* acknowledged */
    double rows;
} told;

static void learn_until_killed(int out)
{
    rig_open(&r);
    rig_create(&r, "p", true, false); /* or it is there already */
    for (;;) {
        int64_t at = -1;
        uint64_t epoch = 0;
        weir_frame frame;
        weir_learned learned;
        told now;

        if (weir_position(r.engine, "c", "p", "s", "t", 0, &at, &epoch, NULL))
            _exit(1);
        frame = rig_frame(10, (uint64_t)(at + 1));
        rig_source(&frame, "s", 0, at < 0 ? 0 : at, (at < 0 ? 0 : at) + 10);
        if (weir_learn(r.engine, "c", "p", 1, &frame, &learned, NULL))
            _exit(1);
        now = (told){learned.position, rig_rows(&r, "p")};
        if (write(out, &now, sizeof now) != sizeof now)
            _exit(1);
    }
}

static void killed_at_any_moment_nothing_is_lost_or_counted_twice(void **state)
{
    told last = {0, 0};

    (void)state;
    for (unsigned round = 0; round < 12; round++) {
        int out[2], status;
        pid_t child;
        told seen;
        int64_t at = 0;
        uint64_t epoch;

        assert_int_equal(pipe(out), 0);
        r.engine_options.snapshot_log_bytes = round % 2 ? 3000 : 0; /* snapshots get killed, too */
        if (!(child = fork()))
            learn_until_killed(out[1]);
        close(out[1]);
        for (unsigned acks = 0; acks < 3 + 5 * round; acks++) {
            assert_int_equal(read(out[0], &seen, sizeof seen), sizeof seen);
            last = seen;
        }
        usleep(137 * round); /* somewhere between two answers */
        kill(child, SIGKILL);
        while (read(out[0], &seen, sizeof seen) == sizeof seen)
            last = seen;
        close(out[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        rig_open(&r);
        assert_int_equal(weir_position(r.engine, "c", "p", "s", "t", 0, &at, &epoch, NULL),
                         WEIR_OK);
        assert_true(at == last.position || at == last.position + 10); /* one frame in flight */
        assert_true(rig_rows(&r, "p") == (double)at);
        rig_close(&r);
    }
}

/* --- positions, from the outside */

static weir_code learn_at(int64_t from, int64_t next, bool reset, uint64_t epoch,
                          weir_learned *learned)
{
    weir_frame frame = rig_frame((size_t)(next - from), 5);

    rig_source(&frame, "s", 0, from, next);
    frame.source.reset = reset;
    frame.source.epoch = epoch;
    return weir_learn(r.engine, "c", "p", 1, &frame, learned, NULL);
}

static void positions_are_kept_with_the_rows(void **state)
{
    weir_learned learned;

    (void)state;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(learn_at(100, 110, false, 0, &learned), WEIR_OK);
    assert_int_equal(learned.rows, 10);
    assert_int_equal(learned.position, 110);
    rig_reopen(&r);
    assert_int_equal(learn_at(100, 110, false, 0, &learned), WEIR_OK);
    assert_true(learned.repeat);
    assert_int_equal(learned.rows, 0);
    assert_int_equal(learned.position, 110);
    assert_int_equal(learn_at(105, 120, false, 0, &learned), WEIR_OK);
    assert_false(learned.repeat);
    assert_int_equal(learned.rows, 10);
    assert_int_equal(learned.position, 120);
    assert_true(rig_rows(&r, "p") == 20);
    assert_int_equal(learn_at(125, 130, false, 0, &learned), WEIR_GAP);
    assert_int_equal(learned.position, 120);
    assert_int_equal(learn_at(125, 130, true, 0, &learned), WEIR_OK);
    assert_true(rig_figure(&r, "weir_gaps_accepted_total") == 1);
    assert_int_equal(learn_at(130, 140, false, 0, &learned), WEIR_OK);
    assert_true(rig_rows(&r, "p") == 35);
    assert_int_equal(learn_at(0, 5, false, 1, &learned), WEIR_OK); /* from the beginning */
    assert_int_equal(learned.position, 5);
    rig_reopen(&r);
    assert_int_equal(learn_at(140, 150, false, 0, &learned), WEIR_CONFLICT); /* of the old epoch */
    assert_true(rig_rows(&r, "p") == 40);
    assert_true(rig_figure(&r, "weir_frames_repeated_total") == 0); /* since the start */
}

/* The rows of an overlap that count are the right ones: those of a project that got them alone. */
static void an_overlap_counts_the_right_rows(void **state)
{
    weir_frame whole = rig_frame(20, 7), overlapping = rig_frame(20, 7);
    weir_frame front = rig_frame(8, 7);
    weir_learned learned;
    weir_bytes a, b;

    (void)state;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(rig_create(&r, "q", true, false), WEIR_OK);
    rig_source(&front, "s", 0, 0, 8);
    rig_source(&overlapping, "s", 0, 0, 20);
    assert_int_equal(weir_learn(r.engine, "c", "p", 1, &front, &learned, NULL), WEIR_OK);
    assert_int_equal(weir_learn(r.engine, "c", "p", 1, &overlapping, &learned, NULL), WEIR_OK);
    assert_int_equal(learned.rows, 12);
    assert_int_equal(weir_learn(r.engine, "c", "q", 1, &whole, &learned, NULL), WEIR_OK);
    {
        weir_summary *p = NULL, *q = NULL;
        weir_error why = {0};

        assert_int_equal(weir_project_select(r.engine, "c", "p", NULL, 0, &p, NULL), WEIR_OK);
        assert_int_equal(weir_project_select(r.engine, "c", "q", NULL, 0, &q, NULL), WEIR_OK);
        if (!weir_summary_equal(p, q, &why))
            fail_msg("%s", why.message);
        weir_summary_free(p);
        weir_summary_free(q);
    }
    rig_reopen(&r);
    a = rig_bytes(&r, "p");
    rig_reopen(&r);
    b = rig_bytes(&r, "p");
    assert_same(&a, &b);
}

static void a_refused_frame_changes_nothing(void **state)
{
    weir_frame frame = rig_frame(5, 1);
    weir_learned learned;
    weir_error err;
    weir_bytes before, after;
    int64_t at;
    uint64_t epoch;

    (void)state;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(learn_at(0, 5, false, 0, &learned), WEIR_OK);
    before = rig_bytes(&r, "p");
    weir_frame_free(&frame);
    /* Column a comes as a category now. */
    assert_int_equal(weir_batch_new(1, &frame.batch, NULL), WEIR_OK);
    {
        size_t a;

        assert_int_equal(weir_batch_add_column(frame.batch, "a", 1, WEIR_T, &a, NULL), WEIR_OK);
        assert_int_equal(weir_batch_row_begin(frame.batch, NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_text(frame.batch, a, "x", 1, NULL), WEIR_OK);
        weir_batch_row_end(frame.batch);
    }
    rig_source(&frame, "s", 0, 5, 6);
    assert_int_equal(weir_learn(r.engine, "c", "p", 1, &frame, &learned, &err), WEIR_INVALID);
    assert_int_equal(weir_position(r.engine, "c", "p", "s", "t", 0, &at, &epoch, NULL), WEIR_OK);
    assert_int_equal(at, 5);
    rig_reopen(&r);
    after = rig_bytes(&r, "p");
    assert_same(&before, &after);
    assert_int_equal(learn_at(5, 6, false, 0, &learned), WEIR_OK);
}

/* --- several threads */

enum { THREADS = 6, FRAMES = 40 };

typedef struct {
    int number;
    const char *pid;
    unsigned failed;
} learner;

static void *learn_many(void *context)
{
    learner *l = context;

    for (int i = 0; i < FRAMES; i++) {
        weir_frame frame = rig_frame(20, (uint64_t)l->number * FRAMES + (uint64_t)i);
        weir_learned learned;
        char id[16];

        snprintf(id, sizeof id, "s%d", l->number);
        rig_source(&frame, id, 0, 20 * i, 20 * (i + 1));
        if (weir_learn(r.engine, "c", l->pid, 1, &frame, &learned, NULL) || learned.rows != 20 ||
            learned.position != 20 * (i + 1))
            l->failed++;
        if (i % 10 == 3 && rig_rows(&r, l->pid) < 20 * (i + 1)) /* an answer is in the summary */
            l->failed++;
    }
    return NULL;
}

static void many_threads_learn_into_few_projects(void **state)
{
    pthread_t threads[THREADS];
    learner learners[THREADS];
    weir_bytes a, b;

    (void)state;
    r.engine_options.snapshot_log_bytes = 30000;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(rig_create(&r, "q", true, false), WEIR_OK);
    for (int i = 0; i < THREADS; i++) {
        learners[i] = (learner){i, i % 3 ? "p" : "q", 0};
        assert_int_equal(pthread_create(&threads[i], NULL, learn_many, &learners[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(learners[i].failed, 0);
    }
    assert_true(rig_rows(&r, "p") == 4.0 * FRAMES * 20);
    assert_true(rig_rows(&r, "q") == 2.0 * FRAMES * 20);
    assert_true(rig_figure(&r, "weir_commit_entries_total") == THREADS * FRAMES);
    assert_true(rig_figure(&r, "weir_commits_total") <= THREADS * FRAMES);
    a = rig_bytes(&r, "p");
    rig_reopen(&r);
    b = rig_bytes(&r, "p");
    assert_same(&a, &b);
}

/* Deleting, unloading and describing a project that others are learning into is safe; nothing hangs. */
static void *disturb(void *context)
{
    atomic_bool *stop = context;

    for (unsigned i = 0; !atomic_load(stop); i++) {
        weir_project_info info;

        if (i % 3 == 0)
            weir_project_unload(r.engine, "c", "p", false, NULL);
        else if (i % 3 == 1 && !weir_project_info_get(r.engine, "c", "p", &info, NULL))
            weir_project_info_free(&info);
        else
            weir_project_save(r.engine, "c", "p", NULL);
        if (i % 7 == 6) {
            weir_project_delete(r.engine, "c", "p", NULL);
            rig_create(&r, "p", true, false);
        }
    }
    return NULL;
}

static void a_project_in_use_can_go(void **state)
{
    pthread_t thread;
    atomic_bool stop = false;

    (void)state;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(pthread_create(&thread, NULL, disturb, &stop), 0);
    for (uint64_t i = 0; i < 150; i++) {
        weir_code code = rig_learn(&r, "p", 10, i);

        assert_true(code == WEIR_OK || code == WEIR_NOT_FOUND);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replay_gives_the_same_bytes, begin, end),
        cmocka_unit_test_setup_teardown(autosave_changes_no_promise, begin, end),
        cmocka_unit_test_setup_teardown(a_long_log_is_cut, begin, end),
        cmocka_unit_test_setup_teardown(killed_at_any_moment_nothing_is_lost_or_counted_twice,
                                        begin, end),
        cmocka_unit_test_setup_teardown(positions_are_kept_with_the_rows, begin, end),
        cmocka_unit_test_setup_teardown(an_overlap_counts_the_right_rows, begin, end),
        cmocka_unit_test_setup_teardown(a_refused_frame_changes_nothing, begin, end),
        cmocka_unit_test_setup_teardown(many_threads_learn_into_few_projects, begin, end),
        cmocka_unit_test_setup_teardown(a_project_in_use_can_go, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
