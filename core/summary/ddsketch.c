/* ddsketch.c: quantiles with a relative error below 0.5 %, order-free, mergeable and subtractable.
 *
 * Values fall into buckets whose width grows with the value, so that any value of a bucket is within a fixed ratio of
 * its representative; the state is nothing but signed counts per bucket, hence a group: order cannot matter and what
 * was merged can be subtracted [1]. [1] takes the logarithm of every value. We take the linear interpolation of the
 * logarithm that a double already carries: the exponent and the upper SUBDIVISION_BITS of the mantissa, one shift,
 * exact on every machine. It needs more buckets for the same error, 128 an octave against 69.3. In an octave the
 * first bucket is the widest relative to its values: [l, l (1 + 2^-7)), and the representative 2 l r / (l + r) is at
 * most (r - l) / (r + l) = 0.39 % from any value in [l, r].
 *
 * Our choice: no collapsing of buckets, which would make the state depend on the order. The number of buckets is
 * bounded by the exponents a double can have; they lie in pages of half an octave, made when first needed, so that
 * an absurd value costs one page. |x| < WEIR_CELL_TINY counts as 0.
 *
 * Memory: 512 bytes per half octave in use and 8 per half octave in between. Cost: constant a value.
 *
 * [1] C. Masson, J. E. Rim, H. K. Lee: DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error
 *     Guarantees. PVLDB 12(12), 2019. arXiv:1908.10693.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/ddsketch.h"

#include <math.h>
#include <string.h>

#include "summary/kernel.h"
#include "weir/histogram.h" /* WEIR_HISTOGRAM_LEAST */
#include "weir/memory.h"

enum {
    SUBDIVISION_BITS = 7, /* 2^7 buckets an octave: alpha 0.0039 */
    PAGE_BITS = 6,
    PAGE = 1 << PAGE_BITS,              /* buckets a page */
    BUCKETS = 2047 << SUBDIVISION_BITS, /* of finite values of one sign */
    BLOCK = 512 /* values a step: pointers to their buckets fit on the stack */
};
#define NEGATIVE ((uint32_t)1 << 31) /* in the kernel's number of a bucket */

/* The buckets of one sign, by magnitude. */
typedef struct {
    double **pages; /* pages[i] holds the buckets from (first + i) * PAGE on; NULL: all are 0 */
    size_t first, count;
} side;

struct weir_ddsketch {
    double zeros;
    side sides[2]; /* positive, negative */
};

/* The least magnitude of a bucket. */
static double bucket_edge(size_t bucket)
{
    uint64_t bits = (uint64_t)bucket << (52 - SUBDIVISION_BITS);
    double edge;
    memcpy(&edge, &bits, sizeof edge);
    return edge;
}

static double bucket_value(size_t bucket)
{
    double left = bucket_edge(bucket), right = bucket_edge(bucket + 1);
    return isfinite(right) ? left / (0.5 + 0.5 * (left / right)) : left; /* 2 l r / (l + r) */
}

/* Makes pages[] reach to this page. */
static weir_code side_reach(side *s, size_t page, weir_error *err)
{
    size_t first = s->count && s->first < page ? s->first : page;
    size_t last = s->count && s->first + s->count - 1 > page ? s->first + s->count - 1 : page;
    size_t count = last - first + 1;

    if (s->count == count)
        return WEIR_OK;
    double **pages = weir_calloc(count, sizeof *pages);
    if (!pages)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu pages of a quantile sketch", count);
    if (s->count)
        memcpy(pages + (s->first - first), s->pages, s->count * sizeof *pages);
    weir_free(s->pages);
    *s = (side){pages, first, count};
    return WEIR_OK;
}

/* The count of a bucket, made if need be. A bucket that exists and holds 0 is no part of the state. */
static weir_code side_bucket(side *s, size_t bucket, double **out, weir_error *err)
{
    size_t page = bucket >> PAGE_BITS;

    if (page - s->first >= s->count || !s->pages[page - s->first]) {
        weir_code code = side_reach(s, page, err);
        if (code)
            return code;
        double *fresh = weir_calloc(PAGE, sizeof *fresh);
        if (!fresh)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for a page of a quantile sketch");
        s->pages[page - s->first] = fresh;
    }
    *out = &s->pages[page - s->first][bucket & (PAGE - 1)];
    return WEIR_OK;
}

