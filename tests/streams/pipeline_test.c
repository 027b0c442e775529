/* pipeline_test.c: CSV rows through the embedded broker, the connector, a server and the scorer, counted exactly.
 *
 * One broker, registry and server serve all tests; each test has topics, a connector and a project of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>

#include "demo_registry.h"
#include "server.h"
#include "weir/codecs_builtin.h"
#include "weir/connect.h"
#include "weir/embedded.h"
#include "weir/engine.h"
#include "weir/http.h"
#include "weir/kafka_tail.h"
#include "weir/memory.h"
#include "weir/remote_rest.h"
#include "weir/simulate.h"
#include "weir/stream.h"

#define SECRET "AAECAwQFBgcICQoLDA0ODw=="
#define ROWS 1200
#define GAPS 120        /* cells missing in column b: each tenth row */
#define PATIENCE 300    /* tenths of a second that anything may take */
#define RETRIES_MS "50" /* base of the delays */

static struct {
    weir_embedded *broker;
    demo_registry *registry;
    server *server;
    char directory[64], csv[96], url[256], host[128];
} rig;

static void must(weir_code code, const weir_error *err)
{
    if (code)
        fail_msg("%s: %s", weir_code_name(code), err->message);
}

static void pause_shortly(void)
{
    nanosleep(&(struct timespec){0, 100000000}, NULL);
}

/* a: whole numbers, b: decimals with gaps, c: texts, key: texts */
static void write_rows(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs("a,b,c,key\n", file);
    for (int i = 0; i < ROWS; i++) {
        if (i % 10 == 0)
            fprintf(file, "%d,,word%d,k%d\n", i, i % 3, i % 7);
        else
            fprintf(file, "%d,%.2f,word%d,k%d\n", i, i * 0.25, i % 3, i % 7);
    }
    fclose(file);
}

