/* kernel.h: the inner loops of absorbing a batch in extended precision. Private to core/summary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_KERNEL_H
#define CORE_SUMMARY_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/dd.h"

enum {
    KERNEL_LANES =
        8, /* rows a step; lengths are multiples of it, the last rows padded with zeros */
    KERNEL_STRIP = 4,  /* sums a call */
    KERNEL_ROWS = 512, /* the most rows a call */
    KERNEL_ALIGN = 64, /* of every array given to a kernel */
};

/* A column of a block of rows in double-double: hi[r] + lo[r]. */
typedef struct {
    const double *hi, *lo; /* lo NULL: zeros */
} strand;

typedef struct {
    const char *name;
    bool (*usable)(void);
    /* out[k] = sum over rows of a * b[k] for k < count <= KERNEL_STRIP. plain takes strands without lo. */
    void (*plain)(const double *a, const double *const *b, size_t count, size_t rows, weir_dd *out);
    void (*wide)(strand a, const strand *b, size_t count, size_t rows, weir_dd *out);
    /* Squares exactly: hi[r] + lo[r] = x[r]^2, and sums x and x^3 on the way. */
    void (*column)(const double *x, size_t rows, double *hi, double *lo, weir_dd *sum,
                   weir_dd *cubes);
} kernel;

/* All there are, best first, ended by NULL; every one gives the same bits. */
extern const kernel *const kernels[];
const kernel *kernel_best(void);

#endif
