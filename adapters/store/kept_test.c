/* kept_test.c: rows of streams, which are in no log, count once whatever happens in between.
 *
 * A stream of the test takes rows of three partitions to a project while others come by the log; snapshots are taken,
 * the project is unloaded, and over and over the process ends without a word. Which rows exist follows from partition
 * and offset, so what the project has to say in the end is known.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rig.h"
#include "weir/streams.h"

enum { PARTITIONS = 3, RECORDS = 240, CRASHES = 10 };

/* --- a kind of stream that is driven by the test */

static weir_stream *driven;
static int runs;

static weir_code accept_any(void *context, const weir_data_source *source, weir_error *err)
{
    (void)context;
    return weir_data_source_get(source, "wrong") ? weir_fail(err, WEIR_INVALID, "wrong is wrong")
                                                 : WEIR_OK;
}

static weir_code open_driven(void *context, const weir_data_source *source, weir_stream *stream,
                             void **running, weir_error *err)
{
    (void)context;
    if (weir_data_source_get(source, "broken"))
        return weir_fail(err, WEIR_INVALID, "it cannot run");
    driven = *running = stream;
    runs++;
    weir_stream_tell(stream, WEIR_STREAM_RUNNING, "");
    return WEIR_OK;
}

static void nothing(void *running)
{
    (void)running;
}

static void forget_driven(void *running)
{
    if (driven == running)
        driven = NULL;
    runs--;
}

static const weir_stream_kind kinds[] = {{.type = "driven",
                                          .check = accept_any,
                                          .open = open_driven,
                                          .stop = nothing,
                                          .close = forget_driven}};
static const weir_stream_access access_of = {.kinds = kinds, .kind_count = 1};

static rig r;

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "not so: %s\n", what);
    _exit(1);
}

static void begin(void)
{
    rig_open(&r);
    must(!weir_streams_open(r.engine, &access_of, NULL), "streams open");
}

static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1dU >> 20;
}

/* --- the topic */

/* Some offsets have no record, as after compaction. */
static bool exists(int32_t partition, int64_t offset)
{
    return (offset * 31 + partition * 7) % 11 != 0;
}

static double value_of(int32_t partition, int64_t offset)
{
    return (double)(offset * offset % 1009 + 5000 * partition);
}

/* The records from `from` to next, with a column that only some stretches of the topic have. */
static weir_frame stretch(int32_t partition, int64_t from, int64_t next, int64_t *offsets)
{
    static char id[512];
    char name[16];
    weir_frame frame = {.has_source = true, .policy = WEIR_BAD_CELL};
    size_t a = 0, c = 0, count = 0;

    snprintf(name, sizeof name, "c%d", (int)(from / 60));
    weir_stream_source(driven, "cluster", id);
    must(!weir_batch_new(64, &frame.batch, NULL), "a batch");
    must(!weir_batch_add_column(frame.batch, "a", 1, WEIR_C, &a, NULL), "column a");
    must(!weir_batch_add_column(frame.batch, name, strlen(name), WEIR_C, &c, NULL), name);
    for (int64_t at = from; at < next; at++) {
        if (!exists(partition, at))
            continue;
        must(!weir_batch_row_begin(frame.batch, NULL), "a row");
        weir_batch_put_number(frame.batch, a, value_of(partition, at), NULL);
        weir_batch_put_number(frame.batch, c, 1, NULL);
        weir_batch_row_end(frame.batch);
        offsets[count++] = at;
    }
    frame.source = (weir_source){.id = id,
                                 .topic = "t",
                                 .partition = partition,
                                 .from = from,
                                 .next = next,
                                 .offsets = offsets,
                                 .offset_count = count,
                                 .epoch = weir_stream_epoch(driven)};
    return frame;
}

static weir_code take(int32_t partition, int64_t from, int64_t next, weir_learned *learned)
{
    int64_t offsets[RECORDS];
    weir_frame frame = stretch(partition, from, next, offsets);
    weir_code code = weir_stream_learn(driven, &frame, learned, NULL);

    weir_batch_free(frame.batch);
    return code;
}