static int start(void **state)
{
    static const uint8_t secret[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    weir_error err = {0};

    (void)state;
    strcpy(rig.directory, "/tmp/weir-streams-XXXXXX");
    assert_non_null(mkdtemp(rig.directory));
    snprintf(rig.csv, sizeof rig.csv, "%s/rows.csv", rig.directory);
    write_rows(rig.csv);
    must(weir_embedded_open(&rig.broker, &err), &err);
    must(demo_registry_open(&rig.registry, &err), &err);
    const server_options options = {.listen = "127.0.0.1:0", .data = rig.directory};
    must(server_open(&options, &rig.server, &err), &err);
    must(weir_customer_add(server_engine(rig.server), "c1", secret, sizeof secret, &err), &err);
    snprintf(rig.host, sizeof rig.host, "http://%s", server_address(rig.server));
    snprintf(rig.url, sizeof rig.url, "%s/symetry/rest", rig.host);
    return 0;
}

static int stop(void **state)
{
    char command[128];

    (void)state;
    server_close(rig.server);
    demo_registry_close(rig.registry);
    weir_embedded_close(rig.broker);
    snprintf(command, sizeof command, "rm -rf %s", rig.directory);
    return system(command) ? -1 : 0;
}

/* --- pieces */

static void topic(const char *name, int partitions)
{
    weir_error err = {0};

    must(weir_embedded_topic(rig.broker, name, partitions, &err), &err);
}

static void simulate(const char *to, const char *format, const char *key)
{
    const weir_simulate_options options = {.bootstrap = weir_embedded_bootstrap(rig.broker),
                                           .topic = to,
                                           .csv = rig.csv,
                                           .format = format,
                                           .registry = demo_registry_url(rig.registry),
                                           .key = key,
                                           .codecs = &weir_codecs_builtin,
                                           .registries = &weir_registry_http};
    weir_simulator *simulator = NULL;
    uint64_t sent = 0;
    weir_error err = {0};

    must(weir_simulator_open(&options, &simulator, &err), &err);
    assert_int_equal(weir_simulator_rows(simulator), ROWS);
    must(weir_simulator_send(simulator, ROWS + 1, &sent, &err), &err);
    assert_int_equal(sent, ROWS);
    must(weir_simulator_flush(simulator, 30000, &err), &err);
    assert_int_equal(weir_simulator_delivered(simulator), ROWS);
    weir_simulator_close(simulator);
}

static weir_connect *worker(const char *cluster)
{
    const weir_connect_options options = {.bootstrap = weir_embedded_bootstrap(rig.broker),
                                          .cluster = cluster,
                                          .codecs = &weir_codecs_builtin,
                                          .remote = &weir_remote_rest,
                                          .registries = &weir_registry_http};
    weir_connect *made = NULL;
    weir_error err = {0};

    must(weir_connect_open(&options, &made, &err), &err);
    return made;
}

/* Starts a connector from topic to project of the same name; more is pairs of names and values, ended by NULL. */
static void connector(weir_connect *on, const char *name, const char *from, const char *url,
                      const char *const *more)
{
    const char *const keys[] = {"connector.class",
                                "com.sml.kafka.connector.SymetryKafkaSinkConnector",
                                "tasks.max",
                                "1",
                                "topics",
                                from,
                                "value.converter",
                                "io.confluent.connect.avro.AvroConverter",
                                "value.converter.schema.registry.url",
                                demo_registry_url(rig.registry),
                                "sml.attribute.types",
                                "C,C,T,X",
                                "sml.dataframe.max.chunk.size",
                                "100",
                                "sml.url",
                                url,
                                "sml.project",
                                from,
                                "sml.customer.id",
                                "c1",
                                "sml.customer.secret.key",
                                SECRET,
                                "sml.reconnect.backoff.ms",
                                RETRIES_MS,
                                "sml.reconnect.backoff.max.ms",
                                RETRIES_MS,
                                NULL};
    weir_settings config = {0};
    bool created = false;
    weir_error err = {0};

    for (size_t i = 0; keys[i]; i += 2)
        must(weir_settings_put(&config, keys[i], keys[i + 1], &err), &err);
    for (size_t i = 0; more && more[i]; i += 2)
        must(weir_settings_put(&config, more[i], more[i + 1], &err), &err);
    must(weir_connect_put(on, name, &config, &created, &err), &err);
    assert_true(created);
    weir_settings_free(&config);
}

static weir_connect_task task_of(weir_connect *on, const char *name)
{
    weir_connect_status status = {0};
    weir_connect_task task;
    weir_error err = {0};

    must(weir_connect_status_of(on, name, &status, &err), &err);
    assert_int_equal(status.task_count, 1);
    task = status.tasks[0];
    weir_free(status.tasks);
    return task;
}

static double learned(const char *project)
{
    weir_project_info info = {0};
    double rows = 0;

    if (!weir_project_info_get(server_engine(rig.server), "c1", project, &info, NULL))
        rows = info.rows;
    weir_project_info_free(&info);
    return rows;
}

static void await_learned(weir_connect *on, const char *name, const char *project, double rows)
{
    for (int i = 0; i < PATIENCE && learned(project) < rows; i++) {
        weir_connect_task task = task_of(on, name);

        if (task.state == WEIR_TASK_FAILED)
            fail_msg("%s", task.reason);
        pause_shortly();
    }
    assert_true(learned(project) == rows);
}

static weir_connect_task await_failure(weir_connect *on, const char *name)
{
    weir_connect_task task = task_of(on, name);

    for (int i = 0; i < PATIENCE && task.state != WEIR_TASK_FAILED; i++) {
        pause_shortly();
        task = task_of(on, name);
    }
    assert_int_equal(task.state, WEIR_TASK_FAILED);
    return task;
}

/* Sends raw bytes to partition 0. */
static void send_bytes(const char *to, const void *bytes, size_t size, const char *key)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *producer = NULL;

    rd_kafka_conf_set(conf, "bootstrap.servers", weir_embedded_bootstrap(rig.broker), NULL, 0);
    producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
    assert_non_null(producer);
    assert_int_equal(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(to), RD_KAFKA_V_PARTITION(0),
                                       RD_KAFKA_V_VALUE((void *)bytes, size),
                                       RD_KAFKA_V_KEY(key, key ? strlen(key) : 0),
                                       RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
                     0);
    assert_int_equal(rd_kafka_flush(producer, 10000), 0);
    rd_kafka_destroy(producer);
}

typedef struct {
    char *value, key[16];
    size_t size;
    int32_t partition;
    int64_t offset;
} seen_record;

/* Reads the first count records of a topic, partition by partition in order of arrival. */
static seen_record *read_records(const char *from, int partitions, size_t count)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    seen_record *seen = calloc(count, sizeof *seen);
    rd_kafka_t *consumer = NULL;
    size_t got = 0;

    rd_kafka_conf_set(conf, "bootstrap.servers", weir_embedded_bootstrap(rig.broker), NULL, 0);
    rd_kafka_conf_set(conf, "group.id", "reader", NULL, 0);
    consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
    for (int p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(list, from, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    for (int i = 0; i < PATIENCE && got < count;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);

        if (!message || message->err) {
            i++;
        } else {
            seen[got].value = malloc(message->len + 1);
            memcpy(seen[got].value, message->payload, message->len);
            seen[got].value[message->len] = 0;
            seen[got].size = message->len;
            snprintf(seen[got].key, sizeof seen[got].key, "%.*s", (int)message->key_len,
                     message->key ? (const char *)message->key : "");
            seen[got].partition = message->partition;
            seen[got++].offset = message->offset;
        }
        if (message)
            rd_kafka_message_destroy(message);
    }
    assert_int_equal(got, count);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return seen;
}

