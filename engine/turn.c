/* turn.c: tickets, as at a counter.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "turn.h"

#include <stdbool.h>

void turn_init(turn *t)
{
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->moved, NULL);
    t->next = t->serving = 0;
}

void turn_destroy(turn *t)
{
    pthread_cond_destroy(&t->moved);
    pthread_mutex_destroy(&t->lock);
}

void turn_take(turn *t)
{
    uint64_t mine;

    pthread_mutex_lock(&t->lock);
    mine = t->next++;
    while (t->serving != mine)
        pthread_cond_wait(&t->moved, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

void turn_give(turn *t)
{
    bool awaited = false;

    pthread_mutex_lock(&t->lock);
    t->serving++;
    awaited = t->serving != t->next;
    pthread_mutex_unlock(&t->lock);
    /* Without the lock: who wakes would only wait for it. */
    if (awaited)
        pthread_cond_broadcast(&t->moved);
}
