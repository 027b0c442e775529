/* http_source.h: what a URL answers with, as a data source ("http").
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_HTTP_SOURCE_H
#define WEIR_HTTP_SOURCE_H

#include "weir/sources.h"

typedef struct {
    bool refused;       /* every source of the kind is, with the reason */
    uint64_t max_bytes; /* of one answer; 0: 4 GiB */
    int64_t patience_s; /* for the connection, and with a slow sender once it is made; 0: 30 */
} weir_http_source_options;

/* Their row in the table of kinds, under the word type ("http" or "https"); options outlive it. */
weir_source_kind weir_http_source_kind(const char *type, const weir_http_source_options *options);

#endif
