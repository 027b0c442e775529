/* server_stream.h: the kind "kafka" of streams inside the server (weir/streams.h): a topic straight into a project.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SERVER_STREAM_H
#define WEIR_SERVER_STREAM_H

#include "weir/codec.h"
#include "weir/option.h"
#include "weir/registry.h"
#include "weir/settings.h"
#include "weir/streams.h"

/* Outlives the kind and its streams. */
typedef struct {
    const weir_codecs *codecs;
    const weir_registry_calls *registries;
} weir_server_stream_options;

weir_stream_kind weir_server_stream_kind(const weir_server_stream_options *options);

/* The keys of a description, ended by a row without a name. */
const weir_key *weir_server_stream_keys(void);
/* What may be given beside node.group, which makes a stream one of several servers. */
const weir_option *weir_node_group_options(void);

#endif
