/* avro_write.h: fields behind those of an Avro record.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_AVRO_WRITE_H
#define CODEC_AVRO_WRITE_H

#include "weir/codec.h"

/* Whether the row has no value for the field: where nullable it is null. */
bool extra_is_absent(const weir_extra_field *extra);

/* An extra field's value by the type avro_extend_schema() gives it. */
void avro_write_extra(weir_bytes *out, const weir_extra_field *extra);

/* As in weir_codecs. */
weir_code avro_extend_schema(const char *schema, size_t size, const weir_extra_field *extras,
                             size_t count, char **out, weir_error *err);

#endif
