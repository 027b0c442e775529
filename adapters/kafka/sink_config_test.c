/* sink_config_test.c: the published connector as it stands, and what is said about others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sink_config.h"

/* The configuration of the article about the connector; the key is one of ours. */
static const char article[] =
    "{\"connector.class\":\"com.sml.kafka.connector.SymetryKafkaSinkConnector\","
    "\"group.id\":\"connect-group-1\",\"tasks.max\":\"2\","
    "\"key.converter\":\"org.apache.kafka.connect.storage.StringConverter\","
    "\"value.converter\":\"io.confluent.connect.avro.AvroConverter\","
    "\"topics\":\"shuttle-sensor\",\"consumer.max.poll.records\":500,"
    "\"sml.attribute.types\":\"C,C,C,C,C,C,C,C,C,X\",\"sml.dataframe.max.chunk.size\":\"100\","
    "\"sml.url.1\":\"http://charm:8080/symetry/rest\",\"sml.project.1\":\"shuttle\","
    "\"sml.customer.id.1\":\"c1\",\"sml.customer.secret.key.1\":\"AAECAwQFBgcICQoLDA0ODw==\","
    "\"http.client.idle.timeout.ms\":\"55000\",\"http.client.response.buffer.size\":\"2048000\","
    "\"logging.is.verbose\":\"false\",\"logging.is.signature.included\":\"false\","
    "\"logging.is.url.body.truncated\":\"true\",\"sml.request.retry.delay.ms\":10000,"
    "\"sml.request.max.retries\":3,\"sml.project.must.preexist\":\"false\","
    "\"drop.invalid.message\":\"false\",\"key.ignore\":\"true\",\"schema.ignore\":\"true\","
    "\"behavior.on.malformed.documents\":\"warn\","
    "\"value.converter.schema.registry.url\":\"http://host.docker.internal:8081\"}";

static void read_article(weir_settings *settings)
{
    weir_error err = {0};

    assert_int_equal(weir_settings_json(article, sizeof article - 1, settings, &err), WEIR_OK);
}

static void test_article(void **state)
{
    weir_settings settings = {0};
    sink_config config = {0};
    weir_error err = {0};

    (void)state;
    read_article(&settings);
    if (sink_config_read("symetry-sink-1", &settings, &config, &err))
        fail_msg("%s", err.message);
    weir_settings_free(&settings); /* the configuration stands on its own */
    assert_string_equal(config.name, "symetry-sink-1");
    assert_int_equal(config.topic_count, 1);
    assert_string_equal(config.topics[0], "shuttle-sensor");
    assert_int_equal(config.tasks, 2);
    assert_int_equal(config.format, VALUE_AVRO);
    assert_string_equal(config.registry_url, "http://host.docker.internal:8081");
    assert_int_equal(config.target_count, 1);
    assert_string_equal(config.targets[0].url, "http://charm:8080/symetry/rest");
    assert_string_equal(config.targets[0].project, "shuttle");
    assert_string_equal(config.targets[0].cid, "c1");
    assert_int_equal(config.type_count, 10);
    assert_int_equal(config.types[8], WEIR_C);
    assert_int_equal(config.types[9], WEIR_X);
    assert_int_equal(config.chunk, 100);
    assert_int_equal(config.poll_max, 500);
    assert_int_equal(config.backoff, 10000);
    assert_int_equal(config.backoff_max, 10000);
    assert_int_equal(config.retries, 3);
    assert_int_equal(config.timeout_ms, 55000);
    assert_int_equal(config.max_answer, 2048000);
    assert_int_equal(config.malformed, SINK_WARN);
    assert_false(config.must_preexist);
    assert_true(config.persist);
    assert_null(config.dead_letters);
    sink_config_free(&config);
}

