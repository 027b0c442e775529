/* inside.h: what a collection is made of. Private to core/collect.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_COLLECT_INSIDE_H
#define CORE_COLLECT_INSIDE_H

#include "decay.h"
#include "sequence.h"
#include "window.h"

struct weir_collection {
    weir_collection_options options;
    char *partition;    /* owned; options.partition points to it */
    summary_set whole;  /* all rows, or those of a window that is not embedded */
    summary_set recent; /* those of an embedded window; otherwise without members */
    window window;
    decay_clock clock;
    weir_batch *carry; /* the last tokens of a sequence; NULL: none */
};

/* The summaries of the window. */
static inline summary_set *collection_windowed(weir_collection *collection)
{
    return collection->options.window_embedded ? &collection->recent : &collection->whole;
}

static inline bool collection_plain(const weir_collection_options *options)
{
    return !options->window_rows && !decay_asked(options) && !options->partition &&
           !options->sequence_order;
}

#endif
