/* csv.h: CSV files to batches.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_CSV_H
#define CODEC_CSV_H

#include "weir/codec.h"

/* As in weir_codecs. */
weir_code csv_open(const char *path, const char *types, weir_csv **out, weir_error *err);
weir_code csv_next(weir_csv *csv, size_t max_rows, weir_bad_policy policy, weir_rejects *rejects,
                   weir_batch **out, weir_error *err);
void csv_close(weir_csv *csv);
weir_code csv_stream(weir_byte_source *source, const weir_csv_options *options, weir_csv **out,
                     weir_error *err);
const weir_batch *csv_columns(const weir_csv *csv);

#endif
