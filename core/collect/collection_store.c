/* collection_store.c: the stored bytes of a collection.
 *
 * Without rules they are those of its summary. Otherwise a container of WEIR_FORMAT_COLLECTION with one section:
 *
 *     "collection"  rules    u64 window rows | u8 embedded | f64 half-life in rows, in ms | text partition | u64 order
 *                   whole    set
 *                   clock    of the decay: u64 rows since the step | u64 tick | u8 whether it ticks    (with a decay)
 *                   recent   set                                                         (with an embedded window)
 *                   window   u64 offset, rows, since | set next | u32 panes | per pane: u64 size, batch
 *                                                                                                  (with a window)
 *                   carry    u64 size, batch; size 0: none                                       (with a sequence)
 *
 *     set           u32 members | per member: text value | u64 size | container of the summary
 *
 * What is read is checked as if anybody had written it: a collection that loads can be learned into.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "inside.h"
#include "weir/container.h"
#include "weir/memory.h"

enum { VERSION = 1 };

static void write_rules(const weir_collection_options *options, weir_bytes *out)
{
    const char *partition = options->partition ? options->partition : "";

    weir_bytes_u64(out, options->window_rows);
    weir_bytes_u8(out, options->window_embedded);
    weir_bytes_f64(out, options->decay_rows);
    weir_bytes_f64(out, options->decay_ms);
    weir_bytes_text(out, partition, strlen(partition));
    weir_bytes_u64(out, options->sequence_order);
}

static weir_code write_carry(const weir_batch *carry, weir_bytes *out, weir_error *err)
{
    weir_bytes bytes = {0};
    weir_code code = carry ? weir_batch_save(carry, &bytes, err) : WEIR_OK;

    weir_bytes_u64(out, bytes.size);
    weir_bytes_append(out, bytes.data, bytes.size);
    weir_bytes_free(&bytes);
    return code;
}

static weir_code write_body(const weir_collection *collection, weir_bytes *body, weir_error *err)
{
    const weir_collection_options *options = &collection->options;
    weir_code code = WEIR_OK;

    write_rules(options, body);
    if ((code = set_write(&collection->whole, body, err)))
        return code;
    if (decay_asked(options))
        decay_write(&collection->clock, body);
    if ((collection->recent.count && (code = set_write(&collection->recent, body, err))) ||
        (options->window_rows && (code = window_write(&collection->window, body, err))) ||
        (options->sequence_order && (code = write_carry(collection->carry, body, err))))
        return code;
    return weir_bytes_ok(body, err);
}

weir_code weir_collection_save(const weir_collection *collection, weir_bytes *out, weir_error *err)
{
    weir_container_writer writer;
    weir_bytes body = {0};
    weir_code code;

    if (collection_plain(&collection->options))
        return weir_summary_save(set_whole(&collection->whole), out, err);
    if (!(code = write_body(collection, &body, err))) {
        weir_container_begin(&writer, out, WEIR_FORMAT_COLLECTION, VERSION);
        weir_container_section(&writer, "collection", VERSION, body.data, body.size);
        code = weir_container_end(&writer, err);
    }
    weir_bytes_free(&body);
    return code;
}

/* The rules must be those the caller knows. */
static weir_code read_rules(weir_reader *reader, const weir_collection_options *options,
                            weir_error *err)
{
    weir_bytes wanted = {0};
    const uint8_t *found;
    weir_code code = WEIR_OK;

    write_rules(options, &wanted);
    if ((code = weir_bytes_ok(&wanted, err)))
        goto done;
    found = weir_read_bytes(reader, wanted.size);
    if (!found || memcmp(found, wanted.data, wanted.size) != 0)
        code = weir_fail(err, WEIR_CORRUPT, "the collection was made by other rules");
done:
    weir_bytes_free(&wanted);
    return code;
}

static weir_code read_carry(weir_reader *reader, size_t order, weir_batch **out, weir_error *err)
{
    uint64_t size = weir_read_u64(reader);
    const uint8_t *data;
    weir_code code;

    if (!reader->failed && size == 0)
        return WEIR_OK;
    data = size <= SIZE_MAX ? weir_read_bytes(reader, (size_t)size) : NULL;
    if (reader->failed || !data)
        return weir_fail(err, WEIR_CORRUPT, "the last tokens of the sequence are not readable");
    if ((code = weir_batch_load(data, (size_t)size, out, err)))
        return weir_explain(err, code, "the last tokens of the sequence");
    if ((*out)->rows == 0 || (*out)->rows > order)
        return weir_fail(err, WEIR_CORRUPT, "%zu tokens are carried over; %zu are the most",
                         (*out)->rows, order);
    return WEIR_OK;
}

/* A whole, and parts only where rows are parted. */
static weir_code read_set(weir_reader *reader, const weir_collection_options *options,
                          summary_set *set, weir_error *err)
{
    weir_code code = set_read(reader, set, err);

    if (!code && (set->count == 0 || (set->count > 1 && !options->partition)))
        code = weir_fail(err, WEIR_CORRUPT, "a collection of %zu summaries", set->count);
    return code;
}

static weir_code read_body(weir_reader *reader, weir_collection *collection, weir_error *err)
{
    const weir_collection_options *options = &collection->options;
    weir_code code = read_rules(reader, options, err);

    if (code || (code = read_set(reader, options, &collection->whole, err)) ||
        (decay_asked(options) && (code = decay_read(reader, &collection->clock, err))) ||
        (collection->recent.count && (code = read_set(reader, options, &collection->recent, err))))
        return code;
    if (options->window_rows &&
        (code = window_read(reader, collection_windowed(collection), &collection->window, err)))
        return code;
    if (options->sequence_order &&
        (code = read_carry(reader, options->sequence_order, &collection->carry, err)))
        return code;
    if (weir_reader_left(reader))
        return weir_fail(err, WEIR_CORRUPT, "%zu bytes follow the collection",
                         weir_reader_left(reader));
    return WEIR_OK;
}

/* Replaces the one summary of a new collection. */
static weir_code load_plain(const void *data, size_t size, weir_collection *collection,
                            weir_error *err)
{
    weir_summary *summary = NULL;
    weir_code code = weir_summary_load(data, size, &summary, err);

    if (code)
        return code;
    weir_summary_free(collection->whole.members[0].summary);
    collection->whole.members[0].summary = summary;
    return WEIR_OK;
}

static weir_code load_ruled(const void *data, size_t size, weir_collection *collection,
                            weir_error *err)
{
    weir_container_reader reader;
    weir_section section;
    weir_bytes joined = {0};
    weir_reader body;
    weir_code code = weir_container_open(&reader, data, size, WEIR_FORMAT_COLLECTION, VERSION, err);

    if (!code &&
        !(code = weir_container_take(&reader, "collection", VERSION, &joined, &section, err)) &&
        !(code = weir_container_done(&reader, err))) {
        body = weir_reader_over(section.data, section.size);
        code = read_body(&body, collection, err);
    }
    weir_bytes_free(&joined);
    return code;
}

weir_code weir_collection_load(const void *data, size_t size,
                               const weir_collection_options *options, weir_collection **out,
                               weir_error *err)
{
    weir_collection *collection = NULL;
    weir_code code = weir_collection_new(options, &collection, err);

    if (!code)
        code = collection_plain(options) ? load_plain(data, size, collection, err)
                                         : load_ruled(data, size, collection, err);
    if (!code) {
        *out = collection;
        collection = NULL; /* the caller's now */
    }
    weir_collection_free(collection);
    return code;
}
