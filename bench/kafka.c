/* kafka.c: rows through the connector and the scorer beside a consumer that only counts them.
 *
 * The Shuttle rows lie as Avro in one topic of two partitions. Three things read it in turn, each from its beginning:
 * a librdkafka consumer that counts, the sink connector into a durable project of a server in this process (two tasks,
 * 500 rows a request), and the scorer with the model fetched. A rate is rows by the time from the first to the last of
 * them, so joining a group costs nothing; all share the cores with the broker and the server.
 *
 *     bench_kafka [--json] [--bootstrap HOST:PORT]     default: the embedded broker
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pthread.h>

#include "demo_registry.h"
#include "server.h"
#include "weir/codecs_builtin.h"
#include "weir/connect.h"
#include "weir/embedded.h"
#include "weir/engine.h"
#include "weir/remote_rest.h"
#include "weir/simulate.h"
#include "weir/stream.h"

#define SECRET "AAECAwQFBgcICQoLDA0ODw=="
#define PARTITIONS 2

static char source[64], sink[64], project[64];
static const char *bootstrap;
static demo_registry *registry;
static server *api;
static uint64_t rows;

static void must(weir_code code, const weir_error *err)
{
    if (!code)
        return;
    fprintf(stderr, "bench_kafka: %s\n", err->message);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Rows a second, watching a count rise from its first value above 0 to all rows. */
static double rate_of(uint64_t (*count)(void *context), void *context)
{
    double began = 0, give_up = now() + 120;
    uint64_t first = 0, have = 0;

    while ((have = count(context)) < rows) {
        if (have && !first) {
            first = have;
            began = now();
        }
        if (now() > give_up) {
            fprintf(stderr, "bench_kafka: %llu of %llu rows in two minutes\n",
                    (unsigned long long)have, (unsigned long long)rows);
            exit(1);
        }
        nanosleep(&(struct timespec){0, 500000}, NULL);
    }
    return first ? (double)(rows - first) / (now() - began) : 0;
}

static void send_rows(void)
{
    const weir_simulate_options options = {.bootstrap = bootstrap,
                                           .topic = source,
                                           .csv = WEIR_SOURCE_DIR "/data/shuttle.csv.zst",
                                           .format = "avro",
                                           .registry = demo_registry_url(registry),
                                           .partitions = PARTITIONS,
                                           .codecs = &weir_codecs_builtin,
                                           .registries = &weir_registry_http};
    weir_simulator *simulator = NULL;
    weir_error err = {0};

    must(weir_simulator_open(&options, &simulator, &err), &err);
    must(weir_simulator_send(simulator, weir_simulator_rows(simulator), &rows, &err), &err);
    must(weir_simulator_flush(simulator, 60000, &err), &err);
    weir_simulator_close(simulator);
}

static double counting_rate(void)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
    rd_kafka_t *consumer = NULL;
    double began = 0, ended = 0;
    uint64_t seen = 0;

    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, NULL, 0);
    rd_kafka_conf_set(conf, "group.id", "bench-count", NULL, 0);
    rd_kafka_conf_set(conf, "fetch.wait.max.ms", "100", NULL, 0);
    consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
    for (int p = 0; p < PARTITIONS; p++)
        rd_kafka_topic_partition_list_add(list, source, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    while (seen < rows) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);

        if (message && !message->err && !seen++)
            began = now();
        if (message)
            rd_kafka_message_destroy(message);
    }
    ended = now();
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return (double)rows / (ended - began);
}

static uint64_t learned(void *context)
{
    weir_project_info info = {0};
    uint64_t count = 0;

    (void)context;
    if (!weir_project_info_get(server_engine(api), "c1", project, &info, NULL))
        count = (uint64_t)info.rows;
    weir_project_info_free(&info);
    return count;
}

static double connect_rate(void)
{
    const weir_connect_options options = {.bootstrap = bootstrap,
                                          .codecs = &weir_codecs_builtin,
                                          .remote = &weir_remote_rest,
                                          .registries = &weir_registry_http,
                                          .cluster = source};
    char url[400];
    const char *const keys[] = {"connector.class",
                                "com.sml.kafka.connector.SymetryKafkaSinkConnector",
                                "tasks.max",
                                "2",
                                "topics",
                                source,
                                "value.converter",
                                "io.confluent.connect.avro.AvroConverter",
                                "value.converter.schema.registry.url",
                                demo_registry_url(registry),
                                "sml.attribute.types",
                                "C,C,C,C,C,C,C,C,C,X",
                                "sml.url",
                                url,
                                "sml.project",
                                project,
                                "sml.customer.id",
                                "c1",
                                "sml.customer.secret.key",
                                SECRET,
                                "sml.create.project.params",
                                "enableHistogram=true",
                                "consumer.max.poll.records",
                                "5000",
                                NULL};
    weir_settings config = {0};
    weir_connect *worker = NULL;
    bool created = false;
    double rate = 0;
    weir_error err = {0};

    snprintf(url, sizeof url, "http://%s/symetry/rest", server_address(api));
    for (size_t i = 0; keys[i]; i += 2)
        must(weir_settings_put(&config, keys[i], keys[i + 1], &err), &err);
    must(weir_connect_open(&options, &worker, &err), &err);
    must(weir_connect_put(worker, "bench", &config, &created, &err), &err);
    rate = rate_of(learned, NULL);
    weir_connect_close(worker);
    weir_settings_free(&config);
    return rate;
}

