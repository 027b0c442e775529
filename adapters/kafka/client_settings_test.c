/* client_settings_test.c: settings of the Java client as librdkafka has them; settings that cannot be met.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "client_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "jaas.h"
#include "weir/memory.h"

#define PLAIN "org.apache.kafka.common.security.plain.PlainLoginModule"
#define SCRAM "org.apache.kafka.common.security.scram.ScramLoginModule"
#define OAUTH "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"

/* Pairs of name and value, ended by NULL. */
typedef const char *pairs[13];

static void fill(weir_settings *out, const pairs from)
{
    for (size_t i = 0; from[i]; i += 2)
        assert_int_equal(weir_settings_put(out, from[i], from[i + 1], NULL), WEIR_OK);
}

static const struct {
    const char *title;
    pairs given, want;
} translations[] = {
    {"librdkafka's names pass",
     {"security.protocol", "SASL_SSL", "sasl.username", "u", "fetch.wait.max.ms", "5", NULL},
     {"security.protocol", "SASL_SSL", "sasl.username", "u", "fetch.wait.max.ms", "5", NULL}},
    {"Confluent Cloud's own example",
     {"security.protocol", "SASL_SSL", "sasl.mechanism", "PLAIN", "sasl.jaas.config",
      PLAIN " required username='ABC' password='d=e;f\"';", "client.dns.lookup", "use_all_dns_ips",
      "session.timeout.ms", "45000", NULL},
     {"security.protocol", "SASL_SSL", "sasl.mechanism", "PLAIN", "sasl.username", "ABC",
      "sasl.password", "d=e;f\"", "session.timeout.ms", "45000", NULL}},
    {"a plain login module stands for its mechanism",
     {"sasl.jaas.config", PLAIN "  required\n username=\"a\\\"b\\\\\"\n password=c ; ", NULL},
     {"sasl.username", "a\"b\\", "sasl.password", "c", "sasl.mechanism", "PLAIN", NULL}},
    {"a scram module does not: there are two",
     {"sasl.mechanism", "SCRAM-SHA-512", "sasl.jaas.config",
      SCRAM " required username=\"u\" password=\"\";", NULL},
     {"sasl.mechanism", "SCRAM-SHA-512", "sasl.username", "u", "sasl.password", "", NULL}},
    {"a client of an identity provider",
     {"sasl.jaas.config",
      OAUTH " required clientId='i' clientSecret='s' scope='x' extension_logicalCluster='lkc-1' "
            "extension_identityPoolId='pool-2';",
      NULL},
     {"sasl.mechanism", "OAUTHBEARER", "sasl.oauthbearer.client.id", "i",
      "sasl.oauthbearer.client.secret", "s", "sasl.oauthbearer.scope", "x",
      "sasl.oauthbearer.extensions", "logicalCluster=lkc-1,identityPoolId=pool-2", NULL}},
    {"a token that nobody signs",
     {"sasl.mechanism", "OAUTHBEARER", "sasl.jaas.config",
      OAUTH " required unsecuredLoginStringClaim_sub=\"alice\";", NULL},
     {"sasl.mechanism", "OAUTHBEARER", "sasl.oauthbearer.config", "principal=alice",
      "enable.sasl.oauthbearer.unsecure.jwt", "true", NULL}},
    {"the handler that Kafka brings along",
     {"sasl.login.callback.handler.class",
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler", NULL},
     {"sasl.oauthbearer.method", "oidc", NULL}},
    {"an empty algorithm is none",
     {"ssl.endpoint.identification.algorithm", "", NULL},
     {"ssl.endpoint.identification.algorithm", "none", NULL}},
    {"certificates as texts",
     {"ssl.truststore.type", "PEM", "ssl.truststore.certificates", "CA", "ssl.keystore.type", "PEM",
      "ssl.keystore.certificate.chain", "CERT", "ssl.keystore.key", "KEY", NULL},
     {"ssl.ca.pem", "CA", "ssl.certificate.pem", "CERT", "ssl.key.pem", "KEY", NULL}},
    {"assignors are words",
     {"partition.assignment.strategy",
      "org.apache.kafka.clients.consumer.RangeAssignor,"
      "org.apache.kafka.clients.consumer.RoundRobinAssignor",
      NULL},
     {"partition.assignment.strategy", "range,roundrobin", NULL}},
    {"the protocols of assignors do not mix",
     {"partition.assignment.strategy",
      "org.apache.kafka.clients.consumer.RangeAssignor,"
      "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
      NULL},
     {"partition.assignment.strategy", "cooperative-sticky", NULL}},
    {"other names",
     {"fetch.max.wait.ms", "7", "auto.offset.reset", "none", "key.deserializer", "X", NULL},
     {"fetch.wait.max.ms", "7", "auto.offset.reset", "error", NULL}},
};

static void settings_are_translated(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof translations / sizeof *translations; t++) {
        weir_settings given = {0}, out = {0};
        weir_error err = {0};
        size_t want = 0;

        fill(&given, translations[t].given);
        if (client_settings_translate(&given, false, &out, &err))
            fail_msg("%s: %s", translations[t].title, err.message);
        for (; translations[t].want[want]; want += 2) {
            const char *value = weir_settings_get(&out, translations[t].want[want]);

            if (!value || strcmp(value, translations[t].want[want + 1]) != 0)
                fail_msg("%s: %s is %s", translations[t].title, translations[t].want[want],
                         value ? value : "missing");
        }
        if (out.count != want / 2)
            fail_msg("%s: %zu settings", translations[t].title, out.count);
        weir_settings_free(&given);
        weir_settings_free(&out);
    }
}

