/* absorb.c: what it costs to take batches of 500 rows into a summary, beside the least that could do the same sums.
 *
 *     absorb-9          9 columns without gaps, histograms on, extended precision, values as sensors give them (a few
 *                       thousand distinct ones); reference: cblas_dsyrk, one pass for four power sums, and one
 *                       increment of a dense 4,096-bin histogram a cell
 *     absorb-9-real     the same with values that never repeat
 *     absorb-1000       1,000 columns, plain doubles, histograms off; reference: cblas_dsyrk alone
 *     memory            bytes held after 1 M rows over those after 10 M; the target is to be within 5 %
 *
 * A ratio is the CPU time of the reference over ours: the median of rounds in which both run in turn.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "weir/summary.h"

enum { ROWS = 500, BINS = 4096, ROUNDS = 15, BATCHES = 40 };

/* A batch of ROWS rows; grid: the distance between possible values, 0 for none. */
static weir_batch *random_batch(size_t columns, double grid)
{
    weir_batch *batch = NULL;
    weir_error err;

    bench_must(weir_batch_new(ROWS, &batch, &err), &err);
    for (size_t i = 0; i < columns; i++) {
        char name[32];
        size_t at;
        int length = snprintf(name, sizeof name, "c%zu", i);

        bench_must(weir_batch_add_column(batch, name, (size_t)length, WEIR_C, &at, &err), &err);
    }
    for (size_t r = 0; r < ROWS; r++) {
        bench_must(weir_batch_row_begin(batch, &err), &err);
        for (size_t i = 0; i < columns; i++) {
            double x = 40 + 12 * bench_normal();

            bench_must(
                weir_batch_put_number(batch, i, grid > 0 ? grid * nearbyint(x / grid) : x, &err),
                &err);
        }
        weir_batch_row_end(batch);
    }
    return batch;
}

static weir_summary *fresh(bool histograms, weir_precision precision)
{
    weir_summary_options options = {.histograms = histograms, .precision = precision};
    weir_summary *summary = NULL;
    weir_error err;

    bench_must(weir_summary_new(&options, &summary, &err), &err);
    return summary;
}

/* What the reference works with. */
typedef struct {
    double *products, *powers, *bins, *rows;
} reference;

static reference reference_new(size_t columns)
{
    return (reference){calloc(columns * columns, sizeof(double)),
                       calloc(columns * 4, sizeof(double)), calloc(columns * BINS, sizeof(double)),
                       calloc(columns * ROWS, sizeof(double))};
}

static void reference_free(reference *r)
{
    free(r->products);
    free(r->powers);
    free(r->bins);
    free(r->rows);
}

/* The matrix is given: laying it out is our cost, not that of the reference. */
static void reference_matrix(reference *r, const weir_batch *batch)
{
    for (size_t i = 0; i < batch->column_count; i++)
        memcpy(r->rows + i * ROWS, batch->columns[i].values, ROWS * sizeof(double));
}

static void reference_products(reference *r, size_t columns)
{
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)columns, ROWS, 1, r->rows, ROWS, 1,
                r->products, (int)columns);
}

static void reference_passes(reference *r, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        const double *x = r->rows + i * ROWS;
        double *bins = r->bins + i * BINS;
        double s1 = 0, s2 = 0, s3 = 0, s4 = 0;

        for (size_t k = 0; k < ROWS; k++) {
            double square = x[k] * x[k];

            s1 += x[k];
            s2 += square;
            s3 += square * x[k];
            s4 += square * square;
        }
        r->powers[4 * i] += s1;
        r->powers[4 * i + 1] += s2;
        r->powers[4 * i + 2] += s3;
        r->powers[4 * i + 3] += s4;
        for (size_t k = 0; k < ROWS; k++) {
            double at = (x[k] + 60) * (BINS / 200.0);

            bins[at < 0 ? 0 : at >= BINS ? BINS - 1 : (size_t)at]++;
        }
    }
}

/* Batches of so many columns, taken by the reference and by a summary in turn. */
static bench_row compare(const char *name, size_t columns, double grid, bool histograms,
                         weir_precision precision, size_t batches, double target)
{
    weir_summary *summary = fresh(histograms, precision);
    reference plain = reference_new(columns);
    weir_batch **batch = calloc(batches, sizeof *batch);
    double ratios[ROUNDS], ours_a_row[ROUNDS];
    weir_error err;

    for (size_t i = 0; i < batches; i++) {
        batch[i] = random_batch(columns, grid);
        bench_must(weir_summary_absorb(summary, batch[i], 1, &err), &err);
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        double ours = 0, theirs = 0, start;

        for (size_t i = 0; i < batches; i++) {
            reference_matrix(&plain, batch[i]);
            start = bench_cpu();
            reference_products(&plain, columns);
            if (histograms)
                reference_passes(&plain, columns);
            theirs += bench_cpu() - start;
            start = bench_cpu();
            bench_must(weir_summary_absorb(summary, batch[i], 1, &err), &err);
            ours += bench_cpu() - start;
        }
        ratios[round] = theirs / ours;
        ours_a_row[round] = 1e9 * ours / (double)(batches * ROWS);
    }
    for (size_t i = 0; i < batches; i++)
        weir_batch_free(batch[i]);
    free(batch);
    reference_free(&plain);
    weir_summary_free(summary);
    return (bench_row){
        .name = name,
        .ratio = bench_median(ratios, ROUNDS),
        .target = target,
        .figures = {{"ns_a_row", bench_median(ours_a_row, ROUNDS), "ns a row"}},
    };
}

/* Memory after a tenth of the rows over memory after all. */
static double memory_ratio(void)
{
    enum { TENTH = 2000 }; /* batches: 1 M rows */
    weir_summary *summary = fresh(true, WEIR_PRECISION_AUTO);
    weir_batch *batches[64];
    double tenth = 0;
    weir_error err;

    for (size_t i = 0; i < 64; i++)
        batches[i] = random_batch(9, 0);
    for (size_t i = 0; i < 10 * TENTH; i++) {
        bench_must(weir_summary_absorb(summary, batches[i % 64], 1, &err), &err);
        if (i + 1 == TENTH)
            tenth = (double)weir_summary_memory(summary);
    }
    tenth /= (double)weir_summary_memory(summary);
    for (size_t i = 0; i < 64; i++)
        weir_batch_free(batches[i]);
    weir_summary_free(summary);
    return tenth;
}

int main(int argc, char **argv)
{
    openblas_set_num_threads(1);
    const bench_row rows[] = {
        compare("absorb-9", 9, 0.1, true, WEIR_PRECISION_AUTO, BATCHES, 0.6),
        compare("absorb-9-real", 9, 0, true, WEIR_PRECISION_AUTO, BATCHES, 0.6),
        compare("absorb-1000", 1000, 0, false, WEIR_PRECISION_DOUBLE, 4, 0.85),
        {.name = "memory", .ratio = memory_ratio(), .target = 0.95},
    };

    bench_print(rows, sizeof rows / sizeof *rows, bench_json(argc, argv));
    return 0;
}
