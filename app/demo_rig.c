/* demo_rig.c: see demo_rig.h.
 *
 * With the embedded broker each start is a new cluster, and says so in the source id under which rows are learned: a
 * random name stands for the cluster's. On a real broker the cluster's own id is used and offsets go on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "demo_rig.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "demo_data.h"
#include "demo_registry.h"
#include "server.h"
#include "weir/codecs_builtin.h"
#include "weir/connect.h"
#include "weir/embedded.h"
#include "weir/engine.h"
#include "weir/kafka_tail.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/remote_rest.h"
#include "weir/signing.h"

#define USER "demo"
#define CONNECTOR "symetry-sink-1"
#define PARTITIONS 2
#define SCORERS 4
#define SECRET_SIZE 16

typedef struct {
    weir_stream *stream;
    pthread_t thread;
    bool started;
    atomic_bool ended; /* err and code are written before it, by the thread */
    weir_error err;
    weir_code code;
} demo_scorer;

struct demo_rig {
    char *bootstrap, *suffix, *registry_url; /* registry_url NULL: JSON */
    char csv_path[4096];
    char url[300], secret[64], cluster[40];
    weir_embedded *embedded;
    demo_registry *registry;
    weir_kafka_tail *tail;
    server *server;
    weir_remote *remote;
    weir_simulator *simulator;
    weir_connect *worker;
    demo_scorer scorers[SCORERS];
    size_t scorer_count;
};

const char *demo_rig_topic(const demo_rig *rig, const char *topic, char *out, size_t room)
{
    snprintf(out, room, "%s%s", topic, rig->suffix);
    return out;
}

/* --- starting */

static weir_code make_directory(const char *path, weir_error *err)
{
    char parent[4096];

    if (snprintf(parent, sizeof parent, "%s", path) >= (int)sizeof parent)
        return weir_fail(err, WEIR_INVALID, "the path %.60s... is too long", path);
    for (char *at = parent + 1; *at; at++)
        if (*at == '/') {
            *at = 0;
            mkdir(parent, 0700);
            *at = '/';
        }
    if (mkdir(parent, 0700) && errno != EEXIST)
        return weir_fail(err, WEIR_INVALID, "%s: %s", path, strerror(errno));
    return WEIR_OK;
}

/* Writes the rows that are in the program where the simulator can read them. */
static weir_code unpack_rows(demo_rig *rig, const char *directory, weir_error *err)
{
    size_t size = 0;
    const unsigned char *rows = demo_data(&size);
    FILE *file = NULL;
    bool written = false;

    if (snprintf(rig->csv_path, sizeof rig->csv_path, "%s/shuttle.csv.zst", directory) >=
        (int)sizeof rig->csv_path)
        return weir_fail(err, WEIR_INVALID, "the path %.60s... is too long", directory);
    if (!(file = fopen(rig->csv_path, "wb")))
        return weir_fail(err, WEIR_STORE, "%.180s: %s", rig->csv_path, strerror(errno));
    written = fwrite(rows, 1, size, file) == size;
    if (fclose(file) || !written)
        return weir_fail(err, WEIR_STORE, "%.180s: %s", rig->csv_path, strerror(errno));
    return WEIR_OK;
}

static weir_code open_broker(demo_rig *rig, const demo_options *options, weir_error *err)
{
    uint64_t random = 0;
    weir_code code = WEIR_OK;

    if (options->bootstrap) {
        rig->bootstrap = weir_strdup(options->bootstrap);
        if (options->registry)
            rig->registry_url = weir_strdup(options->registry);
    } else {
        if ((code = weir_embedded_open(&rig->embedded, err)) ||
            (code = weir_embedded_topic(rig->embedded, DEMO_SOURCE, PARTITIONS, err)) ||
            (code = demo_registry_open(&rig->registry, err)))
            return code;
        rig->bootstrap = weir_strdup(weir_embedded_bootstrap(rig->embedded));
        rig->registry_url = weir_strdup(demo_registry_url(rig->registry));
        if (getrandom(&random, sizeof random, 0) != sizeof random)
            return weir_fail(err, WEIR_INTERNAL, "no random numbers: %s", strerror(errno));
        snprintf(rig->cluster, sizeof rig->cluster, "embedded-%016llx", (unsigned long long)random);
    }
    if (!rig->bootstrap || ((rig->embedded || options->registry) && !rig->registry_url))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the demo");
    if (rig->embedded) /* any Kafka client may look in */
        weir_log(WEIR_LOG_INFO, "demo", "embedded broker %s, schema registry %s", rig->bootstrap,
                 rig->registry_url);
    const weir_kafka_tail_options watch = {.bootstrap = rig->bootstrap,
                                           .registry = rig->registry_url,
                                           .codecs = &weir_codecs_builtin,
                                           .registries = &weir_registry_http};
    return weir_kafka_tail_open(&watch, &rig->tail, err);
}

