/* client_settings.c: see client_settings.h.
 *
 * Each name of the Java client that means something is a row with a function that writes librdkafka's settings; each
 * that means nothing here is a row with the reason. Any other name is librdkafka's or an error, so that no setting is
 * passed over in silence.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "client_settings.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client.h"
#include "jaas.h"
#include "java_store.h"
#include "registry_settings.h"
#include "weir/log.h"
#include "weir/memory.h"

/* --- settings that Java's client knows and librdkafka has otherwise */

/* Takes one setting of given to where it belongs in out. */
typedef weir_code (*take_setting)(const weir_settings *given, const weir_named *pair,
                                  weir_settings *out, weir_error *err);

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && !strcmp(text + length - tail, end);
}

/* The password of a store is taken with the store. */
static weir_code take_with_store(const weir_settings *given, const weir_named *pair,
                                 weir_settings *out, weir_error *err)
{
    (void)given;
    (void)pair;
    (void)out;
    (void)err;
    return WEIR_OK;
}

static weir_code take_truststore(const weir_settings *given, const weir_named *pair,
                                 weir_settings *out, weir_error *err)
{
    weir_code code = java_trust_of(pair->name, pair->value,
                                   weir_settings_get(given, "ssl.truststore.type"), err);

    return code ? code : weir_settings_put(out, "ssl.ca.location", pair->value, err);
}

static weir_code take_keystore(const weir_settings *given, const weir_named *pair,
                               weir_settings *out, weir_error *err)
{
    const char *password = weir_settings_get(given, "ssl.keystore.password");
    java_store_kind kind = JAVA_STORE_PEM;
    weir_code code = java_store_of(pair->name, pair->value,
                                   weir_settings_get(given, "ssl.keystore.type"), &kind, err);

    if (code)
        return code;
    if (kind == JAVA_STORE_PEM) {
        if ((code = weir_settings_put(out, "ssl.certificate.location", pair->value, err)))
            return code;
        return weir_settings_put(out, "ssl.key.location", pair->value, err);
    }
    if ((code = weir_settings_put(out, "ssl.keystore.location", pair->value, err)) || !password)
        return code;
    return weir_settings_put(out, "ssl.keystore.password", password, err);
}

static weir_code take_ca_text(const weir_settings *given, const weir_named *pair,
                              weir_settings *out, weir_error *err)
{
    (void)given;
    return weir_settings_put(out, "ssl.ca.pem", pair->value, err);
}

static weir_code take_chain(const weir_settings *given, const weir_named *pair, weir_settings *out,
                            weir_error *err)
{
    (void)given;
    return weir_settings_put(out, "ssl.certificate.pem", pair->value, err);
}

static weir_code take_key(const weir_settings *given, const weir_named *pair, weir_settings *out,
                          weir_error *err)
{
    (void)given;
    return weir_settings_put(out, "ssl.key.pem", pair->value, err);
}

/* Java says "" where librdkafka says none. */
static weir_code take_identification(const weir_settings *given, const weir_named *pair,
                                     weir_settings *out, weir_error *err)
{
    (void)given;
    return weir_settings_put(out, pair->name, *pair->value ? pair->value : "none", err);
}

/* The mechanism that a login module stands for, where none is named. */
static weir_code put_mechanism(const weir_settings *given, const char *mechanism,
                               weir_settings *out, weir_error *err)
{
    if (weir_settings_get(given, "sasl.mechanism") || weir_settings_get(given, "sasl.mechanisms"))
        return WEIR_OK;
    return weir_settings_put(out, "sasl.mechanism", mechanism, err);
}

static weir_code put_option(const weir_settings *options, const char *name, const char *ours,
                            weir_settings *out, weir_error *err)
{
    const char *value = weir_settings_get(options, name);

    return value ? weir_settings_put(out, ours, value, err) : WEIR_OK;
}

