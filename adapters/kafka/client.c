/* client.c: see client.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "client.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client_settings.h"
#include "health.h"
#include "weir/log.h"

#define ADMIN_TIMEOUT_MS 10000

/* Any thread of librdkafka. */
static void log_line(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    bool failed = !strcmp(facility, "FAIL");
    weir_log_level ours = level <= 3 ? WEIR_LOG_WARN : level <= 6 ? WEIR_LOG_INFO : WEIR_LOG_DEBUG;

    /* A lost connection is normal in a client's life and is tried again; it is told when all of them are gone. */
    if (failed || !strcmp(facility, "ERROR") || !strcmp(facility, "CONFWARN"))
        ours = WEIR_LOG_DEBUG;
    if (failed)
        health_connection_failed(client, text);
    weir_log(ours, "kafka", "%s: %s: %s", rd_kafka_name(client), facility, text);
}

/* Whichever thread polls the client. */
static void error_told(rd_kafka_t *client, int error, const char *reason, void *opaque)
{
    (void)opaque;
    health_complaint(client, error, reason);
    weir_log(error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ? WEIR_LOG_WARN : WEIR_LOG_DEBUG, "kafka",
             "%s: %s", rd_kafka_name(client), reason);
}

weir_code kafka_conf(const char *bootstrap, const char *client_id, rd_kafka_conf_t **out,
                     weir_error *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    weir_code code = WEIR_OK;

    rd_kafka_conf_set_log_cb(conf, log_line);
    rd_kafka_conf_set_error_cb(conf, error_told);
    health_watch(conf);
    if ((code = kafka_conf_put(conf, "bootstrap.servers", bootstrap, err)) ||
        (code = kafka_conf_put(conf, "client.id", client_id, err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    *out = conf;
    return WEIR_OK;
}

weir_code kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                         weir_error *err)
{
    char why[200];

    switch (rd_kafka_conf_set(conf, name, value, why, sizeof why)) {
    case RD_KAFKA_CONF_OK:
        return WEIR_OK;
    case RD_KAFKA_CONF_UNKNOWN:
        return weir_fail(err, WEIR_INVALID, "%.100s is no setting of librdkafka", name);
    default:
        return weir_fail(err, WEIR_INVALID, "%.60s: %s", name,
                         weir_setting_secret(name, value) ? "the value is refused" : why);
    }
}

weir_code kafka_conf_put(rd_kafka_conf_t *conf, const char *name, const char *value,
                         weir_error *err)
{
    weir_settings one = {0};
    weir_code code = weir_settings_put(&one, name, value, err);

    if (!code)
        code = client_settings_put(&one, conf, err);
    weir_settings_free(&one);
    return code;
}

/* A configuration of which no client could be made. When it has interceptors, as all of ours do, librdkafka has freed
 * these already and would do so once more in rd_kafka_conf_destroy(): it can only be left. Who makes clients does not try
 * again by himself what librdkafka refused, so these are few. They stay within reach, since nobody lost them. */
static void conf_leave(rd_kafka_conf_t *conf)
{
    struct left {
        struct left *link;
        rd_kafka_conf_t *conf;
    };
    static _Atomic(struct left *) all;
    struct left *one = malloc(sizeof *one);

    if (!one)
        return;
    one->conf = conf;
    one->link = atomic_load(&all);
    while (!atomic_compare_exchange_weak(&all, &one->link, one))
        ;
}

weir_code kafka_client(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **out,
                       weir_error *err)
{
    char why[200], mechanism[40] = "";
    size_t room = sizeof mechanism;
    rd_kafka_t *client = NULL;
    bool tokens = !rd_kafka_conf_get(conf, "sasl.mechanism", mechanism, &room) &&
                  !strcasecmp(mechanism, "OAUTHBEARER");

    if (tokens)
        rd_kafka_conf_enable_sasl_queue(conf, 1);
    if (!(client = rd_kafka_new(type, conf, why, sizeof why))) {
        conf_leave(conf);
        return weir_fail(err, WEIR_INVALID, "a Kafka client cannot be made: %s", why);
    }
    /* tokens are made anew on a thread of librdkafka: calls that wait for the brokers would wait for them too */
    if (tokens)
        rd_kafka_error_destroy(rd_kafka_sasl_background_callbacks_enable(client));
    *out = client;
    return WEIR_OK;
}

weir_code kafka_fail(rd_kafka_resp_err_t error, const char *what, weir_error *err)
{
    switch (error) {
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR__FATAL:
        return weir_fail(err, WEIR_INVALID, "%s: %s", what, rd_kafka_err2str(error));
    default:
        return weir_fail(err, WEIR_UNAVAILABLE, "%s: %s", what, rd_kafka_err2str(error));
    }
}

/* Asks for all topics: asking for one by name would make it on brokers that create topics by themselves. */
weir_code kafka_partitions(rd_kafka_t *client, const char *topic, int timeout_ms, int *count,
                           weir_error *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 1, NULL, &metadata, timeout_ms);

    *count = 0;
    if (error)
        return kafka_fail(error, "the brokers do not list their topics", err);
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (!strcmp(metadata->topics[i].topic, topic))
            *count = metadata->topics[i].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return WEIR_OK;
}

/* Waits until the brokers list the topic, which takes them a moment after its creation. */
static weir_code await_topic(rd_kafka_t *client, const char *topic, int *count, weir_error *err)
{
    for (int tries = 0; tries < 50; tries++) {
        weir_code code = kafka_partitions(client, topic, ADMIN_TIMEOUT_MS, count, err);

        if (code || *count)
            return code;
        rd_kafka_poll(client, 100);
    }
    return weir_fail(err, WEIR_UNAVAILABLE, "topic %s was made but is not listed", topic);
}

/* Whether the brokers name a controller that is none of them. Only it makes topics, and it would be waited for in vain.
 * librdkafka's mock cluster, the demo's embedded broker, is such a one. */
weir_code kafka_controller_missing(rd_kafka_t *client, bool *missing, weir_error *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    int32_t controller = rd_kafka_controllerid(client, ADMIN_TIMEOUT_MS);
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, NULL, &metadata, ADMIN_TIMEOUT_MS);

    if (error)
        return kafka_fail(error, "the brokers do not list themselves", err);
    *missing = controller >= 0;
    for (int i = 0; i < metadata->broker_cnt; i++)
        *missing &= metadata->brokers[i].id != controller;
    rd_kafka_metadata_destroy(metadata);
    return WEIR_OK;
}