/* Finds the counts of leading values whose page exists (counts[i] NULL where one is absent); returns how many. The loop
 * that every row passes through; always_inline makes one copy for rows without gaps. */
static inline __attribute__((always_inline)) size_t find_known(weir_ddsketch *sketch,
                                                               const uint32_t *buckets,
                                                               const uint8_t *present, size_t n,
                                                               double **counts)
{
    const side sides[2] = {sketch->sides[0], sketch->sides[1]};

    for (size_t i = 0; i < n; i++) {
        const uint32_t bucket = buckets[i];

        if (present && !present[i]) {
            counts[i] = NULL;
            continue;
        }
        if (bucket == KERNEL_NO_STEP) {
            counts[i] = &sketch->zeros;
            continue;
        }
        const side *s = &sides[bucket >> 31];
        const size_t page = ((bucket & ~NEGATIVE) >> PAGE_BITS) - s->first;
        if (page >= s->count || !s->pages[page])
            return i;
        counts[i] = &s->pages[page][bucket & (PAGE - 1)];
    }
    return n;
}

/* Where the values are counted, pages made as needed. */
static weir_code find_counts(weir_ddsketch *sketch, const double *values, const uint8_t *present,
                             size_t n, double **counts, weir_error *err)
{
    uint32_t buckets[BLOCK];
    size_t i = 0;

    kernel_best()->buckets(values, n, 20 - SUBDIVISION_BITS, buckets);
    for (;;) {
        i += present ? find_known(sketch, buckets + i, present + i, n - i, counts + i)
                     : find_known(sketch, buckets + i, NULL, n - i, counts + i);
        if (i == n)
            return WEIR_OK;
        weir_code code =
            side_bucket(&sketch->sides[buckets[i] >> 31], buckets[i] & ~NEGATIVE, &counts[i], err);
        if (code)
            return code;
        i++;
    }
}

weir_code weir_ddsketch_add(weir_ddsketch *sketch, const double *values, const uint8_t *present,
                            size_t n, double weight, weir_error *err)
{
    double *counts[BLOCK];

    for (size_t done = 0; done < n; done += BLOCK) {
        size_t block = n - done < BLOCK ? n - done : BLOCK;
        weir_code code =
            find_counts(sketch, values + done, present ? present + done : NULL, block, counts, err);
        if (code && done) /* what is in already has its pages, so taking it out cannot fail */
            weir_ddsketch_add(sketch, values, present, done, -weight, NULL);
        if (code)
            return code;
        for (size_t i = 0; i < block; i++)
            if (counts[i])
                *counts[i] += weight;
    }
    return WEIR_OK;
}

weir_code weir_ddsketch_add_zeros(weir_ddsketch *sketch, double count, weir_error *err)
{
    (void)err;
    sketch->zeros += count;
    return WEIR_OK;
}

/* Page by page: adds sign times the counts of other, or with 0 only makes the pages. */
static weir_code merge_pages(weir_ddsketch *into, const weir_ddsketch *other, double sign,
                             weir_error *err)
{
    double *bucket;

    for (int s = 0; s < 2; s++)
        for (size_t p = 0; p < other->sides[s].count; p++) {
            const double *page = other->sides[s].pages[p];
            size_t start = (other->sides[s].first + p) << PAGE_BITS;
            if (!page)
                continue;
            weir_code code = side_bucket(&into->sides[s], start, &bucket, err);
            if (code)
                return code;
            for (size_t i = 0; sign != 0 && i < PAGE; i++)
                bucket[i] += sign * page[i];
        }
    return WEIR_OK;
}

weir_code weir_ddsketch_reserve(weir_ddsketch *into, const weir_ddsketch *other, weir_error *err)
{
    return merge_pages(into, other, 0, err);
}