/* The article with one more or other key; says NULL: it is fine. */
static const struct {
    const char *name, *value, *says;
} changes[] = {
    {"sml.atribute.types", "C",
     "sml.atribute.types is not a known key; did you mean sml.attribute.types?"},
    {"sml.url", "http://other/symetry/rest", "exclude each other"},
    {"sml.url.2", "http://other/symetry/rest", "each server needs"},
    {"sml.customer.secret.key.1", "short", "sml.customer.secret.key is not a key"},
    {"sml.dataframe.max.chunk.size", "0", "from 1 to"},
    {"behavior.on.malformed.documents", "shout", "one of ignore, warn, fail"},
    {"drop.invalid.message", "False", NULL}, /* as Java reads truths */
    {"value.converter", "org.apache.kafka.connect.storage.StringConverter",
     "JsonConverter is wanted"},
    {"connector.class", "FileStreamSink", "connector.class is \"FileStreamSink\""},
    {"topics", "a,,b", "empty name"},
    {"topics", "a b,c", "topics holds \"a b\""},
    {"topics", " a , b.c_d-e ", NULL},
    {"consumer.override.fetch.min.bytes", "100000", NULL},
    {"consumer.fetch.min.bytes", "lots", "fetch.min.bytes"},
    {"consumer.override.no.such.thing", "1", "no.such.thing is no setting of librdkafka"},
    {"consumer.override.max.poll.records", "10", NULL}, /* known to the Java client only */
    {"sml.create.project.params", "enableHistogram=true,sml_project_autosave=false", NULL},
    {"sml.create.project.params", "{\"enableHistogram\":true}", NULL},
    {"sml.create.project.params", "enableHistogram", "k=v,k=v is wanted"},
    {"sml.create.project.params", "a=1,junk", "holds \"junk\""},
    {"sml.create.project.params", "x>1,a=1", "holds \"x>1\""},
    {"sml.create.project.params", "enableHistogram=yes", "enableHistogram is \"yes\""},
    {"sml.create.project.params", "{\"enableHistogram\":1}", "enableHistogram is \"1\""},
    {"sml.attribute.types", "C,C,Q", "holds \"Q\""},
    {"transforms", "a", "no single message transforms"},
    {"predicates", "a", "no single message transforms"},
    {"transforms", "", NULL},
    {"topics.regex", "shuttle-.*", "mutually exclusive"},
    {"topics", "", "one of topics or topics.regex"},
    {"errors.deadletterqueue.topic.name", "shuttle-sensor", "which the connector reads itself"},
    {"errors.deadletterqueue.topic.name", "shuttle-dead", NULL},
    {"producer.override.linger.ms", "5", NULL},
    {"producer.override.linger.ms", "long", "linger.ms"},
    {"value.converter", "io.apicurio.registry.utils.converter.AvroConverter", NULL},
    {"key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter", NULL},
    {"tasks.max.enforce", "perhaps", "true or false"},
};

static void test_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        weir_settings settings = {0};
        sink_config config = {0};
        weir_error err = {0};
        weir_code code = WEIR_OK;

        read_article(&settings);
        assert_int_equal(weir_settings_put(&settings, changes[i].name, changes[i].value, &err),
                         WEIR_OK);
        code = sink_config_read("c", &settings, &config, &err);
        if (!changes[i].says && code)
            fail_msg("%s=%s: %s", changes[i].name, changes[i].value, err.message);
        if (changes[i].says && (code != WEIR_INVALID || !strstr(err.message, changes[i].says)))
            fail_msg("%s=%s: \"%s\" does not say \"%s\"", changes[i].name, changes[i].value,
                     err.message, changes[i].says);
        assert_null(strstr(err.message, "AAECAw")); /* no secret in any sentence */
        weir_settings_free(&settings);
        sink_config_free(&config);
    }
}

/* Parameters of a project that is made, by the text that gives them. */
static const struct {
    const char *text;
    const char *pairs[7]; /* name, value, ... */
} params[] = {
    {"", {0}},
    {"a=1", {"a", "1"}},
    {" a=1 , b = 2 ", {0}}, /* no pair: a blank in a name */
    {"a=1 , b.c-d_2=x y ", {"a", "1", "b.c-d_2", "x y"}},
    {"a=,b=2", {"a", "", "b", "2"}},
    {"f=x>=1.5;y==n,b=2", {"f", "x>=1.5;y==n", "b", "2"}},
    {"f=x>=1.5,y==n,b=2", {"f", "x>=1.5,y==n", "b", "2"}},
    {"b=2,f=x<3, y != n", {"b", "2", "f", "x<3, y != n"}},
    {"f=y==\"a,b=c\",b=2", {"f", "y==\"a,b=c\"", "b", "2"}},
    {"f=\"a,b\"<3,\"c,d\">1,b=2", {"f", "\"a,b\"<3,\"c,d\">1", "b", "2"}},
    {"{\"f\":\"x>=1,y==n\",\"n\":100}", {"f", "x>=1,y==n", "n", "100"}},
};