static void records_free(seen_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(records[i].value);
    free(records);
}

static double mean_count(const char *project, const char *name, double *count)
{
    weir_summary *summary = NULL;
    weir_moments moments = {0};
    weir_error err = {0};

    must(weir_project_select(server_engine(rig.server), "c1", project, &name, 1, &summary, &err),
         &err);
    weir_summary_moments(summary, 0, &moments);
    weir_summary_free(summary);
    *count = moments.count;
    return moments.mean;
}

/* --- tests */

/* Every row once, with its gaps; a connector whose group forgot its offsets sends all again and nothing counts twice. */
static void test_learned_once(void **state)
{
    static const char *const other_group[] = {"consumer.override.group.id", "another", NULL};
    weir_connect *on = worker("cluster-1");
    double count = 0;

    (void)state;
    topic("once", 2);
    simulate("once", "avro", NULL);
    connector(on, "once", "once", rig.url, NULL);
    await_learned(on, "once", "once", ROWS);
    assert_true(fabs(mean_count("once", "a", &count) - (ROWS - 1) / 2.0) < 1e-9);
    assert_true(count == ROWS);
    mean_count("once", "b", &count);
    assert_true(count == ROWS - GAPS);
    mean_count("once", "c$word0", &count);
    assert_true(count == ROWS);
    weir_connect_close(on);

    on = worker("cluster-1");
    connector(on, "once", "once", rig.url, other_group);
    simulate("once", "avro", NULL);
    await_learned(on, "once", "once", 2 * ROWS);
    assert_int_equal(task_of(on, "once").rows, ROWS); /* the first half was known */
    weir_connect_close(on);
}

/* JSON objects and Connect's envelope give the same rows; types are guessed without letters. */
static void test_json(void **state)
{
    static const char *const plain[] = {"value.converter",
                                        "org.apache.kafka.connect.json.JsonConverter",
                                        "value.converter.schemas.enable", "false", NULL};
    static const char *const enveloped[] = {"value.converter",
                                            "org.apache.kafka.connect.json.JsonConverter",
                                            "sml.attribute.types", "", NULL};
    weir_connect *on = worker("cluster-1");
    double count = 0;

    (void)state;
    topic("plain", 2);
    topic("enveloped", 2);
    simulate("plain", "json", NULL);
    simulate("enveloped", "json-schema", NULL);
    connector(on, "plain", "plain", rig.url, plain);
    connector(on, "enveloped", "enveloped", rig.url, enveloped);
    await_learned(on, "plain", "plain", ROWS);
    await_learned(on, "enveloped", "enveloped", ROWS);
    mean_count("plain", "b", &count);
    assert_true(count == ROWS - GAPS);
    assert_true(fabs(mean_count("enveloped", "a", &count) - (ROWS - 1) / 2.0) < 1e-9);
    weir_connect_close(on);
}

/* A project's filter sees a field that the connector ignores; rows it leaves out move the position all the same. */
static void test_filtered(void **state)
{
    static const char *const filter[] = {"sml.create.project.params",
                                         "{\"sml_project_predicate_row_filter\":\"key==k3;a>=10\"}",
                                         NULL};
    static const char *const other_group[] = {"consumer.override.group.id", "filtered-again", NULL};
    weir_connect *on = worker("cluster-1");
    double count = 0, wanted = 0;

    (void)state;
    for (int i = 10; i < ROWS; i++)
        wanted += i % 7 == 3;
    topic("filtered", 2);
    simulate("filtered", "avro", NULL);
    connector(on, "filtered", "filtered", rig.url, filter);
    await_learned(on, "filtered", "filtered", wanted);
    mean_count("filtered", "a", &count);
    assert_true(count == wanted);
    weir_connect_close(on);
    on = worker(
        "cluster-1"); /* knows the project's filter from the server, and all rows are known */
    connector(on, "filtered", "filtered", rig.url, other_group);
    simulate("filtered", "avro", NULL);
    await_learned(on, "filtered", "filtered", 2 * wanted);
    for (int i = 0; i < PATIENCE && task_of(on, "filtered").filtered < ROWS - wanted; i++)
        pause_shortly(); /* the answer to the last frame is on its way */
    assert_true(task_of(on, "filtered").filtered == ROWS - wanted);
    assert_true(task_of(on, "filtered").rows == wanted);
    weir_connect_close(on);
}