/* Where the project stands; a partition never seen begins at its first record. */
static int64_t stand(int32_t partition)
{
    int64_t offsets[1], at = -1;
    weir_frame frame = stretch(partition, 0, 0, offsets);

    must(!weir_stream_position(driven, frame.source.id, "t", partition, &at, NULL), "a position");
    if (at < 0) {
        weir_learned learned;

        must(take(partition, 0, 5, &learned) == WEIR_GAP && learned.position == -1,
             "rows without a position are refused");
        must(!weir_stream_anchor(driven, &frame.source, NULL), "an anchor");
        at = 0;
    }
    weir_batch_free(frame.batch);
    return at;
}

/* --- what happens */

static void stream_some(uint64_t *random)
{
    int32_t partition = (int32_t)(draw(random) % PARTITIONS);
    int64_t at = stand(partition), from = at, next = at + 1 + (int64_t)(draw(random) % 20);
    weir_learned learned;

    if (draw(random) % 3 == 0) /* rows before it come again */
        from -= from < 12 ? from : (int64_t)(draw(random) % 12);
    if (next > RECORDS)
        next = RECORDS;
    if (next < from)
        return;
    must(!take(partition, from, next, &learned), "a frame");
    must(learned.repeat == (next <= at), "a frame is a repeat when nothing in it is new");
    if (at + 2 < RECORDS)
        must(take(partition, next + 2, next + 3, &learned) == WEIR_GAP && learned.position == next,
             "a gap is refused");
}

/* Rows by the log, told through the pipe once they are acknowledged: some have columns whose type the stream's do not
 * have. */
static void learn_some(uint64_t *random, int told)
{
    size_t rows = 1 + draw(random) % 5, a = 0, c = 0;
    char name[16];
    bool text = draw(random) % 2;
    weir_frame frame = {.policy = WEIR_BAD_CELL};
    weir_learned learned;

    snprintf(name, sizeof name, "c%d", (int)(draw(random) % 5));
    must(!weir_batch_new(8, &frame.batch, NULL), "a batch");
    must(!weir_batch_add_column(frame.batch, "a", 1, WEIR_C, &a, NULL), "column a");
    must(!weir_batch_add_column(frame.batch, name, strlen(name), text ? WEIR_T : WEIR_C, &c, NULL),
         name);
    for (size_t i = 0; i < rows; i++) {
        must(!weir_batch_row_begin(frame.batch, NULL), "a row");
        weir_batch_put_number(frame.batch, a, 1000000, NULL);
        weir_batch_put_text(frame.batch, c, "7", 1, NULL);
        weir_batch_row_end(frame.batch);
    }
    must(!weir_learn(r.engine, "c", "p", 1, &frame, &learned, NULL), "learning by the log");
    must(write(told, &rows, sizeof rows) == sizeof rows, "the pipe");
}

static void live(uint64_t seed, int told)
{
    uint64_t random = seed * 0x9e3779b97f4a7c15U | 1;
    size_t steps = 5 + draw(&random) % 30;

    r.engine_options.snapshot_ms = INT64_MAX / 2;
    begin();
    must(driven != NULL, "the stream runs again by itself");
    for (size_t i = 0; i < steps; i++) {
        uint64_t what = draw(&random) % 20;

        if (what < 12)
            stream_some(&random);
        else if (what < 16)
            learn_some(&random, told);
        else if (what < 17)
            must(!weir_project_save(r.engine, "c", "p", NULL), "a snapshot");
        else if (what < 19)
            weir_stream_snapshot(driven); /* soon, or never */
        else
            must(!weir_project_unload(r.engine, "c", "p", false, NULL), "unloading");
    }
    _exit(0);
}

static void create(void)
{
    weir_data_source source = {.type = strdup("driven"), .name = strdup("s")};

    begin();
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(
        weir_stream_create(r.engine, "c", "p", &source, (weir_stream_start_options){0}, NULL),
        WEIR_OK);
    rig_close(&r);
    free(source.type);
    free(source.name);
}

static void check(size_t logged, double times)
{
    weir_summary *summary = NULL;
    weir_moments a;
    double rows = 0, sum = 0;

    for (int32_t p = 0; p < PARTITIONS; p++)
        for (int64_t at = 0; at < RECORDS; at++) {
            rows += exists(p, at);
            sum += exists(p, at) ? value_of(p, at) : 0;
        }
    rows = times * rows + (double)logged;
    sum = times * sum + 1e6 * (double)logged;
    assert_int_equal(weir_project_select(r.engine, "c", "p", NULL, 0, &summary, NULL), WEIR_OK);
    weir_summary_moments(summary, weir_schema_find(weir_summary_schema(summary), "a", 1), &a);
    assert_true(weir_summary_rows(summary) == rows);
    assert_true(a.count == rows && a.sum == sum);
    weir_summary_free(summary);
}

