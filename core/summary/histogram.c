/* histogram.c: the distribution of one attribute as sparse bins on multiples of a power of two.
 *
 * A value x belongs to the bin [the largest multiple of 2^k at or below x, that + 2^k). Where the spacing of doubles
 * at x is 2^k or wider, x is such a multiple itself and so is a bin of its own; "every value is its own bin" is the
 * grid before the first k. The rule that makes the structure an algebra: k is always the least at which at most
 * WEIR_HISTOGRAM_BINS bins are occupied. The occupied bins of a larger set are at least as many, and a bin of a fine
 * grid lies within one bin of every coarser grid; so whichever way the rows arrive, are split or merged, the coarsest
 * grid any part needed is still fine enough to be coarsened into the grid the whole needs, and the bins agree. (A rule
 * that bounds the span of the bins has no such order among its states, and its result depends on the order of rows.)
 * An absurd value costs one bin. After a subtraction k stays: the rows that asked for it are gone, not the coarsening.
 *
 *     keys:  0.25   1.5   1.75   1e300      k = -2: three bins of width 1/4 and, since doubles at 1e300 are
 *     count  3      1     -1     1          further than 1/4 apart, one that is the value itself
 *
 * A bin is found by the bits of its left edge in an open-addressing table of 16-bit positions, at most half full.
 * While every value a bin ever took is the same double it keeps that value and a count, nothing else: no rounding, and
 * one addition a row. The second distinct value turns it into a count and a sum, kept as an unevaluated pair of
 * doubles (about 106 bits) so that learning and forgetting cancel.
 *
 * Most values of an attribute lie close together. So once the grid is coarse, a window of it around the middle bin is
 * also kept as an array from grid step to bin, which finds a bin without hashing. It is a shortcut, no part of the
 * state: it may be missing or stand in the wrong place.
 *
 * Rows are taken in two steps a block: first each value finds its bin (making it if need be, which is what can fail),
 * then the bins are changed (which cannot). A new bin is empty until then, and an empty bin is no part of the state.
 *
 * Memory: 36 bytes a bin, doubling as bins appear, at most 148 KB, and 16 KB for the window. Cost: constant a value; choosing a coarser k is
 * linear in the bins and happens at most once for each power of two between the finest and the coarsest grid.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/histogram.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/dd.h"
#include "summary/kernel.h"
#include "weir/memory.h"

enum {
    BINS = WEIR_HISTOGRAM_BINS,
    ROOM = BINS + 1, /* one more than the rule allows: the bin that makes the grid coarser */
    SLOT_BITS = 13,
    SLOTS = 1 << SLOT_BITS, /* of a full table */
    BLOCK = 512,            /* values a step: their bin numbers fit on the stack */
    NEAR = 1 << 13,         /* grid steps in a row whose bins are found without hashing */
    SAMPLE = 64,            /* bins that say where the middle is */
    NEAR_BINS = 1024,       /* with fewer bins it is not worth having */
    NO_BIN = 0xffff,
    EVERY_VALUE = INT_MIN, /* k while every value is its own bin */
    LEAST_K = -1074,       /* the spacing of the smallest doubles: the same grid as EVERY_VALUE */
    GREATEST_K = 1023      /* at most four bins, of whatever values */
};

#define SIGN_BIT ((uint64_t)1 << 63)

typedef struct {
    double count;
    double
        sum; /* sum + low is an unevaluated sum; while there is one distinct value, sum is that value */
    double low; /* NaN while there is one distinct value */
} bin;

struct weir_histogram {
    int k;
    size_t size, room; /* bins in use, bins there is room for */
    unsigned shift;    /* 64 - log2(slots) */
    uint64_t *keys;    /* bits of the left edge of each bin, in order of appearance */
    bin *bins;
    uint16_t *slots; /* hash table of bin numbers; a power of two, at least twice room */
    uint16_t *near;  /* or NULL: bin numbers of the NEAR grid steps from near_first on */
    int64_t near_first;
    bool near_fits;  /* near is of the present grid and bins */
    bool near_tried; /* with the present grid and bins: there is no reason to fill it again */
};

/* --- arithmetic */

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The bits of the largest multiple of 2^k at or below the double with these bits. Clearing the bits below 2^k rounds
 * towards zero; below zero that is up, and one step of 2^k further down is one addition to the whole bit pattern,
 * whose carry into the exponent is right. -0 counts as 0. */
static uint64_t grid_edge(uint64_t bits, int k)
{
    uint64_t magnitude = bits & ~SIGN_BIT;
    int exponent = (int)(magnitude >> 52);
    int spacing = (exponent ? exponent : 1) - 1075; /* log2 of the distance of doubles here */

    if (magnitude == 0)
        return 0;
    if (spacing >= k)
        return bits;
    int drop = k - spacing;
    if (drop > 52) /* |x| < 2^k */
        return bits & SIGN_BIT ? bits_of(-ldexp(1, k)) : 0;
    uint64_t mask = ((uint64_t)1 << drop) - 1;
    uint64_t edge = bits & ~mask;
    if ((bits & SIGN_BIT) && (bits & mask))
        edge += mask + 1;
    return edge << 1 ? edge : 0;
}

