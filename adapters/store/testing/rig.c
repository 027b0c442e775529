/* rig.c: see rig.h. Everything here fails the running test when it does not work.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rig.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/memory.h"

static const uint8_t server_key[32] = {7, 1, 9, 3};

static int64_t rig_now(void *context)
{
    rig *r = context;

    return atomic_load(&r->now_ms);
}

void rig_new(rig *r)
{
    memset(r, 0, sizeof *r);
    strcpy(r->directory, "/tmp/weir-test-XXXXXX");
    assert_non_null(mkdtemp(r->directory));
    r->engine_options.server_key = server_key;
}

void rig_open(rig *r)
{
    weir_error err = {0};

    if (sqlite_store_open(r->directory, &r->store_options, &r->store, &err))
        fail_msg("store: %s", err.message);
    r->clock = (weir_clock){r, rig_now};
    r->engine_options.clock = atomic_load(&r->now_ms) ? &r->clock : NULL;
    if (weir_engine_open(&r->engine_options, r->store, &r->engine, &err))
        fail_msg("engine: %s", err.message);
}

void rig_close(rig *r)
{
    weir_engine_close(r->engine);
    r->engine = NULL;
    if (r->store)
        r->store->close(r->store);
    r->store = NULL;
}

void rig_reopen(rig *r)
{
    rig_close(r);
    rig_open(r);
}

static int remove_one(const char *path, const struct stat *seen, int kind, struct FTW *where)
{
    (void)seen;
    (void)kind;
    (void)where;
    return remove(path);
}

void rig_end(rig *r)
{
    rig_close(r);
    nftw(r->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

weir_code rig_create(rig *r, const char *pid, bool persist, bool histograms)
{
    weir_project_options options = {.persist = persist, .histograms = histograms};

    return weir_project_create(r->engine, "c", pid, &options, NULL);
}

static uint64_t mix(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

weir_frame rig_frame(size_t rows, uint64_t seed)
{
    static const char *const words[] = {"red", "green", "blue"};
    weir_frame frame = {0};
    size_t a = 0, b = 0, k = 0;
    weir_error err = {0};

    assert_int_equal(weir_batch_new(rows ? rows : 1, &frame.batch, &err), WEIR_OK);
    assert_int_equal(weir_batch_add_column(frame.batch, "a", 1, WEIR_C, &a, &err), WEIR_OK);
    assert_int_equal(weir_batch_add_column(frame.batch, "b", 1, WEIR_C, &b, &err), WEIR_OK);
    assert_int_equal(weir_batch_add_column(frame.batch, "k", 1, WEIR_T, &k, &err), WEIR_OK);
    for (size_t i = 0; i < rows; i++) {
        uint64_t draw = mix(&seed);
        const char *word = words[draw % 3];

        assert_int_equal(weir_batch_row_begin(frame.batch, &err), WEIR_OK);
        weir_batch_put_number(frame.batch, a, (double)(draw >> 40) / 1024.0, &err);
        if (draw % 5)
            weir_batch_put_number(frame.batch, b, (double)(mix(&seed) >> 44), &err);
        weir_batch_put_text(frame.batch, k, word, strlen(word), &err);
        weir_batch_row_end(frame.batch);
    }
    return frame;
}

void rig_source(weir_frame *frame, const char *id, int32_t partition, int64_t from, int64_t next)
{
    size_t rows = frame->batch->rows;

    frame->has_source = true;
    frame->source = (weir_source){
        .id = strdup(id), .topic = strdup("t"), .partition = partition, .from = from, .next = next};
    frame->source.offsets = malloc((rows ? rows : 1) * sizeof(int64_t));
    assert_non_null(frame->source.offsets);
    frame->source.offset_count = rows;
    for (size_t i = 0; i < rows; i++)
        frame->source.offsets[i] = from + (int64_t)i;
}

weir_code rig_learn(rig *r, const char *pid, size_t rows, uint64_t seed)
{
    weir_frame frame = rig_frame(rows, seed);
    weir_learned learned;

    return weir_learn(r->engine, "c", pid, 1, &frame, &learned, NULL);
}

double rig_rows(rig *r, const char *pid)
{
    weir_project_info info;
    weir_error err = {0};
    double rows;

    if (weir_project_info_get(r->engine, "c", pid, &info, &err))
        fail_msg("info: %s", err.message);
    rows = info.rows;
    weir_project_info_free(&info);
    return rows;
}

size_t rig_count(rig *r)
{
    char **pids = NULL;
    size_t count = 0;

    assert_int_equal(weir_project_list(r->engine, "c", &pids, &count, NULL), WEIR_OK);
    weir_list_free(pids, count);
    return count;
}

weir_bytes rig_bytes(rig *r, const char *pid)
{
    weir_summary *summary = NULL;
    weir_bytes bytes = {0};
    weir_error err = {0};

    if (weir_project_select(r->engine, "c", pid, NULL, 0, &summary, &err) ||
        weir_summary_save(summary, &bytes, &err))
        fail_msg("bytes: %s", err.message);
    weir_summary_free(summary);
    return bytes;
}

typedef struct {
    const char *name;
    double value;
} wanted_figure;

static void see_figure(void *context, const char *name, const char *help, const char *type,
                       const char *labels, double value)
{
    wanted_figure *wanted = context;

    (void)help;
    (void)type;
    (void)labels;
    if (!strcmp(name, wanted->name))
        wanted->value = value;
}

double rig_figure(rig *r, const char *name)
{
    wanted_figure wanted = {name, -1};

    weir_engine_figures(r->engine, see_figure, &wanted);
    return wanted.value;
}