static void take_the_rest(void)
{
    weir_learned learned;

    for (int32_t p = 0; p < PARTITIONS; p++)
        for (int64_t at = stand(p); at < RECORDS; at += 20)
            assert_int_equal(take(p, at, at + 20 < RECORDS ? at + 20 : RECORDS, &learned), WEIR_OK);
}

static void every_row_counts_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        size_t logged = 0;

        rig_new(&r);
        create();
        for (uint64_t crash = 0; crash < CRASHES; crash++) {
            int told[2], status = 0;
            size_t rows = 0;
            pid_t child;

            assert_int_equal(pipe(told), 0);
            if (!(child = fork()))
                live(seed * 100 + crash, told[1]);
            close(told[1]);
            while (read(told[0], &rows, sizeof rows) == sizeof rows)
                logged += rows;
            close(told[0]);
            assert_int_equal(waitpid(child, &status, 0), child);
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        }
        begin();
        take_the_rest();
        check(logged, 1);
        rig_close(&r);
        begin(); /* closing took a snapshot */
        check(logged, 1);
        for (int32_t p = 0; p < PARTITIONS; p++)
            assert_int_equal(stand(p), RECORDS);
        assert_int_equal(weir_stream_start(r.engine, "c", "p", "s",
                                           (weir_stream_start_options){.from_beginning = true},
                                           NULL),
                         WEIR_OK);
        take_the_rest();
        check(logged, 2);
        rig_end(&r);
    }
}

/* One column x: texts or numbers. */
static weir_frame column_x(weir_type type, const char *cell)
{
    weir_frame frame = {.policy = WEIR_BAD_CELL};
    size_t x = 0;

    must(!weir_batch_new(1, &frame.batch, NULL), "a batch");
    must(!weir_batch_add_column(frame.batch, "x", 1, type, &x, NULL), "column x");
    must(!weir_batch_row_begin(frame.batch, NULL), "a row");
    weir_batch_put_text(frame.batch, x, cell, strlen(cell), NULL);
    weir_batch_row_end(frame.batch);
    return frame;
}

static void learn_x(weir_type type, const char *cell)
{
    weir_frame frame = column_x(type, cell);
    weir_learned learned;

    must(!weir_learn(r.engine, "c", "p", 1, &frame, &learned, NULL), "learning x");
}

/* What the log means hangs on the columns there are. Those that only a stream brought are not in the log: without them
 * the second entry here would make x a number, and the third could not be applied. */