/* The options of OAuthBearerLoginModule: a client of an identity provider, or a token that nobody signs. */
static weir_code put_oauth(const weir_settings *options, weir_settings *out, weir_error *err)
{
    const char *subject = weir_settings_get(options, "unsecuredLoginStringClaim_sub");
    char text[1024] = "";
    weir_code code = WEIR_OK;

    if ((code = put_option(options, "clientId", "sasl.oauthbearer.client.id", out, err)) ||
        (code = put_option(options, "clientSecret", "sasl.oauthbearer.client.secret", out, err)) ||
        (code = put_option(options, "scope", "sasl.oauthbearer.scope", out, err)))
        return code;
    for (size_t i = 0; i < options->count; i++)
        if (!strncmp(options->pairs[i].name, "extension_", 10)) {
            size_t used = strlen(text);

            if (snprintf(text + used, sizeof text - used, "%s%s=%s", used ? "," : "",
                         options->pairs[i].name + 10,
                         options->pairs[i].value) >= (int)(sizeof text - used))
                return weir_fail(err, WEIR_INVALID,
                                 "sasl.jaas.config: its extensions are longer "
                                 "than a kilobyte");
        }
    if (*text && (code = weir_settings_put(out, "sasl.oauthbearer.extensions", text, err)))
        return code;
    if (!subject)
        return WEIR_OK;
    if (strpbrk(subject, " \t,") ||
        snprintf(text, sizeof text, "principal=%s", subject) >= (int)sizeof text)
        return weir_fail(err, WEIR_INVALID,
                         "sasl.jaas.config: unsecuredLoginStringClaim_sub holds a blank or a "
                         "comma, or is longer than a kilobyte");
    if ((code = weir_settings_put(out, "sasl.oauthbearer.config", text, err)))
        return code;
    return weir_settings_put(out, "enable.sasl.oauthbearer.unsecure.jwt", "true", err);
}

static weir_code take_jaas(const weir_settings *given, const weir_named *pair, weir_settings *out,
                           weir_error *err)
{
    char *module = NULL;
    weir_settings options = {0};
    weir_code code = jaas_read(pair->value, &module, &options, err);

    if (code)
        goto done;
    if (ends_with(module, ".PlainLoginModule") || ends_with(module, ".ScramLoginModule")) {
        if (!weir_settings_get(&options, "username") || !weir_settings_get(&options, "password"))
            code = weir_fail(err, WEIR_INVALID,
                             "sasl.jaas.config has no username and password for %.100s", module);
        else if (!(code = put_option(&options, "username", "sasl.username", out, err)) &&
                 !(code = put_option(&options, "password", "sasl.password", out, err)) &&
                 ends_with(module, ".PlainLoginModule"))
            code = put_mechanism(given, "PLAIN", out, err);
    } else if (ends_with(module, ".OAuthBearerLoginModule")) {
        if (!(code = put_mechanism(given, "OAUTHBEARER", out, err)))
            code = put_oauth(&options, out, err);
    } else {
        code = weir_fail(err, WEIR_INVALID,
                         "sasl.jaas.config names %.100s; PlainLoginModule, ScramLoginModule and "
                         "OAuthBearerLoginModule are known%s",
                         module,
                         ends_with(module, "Krb5LoginModule")
                             ? ", and Kerberos takes sasl.kerberos.principal and .keytab"
                             : "");
    }
done:
    weir_settings_free(&options);
    weir_free(module);
    return code;
}

/* The one handler that Kafka brings along asks an identity provider for tokens. */
static weir_code take_login_handler(const weir_settings *given, const weir_named *pair,
                                    weir_settings *out, weir_error *err)
{
    (void)given;
    if (!ends_with(pair->value, ".OAuthBearerLoginCallbackHandler"))
        return weir_fail(err, WEIR_INVALID,
                         "%s: %.100s is a Java class and cannot be loaded; Kafka's own "
                         "OAuthBearerLoginCallbackHandler is known",
                         pair->name, pair->value);
    return weir_settings_put(out, "sasl.oauthbearer.method", "oidc", err);
}