/* --- one bin */

/* Whether all that the bin took is one distinct value. */
static inline bool bin_single(const bin *b)
{
    return isnan(b->low);
}

static bin bin_of(double count, double value)
{
    return (bin){count, value, NAN};
}

/* Whether a bin is no part of the state: nothing is in it, or all that was has been taken out again. */
static bool bin_empty(const bin *b)
{
    return b->count == 0 && (bin_single(b) || (b->sum == 0 && b->low == 0));
}

static double bin_value_sum(const bin *b, double *low)
{
    if (!bin_single(b)) {
        *low = b->low;
        return b->sum;
    }
    weir_dd product = weir_dd_product(b->count, b->sum);
    *low = product.lo;
    return product.hi;
}

/* Makes the bin one of count and sum. */
static void bin_spread(bin *b)
{
    double low;

    if (!bin_single(b))
        return;
    b->sum = bin_value_sum(b, &low);
    b->low = low;
}

/* Adds weight times x to a bin of count and sum. All but a back-filling of zeros has weight 1 or -1, where the product is
 * exact. */
static inline void bin_add(bin *b, double x, double weight)
{
    weir_dd sum = weir_dd_sum(b->sum, weight * x);

    sum = weir_dd_quick_sum(sum.hi, sum.lo + b->low);
    b->count += weight;
    b->sum = sum.hi;
    b->low = sum.lo;
}

/* Takes in x whatever the bin holds. */
static void bin_take(bin *b, double x, double weight)
{
    if (bin_empty(b)) {
        *b = bin_of(weight, x + 0.0); /* -0 becomes 0 */
        return;
    }
    bin_spread(b);
    bin_add(b, x, weight);
}

/* into += sign * other. */
static void bin_merge(bin *into, const bin *other, double sign)
{
    if (bin_empty(other))
        return;
    if (bin_empty(into)) {
        *into = bin_single(other)
                    ? bin_of(sign * other->count, other->sum)
                    : (bin){sign * other->count, sign * other->sum, sign * other->low};
        return;
    }
    if (bin_single(into) && bin_single(other) && into->sum == other->sum) {
        into->count += sign * other->count;
        return;
    }
    double low;
    double sum = bin_value_sum(other, &low);
    bin_spread(into);
    into->count += sign * other->count;
    weir_dd both = weir_dd_add((weir_dd){into->sum, into->low}, (weir_dd){sign * sum, sign * low});
    into->sum = both.hi;
    into->low = both.lo;
}

/* --- the table */

/* Fibonacci hashing: the high bits of the product depend on all bits of the key. */
static size_t slot_of(uint64_t key, unsigned shift)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> shift);
}

static size_t slots_of(const weir_histogram *h)
{
    return (size_t)1 << (64 - h->shift);
}

/* The slot that holds key, or the free one where it belongs. mask is the number of slots - 1. */
static size_t slot_find(const uint16_t *slots, unsigned shift, const uint64_t *keys, uint64_t key)
{
    size_t mask = ((size_t)1 << (64 - shift)) - 1;
    size_t at = slot_of(key, shift);

    while (slots[at] != NO_BIN && keys[slots[at]] != key)
        at = (at + 1) & mask;
    return at;
}

static void slots_fill(weir_histogram *h)
{
    h->near_fits = h->near_tried = false;
    memset(h->slots, 0xff, slots_of(h) * sizeof *h->slots);
    for (size_t i = 0; i < h->size; i++)
        h->slots[slot_find(h->slots, h->shift, h->keys, h->keys[i])] = (uint16_t)i;
}

/* Room for at least room bins. */
static weir_code reserve(weir_histogram *h, size_t room, weir_error *err)
{
    size_t want = h->room ? h->room : 8;
    unsigned shift = 64 - 5;
    uint64_t *keys = NULL;
    bin *bins = NULL;
    uint16_t *slots = NULL;
    weir_code code = WEIR_OK;

    if (room <= h->room)
        return WEIR_OK;
    while (want < room)
        want *= 2;
    if (want >= BINS)
        want = ROOM;
    while (((size_t)1 << (64 - shift)) < 2 * (want - 1))
        shift--;
    keys = weir_malloc(want * sizeof *keys);
    bins = weir_malloc(want * sizeof *bins);
    slots = weir_malloc(((size_t)1 << (64 - shift)) * sizeof *slots);
    if (!keys || !bins || !slots) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins of a histogram", want);
        goto done;
    }
    if (h->size) {
        memcpy(keys, h->keys, h->size * sizeof *keys);
        memcpy(bins, h->bins, h->size * sizeof *bins);
    }
    weir_free(h->keys);
    weir_free(h->bins);
    weir_free(h->slots);
    h->keys = keys;
    h->bins = bins;
    h->slots = slots;
    h->room = want;
    h->shift = shift;
    keys = NULL;
    bins = NULL;
    slots = NULL;
    slots_fill(h);
