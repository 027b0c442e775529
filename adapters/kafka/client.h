/* client.h: what every Kafka client of weir has in common: configuration, logging, topics, cluster id.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_KAFKA_CLIENT_H
#define WEIR_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>

#include "weir/error.h"
#include "weir/settings.h"

/* A configuration with bootstrap servers, client id and our logging. *out is the caller's until rd_kafka_new(). */
weir_code kafka_conf(const char *bootstrap, const char *client_id, rd_kafka_conf_t **out,
                     weir_error *err);
/* Sets one property of librdkafka. WEIR_INVALID for a name that it does not know and a value it refuses. */
weir_code kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                         weir_error *err);
/* Sets one that may be of the Java client (client_settings.h). */
weir_code kafka_conf_put(rd_kafka_conf_t *conf, const char *name, const char *value,
                         weir_error *err);

/* Makes a client. Takes the configuration whatever the outcome. */
weir_code kafka_client(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **out,
                       weir_error *err);
/* WEIR_UNAVAILABLE for what may pass, WEIR_INVALID for the rest. */
weir_code kafka_fail(rd_kafka_resp_err_t error, const char *what, weir_error *err);

/* The number of partitions of a topic, 0 when there is no such topic. */
weir_code kafka_partitions(rd_kafka_t *client, const char *topic, int timeout_ms, int *count,
                           weir_error *err);
/* Makes a topic unless it is there; *count is what it has in the end. */
weir_code kafka_topic_ensure(rd_kafka_t *client, const char *topic, int partitions, int *count,
                             weir_error *err);
/* The same with a number of replicas; -1: as the brokers choose. */
weir_code kafka_topic_ensure_replicas(rd_kafka_t *client, const char *topic, int partitions,
                                      int replicas, int *count, weir_error *err);
/* Whether the brokers name a controller that is none of them, as librdkafka's mock cluster does. */
weir_code kafka_controller_missing(rd_kafka_t *client, bool *missing, weir_error *err);
/* The id of the cluster, "" when it does not tell. */
void kafka_cluster_id(rd_kafka_t *client, char *out, size_t room);

/* What a group knows this consumer by, to go with the offsets in a transaction; *out is the caller's. WEIR_BUSY when the
 * group has given it up: the brokers take such offsets from whoever names no member at all, so they must not be sent.
 * To be called on the thread that polls the consumer, which alone lets it join again. */
weir_code kafka_membership(rd_kafka_t *consumer, rd_kafka_consumer_group_metadata_t **out,
                           weir_error *err);

/* Leaves the group and ends the consumer (NULL is fine). One that has no partitions is ended at once: it has nothing to
 * hand back, and closing it properly would wait for a join that is under way. */
void kafka_consumer_end(rd_kafka_t *consumer);

#endif
