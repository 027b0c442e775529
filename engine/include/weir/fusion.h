/* fusion.h: projects that are the merge of projects on other servers.
 *
 * A fusion project learns nothing by itself. It names cells, projects of this or other servers, and before it is read
 * it asks each of them for its summary, at most once in a while, and becomes the merge of what it got. Only statistics
 * travel, never rows, and those of a cell that has not changed do not travel again. A cell that does not answer stays
 * in as it was last known; why is told in the parameter fusion_fetch_error.
 *
 * The list of cells holds secrets: it is sealed in the store.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_FUSION_H
#define WEIR_FUSION_H

#include "weir/engine.h"
#include "weir/remote.h"

#define WEIR_FUSION_TYPE "fusion"
/* The parameter of a description that is the list of cells, encrypted under the customer's secret (envelope.h). */
#define WEIR_FUSION_LIST "fusionCellInfoList"

/* All fusion projects of an engine. */
typedef struct weir_fusion weir_fusion;

typedef struct {
    const weir_remote_calls *remote; /* how servers are called */
    int64_t prefetch_ms;             /* between two rounds of asking; 0: 15000; below 0: none */
    int64_t timeout_ms;              /* of one call; 0: 10000 */
    int64_t max_answer;              /* bytes; 0: 256 MiB */
    bool refused;                    /* no server is called: cells are refused */
} weir_fusion_options;

/* A project of a server: its root URL ("http://host:8080"), the user, the user's secret in Base64, the project. */
typedef struct {
    char *host, *cid, *sk, *pid;
} weir_fusion_cell;

/* Owned texts. */
typedef struct {
    weir_fusion_cell *cells;
    size_t count;
} weir_fusion_cells;
void weir_fusion_cells_free(weir_fusion_cells *cells); /* frees the insides, leaves zeros */

/* Takes up the fusion projects that the store knows. Engine and options' texts outlive it; it is closed before the
 * engine. */
weir_code weir_fusion_open(weir_engine *engine, const weir_fusion_options *options,
                           weir_fusion **out, weir_error *err);
void weir_fusion_close(weir_fusion *fusion); /* NULL is fine */

/* Makes a project of these cells. WEIR_CONFLICT when the name is taken; WEIR_INVALID for a cell that lacks something. No
 * cell is called yet. */
weir_code weir_fusion_create(weir_fusion *fusion, const char *cid, const char *pid, bool persist,
                             const weir_fusion_cells *cells, weir_error *err);
/* Gives a fusion project other cells. WEIR_INVALID when it is another kind of project. */
weir_code weir_fusion_update(weir_fusion *fusion, const char *cid, const char *pid,
                             const weir_fusion_cells *cells, weir_error *err);
/* Asks each cell whether it is there. (*status)[i] is "OK" or what is the matter; weir_list_free(). */
weir_code weir_fusion_status(weir_fusion *fusion, const weir_fusion_cells *cells, char ***status,
                             weir_error *err);

#endif
