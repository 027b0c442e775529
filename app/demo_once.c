/* demo_once.c: the demo as a measurement that gives the same figures each time.
 *
 *     block 1: sent -> learned -> models built -> scored by them
 *     block k: sent -> learned, and scored by the models of the blocks before -> models rebuilt
 *
 * Each step is waited for, so that it is known which model scores which row; a model is immutable, so learning a block
 * while it is scored changes no score. The rows of a block lie on two partitions and may come in any order: the summary
 * does not depend on it. Figures are taken from the rows as they are read back from the sink topics.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "demo.h"
#include "ranking.h"
#include "weir/memory.h"
#include "weir/remote_rest.h"

#define BLOCK 1000
#define STEP_MS 60000  /* one step of a block */
#define FINAL_MS 60000 /* all rows by the last model */
#define BUILD_MS 60000
#define LOOK_MS 4
#define PAGE 4096 /* points read from a sink at a time */

#define HBOS_MODEL "hbos1"
#define HBOS_SINK DEMO_SINK "-hbos"
#define FINAL_SINK DEMO_SINK "-final"

/* Scorers by their number. */
enum { SCORER_HBA, SCORER_HBOS, SCORER_FINAL };

typedef struct {
    uint64_t produced, learned, scored, first_model;
    ranking main, final, hbos;
    double seconds;
} once_figures;

static weir_code build_models(demo_rig *rig, weir_error *err)
{
    static const weir_setting bins[] = {{"hba_type", "hbos"}, {"n_bins", "10"}};
    weir_remote *remote = demo_rig_remote(rig);
    weir_code code =
        weir_remote_rest.build(remote, NULL, 0, DEMO_PROJECT, "hba", DEMO_MODEL, BUILD_MS, err);

    return code ? code
                : weir_remote_rest.build(remote, bins, 2, DEMO_PROJECT, "hba", HBOS_MODEL, BUILD_MS,
                                         err);
}

/* Waits until a count has come to rows; asks what stands in the way when it does not. */
static weir_code await(demo_rig *rig, uint64_t rows, int64_t limit_ms,
                       weir_code (*count)(demo_rig *rig, size_t which, uint64_t *rows,
                                          weir_error *err),
                       size_t which, const char *what, weir_error *err)
{
    int64_t until = demo_clock_ms() + limit_ms;
    uint64_t have = 0;
    weir_code code = WEIR_OK;

    for (;;) {
        if ((code = count(rig, which, &have, err)))
            return code;
        if (have >= rows)
            return WEIR_OK;
        if ((code = demo_rig_check(rig, err)))
            return code;
        if (stop_wait(LOOK_MS))
            return weir_fail(err, WEIR_CANCELLED, "stopped at %" PRIu64 " of %" PRIu64 " rows %s",
                             have, rows, what);
        if (demo_clock_ms() > until)
            return weir_fail(err, WEIR_UNAVAILABLE, "%" PRIu64 " of %" PRIu64 " rows %s in %lld s",
                             have, rows, what, (long long)limit_ms / 1000);
    }
}

static weir_code learned(demo_rig *rig, size_t which, uint64_t *rows, weir_error *err)
{
    (void)which;
    return demo_rig_learned(rig, rows, err);
}

static weir_code await_learned(demo_rig *rig, uint64_t rows, weir_error *err)
{
    return await(rig, rows, STEP_MS, learned, 0, "learned", err);
}

static weir_code await_scored(demo_rig *rig, uint64_t rows, size_t which, int64_t limit_ms,
                              weir_error *err)
{
    return await(rig, rows, limit_ms, demo_rig_scored, which, "scored", err);
}

static weir_code play_block(demo_rig *rig, bool first, uint64_t *sent, bool *end, weir_error *err)
{
    weir_simulator *simulator = demo_rig_simulator(rig);
    uint64_t now = 0;
    weir_code code = weir_simulator_send(simulator, BLOCK, &now, err);

    *sent += now;
    *end = weir_simulator_at(simulator) >= weir_simulator_rows(simulator);
    if (code || (code = weir_simulator_flush(simulator, STEP_MS, err)) ||
        (code = await_learned(rig, *sent, err)))
        return code;
    if (first && (code = build_models(rig, err)))
        return code;
    if ((code = await_scored(rig, *sent, SCORER_HBA, STEP_MS, err)) ||
        (code = await_scored(rig, *sent, SCORER_HBOS, STEP_MS, err)))
        return code;
    return first ? WEIR_OK : build_models(rig, err);
}

static void show_progress(uint64_t sent, uint64_t rows)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " rows learned and scored ", sent, rows);
}

