/* updates.h: what was learned and forgotten, by whom: counts of calls, and a list of those that read a data source.
 *
 * For people who ask later where rows came from, not for exactness: it is written down at intervals, so a server that
 * is killed may lose the last minute of it, and it is bounded: of calls that differ in too many ways the rest is
 * counted as "(other)", of the list the oldest go.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_UPDATES_H
#define WEIR_UPDATES_H

#include "weir/engine.h"

/* One call of learn or forget. */
typedef struct {
    const char *client;        /* as it calls itself */
    const char *request;       /* "learn", "forget" */
    const char *names, *types; /* of its columns, joined by commas */
    int response;              /* the HTTP status */
    uint64_t rows;             /* sent */
    int64_t took_us;
} weir_update;

/* Adds a call. It never fails: where there is no room, or no such project, nothing is noted. */
void weir_update_note(weir_engine *engine, const char *cid, const char *pid,
                      const weir_update *update);

/* All calls alike but for rows and time, as one. */
typedef struct {
    weir_update update; /* rows and took_us are sums */
    uint64_t count;
} weir_update_sum;
typedef weir_code (*weir_see_update)(void *context, const weir_update_sum *sum, weir_error *err);
/* What see is shown lives until it returns. */
weir_code weir_updates(weir_engine *engine, const char *cid, const char *pid, weir_see_update see,
                       void *context, weir_error *err);

/* One call that learned or forgot a data source. */
typedef struct {
    const char *client, *address, *request, *source;
    int64_t at_ms, took_ms;
    uint64_t rows;
    int response;
} weir_source_update;

void weir_source_update_note(weir_engine *engine, const char *cid, const char *pid,
                             const weir_source_update *update);
typedef weir_code (*weir_see_source_update)(void *context, const weir_source_update *update,
                                            weir_error *err);
/* In the order in which they ended. */
weir_code weir_source_updates(weir_engine *engine, const char *cid, const char *pid,
                              weir_see_source_update see, void *context, weir_error *err);

#endif