static void a_log_is_read_with_the_columns_it_was_written_with(void **state)
{
    int status = 0;
    pid_t child;

    (void)state;
    rig_new(&r);
    create();
    if (!(child = fork())) {
        int64_t offsets[1] = {0};
        weir_frame frame = {0}, place = {0};
        weir_learned learned;

        begin();
        stand(0);
        place = stretch(0, 0, 0, offsets);
        frame = column_x(WEIR_T, "word");
        frame.has_source = true;
        frame.source = place.source;
        frame.source.next = 1;
        frame.source.offset_count = 1;
        must(!weir_stream_learn(driven, &frame, &learned, NULL), "x of the stream");
        learn_x(WEIR_C, "1");
        learn_x(WEIR_T, "word");
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    begin();
    assert_true(rig_rows(&r, "p") == 3);
    assert_int_equal(stand(0), 1);
    rig_end(&r);
}

/* --- their life */

static void put(weir_data_source *source, const char *name, const char *key)
{
    *source = (weir_data_source){.type = strdup("driven"), .name = strdup(name)};
    if (key)
        assert_int_equal(weir_data_source_set(source, key, "1", NULL), WEIR_OK);
}

static weir_code make(const char *name, const char *key, weir_error *err)
{
    weir_data_source source;
    weir_code code;

    put(&source, name, key);
    code = weir_stream_create(r.engine, "c", "p", &source, (weir_stream_start_options){0}, err);
    weir_data_source_free(&source);
    return code;
}

static weir_stream_state state_of(const char *name)
{
    weir_stream_info info;
    weir_stream_state state;

    assert_int_equal(weir_stream_info_get(r.engine, "c", "p", name, &info, NULL), WEIR_OK);
    state = info.state;
    weir_stream_info_free(&info);
    return state;
}

static void they_live_with_their_project(void **state)
{
    char **names = NULL, **lines = NULL;
    size_t count = 0;
    weir_error err;

    (void)state;
    rig_new(&r);
    begin();
    assert_int_equal(make("s", NULL, &err), WEIR_NOT_FOUND);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(make("s", NULL, &err), WEIR_OK);
    assert_int_equal(make("s", NULL, &err), WEIR_CONFLICT);
    assert_int_equal(make("a b", NULL, &err), WEIR_INVALID);
    assert_int_equal(make("w", "wrong", &err), WEIR_INVALID);
    assert_int_equal(make("stopped", NULL, &err), WEIR_OK);
    assert_int_equal(make("failed", "broken", &err), WEIR_OK); /* kept, for its owner to see */
    assert_int_equal(state_of("failed"), WEIR_STREAM_FAILED);
    assert_int_equal(weir_stream_errors(r.engine, "c", "p", "failed", &lines, &count, &err),
                     WEIR_OK);
    assert_int_equal(count, 1);
    assert_non_null(strstr(lines[0], "it cannot run"));
    weir_list_free(lines, count);
    assert_int_equal(weir_stream_stop(r.engine, "c", "p", "stopped", &err), WEIR_OK);
    assert_int_equal(weir_stream_stop(r.engine, "c", "p", "none", &err), WEIR_NOT_FOUND);
    assert_int_equal(weir_project_rename(r.engine, "c", "p", "q", &err), WEIR_OK);
    assert_int_equal(weir_project_rename(r.engine, "c", "q", "p", &err), WEIR_OK);
    assert_int_equal(runs, 1);
    rig_close(&r);
    assert_int_equal(runs, 0);
    begin();
    assert_int_equal(runs, 1);
    assert_int_equal(state_of("s"), WEIR_STREAM_RUNNING);
    assert_int_equal(state_of("stopped"), WEIR_STREAM_STOPPED);
    assert_int_equal(weir_stream_list(r.engine, "c", "p", &names, &count, &err), WEIR_OK);
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "s");
    weir_list_free(names, count);
    assert_int_equal(weir_stream_remove(r.engine, "c", "p", "stopped", &err), WEIR_OK);
    assert_int_equal(weir_project_delete(r.engine, "c", "p", &err), WEIR_OK);
    assert_int_equal(runs, 0);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    rig_close(&r);
    begin();
    assert_int_equal(runs, 0);
    assert_int_equal(weir_stream_list(r.engine, "c", "p", &names, &count, &err), WEIR_OK);
    assert_int_equal(count, 0);
    weir_list_free(names, count);
    rig_end(&r);
}

/* Nobody else learns under the name of a stream, nor a stream under another's. */
static void their_positions_are_theirs(void **state)
{
    weir_frame frame;
    weir_learned learned;
    int64_t at = 0;
    char id[512];
    weir_error err;

    (void)state;
    rig_new(&r);
    begin();
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(make("s", NULL, &err), WEIR_OK);
    assert_int_equal(stand(0), 0);
    weir_stream_source(driven, "cluster", id);
    frame = rig_frame(5, 1);
    rig_source(&frame, id, 0, 0, 5);
    assert_int_equal(weir_learn(r.engine, "c", "p", 1, &frame, &learned, &err), WEIR_CONFLICT);
    assert_int_equal(weir_project_freeze(r.engine, "c", "p", true, &err), WEIR_OK);
    assert_int_equal(take(0, 0, 5, &learned), WEIR_FROZEN);
    assert_int_equal(weir_stream_ready(driven, &err), WEIR_FROZEN);
    assert_int_equal(weir_project_freeze(r.engine, "c", "p", false, &err), WEIR_OK);
    assert_int_equal(take(0, 0, 5, &learned), WEIR_OK);
    assert_int_equal(weir_stream_position(driven, id, "t", 0, &at, &err), WEIR_OK);
    assert_int_equal(at, 5);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_counts_once),
        cmocka_unit_test(a_log_is_read_with_the_columns_it_was_written_with),
        cmocka_unit_test(they_live_with_their_project),
        cmocka_unit_test(their_positions_are_theirs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
