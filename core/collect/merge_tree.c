/* merge_tree.c: see weir/merge_tree.h.
 *
 * Level 0 holds the leaves, each level above one node for fan_out of the level below, the last level one node:
 *
 *     level 2              [root]
 *     level 1       [0..7]        [8..15]
 *     level 0   0 1 2 ... 7   8 9 ... 15
 *
 * A node with one child that is not empty shows that child's summary and holds none itself: a tree that is made for
 * growing costs nothing before it has grown. All nodes above a marked one are marked, but for the root when it was made
 * from the leaves, which the next change marks; so making the whole goes down only where something is to be done, and a
 * pointer to a child that has changed is never followed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/merge_tree.h"

#include <assert.h>

#include "weir/memory.h"

/* When more than one in so many leaves has changed, all are merged one after the other: a summary is added to one that
 * holds much in less time than to one that holds little, whose histograms still have to find their grid. */
#define FEW 64

enum { FAN_OUT = 16, FAN_OUT_MOST = 64, LEVELS = 64 };

typedef struct {
    weir_summary *own;         /* of leaves, and of nodes that merged two or more */
    const weir_summary *shown; /* own, or that of the only child; NULL: nothing below */
    bool marked;               /* something below has changed; never of a leaf */
} node;

typedef struct {
    node *nodes;
    size_t count;
} level;

struct weir_merge_tree {
    size_t fan_out;
    level levels[LEVELS];
    size_t level_count; /* at least 2 once there is a leaf */
    size_t room;        /* leaves that all levels reach to */
    size_t changed;     /* leaves put since the whole was made */
    uint64_t merges;
};

