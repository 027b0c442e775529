/* kernel_body.h: the loops of kernel.c for one width of vectors. Included by it once a width, with KERNEL (its name),
 * TARGET (attribute of the functions), WIDTH (doubles a vector) and PRODUCT(p, e, a, b) (p + e = a * b exactly).
 *
 * A vector covers WIDTH of the eight lanes, so a call makes 8 / WIDTH passes, each over its own lanes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define vector NAME(vector)
#define whole NAME(whole)

typedef double vector __attribute__((vector_size(WIDTH * sizeof(double))));
typedef int64_t whole __attribute__((vector_size(WIDTH * sizeof(double))));

#ifndef TWO_SUM
/* s + e = a + b exactly. */
#define TWO_SUM(s, e, a, b)                                                                        \
    do {                                                                                           \
        vector sum_ = (a) + (b), of_b_ = sum_ - (a);                                               \
        e = ((a) - (sum_ - of_b_)) + ((b)-of_b_);                                                  \
        s = sum_;                                                                                  \
    } while (0)
/* As TWO_SUM for |s| >= |c|, in place. */
#define RENORMALISE(s, c)                                                                          \
    do {                                                                                           \
        vector sum_ = (s) + (c);                                                                   \
        c = (c) - (sum_ - (s));                                                                    \
        s = sum_;                                                                                  \
    } while (0)
/* Veltkamp's splitting into 26 bits and the rest, and Dekker's product; |a|, |b| stay below 2^996 here. */
#define DEKKER_PRODUCT(p, e, a, b)                                                                 \
    do {                                                                                           \
        vector big_a_ = (a)*134217729.0, big_b_ = (b)*134217729.0;                                 \
        vector up_a_ = big_a_ - (big_a_ - (a)), up_b_ = big_b_ - (big_b_ - (b));                   \
        vector low_a_ = (a)-up_a_, low_b_ = (b)-up_b_;                                             \
        p = (a) * (b);                                                                             \
        e = ((up_a_ * up_b_ - (p)) + up_a_ * low_b_ + low_a_ * up_b_) + low_a_ * low_b_;           \
    } while (0)
#endif

/* The sums of a * b[k], count of them, count being a constant where this is inlined. */
TARGET __attribute__((always_inline)) static inline void NAME(plain_strip)(const double *a,
                                                                           const double *const *b,
                                                                           const size_t count,
                                                                           size_t rows, lanes *out)
{
    for (size_t lane = 0; lane < KERNEL_LANES; lane += WIDTH) {
        vector s[KERNEL_STRIP] = {0}, c[KERNEL_STRIP] = {0};

        for (size_t start = 0; start < rows; start += SEGMENT * KERNEL_LANES) {
            size_t end = start + SEGMENT * KERNEL_LANES;

            for (size_t r = start + lane; r < (end < rows ? end : rows); r += KERNEL_LANES) {
                vector x = *(const vector *)(a + r);

#pragma GCC unroll 4
                for (size_t k = 0; k < count; k++) {
                    vector y = *(const vector *)(b[k] + r), p, e, lost;

                    PRODUCT(p, e, x, y);
                    TWO_SUM(s[k], lost, s[k], p);
                    c[k] += lost + e;
                }
            }
#pragma GCC unroll 4
            for (size_t k = 0; k < count; k++)
                RENORMALISE(s[k], c[k]);
        }
#pragma GCC unroll 4
        for (size_t k = 0; k < count; k++) {
            *(vector *)(out[k].s + lane) = s[k];
            *(vector *)(out[k].c + lane) = c[k];
        }
    }
}

TARGET static void NAME(plain)(const double *a, const double *const *b, size_t count, size_t rows,
                               lanes *out)
{
    switch (count) {
    case 1:
        NAME(plain_strip)(a, b, 1, rows, out);
        break;
    case 2:
        NAME(plain_strip)(a, b, 2, rows, out);
        break;
    case 3:
        NAME(plain_strip)(a, b, 3, rows, out);
        break;
    default:
        NAME(plain_strip)(a, b, KERNEL_STRIP, rows, out);
        break;
    }
}