/* The demo's user: made at the first start, and known again by its secret at later ones. */
static weir_code ensure_user(demo_rig *rig, weir_error *err)
{
    uint8_t secret[WEIR_SECRET_MAX];
    size_t size = sizeof secret;
    weir_engine *engine = server_engine(rig->server);
    weir_code code = weir_customer_secret(engine, USER, secret, &size, err);

    if (code == WEIR_UNAUTHORIZED || code == WEIR_NOT_FOUND) {
        size = SECRET_SIZE;
        if (getrandom(secret, size, 0) != (ssize_t)size)
            return weir_fail(err, WEIR_INTERNAL, "no random numbers: %s", strerror(errno));
        code = weir_customer_add(engine, USER, secret, size, err);
    }
    if (!code && size > 3 * sizeof rig->secret / 4 - 3)
        code = weir_fail(err, WEIR_INVALID, "the secret of %s has %zu bytes", USER, size);
    if (!code)
        weir_base64_encode(secret, size, rig->secret);
    explicit_bzero(secret, sizeof secret);
    return code;
}

static weir_code open_server(demo_rig *rig, const demo_options *options, weir_error *err)
{
    server_options wanted = {
        .listen = options->listen, .data = options->data, .tail = weir_kafka_tail_port(rig->tail)};
    weir_code code = server_open(&wanted, &rig->server, err);

    if (code && options->listen_any) {
        wanted.listen = "127.0.0.1:0";
        code = server_open(&wanted, &rig->server, err);
    }
    if (code)
        return code;
    snprintf(rig->url, sizeof rig->url, "http://%s", server_address(rig->server));
    return ensure_user(rig, err);
}

static weir_code open_remote(demo_rig *rig, weir_error *err)
{
    char base[400];
    const weir_remote_options options = {
        .url = base, .cid = USER, .secret = rig->secret, .timeout_ms = 30000};

    snprintf(base, sizeof base, "%s/symetry/rest", rig->url);
    return weir_remote_rest.open(&options, &rig->remote, err);
}

static weir_code open_simulator(demo_rig *rig, weir_error *err)
{
    char topic[300];
    const weir_simulate_options options = {
        .bootstrap = rig->bootstrap,
        .topic = demo_rig_topic(rig, DEMO_SOURCE, topic, sizeof topic),
        .csv = rig->csv_path,
        .format = rig->registry_url ? "avro" : "json",
        .registry = rig->registry_url,
        .partitions = PARTITIONS,
        .codecs = &weir_codecs_builtin,
        .registries = &weir_registry_http};

    return weir_simulator_open(&options, &rig->simulator, err);
}

weir_code demo_rig_open(const demo_options *options, demo_rig **out, weir_error *err)
{
    weir_code code = WEIR_OK;
    demo_rig *rig = weir_calloc(1, sizeof *rig);

    if (!rig || !(rig->suffix = weir_strdup(options->suffix))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the demo");
        goto done;
    }
    if ((code = make_directory(options->data, err)) ||
        (code = unpack_rows(rig, options->data, err)) || (code = open_broker(rig, options, err)) ||
        (code = open_server(rig, options, err)) || (code = open_remote(rig, err)) ||
        (code = open_simulator(rig, err)))
        goto done;
    *out = rig;
    rig = NULL;
done:
    demo_rig_close(rig);
    return code;
}

