/* topic_list.h: which topics a connector has used. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_TOPIC_LIST_H
#define WEIR_TOPIC_LIST_H

#include <pthread.h>
#include <stddef.h>

#include "weir/error.h"

typedef struct {
    pthread_mutex_t lock; /* over the rest; no other is taken under it */
    char **names;         /* in the order they came */
    size_t count;
} topic_list;

void topic_list_begin(topic_list *list);
void topic_list_end(topic_list *list);
/* Each name once. Without room for it, it is left out: the next use of the topic tries again. */
void topic_list_add(topic_list *list, const char *name);
void topic_list_clear(topic_list *list);
/* Each and the list for weir_free(). */
weir_code topic_list_copy(topic_list *list, char ***names, size_t *count, weir_error *err);

#endif