static const struct {
    const char *title;
    pairs given;
    const char *says;
} refusals[] = {
    {"a JKS store",
     {"ssl.keystore.location", "/x/k.jks", "ssl.keystore.type", "JKS", NULL},
     "keytool -importkeystore"},
    {"a store that is not there",
     {"ssl.truststore.location", "/nowhere/ca.pem", NULL},
     "/nowhere/ca.pem"},
    {"a store of no known type",
     {"ssl.keystore.location", "k", "ssl.keystore.type", "BKS", NULL},
     "BKS"},
    {"Kerberos by login module",
     {"sasl.jaas.config", "com.sun.security.auth.module.Krb5LoginModule required x=y;", NULL},
     "sasl.kerberos.principal"},
    {"a handler of one's own",
     {"sasl.login.callback.handler.class", "com.example.Mine", NULL},
     "com.example.Mine"},
    {"an assignor of one's own",
     {"partition.assignment.strategy", "com.example.Mine", NULL},
     "com.example.Mine"},
    {"no password", {"sasl.jaas.config", PLAIN " required username=u;", NULL}, "password"},
    {"no semicolon",
     {"sasl.jaas.config", PLAIN " required username=u password=hush", NULL},
     "semicolon"},
    {"a quote without end",
     {"sasl.jaas.config", PLAIN " required password=\"hush;", NULL},
     "option 1"},
    {"nothing", {"sasl.jaas.config", "", NULL}, "not of the form"},
    {"two modules",
     {"sasl.jaas.config", PLAIN " required username=u password=hush; " PLAIN " required;", NULL},
     "more than one"},
    {"a name nobody knows", {"sasl.mecanism", "PLAIN", NULL}, "sasl.mecanism"},
    {"a value librdkafka refuses", {"security.protocol", "TLS", NULL}, "security.protocol"},
};

static void what_cannot_be_met_is_refused(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof refusals / sizeof *refusals; t++) {
        weir_settings given = {0};
        weir_error err = {0};

        fill(&given, refusals[t].given);
        if (client_settings_check(&given, NULL, &err) != WEIR_INVALID)
            fail_msg("%s: taken", refusals[t].title);
        if (!strstr(err.message, refusals[t].says))
            fail_msg("%s: says \"%s\"", refusals[t].title, err.message);
        if (strstr(err.message, "hush"))
            fail_msg("%s: tells a password: \"%s\"", refusals[t].title, err.message);
        weir_settings_free(&given);
    }
}