void demo_rig_close(demo_rig *rig)
{
    if (!rig)
        return;
    for (size_t i = 0; i < rig->scorer_count; i++)
        weir_stream_end(rig->scorers[i].stream);
    weir_simulator_close(rig->simulator);
    weir_connect_close(rig->worker);
    for (size_t i = 0; i < rig->scorer_count; i++) {
        if (rig->scorers[i].started)
            pthread_join(rig->scorers[i].thread, NULL);
        weir_stream_close(rig->scorers[i].stream);
    }
    weir_remote_rest.close(rig->remote);
    server_close(rig->server);
    weir_kafka_tail_close(rig->tail);
    demo_registry_close(rig->registry);
    weir_embedded_close(rig->embedded);
    if (*rig->csv_path)
        unlink(rig->csv_path);
    explicit_bzero(rig->secret, sizeof rig->secret);
    weir_free(rig->bootstrap);
    weir_free(rig->registry_url);
    weir_free(rig->suffix);
    weir_free(rig);
}

const char *demo_rig_url(const demo_rig *rig)
{
    return rig->url;
}

const char *demo_rig_user(const demo_rig *rig)
{
    (void)rig;
    return USER;
}

const char *demo_rig_secret(const demo_rig *rig)
{
    return rig->secret;
}

const char *demo_rig_broker(const demo_rig *rig)
{
    return rig->embedded ? "embedded" : rig->bootstrap;
}

bool demo_rig_embedded(const demo_rig *rig)
{
    return rig->embedded != NULL;
}

weir_remote *demo_rig_remote(demo_rig *rig)
{
    return rig->remote;
}

weir_simulator *demo_rig_simulator(demo_rig *rig)
{
    return rig->simulator;
}

const weir_tail_port *demo_rig_tail(const demo_rig *rig)
{
    return weir_kafka_tail_port(rig->tail);
}

weir_code demo_rig_learned(demo_rig *rig, uint64_t *rows, weir_error *err)
{
    weir_project_info info = {0};
    weir_code code =
        weir_project_info_get(server_engine(rig->server), USER, DEMO_PROJECT, &info, err);

    *rows = code ? 0 : (uint64_t)info.rows;
    weir_project_info_free(&info);
    return code == WEIR_NOT_FOUND ? WEIR_OK : code;
}

/* --- the connector */

