/* merge_tree.h: the merge of many summaries of which a few change at a time.
 *
 * What ten thousand partitions know together is the merge of ten thousand summaries; when one of them gains rows it is
 * not merged with all others again. The leaves are the summaries; a node above holds the merge of a few below it. A
 * leaf that changes marks the way to the root, and asking for the whole makes again what is marked:
 *
 *     changed leaves k of n, fan-out f:   at most  k * ceil(log_f n)  nodes, each one copy and f - 1 merges
 *     held beside the leaves:             about  n / (f - 1)  summaries
 *
 * When many have changed, merging all leaves one after the other is less work, and is done.
 *
 * Not safe for two threads at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_MERGE_TREE_H
#define WEIR_MERGE_TREE_H

#include "weir/summary.h"

typedef struct weir_merge_tree weir_merge_tree;

/* fan_out is 2 to 64; 0: 16. */
weir_code weir_merge_tree_new(size_t fan_out, weir_merge_tree **out, weir_error *err);
void weir_merge_tree_free(weir_merge_tree *tree); /* NULL is fine; its summaries go too */

/* Puts a summary at a leaf, which the tree grows to, instead of the one there; NULL empties the leaf. Takes the summary
 * over, but not when it fails (WEIR_NO_MEMORY), and then nothing has changed. */
weir_code weir_merge_tree_put(weir_merge_tree *tree, size_t leaf, weir_summary *summary,
                              weir_error *err);
/* Leaves there is room for: all that were put are below it. */
size_t weir_merge_tree_leaves(const weir_merge_tree *tree);
/* What was put there, or NULL. Borrowed until the leaf changes. */
const weir_summary *weir_merge_tree_leaf(const weir_merge_tree *tree, size_t leaf);
/* The merge of all leaves, borrowed until the tree changes; NULL when all are empty. WEIR_INVALID when types disagree,
 * naming the attribute and the leaves among which they do; the tree then asks again at the next call. */
weir_code weir_merge_tree_whole(weir_merge_tree *tree, const weir_summary **out, weir_error *err);

/* Merges done so far, and bytes held: of the leaves, and of all. */
uint64_t weir_merge_tree_merges(const weir_merge_tree *tree);
size_t weir_merge_tree_memory(const weir_merge_tree *tree, size_t *leaves);

#endif