static void test_params(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        weir_settings settings = {0};
        sink_config config = {0};
        weir_error err = {0};
        size_t count = 0;

        read_article(&settings);
        assert_int_equal(
            weir_settings_put(&settings, "sml.create.project.params", params[i].text, &err),
            WEIR_OK);
        while (params[i].pairs[2 * count])
            count++;
        if (sink_config_read("c", &settings, &config, &err) && (count || !*params[i].text))
            fail_msg("\"%s\": %s", params[i].text, err.message);
        if (config.param_count != count)
            fail_msg("\"%s\" holds %zu parameters", params[i].text, config.param_count);
        for (size_t p = 0; p < count; p++) {
            assert_string_equal(config.params[p].name, params[i].pairs[2 * p]);
            assert_string_equal(config.params[p].value, params[i].pairs[2 * p + 1]);
        }
        weir_settings_free(&settings);
        sink_config_free(&config);
    }
}

static weir_code with(weir_settings *settings, const char *name, const char *value)
{
    return weir_settings_put(settings, name, value, NULL);
}

/* Which of the ways of saying it decides about records that cannot be read. */
static void test_malformed(void **state)
{
    static const struct {
        const char *drop, *behavior, *tolerance, *log;
        sink_malformed want;
    } rows[] = {
        {NULL, NULL, NULL, NULL, SINK_FAIL},       {NULL, NULL, "all", NULL, SINK_IGNORE},
        {NULL, NULL, "all", "true", SINK_WARN},    {NULL, "fail", "all", NULL, SINK_FAIL},
        {NULL, "ignore", NULL, NULL, SINK_IGNORE}, {"true", "fail", NULL, NULL, SINK_IGNORE},
        {"false", "warn", NULL, NULL, SINK_WARN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_settings settings = {0};
        sink_config config = {0};
        weir_error err = {0};

        with(&settings, "connector.class", "SymetryKafkaSinkConnector");
        with(&settings, "topics", " a , b ");
        with(&settings, "sml.url", "http://h/symetry/rest");
        with(&settings, "sml.project", "p");
        with(&settings, "sml.customer.id", "c1");
        with(&settings, "sml.customer.secret.key", "AAECAwQFBgcICQoLDA0ODw==");
        if (rows[i].drop)
            with(&settings, "drop.invalid.message", rows[i].drop);
        if (rows[i].behavior)
            with(&settings, "behavior.on.malformed.documents", rows[i].behavior);
        if (rows[i].tolerance)
            with(&settings, "errors.tolerance", rows[i].tolerance);
        if (rows[i].log)
            with(&settings, "errors.log.enable", rows[i].log);
        if (sink_config_read("c", &settings, &config, &err))
            fail_msg("%s", err.message);
        assert_int_equal(config.malformed, rows[i].want);
        assert_int_equal(config.topic_count, 2);
        assert_string_equal(config.topics[0], "a");
        assert_string_equal(config.topics[1], "b");
        assert_int_equal(config.format, VALUE_JSON_ENVELOPE);
        sink_config_free(&config);
        weir_settings_free(&settings);
    }
}

/* topics.regex for librdkafka; says NULL: it is fine. */
static const struct {
    const char *regex, *pattern, *says;
} patterns[] = {
    {"shuttle-.*", "^(shuttle-.*)$", NULL},
    {"a|b", "^(a|b)$", NULL},
    {"t\\d+\\.x", "^(t[0-9]+\\.x)$", NULL},
    {"(?:a|b)c", "^((a|b)c)$", NULL},
    {"(?=a)b", NULL, "only (?: is known"},
    {"a[", NULL, "topics.regex is \"a[\""},
    {"a(", NULL, "topics.regex is \"a(\""},
    {"a\\", NULL, NULL}, /* the backslash then is of the group's end */
};

static void test_patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        weir_settings settings = {0};
        sink_config config = {0};
        weir_error err = {0};
        weir_code code = WEIR_OK;

        read_article(&settings);
        with(&settings, "topics", "");
        with(&settings, "topics.regex", patterns[i].regex);
        code = sink_config_read("c", &settings, &config, &err);
        if (patterns[i].pattern) {
            if (code)
                fail_msg("%s: %s", patterns[i].regex, err.message);
            assert_string_equal(config.pattern, patterns[i].pattern);
            assert_int_equal(config.topic_count, 0);
        } else if (!code || (patterns[i].says && !strstr(err.message, patterns[i].says))) {
            fail_msg("%s: \"%s\"", patterns[i].regex, err.message);
        }
        weir_settings_free(&settings);
        sink_config_free(&config);
    }
}

