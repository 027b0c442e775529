/* kernel_body.h: the loops of kernel.c for one width of vectors. Included by it once a width, with KERNEL (its name),
 * TARGET (attribute of the functions), WIDTH (doubles a vector) and PRODUCT(p, e, a, b) (p + e = a * b exactly).
 *
 * A vector covers WIDTH of the eight lanes, so a call makes 8 / WIDTH passes, each over its own lanes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define vector NAME(vector)

typedef double vector __attribute__((vector_size(WIDTH * sizeof(double))));

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
TARGET __attribute__((always_inline)) static inline void NAME(plain_strip)(
    const double *a, const double *const *b, const size_t count, size_t rows,
    double hi[][KERNEL_LANES], double lo[][KERNEL_LANES])
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
            *(vector *)(hi[k] + lane) = s[k];
            *(vector *)(lo[k] + lane) = c[k];
        }
    }
}

TARGET static void NAME(plain)(const double *a, const double *const *b, size_t count, size_t rows,
                               weir_dd *out)
{
    _Alignas(KERNEL_ALIGN) double hi[KERNEL_STRIP][KERNEL_LANES], lo[KERNEL_STRIP][KERNEL_LANES];

    switch (count) {
    case 1:
        NAME(plain_strip)(a, b, 1, rows, hi, lo);
        break;
    case 2:
        NAME(plain_strip)(a, b, 2, rows, hi, lo);
        break;
    case 3:
        NAME(plain_strip)(a, b, 3, rows, hi, lo);
        break;
    default:
        NAME(plain_strip)(a, b, KERNEL_STRIP, rows, hi, lo);
        break;
    }
    for (size_t k = 0; k < count; k++)
        out[k] = add_lanes(hi[k], lo[k]);
}

/* As plain_strip for pairs of doubles: the products of hi and lo enter with one rounding each, 2^-106 of the term. */
TARGET __attribute__((always_inline)) static inline void NAME(wide_strip)(strand a, const strand *b,
                                                                          const size_t count,
                                                                          size_t rows,
                                                                          double hi[][KERNEL_LANES],
                                                                          double lo[][KERNEL_LANES])
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
            *(vector *)(hi[k] + lane) = s[k];
            *(vector *)(lo[k] + lane) = c[k];
        }
    }
}

static const double NAME(zeros)[KERNEL_ROWS] __attribute__((aligned(KERNEL_ALIGN)));

TARGET static void NAME(wide)(strand a, const strand *given, size_t count, size_t rows,
                              weir_dd *out)
{
    _Alignas(KERNEL_ALIGN) double hi[KERNEL_STRIP][KERNEL_LANES], lo[KERNEL_STRIP][KERNEL_LANES];
    strand b[KERNEL_STRIP];

    if (!a.lo)
        a.lo = NAME(zeros);
    for (size_t k = 0; k < count; k++)
        b[k] = (strand){given[k].hi, given[k].lo ? given[k].lo : NAME(zeros)};
    switch (count) {
    case 1:
        NAME(wide_strip)(a, b, 1, rows, hi, lo);
        break;
    case 2:
        NAME(wide_strip)(a, b, 2, rows, hi, lo);
        break;
    case 3:
        NAME(wide_strip)(a, b, 3, rows, hi, lo);
        break;
    default:
        NAME(wide_strip)(a, b, KERNEL_STRIP, rows, hi, lo);
        break;
    }
    for (size_t k = 0; k < count; k++)
        out[k] = add_lanes(hi[k], lo[k]);
}

TARGET static void NAME(column)(const double *x, size_t rows, double *high, double *low,
                                weir_dd *sum, weir_dd *cubes)
{
    _Alignas(KERNEL_ALIGN) double hi[2][KERNEL_LANES], lo[2][KERNEL_LANES];

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
        *(vector *)(hi[0] + lane) = s1;
        *(vector *)(lo[0] + lane) = c1;
        *(vector *)(hi[1] + lane) = s3;
        *(vector *)(lo[1] + lane) = c3;
    }
    *sum = add_lanes(hi[0], lo[0]);
    *cubes = add_lanes(hi[1], lo[1]);
}

#undef vector
#undef KERNEL
#undef TARGET
#undef WIDTH
#undef PRODUCT
