/* equal.c: equality as the laws of the summary mean it.
 *
 * Sums that met their terms in another order differ by rounding, so each may differ by a share (2^-96 in extended
 * precision, rows * 2^-50 in plain doubles) of the sum of the absolute terms that ever went through it. Keeping that
 * sum beside every sum would double the memory. It is bounded instead by Cauchy and Schwarz from the totals that each
 * column keeps of u^2 and u^4, learned or forgotten, and of the rows:
 *
 *     sum |u z| <= sqrt(sum u^2 sum z^2)      sum |u| <= sqrt(rows sum u^2)      sum |u|^3 <= sqrt(sum u^2 sum u^4)
 *
 * Both summaries are brought to the same columns first: a with the columns of b at nothing, and b on top of the
 * result at nothing. What only one of them has is then compared with zeros.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "summary/conditional.h"

/* What scaling rounds of a count in plain doubles, as those in histograms are, for some hundred times. */
#define FRACTION 0x1p-44

/* The two in the same columns and anchors, and how closely they must agree. */
typedef struct {
    const weir_summary *a, *b;
    double share;
    double fraction; /* of the rows by which a count may differ: 0, unless scaling rounded it */
    double rows;     /* that ever went through either */
    weir_error *why;
} comparison;

static const char *name_of(const comparison *c, size_t slot)
{
    return weir_schema_slot(c->a->schema, slot)->name;
}

static double ever2(const comparison *c, size_t slot)
{
    return fmax(c->a->columns[slot].ever2, c->b->columns[slot].ever2);
}

static double ever4(const comparison *c, size_t slot)
{
    return fmax(c->a->columns[slot].ever4, c->b->columns[slot].ever4);
}

static double ever_raw4(const comparison *c, size_t slot)
{
    if (c->a->columns[slot].binary)
        return ever2(c, slot);
    return fmax(c->a->columns[slot].ever_raw4, c->b->columns[slot].ever_raw4);
}

/* Says what differs; always false. */
static bool differs(const comparison *c, const char *what, size_t slot, size_t other, weir_dd a,
                    weir_dd b)
{
    weir_fail(c->why, WEIR_INVALID, "%s of %.60s and %.60s: %.17g and %.17g, %g apart", what,
              name_of(c, slot), name_of(c, other), a.hi, b.hi, weir_dd_subtract(a, b).hi);
    return false;
}

/* bound1, bound2: their geometric mean bounds the sum of the absolute terms. */
static bool near(const comparison *c, weir_dd a, weir_dd b, double bound1, double bound2)
{
    return fabs(weir_dd_subtract(a, b).hi) <= c->share * sqrt(bound1) * sqrt(bound2);
}

static bool same_pair(const comparison *c, size_t x, size_t y)
{
    const column *cx = &c->a->columns[x], *cy = &c->a->columns[y];
    weir_dd a = state_exact_count(c->a, cx->group, cy->group);
    weir_dd b = state_exact_count(c->b, cx->group, cy->group);

    if (c->fraction == 0 ? a.hi != b.hi : !near(c, a, b, c->rows, c->rows))
        return differs(c, "rows", x, y, a, b);
    a = sums_pair(&c->a->products, x, y);
    b = sums_pair(&c->b->products, x, y);
    if (!near(c, a, b, ever2(c, x), ever2(c, y)))
        return differs(c, "products", x, y, a, b);
    a = state_joint(c->a, x, cy->group);
    b = state_joint(c->b, x, cy->group);
    if (!near(c, a, b, c->rows, ever2(c, x)))
        return differs(c, "joint sum", x, y, a, b);
    a = state_joint2(c->a, x, cy->group);
    b = state_joint2(c->b, x, cy->group);
    if (!near(c, a, b, ever2(c, x), ever2(c, x)))
        return differs(c, "joint sum of squares", x, y, a, b);
    if (cy->binary) {
        a = state_mixed(c->a, x, y);
        b = state_mixed(c->b, x, y);
        if (!near(c, a, b, ever2(c, x), ever2(c, x)))
            return differs(c, "mixed sum", x, y, a, b);
    }
    if (c->a->squares && c->b->squares) {
        a = sums_pair(&c->a->squared, x, y);
        b = sums_pair(&c->b->squared, x, y);
        if (!near(c, a, b, ever_raw4(c, x), ever_raw4(c, y)))
            return differs(c, "squared products", x, y, a, b);
    }
    return true;
}

