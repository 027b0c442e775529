/* tail.c: see kafka_tail.h.
 *
 * A watched topic has a thread that reads it from its beginning into a ring of points. It is no group member and
 * commits nothing, so watching disturbs nobody. The quantiles of a point are those of all scores up to it, from one
 * sketch that grows with the topic; only the four fields that make a point are decoded.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/kafka_tail.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "client_settings.h"
#include "registry_settings.h"
#include "value.h"
#include "weir/batch.h"
#include "weir/ddsketch.h"
#include "weir/log.h"
#include "weir/memory.h"

#define TAIL_POINTS 131072 /* kept a topic, 10 MiB */
#define TAIL_WATCHES 16
#define TAIL_IDLE_MS 100
#define TAIL_RETRY_MS 500

/* The fields of a value that make a point. */
enum { FIELD_SCORE, FIELD_TRUTH, FIELD_RES, FIELD_VERSION, FIELDS };

typedef struct {
    weir_kafka_tail *tail;
    char *topic, *names[FIELDS]; /* names[FIELD_TRUTH] NULL: none */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* over points, first and count */
    weir_tail_point *points;
    uint64_t first, count; /* the ring holds indexes first to first + count - 1 */
    /* the thread's own */
    rd_kafka_t *consumer;
    value_reader *reader;
    weir_ddsketch *sketch;
} tail_watch;

struct weir_kafka_tail {
    weir_tail_port port;
    const weir_codecs *codecs;
    const weir_registry_calls *calls;
    weir_registry *registry;
    weir_settings settings; /* of clients and registry */
    atomic_bool stop;
    pthread_mutex_t lock; /* over watches and client */
    tail_watch *watches[TAIL_WATCHES];
    size_t count;
    rd_kafka_t *client; /* asks for the names of topics */
};

/* What a plan carries: a batch of one row that holds the fields wanted. */
typedef struct {
    unsigned generation;
    weir_batch *batch;
    size_t columns[FIELDS]; /* WEIR_NONE where the value has no such field */
} tail_view;

static void view_free(void *extra)
{
    tail_view *view = extra;

    if (!view)
        return;
    weir_batch_free(view->batch);
    weir_free(view);
}

static weir_code view_of(tail_watch *watch, value_plan *plan, tail_view **out, weir_error *err)
{
    const weir_codecs *codecs = watch->tail->codecs;
    size_t fields = codecs->plan_fields(plan->rows);
    weir_type *types = NULL;
    tail_view *view = plan->extra;
    weir_code code = WEIR_OK;

    if (view && view->generation == plan->generation) {
        *out = view;
        return WEIR_OK;
    }
    view_free(view);
    plan->extra = NULL;
    if (!(view = weir_calloc(1, sizeof *view)) ||
        !(types = weir_calloc(fields ? fields : 1, sizeof *types))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to watch %s", watch->topic);
        goto done;
    }
    for (size_t i = 0; i < fields; i++) {
        const char *name = codecs->plan_field(plan->rows, i).name;

        types[i] = WEIR_X;
        for (size_t f = 0; f < FIELDS; f++)
            if (watch->names[f] && !strcmp(watch->names[f], name))
                types[i] = WEIR_C;
    }
    if ((code = weir_batch_new(1, &view->batch, err)) ||
        (code = codecs->plan_bind(plan->rows, types, fields, view->batch, err)))
        goto done;
    for (size_t f = 0; f < FIELDS; f++)
        view->columns[f] =
            watch->names[f] ? weir_batch_find(view->batch, watch->names[f], strlen(watch->names[f]))
                            : WEIR_NONE;
    view->generation = plan->generation;
    plan->extra = *out = view;
    view = NULL;
done:
    weir_free(types);
    view_free(view);
    return code;
}

static double field_of(const tail_view *view, size_t f)
{
    size_t column = view->columns[f];

    if (column == WEIR_NONE || !view->batch->columns[column].present[0])
        return NAN;
    return view->batch->columns[column].values[0];
}

