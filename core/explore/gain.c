/* gain.c: information gain: how many bits an attribute tells about a target.
 *
 * H(t) - H(t | a) of binary attributes, or of categories with all their values, over the rows in which both are
 * present. With observed counts O, expected counts E = row * column / N and the excess d = O / E - 1 it is
 *
 *     sum E h(d) / (N log 2),    h(d) = (1 + d) log(1 + d) - d
 *
 * since sum E d = 0. Every term is positive, so that nothing cancels, which the difference of two entropies does when
 * attributes are nearly independent; for small d h is summed as its series.
 *
 * A continuous attribute is cut into equal bins between its extremes when `sml_explore_gain_bins` says how many. What
 * falls into a bin is read from histograms, so these must be conditional, and the target must be present wherever the
 * attribute is; otherwise there is no answer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/crosstab.h"

#include <math.h>

#include "weir/memory.h"

typedef struct {
    int64_t bins;
} gain_options;

static const weir_option options[] = {
    {.name = "sml_explore_gain_bins",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(gain_options, bins),
     .least = 2,
     .greatest = 1024,
     .fallback = "",
     .help = "Equal bins into which a continuous attribute is cut; needs conditional histograms."},
    {0},
};

static const weir_shape shapes[] = {
    {.title = "An attribute and a target",
     .inputs = {{WEIR_TAKES_B | WEIR_TAKES_T | WEIR_TAKES_C, 1, 1, "Attribute"}},
     .targets = {{WEIR_TAKES_B | WEIR_TAKES_T, 1, 1, "Target"}}},
    {0},
};

static const weir_metric_key keys[] = {
    {"gain", "Information gain in bits; 0 when the attribute tells nothing."},
    {0},
};

/* --- the counts of states */

/* The states of a term: the values of a category, or 1 and 0 of a binary attribute. */
typedef struct {
    const size_t *ids;
    size_t count;
    bool category;
} states;

static states states_of(weir_term term, const size_t *ids)
{
    return term.category ? (states){ids, term.count, true} : (states){ids, 2, false};
}

static double count_of(const weir_summary *summary, const states *a, size_t i, const states *t,
                       size_t j)
{
    const bool a_zero = !a->category && i == 1, t_zero = !t->category && j == 1;
    weir_pair pair;

    weir_summary_pair(summary, a->ids[a->category ? i : 0], t->ids[t->category ? j : 0], &pair);
    if (a_zero && t_zero)
        return pair.count - pair.sum_x - pair.sum_y + pair.sum_xy;
    if (a_zero)
        return pair.sum_y - pair.sum_xy;
    return t_zero ? pair.sum_x - pair.sum_xy : pair.sum_xy;
}

static weir_code count_states(const weir_summary *summary, const states *a, const states *t,
                              crosstab *table, weir_error *err)
{
    weir_code code = crosstab_new(a->count, t->count, table, err);

    for (size_t i = 0; i < a->count && !code; i++)
        for (size_t j = 0; j < t->count; j++)
            crosstab_set(table, i, j, count_of(summary, a, i, t, j));
    return code;
}

/* --- a continuous attribute */

/* Equal bins over a range. */
typedef struct {
    double least, width;
    size_t count;
} cuts;

/* Adds the counts of a histogram, times sign, to a column of the table. */
static weir_code add_bins(const weir_histogram *histogram, const cuts *into, double sign,
                          crosstab *table, size_t column, weir_error *err)
{
    const size_t room = histogram ? weir_histogram_size(histogram) : 0;
    weir_bin *bins = weir_malloc((room + 1) * sizeof *bins);

    if (!bins)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", room);
    const size_t count = histogram ? weir_histogram_bins(histogram, bins) : 0;
    for (size_t i = 0; i < count; i++) {
        const double place = floor((bins[i].mean - into->least) / into->width);
        const size_t row = place < 1                         ? 0
                           : place < (double)into->count - 1 ? (size_t)place
                                                             : into->count - 1;
        table->counts[row * table->columns + column] += sign * bins[i].count;
    }
    weir_free(bins);
    return WEIR_OK;
}

