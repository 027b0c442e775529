/* avro_walk.h: the bytes of an Avro body, value by value.
 *
 * A cursor that failed stays at its end and gives zeros, so a reader looks at failed once a value or once a field.
 * Every length is checked against what is left. The Avro specification 1.11, "Binary Encoding".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_AVRO_WALK_H
#define CODEC_AVRO_WALK_H

#include <endian.h>
#include <string.h>

#include "avro_schema.h"

typedef struct {
    const uint8_t *at, *end;
    bool failed;
} avro_cursor;

static inline avro_cursor avro_cursor_over(const void *value, size_t size)
{
    const uint8_t *start = size > 0 ? value : (const uint8_t *)"";

    return (avro_cursor){.at = start, .end = start + size};
}

static inline size_t avro_left(const avro_cursor *c)
{
    return (size_t)(c->end - c->at);
}

static inline void avro_fail(avro_cursor *c)
{
    c->failed = true;
    c->at = c->end;
}

/* The next size bytes; NULL when there are not so many. */
static inline const uint8_t *avro_take(avro_cursor *c, uint64_t size)
{
    const uint8_t *bytes = c->at;

    if (size > avro_left(c)) {
        avro_fail(c);
        return NULL;
    }
    c->at += size;
    return bytes;
}

/* A zig-zag number of at most 64 bits. */
static inline int64_t avro_take_long(avro_cursor *c)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;

        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return (int64_t)(value >> 1 ^ (0 - (value & 1)));
    }
    avro_fail(c);
    return 0;
}

static inline int64_t avro_take_int(avro_cursor *c)
{
    int64_t value = avro_take_long(c);

    if (value >= INT32_MIN && value <= INT32_MAX)
        return value;
    avro_fail(c);
    return 0;
}

static inline double avro_take_double(avro_cursor *c)
{
    uint64_t bits = 0;
    const uint8_t *bytes = avro_take(c, sizeof bits);
    double value;

    if (bytes)
        memcpy(&bits, bytes, sizeof bits);
    bits = le64toh(bits);
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t avro_take_u32(avro_cursor *c)
{
    uint32_t bits = 0;
    const uint8_t *bytes = avro_take(c, sizeof bits);

    if (bytes)
        memcpy(&bits, bytes, sizeof bits);
    return le32toh(bits);
}

static inline double avro_take_float(avro_cursor *c)
{
    uint32_t bits = avro_take_u32(c);
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline bool avro_take_boolean(avro_cursor *c)
{
    const uint8_t *byte = avro_take(c, 1);

    if (byte && *byte > 1)
        c->failed = true;
    return byte && *byte == 1;
}

/* The bytes of a string or of bytes; a negative length is a huge one. */
static inline const uint8_t *avro_take_sized(avro_cursor *c, size_t *size)
{
    uint64_t length = (uint64_t)avro_take_long(c);
    const uint8_t *bytes = c->failed ? NULL : avro_take(c, length);

    *size = bytes ? (size_t)length : 0;
    return bytes;
}

/* The index of a union's branch or an enum's symbol. */
static inline size_t avro_take_choice(avro_cursor *c, size_t count)
{
    int64_t choice = avro_take_long(c);

    if (choice >= 0 && (uint64_t)choice < count)
        return (size_t)choice;
    c->failed = true;
    return 0;
}

/* The number of items in the next block of an array or a map, 0 behind the last. A block may say how many bytes it has:
 * then it ends at *end, otherwise that is NULL. */
static inline int64_t avro_block_begin(avro_cursor *c, const uint8_t **end)
{
    int64_t count = avro_take_long(c);
    uint64_t size;

    *end = NULL;
    if (count >= 0)
        return count;
    size = (uint64_t)avro_take_long(c);
    if (c->failed || count == INT64_MIN || size > avro_left(c)) {
        avro_fail(c);
        return 0;
    }
    *end = c->at + size;
    return -count;
}

/* After the items of a block: it must be as long as it said. */
static inline void avro_block_end(avro_cursor *c, const uint8_t *end)
{
    if (end && c->at != end)
        avro_fail(c);
}

/* Steps over a value of any type, which stands depth types below the body. Types that take no bytes are not walked at
 * all, so the work is bounded by the size of the body. */
void avro_skip(const avro_schema_table *table, size_t index, unsigned depth, avro_cursor *c);

#endif
