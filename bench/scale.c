/* scale.c: what it costs to answer for ten thousand partitions, with real merges.
 *
 *     scale [--json] [--cells N] [--rows N]
 *
 * Makes a cell for each of --cells partitions (10,000), each from --rows rows (100) of 9 columns with histograms, and
 * puts them into a tree of merges (weir/merge_tree.h):
 *
 *     cell            what one cell takes, in memory and stored, and what making these bytes and reading them costs
 *     changed-K       one answer for the whole after K cells have changed: the ratio is the time of merging all cells
 *                     one after the other over the time of the tree
 *     fan-out-F       the same for K = 100 at other fan-outs, with what the tree holds beside the cells
 *     changelog       what all nodes together write, at 1,000 and 10,000 rows/s a partition, when each cell is written
 *                     as the group's share allows: the seconds between two writes of a cell and the bytes a second
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "weir/merge_tree.h"

enum { COLUMNS = 9, KINDS = 64, ROW_BYTES = 98, ROUNDS = 3 };

/* As node_group.c has them. */
#define SHARE 0.05
#define LEAST_S 1.0
#define MOST_S 10.0

static const size_t changed[] = {1, 10, 100, 1000};
static const size_t fan_outs[] = {4, 8, 32};

static size_t cells = 10000, rows_each = 100;
static weir_summary *kinds[KINDS]; /* distinct cells, of which the partitions have copies */

static weir_summary *cell_of(size_t rows)
{
    const weir_summary_options options = {.histograms = true};
    weir_summary *cell = NULL;
    weir_batch *batch = NULL;
    weir_error err;

    bench_must(weir_summary_new(&options, &cell, &err), &err);
    bench_must(weir_batch_new(rows, &batch, &err), &err);
    for (size_t i = 0; i < COLUMNS; i++) {
        char name[8];
        size_t column;

        snprintf(name, sizeof name, "c%zu", i);
        bench_must(weir_batch_add_column(batch, name, strlen(name), WEIR_C, &column, &err), &err);
    }
    for (size_t row = 0; row < rows; row++) {
        bench_must(weir_batch_row_begin(batch, &err), &err);
        for (size_t i = 0; i < COLUMNS; i++)
            bench_must(weir_batch_put_number(batch, i, 40 + 12 * bench_normal(), &err), &err);
        weir_batch_row_end(batch);
    }
    bench_must(weir_summary_absorb(cell, batch, 1, &err), &err);
    weir_batch_free(batch);
    return cell;
}

static weir_summary *copy_of(size_t i)
{
    weir_summary *copy = NULL;
    weir_error err;

    bench_must(weir_summary_copy(kinds[i % KINDS], &copy, &err), &err);
    return copy;
}

static weir_merge_tree *tree_of(size_t fan_out)
{
    weir_merge_tree *tree = NULL;
    const weir_summary *whole;
    weir_error err;

    bench_must(weir_merge_tree_new(fan_out, &tree, &err), &err);
    for (size_t i = 0; i < cells; i++)
        bench_must(weir_merge_tree_put(tree, i, copy_of(i), &err), &err);
    bench_must(weir_merge_tree_whole(tree, &whole, &err), &err);
    return tree;
}

/* Seconds of an answer after so many cells have changed, and the merges it took. */
static double answer(weir_merge_tree *tree, size_t count, double *merges)
{
    double seconds[ROUNDS], before;
    const weir_summary *whole;
    uint64_t at = 0;
    weir_error err;

    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++)
            bench_must(weir_merge_tree_put(tree, (size_t)(bench_uniform() * (double)cells),
                                           copy_of(round + i), &err),
                       &err);
        at = weir_merge_tree_merges(tree);
        before = bench_cpu();
        bench_must(weir_merge_tree_whole(tree, &whole, &err), &err);
        seconds[round] = bench_cpu() - before;
    }
    *merges = (double)(weir_merge_tree_merges(tree) - at);
    return bench_median(seconds, ROUNDS);
}

/* Seconds of merging all cells of a tree one after the other. */
static double flat(const weir_merge_tree *tree)
{
    double before = bench_cpu();
    weir_summary *all = copy_of(0);
    weir_error err;

    for (size_t i = 1; i < cells; i++)
        bench_must(weir_summary_merge(all, weir_merge_tree_leaf(tree, i), &err), &err);
    weir_summary_free(all);
    return bench_cpu() - before;
}

