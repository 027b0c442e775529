/* frame_encode.c: a batch as DataFrame JSON.
 *
 * Every cell is a JSON string, as the documented DataFrame has it, "" where absent; numbers are the shortest text
 * that reads back as the same double. The members that decide how data is read go before it, so that the reader needs
 * one pass. A hidden column is sent as X with its cells: the receiver's row filter may see them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "frame.h"

#include "json_write.h"

static void write_cell(const weir_batch_column *column, size_t row, weir_bytes *out)
{
    if (!column->present || !column->present[row]) {
        json_write_raw(out, "\"\"");
    } else if (column->codes) {
        json_write_text(out, column->words[column->codes[row]]);
    } else {
        json_write_quoted_number(out, column->values[row]);
    }
}

static void write_separator(weir_bytes *out, size_t i)
{
    if (i > 0)
        weir_bytes_u8(out, ',');
}

weir_code frame_encode(const weir_batch *batch, const weir_source *source, weir_bytes *out,
                       weir_error *err)
{
    json_write_raw(out, "{\"attributeNames\":[");
    for (size_t i = 0; i < batch->column_count; i++) {
        write_separator(out, i);
        json_write_text(out, batch->columns[i].name);
    }
    json_write_raw(out, "],\"attributeTypes\":[");
    for (size_t i = 0; i < batch->column_count; i++) {
        const weir_batch_column *column = &batch->columns[i];
        char letter[] = {'"', (char)(column->hidden ? WEIR_X : column->type), '"', 0};

        write_separator(out, i);
        json_write_raw(out, letter);
    }
    json_write_raw(out, "],\"errorHandling\":1");
    if (source) {
        json_write_raw(out, ",\"source\":");
        source_write(source, out);
    }
    json_write_raw(out, ",\"data\":[");
    for (size_t row = 0; row < batch->rows && !out->failed; row++) {
        json_write_raw(out, row > 0 ? ",[" : "[");
        for (size_t i = 0; i < batch->column_count; i++) {
            write_separator(out, i);
            write_cell(&batch->columns[i], row, out);
        }
        weir_bytes_u8(out, ']');
    }
    json_write_raw(out, "]}");
    return weir_bytes_ok(out, err);
}
