/* kernel.c: sums of products in double-double, eight rows at a time.
 *
 * A row's product is exact as a pair of doubles (with FMA in two operations, else by Dekker's splitting), and adding
 * it to a running sum s loses an error that TwoSum gives back exactly; errors gather in a second sum c (the Dot2 of
 * Ogita, Rump and Oishi [1]). Each of eight lanes has its own s and c, lane l taking rows l, l + 8, ...; s and c are
 * renormalised every SEGMENT steps, so that c stays small, and the lanes are added pairwise as double-doubles at the
 * end. The error of a block of 512 rows stays below 2^-97 of the sum of its absolute terms.
 *
 * The lanes and the order of operations are the same however wide the processor's registers are, and nothing that
 * rounds is fused: AVX-512, AVX2 and portable code give the same bits, so a log replayed on another machine gives the
 * same summary. kernel_body.h is the code, written once for vectors of any width; it is compiled here for each.
 *
 * [1] T. Ogita, S. M. Rump, S. Oishi: Accurate Sum and Dot Product. SIAM J. Sci. Comput. 26(6), 2005.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/kernel.h"

#include "weir/batch.h" /* WEIR_CELL_TINY */

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { SEGMENT = 32 };

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define NAME(function) PASTE(function, KERNEL)

#define KERNEL portable
#define TARGET
#define WIDTH 2
#define PRODUCT(p, e, a, b) DEKKER_PRODUCT(p, e, a, b)
#include "summary/kernel_body.h"

static bool always(void)
{
    return true;
}

static const kernel portable = {"portable",     always,           copy_portable,
                                plain_portable, wide_portable,    column_portable,
                                steps_portable, buckets_portable, fold_portable};

#if defined(__x86_64__)
#define KERNEL avx2
#define TARGET __attribute__((target("avx2,fma")))
#define WIDTH 4
#define PRODUCT(p, e, a, b)                                                                        \
    (p = (a) * (b), e = (vector)_mm256_fmsub_pd((__m256d)(a), (__m256d)(b), (__m256d)(p)))
#include "summary/kernel_body.h"

#define KERNEL avx512
#define TARGET __attribute__((target("avx512f,avx2,fma")))
#define WIDTH 8
#define PRODUCT(p, e, a, b)                                                                        \
    (p = (a) * (b), e = (vector)_mm512_fmsub_pd((__m512d)(a), (__m512d)(b), (__m512d)(p)))
#include "summary/kernel_body.h"

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && has_avx2();
}

static const kernel avx2 = {"avx2",      has_avx2,   copy_avx2,    plain_avx2, wide_avx2,
                            column_avx2, steps_avx2, buckets_avx2, fold_avx2};
static const kernel avx512 = {"avx512",     has_avx512,     copy_avx512,
                              plain_avx512, wide_avx512,    column_avx512,
                              steps_avx512, buckets_avx512, fold_avx512};

const kernel *const kernels[] = {&avx512, &avx2, &portable, NULL};
#else
const kernel *const kernels[] = {&portable, NULL};
#endif

const kernel *kernel_best(void)
{
    const kernel *const *at = kernels;

    while (at[1] && !(*at)->usable()) /* the last one always is */
        at++;
    return *at;
}
