/* kernel.h: the inner loops of absorbing a batch in extended precision. Private to core/summary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_KERNEL_H
#define CORE_SUMMARY_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include <stdint.h>

#include "base/dd.h"

enum {
    KERNEL_LANES =
        8, /* rows a step; lengths are multiples of it, the last rows padded with zeros */
    KERNEL_STRIP = 4,  /* sums a call */
    KERNEL_ROWS = 512, /* the most rows a call */
    KERNEL_ALIGN = 64, /* of every array given to a kernel */
};
#define KERNEL_NO_STEP UINT32_MAX

/* A column of a block of rows in double-double: hi[r] + lo[r]. */
typedef struct {
    const double *hi, *lo; /* lo NULL: zeros */
} strand;

/* A sum on its way: lane l holds s[l] + c[l]. Aligned. */
typedef struct {
    _Alignas(KERNEL_ALIGN) double s[KERNEL_LANES];
    double c[KERNEL_LANES];
} lanes;

typedef struct {
    const char *name;
    bool (*usable)(void);
    /* Copies count cells, those below WEIR_CELL_TINY as 0, and fills up with zeros to padded ones. ends[0] and ends[1]
     * become the least and the greatest cell. */
    void (*copy)(const double *from, size_t count, size_t padded, double *to, double *ends);
    /* out[k] = sum over rows of a * b[k] for k < count <= KERNEL_STRIP. plain takes strands without lo. */
    void (*plain)(const double *a, const double *const *b, size_t count, size_t rows, lanes *out);
    void (*wide)(strand a, const strand *b, size_t count, size_t rows, lanes *out);
    /* Squares exactly: hi[r] + lo[r] = x[r]^2; on the way out[0] = sum of x, out[1] = sum of x^3. */
    void (*column)(const double *x, size_t rows, double *hi, double *lo, lanes *out);
    /* step[i] = the step of a grid that x[i] lies in, counted from first, where that is below room and x[i] * scale is
     * below 2^51 in size and no rounded 0; else KERNEL_NO_STEP. A step is 1 / scale wide, a power of two. Not aligned. */
    void (*steps)(const double *x, size_t count, double scale, int64_t first, uint32_t room,
                  uint32_t *step);
    /* bucket[i] = the upper bits of x[i], shifted right by 32 + shift, its sign above them; KERNEL_NO_STEP where |x[i]| is
     * below WEIR_CELL_TINY. Not aligned. */
    void (*buckets)(const double *x, size_t count, unsigned shift, uint32_t *bucket);
    /* Adds up the lanes of count sums. in has room for a whole number of KERNEL_LANES sums. */
    void (*fold)(const lanes *in, size_t count, weir_dd *out);
} kernel;

/* All there are, best first, ended by NULL; every one gives the same bits. */
extern const kernel *const kernels[];
const kernel *kernel_best(void);

#endif
