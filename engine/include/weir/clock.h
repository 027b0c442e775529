/* clock.h: the port through which the engine tells the time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CLOCK_H
#define WEIR_CLOCK_H

#include <stdint.h>

typedef struct {
    void *context;
    int64_t (*now_ms)(void *context); /* Unix time; called from any thread */
} weir_clock;

#endif
