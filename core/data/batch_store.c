/* batch_store.c: a batch as bytes, for the log.
 *
 *     section "head":  i64 arrival, u32 rows, u32 columns; per column: name, u8 type,
 *                      for T, S, L: u32 words, the words
 *     section "cells": per column but X what cells.h says
 *
 * Loading makes the same checks that a decoder meets, so stored bytes cannot bring in what the door would have
 * refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/batch.h"

#include <string.h>

#include "data/cells.h"
#include "weir/container.h"
#include "weir/memory.h"

enum { BATCH_VERSION = 1 };

static void write_head(const weir_batch *batch, weir_bytes *out)
{
    weir_bytes_u64(out, (uint64_t)batch->arrival_ms);
    weir_bytes_u32(out, (uint32_t)batch->rows);
    weir_bytes_u32(out, (uint32_t)batch->column_count);
    for (size_t i = 0; i < batch->column_count; i++) {
        const weir_batch_column *column = &batch->columns[i];

        weir_bytes_text(out, column->name, strlen(column->name));
        weir_bytes_u8(out, (uint8_t)column->type);
        if (!column->codes)
            continue;
        weir_bytes_u32(out, (uint32_t)column->word_count);
        for (size_t k = 0; k < column->word_count; k++)
            weir_bytes_text(out, column->words[k], strlen(column->words[k]));
    }
}

weir_code weir_batch_save(const weir_batch *batch, weir_bytes *out, weir_error *err)
{
    weir_container_writer writer;
    weir_bytes section = {0};
    weir_code code;

    weir_container_begin(&writer, out, WEIR_FORMAT_BATCH, BATCH_VERSION);
    write_head(batch, &section);
    if ((code = weir_bytes_ok(&section, err)))
        goto done;
    weir_container_section(&writer, "head", 1, section.data, section.size);
    weir_bytes_clear(&section);
    for (size_t i = 0; i < batch->column_count; i++)
        cells_write(&batch->columns[i], batch->rows, &section);
    if ((code = weir_bytes_ok(&section, err)))
        goto done;
    weir_container_section(&writer, "cells", 1, section.data, section.size);
    code = weir_container_end(&writer, err);
done:
    weir_bytes_free(&section);
    return code;
}

/* One stored word, put through an open row so that it meets the usual checks. */
static weir_code read_word(weir_reader *reader, weir_batch *batch, size_t column, uint32_t expected,
                           weir_error *err)
{
    size_t length;
    const char *word = weir_read_text(reader, &length);
    weir_code code =
        word && length > 0 ? weir_batch_put_text(batch, column, word, length, err) : WEIR_CORRUPT;

    if (code == WEIR_NO_MEMORY)
        return code;
    if (code || batch->columns[column].word_count != (size_t)expected + 1)
        return weir_fail(err, WEIR_CORRUPT, "batch column %zu: word %u is not readable", column,
                         (unsigned)expected);
    return WEIR_OK;
}

static weir_code read_column(weir_reader *reader, weir_batch *batch, weir_error *err)
{
    size_t length, column = batch->column_count;
    const char *name = weir_read_text(reader, &length);
    uint8_t letter = weir_read_u8(reader);
    uint32_t words;
    weir_code code;

    if (reader->failed || !letter || !strchr("CBTLSX", letter))
        return weir_fail(err, WEIR_CORRUPT, "batch column %zu has no name or type", column);
    code = weir_batch_add_column(batch, name, length, (weir_type)letter, &column, err);
    if (code == WEIR_INVALID)
        return weir_explain(err, WEIR_CORRUPT, "batch");
    if (code || !batch->columns[column].codes)
        return code;
    words = weir_read_u32(reader);
    for (uint32_t i = 0; i < words; i++)
        if ((code = read_word(reader, batch, column, i, err)))
            return code;
    return WEIR_OK;
}

/* How many columns of a head have cells, found without keeping anything; the reader is a copy. */
static size_t count_with_cells(weir_reader reader, uint32_t columns)
{
    size_t found = 0, length;

    for (uint32_t i = 0; i < columns && !reader.failed; i++) {
        uint8_t letter;

        weir_read_text(&reader, &length);
        letter = weir_read_u8(&reader);
        found += letter != WEIR_X;
        if (letter == WEIR_T || letter == WEIR_S || letter == WEIR_L)
            for (uint32_t left = weir_read_u32(&reader); left > 0 && !reader.failed; left--)
                weir_read_text(&reader, &length);
    }
    return found;
}

/* The columns, with room for their rows. cells is the size of the other section: a row costs at least a bit there,
 * so a lie about their number cannot make us allocate much. */
static weir_code read_head(weir_reader reader, size_t cells, weir_batch **out, weir_error *err)
{
    weir_batch *batch = NULL;
    uint64_t arrival = weir_read_u64(&reader);
    size_t rows = weir_read_u32(&reader), with_cells;
    uint32_t columns = weir_read_u32(&reader);
    weir_code code;

    with_cells = count_with_cells(reader, columns);
    if (reader.failed || rows > WEIR_BATCH_ROWS_MAX ||
        (with_cells > 0 && cells / with_cells < rows / 8))
        return weir_fail(err, WEIR_CORRUPT, "%zu rows do not fit into a batch of %zu bytes", rows,
                         cells);
    if ((code = weir_batch_new(rows, &batch, err)))
        return code;
    for (uint32_t i = 0; !code && i < columns; i++)
        code = read_column(&reader, batch, err);
    if (!code && (reader.failed || weir_reader_left(&reader) > 0))
        code = weir_fail(err, WEIR_CORRUPT, "%zu bytes follow the columns of a batch",
                         weir_reader_left(&reader));
    if (code) {
        weir_batch_free(batch);
        return code;
    }
    batch->arrival_ms = (int64_t)arrival;
    batch->rows = rows;
    *out = batch;
    return WEIR_OK;
}

weir_code weir_batch_load(const void *data, size_t size, weir_batch **out, weir_error *err)
{
    weir_container_reader reader;
    weir_bytes joined_head = {0}, joined_cells = {0};
    weir_section head, cells;
    weir_batch *batch = NULL;
    weir_reader at;
    weir_code code;

    if ((code = weir_container_open(&reader, data, size, WEIR_FORMAT_BATCH, BATCH_VERSION, err)) ||
        (code = weir_container_take(&reader, "head", 1, &joined_head, &head, err)) ||
        (code = weir_container_take(&reader, "cells", 1, &joined_cells, &cells, err)) ||
        (code = weir_container_done(&reader, err)) ||
        (code = read_head(weir_reader_over(head.data, head.size), cells.size, &batch, err)))
        goto done;
    at = weir_reader_over(cells.data, cells.size);
    for (size_t i = 0; i < batch->column_count; i++)
        if (!cells_read(&at, &batch->columns[i], batch->rows)) {
            code = weir_fail(err, WEIR_CORRUPT, "batch column %.100s: a cell is not readable",
                             batch->columns[i].name);
            goto done;
        }
    if (weir_reader_left(&at) > 0) {
        code = weir_fail(err, WEIR_CORRUPT, "%zu bytes follow the cells of a batch",
                         weir_reader_left(&at));
        goto done;
    }
    *out = batch;
    batch = NULL;
done:
    weir_batch_free(batch);
    weir_bytes_free(&joined_head);
    weir_bytes_free(&joined_cells);
    return code;
}
