/* connect_group.c: see connect_group.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "connect_group.h"

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "client_settings.h"
#include "weir/memory.h"

#define ANSWER_MS 10000

static void group_name(const sink_config *config, char out[300])
{
    snprintf(out, 300, "connect-%s", config->name);
}

/* A client that reaches the brokers as the connector's consumers do, but is in no group. */
static weir_code open_client(const sink_config *config, const char *bootstrap, rd_kafka_t **out,
                             weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    weir_code code = kafka_conf(bootstrap, "weir-connect-offsets", &conf, err);

    if (code)
        return code;
    if ((code = sink_config_pass(config, "consumer", conf, err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    return kafka_client(RD_KAFKA_CONSUMER, conf, out, err);
}

/* The group of an answer; its error goes into err. */
static weir_code group_of(rd_kafka_event_t *event, const rd_kafka_group_result_t **groups,
                          size_t count, const rd_kafka_topic_partition_list_t **partitions,
                          weir_error *err)
{
    const rd_kafka_error_t *error = NULL;
    rd_kafka_resp_err_t fault = rd_kafka_event_error(event);

    if (fault)
        return kafka_fail(fault, "offsets of the group", err);
    if (count != 1)
        return weir_fail(err, WEIR_UNAVAILABLE, "the brokers tell nothing of the group");
    if ((error = rd_kafka_group_result_error(groups[0]))) {
        fault = rd_kafka_error_code(error);
        if (fault == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP ||
            fault == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID)
            return weir_fail(err, WEIR_CONFLICT, "the group still has members: %s",
                             rd_kafka_error_string(error));
        return kafka_fail(fault, "offsets of the group", err);
    }
    *partitions = rd_kafka_group_result_partitions(groups[0]);
    return WEIR_OK;
}

static weir_code copy_places(const rd_kafka_topic_partition_list_t *list,
                             weir_connect_place **places, size_t *count, weir_error *err)
{
    weir_connect_place *made = NULL;

    if (list->cnt && !(made = weir_calloc((size_t)list->cnt, sizeof *made)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %d partitions", list->cnt);
    *places = made;
    *count = 0;
    for (int i = 0; i < list->cnt; i++) {
        weir_connect_place *place = &made[*count];

        if (list->elems[i].offset < 0)
            continue;
        snprintf(place->topic, sizeof place->topic, "%s", list->elems[i].topic);
        place->partition = list->elems[i].partition;
        place->position = list->elems[i].offset;
        place->end = -1;
        ++*count;
    }
    return WEIR_OK;
}

weir_code connect_group_offsets(const sink_config *config, const char *bootstrap,
                                weir_connect_place **places, size_t *count, weir_error *err)
{
    char group[300];
    rd_kafka_t *client = NULL;
    rd_kafka_queue_t *queue = NULL;
    rd_kafka_event_t *event = NULL;
    rd_kafka_AdminOptions_t *options = NULL;
    rd_kafka_ListConsumerGroupOffsets_t *wanted = NULL;
    const rd_kafka_topic_partition_list_t *list = NULL;
    weir_code code = open_client(config, bootstrap, &client, err);

    if (code)
        return code;
    group_name(config, group);
    wanted = rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
    options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    queue = rd_kafka_queue_new(client);
    rd_kafka_ListConsumerGroupOffsets(client, &wanted, 1, options, queue);
    if (!(event = rd_kafka_queue_poll(queue, ANSWER_MS))) {
        code = weir_fail(err, WEIR_UNAVAILABLE, "brokers %.120s do not answer", bootstrap);
        goto done;
    }
    size_t groups = 0;
    const rd_kafka_group_result_t **results = NULL;

    if (!rd_kafka_event_error(event))
        results = rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(event), &groups);
    if (!(code = group_of(event, results, groups, &list, err)) && list)
        code = copy_places(list, places, count, err);
done:
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(wanted);
    rd_kafka_destroy(client);
    return code;
}

weir_code connect_group_move(const sink_config *config, const char *bootstrap,
                             const weir_connect_place *places, size_t count, weir_error *err)
{
    char group[300];
    rd_kafka_t *client = NULL;
    rd_kafka_queue_t *queue = NULL;
    rd_kafka_event_t *event = NULL;
    rd_kafka_AdminOptions_t *options = NULL;
    rd_kafka_AlterConsumerGroupOffsets_t *wanted = NULL;
    rd_kafka_topic_partition_list_t *list = NULL;
    const rd_kafka_topic_partition_list_t *moved = NULL;
    weir_code code = open_client(config, bootstrap, &client, err);

    if (code)
        return code;
    group_name(config, group);
    list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, places[i].topic, places[i].partition)->offset =
            places[i].position;
    wanted = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
    options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
    queue = rd_kafka_queue_new(client);
    rd_kafka_AlterConsumerGroupOffsets(client, &wanted, 1, options, queue);
    if (!(event = rd_kafka_queue_poll(queue, ANSWER_MS))) {
        code = weir_fail(err, WEIR_UNAVAILABLE, "brokers %.120s do not answer", bootstrap);
        goto done;
    }
    size_t groups = 0;
    const rd_kafka_group_result_t **results = NULL;

    if (!rd_kafka_event_error(event))
        results = rd_kafka_AlterConsumerGroupOffsets_result_groups(
            rd_kafka_event_AlterConsumerGroupOffsets_result(event), &groups);
    code = group_of(event, results, groups, &moved, err);
    for (int i = 0; !code && moved && i < moved->cnt; i++)
        if (moved->elems[i].err) {
            char what[300];

            snprintf(what, sizeof what, "%s/%d", moved->elems[i].topic,
                     (int)moved->elems[i].partition);
            code = kafka_fail(moved->elems[i].err, what, err);
        }
done:
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_AlterConsumerGroupOffsets_destroy(wanted);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
    return code;
}

/* Whether these are brokers of librdkafka's mock cluster, the embedded broker among them. They cannot delete groups, and
 * librdkafka 2.0 ends the process by an assertion when it finds that out. */
static bool is_mock(rd_kafka_t *client)
{
    char id[100] = "";

    kafka_cluster_id(client, id, sizeof id);
    return !strncmp(id, "mockCluster", strlen("mockCluster"));
}

weir_code connect_group_forget(const sink_config *config, const char *bootstrap, weir_error *err)
{
    char group[300];
    rd_kafka_t *client = NULL;
    rd_kafka_queue_t *queue = NULL;
    rd_kafka_event_t *event = NULL;
    rd_kafka_AdminOptions_t *options = NULL;
    rd_kafka_DeleteGroup_t *wanted = NULL;
    const rd_kafka_topic_partition_list_t *none = NULL;
    weir_code code = open_client(config, bootstrap, &client, err);

    if (code)
        return code;
    if (is_mock(client)) {
        rd_kafka_destroy(client);
        return weir_fail(err, WEIR_UNAVAILABLE, "the embedded broker cannot delete groups");
    }
    group_name(config, group);
    wanted = rd_kafka_DeleteGroup_new(group);
    options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DELETEGROUPS);
    queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteGroups(client, &wanted, 1, options, queue);
    if (!(event = rd_kafka_queue_poll(queue, ANSWER_MS))) {
        code = weir_fail(err, WEIR_UNAVAILABLE, "brokers %.120s do not answer", bootstrap);
        goto done;
    }
    size_t groups = 0;
    const rd_kafka_group_result_t **results = NULL;

    if (!rd_kafka_event_error(event))
        results =
            rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &groups);
    if (groups == 1 && rd_kafka_error_code(rd_kafka_group_result_error(results[0])) ==
                           RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND)
        goto done;
    code = group_of(event, results, groups, &none, err);
done:
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteGroup_destroy(wanted);
    rd_kafka_destroy(client);
    return code;
}

weir_code connect_group_cluster(const char *bootstrap, const weir_settings *worker, char *out,
                                size_t room, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *client = NULL;
    weir_settings given = {0};
    weir_code code = kafka_conf(bootstrap, "weir-connect", &conf, err);

    if (code)
        return code;
    if (worker && ((code = client_settings_pick_security(worker, &given, err)) ||
                   (code = client_settings_put(&given, conf, err)))) {
        rd_kafka_conf_destroy(conf);
        goto done;
    }
    if ((code = kafka_client(RD_KAFKA_CONSUMER, conf, &client, err)))
        goto done;
    kafka_cluster_id(client, out, room);
    rd_kafka_destroy(client);
done:
    weir_settings_free(&given);
    return code;
}
