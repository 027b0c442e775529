/* curve.c: a kernel density in constant time a value.
 *
 * With h = bandwidth * spread, nodes v_i of weight w_i and u = (x - v_0) / h the score is
 *
 *     s(x) = -log(K sum_i w_i exp(-(u - u_i)^2 / 2) + 1e-4),     K = 1 / (bandwidth sqrt(2 pi)),
 *
 * without a unit: it stays the same when the attribute is measured on another scale. The sum has up to 4,096 terms,
 * too many for every row, so s is tabulated: the axis is cut into blocks one h wide, and a block within REACH of more
 * than FEW nodes gets STEPS cells with s and its derivative at their ends, between which s is a cubic (Hermite
 * interpolation). Anywhere else the few terms within REACH are summed as they stand. So time and memory are bounded
 * whatever the data: a value costs a search and at most FEW exponentials, a node lies in reach of at most 2 REACH + 1
 * blocks and a block needs more than FEW of them, hence at most 16 * 4096 / FEW blocks of 272 bytes.
 *
 * Errors. Leaving out what is further than REACH = 7 changes the density by less than K exp(-24.5) = K 2.3e-11, and s
 * by less than 2e-7 where K is 0.8. Cubic interpolation of cells of h / 16 errs by max|s''''| / 384 / 16^4; where
 * the density fades into the 1e-4 the fourth derivative reaches some hundreds, so the error some 1e-5. The test
 * measures it.
 *
 * Building adds each node to the cell ends in its reach. exp(-(a + i d)^2 / 2) = exp(-a^2 / 2) p^i exp(-(i d)^2 / 2)
 * with p = exp(-a d): two exponentials a node instead of 225. A table is a function of the nodes alone, so that a model
 * saved as its nodes and read back scores to the same bit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/curve.h"

#include <math.h>
#include <string.h>

#include "model/search.h"
#include "weir/memory.h"

enum {
    STEPS = 16, /* cells a block */
    REACH = 7,  /* in units of h */
    FEW = 8,
    ENDS = 2 * REACH * STEPS + 1, /* cell ends in reach of a node */
    LANES = 4 /* powers of p kept at once, so that one need not wait for the last */
};

static const double FLOOR = 1e-4;         /* keeps the score of a value never seen finite */
static const double FARTHEST = 0x1p44;    /* u beyond which blocks cannot be told apart well */
static const double LEAST_WIDTH = 1e-200; /* a narrower kernel is no kernel: 1 / h must be finite */
static const double ROOT_TWO_PI = 2.5066282746310005;

/* Neighbouring blocks that are tabulated. */
typedef struct {
    double first, last; /* u at the left end of the first block, at the right end of the last */
    size_t offset;      /* of its first cell end */
} run;

/* The end of a cell: the score and what it changes by over one cell at this slope. */
typedef struct {
    double score, slope;
} knot;

struct curve {
    curve_node *nodes;
    double *values; /* of the nodes, for the search */
    size_t count;
    double spread, peak; /* peak: K */
    double origin, width, per_width;
    run *runs;
    size_t run_count;
    knot *knots;
};

static double score_of(double density)
{
    return -log(density + FLOOR);
}

/* --- building the table */

static double place_of(const curve *c, double x)
{
    return (x - c->origin) * c->per_width;
}

/* Finds the blocks with more than FEW nodes in reach, one after another. Called twice: to count (runs NULL), to write.
 * Returns the number of runs; *knots: cell ends needed. */
static size_t find_runs(const curve *c, run *runs, size_t *knots)
{
    size_t count = 0, first = 0, end = 0; /* nodes in reach: first to end - 1 */
    double block = -REACH, last = 0;      /* last: right end of the latest run */

    *knots = 0;
    while (first < c->count && block < FARTHEST) {
        while (first < c->count && place_of(c, c->nodes[first].value) < block - REACH)
            first++;
        if (end < first)
            end = first;
        while (end < c->count && place_of(c, c->nodes[end].value) <= block + 1 + REACH)
            end++;
        if (end == first) { /* nothing near: on to the next node */
            if (first < c->count)
                block = floor(place_of(c, c->nodes[first].value)) - REACH;
            continue;
        }
        if (end - first > FEW) {
            if (count == 0 || last != block) {
                if (runs)
                    runs[count] = (run){.first = block, .offset = *knots};
                count++;
                (*knots)++;
            }
            last = block + 1;
            *knots += STEPS;
            if (runs)
                runs[count - 1].last = last;
        }
        block++;
    }
    return count;
}

