/* collections.h: the rules under which collections are fuzzed: what a seed is made with, its target reads it with.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_FUZZ_COLLECTIONS_H
#define WEIR_FUZZ_COLLECTIONS_H

#include "weir/collection.h"

enum { FUZZ_COLLECTIONS = 6 };

static const struct {
    const char *name;
    weir_collection_options options;
} fuzz_collections[FUZZ_COLLECTIONS] = {
    {"window", {.window_rows = 7}},
    {"embedded", {.summary = {.histograms = true}, .window_rows = 4, .window_embedded = true}},
    {"decay", {.decay_rows = 3, .decay_ms = 1000}},
    {"partition", {.partition = "c"}},
    {"sequence", {.sequence_order = 2}},
    {"all", {.window_rows = 5, .window_embedded = true, .partition = "c_t0", .sequence_order = 1}},
};

#endif