/* As plain_strip for pairs of doubles: the products of hi and lo enter with one rounding each, 2^-106 of the term. */
TARGET __attribute__((always_inline)) static inline void NAME(wide_strip)(strand a, const strand *b,
                                                                          const size_t count,
                                                                          size_t rows, lanes *out)
{
    for (size_t lane = 0; lane < KERNEL_LANES; lane += WIDTH) {
        vector s[KERNEL_STRIP] = {0}, c[KERNEL_STRIP] = {0};

        for (size_t start = 0; start < rows; start += SEGMENT * KERNEL_LANES) {
            size_t end = start + SEGMENT * KERNEL_LANES;

            for (size_t r = start + lane; r < (end < rows ? end : rows); r += KERNEL_LANES) {
                vector x = *(const vector *)(a.hi + r), x_low = *(const vector *)(a.lo + r);

#pragma GCC unroll 4
                for (size_t k = 0; k < count; k++) {
                    vector y = *(const vector *)(b[k].hi + r);
                    vector y_low = *(const vector *)(b[k].lo + r), p, e, lost;

                    PRODUCT(p, e, x, y);
                    TWO_SUM(s[k], lost, s[k], p);
                    c[k] += lost + (e + (x * y_low + x_low * y));
                }
            }
#pragma GCC unroll 4
            for (size_t k = 0; k < count; k++)
                RENORMALISE(s[k], c[k]);
        }
#pragma GCC unroll 4
        for (size_t k = 0; k < count; k++) {
            *(vector *)(out[k].s + lane) = s[k];
            *(vector *)(out[k].c + lane) = c[k];
        }
    }
}

static const double NAME(zeros)[KERNEL_ROWS] __attribute__((aligned(KERNEL_ALIGN)));

TARGET static void NAME(wide)(strand a, const strand *given, size_t count, size_t rows, lanes *out)
{
    strand b[KERNEL_STRIP];

    if (!a.lo)
        a.lo = NAME(zeros);
    for (size_t k = 0; k < count; k++)
        b[k] = (strand){given[k].hi, given[k].lo ? given[k].lo : NAME(zeros)};
    switch (count) {
    case 1:
        NAME(wide_strip)(a, b, 1, rows, out);
        break;
    case 2:
        NAME(wide_strip)(a, b, 2, rows, out);
        break;
    case 3:
        NAME(wide_strip)(a, b, 3, rows, out);
        break;
    default:
        NAME(wide_strip)(a, b, KERNEL_STRIP, rows, out);
        break;
    }
}

TARGET static void NAME(column)(const double *x, size_t rows, double *high, double *low, lanes *out)
{
    for (size_t lane = 0; lane < KERNEL_LANES; lane += WIDTH) {
        vector s1 = {0}, c1 = {0}, s3 = {0}, c3 = {0};

        for (size_t start = 0; start < rows; start += SEGMENT * KERNEL_LANES) {
            size_t end = start + SEGMENT * KERNEL_LANES;

            for (size_t r = start + lane; r < (end < rows ? end : rows); r += KERNEL_LANES) {
                vector v = *(const vector *)(x + r), square, below, p, e, lost;

                PRODUCT(square, below, v, v);
                *(vector *)(high + r) = square;
                *(vector *)(low + r) = below;
                TWO_SUM(s1, lost, s1, v);
                c1 += lost;
                PRODUCT(p, e, square, v);
                TWO_SUM(s3, lost, s3, p);
                c3 += lost + (e + below * v);
            }
            RENORMALISE(s1, c1);
            RENORMALISE(s3, c3);
        }
        *(vector *)(out[0].s + lane) = s1;
        *(vector *)(out[0].c + lane) = c1;
        *(vector *)(out[1].s + lane) = s3;
        *(vector *)(out[1].c + lane) = c3;
    }
}

/* mask ? a : b, lane by lane. */
#define SELECT(mask, a, b) ((vector)(((mask) & (whole)(a)) | (~(mask) & (whole)(b))))

TARGET static void NAME(copy)(const double *from, size_t count, size_t padded, double *to,
                              double *ends)
{
    const vector bound = (vector){0} + WEIR_CELL_TINY;
    vector least = (vector){0} + from[0], greatest = least;
    size_t r = 0;

    for (; r + WIDTH <= count; r += WIDTH) {
        vector x;

        memcpy(&x, from + r, sizeof x);
        least = SELECT(x < least, x, least);
        greatest = SELECT(x > greatest, x, greatest);
        *(vector *)(to + r) = (vector)((whole)x & ((x >= bound) | (x <= -bound)));
    }
    ends[0] = ends[1] = from[0];
    for (size_t l = 0; l < WIDTH; l++) {
        ends[0] = least[l] < ends[0] ? least[l] : ends[0];
        ends[1] = greatest[l] > ends[1] ? greatest[l] : ends[1];
    }
    for (; r < count; r++) {
        ends[0] = from[r] < ends[0] ? from[r] : ends[0];
        ends[1] = from[r] > ends[1] ? from[r] : ends[1];
        to[r] = fabs(from[r]) < WEIR_CELL_TINY ? 0 : from[r];
    }
    for (; r < padded; r++)
        to[r] = 0;
}

/* Adding and taking away 1.5 * 2^52 rounds to a whole number, whose low bits are those of the sum; one less where that
 * was upwards. */
#define STEP_ROUND 0x1.8p52
#define STEP_BITS 0x4338000000000000