done:
    weir_free(keys);
    weir_free(bins);
    weir_free(slots);
    return code;
}

/* --- the window */

/* The step of the grid that x lies in, counted from 0; false when it is not a small number. scale is 2^-k. The product
 * is exact or, below all normal doubles, 0 for what is not 0; and inf or NaN where the scale is none. */
static inline bool step_of(double x, double scale, int64_t *step)
{
    double at = x * scale;

    if (!(fabs(at) < 0x1p51) || (at == 0 && x != 0))
        return false;
    *step = (int64_t)at;
    *step -= at < (double)*step; /* the conversion rounds towards 0 */
    return true;
}

static double scale_of(const weir_histogram *h)
{
    return ldexp(1, -h->k);
}

/* Notes a bin in the window if it lies there. */
static void near_note(weir_histogram *h, size_t at, double scale)
{
    int64_t step;

    if (step_of(double_of(h->keys[at]), scale, &step) &&
        (uint64_t)step - (uint64_t)h->near_first < NEAR)
        h->near[step - h->near_first] = (uint16_t)at;
}

/* Appends an empty bin with this left edge at its free slot; there is room. */
static size_t bin_append(weir_histogram *h, size_t slot, uint64_t key)
{
    h->keys[h->size] = key;
    h->bins[h->size] = (bin){0};
    h->slots[slot] = (uint16_t)h->size;
    if (h->near_fits)
        near_note(h, h->size, scale_of(h));
    return h->size++;
}

/* Drops the bins from size on; they are empty and were appended last. */
static void bins_cut(weir_histogram *h, size_t size)
{
    if (size != h->size) {
        h->size = size;
        slots_fill(h);
    }
}

/* --- order */

/* The bits of a double as an integer in the order of the doubles. */
static uint64_t rank_of(uint64_t bits)
{
    return bits & SIGN_BIT ? ~bits : bits | SIGN_BIT;
}

/* The numbers of the bins that are part of the state, ascending by left edge; returns how many. Merge sort from the
 * bottom up between two arrays. */
static size_t order_bins(const weir_histogram *h, uint16_t order[ROOM])
{
    uint64_t rank[ROOM];
    uint16_t other[ROOM];
    uint16_t *from = order, *to = other;
    size_t n = 0;

    for (size_t i = 0; i < h->size; i++) {
        rank[i] = rank_of(h->keys[i]);
        if (!bin_empty(&h->bins[i]))
            order[n++] = (uint16_t)i;
    }
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t start = 0; start < n; start += 2 * run) {
            size_t middle = start + run < n ? start + run : n;
            size_t end = start + 2 * run < n ? start + 2 * run : n;
            size_t a = start, b = middle;
            for (size_t i = start; i < end; i++)
                to[i] = a < middle && (b == end || rank[from[a]] < rank[from[b]]) ? from[a++]
                                                                                  : from[b++];
        }
        uint16_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order)
        memcpy(order, from, n * sizeof *order);
    return n;
}

/* Lays the bins, none of them empty, out in that order; what finds them is to be made anew. Each cycle of the order is
 * moved round by one. */
static void sort_bins(weir_histogram *h)
{
    uint16_t order[ROOM];
    size_t n = order_bins(h, order);

    for (size_t i = 0; i < n; i++) {
        const uint64_t key = h->keys[i];
        const bin first = h->bins[i];
        size_t at = i;

        while (order[at] != i) {
            const size_t from = order[at];

            h->keys[at] = h->keys[from];
            h->bins[at] = h->bins[from];
            order[at] = (uint16_t)at;
            at = from;
        }
        h->keys[at] = key;
        h->bins[at] = first;
        order[at] = (uint16_t)at;
    }
}

static void drop_empty_bins(weir_histogram *h)
{
    size_t kept = 0;

    for (size_t i = 0; i < h->size; i++)
        if (!bin_empty(&h->bins[i])) {
            h->keys[kept] = h->keys[i];
            h->bins[kept++] = h->bins[i];
        }
    if (kept != h->size) {
        h->size = kept;
        slots_fill(h);
    }
}

/* --- the grid */

/* How many bins would be occupied on the grid of k. Linear in the bins. */
static size_t occupied_at(const weir_histogram *h, int k)
{
    uint16_t slots[SLOTS];
    uint64_t keys[ROOM];
    size_t size = 0;

    memset(slots, 0xff, sizeof slots);
    for (size_t i = 0; i < h->size; i++) {
        uint64_t key = grid_edge(h->keys[i], k);
        size_t slot = slot_find(slots, 64 - SLOT_BITS, keys, key);
        if (slots[slot] == NO_BIN) {
            keys[size] = key;
            slots[slot] = (uint16_t)size++;
        }
    }
    return size;
}