/* Asks for the topic by name, at which brokers make it that make topics by themselves, in a size of their own. */
static weir_code ask_for_topic(rd_kafka_t *client, const char *name, int partitions, int *count,
                               weir_error *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    weir_code code = WEIR_OK;

    if (!topic)
        return kafka_fail(rd_kafka_last_error(), name, err);
    if ((error = rd_kafka_metadata(client, 0, topic, &metadata, ADMIN_TIMEOUT_MS)))
        code = kafka_fail(error, name, err);
    else
        rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
    if (!code && !(code = await_topic(client, name, count, err)) && *count != partitions)
        weir_log(WEIR_LOG_WARN, "kafka",
                 "topic %s has %d partitions and not %d: these brokers choose the number", name,
                 *count, partitions);
    return code;
}

weir_code kafka_topic_ensure(rd_kafka_t *client, const char *topic, int partitions, int *count,
                             weir_error *err)
{
    return kafka_topic_ensure_replicas(client, topic, partitions, -1, count, err);
}

weir_code kafka_topic_ensure_replicas(rd_kafka_t *client, const char *topic, int partitions,
                                      int replicas, int *count, weir_error *err)
{
    char why[200];
    rd_kafka_NewTopic_t *wanted = NULL;
    rd_kafka_AdminOptions_t *options = NULL;
    rd_kafka_queue_t *queue = NULL;
    rd_kafka_event_t *event = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    bool missing = false;
    weir_code code = kafka_partitions(client, topic, ADMIN_TIMEOUT_MS, count, err);

    if (code || *count || (code = kafka_controller_missing(client, &missing, err)))
        return code;
    if (missing)
        return ask_for_topic(client, topic, partitions, count, err);
    if (!(wanted = rd_kafka_NewTopic_new(topic, partitions, replicas, why, sizeof why)))
        return weir_fail(err, WEIR_INVALID, "topic %s: %s", topic, why);
    options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &wanted, 1, options, queue);
    event = rd_kafka_queue_poll(queue, ADMIN_TIMEOUT_MS);
    if (!event) {
        code = weir_fail(err, WEIR_UNAVAILABLE, "topic %s: no answer from the brokers", topic);
        goto done;
    }
    error = rd_kafka_event_error(event);
    if (!error) {
        size_t results = 0;
        const rd_kafka_topic_result_t **result = rd_kafka_CreateTopics_result_topics(
            rd_kafka_event_CreateTopics_result(event), &results);

        if (results)
            error = rd_kafka_topic_result_error(result[0]);
    }
    if (error && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        snprintf(why, sizeof why, "topic %.100s cannot be made", topic);
        code = kafka_fail(error, why, err);
        goto done;
    }
    code = await_topic(client, topic, count, err);
done:
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(wanted);
    return code;
}

void kafka_cluster_id(rd_kafka_t *client, char *out, size_t room)
{
    char *id = rd_kafka_clusterid(client, 2000);

    snprintf(out, room, "%s", id ? id : "");
    if (id)
        rd_kafka_mem_free(client, id);
}

weir_code kafka_membership(rd_kafka_t *consumer, rd_kafka_consumer_group_metadata_t **out,
                           weir_error *err)
{
    /* In this order: what was a member when it was asked for by name was one when the first was made. */
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(consumer);
    char *member = rd_kafka_memberid(consumer);
    bool is_one = group && member && *member && !rd_kafka_assignment_lost(consumer);

    if (member)
        rd_kafka_mem_free(consumer, member);
    if (!is_one) {
        if (group)
            rd_kafka_consumer_group_metadata_destroy(group);
        return weir_fail(err, WEIR_BUSY, "%s is no member of its group any more",
                         rd_kafka_name(consumer));
    }
    *out = group;
    return WEIR_OK;
}
