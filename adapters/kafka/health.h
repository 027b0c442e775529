/* health.h: what stands between a Kafka client and its brokers, for those who show state and reason.
 *
 * librdkafka tells of a lost connection or a refused password once, and then tries again on its own for ever; when it
 * succeeds it says nothing. So the last complaint of each client is kept here, and the brokers are asked now and then
 * whether it still holds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_KAFKA_HEALTH_H
#define WEIR_KAFKA_HEALTH_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Lets clients made with the configuration be looked after; kafka_conf() has done it. */
void health_watch(rd_kafka_conf_t *conf);
/* A client complains. From its error callback, any thread. */
void health_complaint(const rd_kafka_t *client, int error, const char *reason);

/* A connection failed, in librdkafka's words. From its log callback, any thread: unlike the error callback it does not
 * wait until the owner polls, who may be waiting for the brokers himself. */
void health_connection_failed(const rd_kafka_t *client, const char *text);

/* Whether something is wrong between a client and its brokers, and what. Costs nothing while nothing is; else it asks
 * the brokers, at most once a second and for up to 250 ms. On the thread that polls the client, which must be polled
 * regularly. */
bool kafka_ails(rd_kafka_t *client, char *reason, size_t room);
/* The brokers have answered, to a call of the owner's own. */
void kafka_is_well(rd_kafka_t *client);

#endif
