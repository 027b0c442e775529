/* wide.c: centred moments of one column and of two, before they are rounded.
 *
 * The stored sums are about an anchor and in double-double (or doubles, which are their special case). Centring
 * subtracts nearly equal numbers, so it is done in double-double too. What is left of a sum of squares once it is below
 * the error that its terms can have gathered is no spread but rounding: it is 0.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/wide.h"

#include "summary/state.h"

/* Shares of a sum of squares below which a centred one is rounding. */
#define NOISE_EXTENDED 0x1p-94
#define NOISE_DOUBLE 1e-12

static weir_dd times(weir_dd a, weir_dd b)
{
    return weir_dd_multiply(a, b);
}

static double noise_of(const weir_summary *summary, const column *c)
{
    return c->ever2 * (summary->precision == WEIR_PRECISION_DOUBLE ? NOISE_DOUBLE : NOISE_EXTENDED);
}

/* A centred sum of squares as readers get it. */
static weir_dd cleaned(weir_dd sum, double noise)
{
    return sum.hi > noise ? sum : weir_dd_of(0);
}

/* sum (u + a)(v + b) over n rows from sums about the anchors a and b. */
static weir_dd raw_product(weir_dd n, weir_dd uv, weir_dd u, weir_dd v, weir_dd a, weir_dd b)
{
    weir_dd sum = weir_dd_add(uv, weir_dd_add(times(a, v), times(b, u)));

    return weir_dd_add(sum, times(n, times(a, b)));
}

/* Fills *out from the number of rows and the sums of u and u^2 over them. */
static void fill_column(const weir_summary *summary, const column *c, weir_dd n, weir_dd first,
                        weir_dd second, wide_column *out)
{
    weir_dd anchor = weir_dd_of(c->anchor), mean;

    out->noise = noise_of(summary, c);
    out->count = n;
    if (!(n.hi > 0))
        return;
    mean = weir_dd_divide(first, n);
    out->mean = weir_dd_add(mean, anchor);
    out->m2 = cleaned(weir_dd_subtract(second, times(mean, first)), out->noise);
    out->squares = raw_product(n, second, first, first, anchor, anchor);
}

void wide_read(const weir_summary *summary, size_t x, wide_column *out)
{
    size_t slot = weir_schema_at(summary->schema, x)->slot;
    const column *c;
    weir_dd first;

    *out = (wide_column){0};
    if (slot == WEIR_NONE)
        return;
    c = &summary->columns[slot];
    first = state_joint(summary, slot, c->group);
    fill_column(summary, c, state_exact_count(summary, c->group, c->group), first,
                c->binary ? first : sums_at(&summary->products, slot, slot), out);
}

void wide_read_given(const weir_summary *summary, size_t x_id, size_t b_id, int value,
                     wide_column *out)
{
    size_t x = weir_schema_at(summary->schema, x_id)->slot;
    size_t b = weir_schema_at(summary->schema, b_id)->slot;
    const column *cx, *cb;
    weir_dd n, first, second;

    *out = (wide_column){0};
    if (x == WEIR_NONE || b == WEIR_NONE || !summary->columns[b].binary)
        return;
    cx = &summary->columns[x];
    cb = &summary->columns[b];
    n = state_joint(summary, b, cx->group);
    first = sums_pair(&summary->products, x, b);
    second = state_mixed(summary, x, b);
    if (value == 0) { /* all rows with both, less those with a 1 */
        n = weir_dd_subtract(state_exact_count(summary, cx->group, cb->group), n);
        first = weir_dd_subtract(state_joint(summary, x, cb->group), first);
        second = weir_dd_subtract(state_joint2(summary, x, cb->group), second);
    }
    fill_column(summary, cx, n, first, second, out);
}

void wide_read_pair(const weir_summary *summary, size_t x_id, size_t y_id, wide_pair *out)
{
    size_t x = weir_schema_at(summary->schema, x_id)->slot;
    size_t y = weir_schema_at(summary->schema, y_id)->slot;
    wide_column own_x = {0}, own_y = {0};
    weir_dd u, v, uv, ax, ay;
    const column *cx, *cy;

    *out = (wide_pair){0};
    if (x == WEIR_NONE || y == WEIR_NONE)
        return;
    cx = &summary->columns[x];
    cy = &summary->columns[y];
    out->count = state_exact_count(summary, cx->group, cy->group);
    if (!(out->count.hi > 0))
        return;
    ax = weir_dd_of(cx->anchor);
    ay = weir_dd_of(cy->anchor);
    u = state_joint(summary, x, cy->group);
    v = state_joint(summary, y, cx->group);
    uv = sums_pair(&summary->products, x, y);
    fill_column(summary, cx, out->count, u, state_joint2(summary, x, cy->group), &own_x);
    fill_column(summary, cy, out->count, v, state_joint2(summary, y, cx->group), &own_y);
    out->mean_x = own_x.mean;
    out->mean_y = own_y.mean;
    out->cxx = own_x.m2;
    out->cyy = own_y.m2;
    out->cxy = weir_dd_subtract(uv, times(weir_dd_divide(u, out->count), v));
    out->x = weir_dd_add(u, times(out->count, ax));
    out->y = weir_dd_add(v, times(out->count, ay));
    out->xx = own_x.squares;
    out->yy = own_y.squares;
    out->xy = raw_product(out->count, uv, u, v, ax, ay);
}
