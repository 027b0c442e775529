/* source_reader.c: a data source as batches: its kind gives bytes, the codec makes them rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "data_source.h"

/* The bytes on their way to the codec, counted. */
typedef struct {
    weir_byte_source from;
    uint64_t taken, all;
} counted;

struct weir_source_reader {
    const weir_codecs *codecs;
    weir_csv *csv;
    counted *bytes; /* the codec's, alive as long as csv */
};

void weir_listing_free(weir_listing *listing)
{
    weir_list_free(listing->dirs, listing->dir_count);
    weir_list_free(listing->files, listing->file_count);
    *listing = (weir_listing){0};
}

/* The words of all kinds, for the message of a wrong one. */
static void kinds_text(const weir_source_access *access, char *out, size_t room)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < access->kind_count && used < room; i++)
        used +=
            (size_t)snprintf(out + used, room - used, "%s%s", i ? ", " : "", access->kinds[i].type);
}

const weir_source_kind *source_kind(const weir_source_access *access,
                                    const weir_data_source *source, weir_error *err)
{
    char known[80];

    for (size_t i = 0; access && source->type && i < access->kind_count; i++)
        if (!strcmp(access->kinds[i].type, source->type))
            return &access->kinds[i];
    if (!access || access->kind_count == 0) {
        weir_fail(err, WEIR_INVALID, "this server reads no data sources");
        return NULL;
    }
    kinds_text(access, known, sizeof known);
    weir_fail(err, WEIR_INVALID, "unsupported type \"%.40s\" of data source; there are: %s",
              source->type ? source->type : "", known);
    return NULL;
}

weir_code weir_source_check(const weir_source_access *access, const weir_data_source *source,
                            weir_error *err)
{
    const weir_source_kind *kind = source_kind(access, source, err);
    weir_csv_options options;
    weir_code code = WEIR_OK;

    if (!kind)
        return WEIR_INVALID;
    if ((code = kind->check(kind->context, source, err)))
        return code;
    return weir_data_source_csv(source, &options, err);
}

static weir_code counted_read(void *context, char *out, size_t size, size_t *got, weir_error *err)
{
    counted *bytes = context;
    weir_code code = bytes->from.read(bytes->from.context, out, size, got, err);

    bytes->taken += code ? 0 : *got;
    return code;
}

static void counted_close(void *context)
{
    counted *bytes = context;

    bytes->from.close(bytes->from.context);
    weir_free(bytes);
}

/* The bytes of the source behind the counter. */
static weir_code open_counted(const weir_source_kind *kind, const weir_data_source *source,
                              weir_stop stop, counted **out, weir_error *err)
{
    counted *bytes = weir_calloc(1, sizeof *bytes);
    weir_code code;

    if (!bytes)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to read a data source");
    if ((code = kind->open(kind->context, source, stop, &bytes->from, &bytes->all, err))) {
        weir_free(bytes);
        return code;
    }
    *out = bytes;
    return WEIR_OK;
}

weir_code weir_source_open(const weir_source_access *access, const weir_data_source *source,
                           const weir_source_reading *reading, weir_source_reader **out,
                           weir_error *err)
{
    const weir_source_kind *kind = source_kind(access, source, err);
    weir_source_reader *reader = NULL;
    weir_byte_source from = {0};
    weir_csv_options options;
    counted *bytes = NULL;
    weir_code code = WEIR_OK;

    if (!kind)
        return WEIR_INVALID;
    if ((code = kind->check(kind->context, source, err)) ||
        (code = weir_data_source_csv(source, &options, err)))
        return code;
    options.names = reading->names;
    options.name_count = reading->name_count;
    options.rule = reading->rule;
    options.rule_context = reading->rule_context;
    if (!(reader = weir_calloc(1, sizeof *reader)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room to read a data source");
    reader->codecs = access->codecs;
    if ((code = open_counted(kind, source, reading->stop, &bytes, err)))
        goto done;
    from = (weir_byte_source){bytes, bytes->from.name, counted_read, counted_close};
    if ((code = access->codecs->csv_stream(&from, &options, &reader->csv, err)))
        goto done;
    reader->bytes = bytes;
    *out = reader;
    reader = NULL; /* the caller's now */
done:
    weir_source_close(reader);
    return code;
}

void weir_source_close(weir_source_reader *reader)
{
    if (!reader)
        return;
    if (reader->csv)
        reader->codecs->csv_close(reader->csv);
    weir_free(reader);
}

const weir_batch *weir_source_columns(const weir_source_reader *reader)
{
    return reader->codecs->csv_columns(reader->csv);
}

weir_code weir_source_next(weir_source_reader *reader, size_t max_rows, weir_bad_policy policy,
                           weir_rejects *rejects, weir_batch **out, weir_error *err)
{
    return reader->codecs->csv_next(reader->csv, max_rows, policy, rejects, out, err);
}

uint64_t weir_source_progress(const weir_source_reader *reader, uint64_t *all)
{
    uint64_t taken = reader->bytes->taken;

    *all = reader->bytes->all > taken ? reader->bytes->all : taken;
    return taken;
}

weir_code weir_source_browse(const weir_source_access *access, const weir_data_source *source,
                             weir_listing *out, weir_error *err)
{
    const weir_source_kind *kind = source_kind(access, source, err);

    if (!kind)
        return WEIR_INVALID;
    if (!kind->browse)
        return weir_fail(err, WEIR_INVALID, "data sources of type %s have no folders to look into",
                         kind->type);
    return kind->browse(kind->context, source, out, err);
}