/* The embedded broker has no controller that could be told to make a topic; it makes one that is asked for by name. */
static void test_new_topic(void **state)
{
    weir_connect *on = worker("cluster-1");

    (void)state;
    simulate("not-there-before", "avro", NULL);
    connector(on, "new", "not-there-before", rig.url, NULL);
    await_learned(on, "new", "not-there-before", ROWS);
    weir_connect_close(on);
}

/* What cannot be read is skipped, counted and put aside, or fails the task, as the policy says. */
static void test_malformed(void **state)
{
    static const char *const warn[] = {"behavior.on.malformed.documents",
                                       "warn",
                                       "errors.deadletterqueue.topic.name",
                                       "letters",
                                       "errors.deadletterqueue.context.headers.enable",
                                       "true",
                                       NULL};
    static const char *const fail[] = {"behavior.on.malformed.documents", "fail", NULL};
    static const uint8_t cut[] = {0, 0, 0, 0, 1, 2}, unknown[] = {0, 0, 0, 0x27, 0x10, 2, 2};
    weir_connect *on = worker("cluster-1");
    weir_connect_task task;
    seen_record *letters = NULL;

    (void)state;
    topic("bad", 1);
    topic("letters", 1);
    simulate("bad", "avro", NULL);
    send_bytes("bad", "not a record", 12, "junk");
    send_bytes("bad", cut, sizeof cut, NULL);
    send_bytes("bad", unknown, sizeof unknown, NULL);
    simulate("bad", "avro", NULL);
    connector(on, "bad", "bad", rig.url, warn);
    await_learned(on, "bad", "bad", 2 * ROWS);
    task = task_of(on, "bad");
    assert_int_equal(task.state, WEIR_TASK_RUNNING);
    assert_int_equal(task.skipped, 3);
    letters = read_records("letters", 1, 3);
    assert_string_equal(letters[0].value, "not a record");
    assert_string_equal(letters[0].key, "junk");
    assert_memory_equal(letters[1].value, cut, sizeof cut);
    records_free(letters, 3);
    weir_connect_close(on);

    on =
        worker("cluster-2"); /* another cluster as far as positions go: the same rows count again */
    connector(on, "bad2", "bad", rig.url, fail);
    task = await_failure(on, "bad2");
    assert_non_null(strstr(task.reason, "bad/0 offset 1200"));
    weir_connect_close(on);
}

/* A project that knows a field under another type learns the other fields; the task counts what was left out. */
static void test_other_type(void **state)
{
    weir_connect *on = worker("cluster-1");
    weir_frame frame = {0};
    weir_learned answer = {0};
    double count = 0;
    size_t at = 0;
    weir_error err = {0};

    (void)state;
    must(weir_project_create(server_engine(rig.server), "c1", "changed",
                             &(weir_project_options){.persist = true}, &err),
         &err);
    must(weir_batch_new(1, &frame.batch, &err), &err);
    must(weir_batch_add_column(frame.batch, "a", 1, WEIR_T, &at, &err), &err);
    must(weir_batch_row_begin(frame.batch, &err), &err);
    must(weir_batch_put_text(frame.batch, at, "word", 4, &err), &err);
    weir_batch_row_end(frame.batch);
    must(weir_learn(server_engine(rig.server), "c1", "changed", 1, &frame, &answer, &err), &err);
    weir_frame_free(&frame);
    topic("changed", 1);
    simulate("changed", "avro", NULL);
    connector(on, "changed", "changed", rig.url, NULL);
    await_learned(on, "changed", "changed", ROWS + 1);
    mean_count("changed", "b", &count);
    assert_true(count == ROWS - GAPS);
    mean_count("changed", "a$word", &count);
    assert_true(count == 1);
    for (int i = 0; i < PATIENCE && task_of(on, "changed").bad_cells < ROWS; i++)
        pause_shortly(); /* the answer to the last frame is on its way */
    assert_int_equal(task_of(on, "changed").bad_cells, ROWS);
    assert_string_equal(task_of(on, "changed").refused, "column a is of type T, not C");
    weir_connect_close(on);
}