static weir_code take_fetch_wait(const weir_settings *given, const weir_named *pair,
                                 weir_settings *out, weir_error *err)
{
    (void)given;
    return weir_settings_put(out, "fetch.wait.max.ms", pair->value, err);
}

/* Java's assignors are classes, librdkafka's are words; Java's "none" for offsets is an error there. */
static weir_code take_assignors(const weir_settings *given, const weir_named *pair,
                                weir_settings *out, weir_error *err)
{
    static const struct {
        const char *class, *word;
    } known[] = {{"RangeAssignor", "range"},
                 {"RoundRobinAssignor", "roundrobin"},
                 {"CooperativeStickyAssignor", "cooperative-sticky"}};
    char text[200] = "";

    (void)given;
    if (!strchr(pair->value, '.')) /* librdkafka's words already */
        return weir_settings_put(out, pair->name, pair->value, err);
    for (const char *at = pair->value; *at;) {
        size_t length = strcspn(at, ","), used = strlen(text), i = 0;

        while (i < sizeof known / sizeof *known &&
               !memmem(at, length, known[i].class, strlen(known[i].class)))
            i++;
        if (i == sizeof known / sizeof *known || used + 25 > sizeof text)
            return weir_fail(err, WEIR_INVALID,
                             "%s: %.*s is not known; range, roundrobin and cooperative-sticky are",
                             pair->name, length > 100 ? 100 : (int)length, at);
        snprintf(text + used, sizeof text - used, "%s%s", used ? "," : "", known[i].word);
        at += length + (at[length] == ',');
    }
    /* librdkafka does not mix the two protocols; Java lists both while a group goes from one to the other */
    return weir_settings_put(out, pair->name,
                             strstr(text, "cooperative-sticky") ? "cooperative-sticky" : text, err);
}

static weir_code take_reset(const weir_settings *given, const weir_named *pair, weir_settings *out,
                            weir_error *err)
{
    (void)given;
    return weir_settings_put(out, pair->name, strcmp(pair->value, "none") ? pair->value : "error",
                             err);
}

