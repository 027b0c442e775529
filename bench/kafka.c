/* kafka.c: rows of a topic learned and scored by weir, beside what librdkafka alone does with the same topic.
 *
 * A real broker holds rows of 98 bytes: Confluent's frame, a text and nine doubles that never repeat, over four
 * partitions. Weir runs as its users run it, each part a process of its own, asked for things by REST:
 *
 *     stream        a server-side stream learns the topic with histograms; beside a consumer that counts, with the
 *                   same fetch settings: rows a second, and CPU seconds a million rows of the clients (the broker's
 *                   are in neither)
 *     connect       weir connect sends the topic to the server by REST, kept before it is answered, with a task a
 *                   partition and requests larger than by default; beside the stream
 *     score         weir stream scores the topic into another one, exactly once, with the model fetched; beside a
 *                   transactional relay that copies it, batches and transactions alike
 *     latency       10,000 rows a second are sent, scored and read back: milliseconds from sending to reading
 *
 * What is compared runs in turn, so that a busy machine moves both; a ratio is the median of the rounds. Rates and CPU
 * seconds are those between the first and the last row.
 *
 *     bench_kafka --bootstrap HOST:PORT [--rows N] [--rounds N] [--only NAME] [--json]
 *
 * WEIR_BIN names the program (default: build/weir of the source tree).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "demo_registry.h"
#include "kafka_reference.h"
#include "program.h"
#include "weir/remote_rest.h"

enum {
    ROUNDS_MOST = 15,
    GIVE_UP_S = 300,
    POLL_MS = 50,
    BATCH = 5000,         /* rows at a time, and ... */
    COMMIT_MS = 100,      /* ... how long a transaction takes in rows, of the relay and of weir */
    LATENCY_RATE = 10000, /* rows a second */
    LATENCY_SECONDS = 10,
    LATENCY_WARM = 20000, /* rows that are not counted: clients connect, caches fill */
    REQUEST = 5000, /* rows in one learn request of the connector: its setting; by default 500 */
    POLLED = 20000, /* records the connector takes at a time, so that requests are full ones */
    ROWS_OUT = 10
};

/* What the consumer and the stream are given alike: whole segments a fetch, and a queue that does not run dry. */
static const char *const fetching[] = {"fetch.min.bytes=100000", "queued.min.messages=1000000",
                                       "check.crcs=false", NULL};

static const char *bootstrap, *only;
static uint64_t rows = 3000000;
static size_t rounds = 3;
static char topic[64], data[] = "/tmp/weir-bench-XXXXXX";
static demo_registry *registry;
static int32_t schema_id;
static bench_program server;
static bench_row out[ROWS_OUT];
static size_t out_count;

static void add_row(bench_row row)
{
    if (out_count < ROWS_OUT)
        out[out_count++] = row;
}

