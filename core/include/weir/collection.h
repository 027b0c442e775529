/* collection.h: the summaries of one project: the whole, and where asked for its window or its parts.
 *
 * Most projects are one summary. Rules change what a batch becomes:
 *
 *     window     only the last rows count, exactly so many. The rows are kept, to be forgotten when they leave. With
 *                `embedded` the whole keeps all history and the window lies beside it.
 *     decay      a row weighs half of one that came a half-life of rows, or of time, later.
 *     partition  a summary for each value of one string column beside the whole.
 *     sequence   rows are tokens; what is counted are n-grams: the values of lagged columns.
 *
 * A window and a decay exclude each other; everything else goes together.
 *
 * State is a function of the batches and their arrival times alone, so replaying a log gives the same bytes. A window
 * or decay gives up laws of the algebra, which weir_collection_laws() says in words; forgetting is then refused.
 *
 * Not safe for two threads at once, except that readers (const) may run side by side.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_COLLECTION_H
#define WEIR_COLLECTION_H

#include "weir/summary.h"

#define WEIR_WINDOW_MOST ((size_t)1 << 30) /* rows of a window */
#define WEIR_SEQUENCE_MOST 16              /* order of n-grams */

typedef struct {
    weir_summary_options summary;
    size_t window_rows;    /* 0: no window */
    bool window_embedded;  /* the whole keeps all history */
    double decay_rows;     /* half-life in rows; 0: none */
    double decay_ms;       /* half-life in milliseconds of arrival time; 0: none */
    const char *partition; /* column whose values part the rows; NULL: none; copied */
    size_t
        partition_limit; /* values with a summary of their own; 0: 1024; a batch beyond is refused */
    size_t sequence_order; /* 0: no sequences; k: n-grams of k + 1 tokens */
} weir_collection_options;

typedef struct weir_collection weir_collection;

weir_code weir_collection_new(const weir_collection_options *options, weir_collection **out,
                              weir_error *err);
weir_code weir_collection_copy(const weir_collection *collection, weir_collection **out,
                               weir_error *err);
void weir_collection_free(weir_collection *collection); /* NULL is fine */

/* As weir_summary_check() and weir_summary_absorb(), for all summaries at once. sign -1 is WEIR_INVALID under a window
 * or decay, and of the tokens of a series. After a check that passed, only memory can fail, and nothing has changed
 * then. */
weir_code weir_collection_check(const weir_collection *collection, const weir_batch *batch,
                                double sign, weir_error *err);
weir_code weir_collection_absorb(weir_collection *collection, const weir_batch *batch, double sign,
                                 weir_error *err);
/* Whether taking the batch in may change the answer of a later check although the whole gains no attribute: it makes
 * a new part, or rows that are not those of the batch. */
bool weir_collection_grows(const weir_collection *collection, const weir_batch *batch);
/* Adds a summary made elsewhere to the whole. WEIR_INVALID under a window, decay, partition or sequence. */
weir_code weir_collection_merge(weir_collection *collection, const weir_summary *other,
                                weir_error *err);
weir_code weir_collection_set_histograms(weir_collection *collection, bool on, weir_error *err);

/* Borrowed until the next change. The whole is what every question is about unless it says otherwise; without
 * `embedded` it is the window itself. */
const weir_summary *weir_collection_whole(const weir_collection *collection);
/* The embedded window as one summary; NULL where there is none. */
const weir_summary *weir_collection_window(const weir_collection *collection);
/* The summaries of a partition, in order of appearance; *value is "" for the rows without a value. */
size_t weir_collection_parts(const weir_collection *collection);
const weir_summary *weir_collection_part(const weir_collection *collection, size_t i,
                                         const char **value);
/* Laws given up, as sentences for project info; NULL ends the list. */
#define WEIR_COLLECTION_LAWS 4
size_t weir_collection_laws(const weir_collection *collection,
                            const char *sentences[WEIR_COLLECTION_LAWS + 1]);
size_t weir_collection_memory(const weir_collection *collection);

/* A collection without rules saves as its summary alone would, so older snapshots load. Loading takes the options it
 * was made with: WEIR_CORRUPT when the bytes are those of other rules. */
weir_code weir_collection_save(const weir_collection *collection, weir_bytes *out, weir_error *err);
weir_code weir_collection_load(const void *data, size_t size,
                               const weir_collection_options *options, weir_collection **out,
                               weir_error *err);

#endif
