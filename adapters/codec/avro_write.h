/* avro_write.h: Avro bodies and schemas of our own making.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_AVRO_WRITE_H
#define CODEC_AVRO_WRITE_H

#include "weir/codec.h"

/* An extra field's value by the type avro_extend_schema() gives it. */
void avro_write_extra(weir_bytes *out, const weir_extra_field *extra);

/* As in weir_codecs. */
weir_code avro_extend_schema(const char *schema, size_t size, const weir_extra_field *extras,
                             size_t count, char **out, weir_error *err);
weir_code avro_batch_schema(const weir_batch *batch, const char *record_name, bool nullable,
                            char **out, weir_error *err);
weir_code avro_batch_row(const weir_batch *batch, size_t row, bool nullable, weir_bytes *out,
                         weir_error *err);

#endif
