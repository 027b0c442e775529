/* read.c: what a summary says of one column and of two, in doubles.
 *
 * Counts, means, second moments and raw sums are those of wide.c, rounded once. The third and fourth moments, and the
 * sums of squares of one column with another, are made here in the same way: in double-double, rounded at the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "summary/state.h"
#include "summary/wide.h"

static weir_dd times(weir_dd a, weir_dd b)
{
    return weir_dd_multiply(a, b);
}

/* Four power sums about the same point. */
typedef struct {
    weir_dd n, s1, s2, s3, s4;
} powers;

static powers powers_of(const weir_summary *summary, size_t slot)
{
    const column *c = &summary->columns[slot];
    weir_dd first = state_joint(summary, slot, c->group);
    powers p = {state_exact_count(summary, c->group, c->group), first, first, first, first};

    if (!c->binary) {
        p.s2 = sums_at(&summary->products, slot, slot);
        p.s3 = c->third;
        p.s4 = c->fourth;
    }
    return p;
}

/* The third and fourth centred moment of a column that has a spread. */
static void centre(const powers *p, weir_moments *out)
{
    weir_dd mean = weir_dd_divide(p->s1, p->n), mean2 = times(mean, mean);
    weir_dd m3 = weir_dd_subtract(p->s3, weir_dd_scale(times(mean, p->s2), 3));
    weir_dd m4 = weir_dd_subtract(p->s4, weir_dd_scale(times(mean, p->s3), 4));

    m3 = weir_dd_add(m3, weir_dd_scale(times(mean2, p->s1), 2));
    m4 = weir_dd_add(m4, weir_dd_scale(times(mean2, p->s2), 6));
    m4 = weir_dd_subtract(m4, weir_dd_scale(times(times(mean2, mean), p->s1), 3));
    out->m3 = m3.hi;
    out->m4 = m4.hi > 0 ? m4.hi : 0;
}

static void extremes(const weir_summary *summary, const column *c, const powers *p,
                     weir_moments *out)
{
    if (c->binary) { /* known from the counts, even after a subtraction */
        out->min = weir_dd_subtract(p->n, p->s1).hi > 0 ? 0 : 1;
        out->max = p->s1.hi > 0 ? 1 : 0;
        return;
    }
    out->min = c->least;
    out->max = c->greatest;
    out->extremes_are_bounds = summary->subtracted;
}

void weir_summary_moments(const weir_summary *summary, size_t id, weir_moments *out)
{
    size_t slot = weir_schema_at(summary->schema, id)->slot;
    wide_column wide;
    const column *c;
    powers p;

    *out = (weir_moments){.mean = NAN, .min = NAN, .max = NAN};
    if (slot == WEIR_NONE)
        return;
    wide_read(summary, id, &wide);
    out->count = wide.count.hi;
    if (!(out->count > 0))
        return;
    c = &summary->columns[slot];
    p = powers_of(summary, slot);
    out->sum = weir_dd_add(p.s1, times(p.n, weir_dd_of(c->anchor))).hi;
    out->mean = wide.mean.hi;
    out->m2 = wide.m2.hi;
    if (out->m2 > 0)
        centre(&p, out);
    extremes(summary, c, &p, out);
}

/* sum x^2 y, where y is binary or both are the same column; otherwise it is not kept. */
static double cubic(const weir_summary *summary, size_t x, size_t y, const wide_pair *pair)
{
    const column *cx = &summary->columns[x], *cy = &summary->columns[y];
    weir_dd anchor = weir_dd_of(cx->anchor), square = times(anchor, anchor), u, sum;

    if (cx->binary)
        return pair->xy.hi;
    if (x == y) {
        u = state_joint(summary, x, cx->group);
        sum = weir_dd_add(cx->third,
                          weir_dd_scale(times(anchor, state_joint2(summary, x, cx->group)), 3));
        sum = weir_dd_add(sum, weir_dd_scale(times(square, u), 3));
        return weir_dd_add(sum, times(square, times(anchor, pair->count))).hi;
    }
    if (!cy->binary)
        return NAN;
    sum = weir_dd_scale(times(anchor, sums_pair(&summary->products, x, y)), 2);
    sum = weir_dd_add(state_mixed(summary, x, y), sum);
    return weir_dd_add(sum, times(square, pair->y)).hi;
}

static double quartic(const weir_summary *summary, size_t x, size_t y, const wide_pair *pair)
{
    if (summary->columns[y].binary)
        return cubic(summary, x, y, pair);
    if (summary->columns[x].binary) {
        wide_pair turned = {.count = pair->count, .y = pair->x, .xy = pair->xy};

        return cubic(summary, y, x, &turned);
    }
    return summary->squares ? sums_pair(&summary->squared, x, y).hi : NAN;
}

void weir_summary_pair(const weir_summary *summary, size_t x, size_t y, weir_pair *out)
{
    size_t slot_x = weir_schema_at(summary->schema, x)->slot;
    size_t slot_y = weir_schema_at(summary->schema, y)->slot;
    wide_pair wide;

    *out = (weir_pair){.mean_x = NAN, .mean_y = NAN};
    wide_read_pair(summary, x, y, &wide);
    out->count = wide.count.hi;
    if (!(out->count > 0))
        return;
    out->mean_x = wide.mean_x.hi;
    out->mean_y = wide.mean_y.hi;
    out->cxx = wide.cxx.hi;
    out->cyy = wide.cyy.hi;
    out->cxy = wide.cxy.hi;
    out->sum_x = wide.x.hi;
    out->sum_y = wide.y.hi;
    out->sum_xx = wide.xx.hi;
    out->sum_yy = wide.yy.hi;
    out->sum_xy = wide.xy.hi;
    out->sum_xxy = cubic(summary, slot_x, slot_y, &wide);
    out->sum_xxyy = quartic(summary, slot_x, slot_y, &wide);
}

const weir_histogram *weir_summary_histogram(const weir_summary *summary, size_t id)
{
    size_t slot = weir_schema_at(summary->schema, id)->slot;

    return slot == WEIR_NONE ? NULL : summary->columns[slot].histogram;
}

const weir_ddsketch *weir_summary_sketch(const weir_summary *summary, size_t id)
{
    size_t slot = weir_schema_at(summary->schema, id)->slot;

    return slot == WEIR_NONE ? NULL : summary->columns[slot].sketch;
}
