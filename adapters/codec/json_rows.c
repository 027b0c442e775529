/* json_rows.c: rows of a batch as JSON objects, plain or in Kafka Connect's envelope.
 *
 * Types as in avro_write.c: C is a number ("double"), B true or false ("boolean"), T, S and L texts ("string"), null
 * where absent; an X column has no cells and no member.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_rows.h"

#include "json_write.h"

static void write_schema(const weir_batch *batch, weir_bytes *out)
{
    bool first = true;

    json_write_raw(out, "{\"schema\":{\"type\":\"struct\",\"optional\":false,\"fields\":[");
    for (size_t i = 0; i < batch->column_count; i++) {
        weir_type type = batch->columns[i].type;

        if (type == WEIR_X)
            continue;
        json_write_raw(out, first ? "{\"field\":" : ",{\"field\":");
        first = false;
        json_write_text(out, batch->columns[i].name);
        json_write_raw(out, type == WEIR_C   ? ",\"type\":\"double\""
                            : type == WEIR_B ? ",\"type\":\"boolean\""
                                             : ",\"type\":\"string\"");
        json_write_raw(out, ",\"optional\":true}");
    }
    json_write_raw(out, "]},\"payload\":");
}

static void write_value(const weir_batch_column *column, size_t row, weir_bytes *out)
{
    if (!column->present[row])
        json_write_raw(out, "null");
    else if (column->codes)
        json_write_text(out, column->words[column->codes[row]]);
    else if (column->type == WEIR_B)
        json_write_raw(out, column->values[row] != 0 ? "true" : "false");
    else
        json_write_number(out, column->values[row]);
}

weir_code json_batch_row(const weir_batch *batch, size_t row, bool envelope, weir_bytes *out,
                         weir_error *err)
{
    bool first = true;

    if (envelope)
        write_schema(batch, out);
    weir_bytes_u8(out, '{');
    for (size_t i = 0; i < batch->column_count; i++) {
        if (batch->columns[i].type == WEIR_X)
            continue;
        if (!first)
            weir_bytes_u8(out, ',');
        first = false;
        json_write_text(out, batch->columns[i].name);
        weir_bytes_u8(out, ':');
        write_value(&batch->columns[i], row, out);
    }
    json_write_raw(out, envelope ? "}}" : "}");
    return weir_bytes_ok(out, err);
}