/* What a store is by its bytes: a PEM text, a PKCS#12 sequence, a JKS file. */
static void stores_are_told_apart(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        weir_code code;
        const char *name; /* that librdkafka gets */
    } stores[] = {
        {"remarks\n-----BEGIN CERTIFICATE-----\n", 36, WEIR_OK, "ssl.certificate.location"},
        {"\x30\x82\x01\x00", 4, WEIR_OK, "ssl.keystore.location"},
        {"\xfe\xed\xfe\xed\x00\x00", 6, WEIR_INVALID, NULL},
        {"", 0, WEIR_INVALID, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        char path[] = "/tmp/weir-store-XXXXXX";
        int file = mkstemp(path);
        weir_settings given = {0}, out = {0};

        assert_true(file >= 0);
        assert_int_equal(write(file, stores[i].bytes, stores[i].size), stores[i].size);
        close(file);
        fill(&given, (pairs){"ssl.keystore.location", path, "ssl.keystore.password", "p", NULL});
        assert_int_equal(client_settings_translate(&given, false, &out, NULL), stores[i].code);
        if (stores[i].name)
            assert_string_equal(weir_settings_get(&out, stores[i].name), path);
        unlink(path);
        weir_settings_free(&given);
        weir_settings_free(&out);
    }
}

static void settings_are_picked(void **state)
{
    static const weir_key keys[] = {{.name = "consumer.max.poll.records"}, {.name = NULL}};
    weir_settings given = {0}, picked = {0}, secure = {0};

    (void)state;
    fill(&given,
         (pairs){"consumer.max.poll.records", "5", "consumer.sasl.username", "a", "consumer.", "x",
                 "consumer.client.rack", "r", "sasl.username", "b", NULL});
    assert_int_equal(client_settings_pick(&given, "consumer.", keys, &picked, NULL), WEIR_OK);
    assert_int_equal(picked.count, 2);
    assert_string_equal(weir_settings_get(&picked, "sasl.username"), "a");
    assert_string_equal(weir_settings_get(&picked, "client.rack"), "r");
    assert_int_equal(client_settings_pick_security(&picked, &secure, NULL), WEIR_OK);
    assert_int_equal(secure.count, 1);
    weir_settings_free(&given);
    weir_settings_free(&picked);
    weir_settings_free(&secure);
}

static void secrets_are_known(void **state)
{
    static const char *const secret[] = {"sasl.password",
                                         "consumer.override.sasl.jaas.config",
                                         "value.converter.basic.auth.user.info",
                                         "schema.registry.bearer.auth.token",
                                         "ssl.key.pem",
                                         "sml.customer.secret.key.2",
                                         "sasl.oauthbearer.client.secret"};

    (void)state;
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        assert_true(weir_setting_secret(secret[i], "v"));
    assert_true(weir_setting_secret("schema.registry.url", "https://u:p@host/x"));
    assert_false(weir_setting_secret("schema.registry.url", "https://host/x@y"));
    assert_false(weir_setting_secret("topics", "a,b"));
}

/* Any bytes are either read or refused. */
static void texts_of_any_kind_end(void **state)
{
    static const char letters[] = "ab= ;\"'\\\n";
    uint64_t random = 7;

    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        char text[24], *module = NULL;
        weir_settings options = {0};
        size_t length = 0;

        for (; length < sizeof text - 1; length++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[length] = letters[(random >> 33) % (sizeof letters - 1)];
        }
        text[length] = 0;
        if (jaas_read(text, &module, &options, NULL)) {
            assert_null(module);
            assert_int_equal(options.count, 0);
        }
        weir_free(module);
        weir_settings_free(&options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_translated), cmocka_unit_test(what_cannot_be_met_is_refused),
        cmocka_unit_test(stores_are_told_apart),   cmocka_unit_test(settings_are_picked),
        cmocka_unit_test(secrets_are_known),       cmocka_unit_test(texts_of_any_kind_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
