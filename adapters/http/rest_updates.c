/* rest_updates.c: who learned and forgot what: the log of data sources and the counts of calls.
 *
 * Each line is a JSON object given as a text, all of its values texts, with "_" for dots in names and addresses, as
 * the documents show them; the spelling of one key is theirs too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "rest_inside.h"
#include "weir/memory.h"
#include "weir/updates.h"

/* --- noting */

/* The names of the columns and their types, each joined by commas. */
static void join(const weir_batch *batch, weir_bytes *names, weir_bytes *types)
{
    for (size_t i = 0; batch && i < batch->column_count; i++) {
        if (i > 0) {
            weir_bytes_u8(names, ',');
            weir_bytes_u8(types, ',');
        }
        weir_bytes_append(names, batch->columns[i].name, strlen(batch->columns[i].name));
        weir_bytes_u8(types, (uint8_t)batch->columns[i].type);
    }
    weir_bytes_u8(names, 0);
    weir_bytes_u8(types, 0);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void rest_update_begin(rest_update *update)
{
    *update = (rest_update){.began_us = now_us()};
}

void rest_update_rows(rest_update *update, const weir_batch *batch)
{
    update->rows = batch ? batch->rows : 0;
    join(batch, &update->names, &update->types);
}

void rest_update_end(rest_update *update, weir_engine *engine, const char *cid, const char *pid,
                     const char *client, double sign, int status)
{
    weir_update of;

    if (update->names.size == 0) /* the body could not be read */
        join(NULL, &update->names, &update->types);
    of = (weir_update){.client = client && *client ? client : REST_CLIENT,
                       .request = sign > 0 ? "learn" : "forget",
                       .names = (const char *)update->names.data,
                       .types = (const char *)update->types.data,
                       .response = status,
                       .rows = update->rows,
                       .took_us = now_us() - update->began_us};

    if (!update->names.failed && !update->types.failed)
        weir_update_note(engine, cid, pid, &of);
    weir_bytes_free(&update->names);
    weir_bytes_free(&update->types);
}

/* --- showing */

typedef struct {
    char **texts;
    size_t count;
} lines;

static weir_code add_line(lines *to, weir_bytes *text, weir_error *err)
{
    char **grown = NULL;
    weir_code code;

    weir_bytes_u8(text, 0);
    if ((code = weir_bytes_ok(text, err)))
        return code;
    if (!(grown = weir_realloc_array(to->texts, to->count + 1, sizeof *grown)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the log");
    to->texts = grown;
    if (!(grown[to->count] = weir_strdup((const char *)text->data)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the log");
    to->count++;
    return WEIR_OK;
}

static void put_undotted(json_out *json, const char *key, const char *text)
{
    char *copy = weir_strdup(text);

    for (char *at = copy; at && *at; at++)
        if (*at == '.')
            *at = '_';
    json_put_text(json, key, copy ? copy : "");
    weir_free(copy);
}

static void put_number(json_out *json, const char *key, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, value);
    json_put_text(json, key, text);
}

static weir_code see_call(void *context, const weir_source_update *update, weir_error *err)
{
    weir_bytes text = {0};
    json_out json = {.out = &text};
    weir_code code;

    json_open(&json, '{');
    put_undotted(&json, "ds_client_id", update->client);
    put_undotted(&json, "ds_client_ip", update->address);
    json_put_text(&json, "ds_request_type", update->request);
    put_undotted(&json, "ds_name", update->source);
    put_number(&json, "ds_request_datetime", update->at_ms);
    put_number(&json, "ds_request_df_numrows", (int64_t)update->rows);
    put_number(&json, "ds_request_process_time", update->took_ms);
    put_number(&json, "ds_request_response_code", update->response);
    json_close(&json, '}');
    code = add_line(context, &text, err);
    weir_bytes_free(&text);
    return code;
}

static weir_code see_sum(void *context, const weir_update_sum *sum, weir_error *err)
{
    const weir_update *update = &sum->update;
    weir_bytes text = {0};
    json_out json = {.out = &text};
    weir_code code;

    json_open(&json, '{');
    put_undotted(&json, "client_id", update->client);
    json_put_text(&json, "client_request_type", update->request);
    put_number(&json, "client_request_reponse_code", update->response);
    put_undotted(&json, "client_request_df_attributes_names", update->names);
    json_put_text(&json, "client_request_df_attributes_types", update->types);
    put_number(&json, "client_request_process_time", update->took_us / 1000);
    put_number(&json, "client_request_count", (int64_t)sum->count);
    put_number(&json, "client_request_df_attributes_numrows_total", (int64_t)update->rows);
    json_close(&json, '}');
    code = add_line(context, &text, err);
    weir_bytes_free(&text);
    return code;
}

static void answer(weir_http_reply *reply, weir_code code, lines *of, const weir_error *err)
{
    if (code)
        rest_error(reply, err);
    else
        rest_list(reply, of->texts, of->count);
    weir_list_free(of->texts, of->count);
}

void rest_source_log(const weir_http_request *request, weir_http_reply *reply)
{
    lines of = {0};
    weir_error err = {0};
    weir_code code = weir_source_updates(rest_engine(request), rest_cid(request), rest_pid(request),
                                         see_call, &of, &err);

    answer(reply, code, &of, &err);
}

void rest_update_log(const weir_http_request *request, weir_http_reply *reply)
{
    lines of = {0};
    weir_error err = {0};
    weir_code code = weir_updates(rest_engine(request), rest_cid(request), rest_pid(request),
                                  see_sum, &of, &err);

    answer(reply, code, &of, &err);
}