weir_code demo_rig_connect(demo_rig *rig, weir_error *err)
{
    char url[400], topic[300], name[300];
    const weir_connect_options options = {.bootstrap = rig->bootstrap,
                                          .cluster = rig->embedded ? rig->cluster : NULL,
                                          .codecs = &weir_codecs_builtin,
                                          .remote = &weir_remote_rest,
                                          .registries = &weir_registry_http};
    weir_settings config = {0};
    bool created = false;
    weir_code code = weir_connect_open(&options, &rig->worker, err);

    snprintf(url, sizeof url, "%s/symetry/rest", rig->url);
    snprintf(name, sizeof name, "%s%s", CONNECTOR, rig->suffix);
    demo_rig_topic(rig, DEMO_SOURCE, topic, sizeof topic);
    const weir_named keys[] = {
        {"connector.class", "com.sml.kafka.connector.SymetryKafkaSinkConnector"},
        {"tasks.max", "2"},
        {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
        {"value.converter", rig->registry_url ? "io.confluent.connect.avro.AvroConverter"
                                              : "org.apache.kafka.connect.json.JsonConverter"},
        {"value.converter.schemas.enable", rig->registry_url ? NULL : "false"},
        {"value.converter.schema.registry.url", rig->registry_url},
        {"topics", topic},
        {"consumer.max.poll.records", "500"},
        {"sml.attribute.types", "C,C,C,C,C,C,C,C,C,X"},
        {"sml.dataframe.max.chunk.size", "100"},
        {"sml.url.1", url},
        {"sml.project.1", DEMO_PROJECT},
        {"sml.customer.id.1", USER},
        {"sml.customer.secret.key.1", rig->secret},
        {"http.client.idle.timeout.ms", "55000"},
        {"http.client.response.buffer.size", "2048000"},
        {"logging.is.verbose", "false"},
        {"logging.is.signature.included", "false"},
        {"logging.is.url.body.truncated", "true"},
        {"sml.request.retry.delay.ms", "10000"},
        {"sml.request.max.retries", "3"},
        {"sml.project.must.preexist", "false"},
        {"sml.create.project.params", "enableHistogram=true"},
        {"drop.invalid.message", "false"},
        {"key.ignore", "true"},
        {"schema.ignore", "true"},
        {"behavior.on.malformed.documents", "warn"},
    };
    for (size_t i = 0; !code && i < sizeof keys / sizeof *keys; i++)
        if (keys[i].value)
            code = weir_settings_put(&config, keys[i].name, keys[i].value, err);
    if (!code)
        code = weir_connect_put(rig->worker, name, &config, &created, err);
    weir_settings_free(&config);
    return code;
}

weir_code demo_rig_check(demo_rig *rig, weir_error *err)
{
    char name[300];
    weir_connect_status status = {0};
    weir_code code = WEIR_OK;

    snprintf(name, sizeof name, "%s%s", CONNECTOR, rig->suffix);
    code = weir_connect_status_of(rig->worker, name, &status, err);
    for (size_t i = 0; !code && i < status.task_count; i++)
        if (status.tasks[i].state == WEIR_TASK_FAILED)
            code = weir_fail(err, WEIR_INTERNAL, "task %zu of %s: %s", i, name,
                             status.tasks[i].reason);
    weir_free(status.tasks);
    return code;
}

/* --- scorers */

static void *run_scorer(void *context)
{
    demo_scorer *scorer = context;

    scorer->code = weir_stream_run(scorer->stream, &scorer->err);
    atomic_store(&scorer->ended, true);
    return NULL;
}

weir_code demo_rig_score(demo_rig *rig, const char *model, const char *sink, bool rest, bool quick,
                         weir_error *err)
{
    char source_topic[300], sink_topic[300], app[300];
    weir_settings settings = {0};
    const weir_stream_options options = {.settings = &settings,
                                         .codecs = &weir_codecs_builtin,
                                         .remote = &weir_remote_rest,
                                         .registries = &weir_registry_http};
    demo_scorer *added = &rig->scorers[rig->scorer_count];
    weir_code code = WEIR_OK;

    demo_rig_topic(rig, DEMO_SOURCE, source_topic, sizeof source_topic);
    demo_rig_topic(rig, sink, sink_topic, sizeof sink_topic);
    snprintf(app, sizeof app, "smlks-app-v1%s-%zu", rig->suffix, rig->scorer_count);
    const weir_named keys[] = {
        {"sml.kstream.source.topic", source_topic},
        {"sml.kstream.sink.topic", sink_topic},
        {"sml.kstream.app.id", app},
        {"sml.kstream.client.id", "smlks-client-v1"},
        {"sml.kstream.project.id", DEMO_PROJECT},
        {"sml.kstream.model.id", (char *)model},
        {"sml.kstream.rest", rest ? "true" : "false"},
        {"sml.kstream.rest.user", USER},
        {"sml.kstream.rest.secret", rig->secret},
        {"sml.kstream.rest.host", rig->url},
        {"sml.kstream.record.poll.max", "500"},
        {"sml.kstream.schedule.ms", quick ? "20" : "250"},
        {"sml.kstream.value.format", rig->registry_url ? "avro" : "json"},
        {"bootstrap.servers", rig->bootstrap},
        {"schema.registry.url", rig->registry_url},
        {"enable.auto.commit", "true"},
        {"commit.interval.ms", "5000"},
    };
    for (size_t i = 0; !code && i < sizeof keys / sizeof *keys; i++)
        if (keys[i].value)
            code = weir_settings_put(&settings, keys[i].name, keys[i].value, err);
    if (code ||
        (rig->embedded && (code = weir_embedded_topic(rig->embedded, sink_topic, PARTITIONS, err))))
        goto done;
    if ((code = weir_stream_open(&options, &added->stream, err)))
        goto done;
    rig->scorer_count++;
    atomic_init(&added->ended, false);
    if (pthread_create(&added->thread, NULL, run_scorer, added)) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no thread for a scorer");
        goto done;
    }
    added->started = true;
done:
    weir_settings_free(&settings);
    return code;
}

weir_code demo_rig_scored(demo_rig *rig, size_t number, uint64_t *rows, weir_error *err)
{
    demo_scorer *scorer = &rig->scorers[number];

    *rows = weir_stream_figures_of(scorer->stream).scored;
    if (!atomic_load(&scorer->ended))
        return WEIR_OK;
    if (err)
        *err = scorer->err;
    return scorer->code;
}
