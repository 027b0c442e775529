/* server_stream_learn.c: the rows of a stream into its project: what its lanes call, and what they are made of.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "server_stream.h"
#include "steady.h"
#include "weir/log.h"
#include "weir/memory.h"

enum {
    BATCH_ROWS = 8192,        /* of a batch at most, ... */
    BATCH_CELLS = 256 * 1024, /* ... fewer where there are many columns */
    TOLD_AT_FIRST = 20,       /* skipped records told one by one; then each thousandth */
};

/* Tells whether a batch still has the columns that its plan fills, once the project's rules went over it. */
static uint64_t columns_of(const weir_batch *batch)
{
    uint64_t now = batch->column_count;

    for (size_t i = 0; i < batch->column_count; i++)
        now = now * 31 + (uint64_t)batch->columns[i].type;
    return now;
}

/* What the lane holds into the project. */
static weir_code flush(void *owner, lane *l, bool leaving, weir_error *err)
{
    server_stream *s = owner;
    weir_learned learned = {.position = -1};
    weir_batch *mine = NULL;
    uint64_t columns = 0;
    weir_code code = WEIR_OK;

    (void)leaving;
    if (l->next <= l->from)
        return WEIR_OK;
    if (!l->batch && (code = weir_batch_new(1, &mine, err)))
        return code; /* nothing but skipped records */
    weir_frame frame = {.batch = l->batch ? l->batch : mine,
                        .has_source = true,
                        .policy = WEIR_BAD_CELL,
                        .source = {.id = s->id,
                                   .topic = l->topic,
                                   .partition = l->partition,
                                   .from = l->from,
                                   .next = l->next,
                                   .offsets = l->offsets,
                                   .offset_count = lane_rows(l),
                                   .epoch = weir_stream_epoch(s->stream)}};
    columns = columns_of(frame.batch);
    code = weir_stream_learn(s->stream, &frame, &learned, err);
    if (mine) {
        weir_batch_free(frame.batch);
    } else if (frame.batch != l->batch || columns_of(frame.batch) != columns) {
        weir_batch_free(frame.batch); /* the plan's columns are made anew */
        l->batch = NULL;
    }
    if (code)
        return code;
    if (learned.repeat && learned.position > l->next)
        return weir_fail(err, WEIR_GAP, "%s: the project stands at offset %lld", l->key,
                         (long long)learned.position);
    lane_sent(l);
    l->commit = l->next;
    s->moved = true;
    weir_stream_stands(s->stream, l->partition, l->next, -1);
    return WEIR_OK;
}

weir_code server_stream_flush(server_stream *s, weir_error *err)
{
    weir_code code = WEIR_OK;

    s->flushed_ms = steady_ms();
    for (lane *l = s->lanes ? lanes_first(s->lanes) : NULL; !code && l; l = l->link)
        code = flush(s, l, false, err);
    return code;
}

static weir_code malformed(void *owner, lane *l, const rd_kafka_message_t *message,
                           const weir_error *why, weir_error *err)
{
    server_stream *s = owner;
    char line[400];
    weir_code code = WEIR_OK;

    snprintf(line, sizeof line, "%.100s offset %lld: %s", l->key, (long long)message->offset,
             why->message);
    if (s->settings.fail_on_malformed) {
        if ((code = flush(s, l, true, err)))
            return code;
        return weir_fail(err, WEIR_INVALID, "%.230s", line);
    }
    if (!s->settings.quiet && (s->skipped < TOLD_AT_FIRST || s->skipped % 1000 == 0)) {
        snprintf(line, sizeof line, "%.100s offset %lld is skipped: %s", l->key,
                 (long long)message->offset, why->message);
        weir_stream_error(s->stream, line);
    }
    s->skipped++;
    weir_stream_skipped(s->stream, 1);
    return WEIR_OK;
}

/* A registry that does not answer is waited for: its records are not skipped. */
static bool again(void *owner, weir_code code, unsigned *tries, const weir_error *why)
{
    server_stream *s = owner;

    if (!weir_code_retry(code) || server_stream_stopping(s))
        return false;
    if (!*tries)
        weir_stream_error(s->stream, why->message);
    server_stream_waits(s, why->message);
    return !server_stream_pause(s, server_stream_wait((*tries)++));
}