TARGET static void NAME(steps)(const double *x, size_t count, double scale, int64_t first,
                               uint32_t room, uint32_t *step)
{
    typedef uint32_t narrow __attribute__((vector_size(WIDTH * sizeof(uint32_t))));
    typedef uint64_t natural __attribute__((vector_size(WIDTH * sizeof(uint64_t)))); /* it wraps */
    const whole none = (whole){0} - 1, begin = (whole){0} + first, end = begin + (int64_t)room;
    const vector most = (vector){0} + 0x1p51;
    double last[WIDTH] = {0};
    uint32_t tail[WIDTH];

    for (size_t i = 0; i < count; i += WIDTH) {
        const bool part = count - i < WIDTH;
        vector at, up, given;
        whole s, fits;
        narrow out;

        if (part)
            memcpy(last, x + i, (count - i) * sizeof *last);
        memcpy(&given, part ? last : x + i, sizeof given);
        at = given * scale;
        up = at + STEP_ROUND;
        s = (whole)((natural)up - STEP_BITS + (natural)(up - STEP_ROUND > at));
        fits = (at < most) & (at > -most) & (s >= begin) & (s < end) & ~((at == 0) & (given != 0));
        out = __builtin_convertvector(
            (fits & (whole)((natural)s - (natural)begin)) | (~fits & none), narrow);
        memcpy(part ? tail : step + i, &out, sizeof out);
        if (part)
            memcpy(step + i, tail, (count - i) * sizeof *step);
    }
}

TARGET static void NAME(buckets)(const double *x, size_t count, unsigned shift, uint32_t *bucket)
{
    typedef uint32_t narrow __attribute__((vector_size(WIDTH * sizeof(uint32_t))));
    const whole none = (whole){0} - 1, magnitude = (whole){0} + INT64_MAX;
    const vector bound = (vector){0} + WEIR_CELL_TINY;
    double last[WIDTH] = {0};
    uint32_t tail[WIDTH];

    for (size_t i = 0; i < count; i += WIDTH) {
        const bool part = count - i < WIDTH;
        vector given;
        whole bits, small, s;
        narrow out;

        if (part)
            memcpy(last, x + i, (count - i) * sizeof *last);
        memcpy(&given, part ? last : x + i, sizeof given);
        bits = (whole)given;
        small = (given < bound) & (given > -bound);
        s = ((bits & magnitude) >> (32 + shift)) | ((bits >> 32) & INT64_C(0x80000000));
        out = __builtin_convertvector((~small & s) | (small & none), narrow);
        memcpy(part ? tail : bucket + i, &out, sizeof out);
        if (part)
            memcpy(bucket + i, tail, (count - i) * sizeof *bucket);
    }
}

/* (h, l) += (x, y) for pairs of vectors; the operations of weir_dd_add(). */
#define ADD_PAIR(h, l, x, y)                                                                       \
    do {                                                                                           \
        vector high_, lost_, low_, rest_;                                                          \
        TWO_SUM(high_, lost_, h, x);                                                               \
        TWO_SUM(low_, rest_, l, y);                                                                \
        lost_ += low_;                                                                             \
        RENORMALISE(high_, lost_);                                                                 \
        lost_ += rest_;                                                                            \
        RENORMALISE(high_, lost_);                                                                 \
        h = high_;                                                                                 \
        l = lost_;                                                                                 \
    } while (0)

/* Eight sums at a time, one a lane of the vectors here: lanes 0 to 3 take in 4 to 7, then 0 and 1 the next two. */
TARGET static void NAME(fold)(const lanes *in, size_t count, weir_dd *out)
{
    for (size_t k = 0; k < count; k += WIDTH) {
        vector h[KERNEL_LANES], l[KERNEL_LANES];

#pragma GCC unroll 8
        for (size_t lane = 0; lane < KERNEL_LANES; lane++) {
#pragma GCC unroll 8
            for (size_t i = 0; i < WIDTH; i++) {
                h[lane][i] = in[k + i].s[lane];
                l[lane][i] = in[k + i].c[lane];
            }
            RENORMALISE(h[lane], l[lane]);
        }
#pragma GCC unroll 3
        for (size_t width = KERNEL_LANES / 2; width > 0; width /= 2)
#pragma GCC unroll 4
            for (size_t lane = 0; lane < width; lane++)
                ADD_PAIR(h[lane], l[lane], h[lane + width], l[lane + width]);
        for (size_t i = 0; i < WIDTH && k + i < count; i++)
            out[k + i] = (weir_dd){h[0][i], l[0][i]};
    }
}

#undef SELECT
#undef ADD_PAIR
#undef whole
#undef vector
#undef KERNEL
#undef TARGET
#undef WIDTH
#undef PRODUCT