/* The sums at the cell ends of a run while it is filled: of exp(-t^2 / 2) and of t exp(-t^2 / 2). Both end in LANES
 * numbers that nobody reads. */
typedef struct {
    double *density, *moment;
} sums;

/* LANES numbers in one register where the machine has such; a vector type, because what at points to could overlap for
 * all the compiler knows. */
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

/* Adds a node to n cell ends, the first of which lies a from it, rounded up to a multiple of LANES. */
static void add_node(sums at, size_t n, double a, double weight, const double *bell)
{
    const double step = 1.0 / STEPS, power = exp(-a * step);
    const double stride = (power * power) * (power * power);
    lanes factor = {weight * exp(-a * a / 2)}, t = {a}, heights, density, moment;

    for (size_t l = 1; l < LANES; l++) {
        factor[l] = factor[l - 1] * power;
        t[l] = a + (double)l * step;
    }
    for (size_t i = 0; i < n; i += LANES) {
        memcpy(&heights, bell + i, sizeof heights);
        memcpy(&density, at.density + i, sizeof density);
        memcpy(&moment, at.moment + i, sizeof moment);
        heights *= factor;
        density += heights;
        moment += heights * t;
        factor *= stride;
        t += LANES * step;
        memcpy(at.density + i, &density, sizeof density);
        memcpy(at.moment + i, &moment, sizeof moment);
    }
}

/* Fills the knots of a run; scratch has room for twice its cell ends and 2 LANES more, all 0. */
static void fill_run(const curve *c, const run *r, const double *bell, double *scratch)
{
    const size_t knots = (size_t)((r->last - r->first) * STEPS) + 1;
    const sums all = {scratch, scratch + knots + LANES};
    knot *out = c->knots + r->offset;

    for (size_t i = 0; i < c->count; i++) {
        double u = place_of(c, c->nodes[i].value);
        if (u < r->first - REACH)
            continue;
        if (u > r->last + REACH)
            break;
        double from = ceil((u - REACH - r->first) * STEPS);
        double to = floor((u + REACH - r->first) * STEPS);
        size_t start = from > 0 ? (size_t)from : 0;
        size_t stop = to < (double)(knots - 1) ? (size_t)to : knots - 1;
        if (to >= 0 && start <= stop)
            add_node((sums){all.density + start, all.moment + start}, stop - start + 1,
                     r->first + (double)start / STEPS - u, c->nodes[i].weight, bell);
    }
    for (size_t i = 0; i < knots; i++) {
        double density = c->peak * all.density[i];
        out[i].slope = c->peak * all.moment[i] / (density + FLOOR) / STEPS;
        out[i].score = score_of(density);
    }
}

static weir_code tabulate(curve *c, weir_error *err)
{
    double bell[ENDS + LANES], *scratch = NULL;
    size_t knots;
    weir_code code = WEIR_OK;

    if ((c->run_count = find_runs(c, NULL, &knots)) == 0)
        return WEIR_OK;
    const size_t room = 2 * (knots + LANES);
    c->runs = weir_malloc(c->run_count * sizeof *c->runs);
    c->knots = weir_malloc(knots * sizeof *c->knots);
    scratch = weir_malloc(room * sizeof *scratch);
    if (!c->runs || !c->knots || !scratch) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a density of %zu cells", knots);
        goto done;
    }
    find_runs(c, c->runs, &knots);
    for (size_t i = 0; i < ENDS + LANES; i++) {
        double t = (double)i / STEPS;
        bell[i] = exp(-t * t / 2);
    }
    for (size_t i = 0; i < c->run_count; i++) {
        size_t ends = (size_t)((c->runs[i].last - c->runs[i].first) * STEPS) + 1;
        memset(scratch, 0, 2 * (ends + LANES) * sizeof *scratch);
        fill_run(c, &c->runs[i], bell, scratch);
    }