/* Reads a sink topic from its beginning until it has given rows points. *versions counts those of the first model. */
static weir_code read_sink(demo_rig *rig, const char *sink, uint64_t rows, ranked_row *out,
                           uint64_t *count, uint64_t *first_model, weir_error *err)
{
    char topic[300];
    const weir_tail_port *tail = demo_rig_tail(rig);
    weir_tail_point *points = weir_calloc(PAGE, sizeof *points);
    int64_t until = demo_clock_ms() + STEP_MS, first = INT64_MAX;
    uint64_t from = 0, of_first = 0, got = 0;
    weir_code code = WEIR_OK;

    if (!points)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to read %s", sink);
    demo_rig_topic(rig, sink, topic, sizeof topic);
    while (!code && got < rows && demo_clock_ms() < until && !stop_requested()) {
        size_t n = 0;

        code = tail->read(tail->context, topic, DEMO_SCORE, DEMO_TRUTH, from, PAGE, points, &n,
                          &from, err);
        for (size_t i = 0; !code && i < n && got < rows; i++, got++) {
            out[got] = (ranked_row){points[i].score, points[i].truth > 0.5};
            if (points[i].model_version < first) {
                first = points[i].model_version;
                of_first = 0;
            }
            of_first += points[i].model_version == first;
        }
        if (!code && !n)
            stop_wait(LOOK_MS);
    }
    if (!code && got < rows)
        code = weir_fail(err, WEIR_UNAVAILABLE, "%" PRIu64 " of %" PRIu64 " rows are in %s", got,
                         rows, topic);
    *count = got;
    if (first_model)
        *first_model = of_first;
    weir_free(points);
    return code;
}

static weir_code measure(demo_rig *rig, uint64_t rows, once_figures *out, weir_error *err)
{
    uint64_t count = 0;
    weir_code code = WEIR_OK;
    ranked_row *ranked = weir_calloc(rows ? rows : 1, sizeof *ranked);

    if (!ranked)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %" PRIu64 " scores", rows);
    if ((code = read_sink(rig, DEMO_SINK, rows, ranked, &out->scored, &out->first_model, err)) ||
        (code = ranking_of(ranked, out->scored, &out->main, err)) ||
        (code = read_sink(rig, HBOS_SINK, rows, ranked, &count, NULL, err)) ||
        (code = ranking_of(ranked, count, &out->hbos, err)) ||
        (code = read_sink(rig, FINAL_SINK, rows, ranked, &count, NULL, err)))
        goto done;
    code = ranking_of(ranked, count, &out->final, err);
done:
    weir_free(ranked);
    return code;
}

static double rounded(double value)
{
    return round(value * 1e6) / 1e6;
}

static weir_code print_figures(const demo_rig *rig, const once_figures *figures, bool json,
                               weir_error *err)
{
    json_t *object = NULL;
    char *text = NULL;

    if (!json) {
        printf("rows produced            %" PRIu64 "\n"
               "rows learned             %" PRIu64 "\n"
               "rows scored              %" PRIu64 "\n"
               "  by the first model     %" PRIu64 "\n"
               "AUROC                    %.6f\n"
               "average precision        %.6f\n"
               "AUROC by the last model  %.6f\n"
               "AUROC of 10-bin HBOS     %.6f\n"
               "seconds                  %.1f\n"
               "broker                   %s\n",
               figures->produced, figures->learned, figures->scored, figures->first_model,
               figures->main.auroc, figures->main.average_precision, figures->final.auroc,
               figures->hbos.auroc, figures->seconds, demo_rig_broker(rig));
        return WEIR_OK;
    }
    object = json_pack(
        "{s:I,s:I,s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:s}", "rows_produced", (json_int_t)figures->produced,
        "rows_learned", (json_int_t)figures->learned, "rows_scored", (json_int_t)figures->scored,
        "rows_scored_by_first_model", (json_int_t)figures->first_model, "auroc",
        rounded(figures->main.auroc), "average_precision", rounded(figures->main.average_precision),
        "auroc_final", rounded(figures->final.auroc), "auroc_hbos", rounded(figures->hbos.auroc),
        "seconds", round(figures->seconds * 10) / 10, "broker", demo_rig_broker(rig));
    if (!object || !(text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(10)))) {
        json_decref(object);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the figures");
    }
    printf("%s\n", text);
    free(text);
    json_decref(object);
    return WEIR_OK;
}

weir_code demo_once(demo_rig *rig, bool json, weir_error *err)
{
    weir_simulator *simulator = demo_rig_simulator(rig);
    once_figures figures = {0};
    int64_t began = demo_clock_ms();
    uint64_t sent = 0, before = 0;
    bool end = false;
    weir_code code = demo_rig_learned(rig, &before, err);

    if (!code && before)
        code = weir_fail(err, WEIR_CONFLICT,
                         "the data directory has a project %s with %" PRIu64
                         " rows; --once begins without one",
                         DEMO_PROJECT, before);
    if (code || (code = demo_rig_connect(rig, err)) ||
        (code = demo_rig_score(rig, DEMO_MODEL, DEMO_SINK, true, true, err)) ||
        (code = demo_rig_score(rig, HBOS_MODEL, HBOS_SINK, true, true, err)))
        return code;
    while (!code && !end) {
        code = play_block(rig, sent == 0, &sent, &end, err);
        show_progress(sent, weir_simulator_rows(simulator));
    }
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
    if (code || (code = demo_rig_score(rig, DEMO_MODEL, FINAL_SINK, false, true, err)) ||
        (code = await_scored(rig, sent, SCORER_FINAL, FINAL_MS, err)) ||
        (code = demo_rig_learned(rig, &figures.learned, err)) ||
        (code = measure(rig, sent, &figures, err)))
        return code;
    figures.produced = weir_simulator_delivered(simulator);
    figures.seconds = (double)(demo_clock_ms() - began) / 1e3;
    return print_figures(rig, &figures, json, err);
}