/* Moves every bin to the grid of k, which is coarser than the present one. They come to lie in the order of their edges:
 * what most rows go to is then close together in memory. */
static void coarsen_to(weir_histogram *h, int k)
{
    size_t size;

    drop_empty_bins(h);
    sort_bins(h);
    size = h->size;
    h->k = k;
    h->size = 0;
    h->near_fits = h->near_tried = false;
    memset(h->slots, 0xff, slots_of(h) * sizeof *h->slots);
    for (size_t i = 0; i < size; i++) {
        uint64_t key = grid_edge(h->keys[i], k);
        bin moved = h->bins[i];
        size_t slot = slot_find(h->slots, h->shift, h->keys, key);
        size_t at = h->slots[slot] == NO_BIN ? bin_append(h, slot, key) : h->slots[slot];
        bin_merge(&h->bins[at], &moved, 1);
    }
}

/* Restores the rule after a bin too many: forgets empty bins, then takes the least k that is coarse enough. The number
 * of occupied bins falls with k, so strides of 1, 2, 4, ... followed by halving find it. */
static void coarsen(weir_histogram *h)
{
    drop_empty_bins(h);
    if (h->size <= BINS)
        return;
    int fine = h->k == EVERY_VALUE ? LEAST_K : h->k; /* too many bins here */
    int coarse = fine + 1;
    for (int stride = 1; coarse < GREATEST_K && occupied_at(h, coarse) > BINS; stride *= 2) {
        fine = coarse;
        coarse = coarse + stride < GREATEST_K ? coarse + stride : GREATEST_K;
    }
    while (coarse - fine > 1) {
        int middle = fine + (coarse - fine) / 2;
        if (occupied_at(h, middle) > BINS)
            fine = middle;
        else
            coarse = middle;
    }
    coarsen_to(h, coarse);
}

/* --- taking in rows */

/* Finds the bins of leading values that have one; returns how many. The loop that every row passes through: all that
 * does not change is in locals, and always_inline makes one copy for each constant. */
static inline __attribute__((always_inline)) size_t find_known(const weir_histogram *h,
                                                               const double *values,
                                                               const uint8_t *present, size_t n,
                                                               uint16_t *at, bool every_value)
{
    const uint16_t *slots = h->slots;
    const uint64_t *keys = h->keys;
    const unsigned shift = h->shift;
    const size_t mask = ((size_t)1 << (64 - shift)) - 1;
    const int k = every_value ? EVERY_VALUE : h->k;

    for (size_t i = 0; i < n; i++) {
        at[i] = NO_BIN;
        if (present && !present[i])
            continue;
        uint64_t key = every_value ? bits_of(values[i] + 0.0) : grid_edge(bits_of(values[i]), k);
        size_t slot = slot_of(key, shift);
        while (slots[slot] != NO_BIN && keys[slots[slot]] != key)
            slot = (slot + 1) & mask;
        if (slots[slot] == NO_BIN)
            return i;
        at[i] = slots[slot];
    }
    return n;
}

static size_t find_known_bins(const weir_histogram *h, const double *values, const uint8_t *present,
                              size_t n, uint16_t *at)
{
    const bool every_value = h->k == EVERY_VALUE;

    if (present)
        return every_value ? find_known(h, values, present, n, at, true)
                           : find_known(h, values, present, n, at, false);
    return every_value ? find_known(h, values, NULL, n, at, true)
                       : find_known(h, values, NULL, n, at, false);
}

/* The same by the window, from the steps of the grid that the values lie in; stops also at a value that lies
 * elsewhere. */
static size_t find_near(const weir_histogram *h, const uint32_t *steps, const uint8_t *present,
                        size_t n, uint16_t *at)
{
    const uint16_t *near = h->near;
    const bin *bins = h->bins;

    for (size_t i = 0; i < n; i++) {
        at[i] = NO_BIN;
        if (present && !present[i])
            continue;
        if (steps[i] == KERNEL_NO_STEP || near[steps[i]] == NO_BIN)
            return i;
        at[i] = near[steps[i]];
        __builtin_prefetch(&bins[at[i]], 1); /* change_bins() wants it soon */
    }
    return n;
}

/* The key in the middle of some bins that are spread over all; bits of 0 when every one of them is empty. A sample will
 * do for the window, and sorting all bins would cost more than anything else where bins are often renumbered, as they
 * are under a rolling window. */