static const struct {
    const char *name;
    take_setting take; /* or */
    const char *note;  /* why it has no meaning here */
} java_names[] = {
    {"sasl.jaas.config", take_jaas, NULL},
    {"sasl.login.callback.handler.class", take_login_handler, NULL},
    {"ssl.truststore.location", take_truststore, NULL},
    {"ssl.truststore.certificates", take_ca_text, NULL},
    {"ssl.truststore.type", take_with_store, NULL},
    {"ssl.truststore.password", take_with_store, NULL},
    {"ssl.keystore.location", take_keystore, NULL},
    {"ssl.keystore.certificate.chain", take_chain, NULL},
    {"ssl.keystore.key", take_key, NULL},
    {"ssl.keystore.type", take_with_store, NULL},
    {"ssl.keystore.password", take_with_store, NULL},
    {"ssl.endpoint.identification.algorithm", take_identification, NULL},
    {"fetch.max.wait.ms", take_fetch_wait, NULL},
    {"partition.assignment.strategy", take_assignors, NULL},
    {"auto.offset.reset", take_reset, NULL},
    {"ssl.protocol", NULL, "OpenSSL chooses the protocol"},
    {"ssl.enabled.protocols", NULL, "OpenSSL chooses the protocol"},
    {"ssl.provider", NULL, "OpenSSL is what is used"},
    {"ssl.keymanager.algorithm", NULL, "OpenSSL is what is used"},
    {"ssl.trustmanager.algorithm", NULL, "OpenSSL is what is used"},
    {"ssl.secure.random.implementation", NULL, "OpenSSL is what is used"},
    {"security.providers", NULL, "OpenSSL is what is used"},
    {"client.dns.lookup", NULL, "all addresses of a name are tried"},
    {"key.deserializer", NULL, "keys are passed on as bytes"},
    {"value.deserializer", NULL, "the format follows from the registry and the values"},
    {"key.serializer", NULL, "keys are passed on as bytes"},
    {"value.serializer", NULL, "values keep the format of the source"},
    {"default.key.serde", NULL, "keys are passed on as bytes"},
    {"default.value.serde", NULL, "values keep the format of the source"},
    {"application.id", NULL, "sml.kstream.app.id names the application"},
    {"application.server", NULL, "there are no interactive queries"},
    {"state.dir", NULL, "no state is kept outside Kafka"},
    {"num.stream.threads", NULL, "one thread scores; start more processes to share partitions"},
    {"num.standby.replicas", NULL, "no state is kept outside Kafka"},
    {"replication.factor", NULL, "the broker's default is used"},
    {"processing.guarantee", NULL, "offsets are committed once their rows are in the sink"},
    {"poll.ms", NULL, "sml.kstream.schedule.ms says how long rows may wait"},
    {"max.poll.records", NULL, "the largest batch has its own setting"},
    {"buffered.records.per.partition", NULL, "librdkafka's queued.* settings bound the buffers"},
    {"cache.max.bytes.buffering", NULL, "there is no record cache"},
    {"statestore.cache.max.bytes", NULL, "there is no record cache"},
    {"buffer.memory", NULL, "queue.buffering.max.kbytes bounds the producer's queue"},
    {"max.block.ms", NULL, "a full queue is waited for"},
    {"max.request.size", NULL, "message.max.bytes bounds a message"},
    {"retry.backoff.max.ms", NULL, "retry.backoff.ms is the delay"},
    {"send.buffer.bytes", NULL, "socket.send.buffer.bytes is librdkafka's"},
    {"receive.buffer.bytes", NULL, "socket.receive.buffer.bytes is librdkafka's"},
    {"default.api.timeout.ms", NULL, "calls have time limits of their own"},
    {"auto.include.jmx.reporter", NULL, "there is no JMX"},
    {"metric.reporters", NULL, "there is no JMX"},
    {"metrics.num.samples", NULL, "there is no JMX"},
    {"metrics.recording.level", NULL, "there is no JMX"},
    {"metrics.sample.window.ms", NULL, "there is no JMX"},
    {"interceptor.classes", NULL, "Java classes cannot be loaded"},
    {"exclude.internal.topics", NULL, "only the named topics are read"},
    {"specific.avro.reader", NULL, "rows are read by their writer schema"},
    {"auto.register.schemas", NULL, "schemas of scored rows are always registered"},
    {"use.latest.version", NULL, "rows are read by their writer schema"},
};
#define JAVA_NAMES (sizeof java_names / sizeof *java_names)

static size_t java_row(const char *name)
{
    size_t i = 0;

    while (i < JAVA_NAMES && strcmp(java_names[i].name, name) != 0)
        i++;
    return i;
}

/* --- picking */

weir_code client_settings_pick(const weir_settings *from, const char *prefix,
                               const weir_key *except, weir_settings *into, weir_error *err)
{
    size_t length = strlen(prefix);
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < from->count; i++) {
        const weir_named *pair = &from->pairs[i];

        if (!strncmp(pair->name, prefix, length) && pair->name[length] &&
            !(except && weir_key_find(except, pair->name)))
            code = weir_settings_put(into, pair->name + length, pair->value, err);
    }
    return code;
}

static bool about_security(const char *name)
{
    static const char *const prefixes[] = {"security.", "sasl.", "ssl.", "enable.sasl.",
                                           "enable.ssl."};

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
            return true;
    return false;
}

weir_code client_settings_pick_security(const weir_settings *from, weir_settings *into,
                                        weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < from->count; i++)
        if (about_security(from->pairs[i].name))
            code = weir_settings_put(into, from->pairs[i].name, from->pairs[i].value, err);
    return code;
}

/* --- translating */