/* True when every row with x has the target too, and x is not constant. */
static bool can_cut(const weir_summary *summary, size_t x, const states *t, size_t bins, cuts *out)
{
    const weir_histogram *all = weir_summary_histogram(summary, x);
    double least, greatest;
    weir_moments moments;
    weir_pair pair;

    if (!all || t->count == 0 || !weir_histogram_range(all, &least, &greatest))
        return false;
    weir_summary_moments(summary, x, &moments);
    weir_summary_pair(summary, x, t->ids[0], &pair);
    *out = (cuts){least, (greatest - least) / (double)bins, bins};
    return pair.count == moments.count && out->width > 0 && isfinite(out->width);
}

static weir_code count_bins(const weir_summary *summary, size_t x, const states *t,
                            const cuts *into, crosstab *table, weir_error *err)
{
    weir_code code = crosstab_new(into->count, t->count, table, err);

    for (size_t j = 0; j < t->count && !code; j++) {
        const bool zero = !t->category && j == 1;
        const weir_histogram *ones =
            weir_summary_conditional(summary, x, t->ids[t->category ? j : 0]);

        if (zero)
            code = add_bins(weir_summary_histogram(summary, x), into, 1, table, j, err);
        if (!code)
            code = add_bins(ones, into, zero ? -1 : 1, table, j, err);
    }
    for (size_t i = 0; i < table->rows * table->columns && !code; i++)
        table->counts[i] = fmax(table->counts[i], 0);
    return code;
}

/* --- the gain */

static double h(double d)
{
    if (fabs(d) > 0.1)
        return d > -1 ? (1 + d) * log1p(d) - d : 1;
    double power = d * d, sum = 0;
    for (int k = 2; k < 20; k++) {
        sum += power / (k * (k - 1));
        power *= -d;
    }
    return sum;
}

static double gain_of(const crosstab *table)
{
    double sum = 0;

    for (size_t r = 0; r < table->rows; r++)
        for (size_t c = 0; c < table->columns; c++)
            if (table->row_sums[r] > 0 && table->column_sums[c] > 0)
                sum += table->row_sums[r] / table->total * (table->column_sums[c] / table->total) *
                       h(crosstab_excess(table, r, c));
    return table->total > 0 ? sum / log(2) : NAN;
}

static weir_code gain(const weir_summary *summary, const weir_question *question,
                      weir_answer *answer, weir_error *err)
{
    const states t = states_of(metric_target(question, 0), question->targets);
    const weir_term input = metric_input(question, 0);
    crosstab table = {0};
    gain_options chosen;
    cuts into;
    weir_code code = metric_options(&weir_metric_gain, question, &chosen, err);

    if (code)
        return code;
    if (!input.category &&
        weir_schema_at(weir_summary_schema(summary), question->inputs[0])->type == WEIR_C) {
        if (chosen.bins < 2)
            return weir_fail(err, WEIR_INVALID,
                             "gain of a continuous attribute needs sml_explore_gain_bins");
        if (!weir_summary_has_conditional(summary))
            return weir_fail(err, WEIR_INVALID,
                             "gain of a continuous attribute needs conditional histograms");
        if (!can_cut(summary, question->inputs[0], &t, (size_t)chosen.bins, &into))
            return WEIR_OK;
        code = count_bins(summary, question->inputs[0], &t, &into, &table, err);
    } else {
        const states a = states_of(input, question->inputs);
        code = count_states(summary, &a, &t, &table, err);
    }
    if (!code) {
        crosstab_finish(&table);
        code = weir_answer_put(answer, "gain", gain_of(&table), err);
    }
    crosstab_free(&table);
    return code;
}

const weir_metric weir_metric_gain = {
    .id = "gain",
    .title = "Information gain",
    .help = "How many bits an attribute tells about a target.",
    .shapes = shapes,
    .keys = keys,
    .options = options,
    .options_size = sizeof(gain_options),
    .answer = gain,
};