done:
    weir_free(scratch);
    return code;
}

weir_code curve_new(const curve_node *nodes, size_t count, double spread, double bandwidth,
                    curve **out, weir_error *err)
{
    curve *c = weir_calloc(1, sizeof *c);
    weir_code code = WEIR_OK;

    if (!c || !(c->nodes = weir_malloc((count ? count : 1) * sizeof *nodes)) ||
        !(c->values = weir_malloc((count ? count : 1) * sizeof *c->values))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a density of %zu bins", count);
        goto done;
    }
    if (count)
        memcpy(c->nodes, nodes, count * sizeof *nodes);
    for (size_t i = 0; i < count; i++)
        c->values[i] = nodes[i].value;
    c->count = count;
    c->spread = spread;
    c->peak = 1 / (bandwidth * ROOT_TWO_PI);
    c->width = bandwidth * spread;
    if (c->width < LEAST_WIDTH)
        c->width = 0;
    if (count && c->width > 0) {
        c->origin = nodes[0].value;
        c->per_width = 1 / c->width;
        if ((code = tabulate(c, err)))
            goto done;
    }
    *out = c;
    c = NULL;
done:
    curve_free(c);
    return code;
}

void curve_free(curve *c)
{
    if (!c)
        return;
    weir_free(c->nodes);
    weir_free(c->values);
    weir_free(c->runs);
    weir_free(c->knots);
    weir_free(c);
}

/* --- scoring */

/* Values are not smoothed: the share of rows in the very bin. */
static double point_score(const curve *c, double x)
{
    size_t at = search_upto(c->values, c->count, x);
    bool inside = at && (x == c->nodes[at - 1].value || x < c->nodes[at - 1].end);

    return score_of(inside ? c->peak * c->nodes[at - 1].weight : 0);
}

/* The sum over the nodes in reach. */
static double direct_score(const curve *c, double x)
{
    double sum = 0;

    for (size_t i = search_upto(c->values, c->count, x - REACH * c->width); i < c->count; i++) {
        double t = (x - c->nodes[i].value) * c->per_width;
        if (t < -REACH)
            break;
        sum += c->nodes[i].weight * exp(-t * t / 2);
    }
    return score_of(c->peak * sum);
}

static double table_score(const curve *c, const run *r, double u)
{
    double cell = (u - r->first) * STEPS;
    const knot *left = c->knots + r->offset + (size_t)cell, *right = left + 1;
    double t = cell - floor(cell), rise = right->score - left->score;

    return left->score + t * (left->slope + t * ((3 * rise - 2 * left->slope - right->slope) +
                                                 t * (left->slope + right->slope - 2 * rise)));
}

double curve_at(const curve *c, double x)
{
    if (c->count == 0)
        return 0;
    if (c->width == 0)
        return point_score(c, x);
    double u = place_of(c, x);
    size_t low = 0;
    for (size_t count = c->run_count; count > 0;) { /* the first run that ends after u */
        size_t half = count / 2;
        bool right = c->runs[low + half].last <= u;
        low += right ? half + 1 : 0;
        count = right ? count - half - 1 : half;
    }
    if (low < c->run_count && u >= c->runs[low].first)
        return table_score(c, &c->runs[low], u);
    return direct_score(c, x);
}

void curve_add(const curve *c, const double *values, size_t n, double *scores)
{
    for (size_t i = 0; i < n; i++)
        scores[i] += curve_at(c, values[i]);
}

double curve_spread(const curve *c)
{
    return c->spread;
}

const curve_node *curve_nodes(const curve *c, size_t *count)
{
    *count = c->count;
    return c->nodes;
}
