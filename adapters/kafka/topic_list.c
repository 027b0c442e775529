/* topic_list.c: see topic_list.h. Connectors have few topics, so the list is searched from its front.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "topic_list.h"

#include <string.h>

#include "weir/memory.h"

void topic_list_begin(topic_list *list)
{
    *list = (topic_list){0};
    pthread_mutex_init(&list->lock, NULL);
}

void topic_list_clear(topic_list *list)
{
    pthread_mutex_lock(&list->lock);
    for (size_t i = 0; i < list->count; i++)
        weir_free(list->names[i]);
    weir_free(list->names);
    list->names = NULL;
    list->count = 0;
    pthread_mutex_unlock(&list->lock);
}

void topic_list_end(topic_list *list)
{
    topic_list_clear(list);
    pthread_mutex_destroy(&list->lock);
}

void topic_list_add(topic_list *list, const char *name)
{
    char **wider = NULL, *copy = NULL;
    size_t i = 0;

    pthread_mutex_lock(&list->lock);
    while (i < list->count && strcmp(list->names[i], name) != 0)
        i++;
    if (i == list->count &&
        (wider = weir_realloc_array(list->names, list->count + 1, sizeof *wider))) {
        list->names = wider;
        if ((copy = weir_strdup(name)))
            list->names[list->count++] = copy;
    }
    pthread_mutex_unlock(&list->lock);
}

weir_code topic_list_copy(topic_list *list, char ***names, size_t *count, weir_error *err)
{
    char **copy = NULL;
    size_t made = 0;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&list->lock);
    copy = weir_calloc(list->count + 1, sizeof *copy);
    while (copy && made < list->count && (copy[made] = weir_strdup(list->names[made])))
        made++;
    if (!copy || made < list->count) {
        for (size_t i = 0; i < made; i++)
            weir_free(copy[i]);
        weir_free(copy);
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu topics", list->count);
    } else {
        *names = copy;
        *count = made;
    }
    pthread_mutex_unlock(&list->lock);
    return code;
}
