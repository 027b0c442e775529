/* rows.c: batches and checksums for the fuzz targets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/container.h"

void fuzz_check(bool holds, const char *what, const char *why)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, why);
    abort();
}

static bool same_column(const weir_batch_column *a, const weir_batch_column *b, size_t rows)
{
    if (strcmp(a->name, b->name) != 0 || a->type != b->type)
        return false;
    for (size_t r = 0; a->present && r < rows; r++) {
        if (a->present[r] != b->present[r])
            return false;
        if (a->present[r] && a->codes && strcmp(a->words[a->codes[r]], b->words[b->codes[r]]) != 0)
            return false;
        if (a->present[r] && a->values && a->values[r] != b->values[r])
            return false;
    }
    return true;
}

bool fuzz_same_rows(const weir_batch *a, const weir_batch *b)
{
    if (a->column_count != b->column_count || a->rows != b->rows)
        return false;
    for (size_t i = 0; i < a->column_count; i++)
        if (!same_column(&a->columns[i], &b->columns[i], a->rows))
            return false;
    return true;
}

weir_type fuzz_type_of(const weir_field *field, size_t i)
{
    static const weir_type types[] = {WEIR_C, WEIR_S, WEIR_T, WEIR_B, WEIR_L, WEIR_X};

    return field->kind == WEIR_FIELD_OTHER ? WEIR_X : types[i % (sizeof types / sizeof *types)];
}

/* The layout is that of weir/container.h: 12 bytes of head, then name, version, length, checksum, bytes. */
void fuzz_repair(uint8_t *data, size_t size)
{
    size_t at = 12;
    uint32_t sections = 0;

    for (int i = 3; i >= 0 && size >= 12; i--)
        sections = sections << 8 | data[8 + i];
    for (; sections > 0 && at < size && size - at >= 12; sections--) {
        size_t head = at + 2 + (data[at] | (size_t)data[at + 1] << 8) + 2;
        uint32_t length, crc;

        if (head > size || size - head < 8)
            return;
        length = (uint32_t)data[head] | (uint32_t)data[head + 1] << 8 |
                 (uint32_t)data[head + 2] << 16 | (uint32_t)data[head + 3] << 24;
        if (length > size - head - 8)
            return;
        crc = weir_crc32c(0, data + head + 8, length);
        for (int i = 0; i < 4; i++)
            data[head + 4 + i] = (uint8_t)(crc >> 8 * i);
        at = head + 8 + length;
    }
}
