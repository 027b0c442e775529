/* read.c: centred moments of one column and of two.
 *
 * The stored sums are about an anchor and in double-double (or doubles, which are their special case). Centring
 * subtracts nearly equal numbers, so it is done in double-double too and rounded once at the end. What is left of a
 * sum of squares once it is below the error that its terms can have gathered is no spread but rounding: it is 0.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "summary/state.h"

/* Shares of a sum of squares below which a centred one is rounding. */
#define NOISE_EXTENDED 0x1p-94
#define NOISE_DOUBLE 1e-12

static weir_dd times(weir_dd a, weir_dd b)
{
    return weir_dd_multiply(a, b);
}

static double noise(const weir_summary *summary, const column *c)
{
    return c->ever2 * (summary->precision == WEIR_PRECISION_DOUBLE ? NOISE_DOUBLE : NOISE_EXTENDED);
}

/* A centred sum of squares as readers get it. */
static double cleaned(weir_dd sum, double noise_level)
{
    return sum.hi > noise_level ? sum.hi : 0;
}

/* Four power sums about the same point. */
typedef struct {
    weir_dd n, s1, s2, s3, s4;
} powers;

static powers powers_of(const weir_summary *summary, size_t slot)
{
    const column *c = &summary->columns[slot];
    weir_dd first = state_joint(summary, slot, c->group);
    powers p = {weir_dd_of(state_rows_of(summary, slot)), first, first, first, first};

    if (!c->binary) {
        p.s2 = sums_at(&summary->products, slot, slot);
        p.s3 = c->third;
        p.s4 = c->fourth;
    }
    return p;
}

static void centre(const powers *p, double noise_level, weir_moments *out)
{
    weir_dd mean = weir_dd_divide(p->s1, p->n), mean2 = times(mean, mean);
    weir_dd m2 = weir_dd_subtract(p->s2, times(mean, p->s1));
    weir_dd m3 = weir_dd_subtract(p->s3, weir_dd_scale(times(mean, p->s2), 3));
    weir_dd m4 = weir_dd_subtract(p->s4, weir_dd_scale(times(mean, p->s3), 4));

    m3 = weir_dd_add(m3, weir_dd_scale(times(mean2, p->s1), 2));
    m4 = weir_dd_add(m4, weir_dd_scale(times(mean2, p->s2), 6));
    m4 = weir_dd_subtract(m4, weir_dd_scale(times(times(mean2, mean), p->s1), 3));
    out->m2 = cleaned(m2, noise_level);
    out->m3 = out->m2 > 0 ? m3.hi : 0;
    out->m4 = out->m2 > 0 ? cleaned(m4, 0) : 0;
}

static void extremes(const weir_summary *summary, const column *c, weir_moments *out)
{
    if (c->binary) { /* known from the counts, even after a subtraction */
        out->min = out->count > out->sum ? 0 : 1;
        out->max = out->sum > 0 ? 1 : 0;
        return;
    }
    out->min = c->least;
    out->max = c->greatest;
    out->extremes_are_bounds = summary->subtracted;
}

void weir_summary_moments(const weir_summary *summary, size_t id, weir_moments *out)
{
    size_t slot = weir_schema_at(summary->schema, id)->slot;
    const column *c;
    weir_dd anchor, n;
    powers p;

    *out = (weir_moments){.mean = NAN, .min = NAN, .max = NAN};
    if (slot == WEIR_NONE)
        return;
    c = &summary->columns[slot];
    p = powers_of(summary, slot);
    out->count = p.n.hi;
    if (!(p.n.hi > 0))
        return;
    anchor = weir_dd_of(c->anchor);
    n = p.n;
    out->sum = weir_dd_add(p.s1, times(n, anchor)).hi;
    out->mean = weir_dd_add(weir_dd_divide(p.s1, n), anchor).hi;
    centre(&p, noise(summary, c), out);
    extremes(summary, c, out);
}

/* Raw sums of two columns over their common rows, in double-double. */
typedef struct {
    weir_dd n, ax, ay;        /* anchors */
    weir_dd x, y, xx, yy, xy; /* about the anchors */
} pair_sums;