/* Cells that are not of their column's type: the task counts them by column, and the rest is learned. */
static void test_bad_columns(void **state)
{
    static const char *const types[] = {"sml.attribute.types", "C,C,C,B", NULL};
    weir_connect *on = worker("cluster-1");
    double count = 0;

    (void)state;
    topic("words", 1);
    simulate("words", "avro", NULL);
    connector(on, "words", "words", rig.url, types);
    await_learned(on, "words", "words", ROWS);
    mean_count("words", "b", &count);
    assert_true(count == ROWS - GAPS);
    assert_int_equal(task_of(on, "words").bad_cells, 2 * ROWS);
    assert_string_equal(task_of(on, "words").bad_columns, "c (1200), key (1200)");
    assert_string_equal(task_of(on, "words").refused, "");
    weir_connect_close(on);
}

/* --- a server that refuses for a while */

static struct {
    atomic_int refusals, learns, tries;
    atomic_int status; /* of a refusal */
} scripted;

static void answer_info(const weir_http_request *request, weir_http_reply *reply)
{
    (void)request;
    weir_http_reply_text(reply, 200, "application/json",
                         "{\"statusCode\":\"OK\",\"statusString\":\"OK\",\"values\":{}}");
}

static void answer_learn(const weir_http_request *request, weir_http_reply *reply)
{
    atomic_fetch_add(&scripted.tries, 1);
    if (atomic_fetch_sub(&scripted.refusals, 1) > 0) {
        weir_http_reply_text(reply, atomic_load(&scripted.status), "application/json",
                             "{\"statusCode\":\"SERVICE_UNAVAILABLE\",\"statusString\":\"later\"}");
        return;
    }
    atomic_fetch_add(&scripted.learns, 1);
    answer_info(request, reply);
}

static const weir_route scripted_routes[] = {
    {.method = "GET", .path = "/symetry/rest/{cid}/projects/{pid}/info", .handler = answer_info},
    {.method = "POST", .path = "/symetry/rest/{cid}/projects/{pid}/learn", .handler = answer_learn},
    {0}};

/* A server that fails is asked again; one that goes on failing fails the task after 1 + retries tries. One that says
 * that it is full is asked as long as that lasts. */
static void test_retries(void **state)
{
    static const char *const four[] = {"sml.backoff.max.retries",
                                       "4",
                                       "sml.dataframe.max.chunk.size",
                                       "5000",
                                       "consumer.max.poll.records",
                                       "5000",
                                       NULL};
    const weir_http_options options = {.listen = "127.0.0.1:0", .routes = scripted_routes};
    weir_http_server *refusing = NULL;
    weir_connect *on = worker("cluster-1");
    weir_connect_task task = {0};
    char url[128];
    weir_error err = {0};

    (void)state;
    must(weir_http_open(&options, &refusing, &err), &err);
    snprintf(url, sizeof url, "http://%s/symetry/rest", weir_http_address(refusing));
    topic("retries", 1);
    simulate("retries", "avro", NULL);
    atomic_store(&scripted.status, 503);
    atomic_store(&scripted.refusals, 12);
    connector(on, "retries", "retries", url, four);
    for (int i = 0; i < PATIENCE && task.rows < ROWS; i++) {
        pause_shortly();
        task = task_of(on, "retries");
    }
    assert_int_equal(task.state, WEIR_TASK_RUNNING);
    assert_int_equal(task.rows, ROWS);
    assert_int_equal(task.retries, 12);
    assert_string_equal(task.reason, "");

    atomic_store(&scripted.status, 500);
    atomic_store(&scripted.refusals, 1000);
    atomic_store(&scripted.tries, 0);
    simulate("retries", "avro", NULL);
    task = await_failure(on, "retries");
    assert_int_equal(atomic_load(&scripted.tries), 5);
    assert_non_null(strstr(task.reason, "500"));
    assert_non_null(strstr(task.reason, "given up after 5 tries"));

    atomic_store(&scripted.refusals, 0);
    must(weir_connect_restart(on, "retries", WEIR_NONE, true, &err), &err);
    for (int i = 0; i < PATIENCE && task.rows < ROWS; i++) {
        pause_shortly();
        task = task_of(on, "retries");
    }
    assert_int_equal(task.rows, ROWS); /* the second half, which was not given up but kept */
    weir_connect_close(on);
    weir_http_close(refusing);
}

/* --- scoring */

typedef struct {
    weir_stream *stream;
    pthread_t thread;
    weir_error err;
    weir_code code;
} running_stream;

static void *run_stream(void *context)
{
    running_stream *running = context;

    running->code = weir_stream_run(running->stream, &running->err);
    return NULL;
}

