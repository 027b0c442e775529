/* word_index.c: see word_index.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "data/word_index.h"

#include "weir/hash.h"
#include "weir/schema.h"

/* A text and where it stands. */
typedef struct {
    size_t at;
    UT_hash_handle hh;
} entry;

size_t word_index_find(const void *index, const char *text, size_t length)
{
    entry *head = (entry *)index, *found;

    HASH_FIND(hh, head, text, length, found);
    return found ? found->at : WEIR_NONE;
}

bool word_index_add(void **index, const char *text, size_t length, size_t at)
{
    entry *head = *index, *added = weir_calloc(1, sizeof *added);

    if (!added)
        return false;
    added->at = at;
    HASH_ADD_KEYPTR(hh, head, text, length, added);
    if (!HASH_ADDED(added, hh)) {
        weir_free(added);
        return false;
    }
    *index = head;
    return true;
}

void word_index_move(void **index, const uint32_t *places)
{
    entry *head = *index, *at, *next;

    HASH_ITER(hh, head, at, next)
    {
        if (places[at->at] != WORD_GONE) {
            at->at = places[at->at];
            continue;
        }
        HASH_DEL(head, at);
        weir_free(at);
    }
    *index = head;
}

void word_index_clear(void **index)
{
    entry *head = *index, *at, *next;

    HASH_ITER(hh, head, at, next)
    {
        HASH_DEL(head, at);
        weir_free(at);
    }
    *index = NULL;
}
