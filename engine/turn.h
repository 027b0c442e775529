/* turn.h: a lock that is given in the order in which it was asked for.
 *
 * A plain mutex may be taken again by the thread that just released it, over and over, while others wait. The thread
 * that absorbs batches would so keep readers out for as long as there are batches, and a stream of readers would keep
 * learning out. A turn is held for one batch or one copy at a time, and then it is the next one's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_TURN_H
#define WEIR_TURN_H

#include <pthread.h>
#include <stdint.h>

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t next, serving;
} turn;

void turn_init(turn *t);
void turn_destroy(turn *t);
void turn_take(turn *t);
void turn_give(turn *t);

#endif
