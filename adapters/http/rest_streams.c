/* rest_streams.c: streams of projects: described, started, stopped, watched.
 *
 * Descriptions travel as those of data sources do. A project that is missing is 400, as everywhere; a stream is 404.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/memory.h"
#include "weir/streams.h"

enum { PREVIEW_ROWS = 128, PREVIEW_S = 20 };

static const char *stream_name(const weir_http_request *request)
{
    return weir_http_param(request, 2);
}

static void answer_error(const weir_http_request *request, weir_http_reply *reply,
                         const weir_error *err)
{
    char **names = NULL;
    size_t count = 0;
    bool project =
        err->code == WEIR_NOT_FOUND && !weir_stream_list(rest_engine(request), rest_cid(request),
                                                         rest_pid(request), &names, &count, NULL);

    weir_list_free(names, count);
    if (project)
        rest_plain(reply, 404, err->message);
    else
        rest_error(reply, err);
}

static void answer_done(const weir_http_request *request, weir_http_reply *reply, weir_code code,
                        const weir_error *err)
{
    if (code)
        answer_error(request, reply, err);
    else
        rest_plain(reply, 200, "OK");
}

static weir_stream_start_options start_of(const weir_http_request *request)
{
    return (weir_stream_start_options){.from_beginning =
                                           rest_argument_is(request, "fromBeginning", false),
                                       .reset = rest_argument_is(request, "reset", false)};
}

void rest_stream_create(const weir_http_request *request, weir_http_reply *reply)
{
    weir_data_source source = {0};
    weir_error err = {0};

    if (rest_source_read(request, &source, &err) ||
        weir_stream_create(rest_engine(request), rest_cid(request), rest_pid(request), &source,
                           start_of(request), &err))
        rest_error(reply, &err);
    else
        rest_plain(reply, 201, "CREATED");
    weir_data_source_free(&source);
}

void rest_stream_start(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    answer_done(request, reply,
                weir_stream_start(rest_engine(request), rest_cid(request), rest_pid(request),
                                  stream_name(request), start_of(request), &err),
                &err);
}

void rest_stream_stop(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    answer_done(request, reply,
                weir_stream_stop(rest_engine(request), rest_cid(request), rest_pid(request),
                                 stream_name(request), &err),
                &err);
}

void rest_stream_delete(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    answer_done(request, reply,
                weir_stream_remove(rest_engine(request), rest_cid(request), rest_pid(request),
                                   stream_name(request), &err),
                &err);
}

void rest_stream_list(const weir_http_request *request, weir_http_reply *reply)
{
    char **names = NULL;
    size_t count = 0;
    weir_error err = {0};

    if (weir_stream_list(rest_engine(request), rest_cid(request), rest_pid(request), &names, &count,
                         &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_list(reply, names, count);
    weir_list_free(names, count);
}

void rest_stream_errors(const weir_http_request *request, weir_http_reply *reply)
{
    char **lines = NULL;
    size_t count = 0;
    weir_error err = {0};

    if (weir_stream_errors(rest_engine(request), rest_cid(request), rest_pid(request),
                           stream_name(request), &lines, &count, &err)) {
        answer_error(request, reply, &err);
        return;
    }
    rest_list(reply, lines, count);
    weir_list_free(lines, count);
}

/* --- watching */

typedef struct {
    const char *name, *description;
    double (*value)(const weir_stream_info *info);
} metric;

static double rate_of(const weir_stream_info *info)
{
    return info->rows_per_ms;
}
static double rows_of(const weir_stream_info *info)
{
    return (double)info->rows;
}
static double filtered_of(const weir_stream_info *info)
{
    return (double)info->filtered;
}
static double skipped_of(const weir_stream_info *info)
{
    return (double)info->skipped;
}
static double bad_cells_of(const weir_stream_info *info)
{
    return (double)info->bad_cells;
}
static double errors_of(const weir_stream_info *info)
{
    return (double)info->errors;
}
static double repeats_of(const weir_stream_info *info)
{
    return (double)info->repeats;
}
static double snapshots_of(const weir_stream_info *info)
{
    return (double)info->snapshots;
}
static double lag_of(const weir_stream_info *info)
{
    return info->lag;
}

static const metric metrics[] = {
    {"sml.tuples.rpms", "rows per millisecond, of the last seconds", rate_of},
    {"sml.rows.total", "rows learned since it started", rows_of},
    {"sml.rows.filtered", "rows that the project's filter left out", filtered_of},
    {"sml.records.skipped", "records that could not be read", skipped_of},
    {"sml.cells.rejected", "cells left out of rows", bad_cells_of},
    {"sml.errors.total", "lines put into the error log since it started", errors_of},
    {"sml.frames.repeated", "batches whose rows the project had already", repeats_of},
    {"sml.snapshots.total", "snapshots it asked for", snapshots_of},
    {"sml.lag.total", "records not taken yet", lag_of},
};

static void write_metric(json_out *json, const char *name, const char *value,
                         const char *description)
{
    json_open(json, '{');
    json_put_text(json, "name", name);
    json_put_text(json, "value", value);
    json_put_text(json, "group", "SymetryML");
    json_put_text(json, "description", description);
    json_put_text(json, "tags", "sml");
    json_close(json, '}');
}