static bool same_column(const comparison *c, size_t slot, bool extremes)
{
    const column *a = &c->a->columns[slot], *b = &c->b->columns[slot];

    if (!near(c, a->third, b->third, ever2(c, slot), ever4(c, slot)))
        return differs(c, "third power sum", slot, slot, a->third, b->third);
    if (!near(c, a->fourth, b->fourth, ever4(c, slot), ever4(c, slot)))
        return differs(c, "fourth power sum", slot, slot, a->fourth, b->fourth);
    if (extremes && !a->binary && state_rows_of(c->a, slot) > 0 &&
        (a->least != b->least || a->greatest != b->greatest))
        return differs(c, "extremes", slot, slot, weir_dd_of(a->least), weir_dd_of(b->least));
    if (c->a->histograms && !weir_histogram_near(a->histogram, b->histogram, c->fraction, c->why)) {
        weir_explain(c->why, WEIR_INVALID, "histogram of %.60s", name_of(c, slot));
        return false;
    }
    if (c->a->histograms && !weir_ddsketch_near(a->sketch, b->sketch, c->fraction, c->why)) {
        weir_explain(c->why, WEIR_INVALID, "sketch of %.60s", name_of(c, slot));
        return false;
    }
    return true;
}

static bool same_state(const comparison *c, bool extremes)
{
    if (!(fabs(c->a->rows - c->b->rows) <= c->fraction * c->rows) ||
        !(fabs(c->a->histogram_rows - c->b->histogram_rows) <= c->fraction * c->rows)) {
        weir_fail(c->why, WEIR_INVALID, "%.17g and %.17g rows, %.17g and %.17g in histograms",
                  c->a->rows, c->b->rows, c->a->histogram_rows, c->b->histogram_rows);
        return false;
    }
    for (size_t x = 0; x < c->a->slot_count; x++) {
        if (!same_column(c, x, extremes))
            return false;
        for (size_t y = 0; y < c->a->slot_count; y++)
            if (!same_pair(c, x, y))
                return false;
    }
    return conditional_equal(c->a, c->b, c->fraction, c->why);
}

/* into: a copy of from with nothing in it. */
static weir_code emptied(const weir_summary *from, weir_summary **into, weir_error *err)
{
    weir_code code = weir_summary_copy(from, into, err);

    return code ? code : weir_summary_scale(*into, 0, err);
}

bool weir_summary_equal(const weir_summary *a, const weir_summary *b, weir_error *why)
{
    weir_summary *no_b = NULL, *all_a = NULL, *all_b = NULL;
    bool equal = false;
    comparison c;

    if (a->slot_count > 0 && b->slot_count > 0 &&
        (a->histograms != b->histograms || !a->given != !b->given)) {
        weir_fail(why, WEIR_INVALID, "one has %shistograms, the other has none",
                  a->histograms != b->histograms ? "" : "conditional ");
        return false;
    }
    if (emptied(b, &no_b, why) || weir_summary_copy(a, &all_a, why) ||
        weir_summary_merge(all_a, no_b, why) || emptied(all_a, &all_b, why) ||
        weir_summary_merge(all_b, b, why))
        goto done;
    for (size_t s = 0; s < all_a->slot_count; s++)
        state_anchor(all_b, s, all_a->columns[s].anchor);
    c = (comparison){.a = all_a, .b = all_b, .rows = fmax(all_a->ever, all_b->ever), .why = why};
    c.share = 0x1p-96;
    if (all_a->precision == WEIR_PRECISION_DOUBLE || all_b->precision == WEIR_PRECISION_DOUBLE)
        c.share = fmax(c.rows, 1) * 0x1p-50; /* scaling can leave less than a row */
    c.fraction = a->scaled || b->scaled ? FRACTION : 0;
    equal = same_state(&c, !a->subtracted && !b->subtracted);
done:
    weir_summary_free(no_b);
    weir_summary_free(all_a);
    weir_summary_free(all_b);
    return equal;
}
