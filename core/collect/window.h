/* window.h: the last rows of a stream. Private to core/collect; what it does is told in window.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_COLLECT_WINDOW_H
#define CORE_COLLECT_WINDOW_H

#include "sets.h"

/* Rows that came one after the other, stored as the log stores them. */
typedef struct {
    weir_bytes bytes; /* the container of a batch */
    size_t rows;
} pane;

typedef struct {
    size_t limit; /* rows of a full window; 0: there is no window */
    pane *panes;
    size_t count, room;
    size_t offset;      /* rows of the first pane that are out already */
    size_t rows;        /* in the window */
    size_t since;       /* rows in next */
    weir_batch *oldest; /* the first pane as a batch; NULL until it is needed */
    summary_set next;   /* without members until the window was full once */
} window;

void window_free(window *w); /* leaves a window of no rows */
weir_code window_copy(const window *w, window *out, weir_error *err);
size_t window_memory(const window *w);

/* Takes rows into the window, whose summaries are now: all or nothing, and for good. */
weir_code window_take(window *w, summary_set *now, const weir_collection_options *options,
                      const weir_batch *batch, weir_error *err);
/* The same for turning histograms on (they then cover all of the window) or off. */
weir_code window_histograms(window *w, summary_set *now, const weir_collection_options *options,
                            bool on, weir_error *err);

weir_code window_write(const window *w, weir_bytes *out, weir_error *err);
/* Into a window that has its limit. now: the summaries that hold its rows, against which they are checked. */
weir_code window_read(weir_reader *reader, const summary_set *now, window *w, weir_error *err);

#endif