static uint64_t middle_key(const weir_histogram *h)
{
    uint64_t sorted[SAMPLE];
    size_t n = 0, step = h->size / SAMPLE + 1;

    for (size_t i = 0; i < h->size; i += step) {
        size_t at = n;

        if (bin_empty(&h->bins[i]))
            continue;
        for (; at > 0 && rank_of(sorted[at - 1]) > rank_of(h->keys[i]); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = h->keys[i];
        n++;
    }
    return n ? sorted[n / 2] : 0;
}

/* Puts the window around the middle bin, if there is reason and memory to have one. */
static void near_fill(weir_histogram *h)
{
    double scale;

    if (h->near_tried || h->k == EVERY_VALUE || h->size < NEAR_BINS)
        return;
    scale = scale_of(h);
    h->near_tried = true;
    if (!h->near && !(h->near = weir_malloc(NEAR * sizeof *h->near)))
        return;
    if (!step_of(double_of(middle_key(h)), scale, &h->near_first))
        return;
    h->near_first -= NEAR / 2;
    memset(h->near, 0xff, NEAR * sizeof *h->near);
    for (size_t i = 0; i < h->size; i++)
        near_note(h, i, scale);
    h->near_fits = true;
}

/* Finds the bins of values, making them where they are new, and writes their numbers (NO_BIN where absent) to at. Stops
 * after the value that made one bin more than the rule allows. *taken: how many values were dealt with. */
static weir_code find_bins(weir_histogram *h, const double *values, const uint8_t *present,
                           size_t n, uint16_t *at, size_t *taken, weir_error *err)
{
    uint32_t steps[BLOCK];
    size_t i = 0, elsewhere = 0;

    near_fill(h);
    if (h->near_fits)
        kernel_best()->steps(values, n, scale_of(h), h->near_first, NEAR, steps);
    while (h->size <= BINS) {
        const uint8_t *there = present ? present + i : NULL;

        i += h->near_fits ? find_near(h, steps + i, there, n - i, at + i)
                          : find_known_bins(h, values + i, there, n - i, at + i);
        if (i == n)
            break;
        uint64_t key = grid_edge(bits_of(values[i]), h->k);
        size_t slot = slot_find(h->slots, h->shift, h->keys, key);
        if (h->slots[slot] != NO_BIN) { /* beyond the window */
            at[i++] = h->slots[slot];
            elsewhere++;
            continue;
        }
        if (h->size == h->room) {
            weir_code code = reserve(h, h->size + 1, err);
            if (code)
                return code;
            slot = slot_find(h->slots, h->shift, h->keys, key);
        }
        at[i++] = (uint16_t)bin_append(h, slot, key);
    }
    if (elsewhere > n / 2) /* the stream has moved away */
        h->near_fits = false;
    *taken = i;
    return WEIR_OK;
}

static void change_bins(weir_histogram *h, const double *values, const uint16_t *at, size_t n,
                        double weight)
{
    bin *bins = h->bins;

    for (size_t i = 0; i < n; i++) {
        if (at[i] == NO_BIN)
            continue;
        bin *b = &bins[at[i]];
        if (!bin_single(b) && b->count != 0)
            bin_add(b, values[i], weight);
        else if (bin_single(b) && b->sum == values[i])
            b->count += weight;
        else
            bin_take(b, values[i], weight);
    }
}

/* Makes room for all bins that a long add can need, so that its first block is the last that could fail. */
static weir_code prepare(weir_histogram *h, const double *values, const uint8_t *present, size_t n,
                         weir_error *err)
{
    uint16_t at[BLOCK];
    size_t taken = 0;

    for (size_t done = 0; done < n && h->size < BINS && h->room < ROOM; done += taken) {
        size_t block = n - done < BLOCK ? n - done : BLOCK;
        if (block > BINS - h->size)
            block = BINS - h->size;
        weir_code code =
            find_bins(h, values + done, present ? present + done : NULL, block, at, &taken, err);
        if (code)
            return code;
    }
    return h->size < BINS ? WEIR_OK : reserve(h, ROOM, err);
}

weir_code weir_histogram_add(weir_histogram *histogram, const double *values,
                             const uint8_t *present, size_t n, double weight, weir_error *err)
{
    uint16_t at[BLOCK];
    size_t before = histogram->size, taken = 0;
    weir_code code = n > BLOCK ? prepare(histogram, values, present, n, err) : WEIR_OK;

    for (size_t done = 0; !code && done < n; done += taken) {
        size_t block = n - done < BLOCK ? n - done : BLOCK;
        code = find_bins(histogram, values + done, present ? present + done : NULL, block, at,
                         &taken, err);
        if (!code)
            change_bins(histogram, values + done, at, taken, weight);
        if (histogram->size > BINS)
            coarsen(histogram);
    }
    if (code)
        bins_cut(histogram, before); /* the new ones are still empty */
    return code;
}

weir_code weir_histogram_add_zeros(weir_histogram *histogram, double count, weir_error *err)
{
    const double zero = 0;

    return count != 0 ? weir_histogram_add(histogram, &zero, NULL, 1, count, err) : WEIR_OK;
}

weir_code weir_histogram_reserve(weir_histogram *histogram, const weir_histogram *other,
                                 weir_error *err)
{
    size_t more = other ? other->size : 1;
    size_t room = more < ROOM - histogram->size ? histogram->size + more : ROOM;

    return reserve(histogram, room, err);
}

weir_code weir_histogram_merge(weir_histogram *into, const weir_histogram *other, double sign,
                               weir_error *err)
{
    weir_code code = weir_histogram_reserve(into, other, err);

    if (code)
        return code;
    if (other->k > into->k)
        coarsen_to(into, other->k);
    for (size_t i = 0; i < other->size; i++) {
        if (bin_empty(&other->bins[i]))
            continue;
        uint64_t key = grid_edge(other->keys[i], into->k);
        size_t slot = slot_find(into->slots, into->shift, into->keys, key);
        size_t at = into->slots[slot] == NO_BIN ? bin_append(into, slot, key) : into->slots[slot];

        bin_merge(&into->bins[at], &other->bins[i], sign);
        if (into->size > BINS)
            coarsen(into);
    }
    return WEIR_OK;
}

void weir_histogram_scale(weir_histogram *histogram, double weight)
{
    bool faded = false;

    for (size_t i = 0; i < histogram->size; i++) {
        bin *b = &histogram->bins[i];
        weir_dd sum;

        b->count *= weight;
        if (fabs(b->count) < WEIR_HISTOGRAM_LEAST) {
            *b = (bin){0};
            faded = true;
        } else if (!bin_single(b)) {
            sum = weir_dd_scale((weir_dd){b->sum, b->low}, weight);
            b->sum = sum.hi;
            b->low = fabs(sum.lo) < DBL_MIN ? 0 : sum.lo;
        }
    }
    if (faded)
        drop_empty_bins(histogram);
}

/* --- making and freeing */

/* Copies the window, so that a copy which goes on learning does not have to fill it; without memory it does. */
static void near_copy(const weir_histogram *from, weir_histogram *to)
{
    if (!from->near_fits || !(to->near = weir_malloc(NEAR * sizeof *to->near)))
        return;
    memcpy(to->near, from->near, NEAR * sizeof *to->near);
    to->near_first = from->near_first;
    to->near_fits = to->near_tried = true;
}

weir_code weir_histogram_new(weir_histogram **out, weir_error *err)
{
    weir_histogram *h = weir_calloc(1, sizeof *h);
    weir_code code;

    if (!h)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a histogram");
    h->k = EVERY_VALUE;
    if ((code = reserve(h, 8, err))) {
        weir_histogram_free(h);
        return code;
    }
    *out = h;
    return WEIR_OK;
}

weir_code weir_histogram_copy(const weir_histogram *histogram, weir_histogram **out,
                              weir_error *err)
{
    weir_histogram *h = NULL;
    weir_code code = weir_histogram_new(&h, err);

    if (!code)
        code = reserve(h, histogram->size, err);
    if (code) {
        weir_histogram_free(h);
        return code;
    }
    h->k = histogram->k;
    h->size = histogram->size;
    memcpy(h->keys, histogram->keys, h->size * sizeof *h->keys);
    memcpy(h->bins, histogram->bins, h->size * sizeof *h->bins);
    if (h->shift == histogram->shift)
        memcpy(h->slots, histogram->slots, slots_of(h) * sizeof *h->slots);
    else
        slots_fill(h);
    near_copy(histogram, h);
    *out = h;
    return WEIR_OK;
}

void weir_histogram_free(weir_histogram *histogram)
{
    if (!histogram)
        return;
    weir_free(histogram->keys);
    weir_free(histogram->bins);
    weir_free(histogram->slots);
    weir_free(histogram->near);
    weir_free(histogram);
}

size_t weir_histogram_memory(const weir_histogram *histogram)
{
    return sizeof *histogram +
           histogram->room * (sizeof *histogram->keys + sizeof *histogram->bins) +
           slots_of(histogram) * sizeof *histogram->slots +
           (histogram->near ? NEAR * sizeof *histogram->near : 0);
}

/* --- reading */

/* The bin as readers see it. */
static weir_bin view(const weir_histogram *h, size_t i)
{
    const bin *b = &h->bins[i];
    weir_bin out = {.left = double_of(h->keys[i]), .count = b->count, .single = bin_single(b)};
    double low;

    out.right = nextafter(out.left, INFINITY);
    if (grid_edge(bits_of(out.right), h->k) == h->keys[i])
        out.right = out.left + ldexp(1, h->k);
    out.sum = bin_value_sum(b, &low);
    out.mean = b->sum;
    if (!out.single) {
        out.mean = out.sum / out.count;
        if (!(out.mean >= out.left)) /* also what 0 / 0 gives */
            out.mean = out.left;
        if (out.mean >= out.right)
            out.mean = nextafter(out.right, -INFINITY);
    }
    return out;
}

double weir_histogram_count(const weir_histogram *histogram)
{
    double count = 0;

    for (size_t i = 0; i < histogram->size; i++)
        count += histogram->bins[i].count;
    return count;
}

bool weir_histogram_blank(const weir_histogram *histogram)
{
    for (size_t i = 0; i < histogram->size; i++)
        if (!bin_empty(&histogram->bins[i]))
            return false;
    return histogram->k == EVERY_VALUE;
}

size_t weir_histogram_size(const weir_histogram *histogram)
{
    size_t n = 0;

    for (size_t i = 0; i < histogram->size; i++)
        n += histogram->bins[i].count != 0;
    return n;
}

int weir_histogram_exponent(const weir_histogram *histogram)
{
    return histogram->k;
}

bool weir_histogram_exact(const weir_histogram *histogram)
{
    for (size_t i = 0; i < histogram->size; i++)
        if (!bin_single(&histogram->bins[i]) && !bin_empty(&histogram->bins[i]))
            return false;
    return true;
}

size_t weir_histogram_bins(const weir_histogram *histogram, weir_bin *out)
{
    uint16_t order[ROOM];
    size_t n = order_bins(histogram, order), written = 0;

    for (size_t i = 0; i < n; i++)
        if (histogram->bins[order[i]].count != 0)
            out[written++] = view(histogram, order[i]);
    return written;
}

bool weir_histogram_range(const weir_histogram *histogram, double *least, double *greatest)
{
    bool any = false;

    for (size_t i = 0; i < histogram->size; i++) {
        if (!(histogram->bins[i].count > 0))
            continue;
        double mean = view(histogram, i).mean;
        if (!any || mean < *least)
            *least = mean;
        if (!any || mean > *greatest)
            *greatest = mean;
        any = true;
    }
    return any;
}

/* The bin that holds the row of this rank, counted from 0, or else the last that has rows; n when none has. *seen is
 * how many rows there are up to its end. */
static size_t bin_of_rank(const weir_bin *bins, size_t n, double rank, double *seen)
{
    size_t at = n;

    *seen = 0;
    for (size_t i = 0; i < n && !(*seen > rank); i++)
        if (bins[i].count > 0) {
            *seen += bins[i].count;
            at = i;
        }
    return at;
}

/* p (rows - 1); NaN while empty. */
static double place_of(const weir_bin *bins, size_t n, double p)
{
    double total = 0;

    for (size_t b = 0; b < n; b++)
        total += bins[b].count > 0 ? bins[b].count : 0;
    return total > 0 ? p * (total > 1 ? total - 1 : 0) : NAN;
}

const weir_bin *weir_bins_at(const weir_bin *bins, size_t n, double p)
{
    double seen;
    const size_t i = bin_of_rank(bins, n, floor(place_of(bins, n, p)), &seen);

    return i < n ? &bins[i] : NULL;
}

double weir_bins_quantile(const weir_bin *bins, size_t n, double p)
{
    const double place = place_of(bins, n, p), rank = floor(place), share = place - rank;
    double seen;
    size_t i = bin_of_rank(bins, n, rank, &seen);

    if (i >= n)
        return NAN;
    const double below = bins[i].mean;
    if (share == 0 || seen > rank + 1)
        return below;
    for (i++; i < n && !(bins[i].count > 0); i++)
        ;
    if (i >= n)
        return below;
    const double above = bins[i].mean;
    return share < 0.5 ? below + (above - below) * share : above - (above - below) * (1 - share);
}

double weir_histogram_quantile(const weir_histogram *histogram, double p)
{
    weir_bin bins[ROOM];

    return weir_bins_quantile(bins, weir_histogram_bins(histogram, bins), p);
}

/* --- equality */

static double terms(const weir_histogram *h)
{
    double sum = 0;

    for (size_t i = 0; i < h->size; i++)
        sum += fabs(h->bins[i].count);
    return sum;
}

/* Whether two bins with this left edge on the grid of k hold the same: counts exactly, sums within 2^-96 of the
 * absolute terms. Every value that ever went into a bin is at most as large as its farther edge; the number of them is
 * taken for ever. What forgetting leaves of a sum that is not exact in 106 bits is by this rule equal to nothing. */
static bool bins_agree(const bin *a, const bin *b, double left, int k, double ever, double apart)
{
    double low_a, low_b;
    double sum_a = bin_value_sum(a, &low_a), sum_b = bin_value_sum(b, &low_b);
    double reach = k == EVERY_VALUE ? fabs(left) : fmax(fabs(left), fabs(left + ldexp(1, k)));

    return fabs(a->count - b->count) <= apart &&
           fabs((sum_a - sum_b) + (low_a - low_b)) <= (ldexp(ever, -96) + apart) * reach;
}

bool weir_histogram_equal(const weir_histogram *a, const weir_histogram *b, weir_error *why)
{
    return weir_histogram_near(a, b, 0, why);
}

bool weir_histogram_near(const weir_histogram *a, const weir_histogram *b, double share,
                         weir_error *why)
{
    static const bin none = {0};
    weir_histogram *fine =
        NULL; /* whichever has the finer grid, brought to the grid of the other */
    uint16_t order_a[ROOM], order_b[ROOM];
    double ever = fmax(terms(a), terms(b)) + 1;

    if (a->k > b->k) {
        const weir_histogram *swap = a;
        a = b;
        b = swap;
    }
    if (weir_histogram_copy(a, &fine, why))
        return false;
    if (fine->k < b->k)
        coarsen_to(fine, b->k);
    size_t n = order_bins(fine, order_a), m = order_bins(b, order_b), i = 0, j = 0;
    while (i < n || j < m) {
        uint64_t left_a = i < n ? fine->keys[order_a[i]] : 0,
                 left_b = j < m ? b->keys[order_b[j]] : 0;
        bool take_a = i < n && (j >= m || rank_of(left_a) <= rank_of(left_b));
        bool take_b = j < m && (i >= n || rank_of(left_b) <= rank_of(left_a));
        const bin *x = take_a ? &fine->bins[order_a[i++]] : &none;
        const bin *y = take_b ? &b->bins[order_b[j++]] : &none;
        double left = double_of(take_a ? left_a : left_b);
        if (!bins_agree(x, y, left, b->k, ever, share * ever)) {
            weir_fail(why, WEIR_INVALID, "histogram bin at %.17g: %.17g rows and %.17g rows", left,
                      x->count, y->count);
            weir_histogram_free(fine);
            return false;
        }
    }
    weir_histogram_free(fine);
    return true;
}

/* --- bytes:  u32 k | u32 bins | per bin, ascending: f64 left | u8 form | f64 count | what the form adds */

enum {
    FORM_EDGE = 0,  /* one distinct value, which is the edge */
    FORM_VALUE = 1, /* f64 value: one distinct value */
    FORM_SUM = 2    /* f64 sum | f64 low */
};
enum { LEAST_BIN_BYTES = 17 };

void weir_histogram_write(const weir_histogram *histogram, weir_bytes *out)
{
    uint16_t order[ROOM];
    size_t n = order_bins(histogram, order);

    weir_bytes_u32(out, (uint32_t)histogram->k);
    weir_bytes_u32(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        const bin *b = &histogram->bins[order[i]];
        double left = double_of(histogram->keys[order[i]]);
        weir_bytes_f64(out, left);
        const bool edge = bin_single(b) && b->sum == left;
        weir_bytes_u8(out, edge ? FORM_EDGE : bin_single(b) ? FORM_VALUE : FORM_SUM);
        weir_bytes_f64(out, b->count);
        if (!edge)
            weir_bytes_f64(out, b->sum);
        if (!bin_single(b))
            weir_bytes_f64(out, b->low);
    }
}

/* Reads what a bin of this form holds. False when it is not what weir_histogram_write() could have written. */
static bool read_bin(weir_reader *reader, double left, int k, bin *b)
{
    uint8_t form = weir_read_u8(reader);

    *b = bin_of(weir_read_f64(reader), left);
    if (form == FORM_VALUE) {
        b->sum = weir_read_f64(reader);
        if (b->sum == left || !isfinite(b->sum) || grid_edge(bits_of(b->sum), k) != bits_of(left))
            return false;
    } else if (form == FORM_SUM) {
        b->sum = weir_read_f64(reader);
        b->low = weir_read_f64(reader);
        if (k == EVERY_VALUE || !isfinite(b->sum) || b->sum + b->low != b->sum)
            return false;
    } else if (form != FORM_EDGE) {
        return false;
    }
    return isfinite(b->count) && !bin_empty(b);
}

weir_code weir_histogram_read(weir_reader *reader, weir_histogram **out, weir_error *err)
{
    weir_histogram *h = NULL;
    weir_code code = weir_histogram_new(&h, err);
    int k = (int)weir_read_u32(reader);
    size_t n = weir_read_u32(reader);

    if (code)
        goto done;
    if (reader->failed || n > BINS || n * LEAST_BIN_BYTES > weir_reader_left(reader) ||
        (k != EVERY_VALUE && (k <= LEAST_K || k > GREATEST_K))) {
        code = weir_fail(err, WEIR_CORRUPT, "histogram of %zu bins on a grid of 2^%d", n, k);
        goto done;
    }
    if ((code = reserve(h, n, err)))
        goto done;
    h->k = k;
    for (size_t i = 0; i < n; i++) {
        double left = weir_read_f64(reader);
        uint64_t key = bits_of(left);
        bin b;
        if (!isfinite(left) || grid_edge(key, k) != key ||
            (i && rank_of(key) <= rank_of(h->keys[i - 1])) || !read_bin(reader, left, k, &b) ||
            reader->failed) {
            code = weir_fail(err, WEIR_CORRUPT, "histogram: bin %zu of %zu is not valid", i, n);
            goto done;
        }
        size_t at = bin_append(h, slot_find(h->slots, h->shift, h->keys, key), key);
        h->bins[at] = b;
    }
    *out = h;
    h = NULL;
done:
    weir_histogram_free(h);
    return code;
}
