/* server_stream.h: what the files about streams inside the server share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SERVER_STREAM_INSIDE_H
#define WEIR_SERVER_STREAM_INSIDE_H

#include "server_stream_config.h"

/* A consumer that only looks: no group, nothing is committed. */
weir_code stream_look_open(const stream_settings *settings, rd_kafka_t **out, weir_error *err);
/* server_stream_look.c: of the kind; context is a weir_server_stream_options */
weir_code stream_browse(void *context, const weir_data_source *source, weir_stop stop,
                        weir_listing *out, weir_error *err);
weir_code stream_preview(void *context, const weir_data_source *source, size_t rows, weir_stop stop,
                         weir_batch **out, weir_error *err);

#endif