/* sum (u + a)(v + b) from sums about the anchors. */
static weir_dd raw_product(const pair_sums *s, weir_dd uv, weir_dd u, weir_dd v, weir_dd a,
                           weir_dd b)
{
    weir_dd sum = weir_dd_add(uv, weir_dd_add(times(a, v), times(b, u)));

    return weir_dd_add(sum, times(s->n, times(a, b)));
}

static double cubic(const weir_summary *summary, size_t x, size_t y, const pair_sums *s)
{
    const column *cx = &summary->columns[x], *cy = &summary->columns[y];
    weir_dd sum;

    if (cx->binary)
        return raw_product(s, s->xy, s->x, s->y, s->ax, s->ay).hi;
    if (x == y) {
        sum = weir_dd_add(cx->third, weir_dd_scale(times(s->ax, s->xx), 3));
        sum = weir_dd_add(sum, weir_dd_scale(times(times(s->ax, s->ax), s->x), 3));
        return weir_dd_add(sum, times(times(s->ax, s->ax), times(s->ax, s->n))).hi;
    }
    if (!cy->binary)
        return NAN;
    sum = weir_dd_add(state_mixed(summary, x, y), weir_dd_scale(times(s->ax, s->xy), 2));
    return weir_dd_add(sum, times(times(s->ax, s->ax), s->y)).hi;
}

static double quartic(const weir_summary *summary, size_t x, size_t y, const pair_sums *s)
{
    if (summary->columns[y].binary)
        return cubic(summary, x, y, s);
    if (summary->columns[x].binary) {
        pair_sums turned = {s->n, s->ay, s->ax, s->y, s->x, s->yy, s->xx, s->xy};

        return cubic(summary, y, x, &turned);
    }
    return summary->squares ? sums_pair(&summary->squared, x, y).hi : NAN;
}

static void fill_pair(const weir_summary *summary, size_t x, size_t y, const pair_sums *s,
                      weir_pair *out)
{
    weir_dd mean_x = weir_dd_divide(s->x, s->n), mean_y = weir_dd_divide(s->y, s->n);

    out->mean_x = weir_dd_add(mean_x, s->ax).hi;
    out->mean_y = weir_dd_add(mean_y, s->ay).hi;
    out->cxx =
        cleaned(weir_dd_subtract(s->xx, times(mean_x, s->x)), noise(summary, &summary->columns[x]));
    out->cyy =
        cleaned(weir_dd_subtract(s->yy, times(mean_y, s->y)), noise(summary, &summary->columns[y]));
    out->cxy = weir_dd_subtract(s->xy, times(mean_x, s->y)).hi;
    out->sum_x = weir_dd_add(s->x, times(s->n, s->ax)).hi;
    out->sum_y = weir_dd_add(s->y, times(s->n, s->ay)).hi;
    out->sum_xx = raw_product(s, s->xx, s->x, s->x, s->ax, s->ax).hi;
    out->sum_yy = raw_product(s, s->yy, s->y, s->y, s->ay, s->ay).hi;
    out->sum_xy = raw_product(s, s->xy, s->x, s->y, s->ax, s->ay).hi;
    out->sum_xxy = cubic(summary, x, y, s);
    out->sum_xxyy = quartic(summary, x, y, s);
}

void weir_summary_pair(const weir_summary *summary, size_t x_id, size_t y_id, weir_pair *out)
{
    size_t x = weir_schema_at(summary->schema, x_id)->slot;
    size_t y = weir_schema_at(summary->schema, y_id)->slot;
    const column *cx, *cy;
    pair_sums s;

    *out = (weir_pair){.mean_x = NAN, .mean_y = NAN};
    if (x == WEIR_NONE || y == WEIR_NONE)
        return;
    cx = &summary->columns[x];
    cy = &summary->columns[y];
    s = (pair_sums){
        .n = weir_dd_of(state_count(summary, cx->group, cy->group)),
        .ax = weir_dd_of(cx->anchor),
        .ay = weir_dd_of(cy->anchor),
        .x = state_joint(summary, x, cy->group),
        .y = state_joint(summary, y, cx->group),
        .xx = state_joint2(summary, x, cy->group),
        .yy = state_joint2(summary, y, cx->group),
        .xy = sums_pair(&summary->products, x, y),
    };
    out->count = s.n.hi;
    if (s.n.hi > 0)
        fill_pair(summary, x, y, &s, out);
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
