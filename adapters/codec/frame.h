/* frame.h: DataFrame JSON and its "source" member, inside adapters/codec.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_FRAME_H
#define CODEC_FRAME_H

#include "json_walk.h"
#include "weir/codec.h"

/* More columns are refused before any is made. A project's own limit is lower; this one bounds what one body costs. */
#define FRAME_COLUMNS_MAX 65536

weir_code frame_decode(const char *json, size_t size, weir_bad_policy policy, weir_type_rule rule,
                       void *context, weir_frame *out, weir_error *err);
weir_code frame_encode(const weir_batch *batch, const weir_source *source, weir_bytes *out,
                       weir_error *err);

/* Reads the source object the walk stands before, with every check but that of the number of offsets. */
weir_code source_read(json_walk *walk, weir_bytes *scratch, weir_source *out, weir_error *err);
void source_write(const weir_source *source, weir_bytes *out);

#endif