static void stream_start(running_stream *running, const char *from, const char *to,
                         const char *rest)
{
    const char *const keys[] = {"sml.kstream.source.topic",
                                from,
                                "sml.kstream.sink.topic",
                                to,
                                "sml.kstream.app.id",
                                to,
                                "sml.kstream.project.id",
                                from,
                                "sml.kstream.model.id",
                                "m1",
                                "sml.kstream.rest",
                                rest,
                                "sml.kstream.rest.user",
                                "c1",
                                "sml.kstream.rest.secret",
                                SECRET,
                                "sml.kstream.rest.host",
                                rig.host,
                                "sml.kstream.schedule.ms",
                                "50",
                                "bootstrap.servers",
                                weir_embedded_bootstrap(rig.broker),
                                "schema.registry.url",
                                demo_registry_url(rig.registry),
                                "commit.interval.ms",
                                "200",
                                NULL};
    weir_settings settings = {0};
    const weir_stream_options options = {.settings = &settings,
                                         .codecs = &weir_codecs_builtin,
                                         .remote = &weir_remote_rest,
                                         .registries = &weir_registry_http};
    weir_error err = {0};

    for (size_t i = 0; keys[i]; i += 2)
        must(weir_settings_put(&settings, keys[i], keys[i + 1], &err), &err);
    must(weir_stream_open(&options, &running->stream, &err), &err);
    assert_int_equal(pthread_create(&running->thread, NULL, run_stream, running), 0);
    weir_settings_free(&settings);
}

static void await_scored(running_stream *running, uint64_t rows)
{
    for (int i = 0; i < PATIENCE && weir_stream_figures_of(running->stream).scored < rows; i++)
        pause_shortly();
    assert_int_equal(weir_stream_figures_of(running->stream).scored, rows);
}

static void stream_end(running_stream *running)
{
    weir_stream_end(running->stream);
    pthread_join(running->thread, NULL);
    must(running->code, &running->err);
    weir_stream_close(running->stream);
}

static void build(const char *project)
{
    const char *inputs[] = {"a", "b"};
    const weir_build build = {
        .model_id = "m1", .algorithm = "hba", .inputs = inputs, .input_count = 2};
    weir_error err = {0};

    must(weir_model_make(server_engine(rig.server), "c1", project, &build, &err), &err);
}

/* A scored value is the value without its frame, the decision, the score and the version behind it. */
static void check_scored(const seen_record *scored, const seen_record *source, double *score,
                         int *version)
{
    size_t fields = source->size - 5;

    assert_string_equal(scored->key, source->key);
    assert_int_equal(scored->size, source->size + 1 + 8 + 1);
    assert_memory_equal(scored->value + 5, source->value + 5, fields);
    memcpy(score, scored->value + 5 + fields + 1, sizeof *score);
    *version = scored->value[scored->size - 1] / 2; /* zigzag */
    assert_false(isnan(*score));
}

/* Rows wait for the model, keep keys and order within a partition, and are scored by newer versions as they come;
 * scoring here gives what scoring at the server gives; a second run goes on where the first committed. */
static void test_scored(void **state)
{
    static const char *const histograms[] = {"sml.create.project.params", "enableHistogram=true",
                                             NULL};
    weir_connect *on = worker("cluster-1");
    running_stream there = {0}, here = {0};
    seen_record *source = NULL, *scored_there = NULL, *scored_here = NULL;

    (void)state;
    topic("rows", 2);
    topic("scored", 2);
    topic("scored-here", 2);
    simulate("rows", "avro", "key");
    stream_start(&there, "rows", "scored", "true"); /* there is neither project nor model */
    connector(on, "rows", "rows", rig.url, histograms);
    await_learned(on, "rows", "rows", ROWS);
    assert_int_equal(weir_stream_figures_of(there.stream).scored, 0);
    build("rows");
    await_scored(&there, ROWS);
    assert_int_equal(weir_stream_figures_of(there.stream).version, 1);
    stream_start(&here, "rows", "scored-here", "false");
    await_scored(&here, ROWS);
    stream_end(&here);
    build("rows");
    simulate("rows", "avro", "key");
    await_scored(&there, 2 * ROWS);
    assert_int_equal(weir_stream_figures_of(there.stream).version, 2);
    stream_end(&there);
    here = (running_stream){0};
    stream_start(&here, "rows", "scored-here", "false");
    await_scored(&here, ROWS); /* not those of the first run */
    stream_end(&here);

    /* both topics hold the same rows in the same order on the same partitions */
    for (int32_t p = 0; p < 2; p++) {
        size_t at_there = 0, at_here = 0, rows = 0;

        source = read_records("rows", 2, 2 * ROWS);
        scored_there = read_records("scored", 2, 2 * ROWS);
        scored_here = read_records("scored-here", 2, 2 * ROWS);
        for (size_t i = 0; i < 2 * ROWS; i++) {
            double score_there = 0, score_here = 0;
            int version_there = 0, version_here = 0;

            if (source[i].partition != p)
                continue;
            while (scored_there[at_there].partition != p)
                at_there++;
            while (scored_here[at_here].partition != p)
                at_here++;
            check_scored(&scored_there[at_there++], &source[i], &score_there, &version_there);
            check_scored(&scored_here[at_here++], &source[i], &score_here, &version_here);
            assert_int_equal(version_there, version_here);
            assert_true(score_there == score_here);
            rows++;
        }
        assert_true(rows > 0);
        records_free(source, 2 * ROWS);
        records_free(scored_there, 2 * ROWS);
        records_free(scored_here, 2 * ROWS);
    }
    weir_connect_close(on);
}