/* All that is wrong at once, each under its key, and no secret in it. */
static void test_faults(void **state)
{
    static const char *const wrong[][3] = {
        {"tasks.max", "many", "whole number"},
        {"sml.url.1", "gopher://x", "a URL"},
        {"sml.atribute.types", "C", "did you mean sml.attribute.types"},
        {"topics.regex", "x", "mutually exclusive"},
        {"value.converter", "XmlConverter", "is wanted"},
        {"consumer.override.fetch.min.bytes", "lots", "fetch.min.bytes"},
        {"sml.customer.secret.key.1", "", "sml.customer.secret.key.1 is empty"},
    };
    weir_settings settings = {0}, faults = {0};

    (void)state;
    read_article(&settings);
    assert_int_equal(sink_config_faults("c", &settings, &faults, NULL), WEIR_OK);
    assert_int_equal(faults.count, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        with(&settings, wrong[i][0], wrong[i][1]);
    assert_int_equal(sink_config_faults("c", &settings, &faults, NULL), WEIR_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *said = weir_settings_get(&faults, wrong[i][0]);

        if (wrong[i][2] && (!said || !strstr(said, wrong[i][2])))
            fail_msg("%s: \"%s\"", wrong[i][0], said ? said : "nothing");
    }
    assert_non_null(strstr(weir_settings_get(&faults, "topics"), "mutually exclusive"));
    assert_int_equal(faults.count, sizeof wrong / sizeof *wrong + 1);
    weir_settings_free(&faults);
    weir_settings_free(&settings);
    assert_int_equal(sink_config_faults("c", &settings, &faults, NULL), WEIR_OK);
    assert_non_null(weir_settings_get(&faults, "connector.class"));
    assert_non_null(weir_settings_get(&faults, "sml.customer.secret.key"));
    weir_settings_free(&faults);
}

/* A fault is told once, with its own key. */
static void test_lone_faults(void **state)
{
    static const char *const wrong[][3] = {
        {"value.converter.schema.registry.url", "nowhere", "a URL"},
        {"value.converter.basic.auth.credentials.source", "NONE", "one of URL"},
        {"topics", "a,,b", "empty name"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        weir_settings settings = {0}, faults = {0};

        read_article(&settings);
        with(&settings, wrong[i][0], wrong[i][1]);
        assert_int_equal(sink_config_faults("c", &settings, &faults, NULL), WEIR_OK);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.pairs[0].name, wrong[i][0]);
        assert_non_null(strstr(faults.pairs[0].value, wrong[i][2]));
        weir_settings_free(&settings);
        weir_settings_free(&faults);
    }
}

/* An Apicurio registry is asked by Confluent's calls. */
static void test_apicurio(void **state)
{
    weir_settings settings = {0};
    sink_config config = {0};
    weir_error err = {0};

    (void)state;
    read_article(&settings);
    with(&settings, "value.converter", "io.apicurio.registry.utils.converter.AvroConverter");
    with(&settings, "value.converter.apicurio.registry.url", "http://h:1/apis/registry/v2");
    if (sink_config_read("c", &settings, &config, &err))
        fail_msg("%s", err.message);
    assert_string_equal(config.registry_url, "http://host.docker.internal:8081"); /* goes before */
    sink_config_free(&config);
    for (size_t i = 0; i < settings.count; i++)
        if (!strcmp(settings.pairs[i].name, "value.converter.schema.registry.url"))
            strcpy(settings.pairs[i].name, "other");
    if (sink_config_read("c", &settings, &config, &err))
        fail_msg("%s", err.message);
    assert_string_equal(config.registry_url, "http://h:1/apis/ccompat/v7");
    assert_string_equal(config.converter, "io.apicurio.registry.utils.converter.AvroConverter");
    sink_config_free(&config);
    weir_settings_free(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_article),     cmocka_unit_test(test_changes),
        cmocka_unit_test(test_params),      cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_patterns),    cmocka_unit_test(test_faults),
        cmocka_unit_test(test_lone_faults), cmocka_unit_test(test_apicurio)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
