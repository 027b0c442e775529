/* rules.c: what a row costs under the rules a project can have, beside a project without any.
 *
 *     window-10000      9 columns of values that repeat, the last 10,000 rows
 *     window-real       the same with values that never repeat
 *     window-single     the same in frames of one row
 *     decay-100         a half-life of 100 rows
 *     decay-1000        a half-life of 1,000 rows
 *     conditional       44 columns beside 20 binary ones, a histogram given each of these
 *     window-1000       1,000 columns with histograms, the last 2,000 rows
 *
 * Frames have 500 rows but for window-single. A ratio is the CPU time without the rule over that with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <cblas.h>
#include <math.h>
#include <stdio.h>

#include "bench.h"
#include "weir/collection.h"

enum { BATCHES = 32 };

typedef struct {
    const char *name;
    size_t columns, binaries, rows, frames;
    bool repeat; /* values come again */
    weir_collection_options rules;
} scene;

static const scene scenes[] = {
    {"window-10000", 9, 0, 500, 400, true, {.window_rows = 10000}},
    {"window-real", 9, 0, 500, 400, false, {.window_rows = 10000}},
    {"window-single", 9, 0, 1, 20000, false, {.window_rows = 10000}},
    {"decay-100", 9, 0, 500, 100, true, {.decay_rows = 100}},
    {"decay-1000", 9, 0, 500, 400, true, {.decay_rows = 1000}},
    {"conditional", 64, 20, 500, 100, false, {.summary = {.conditional = true}}},
    {"window-1000", 1000, 0, 500, 20, true, {.window_rows = 2000}},
};

/* A value as the sum of uniform ones, near enough to normal. */
static double cell(const scene *s, size_t column)
{
    double x = 0;

    if (column < s->binaries)
        return bench_uniform() < 0.5;
    for (size_t i = 0; i < 12; i++)
        x += bench_uniform();
    x = 40 + 12 * (x - 6);
    return s->repeat ? 0.1 * nearbyint(10 * x) : x;
}

static weir_batch *random_batch(const scene *s)
{
    weir_batch *batch = NULL;
    weir_error err;

    bench_must(weir_batch_new(s->rows, &batch, &err), &err);
    for (size_t i = 0; i < s->columns; i++) {
        char name[32];
        size_t at;
        int length = snprintf(name, sizeof name, "c%zu", i);

        bench_must(weir_batch_add_column(batch, name, (size_t)length,
                                         i < s->binaries ? WEIR_B : WEIR_C, &at, &err),
                   &err);
    }
    for (size_t r = 0; r < s->rows; r++) {
        bench_must(weir_batch_row_begin(batch, &err), &err);
        for (size_t i = 0; i < s->columns; i++)
            bench_must(weir_batch_put_number(batch, i, cell(s, i), &err), &err);
        weir_batch_row_end(batch);
    }
    return batch;
}

/* CPU seconds of the frames of a scene, after half as many that are not counted. */
static double seconds(const scene *s, weir_batch *const *batches, weir_collection_options options)
{
    weir_collection *collection = NULL;
    weir_error err;
    double start = 0;

    options.summary.histograms = true;
    bench_must(weir_collection_new(&options, &collection, &err), &err);
    for (size_t i = 0; i < s->frames + s->frames / 2; i++) {
        if (i == s->frames / 2)
            start = bench_cpu();
        bench_must(weir_collection_absorb(collection, batches[i % BATCHES], 1, &err), &err);
    }
    start = bench_cpu() - start;
    weir_collection_free(collection);
    return start;
}

int main(int argc, char **argv)
{
    enum { COUNT = sizeof scenes / sizeof *scenes };
    bench_row rows[COUNT];

    openblas_set_num_threads(1);
    for (size_t i = 0; i < COUNT; i++) {
        const scene *s = &scenes[i];
        double scale = 1e6 / (double)(s->frames * s->rows), plain, ruled;
        weir_batch *batches[BATCHES];

        for (size_t k = 0; k < BATCHES; k++)
            batches[k] = random_batch(s);
        plain = scale * seconds(s, batches, (weir_collection_options){0});
        ruled = scale * seconds(s, batches, s->rules);
        rows[i] = (bench_row){
            .name = s->name,
            .ratio = plain / ruled,
            .figures = {{"us_a_row", ruled, "us a row"}, {"us_without", plain, "us without"}},
        };
        for (size_t k = 0; k < BATCHES; k++)
            weir_batch_free(batches[k]);
    }
    bench_print(rows, COUNT, bench_json(argc, argv));
    return 0;
}
