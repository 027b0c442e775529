/* registry_settings.h: the settings of a schema registry, which connectors, scorers and streams have alike.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_REGISTRY_SETTINGS_H
#define WEIR_REGISTRY_SETTINGS_H

#include "weir/registry.h"
#include "weir/settings.h"

extern const char *const registry_basic_words[], *const registry_token_words[];

/* Their rows for a table of keys; prefix is a literal ("", "value.converter."). The names are those of Confluent's
 * clients, of which some have two. Files may be named as librdkafka does for brokers (ssl.ca.location), which are PEM,
 * or as Java does (ssl.truststore.location). */
#define REGISTRY_KEYS(prefix)                                                                      \
    {.name = prefix "schema.registry.url",                                                         \
     .kind = WEIR_KEY_URL,                                                                         \
     .help = "schema registry of Avro values; several, separated by commas, are tried in turn"},   \
        {.name = prefix "basic.auth.credentials.source",                                           \
         .kind = WEIR_KEY_WORD,                                                                    \
         .words = registry_basic_words,                                                            \
         .help = "where the registry's user and password stand: in its URL, in "                   \
                 "basic.auth.user.info, or sasl.username and sasl.password of the brokers; when "  \
                 "not given, wherever there are some"},                                            \
        {.name = prefix "basic.auth.user.info",                                                    \
         .kind = WEIR_KEY_SECRET,                                                                  \
         .help = "user:password for the registry"},                                                \
        {.name = prefix "schema.registry.basic.auth.user.info",                                    \
         .kind = WEIR_KEY_SECRET,                                                                  \
         .alias_of = prefix "basic.auth.user.info",                                                \
         .help = "another name of " prefix "basic.auth.user.info"},                                \
        {.name = prefix "bearer.auth.credentials.source",                                          \
         .kind = WEIR_KEY_WORD,                                                                    \
         .words = registry_token_words,                                                            \
         .help = "where the registry's token stands"},                                             \
        {.name = prefix "bearer.auth.token",                                                       \
         .kind = WEIR_KEY_SECRET,                                                                  \
         .help = "token for the registry"},                                                        \
        {.name = prefix "schema.registry.bearer.auth.token",                                       \
         .kind = WEIR_KEY_SECRET,                                                                  \
         .alias_of = prefix "bearer.auth.token",                                                   \
         .help = "another name of " prefix "bearer.auth.token"},                                   \
        {.name = prefix "bearer.auth.logical.cluster",                                             \
         .help = "the registry's cluster that the token is for (Confluent Cloud)"},                \
        {.name = prefix "bearer.auth.identity.pool.id",                                            \
         .help = "the identity pool that the token is of (Confluent Cloud)"},                      \
        {.name = prefix "schema.registry.ssl.ca.location",                                         \
         .help = "PEM file of the authorities that the registry's certificate may be of; the "     \
                 "system's when not given"},                                                       \
        {.name = prefix "schema.registry.ssl.certificate.location",                                \
         .help = "PEM file of this client's certificate"},                                         \
        {.name = prefix "schema.registry.ssl.key.location",                                        \
         .help = "PEM file of its key; when not given, in the file of the certificate"},           \
        {.name = prefix "schema.registry.ssl.key.password",                                        \
         .kind = WEIR_KEY_SECRET,                                                                  \
         .help = "password of the key"},                                                           \
        {.name = prefix "schema.registry.ssl.truststore.location",                                 \
         .alias_of = prefix "schema.registry.ssl.ca.location",                                     \
         .help = "Java's name of ssl.ca.location; PEM only"},                                      \
        {.name = prefix "schema.registry.ssl.truststore.type", .help = "of ssl.truststore: PEM"},  \
        {.name = prefix "schema.registry.ssl.truststore.password",                                 \
         .kind = WEIR_KEY_SECRET,                                                                  \
         .help = "accepted; PEM files have none"},                                                 \
        {.name = prefix "schema.registry.ssl.truststore.certificates",                             \
         .help = "the authorities as a PEM text"},                                                 \
        {.name = prefix "schema.registry.ssl.keystore.location",                                   \
         .help = "this client's certificate and key in one file, PEM or PKCS#12"},                 \
        {.name = prefix "schema.registry.ssl.keystore.type",                                       \
         .help = "PEM or PKCS12; when not given, the file tells"},                                 \
        {.name = prefix "schema.registry.ssl.keystore.password",                                   \
         .kind = WEIR_KEY_SECRET,                                                                  \
         .help = "password of the PKCS#12 file"},                                                  \
        {.name = prefix "schema.registry.ssl.keystore.certificate.chain",                          \
         .help = "this client's certificate as a PEM text"},                                       \
        {.name = prefix "schema.registry.ssl.keystore.key",                                        \
         .kind = WEIR_KEY_SECRET,                                                                  \
         .help = "its key as a PEM text"},                                                         \
    {                                                                                              \
        .name = prefix "schema.registry.ssl.endpoint.identification.algorithm",                    \
        .help = "https; empty or none: the registry's certificate may be of another host"          \
    }

/* The same rows as a table, without a prefix. */
extern const weir_key registry_keys[];

/* Whether a name (without prefix) is one of the rows. */
bool registry_setting(const char *name);

/* Opens the registry that settings name with the prefix; *out is NULL when they name none. brokers (NULL: settings) are
 * those of Kafka clients, whose user and password the registry may share. */
weir_code registry_settings_open(const weir_registry_calls *calls, const weir_settings *settings,
                                 const char *prefix, const weir_settings *brokers,
                                 weir_registry **out, weir_error *err);
/* What would be said when it is opened: files that cannot be read, stores of a kind that cannot. */
weir_code registry_settings_check(const weir_settings *settings, const char *prefix,
                                  const weir_settings *brokers, weir_error *err);

#endif
