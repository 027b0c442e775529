/* bytes.c: growing byte buffers and careful readers; little-endian whatever the machine is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/bytes.h"

#include <string.h>

#include "weir/memory.h"

void weir_bytes_free(weir_bytes *bytes)
{
    if (!bytes)
        return;
    weir_free(bytes->data);
    *bytes = (weir_bytes){0};
}

void weir_bytes_clear(weir_bytes *bytes)
{
    bytes->size = 0;
    bytes->failed = false;
}

bool weir_bytes_reserve(weir_bytes *bytes, size_t more)
{
    size_t capacity = bytes->capacity ? bytes->capacity : 64;
    uint8_t *data;

    if (bytes->failed)
        return false;
    if (more <= bytes->capacity - bytes->size)
        return true;
    if (more > SIZE_MAX / 2 - bytes->size) {
        bytes->failed = true;
        return false;
    }
    while (capacity < bytes->size + more)
        capacity *= 2;
    data = weir_realloc(bytes->data, capacity);
    if (!data) {
        bytes->failed = true;
        return false;
    }
    bytes->data = data;
    bytes->capacity = capacity;
    return true;
}

void weir_bytes_append(weir_bytes *bytes, const void *data, size_t size)
{
    if (size == 0 || !weir_bytes_reserve(bytes, size))
        return;
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

/* Appends the low size bytes of value, lowest first. */
static inline void append_integer(weir_bytes *bytes, uint64_t value, size_t size)
{
    if (!weir_bytes_reserve(bytes, size))
        return;
    for (size_t i = 0; i < size; i++)
        bytes->data[bytes->size + i] = (uint8_t)(value >> (8 * i));
    bytes->size += size;
}

void weir_bytes_u8(weir_bytes *bytes, uint8_t value)
{
    append_integer(bytes, value, 1);
}

void weir_bytes_u16(weir_bytes *bytes, uint16_t value)
{
    append_integer(bytes, value, 2);
}

void weir_bytes_u32(weir_bytes *bytes, uint32_t value)
{
    append_integer(bytes, value, 4);
}

void weir_bytes_u64(weir_bytes *bytes, uint64_t value)
{
    append_integer(bytes, value, 8);
}

void weir_bytes_f64(weir_bytes *bytes, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    append_integer(bytes, bits, 8);
}

void weir_bytes_text(weir_bytes *bytes, const char *text, size_t length)
{
    if (length > UINT32_MAX) {
        bytes->failed = true;
        return;
    }
    weir_bytes_u32(bytes, (uint32_t)length);
    weir_bytes_append(bytes, text, length);
}

weir_code weir_bytes_ok(const weir_bytes *bytes, weir_error *err)
{
    if (bytes->failed)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for more than %zu bytes", bytes->size);
    return WEIR_OK;
}

weir_reader weir_reader_over(const void *data, size_t size)
{
    return (weir_reader){.data = data, .size = data ? size : 0};
}

size_t weir_reader_left(const weir_reader *reader)
{
    return reader->size - reader->at;
}

const uint8_t *weir_read_bytes(weir_reader *reader, size_t size)
{
    const uint8_t *found;

    if (reader->failed || size > reader->size - reader->at) {
        reader->failed = true;
        return NULL;
    }
    found = reader->data + reader->at;
    reader->at += size;
    return found;
}

static uint64_t read_integer(weir_reader *reader, size_t size)
{
    const uint8_t *raw = weir_read_bytes(reader, size);
    uint64_t value = 0;

    for (size_t i = 0; raw && i < size; i++)
        value |= (uint64_t)raw[i] << (8 * i);
    return value;
}

uint8_t weir_read_u8(weir_reader *reader)
{
    return (uint8_t)read_integer(reader, 1);
}

uint16_t weir_read_u16(weir_reader *reader)
{
    return (uint16_t)read_integer(reader, 2);
}

uint32_t weir_read_u32(weir_reader *reader)
{
    return (uint32_t)read_integer(reader, 4);
}

uint64_t weir_read_u64(weir_reader *reader)
{
    return read_integer(reader, 8);
}

double weir_read_f64(weir_reader *reader)
{
    uint64_t bits = read_integer(reader, 8);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

const char *weir_read_text(weir_reader *reader, size_t *length)
{
    size_t size = weir_read_u32(reader);
    const char *text = (const char *)weir_read_bytes(reader, size);

    *length = text ? size : 0;
    return text;
}
