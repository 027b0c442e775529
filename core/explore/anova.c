/* anova.c: one-way analysis of variance: do the means of several groups differ?
 *
 * Groups are columns, or the rows of one column in which each of several binary attributes is 1; a category among the
 * targets stands for its values, and a single binary attribute is compared with its complement. Groups without rows
 * do not count. Rows that are in several groups count in each.
 *
 * With k groups of n rows and mean m each, N the sum of n and G the mean of all,
 *
 *     SSb = sum n (m - G)^2    SSw = sum of M2    F = (SSb / (k - 1)) / (SSw / (N - k))
 *
 * In doubles G - m would keep few digits of data far away from 0 (the SmLs sets of NIST differ in the 13th digit), so
 * SSb is summed in double-double: means are taken relative to that of the first group, and SSb = sum n d^2 - N D^2 of
 * the distances d, with D their mean.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/samples.h"

#include <math.h>

#include "weir/distributions.h"

static const weir_shape shapes[] = {
    {.title = "Columns", .inputs = {{WEIR_TAKES_C, 2, 0, "Columns"}}},
    {.title = "One column, rows of several groups",
     .inputs = {{WEIR_TAKES_C, 1, 1, "Column"}},
     .targets = {{WEIR_TAKES_B | WEIR_TAKES_T, 1, 0, "Groups"}}},
    {0},
};

static const weir_option options[] = {{0}};

static const weir_metric_key keys[] = {
    {"SSb", "Sum of squares between groups."},
    {"SSw", "Sum of squares within groups."},
    {"Dfb", "Degrees of freedom between groups."},
    {"Dfw", "Degrees of freedom within groups."},
    {"MSb", "SSb / Dfb."},
    {"MSw", "SSw / Dfw."},
    {"F", "MSb / MSw."},
    {"Ssgamma", "SSb + SSw."},
    {"Dfgamma", "Dfb + Dfw."},
    {"P", "p-value of F."},
    {0},
};

/* Sums over the groups seen so far. */
typedef struct {
    double groups;
    weir_dd origin; /* the mean of the first group */
    weir_dd n, nd, ndd,
        m2; /* of counts, of counts times distances from the origin and their squares, of M2 */
} totals;

static void add_group(totals *all, const sample *group)
{
    if (!(group->count.hi > 0))
        return;
    if (all->groups == 0)
        all->origin = group->mean;
    const weir_dd distance = weir_dd_subtract(group->mean, all->origin);
    const weir_dd weighted = weir_dd_multiply(group->count, distance);

    all->groups++;
    all->n = weir_dd_add(all->n, group->count);
    all->nd = weir_dd_add(all->nd, weighted);
    all->ndd = weir_dd_add(all->ndd, weir_dd_multiply(weighted, distance));
    all->m2 = weir_dd_add(all->m2, group->m2);
}

static void add_groups(const weir_summary *summary, const weir_question *question, totals *all)
{
    sample group;

    if (question->target_count == 0) {
        for (size_t i = 0; i < question->input_count; i++) {
            wide_read(summary, question->inputs[i], &group);
            add_group(all, &group);
        }
        return;
    }
    for (size_t i = 0; i < question->target_count; i++) {
        wide_read_given(summary, question->inputs[0], question->targets[i], 1, &group);
        add_group(all, &group);
    }
    if (question->target_count == 1) {
        wide_read_given(summary, question->inputs[0], question->targets[0], 0, &group);
        add_group(all, &group);
    }
}

static weir_code anova(const weir_summary *summary, const weir_question *question,
                       weir_answer *answer, weir_error *err)
{
    totals all = {0};

    add_groups(summary, question, &all);
    const double between_df = all.groups - 1, within_df = all.n.hi - all.groups;
    if (between_df < 1)
        return WEIR_OK;
    weir_dd between =
        weir_dd_subtract(all.ndd, weir_dd_divide(weir_dd_multiply(all.nd, all.nd), all.n));
    if (between.hi < 0) /* rounding where all means are one */
        between = weir_dd_of(0);
    const double ms_between = between.hi / between_df;
    const double ms_within = within_df > 0 ? all.m2.hi / within_df : NAN;
    const double f = ms_within > 0 ? ms_between / ms_within : NAN;
    const metric_number numbers[] = {
        {"SSb", between.hi},
        {"SSw", all.m2.hi},
        {"Dfb", between_df},
        {"Dfw", within_df},
        {"MSb", ms_between},
        {"MSw", ms_within},
        {"F", f},
        {"Ssgamma", weir_dd_add(between, all.m2).hi},
        {"Dfgamma", all.n.hi - 1},
        {"P", weir_f_upper(f, between_df, within_df)},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

const weir_metric weir_metric_anova = {
    .id = "anova",
    .title = "Analysis of variance",
    .help = "Whether the means of several groups differ.",
    .shapes = shapes,
    .keys = keys,
    .options = options,
    .answer = anova,
};