/* The first value tells the format of the topic. */
static weir_code open_reader(tail_watch *watch, const rd_kafka_message_t *message, weir_error *err)
{
    weir_kafka_tail *tail = watch->tail;

    if (watch->reader)
        return WEIR_OK;
    return value_reader_open(tail->codecs, tail->calls, tail->registry,
                             value_format_of(message->payload, message->len, tail->registry),
                             view_free, &watch->reader, err);
}

/* Reads a value into a point. False when it is none: unreadable, or without a score. */
static bool read_point(tail_watch *watch, const rd_kafka_message_t *message, weir_tail_point *point)
{
    const weir_codecs *codecs = watch->tail->codecs;
    value_plan *plan = NULL;
    tail_view *view = NULL;
    const void *body = NULL;
    size_t size = 0;
    weir_rejects rejects = {0};
    double version = 0, res = 0;

    if (!message->payload || open_reader(watch, message, NULL) ||
        value_plan_of(watch->reader, message->payload, message->len, &plan, &body, &size, NULL) ||
        view_of(watch, plan, &view, NULL))
        return false;
    weir_batch_clear(view->batch);
    if (codecs->plan_row(plan->rows, body, size, view->batch, &rejects, NULL))
        return false;
    point->score = field_of(view, FIELD_SCORE);
    point->truth = field_of(view, FIELD_TRUTH);
    res = field_of(view, FIELD_RES);
    version = field_of(view, FIELD_VERSION);
    point->res = fabs(res) < 1e9 ? (int)res : 0;
    point->model_version = fabs(version) < 9e15 ? (int64_t)version : 0;
    point->partition = message->partition;
    point->offset = message->offset;
    return !isnan(point->score);
}

static void keep_point(tail_watch *watch, weir_tail_point *point)
{
    if (weir_ddsketch_add(watch->sketch, &point->score, NULL, 1, 1.0, NULL))
        return;
    point->q95 = weir_ddsketch_quantile(watch->sketch, 0.95);
    point->q98 = weir_ddsketch_quantile(watch->sketch, 0.98);
    point->q99 = weir_ddsketch_quantile(watch->sketch, 0.99);
    pthread_mutex_lock(&watch->lock);
    point->index = watch->first + watch->count;
    watch->points[point->index % TAIL_POINTS] = *point;
    if (watch->count < TAIL_POINTS)
        watch->count++;
    else
        watch->first++;
    pthread_mutex_unlock(&watch->lock);
}

