/* backoff.c: see backoff.h. The documented formula; the original multiplies in 32 bits and wraps, here the product is
 * a double, which cannot.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "backoff.h"

#include <math.h>

int64_t backoff_ms(int64_t base, int64_t max, unsigned tries, double u)
{
    double wait = floor(ldexp((double)base, tries > 1000 ? 1000 : (int)tries) * u);

    return wait < (double)max ? (int64_t)wait : max;
}

double backoff_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return (double)((x * 0x2545F4914F6CDD1DULL) >> 11) * 0x1p-53;
}