static bool wanted(const char *name)
{
    return !only || !strcmp(only, name);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static double per_million(kafka_cost cost)
{
    return 1e6 * cost.cpu / (double)cost.rows;
}

static double rate(kafka_cost cost)
{
    return (double)cost.rows / cost.seconds;
}

/* Watches a count rise from its first value above 0 to all rows, and what processes use meanwhile. */
static kafka_cost watch(const char *what, uint64_t (*count)(const void *), const void *context,
                        const bench_program *one, const bench_program *two)
{
    kafka_cost cost = {0};
    double give_up = bench_wall() + GIVE_UP_S;
    uint64_t first = 0, have = 0;

    while (have < rows) {
        if (bench_wall() > give_up) {
            fprintf(stderr, "bench: %s stands at row %llu of %llu\n", what,
                    (unsigned long long)have, (unsigned long long)rows);
            exit(1);
        }
        have = count(context);
        if (have && !first) {
            first = have;
            cost.seconds = -bench_wall();
            cost.cpu = -bench_cpu_of(one->pid) - (two ? bench_cpu_of(two->pid) : 0);
        }
        if (have < rows)
            pause_ms(POLL_MS);
    }
    cost.seconds += bench_wall();
    cost.cpu += bench_cpu_of(one->pid) + (two ? bench_cpu_of(two->pid) : 0);
    cost.rows = have - first;
    return cost;
}

/* --- the server's side */

static void path_of(char room[300], const char *format, const char *project)
{
    snprintf(room, 300, "/symetry/rest/" BENCH_CUSTOMER "/projects");
    snprintf(room + strlen(room), 300 - strlen(room), format, project);
}

static void make_project(const char *project)
{
    char query[200], path[300];

    path_of(path, "%s", "");
    snprintf(query, sizeof query, "pid=%s&type=cpu&persist=true&enableHistogram=true", project);
    free(bench_call(server.port, "POST", path, query, "{}", 201));
}

/* The rows that a project has learned. */
static uint64_t learned(const void *project)
{
    char path[300], *answer;
    uint64_t count;

    path_of(path, "/%s/info", project);
    answer = bench_call(server.port, "GET", path, "", "", 200);
    count = (uint64_t)bench_number(answer, "rows");
    free(answer);
    return count;
}

static kafka_cost stream_leg(size_t round)
{
    char project[32], path[300], body[3000], passed[1000] = "";
    kafka_cost cost;

    snprintf(project, sizeof project, "streamed-%zu", round);
    make_project(project);
    for (size_t i = 0; fetching[i]; i++) {
        const char *value = strchr(fetching[i], '=') + 1;
        size_t used = strlen(passed);

        snprintf(passed + used, sizeof passed - used, ",\"sml.kafka.%.*s\":\"%s\"",
                 (int)(value - 1 - fetching[i]), fetching[i], value);
    }
    snprintf(body, sizeof body,
             "{\"type\":\"kafka\",\"name\":\"in\",\"info\":{\"bootstrap.servers\":\"%s\","
             "\"schema.registry.url\":\"%s\",\"kafka.topic\":\"%s\","
             "\"attributeNames\":\"id,v1,v2,v3,v4,v5,v6,v7,v8,v9\","
             "\"attributeTypes\":\"X,C,C,C,C,C,C,C,C,C\"%s}}",
             bootstrap, demo_registry_url(registry), topic, passed);
    path_of(path, "/%s/streams/create", project);
    free(bench_call(server.port, "POST", path, "", body, 201));
    cost = watch("the stream", learned, project, &server, NULL);
    path_of(path, "/%s/streams/in", project);
    free(bench_call(server.port, "DELETE", path, "", "", 200));
    return cost;
}

static kafka_cost connect_leg(size_t round)
{
    const char *const arguments[] = {"connect",  "--bootstrap", bootstrap,
                                     "--listen", "127.0.0.1:0", NULL};
    char project[32], path[200], body[3000];
    bench_program worker = bench_start(arguments, 1);
    kafka_cost cost;

    snprintf(project, sizeof project, "connected-%zu", round);
    snprintf(body, sizeof body,
             "{\"connector.class\":\"com.sml.kafka.connector.SymetryKafkaSinkConnector\","
             "\"tasks.max\":\"4\",\"topics\":\"%s\","
             "\"value.converter\":\"io.confluent.connect.avro.AvroConverter\","
             "\"value.converter.schema.registry.url\":\"%s\","
             "\"sml.attribute.types\":\"X,C,C,C,C,C,C,C,C,C\","
             "\"sml.url\":\"http://127.0.0.1:%d/symetry/rest\",\"sml.project\":\"%s\","
             "\"sml.customer.id\":\"" BENCH_CUSTOMER "\","
             "\"sml.customer.secret.key\":\"" BENCH_SECRET "\","
             "\"sml.create.project.params\":\"enableHistogram=true\","
             "\"sml.dataframe.max.chunk.size\":\"%d\","
             "\"consumer.max.poll.records\":\"%d\"}",
             topic, demo_registry_url(registry), server.port, project, REQUEST, POLLED);
    make_project(project);
    /* a name of its own: its group begins where one of that name has committed */
    snprintf(path, sizeof path, "/connectors/%s-%zu/config", topic, round);
    free(bench_call(worker.port, "PUT", path, "", body, 201));
    cost = watch("the connector", learned, project, &server, &worker);
    bench_stop(&worker);
    return cost;
}

/* --- the scorer's side */

static bench_program start_scorer(const char *name, const char *source, const char *sink,
                                  const char *more)
{
    const char *const arguments[] = {"stream", NULL, NULL};
    const char *given[3] = {arguments[0]};
    char path[300];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s.properties", data, name);
    if (!(file = fopen(path, "w")))
        bench_die(path);
    fprintf(file,
            "sml.kstream.source.topic=%s\nsml.kstream.sink.topic=%s\nsml.kstream.app.id=%s\n"
            "sml.kstream.project.id=scored\nsml.kstream.model.id=hba1\nsml.kstream.rest=false\n"
            "sml.kstream.rest.user=" BENCH_CUSTOMER "\nsml.kstream.rest.secret=" BENCH_SECRET "\n"
            "sml.kstream.rest.host=http://127.0.0.1:%d\nbootstrap.servers=%s\n"
            "schema.registry.url=%s\n%s",
            source, sink, name, server.port, bootstrap, demo_registry_url(registry), more);
    fclose(file);
    given[1] = path;
    return bench_start(given, 0);
}

static uint64_t committed(const void *member)
{
    return kafka_committed((rd_kafka_t *)member, topic);
}

static kafka_cost score_leg(size_t round)
{
    char name[100], more[300];
    rd_kafka_t *member;
    bench_program scorer;
    kafka_cost cost;

    snprintf(name, sizeof name, "%s-scored-%zu", topic, round);
    snprintf(more, sizeof more,
             "processing.guarantee=exactly_once\nauto.offset.reset=earliest\n"
             "sml.kstream.record.poll.max=%d\nsml.kstream.schedule.ms=1000\n"
             "queue.buffering.max.messages=500000\ncommit.interval.ms=%d\n",
             BATCH, COMMIT_MS);
    kafka_make_topic(bootstrap, name);
    member = kafka_member(bootstrap, name);
    scorer = start_scorer(name, topic, name, more);
    cost = watch("the scorer", committed, member, &scorer, NULL);
    bench_stop(&scorer);
    rd_kafka_destroy_flags(member, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return cost;
}

/* A model of a project with rows of the topic. */
static void make_model(void)
{
    char path[300], *body = malloc(1 << 20), row[128];
    size_t used = 0;

    make_project("scored");
    used += (size_t)sprintf(body, "{\"attributeNames\":[\"v1\",\"v2\",\"v3\",\"v4\",\"v5\",\"v6\","
                                  "\"v7\",\"v8\",\"v9\"],\"attributeTypes\":[\"C\",\"C\",\"C\","
                                  "\"C\",\"C\",\"C\",\"C\",\"C\",\"C\"],\"data\":[");
    for (size_t r = 0; r < 2000; r++) {
        const char *values = row + kafka_make_row(0, r, row) - KAFKA_COLUMNS * sizeof(double);

        for (size_t i = 0; i < KAFKA_COLUMNS; i++) {
            double value;

            memcpy(&value, values + i * sizeof value, sizeof value);
            used += (size_t)sprintf(body + used, "%s\"%.17g\"", i ? "," : r ? "],[" : "[", value);
        }
    }
    sprintf(body + used, "]]}");
    path_of(path, "/%s/learn", "scored");
    free(bench_call(server.port, "POST", path, "", body, 200));
    path_of(path, "/%s/build", "scored");
    free(bench_call(server.port, "POST", path, "modelid=hba1&algo=hba", "{}",
                    202)); /* the scorer waits */
    free(body);
}

/* --- latency: the time of sending travels as the key */

typedef struct {
    rd_kafka_t *client;
    rd_kafka_topic_t *to;
} latency_sender;

typedef struct {
    double p50, p99; /* milliseconds */
} latency;

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void send_now(const latency_sender *sender, uint64_t number)
{
    char row[128];
    size_t size = kafka_make_row(schema_id, number, row);
    int64_t key = now_ns();

    rd_kafka_produce(sender->to, (int32_t)(number % KAFKA_PARTITIONS), RD_KAFKA_MSG_F_COPY, row,
                     size, &key, sizeof key, NULL);
}

/* Sends a row each time one is due: ten a millisecond. */
static void *send_steadily(void *context)
{
    const latency_sender *sender = context;
    const int64_t began = now_ns();

    for (uint64_t i = 0; i < LATENCY_RATE * LATENCY_SECONDS + LATENCY_WARM; i++) {
        int64_t due = began + (int64_t)i * (1000000000 / LATENCY_RATE);

        while (now_ns() < due) {
            rd_kafka_poll(sender->client, 0);
            nanosleep(&(struct timespec){0, 500000}, NULL);
        }
        send_now(sender, i);
    }
    rd_kafka_flush(sender->client, 10000);
    return NULL;
}

/* Reads rows until so many have come or time is over; the time that each took goes to ms, where there is one. */
static size_t read_latencies(rd_kafka_t *reader, size_t most, double seconds, double *ms)
{
    double give_up = bench_wall() + seconds;
    size_t seen = 0;

    while (seen < most && bench_wall() < give_up) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(reader, 100);
        int64_t sent;

        if (m && !m->err && m->key_len == sizeof sent) {
            memcpy(&sent, m->key, sizeof sent);
            if (ms)
                ms[seen] = (double)(now_ns() - sent) / 1e6;
            seen++;
        }
        if (m)
            rd_kafka_message_destroy(m);
    }
    if (seen < most)
        fprintf(stderr, "bench: latency: %zu of %zu rows came through\n", seen, most);
    return seen;
}

/* Rows from one topic to a reader of another one, or of the same. The steady sending begins when a first row of each
 * partition has come through: a scorer joins its group and fetches its model once, and what waits for that says nothing
 * about the rows after it. */
static latency measure_latency(const char *source, const char *sink)
{
    static const char *const reading[] = {"group.id=bench-latency", "enable.auto.commit=false",
                                          "isolation.level=read_committed", NULL};
    static const char *const sending[] = {"linger.ms=0", NULL};
    const size_t most = LATENCY_RATE * LATENCY_SECONDS;
    double *ms = calloc(most, sizeof *ms);
    rd_kafka_t *reader = kafka_open(RD_KAFKA_CONSUMER, bootstrap, reading);
    latency_sender sender = {.client = kafka_open(RD_KAFKA_PRODUCER, bootstrap, sending)};
    latency result = {0};
    size_t counted;
    pthread_t thread;

    sender.to = rd_kafka_topic_new(sender.client, source, NULL);
    kafka_assign(reader, sink, RD_KAFKA_OFFSET_BEGINNING);
    for (uint64_t p = 0; p < KAFKA_PARTITIONS; p++)
        send_now(&sender, p);
    read_latencies(reader, KAFKA_PARTITIONS, GIVE_UP_S, NULL);
    if (pthread_create(&thread, NULL, send_steadily, &sender))
        bench_die("no thread");
    read_latencies(reader, LATENCY_WARM, 6 * LATENCY_SECONDS, NULL);
    counted = read_latencies(reader, most, 6 * LATENCY_SECONDS, ms);
    pthread_join(thread, NULL);
    if (counted) {
        result.p50 = bench_median(ms, counted);
        result.p99 = ms[counted * 99 / 100];
    }
    rd_kafka_topic_destroy(sender.to);
    rd_kafka_destroy(sender.client);
    rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
    free(ms);
    return result;
}

/* The broker alone takes part of the time, and all of what a busy machine adds to it: a row that is sent and read
 * without a scorer between is told beside. */
static void latency_leg(const char *guarantee, const char *label_50, const char *label_99)
{
    char source[100], sink[120], more[300];
    bench_program scorer;
    latency alone, scored;

    snprintf(source, sizeof source, "%s-latency-%s", topic, guarantee);
    snprintf(sink, sizeof sink, "%s-alone", source);
    kafka_make_topic(bootstrap, source);
    kafka_make_topic(bootstrap, sink);
    alone = measure_latency(sink, sink);
    snprintf(sink, sizeof sink, "%s-out", source);
    kafka_make_topic(bootstrap, sink);
    snprintf(more, sizeof more,
             "processing.guarantee=%s\nauto.offset.reset=earliest\nsml.kstream.schedule.ms=1\n"
             "linger.ms=0\n%s",
             guarantee, strcmp(guarantee, "exactly_once") ? "" : "commit.interval.ms=5\n");
    scorer = start_scorer(source, source, sink, more);
    scored = measure_latency(source, sink);
    bench_stop(&scorer);
    add_row((bench_row){.name = label_50,
                        .ratio = scored.p50,
                        .target = 10,
                        .at_most = true,
                        .figures = {{"alone_ms", alone.p50, "ms without a scorer"}}});
    add_row((bench_row){.name = label_99,
                        .ratio = scored.p99,
                        .target = 50,
                        .at_most = true,
                        .figures = {{"alone_ms", alone.p99, "ms without a scorer"}}});
}

/* --- all of it */

/* Two rows: rate beside rate, and CPU a row beside CPU a row. */
static void compare(const char *rate_name, const char *cpu_name, const kafka_cost *ours,
                    const kafka_cost *theirs, double rate_target, double cpu_target)
{
    double rates[ROUNDS_MOST], cpus[ROUNDS_MOST], a[ROUNDS_MOST], b[ROUNDS_MOST], c[ROUNDS_MOST],
        d[ROUNDS_MOST];

    for (size_t i = 0; i < rounds; i++) {
        a[i] = rate(ours[i]);
        b[i] = rate(theirs[i]);
        c[i] = per_million(ours[i]);
        d[i] = per_million(theirs[i]);
        rates[i] = a[i] / b[i];
        cpus[i] = c[i] / d[i];
    }
    add_row((bench_row){
        .name = rate_name,
        .ratio = bench_median(rates, rounds),
        .target = rate_target,
        .figures = {{"rows_per_second", bench_median(a, rounds), "rows/s"},
                    {"reference_rows_per_second", bench_median(b, rounds), "the reference"}}});
    add_row((bench_row){
        .name = cpu_name,
        .ratio = bench_median(cpus, rounds),
        .target = cpu_target,
        .at_most = cpu_target > 0,
        .figures = {{"cpu_s_per_million", bench_median(c, rounds), "s a million"},
                    {"reference_cpu_s_per_million", bench_median(d, rounds), "the reference"}}});
}

static void run_all(void)
{
    kafka_cost counted[ROUNDS_MOST], streamed[ROUNDS_MOST], connected[ROUNDS_MOST],
        relayed[ROUNDS_MOST], scored[ROUNDS_MOST];
    char name[100];

    for (size_t i = 0; i < rounds; i++) {
        if (wanted("stream") || wanted("connect")) {
            counted[i] = kafka_count(bootstrap, topic, rows, fetching);
            streamed[i] = stream_leg(i);
        }
        if (wanted("connect"))
            connected[i] = connect_leg(i);
    }
    if (wanted("stream"))
        compare("stream beside counting, rows/s", "stream beside counting, CPU", streamed, counted,
                0.75, 1.3);
    if (wanted("connect"))
        compare("connect beside the stream, rows/s", "connect beside the stream, CPU", connected,
                streamed, 0.5, 0);
    if (wanted("score") || wanted("latency"))
        make_model();
    for (size_t i = 0; i < rounds && wanted("score"); i++) {
        snprintf(name, sizeof name, "%s-relayed-%zu", topic, i);
        kafka_make_topic(bootstrap, name);
        relayed[i] = kafka_relay(bootstrap, topic, name, name, rows, BATCH, COMMIT_MS / 1e3);
        scored[i] = score_leg(i);
    }
    if (wanted("score"))
        compare("score beside relaying, rows/s", "score beside relaying, CPU", scored, relayed, 0.8,
                1.3);
    if (wanted("latency")) {
        latency_leg("at_least_once", "latency p50 ms, at least once",
                    "latency p99 ms, at least once");
        latency_leg("exactly_once", "latency p50 ms, exactly once", "latency p99 ms, exactly once");
    }
}

int main(int argc, char **argv)
{
    char command[128];
    weir_registry *enrolled = NULL;
    weir_error err = {0};

    for (int i = 1; i + 1 < argc; i++) {
        if (!strcmp(argv[i], "--bootstrap"))
            bootstrap = argv[++i];
        else if (!strcmp(argv[i], "--rows"))
            rows = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--rounds"))
            rounds = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--only"))
            only = argv[++i];
    }
    if (!bootstrap || !rows || !rounds || rounds > ROUNDS_MOST) {
        fprintf(stderr,
                "bench_kafka --bootstrap HOST:PORT [--rows N] [--rounds 1..%d] [--only "
                "stream|connect|score|latency] [--json]\n",
                ROUNDS_MOST);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(data))
        bench_die(data);
    snprintf(topic, sizeof topic, "weir-bench-%ld", (long)getpid());
    bench_must(demo_registry_open(&registry, &err), &err);
    const weir_registry_options where = {.url = demo_registry_url(registry)};
    snprintf(command, sizeof command, "%s-value", topic);
    bench_must(weir_registry_http.open(&where, &enrolled, &err), &err);
    bench_must(weir_registry_http.enrol(enrolled, command, kafka_schema, &schema_id, &err), &err);
    weir_registry_http.close(enrolled);
    server = bench_serve(data);
    kafka_make_topic(bootstrap, topic);
    kafka_send_rows(bootstrap, topic, schema_id, rows);
    run_all();
    bench_print(out, out_count, bench_json(argc, argv));
    bench_stop(&server);
    demo_registry_close(registry);
    snprintf(command, sizeof command, "rm -rf %s", data);
    return system(command) ? 1 : 0;
}