/* Scores the topic twice, asking the server and with rest=false, into topics that then hold the same; *scored and
 * *source are for records_free(). */
static void score_both_ways(const char *from, seen_record **source, seen_record **scored)
{
    static const char *const rest[] = {"true", "false"};
    seen_record *seen[2] = {0};

    for (int way = 0; way < 2; way++) {
        running_stream running = {0};
        char to[64];

        snprintf(to, sizeof to, "%s-scored-%s", from, rest[way]);
        topic(to, 1);
        stream_start(&running, from, to, rest[way]);
        await_scored(&running, ROWS);
        stream_end(&running);
        seen[way] = read_records(to, 1, ROWS);
    }
    for (size_t i = 0; i < ROWS; i++) {
        assert_int_equal(seen[0][i].size, seen[1][i].size);
        assert_memory_equal(seen[0][i].value + 5, seen[1][i].value + 5, seen[0][i].size - 5);
    }
    records_free(seen[1], ROWS);
    *source = read_records(from, 1, ROWS);
    *scored = seen[0];
}

/* A model of hashed texts cannot be scored by its bytes alone: the server is asked, whatever rest says. */
static void test_scored_texts(void **state)
{
    static const char *const hashed[] = {"sml.create.project.params",
                                         "enableHistogram=true,sml_project_hashtrick_binsize=4",
                                         "sml.attribute.types", "C,C,S,X", NULL};
    const char *inputs[] = {"b", "hash$0", "hash$1", "hash$2", "hash$3"};
    const weir_build build_of = {
        .model_id = "m1", .algorithm = "hba", .inputs = inputs, .input_count = 5};
    weir_connect *on = worker("cluster-1");
    seen_record *source = NULL, *scored = NULL;
    double scores[3] = {0};
    int version = 0;
    weir_error err = {0};

    (void)state;
    topic("texts", 1);
    simulate("texts", "avro", NULL);
    connector(on, "texts", "texts", rig.url, hashed);
    await_learned(on, "texts", "texts", ROWS);
    must(weir_model_make(server_engine(rig.server), "c1", "texts", &build_of, &err), &err);
    score_both_ways("texts", &source, &scored);
    for (size_t i = 0; i < 3; i++) /* rows 0, 10 and 20 have no b, and each another text */
        check_scored(&scored[10 * i], &source[10 * i], &scores[i], &version);
    assert_false(scores[0] == scores[1] && scores[1] == scores[2]);
    records_free(source, ROWS);
    records_free(scored, ROWS);
    weir_connect_close(on);
}

/* Behind a row that a regression predicts stand the prediction, as a number of its own right, and the version. */
static void test_predicted(void **state)
{
    const char *inputs[] = {"a"}, *targets[] = {"b"};
    const weir_build build_of = {.model_id = "m1",
                                 .algorithm = "mlr",
                                 .inputs = inputs,
                                 .input_count = 1,
                                 .targets = targets,
                                 .target_count = 1};
    weir_connect *on = worker("cluster-1");
    seen_record *source = NULL, *scored = NULL;
    double predicted[ROWS], slope = 0;
    weir_error err = {0};

    (void)state;
    topic("line", 1);
    simulate("line", "avro", NULL);
    connector(on, "line", "line", rig.url, NULL);
    await_learned(on, "line", "line", ROWS);
    must(weir_model_make(server_engine(rig.server), "c1", "line", &build_of, &err), &err);
    score_both_ways("line", &source, &scored);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(scored[i].size, source[i].size + 8 + 1);
        memcpy(&predicted[i], scored[i].value + source[i].size, sizeof predicted[i]);
        assert_int_equal(scored[i].value[scored[i].size - 1], 2);
    }
    slope = (predicted[ROWS - 1] - predicted[0]) / (ROWS - 1);
    assert_true(fabs(slope - 0.25) < 0.01);
    for (int i = 0; i < ROWS; i++) /* one line in a, with nothing cut off */
        assert_true(fabs(predicted[i] - predicted[0] - i * slope) < 1e-9);
    records_free(source, ROWS);
    records_free(scored, ROWS);
    weir_connect_close(on);
}