static bench_row cell_row(double *stored)
{
    double before = bench_cpu(), save, load;
    weir_bytes bytes = {0};
    weir_summary *again = NULL;
    weir_error err;

    for (size_t i = 0; i < KINDS; i++) {
        weir_bytes_clear(&bytes);
        bench_must(weir_summary_save(kinds[i], &bytes, &err), &err);
    }
    save = (bench_cpu() - before) / KINDS;
    before = bench_cpu();
    for (size_t i = 0; i < KINDS; i++) {
        bench_must(weir_summary_load(bytes.data, bytes.size, &again, &err), &err);
        weir_summary_free(again);
    }
    load = (bench_cpu() - before) / KINDS;
    *stored = (double)bytes.size;
    weir_bytes_free(&bytes);
    return (bench_row){.name = "cell",
                       .ratio = *stored / (double)weir_summary_memory(kinds[0]),
                       .figures = {{"memory", (double)weir_summary_memory(kinds[0]) / 1e3, "kB"},
                                   {"stored", *stored / 1e3, "kB"},
                                   {"save", save * 1e6, "us"},
                                   {"load", load * 1e6, "us"}}};
}

/* Each cell is written when the share of what was read covers it, within the two intervals. */
static bench_row changelog_row(const char *name, double rate, double stored)
{
    double read = rate * ROW_BYTES, interval = stored / (read * SHARE);

    interval = fmin(fmax(interval, LEAST_S), MOST_S);
    return (bench_row){.name = name,
                       .ratio = stored / interval / read,
                       .figures = {{"interval", interval, "s"},
                                   {"written", (double)cells * stored / interval / 1e6, "MB/s"},
                                   {"read", (double)cells * read / 1e6, "MB/s"}}};
}

static void take_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t *wanted = !strcmp(argv[i], "--cells")  ? &cells
                         : !strcmp(argv[i], "--rows") ? &rows_each
                                                      : NULL;

        if (!wanted)
            continue;
        if (++i == argc || !(*wanted = strtoul(argv[i], NULL, 10)))
            bench_die("--cells and --rows take a number above 0");
    }
}

int main(int argc, char **argv)
{
    static char names[16][24];
    bench_row rows[16];
    size_t n = 0, leaves = 0, all = 0;
    double stored = 0, flat_s, merges = 0, seconds;
    weir_merge_tree *tree = NULL;

    take_arguments(argc, argv);
    for (size_t i = 0; i < KINDS; i++)
        kinds[i] = cell_of(rows_each);
    rows[n++] = cell_row(&stored);
    tree = tree_of(0);
    flat_s = flat(tree);
    all = weir_merge_tree_memory(tree, &leaves);
    for (size_t i = 0; i < sizeof changed / sizeof *changed && changed[i] <= cells; i++) {
        seconds = answer(tree, changed[i], &merges);
        snprintf(names[n], sizeof names[n], "changed-%zu", changed[i]);
        rows[n] = (bench_row){.name = names[n],
                              .ratio = flat_s / seconds,
                              .figures = {{"tree", seconds * 1e3, "ms"},
                                          {"flat", flat_s * 1e3, "ms"},
                                          {"merges", merges, ""},
                                          {"cells", (double)leaves / 1e6, "MB"},
                                          {"beside", (double)(all - leaves) / 1e6, "MB"}}};
        n++;
    }
    weir_merge_tree_free(tree);
    for (size_t i = 0; i < sizeof fan_outs / sizeof *fan_outs && cells >= 100; i++) {
        tree = tree_of(fan_outs[i]);
        seconds = answer(tree, 100, &merges);
        all = weir_merge_tree_memory(tree, &leaves);
        snprintf(names[n], sizeof names[n], "fan-out-%zu", fan_outs[i]);
        rows[n] = (bench_row){.name = names[n],
                              .ratio = flat_s / seconds,
                              .figures = {{"tree", seconds * 1e3, "ms"},
                                          {"merges", merges, ""},
                                          {"beside", (double)(all - leaves) / 1e6, "MB"}}};
        n++;
        weir_merge_tree_free(tree);
    }
    rows[n++] = changelog_row("changelog-1000", 1000, stored);
    rows[n++] = changelog_row("changelog-10000", 10000, stored);
    bench_print(rows, n, bench_json(argc, argv));
    for (size_t i = 0; i < KINDS; i++)
        weir_summary_free(kinds[i]);
    return 0;
}
