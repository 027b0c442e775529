/* bytes.h: growing byte buffers, and little-endian reading that never runs past the end.
 *
 * Writing: calls on a weir_bytes remember the first failure (out of memory), so a long save checks once at the end
 * with weir_bytes_ok(). Reading: a weir_reader goes sticky-bad at the first read past its end and then yields
 * zeros, so a load also checks once a section.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_BYTES_H
#define WEIR_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

typedef struct {
    uint8_t *data; /* owned */
    size_t size, capacity;
    bool failed;
} weir_bytes; /* {0} is an empty one */

void weir_bytes_free(weir_bytes *bytes);  /* NULL is fine; leaves an empty buffer */
void weir_bytes_clear(weir_bytes *bytes); /* size = 0, keeps the memory */
bool weir_bytes_reserve(weir_bytes *bytes, size_t more);
void weir_bytes_append(weir_bytes *bytes, const void *data, size_t size);
void weir_bytes_u8(weir_bytes *bytes, uint8_t value);
void weir_bytes_u16(weir_bytes *bytes, uint16_t value);
void weir_bytes_u32(weir_bytes *bytes, uint32_t value);
void weir_bytes_u64(weir_bytes *bytes, uint64_t value);
void weir_bytes_f64(weir_bytes *bytes, double value);
/* u32 length, then the bytes (no terminator). */
void weir_bytes_text(weir_bytes *bytes, const char *text, size_t length);
weir_code weir_bytes_ok(const weir_bytes *bytes, weir_error *err);

typedef struct {
    const uint8_t *data; /* borrowed */
    size_t size, at;
    bool failed;
} weir_reader;

weir_reader weir_reader_over(const void *data, size_t size);
size_t weir_reader_left(const weir_reader *reader);
uint8_t weir_read_u8(weir_reader *reader);
uint16_t weir_read_u16(weir_reader *reader);
uint32_t weir_read_u32(weir_reader *reader);
uint64_t weir_read_u64(weir_reader *reader);
double weir_read_f64(weir_reader *reader);
/* A borrowed view of the next size bytes; NULL (and failed) when they are not there. */
const uint8_t *weir_read_bytes(weir_reader *reader, size_t size);
/* A text as weir_bytes_text() wrote it: a borrowed, unterminated view. */
const char *weir_read_text(weir_reader *reader, size_t *length);

uint32_t weir_crc32c(uint32_t crc, const void *data, size_t size); /* Castagnoli; start with 0 */
bool weir_utf8_valid(const char *text, size_t length);

#endif
