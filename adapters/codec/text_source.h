/* text_source.h: bytes from wherever they come, unpacked when they are gzip or zstd.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_TEXT_SOURCE_H
#define CODEC_TEXT_SOURCE_H

#include "weir/codec.h"

typedef struct text_source text_source;

/* path "-" or NULL: standard input. Packed data is known by its first bytes, not by its name. */
weir_code text_source_open(const char *path, text_source **out, weir_error *err);
/* Takes from over whatever the outcome and leaves zeros there. */
weir_code text_source_over(weir_byte_source *from, text_source **out, weir_error *err);
/* Writes up to size bytes and tells how many; 0 is the end. */
weir_code text_source_read(text_source *source, char *out, size_t size, size_t *got,
                           weir_error *err);
const char *text_source_name(const text_source *source); /* for messages */
void text_source_close(text_source *source);             /* NULL is fine */

#endif