/* How many points the tail gives of a topic with the rows of simulate(), taking "a" for the score. */
static uint64_t watched(const weir_tail_port *port, const char *name)
{
    weir_tail_point points[100];
    uint64_t next = 0, got = 0;
    size_t count = 0;
    weir_error err = {0};

    for (int i = 0; i < PATIENCE && got < ROWS; i++) {
        must(port->read(port->context, name, "a", NULL, next, 100, points, &count, &next, &err),
             &err);
        got += count;
        if (!count)
            pause_shortly();
    }
    return got;
}

/* The tail gives the scores of a sink topic, page by page, in whichever format they are written. */
static void test_tail(void **state)
{
    const weir_kafka_tail_options options = {.bootstrap = weir_embedded_bootstrap(rig.broker),
                                             .registry = demo_registry_url(rig.registry),
                                             .codecs = &weir_codecs_builtin,
                                             .registries = &weir_registry_http};
    weir_tail_point points[100];
    weir_kafka_tail *tail = NULL;
    const weir_tail_port *port = NULL;
    uint64_t next = 0, got = 0;
    char **topics = NULL;
    size_t count = 0, found = 0;
    weir_error err = {0};

    (void)state;
    must(weir_kafka_tail_open(&options, &tail, &err), &err);
    port = weir_kafka_tail_port(tail);
    for (int i = 0; i < PATIENCE && got < 2 * ROWS; i++) {
        must(port->read(port->context, "scored", "anomaly_score", "a", next, 100, points, &count,
                        &next, &err),
             &err);
        for (size_t k = 0; k < count; k++, got++) {
            assert_int_equal(points[k].index, got);
            assert_false(isnan(points[k].truth));
            assert_true(points[k].q95 <= points[k].q98 && points[k].q98 <= points[k].q99);
            assert_in_range(points[k].model_version, 1, 2);
        }
        if (!count)
            pause_shortly();
    }
    assert_int_equal(got, 2 * ROWS);
    assert_int_equal(watched(port, "plain"), ROWS);
    assert_int_equal(watched(port, "enveloped"), ROWS);
    must(port->topics(port->context, &topics, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        found += !strcmp(topics[i], "scored") || !strcmp(topics[i], "rows");
    assert_int_equal(found, 2);
    weir_list_free(topics, count);
    weir_kafka_tail_close(tail);
}

/* A topic that was made anew ends below what the server knows: the task says so and counts nothing until reset. */
static void test_made_anew(void **state)
{
    weir_embedded *first = rig.broker, *second = NULL;
    weir_connect *on = worker("cluster-1");
    weir_connect_task task;
    weir_error err = {0};

    (void)state;
    topic("anew", 1);
    simulate("anew", "avro", NULL);
    simulate("anew", "avro", NULL);
    connector(on, "anew", "anew", rig.url, NULL);
    await_learned(on, "anew", "anew", 2 * ROWS);
    weir_connect_close(on);

    must(weir_embedded_open(&second, &err), &err);
    rig.broker = second;
    topic("anew", 1);
    simulate("anew", "avro", NULL);
    on = worker("cluster-1");
    connector(on, "anew", "anew", rig.url, NULL);
    task = await_failure(on, "anew");
    assert_non_null(strstr(task.reason, "made anew"));
    assert_non_null(strstr(task.reason, "1200"));
    assert_true(learned("anew") == 2 * ROWS);
    must(weir_connect_reset(on, "anew", &err), &err);
    await_learned(on, "anew", "anew", 3 * ROWS);
    weir_connect_close(on);
    rig.broker = first;
    weir_embedded_close(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learned_once), cmocka_unit_test(test_json),
        cmocka_unit_test(test_filtered),     cmocka_unit_test(test_new_topic),
        cmocka_unit_test(test_malformed),    cmocka_unit_test(test_other_type),
        cmocka_unit_test(test_bad_columns),  cmocka_unit_test(test_retries),
        cmocka_unit_test(test_scored),       cmocka_unit_test(test_scored_texts),
        cmocka_unit_test(test_predicted),    cmocka_unit_test(test_tail),
        cmocka_unit_test(test_made_anew),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