static void write_metrics(json_out *json, const weir_stream_info *info)
{
    char name[60], value[JSON_NUMBER_TEXT];

    write_metric(json, "sml.stream.state", weir_stream_state_text(info->state),
                 "stopped, running, waiting or failed");
    write_metric(json, "sml.stream.reason", info->reason, "what it waits for, or why it failed");
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        json_number_text(metrics[i].value(info), value);
        write_metric(json, metrics[i].name, value, metrics[i].description);
    }
    for (size_t i = 0; i < info->partition_count; i++) {
        const weir_stream_partition *of = &info->partitions[i];

        snprintf(name, sizeof name, "sml.last.offset.%" PRId32, of->partition);
        snprintf(value, sizeof value, "%" PRId64, of->position - (of->position > 0));
        write_metric(json, name, value, "last offset taken");
        snprintf(name, sizeof name, "sml.lag.%" PRId32, of->partition);
        snprintf(value, sizeof value, "%" PRId64,
                 of->end > of->position && of->position >= 0 ? of->end - of->position : 0);
        write_metric(json, name, value, "records of the partition not taken yet");
    }
}

void rest_stream_metrics(const weir_http_request *request, weir_http_reply *reply)
{
    weir_stream_info info = {0};
    json_out json;
    weir_error err = {0};

    if (weir_stream_info_get(rest_engine(request), rest_cid(request), rest_pid(request),
                             stream_name(request), &info, &err)) {
        answer_error(request, reply, &err);
        return;
    }
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "KSVSMap");
    json_open(&json, '{');
    json_key(&json, "values");
    json_open(&json, '[');
    write_metrics(&json, &info);
    json_close(&json, ']');
    json_close(&json, '}');
    rest_end(&json);
    weir_stream_info_free(&info);
}

static void write_stream(json_out *json, const weir_stream_info *info)
{
    json_open(json, '{');
    json_put_text(json, "name", info->name);
    json_put_text(json, "type", info->type);
    json_put_text(json, "topic", info->subject);
    json_put_text(json, "state", weir_stream_state_text(info->state));
    json_put_text(json, "reason", info->reason);
    json_put_truth(json, "wanted", info->wanted);
    json_put_whole(json, "startedMs", info->started_ms);
    json_put_whole(json, "rows", (int64_t)info->rows);
    json_put_number(json, "rowsPerMs", info->rows_per_ms);
    json_put_number(json, "lag", info->lag);
    json_put_whole(json, "errors", (int64_t)info->errors);
    json_put_whole(json, "skipped", (int64_t)info->skipped);
    json_put_whole(json, "filteredRows", (int64_t)info->filtered);
    json_put_whole(json, "rejectedCells", (int64_t)info->bad_cells);
    json_key(json, "partitions");
    json_open(json, '[');
    for (size_t i = 0; i < info->partition_count; i++) {
        json_open(json, '{');
        json_put_whole(json, "partition", info->partitions[i].partition);
        json_put_whole(json, "position", info->partitions[i].position);
        json_put_whole(json, "end", info->partitions[i].end);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

/* One that is removed between the list and the question is left out. */
void rest_stream_infos(const weir_http_request *request, weir_http_reply *reply)
{
    char **names = NULL;
    size_t count = 0;
    json_out json;
    weir_error err = {0};

    if (weir_stream_list(rest_engine(request), rest_cid(request), rest_pid(request), &names, &count,
                         &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "streams");
    json_open(&json, '[');
    for (size_t i = 0; i < count; i++) {
        weir_stream_info info = {0};

        if (weir_stream_info_get(rest_engine(request), rest_cid(request), rest_pid(request),
                                 names[i], &info, NULL))
            continue;
        write_stream(&json, &info);
        weir_stream_info_free(&info);
    }
    json_close(&json, ']');
    rest_end(&json);
    weir_list_free(names, count);
}

/* --- looking */

void rest_stream_browse(const weir_http_request *request, weir_http_reply *reply)
{
    int64_t until = 0;
    weir_data_source source = {0};
    weir_listing listing = {0};
    json_out json;
    weir_error err = {0};

    if (rest_source_read(request, &source, &err) ||
        weir_stream_browse(rest_engine(request), &source, rest_patience(&until, PREVIEW_S),
                           &listing, &err)) {
        rest_error(reply, &err);
    } else {
        rest_begin(reply, 200, "OK", &json);
        rest_write_listing(&json, &listing, "");
        rest_end(&json);
    }
    weir_listing_free(&listing);
    weir_data_source_free(&source);
}

/* A worker waits here, so not for long. */
void rest_stream_preview(const weir_http_request *request, weir_http_reply *reply)
{
    int64_t until = 0;
    weir_data_source source = {0};
    weir_batch *batch = NULL;
    weir_bytes frame = {0};
    json_out json;
    weir_error err = {0};

    if (rest_source_read(request, &source, &err) ||
        weir_stream_preview(rest_engine(request), &source, PREVIEW_ROWS,
                            rest_patience(&until, PREVIEW_S), &batch, &err) ||
        rest_of(request)->options.codecs->frame_encode(batch, NULL, &frame, &err)) {
        rest_error(reply, &err);
    } else {
        rest_begin(reply, 200, "OK", &json);
        json_key(&json, "dataframe");
        json_raw(&json, (const char *)frame.data, frame.size);
        rest_end(&json);
    }
    weir_bytes_free(&frame);
    weir_batch_free(batch);
    weir_data_source_free(&source);
}