weir_code weir_ddsketch_merge(weir_ddsketch *into, const weir_ddsketch *other, double sign,
                              weir_error *err)
{
    weir_code code = weir_ddsketch_reserve(into, other, err);

    if (code || (code = merge_pages(into, other, sign, err)))
        return code;
    into->zeros += sign * other->zeros;
    return WEIR_OK;
}

static double count_scaled(double count, double weight)
{
    count *= weight;
    return fabs(count) < WEIR_HISTOGRAM_LEAST ? 0 : count;
}

void weir_ddsketch_scale(weir_ddsketch *sketch, double weight)
{
    sketch->zeros = count_scaled(sketch->zeros, weight);
    for (int s = 0; s < 2; s++)
        for (size_t p = 0; p < sketch->sides[s].count; p++) {
            double *page = sketch->sides[s].pages[p];

            for (size_t i = 0; page && i < PAGE; i++)
                page[i] = count_scaled(page[i], weight);
        }
}

weir_code weir_ddsketch_new(weir_ddsketch **out, weir_error *err)
{
    weir_ddsketch *sketch = weir_calloc(1, sizeof *sketch);

    if (!sketch)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a quantile sketch");
    *out = sketch;
    return WEIR_OK;
}

weir_code weir_ddsketch_copy(const weir_ddsketch *sketch, weir_ddsketch **out, weir_error *err)
{
    weir_ddsketch *copy = NULL;
    weir_code code = weir_ddsketch_new(&copy, err);

    if (!code)
        code = weir_ddsketch_merge(copy, sketch, 1, err);
    if (!code) {
        *out = copy;
        copy = NULL;
    }
    weir_ddsketch_free(copy);
    return code;
}

void weir_ddsketch_free(weir_ddsketch *sketch)
{
    if (!sketch)
        return;
    for (int s = 0; s < 2; s++) {
        for (size_t p = 0; p < sketch->sides[s].count; p++)
            weir_free(sketch->sides[s].pages[p]);
        weir_free(sketch->sides[s].pages);
    }
    weir_free(sketch);
}

size_t weir_ddsketch_memory(const weir_ddsketch *sketch)
{
    size_t bytes = sizeof *sketch;

    for (int s = 0; s < 2; s++) {
        bytes += sketch->sides[s].count * sizeof *sketch->sides[s].pages;
        for (size_t p = 0; p < sketch->sides[s].count; p++)
            bytes += sketch->sides[s].pages[p] ? PAGE * sizeof(double) : 0;
    }
    return bytes;
}

/* --- reading: the buckets that are not 0 in ascending order of their values */

typedef struct {
    const weir_ddsketch *sketch;
    int stage;   /* 0: negative, downwards in magnitude; 1: zeros; 2: positive, upwards */
    size_t next; /* buckets of this stage dealt with */
} walk;

typedef struct {
    int sign; /* -1, 0, 1 */
    size_t bucket;
    double count;
} step;

static bool walk_next(walk *w, step *out)
{
    for (; w->stage < 3; w->stage++, w->next = 0) {
        if (w->stage == 1) {
            if (w->next++ == 0 && w->sketch->zeros != 0) {
                *out = (step){0, 0, w->sketch->zeros};
                return true;
            }
            continue;
        }
        const side *s = &w->sketch->sides[w->stage == 0];
        while (w->next < s->count * PAGE) {
            size_t at = w->stage == 0 ? s->count * PAGE - 1 - w->next : w->next;
            const double *page = s->pages[at >> PAGE_BITS];
            if (!page) {
                w->next += PAGE;
                continue;
            }
            w->next++;
            if (page[at & (PAGE - 1)] != 0) {
                *out = (step){w->stage == 0 ? -1 : 1, (s->first << PAGE_BITS) + at,
                              page[at & (PAGE - 1)]};
                return true;
            }
        }
    }
    return false;
}

double weir_ddsketch_count(const weir_ddsketch *sketch)
{
    walk w = {.sketch = sketch};
    step s;
    double count = 0;

    while (walk_next(&w, &s))
        count += s.count;
    return count;
}

