/* connect_offsets.c: offsets and topics of connectors, over Kafka Connect's REST API.
 *
 * Where a connector goes on is for the server to say, which counts each record once; the group's offsets, which are
 * shown here, follow. So moving them also raises the connector's epoch, under which the server lets go of what it knew.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "connect_inside.h"
#include "weir/memory.h"

#define PLACES_MOST 100000

void connect_get_offsets(const weir_http_request *request, weir_http_reply *reply)
{
    weir_connect_place *places = NULL;
    size_t count = 0;
    weir_error err = {0};
    json_t *list = NULL;

    if (weir_connect_offsets(connect_of(request)->worker, weir_http_param(request, 0), &places,
                             &count, &err)) {
        connect_fail(reply, &err);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:{s:s,s:i},s:{s:I}}", "partition", "kafka_topic",
                                              places[i].topic, "kafka_partition",
                                              (int)places[i].partition, "offset", "kafka_offset",
                                              (json_int_t)places[i].position));
    weir_free(places);
    connect_answer(reply, 200, json_pack("{s:o}", "offsets", list));
}

/* One {"partition": {"kafka_topic", "kafka_partition"}, "offset": {"kafka_offset"}}. */
static bool read_place(const json_t *entry, weir_connect_place *place)
{
    const json_t *partition = json_object_get(entry, "partition");
    const char *topic = json_string_value(json_object_get(partition, "kafka_topic"));
    const json_t *number = json_object_get(partition, "kafka_partition");
    const json_t *offset = json_object_get(json_object_get(entry, "offset"), "kafka_offset");

    if (!topic || strlen(topic) >= sizeof place->topic || !json_is_integer(number) ||
        !json_is_integer(offset) || json_integer_value(number) < 0 ||
        json_integer_value(number) > INT32_MAX || json_integer_value(offset) < 0)
        return false;
    snprintf(place->topic, sizeof place->topic, "%s", topic);
    place->partition = (int32_t)json_integer_value(number);
    place->position = json_integer_value(offset);
    return true;
}

static weir_code read_places(const char *body, size_t size, weir_connect_place **out, size_t *count,
                             weir_error *err)
{
    json_t *root = json_loadb(body, size, 0, NULL), *list = json_object_get(root, "offsets");
    weir_connect_place *places = NULL;
    size_t wanted = json_array_size(list);
    weir_code code = WEIR_OK;

    *count = 0;
    if (!wanted || wanted > PLACES_MOST)
        code = weir_fail(err, WEIR_INVALID,
                         "Partitions / offsets need to be provided for an "
                         "alter offsets request");
    else if (!(places = weir_calloc(wanted, sizeof *places)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu offsets", wanted);
    for (; !code && *count < wanted; ++*count)
        if (!read_place(json_array_get(list, *count), &places[*count]))
            code = weir_fail(err, WEIR_INVALID,
                             "offset %zu of the list is none: {\"partition\": {\"kafka_topic\", "
                             "\"kafka_partition\"}, \"offset\": {\"kafka_offset\"}} is wanted",
                             *count + 1);
    if (code) {
        weir_free(places);
        places = NULL;
    }
    *out = places;
    json_decref(root);
    return code;
}

/* As in Connect a connector that is not stopped is a bad request. */
void connect_patch_offsets(const weir_http_request *request, weir_http_reply *reply)
{
    size_t size = 0, count = 0;
    const char *body = weir_http_body(request, &size);
    weir_connect_place *places = NULL;
    weir_error err = {0};
    weir_code code = read_places(body ? body : "", size, &places, &count, &err);

    if (!code)
        code = weir_connect_move(connect_of(request)->worker, weir_http_param(request, 0), places,
                                 count, &err);
    if (code == WEIR_CONFLICT)
        connect_refuse(reply, 400, err.message);
    else if (code)
        connect_fail(reply, &err);
    else
        connect_answer(reply, 200,
                       json_pack("{s:s}", "message",
                                 "The offsets for this connector have been altered successfully"));
    weir_free(places);
}

void connect_delete_offsets(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    if (weir_connect_reset(connect_of(request)->worker, weir_http_param(request, 0), &err))
        connect_fail(reply, &err);
    else
        connect_answer(reply, 200,
                       json_pack("{s:s}", "message",
                                 "The offsets for this connector have been reset successfully: it "
                                 "takes its topics anew from their first record."));
}

void connect_get_topics(const weir_http_request *request, weir_http_reply *reply)
{
    const char *name = weir_http_param(request, 0);
    char **topics = NULL;
    size_t count = 0;
    weir_error err = {0};
    json_t *list = NULL;

    if (weir_connect_topics(connect_of(request)->worker, name, &topics, &count, &err)) {
        connect_fail(reply, &err);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, json_string(topics[i]));
        weir_free(topics[i]);
    }
    weir_free(topics);
    connect_answer(reply, 200, json_pack("{s:{s:o}}", name, "topics", list));
}

void connect_put_topics_reset(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    if (weir_connect_topics_reset(connect_of(request)->worker, weir_http_param(request, 0), &err))
        connect_fail(reply, &err);
    else
        reply->status = 202;
}
