/* client_settings.h: what connectors, properties files and streams say about Kafka clients, brought to librdkafka.
 *
 * Names of librdkafka pass through unchanged. Those that only the Java client has are translated by a table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CLIENT_SETTINGS_H
#define WEIR_CLIENT_SETTINGS_H

#include <librdkafka/rdkafka.h>

#include "weir/settings.h"

/* Adds to into what from holds under names that begin with prefix (which is cut off), but for the names (with their
 * prefix) of a table (NULL: none). A name that is there already gets the new value: the weaker ones go first. */
weir_code client_settings_pick(const weir_settings *from, const char *prefix,
                               const weir_key *except, weir_settings *into, weir_error *err);
/* Adds what from holds about getting in (security.*, sasl.*, ssl.*, enable.sasl.*), and nothing else. */
weir_code client_settings_pick_security(const weir_settings *from, weir_settings *into,
                                        weir_error *err);

/* The same settings under librdkafka's names. Settings of the Java client without a meaning here are left out, with a
 * line in the log where told. WEIR_INVALID for those that cannot be met: a JKS store, a login module of one's own. */
weir_code client_settings_translate(const weir_settings *given, bool told, weir_settings *out,
                                    weir_error *err);
/* Translates and sets them. WEIR_INVALID also for a name nobody knows and a value librdkafka refuses. */
weir_code client_settings_put(const weir_settings *given, rd_kafka_conf_t *conf, weir_error *err);
/* What a properties file (NULL: none), brokers and a registry (NULL: as the file says) say together; *out becomes the
 * caller's. WEIR_INVALID when nobody names brokers. */
weir_code client_settings_gather(const weir_settings *properties, const char *bootstrap,
                                 const char *registry, weir_settings *out, weir_error *err);
/* A client's configuration of what was gathered. *out is the caller's until rd_kafka_new(). */
weir_code client_settings_conf(const weir_settings *gathered, const char *client_id,
                               rd_kafka_conf_t **out, weir_error *err);
/* What client_settings_put() would say, and of which setting (*culprit, one of given's names; NULL: not wanted). */
weir_code client_settings_check(const weir_settings *given, const char **culprit, weir_error *err);

#endif
