/* json_rows.h: rows of a batch as JSON objects.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_JSON_ROWS_H
#define CODEC_JSON_ROWS_H

#include "weir/codec.h"

/* As in weir_codecs. */
weir_code json_batch_row(const weir_batch *batch, size_t row, bool envelope, weir_bytes *out,
                         weir_error *err);

#endif