/* Assigns all partitions from their beginning, once there are any. */
static bool assign_all(tail_watch *watch)
{
    int count = 0;
    rd_kafka_topic_partition_list_t *list = NULL;

    if (kafka_partitions(watch->consumer, watch->topic, 2000, &count, NULL) || !count)
        return false;
    list = rd_kafka_topic_partition_list_new(count);
    for (int p = 0; p < count; p++)
        rd_kafka_topic_partition_list_add(list, watch->topic, p)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(watch->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return true;
}

static weir_code watch_connect(tail_watch *watch, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    weir_kafka_tail *tail = watch->tail;
    weir_code code = client_settings_conf(&tail->settings, "weir-tail", &conf, err);

    if (code)
        return code;
    if ((code = kafka_conf_put(conf, "group.id", "weir-tail", err)) ||
        (code = kafka_conf_put(conf, "enable.auto.commit", "false", err)) ||
        (code = kafka_conf_put(conf, "auto.offset.reset", "earliest", err)) ||
        (code = kafka_conf_put(conf, "fetch.wait.max.ms", "100", err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    if ((code = kafka_client(RD_KAFKA_CONSUMER, conf, &watch->consumer, err)))
        return code;
    rd_kafka_poll_set_consumer(watch->consumer);
    return WEIR_OK;
}

static void *watch_run(void *context)
{
    tail_watch *watch = context;
    weir_error err = {0};
    bool assigned = false;

    if (watch_connect(watch, &err)) {
        weir_log(WEIR_LOG_WARN, "tail", "%s: %s", watch->topic, err.message);
        return NULL;
    }
    while (!atomic_load(&watch->tail->stop)) {
        weir_tail_point point = {0};
        rd_kafka_message_t *message = NULL;

        if (!assigned && !(assigned = assign_all(watch))) {
            rd_kafka_consumer_poll(watch->consumer, TAIL_RETRY_MS);
            continue;
        }
        message = rd_kafka_consumer_poll(watch->consumer, TAIL_IDLE_MS);
        if (message && !message->err && read_point(watch, message, &point))
            keep_point(watch, &point);
        if (message)
            rd_kafka_message_destroy(message);
    }
    return NULL;
}

static void watch_free(tail_watch *watch)
{
    if (!watch)
        return;
    if (watch->started)
        pthread_join(watch->thread, NULL);
    if (watch->consumer) {
        rd_kafka_consumer_close(watch->consumer);
        rd_kafka_destroy(watch->consumer);
    }
    value_reader_close(watch->reader);
    weir_ddsketch_free(watch->sketch);
    weir_free(watch->points);
    weir_free(watch->topic);
    for (size_t f = 0; f < FIELDS; f++)
        weir_free(watch->names[f]);
    pthread_mutex_destroy(&watch->lock);
    weir_free(watch);
}

static weir_code watch_new(weir_kafka_tail *tail, const char *topic, const char *score,
                           const char *truth, tail_watch **out, weir_error *err)
{
    tail_watch *watch = weir_calloc(1, sizeof *watch);
    weir_code code = WEIR_OK;

    if (!watch)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to watch %s", topic);
    pthread_mutex_init(&watch->lock, NULL);
    watch->tail = tail;
    if (!(watch->topic = weir_strdup(topic)) || !(watch->names[FIELD_SCORE] = weir_strdup(score)) ||
        (truth && !(watch->names[FIELD_TRUTH] = weir_strdup(truth))) ||
        !(watch->names[FIELD_RES] = weir_strdup("res")) ||
        !(watch->names[FIELD_VERSION] = weir_strdup("model_version")) ||
        !(watch->points = weir_calloc(TAIL_POINTS, sizeof *watch->points))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to watch %s", topic);
        goto done;
    }
    if ((code = weir_ddsketch_new(&watch->sketch, err)))
        goto done;
    if (pthread_create(&watch->thread, NULL, watch_run, watch)) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no thread to watch %s", topic);
        goto done;
    }
    watch->started = true;
    *out = watch;
    watch = NULL;
done:
    watch_free(watch);
    return code;
}

static bool same_truth(const tail_watch *watch, const char *truth)
{
    const char *mine = watch->names[FIELD_TRUTH];

    return mine && truth ? !strcmp(mine, truth) : !mine && !truth;
}

static weir_code find_watch(weir_kafka_tail *tail, const char *topic, const char *score,
                            const char *truth, tail_watch **out, weir_error *err)
{
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&tail->lock);
    *out = NULL;
    for (size_t i = 0; i < tail->count; i++)
        if (!strcmp(tail->watches[i]->topic, topic) &&
            !strcmp(tail->watches[i]->names[FIELD_SCORE], score) &&
            same_truth(tail->watches[i], truth))
            *out = tail->watches[i];
    if (!*out && tail->count == TAIL_WATCHES)
        code = weir_fail(err, WEIR_BUSY, "%d topics are watched already; %s cannot be added",
                         TAIL_WATCHES, topic);
    else if (!*out && !(code = watch_new(tail, topic, score, truth, out, err)))
        tail->watches[tail->count++] = *out;
    pthread_mutex_unlock(&tail->lock);
    return code;
}

/* The port's read: any thread. */
static weir_code tail_read(void *context, const char *topic, const char *score, const char *truth,
                           uint64_t from, size_t max, weir_tail_point *out, size_t *count,
                           uint64_t *next, weir_error *err)
{
    tail_watch *watch = NULL;
    uint64_t at = from, end = 0;
    weir_code code = WEIR_OK;

    *count = 0;
    *next = from;
    if (!*topic || strlen(topic) > 249 || !*score)
        return weir_fail(err, WEIR_INVALID, "\"%.60s\" is no topic to watch for \"%.60s\"", topic,
                         score);
    if ((code = find_watch(context, topic, score, truth, &watch, err)))
        return code;
    pthread_mutex_lock(&watch->lock);
    end = watch->first + watch->count;
    if (at < watch->first)
        at = watch->first;
    while (at < end && *count < max)
        out[(*count)++] = watch->points[at++ % TAIL_POINTS];
    pthread_mutex_unlock(&watch->lock);
    *next = at > end ? end : at;
    return WEIR_OK;
}

static weir_code topics_client(weir_kafka_tail *tail, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    weir_code code = WEIR_OK;

    if (tail->client)
        return WEIR_OK;
    if ((code = client_settings_conf(&tail->settings, "weir-topics", &conf, err)))
        return code;
    return kafka_client(RD_KAFKA_PRODUCER, conf, &tail->client, err);
}

/* The port's topics: any thread. Internal topics (their names begin with two underlines) are left out. */
static weir_code tail_topics(void *context, char ***names, size_t *count, weir_error *err)
{
    weir_kafka_tail *tail = context;
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    char **list = NULL;
    size_t made = 0;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&tail->lock);
    if ((code = topics_client(tail, err)))
        goto done;
    if ((error = rd_kafka_metadata(tail->client, 1, NULL, &metadata, 5000))) {
        code = kafka_fail(error, "the brokers do not list their topics", err);
        goto done;
    }
    if (!(list = weir_calloc((size_t)metadata->topic_cnt + 1, sizeof *list)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %d names", metadata->topic_cnt);
    for (int i = 0; !code && i < metadata->topic_cnt; i++) {
        if (!strncmp(metadata->topics[i].topic, "__", 2))
            continue;
        if (!(list[made] = weir_strdup(metadata->topics[i].topic)))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for %d names", metadata->topic_cnt);
        else
            made++;
    }
    rd_kafka_metadata_destroy(metadata);
    if (code) {
        for (size_t i = 0; i < made; i++)
            weir_free(list[i]);
        weir_free(list);
        goto done;
    }
    *names = list;
    *count = made;
done:
    pthread_mutex_unlock(&tail->lock);
    return code;
}

weir_code weir_kafka_tail_open(const weir_kafka_tail_options *options, weir_kafka_tail **out,
                               weir_error *err)
{
    weir_kafka_tail *tail = weir_calloc(1, sizeof *tail);
    rd_kafka_conf_t *trial = NULL; /* what is wrong with the settings is told now */
    weir_code code = WEIR_OK;

    if (!tail)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to watch topics");
    pthread_mutex_init(&tail->lock, NULL);
    atomic_init(&tail->stop, false);
    tail->codecs = options->codecs;
    tail->calls = options->registries;
    tail->port = (weir_tail_port){tail, tail_read, tail_topics};
    if (!(code = client_settings_gather(options->properties, options->bootstrap, options->registry,
                                        &tail->settings, err)) &&
        !(code = client_settings_conf(&tail->settings, "weir-tail", &trial, err)))
        code = registry_settings_open(tail->calls, &tail->settings, "", NULL, &tail->registry, err);
    if (trial)
        rd_kafka_conf_destroy(trial);
    if (code)
        weir_kafka_tail_close(tail);
    else
        *out = tail;
    return code;
}

void weir_kafka_tail_close(weir_kafka_tail *tail)
{
    if (!tail)
        return;
    atomic_store(&tail->stop, true);
    for (size_t i = 0; i < tail->count; i++)
        watch_free(tail->watches[i]);
    if (tail->client)
        rd_kafka_destroy(tail->client);
    tail->calls->close(tail->registry);
    weir_settings_free(&tail->settings);
    pthread_mutex_destroy(&tail->lock);
    weir_free(tail);
}

const weir_tail_port *weir_kafka_tail_port(const weir_kafka_tail *tail)
{
    return &tail->port;
}
