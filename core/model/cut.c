/* cut.c: a threshold for the sum of scores from the distribution of each.
 *
 * A detector with a share of contamination c calls a row unusual when its score exceeds the (1 - c)-quantile of the
 * scores of all rows. A summary has no rows to score, but it knows the distribution of the score of each attribute, and
 * were the attributes independent the distribution of their sum would be the convolution of those. That is what is
 * computed here, on a grid of CELLS cells over all scores that can occur; mass between two cells is shared so that its
 * mean is kept, so an attribute moves it by less than a cell either way, and on average not at all. Attributes are not
 * independent, so the share of rows above the cut is near c, not c: dependence moves it. The cells an attribute spans
 * add up to CELLS, so the cost is some CELLS * (CELLS + attributes) operations.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/cut.h"

#include <math.h>
#include <string.h>

#include "weir/memory.h"

enum { CELLS = 1024 };

struct cut {
    double cell;  /* width of a cell; 0 when every score is the same */
    double least; /* the score of cell 0 */
    size_t used;  /* cells that may hold mass */
    double mass[2 * CELLS];
};

weir_code cut_new(double span, cut **out, weir_error *err)
{
    cut *c = weir_calloc(1, sizeof *c);

    if (!c)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a distribution of scores");
    c->cell = span > 0 ? span / (CELLS - 1) : 0;
    c->used = 1;
    c->mass[0] = 1;
    *out = c;
    return WEIR_OK;
}

static void add_shifted(double *restrict into, const double *restrict mass, double weight, size_t n)
{
    for (size_t i = 0; i < n; i++)
        into[i] += weight * mass[i];
}

weir_code cut_add(cut *c, const cut_part *parts, size_t count, weir_error *err)
{
    double least = INFINITY, *own = NULL, *sum = NULL;
    size_t used = 1;
    weir_code code = WEIR_OK;

    if (count == 0)
        return WEIR_OK;
    own = weir_calloc(2 * CELLS, sizeof *own);
    sum = weir_calloc(2 * CELLS, sizeof *sum);
    if (!own || !sum) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a distribution of scores");
        goto done;
    }
    for (size_t i = 0; i < count; i++)
        least = fmin(least, parts[i].score);
    for (size_t i = 0; i < count; i++) {
        double place = c->cell > 0 ? fmin((parts[i].score - least) / c->cell, CELLS - 1) : 0;
        size_t at = (size_t)place;
        own[at] += parts[i].weight * (1 - (place - (double)at));
        own[at + 1] += parts[i].weight * (place - (double)at);
        if (at + 2 > used)
            used = at + 2;
    }
    for (size_t i = 0; i < used; i++)
        if (own[i] > 0)
            add_shifted(sum + i, c->mass, own[i],
                        c->used < 2 * CELLS - i ? c->used : 2 * CELLS - i);
    c->used = c->used + used - 1 < 2 * CELLS ? c->used + used - 1 : 2 * CELLS;
    while (c->used > 1 && sum[c->used - 1] == 0)
        c->used--;
    memcpy(c->mass, sum, sizeof c->mass);
    c->least += least;
done:
    weir_free(own);
    weir_free(sum);
    return code;
}

/* The upper end of the cell in which the share p is reached: where many rows have one and the same score, that score
 * must not exceed the cut by the width of a cell. */
double cut_quantile(const cut *c, double p)
{
    double below = 0;
    size_t i = 0;

    while (i + 1 < c->used && (below += c->mass[i]) < p)
        i++;
    return c->least + (double)(i + 1) * c->cell;
}

void cut_free(cut *c)
{
    weir_free(c);
}
