/* demo.h: the two schedules of weir demo.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DEMO_H
#define WEIR_DEMO_H

#include "demo_rig.h"

/* Plays the rows at rate a second until a signal comes; prints where to look. */
weir_code demo_live(demo_rig *rig, double rate, bool loop, weir_error *err);

/* The deterministic schedule; prints its figures, as one JSON object on the last line when json. */
weir_code demo_once(demo_rig *rig, bool json, weir_error *err);

/* Milliseconds of a clock that never goes back. */
int64_t demo_clock_ms(void);

#endif