static void *run_stream(void *context)
{
    weir_error err = {0};

    must(weir_stream_run(context, &err), &err);
    return NULL;
}

static uint64_t scored(void *context)
{
    return weir_stream_figures_of(context).scored;
}

static double score_rate(void)
{
    char host[300];
    const char *const keys[] = {"sml.kstream.source.topic",
                                source,
                                "sml.kstream.sink.topic",
                                sink,
                                "sml.kstream.app.id",
                                sink,
                                "sml.kstream.project.id",
                                project,
                                "sml.kstream.model.id",
                                "hba1",
                                "sml.kstream.rest",
                                "false",
                                "sml.kstream.rest.user",
                                "c1",
                                "sml.kstream.rest.secret",
                                SECRET,
                                "sml.kstream.rest.host",
                                host,
                                "sml.kstream.schedule.ms",
                                "50",
                                "bootstrap.servers",
                                bootstrap,
                                "schema.registry.url",
                                demo_registry_url(registry),
                                NULL};
    weir_settings settings = {0};
    const weir_stream_options options = {.settings = &settings,
                                         .codecs = &weir_codecs_builtin,
                                         .remote = &weir_remote_rest,
                                         .registries = &weir_registry_http};
    const weir_build build = {.model_id = "hba1", .algorithm = "hba"};
    weir_stream *stream = NULL;
    pthread_t thread;
    double rate = 0;
    weir_error err = {0};

    snprintf(host, sizeof host, "http://%s", server_address(api));
    for (size_t i = 0; keys[i]; i += 2)
        must(weir_settings_put(&settings, keys[i], keys[i + 1], &err), &err);
    must(weir_model_make(server_engine(api), "c1", project, &build, &err), &err);
    must(weir_stream_open(&options, &stream, &err), &err);
    if (pthread_create(&thread, NULL, run_stream, stream))
        exit(1);
    rate = rate_of(scored, stream);
    weir_stream_stop(stream);
    pthread_join(thread, NULL);
    weir_stream_close(stream);
    weir_settings_free(&settings);
    return rate;
}

int main(int argc, char **argv)
{
    static const uint8_t secret[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    char directory[] = "/tmp/weir-bench-XXXXXX", command[64];
    weir_embedded *embedded = NULL;
    bool json = false;
    double counted = 0, connected = 0, scoring = 0;
    weir_error err = {0};

    for (int i = 1; i < argc; i++) {
        json |= !strcmp(argv[i], "--json");
        if (!strcmp(argv[i], "--bootstrap") && i + 1 < argc)
            bootstrap = argv[++i];
    }
    snprintf(source, sizeof source, "bench-%ld", (long)getpid());
    snprintf(sink, sizeof sink, "bench-%ld-scored", (long)getpid());
    snprintf(project, sizeof project, "bench");
    if (!mkdtemp(directory))
        exit(1);
    if (!bootstrap) {
        must(weir_embedded_open(&embedded, &err), &err);
        must(weir_embedded_topic(embedded, source, PARTITIONS, &err), &err);
        must(weir_embedded_topic(embedded, sink, PARTITIONS, &err), &err);
        bootstrap = weir_embedded_bootstrap(embedded);
    }
    must(demo_registry_open(&registry, &err), &err);
    const server_options options = {.listen = "127.0.0.1:0", .data = directory};
    must(server_open(&options, &api, &err), &err);
    must(weir_customer_add(server_engine(api), "c1", secret, sizeof secret, &err), &err);
    send_rows();
    counted = counting_rate();
    connected = connect_rate();
    scoring = score_rate();
    if (json)
        printf("{\"broker\":\"%s\",\"messages\":%llu,\"count_rows_per_second\":%.0f,\"rows\":["
               "{\"name\":\"connect over REST, durable, beside counting\",\"ratio\":%.4f,"
               "\"rows_per_second\":%.0f},"
               "{\"name\":\"score and produce beside counting\",\"ratio\":%.4f,"
               "\"rows_per_second\":%.0f}]}\n",
               embedded ? "embedded" : bootstrap, (unsigned long long)rows, counted,
               connected / counted, connected, scoring / counted, scoring);
    else
        printf("%llu Avro rows of 10 longs, broker %s\n"
               "counting consumer   %9.0f rows/s\n"
               "connect, durable    %9.0f rows/s  ratio %.4f\n"
               "score and produce   %9.0f rows/s  ratio %.4f\n",
               (unsigned long long)rows, embedded ? "embedded" : bootstrap, counted, connected,
               connected / counted, scoring, scoring / counted);
    server_close(api);
    demo_registry_close(registry);
    weir_embedded_close(embedded);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) ? 1 : 0;
}
