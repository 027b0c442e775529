/* fuzz_cell_record.c: records of a changelog of cells: a length, a key, and the value behind it, again and again. What
 * is accepted is written back as the same bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "cell_record.h"
#include "fuzz.h"

static void take(cell_parts *parts, const uint8_t *value, size_t size)
{
    cell_record record;
    weir_bytes again = {0};
    bool whole = false;

    if (cell_record_read(value, size, &record, NULL))
        return;
    cell_record_write(&record, &again);
    fuzz_check(again.size == size && !memcmp(again.data, value, size), "the same value", "");
    weir_bytes_free(&again);
    fuzz_check(!cell_parts_add(parts, &record, &whole, NULL), "a part is taken", "");
    fuzz_check(!whole || parts->bytes.size, "a whole cell has bytes", "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cell_parts parts = {0};
    cell_key key;
    char text[CELL_KEY_MAX];

    while (size >= 2) {
        size_t key_size = data[0], value_size = data[1];

        data += 2;
        size -= 2;
        key_size = key_size < size ? key_size : size;
        if (!cell_key_read(data, key_size, &key, NULL)) {
            size_t length = cell_key_write(key.topic, key.partition, key.part, text);

            fuzz_check(length == key_size && !memcmp(text, data, length), "the same key", text);
        }
        data += key_size;
        size -= key_size;
        value_size = value_size < size ? value_size : size;
        take(&parts, data, value_size);
        data += value_size;
        size -= value_size;
    }
    cell_parts_free(&parts);
    return 0;
}
