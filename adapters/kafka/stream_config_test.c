/* stream_config_test.c: the published properties file, one pair a line, and what is said about others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stream_config.h"

static const char article[] = "sml.kstream.source.topic=shuttle-sensor\n"
                              "sml.kstream.sink.topic = shuttle-sensor-preds\n"
                              "sml.kstream.app.id=smlks-app-v1\n"
                              "sml.kstream.client.id=smlks-client-v1\n"
                              "sml.kstream.project.id=shuttle\n"
                              "sml.kstream.model.id=hba1  \n"
                              "sml.kstream.rest=true\n"
                              "sml.kstream.rest.user=c1\n"
                              "sml.kstream.rest.secret=AAECAwQFBgcICQoLDA0ODw==\n"
                              "sml.kstream.rest.host=http://charm:8080\n"
                              "sml.kstream.record.poll.max=500\n"
                              "sml.kstream.schedule.ms=4000\n"
                              "bootstrap.servers=charm:9092\n"
                              "schema.registry.url=http://charm:8081\n"
                              "enable.auto.commit=true\n"
                              "commit.interval.ms=5000\n";

static void test_article(void **state)
{
    weir_settings settings = {0};
    stream_config config = {0};
    weir_error err = {0};

    (void)state;
    assert_int_equal(weir_settings_properties(article, sizeof article - 1, &settings, &err),
                     WEIR_OK);
    if (stream_config_read(&settings, &config, &err))
        fail_msg("%s", err.message);
    weir_settings_free(&settings);
    assert_string_equal(config.source, "shuttle-sensor");
    assert_string_equal(config.sink, "shuttle-sensor-preds");
    assert_string_equal(config.app_id, "smlks-app-v1");
    assert_string_equal(config.client_id, "smlks-client-v1");
    assert_string_equal(config.project, "shuttle");
    assert_string_equal(config.model, "hba1");
    assert_string_equal(config.url, "http://charm:8080/symetry/rest");
    assert_string_equal(config.user, "c1");
    assert_true(config.rest);
    assert_true(config.auto_commit);
    assert_int_equal(config.poll_max, 500);
    assert_int_equal(config.schedule_ms, 4000);
    assert_int_equal(config.commit_ms, 5000);
    assert_int_equal(config.exact_commit_ms, 5000);
    assert_int_equal(config.transaction_timeout_ms, 15000); /* above what a transaction may last */
    assert_int_equal(config.guarantee, STREAM_GUARANTEE_BEST);
    assert_int_equal(strncmp(config.transactional_id, "smlks-app-v1-", 13), 0);
    assert_int_equal(strlen(config.transactional_id), 13 + 16); /* the instance is drawn */
    assert_string_equal(config.fields[STREAM_FIELD_RES], "res");
    assert_string_equal(config.fields[STREAM_FIELD_SCORE], "anomaly_score");
    assert_string_equal(config.fields[STREAM_FIELD_VERSION], "model_version");
    assert_int_equal(config.explain, 0);
    assert_false(config.evt);
    assert_null(config.metrics);
    assert_string_equal(config.bootstrap, "charm:9092");
    assert_string_equal(config.registry_url, "http://charm:8081");
    stream_config_free(&config);
}

static const struct {
    const char *name, *value, *says; /* says NULL: fine */
} changes[] = {
    {"sml.kstream.modle.id", "m", "did you mean sml.kstream.model.id?"},
    {"sml.kstream.sink.topic", "shuttle-sensor", "source and sink are both"},
    {"sml.kstream.record.poll.max", "0", "from 1 to"},
    {"sml.kstream.rest", "maybe", "true or false"},
    {"sml.kstream.rest.host", "charm:8080", "http://"},
    {"fetch.min.bytes", "1000", NULL},
    {"fetch.min.bytes", "lots", "fetch.min.bytes"},
    {"compression.type", "zstd", NULL},
    {"num.stream.threads", "4", NULL}, /* the Java client's */
    {"default.value.serde", "x", NULL},
    {"no.such.property", "1", "no.such.property is no setting of librdkafka"},
    {"sml.task.heap.max", "2048m", NULL},
    {"processing.guarantee", "exactly_once", NULL},
    {"processing.guarantee", "exactly_once_v2", NULL},
    {"processing.guarantee", "at_least_once", NULL},
    {"processing.guarantee", "maybe", "exactly_once"},
    {"sml.kstream.field.score", "", NULL},
    {"sml.kstream.field.score", "odd_1", NULL},
    {"sml.kstream.field.score", "1odd", "no digit first"},
    {"sml.kstream.field.score", "so odd", "letters, digits and _"},
    {"sml.kstream.explain", "3", "sml.kstream.rest=false"},
    {"sml.kstream.explain", "17", "from 0 to 16"},
    {"sml.kstream.evt.alpha", "none", "a number is wanted"},
    {"sml.kstream.evt.alpha", "1.5", "between 0 and 1"},
    {"sml.kstream.evt.quantile", "98", NULL},
    {"sml.kstream.evt.quantile", "0.2", "0.5 to below 1"},
    {"sml.kstream.evt.quantile", "100", "0.5 to below 1"},
    {"sml.kstream.evt.warmup.size", "3", "from 10 to"},
};

static void test_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        weir_settings settings = {0};
        stream_config config = {0};
        weir_error err = {0};
        weir_code code = WEIR_OK;

        assert_int_equal(weir_settings_properties(article, sizeof article - 1, &settings, &err),
                         WEIR_OK);
        assert_int_equal(weir_settings_put(&settings, changes[i].name, changes[i].value, &err),
                         WEIR_OK);
        code = stream_config_read(&settings, &config, &err);
        if (!changes[i].says && code)
            fail_msg("%s=%s: %s", changes[i].name, changes[i].value, err.message);
        if (changes[i].says && (code != WEIR_INVALID || !strstr(err.message, changes[i].says)))
            fail_msg("%s=%s: \"%s\" does not say \"%s\"", changes[i].name, changes[i].value,
                     err.message, changes[i].says);
        stream_config_free(&config);
        weir_settings_free(&settings);
    }
}

/* What is not given follows from the guarantee; a name makes the transactional id one that comes back. */
static void test_transactions(void **state)
{
    const char without[] = "commit.interval.ms=5000\n";
    char text[sizeof article];
    weir_settings settings = {0};
    stream_config config = {0};
    weir_error err = {0};

    (void)state;
    memcpy(text, article, sizeof article);
    memset(strstr(text, without), '\n', sizeof without - 1);
    assert_int_equal(weir_settings_properties(text, sizeof text - 1, &settings, &err), WEIR_OK);
    assert_int_equal(weir_settings_put(&settings, "sml.kstream.instance.id", "two", &err), WEIR_OK);
    assert_int_equal(weir_settings_put(&settings, "processing.guarantee", "exactly_once_v2", &err),
                     WEIR_OK);
    assert_int_equal(stream_config_read(&settings, &config, &err), WEIR_OK);
    assert_int_equal(config.guarantee, STREAM_EXACTLY_ONCE);
    assert_int_equal(config.commit_ms, 5000);
    assert_int_equal(config.exact_commit_ms, 100);
    assert_int_equal(config.transaction_timeout_ms, 10000);
    assert_string_equal(config.transactional_id, "smlks-app-v1-two");
    stream_config_free(&config);
    weir_settings_free(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_article),
                                       cmocka_unit_test(test_transactions),
                                       cmocka_unit_test(test_changes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