static void bad_cells(void *owner, uint64_t cells, const bad_columns *bad)
{
    server_stream *s = owner;

    (void)bad;
    weir_stream_bad_cells(s->stream, cells);
}

/* "a:C, b:T"; X columns count as gone. For weir_free(). */
static char *fields_of(const weir_batch *columns)
{
    weir_bytes text = {0};
    char type[8];

    for (size_t i = 0; i < columns->column_count; i++) {
        const weir_batch_column *column = &columns->columns[i];

        if (column->type == WEIR_X)
            continue;
        weir_bytes_append(&text, ", ", text.size ? 2 : 0);
        weir_bytes_append(&text, column->name, strlen(column->name));
        snprintf(type, sizeof type, ":%c", (char)column->type);
        weir_bytes_append(&text, type, strlen(type));
    }
    weir_bytes_u8(&text, 0);
    if (weir_bytes_ok(&text, NULL)) {
        weir_bytes_free(&text);
        return NULL;
    }
    return (char *)text.data;
}

static weir_code schema_changed(void *owner, const lane *l, const weir_batch *columns,
                                weir_error *err)
{
    server_stream *s = owner;
    char *fields = fields_of(columns);
    weir_code code = WEIR_OK;

    if (!fields)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the names of fields");
    if (s->fields && strcmp(s->fields, fields) != 0) {
        weir_log(WEIR_LOG_INFO, "stream", "%s: %s has other fields at offset %lld: %.200s",
                 weir_stream_label(s->stream), l->key, (long long)l->next, fields);
        if (weir_stream_error_on_change(s->stream))
            code = weir_fail(err, WEIR_CONFLICT,
                             "%.60s changed its fields at offset %lld from %.60s to %.60s, which "
                             "sml.streams.error_on_df_change does not accept",
                             l->key, (long long)l->next, s->fields, fields);
    }
    weir_free(s->fields);
    s->fields = fields;
    return code;
}

lanes_options server_stream_lanes_of(server_stream *s, value_format format)
{
    return (lanes_options){.facility = "stream",
                           .who = weir_stream_label(s->stream),
                           .codecs = s->options->codecs,
                           .registries = s->options->registries,
                           .registry = s->registry,
                           .format = format,
                           .csv = &s->settings.csv,
                           .rows = BATCH_ROWS,
                           .cells = BATCH_CELLS,
                           .types_named = "attributeTypes",
                           .quiet = s->settings.quiet,
                           .owner = s,
                           .flush = flush,
                           .malformed = malformed,
                           .again = again,
                           .bad_cells = bad_cells,
                           .schema_changed = schema_changed};
}

weir_code server_stream_give(void *context, lanes *set, weir_error *err)
{
    const server_stream *s = context;
    const char *text = weir_stream_filter(s->stream);
    weir_row_filter *filter = NULL;
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < s->settings.given_count; i++)
        code = lanes_give(set, s->settings.given[i].name, s->settings.given[i].type, err);
    if (!code && *text)
        code = weir_row_filter_parse(text, strlen(text), &filter, err);
    lanes_filter(set, filter);
    return code;
}

weir_code server_stream_lanes(server_stream *s, const rd_kafka_message_t *first, weir_error *err)
{
    value_format format = s->settings.format;
    weir_code code = WEIR_OK;

    if (format == VALUE_JSON && first->payload && value_enveloped(first->payload, first->len))
        format = VALUE_JSON_ENVELOPE;
    lanes_options options = server_stream_lanes_of(s, format);

    if ((code = lanes_open(&options, &s->lanes, err)) ||
        (code = server_stream_give(s, s->lanes, err)))
        return code;
    for (size_t i = 0; !code && i < s->share_count; i++)
        code = lanes_add(s->lanes, s->settings.topic, s->shares[i].partition, s->shares[i].start,
                         NULL, err);
    return code;
}
