/* cell_record.c: see cell_record.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cell_record.h"

#include <stdio.h>
#include <string.h>

enum { FORMAT = 1 };

static const char magic[4] = {'W', 'C', 'E', 'L'};

size_t cell_key_write(const char *topic, int32_t partition, uint32_t part, char out[CELL_KEY_MAX])
{
    return (size_t)snprintf(out, CELL_KEY_MAX, "%.249s/%d/%u", topic, (int)partition,
                            (unsigned)part);
}

/* Digits from the end of a key back to its '/'. */
static bool take_number(const char *text, size_t *size, uint64_t *out)
{
    uint64_t number = 0, unit = 1;
    size_t at = *size;

    while (at && text[at - 1] >= '0' && text[at - 1] <= '9' && *size - at < 10) {
        number += unit * (uint64_t)(text[--at] - '0');
        unit *= 10;
    }
    if (at == *size || !at || text[at - 1] != '/' || (text[at] == '0' && *size - at > 1))
        return false;
    *size = at - 1;
    *out = number;
    return true;
}

weir_code cell_key_read(const void *data, size_t size, cell_key *out, weir_error *err)
{
    const char *text = data;
    uint64_t part = 0, partition = 0;
    size_t length = size;

    if (!data || !take_number(text, &length, &part) || !take_number(text, &length, &partition) ||
        part >= CELL_PARTS_MAX || partition > INT32_MAX || !length || length > CELL_TOPIC_MAX ||
        memchr(text, 0, length))
        return weir_fail(err, WEIR_CORRUPT, "\"%.*s\" is no key of a cell",
                         (int)(size < 80 ? size : 80), data ? text : "");
    memcpy(out->topic, text, length);
    out->topic[length] = 0;
    out->partition = (int32_t)partition;
    out->part = (uint32_t)part;
    return WEIR_OK;
}

void cell_record_write(const cell_record *record, weir_bytes *out)
{
    weir_bytes_append(out, magic, sizeof magic);
    weir_bytes_u16(out, FORMAT);
    weir_bytes_u64(out, record->version);
    weir_bytes_u64(out, (uint64_t)record->next);
    weir_bytes_u32(out, record->part);
    weir_bytes_u32(out, record->parts);
    weir_bytes_text(out, record->writer, record->writer_length);
    weir_bytes_u32(out, weir_crc32c(0, record->bytes, record->size));
    weir_bytes_append(out, record->bytes, record->size);
}

weir_code cell_record_read(const void *data, size_t size, cell_record *out, weir_error *err)
{
    weir_reader reader = weir_reader_over(data, size);
    const uint8_t *begin = weir_read_bytes(&reader, sizeof magic);
    uint16_t format = weir_read_u16(&reader);
    cell_record record = {.version = weir_read_u64(&reader),
                          .next = (int64_t)weir_read_u64(&reader)};
    uint32_t sum;

    if (!begin || memcmp(begin, magic, sizeof magic) != 0)
        return weir_fail(err, WEIR_CORRUPT, "%zu bytes that are no record of a cell", size);
    if (format != FORMAT)
        return weir_fail(err, WEIR_CORRUPT,
                         "a record of a cell in format %u, which this program does not know",
                         (unsigned)format);
    record.part = weir_read_u32(&reader);
    record.parts = weir_read_u32(&reader);
    record.writer = weir_read_text(&reader, &record.writer_length);
    sum = weir_read_u32(&reader);
    record.size = weir_reader_left(&reader);
    record.bytes = weir_read_bytes(&reader, record.size);
    if (reader.failed || record.next < 0 || !record.parts || record.parts > CELL_PARTS_MAX ||
        record.part >= record.parts || record.writer_length > CELL_WRITER_MAX || !record.size)
        return weir_fail(err, WEIR_CORRUPT, "a record of a cell whose head is damaged");
    if (sum != weir_crc32c(0, record.bytes, record.size))
        return weir_fail(err, WEIR_CORRUPT, "part %u of %u of a cell is damaged",
                         (unsigned)record.part + 1, (unsigned)record.parts);
    *out = record;
    return WEIR_OK;
}

uint32_t cell_parts_of(size_t size, size_t room)
{
    return size ? (uint32_t)((size - 1) / room + 1) : 1;
}

weir_code cell_parts_add(cell_parts *parts, const cell_record *record, bool *whole, weir_error *err)
{
    *whole = false;
    if (record->part == 0) {
        weir_bytes_clear(&parts->bytes);
        parts->version = record->version;
        parts->next = record->next;
        parts->parts = record->parts;
        parts->have = 0;
    } else if (!parts->parts || record->part != parts->have || record->parts != parts->parts ||
               record->version != parts->version || record->next != parts->next) {
        return WEIR_OK; /* left over */
    }
    weir_bytes_append(&parts->bytes, record->bytes, record->size);
    if (parts->bytes.failed) {
        cell_parts_free(parts);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a cell of %u parts",
                         (unsigned)record->parts);
    }
    *whole = ++parts->have == parts->parts;
    if (*whole)
        parts->parts = 0; /* what comes next begins anew */
    return WEIR_OK;
}

void cell_parts_free(cell_parts *parts)
{
    weir_bytes_free(&parts->bytes);
    *parts = (cell_parts){0};
}
