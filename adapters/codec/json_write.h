/* json_write.h: JSON text into a byte buffer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_JSON_WRITE_H
#define CODEC_JSON_WRITE_H

#include "weir/bytes.h"

void json_write_raw(weir_bytes *out, const char *text);
/* A quoted string; text is UTF-8. */
void json_write_text(weir_bytes *out, const char *text);
/* The shortest number that reads back as value; null when value is not finite. */
void json_write_number(weir_bytes *out, double value);
/* The same as a string. value is finite. */
void json_write_quoted_number(weir_bytes *out, double value);
void json_write_integer(weir_bytes *out, int64_t value);

#endif