weir_code weir_merge_tree_new(size_t fan_out, weir_merge_tree **out, weir_error *err)
{
    weir_merge_tree *tree = NULL;

    if (!fan_out)
        fan_out = FAN_OUT;
    if (fan_out < 2 || fan_out > FAN_OUT_MOST)
        return weir_fail(err, WEIR_INVALID, "fan-out %zu; it is 2 to %d", fan_out, FAN_OUT_MOST);
    if (!(tree = weir_calloc(1, sizeof *tree)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a tree of summaries");
    tree->fan_out = fan_out;
    *out = tree;
    return WEIR_OK;
}

void weir_merge_tree_free(weir_merge_tree *tree)
{
    if (!tree)
        return;
    for (size_t l = 0; l < tree->level_count; l++) {
        for (size_t i = 0; i < tree->levels[l].count; i++)
            weir_summary_free(tree->levels[l].nodes[i].own);
        weir_free(tree->levels[l].nodes);
    }
    weir_free(tree);
}

/* New nodes are empty. A node that had no brother and has one now is made when it is asked for. */
static weir_code widen(level *l, size_t count, weir_error *err)
{
    node *wider = NULL;

    if (count <= l->count)
        return WEIR_OK;
    if (!(wider = weir_realloc_array(l->nodes, count, sizeof *wider)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu summaries", count);
    for (size_t i = l->count; i < count; i++)
        wider[i] = (node){0};
    l->nodes = wider;
    l->count = count;
    return WEIR_OK;
}

/* Makes room for a leaf. Whole families are made at once, so that widening is rare. */
static weir_code grow(weir_merge_tree *tree, size_t leaf, weir_error *err)
{
    size_t count = leaf / tree->fan_out * tree->fan_out + tree->fan_out;
    size_t l = 0;
    weir_code code = WEIR_OK;

    if (leaf < tree->room)
        return WEIR_OK;
    for (;; l++) {
        bool added = l >= tree->level_count;

        assert(l < LEVELS);
        if ((code = widen(&tree->levels[l], count, err)))
            return code;
        if (added) {
            tree->level_count = l + 1;
            /* above what is there already; nothing of it has been merged on this level */
            for (size_t i = 0; i < count && l > 0; i++)
                tree->levels[l].nodes[i].marked = true;
        }
        if (count == 1)
            break;
        count = (count + tree->fan_out - 1) / tree->fan_out;
    }
    tree->room = tree->levels[0].count;
    return WEIR_OK;
}

weir_code weir_merge_tree_put(weir_merge_tree *tree, size_t leaf, weir_summary *summary,
                              weir_error *err)
{
    weir_code code = grow(tree, leaf, err);
    node *at = NULL;

    if (code)
        return code;
    at = &tree->levels[0].nodes[leaf];
    weir_summary_free(at->own);
    at->own = summary;
    at->shown = summary;
    for (size_t l = 1; l < tree->level_count; l++) {
        leaf /= tree->fan_out;
        tree->levels[l].nodes[leaf].marked = true;
    }
    tree->changed++;
    return WEIR_OK;
}

size_t weir_merge_tree_leaves(const weir_merge_tree *tree)
{
    return tree->room;
}

const weir_summary *weir_merge_tree_leaf(const weir_merge_tree *tree, size_t leaf)
{
    return leaf < weir_merge_tree_leaves(tree) ? tree->levels[0].nodes[leaf].own : NULL;
}

/* Adds a child to what its node merges: the first is shown, the second makes a copy of it, all others join that. */
static weir_code join(weir_merge_tree *tree, const weir_summary *child, weir_summary **own,
                      const weir_summary **shown, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (!*shown) {
        *shown = child;
        return WEIR_OK;
    }
    if (!*own) {
        if ((code = weir_summary_copy(*shown, own, err)))
            return code;
        *shown = *own;
    }
    tree->merges++;
    return weir_summary_merge(*own, child, err);
}

static weir_code make(weir_merge_tree *tree, size_t l, size_t i, weir_error *err)
{
    node *at = &tree->levels[l].nodes[i];
    weir_summary *own = NULL;
    const weir_summary *shown = NULL;
    size_t first = i * tree->fan_out, reach = 1;
    weir_code code = WEIR_OK;

    if (!at->marked)
        return WEIR_OK;
    for (size_t c = first; c < first + tree->fan_out && c < tree->levels[l - 1].count; c++) {
        const node *child = &tree->levels[l - 1].nodes[c];

        /* recursion: as deep as the tree has levels */
        if (l > 1 && (code = make(tree, l - 1, c, err)))
            goto done;
        if (child->shown && (code = join(tree, child->shown, &own, &shown, err))) {
            for (size_t below = 0; below < l; below++)
                reach *= tree->fan_out;
            weir_explain(err, code, "summaries %zu to %zu", i * reach, (i + 1) * reach - 1);
            goto done;
        }
    }
    weir_summary_free(at->own);
    at->own = own;
    at->shown = shown;
    at->marked = false;
    own = NULL; /* the node's now */
done:
    weir_summary_free(own);
    return code;
}

/* The root from the leaves. What is between stays marked, for the next time that few have changed. */
static weir_code make_flat(weir_merge_tree *tree, weir_error *err)
{
    node *root = &tree->levels[tree->level_count - 1].nodes[0];
    weir_summary *own = NULL;
    const weir_summary *shown = NULL;
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < tree->room; i++)
        if (tree->levels[0].nodes[i].shown &&
            (code = join(tree, tree->levels[0].nodes[i].shown, &own, &shown, err)))
            weir_explain(err, code, "summaries 0 to %zu", i);
    if (!code) {
        weir_summary_free(root->own);
        root->own = own;
        root->shown = shown;
        root->marked = false;
        own = NULL; /* the node's now */
    }
    weir_summary_free(own);
    return code;
}

weir_code weir_merge_tree_whole(weir_merge_tree *tree, const weir_summary **out, weir_error *err)
{
    weir_code code = WEIR_OK;

    *out = NULL;
    if (!tree->level_count)
        return WEIR_OK;
    code = tree->changed > tree->room / FEW ? make_flat(tree, err)
                                            : make(tree, tree->level_count - 1, 0, err);
    if (!code) {
        tree->changed = 0;
        *out = tree->levels[tree->level_count - 1].nodes[0].shown;
    }
    return code;
}

uint64_t weir_merge_tree_merges(const weir_merge_tree *tree)
{
    return tree->merges;
}

size_t weir_merge_tree_memory(const weir_merge_tree *tree, size_t *leaves)
{
    size_t all = sizeof *tree;

    *leaves = 0;
    for (size_t l = 0; l < tree->level_count; l++) {
        for (size_t i = 0; i < tree->levels[l].count; i++)
            if (tree->levels[l].nodes[i].own)
                all += weir_summary_memory(tree->levels[l].nodes[i].own);
        all += tree->levels[l].count * sizeof(node);
        if (l == 0)
            *leaves = all;
    }
    return all;
}