double weir_ddsketch_quantile(const weir_ddsketch *sketch, double p)
{
    walk w = {.sketch = sketch};
    step s;
    double total = 0, seen = 0, value = NAN;

    while (walk_next(&w, &s))
        total += s.count > 0 ? s.count : 0;
    double rank = floor(p * (total > 1 ? total - 1 : 0));
    w = (walk){.sketch = sketch};
    while (!(seen > rank) && walk_next(&w, &s))
        if (s.count > 0) {
            seen += s.count;
            value = s.sign * bucket_value(s.bucket);
        }
    return value;
}

/* Whether a comes before b in the order of their values. */
static bool step_before(const step *a, const step *b)
{
    if (a->sign != b->sign)
        return a->sign < b->sign;
    return a->sign < 0 ? a->bucket > b->bucket : a->bucket < b->bucket;
}

bool weir_ddsketch_equal(const weir_ddsketch *a, const weir_ddsketch *b, weir_error *why)
{
    return weir_ddsketch_near(a, b, 0, why);
}

bool weir_ddsketch_near(const weir_ddsketch *a, const weir_ddsketch *b, double share,
                        weir_error *why)
{
    walk wa = {.sketch = a}, wb = {.sketch = b};
    step sa = {0}, sb = {0};
    bool more_a = walk_next(&wa, &sa), more_b = walk_next(&wb, &sb);
    double apart = share * (fabs(weir_ddsketch_count(a)) + fabs(weir_ddsketch_count(b)));

    while (more_a || more_b) {
        bool take_a = more_a && (!more_b || !step_before(&sb, &sa));
        bool take_b = more_b && (!more_a || !step_before(&sa, &sb));
        const step *at = take_a ? &sa : &sb;
        double x = take_a ? sa.count : 0, y = take_b ? sb.count : 0;

        if (!(fabs(x - y) <= apart)) {
            weir_fail(why, WEIR_INVALID, "sketch bucket of %g: %.17g rows and %.17g rows",
                      at->sign * bucket_value(at->bucket), x, y);
            return false;
        }
        if (take_a)
            more_a = walk_next(&wa, &sa);
        if (take_b)
            more_b = walk_next(&wb, &sb);
    }
    return true;
}

/* --- bytes:  u32 buckets | per bucket, ascending: i32 sign * (bucket + 1), 0 for the zeros | f64 count */

enum { BUCKET_BYTES = 12 };

void weir_ddsketch_write(const weir_ddsketch *sketch, weir_bytes *out)
{
    walk w = {.sketch = sketch};
    step s;
    uint32_t n = 0;

    while (walk_next(&w, &s))
        n++;
    weir_bytes_u32(out, n);
    w = (walk){.sketch = sketch};
    while (walk_next(&w, &s)) {
        weir_bytes_u32(out, (uint32_t)(s.sign * (int32_t)(s.bucket + 1)));
        weir_bytes_f64(out, s.count);
    }
}

weir_code weir_ddsketch_read(weir_reader *reader, weir_ddsketch **out, weir_error *err)
{
    weir_ddsketch *sketch = NULL;
    weir_code code = weir_ddsketch_new(&sketch, err);
    size_t n = weir_read_u32(reader);
    int32_t last = INT32_MIN;

    if (code)
        goto done;
    if (reader->failed || n > weir_reader_left(reader) / BUCKET_BYTES) {
        code = weir_fail(err, WEIR_CORRUPT, "quantile sketch of %zu buckets", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        int32_t name = (int32_t)weir_read_u32(reader);
        double count = weir_read_f64(reader), *bucket = &sketch->zeros;
        if ((i && name <= last) || name > BUCKETS || name < -BUCKETS || !isfinite(count) ||
            count == 0) {
            code = weir_fail(err, WEIR_CORRUPT, "quantile sketch: bucket %zu of %zu is not valid",
                             i, n);
            goto done;
        }
        if (name && (code = side_bucket(&sketch->sides[name < 0],
                                        (size_t)(name < 0 ? -name : name) - 1, &bucket, err)))
            goto done;
        *bucket = count;
        last = name;
    }
    *out = sketch;
    sketch = NULL;
done:
    weir_ddsketch_free(sketch);
    return code;
}
