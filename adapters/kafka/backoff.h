/* backoff.h: how long to wait before trying again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_BACKOFF_H
#define WEIR_BACKOFF_H

#include <stdint.h>

/* min(floor(base * 2^tries * u), max) milliseconds: full jitter, tries from 0, u uniform in [0, 1). base and max are
 * positive; a product beyond any integer is max. */
int64_t backoff_ms(int64_t base, int64_t max, unsigned tries, double u);

/* The next number of a small generator (xorshift64*), in [0, 1); *state is not 0. */
double backoff_random(uint64_t *state);

#endif
