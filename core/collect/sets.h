/* sets.h: a whole and its parts, changed all together or not at all. Private to core/collect.
 *
 * A change works on drafts: copies of the summaries it touches. set_commit() puts them in place, which cannot fail;
 * set_cancel() drops them, and nothing was changed. Until then readers see what was committed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_COLLECT_SETS_H
#define CORE_COLLECT_SETS_H

#include "weir/collection.h"

typedef struct {
    char *value;           /* of the partition column; "" for rows without one; NULL: the whole */
    weir_summary *summary; /* NULL: made by the change under way */
    weir_summary *draft;   /* NULL: not touched by it */
} member;

/* The whole is member 0. A set without members is empty: {0}. */
typedef struct {
    member *members;
    size_t count, room;
} summary_set;

weir_code set_new(summary_set *set, const weir_summary_options *options, weir_error *err);
void set_free(summary_set *set); /* leaves an empty set */
weir_code set_copy(const summary_set *set, summary_set *out, weir_error *err);
size_t set_memory(const summary_set *set);
/* The committed whole. */
const weir_summary *set_whole(const summary_set *set);

/* --- a change */

/* Takes in rows: the whole all, each part its own. */
weir_code set_absorb(summary_set *set, const weir_collection_options *options,
                     const weir_batch *batch, double sign, weir_error *err);
weir_code set_scale(summary_set *set, double weight, weir_error *err);
weir_code set_histograms(summary_set *set, bool on, weir_error *err);
/* Makes set one with the members of like, all without rows. They may be the same set. */
weir_code set_restart(summary_set *set, const summary_set *like, weir_error *err);
/* Gives set what other holds; other has the same members in the same order. */
weir_code set_take_over(summary_set *set, const summary_set *other, weir_error *err);
void set_commit(summary_set *set);
void set_cancel(summary_set *set);

/* --- the partition column of a batch: whether it can part rows, and how many parts would be new */
weir_code set_check(const summary_set *set, const weir_collection_options *options,
                    const weir_batch *batch, size_t *new_parts, weir_error *err);

/* --- stored bytes, at the end of what out holds; a value and the container of each member */
weir_code set_write(const summary_set *set, weir_bytes *out, weir_error *err);
weir_code set_read(weir_reader *reader, summary_set *out, weir_error *err);

#endif