weir_code client_settings_translate(const weir_settings *given, bool told, weir_settings *out,
                                    weir_error *err)
{
    weir_settings made = {0};
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < given->count; i++) {
        const weir_named *pair = &given->pairs[i];
        size_t row = java_row(pair->name);

        if (row == JAVA_NAMES)
            code = weir_settings_put(&made, pair->name, pair->value, err);
        else if (java_names[row].take)
            code = java_names[row].take(given, pair, &made, err);
        else if (told)
            weir_log(WEIR_LOG_INFO, "kafka", "%s is a setting of the Java client: %s", pair->name,
                     java_names[row].note);
    }
    if (!code) {
        *out = made;
        made = (weir_settings){0};
    }
    weir_settings_free(&made);
    return code;
}

static weir_code put_all(const weir_settings *given, bool told, rd_kafka_conf_t *conf,
                         weir_error *err)
{
    weir_settings ours = {0};
    weir_code code = client_settings_translate(given, told, &ours, err);

    for (size_t i = 0; !code && i < ours.count; i++)
        code = kafka_conf_set(conf, ours.pairs[i].name, ours.pairs[i].value, err);
    weir_settings_free(&ours);
    return code;
}

weir_code client_settings_put(const weir_settings *given, rd_kafka_conf_t *conf, weir_error *err)
{
    return put_all(given, true, conf, err);
}

weir_code client_settings_gather(const weir_settings *properties, const char *bootstrap,
                                 const char *registry, weir_settings *out, weir_error *err)
{
    weir_settings all = {0};
    weir_code code = WEIR_OK;

    if ((properties && (code = weir_settings_copy(properties, &all, err))) ||
        (bootstrap && (code = weir_settings_put(&all, "bootstrap.servers", bootstrap, err))) ||
        (registry && (code = weir_settings_put(&all, "schema.registry.url", registry, err))))
        goto done;
    if (!weir_settings_get(&all, "bootstrap.servers")) {
        code = weir_fail(err, WEIR_INVALID, "bootstrap.servers is missing");
        goto done;
    }
    *out = all;
    all = (weir_settings){0};
done:
    weir_settings_free(&all);
    return code;
}

weir_code client_settings_conf(const weir_settings *gathered, const char *client_id,
                               rd_kafka_conf_t **out, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    weir_settings client = {0};
    weir_code code = client_settings_pick(gathered, "", registry_keys, &client, err);

    if (code ||
        (code =
             kafka_conf(weir_settings_get(gathered, "bootstrap.servers"), client_id, &conf, err)) ||
        (code = client_settings_put(&client, conf, err)))
        goto done;
    *out = conf;
    conf = NULL;
done:
    if (conf)
        rd_kafka_conf_destroy(conf);
    weir_settings_free(&client);
    return code;
}

/* The one setting of given with a name, in the company of the others. */
static weir_code put_one(const weir_settings *given, const weir_named *pair, rd_kafka_conf_t *conf,
                         weir_error *err)
{
    size_t row = java_row(pair->name);
    weir_settings ours = {0};
    weir_code code = WEIR_OK;

    if (row == JAVA_NAMES)
        return kafka_conf_set(conf, pair->name, pair->value, err);
    if (java_names[row].take)
        code = java_names[row].take(given, pair, &ours, err);
    for (size_t i = 0; !code && i < ours.count; i++)
        code = kafka_conf_set(conf, ours.pairs[i].name, ours.pairs[i].value, err);
    weir_settings_free(&ours);
    return code;
}

weir_code client_settings_check(const weir_settings *given, const char **culprit, weir_error *err)
{
    rd_kafka_conf_t *trial = NULL;
    weir_code code = kafka_conf("127.0.0.1:1", "weir-check", &trial, err);

    for (size_t i = 0; !code && i < given->count; i++)
        if ((code = put_one(given, &given->pairs[i], trial, err)) && culprit)
            *culprit = given->pairs[i].name;
    if (trial)
        rd_kafka_conf_destroy(trial);
    return code;
}
