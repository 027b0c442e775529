/* simulate.c: see simulate.h.
 *
 * Without a key row r goes to partition r mod n, so that a run is the same each time and partitions are even. With a
 * key the Java client's partitioner (murmur2) is used, so that rows meet other producers' rows of the same key.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/simulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "client_settings.h"
#include "registry_settings.h"
#include "row_writer.h"
#include "value.h"
#include "weir/memory.h"

#define SIMULATE_BATCH 1000

struct weir_simulator {
    const weir_codecs *codecs;
    char *csv_path, *topic_name;
    char *letters; /* "S,S,...": every cell as text */
    value_format format;
    row_layout layout;
    uint64_t rows, at;
    size_t key; /* column, or WEIR_NONE */
    int32_t schema_id;
    char *envelope; /* of the JSON format with schemas */
    int partitions;
    rd_kafka_t *producer;
    rd_kafka_topic_t *topic;
    weir_csv *csv;
    weir_batch *batch; /* rows being sent */
    size_t batch_row;
    weir_bytes value;
    uint64_t produced, delivered, failed; /* by the thread that polls: the caller's */
    rd_kafka_resp_err_t failure;
};

/* Runs in rd_kafka_poll() of the sending thread. */
static void delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    weir_simulator *simulator = opaque;

    (void)client;
    if (message->err) {
        simulator->failed++;
        simulator->failure = message->err;
    } else {
        simulator->delivered++;
    }
}

/* Opens the file with every column as text; the first time the columns are counted for that. */
static weir_code open_csv(weir_simulator *simulator, weir_error *err)
{
    const weir_codecs *codecs = simulator->codecs;
    weir_batch *batch = NULL;
    weir_rejects rejects = {0};
    weir_code code = WEIR_OK;

    codecs->csv_close(simulator->csv);
    simulator->csv = NULL;
    if (!simulator->letters) {
        if ((code = codecs->csv_open(simulator->csv_path, NULL, &simulator->csv, err)) ||
            (code = codecs->csv_next(simulator->csv, 1, WEIR_BAD_CELL, &rejects, &batch, err)))
            return code;
        if (!batch || !batch->column_count) {
            weir_batch_free(batch);
            return weir_fail(err, WEIR_INVALID, "%s has no rows", simulator->csv_path);
        }
        if (!(simulator->letters = weir_malloc(2 * batch->column_count))) {
            weir_batch_free(batch);
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the columns of %s",
                             simulator->csv_path);
        }
        for (size_t i = 0; i < batch->column_count; i++)
            memcpy(simulator->letters + 2 * i, i + 1 < batch->column_count ? "S," : "S", 2);
        weir_batch_free(batch);
        codecs->csv_close(simulator->csv);
        simulator->csv = NULL;
    }
    return codecs->csv_open(simulator->csv_path, simulator->letters, &simulator->csv, err);
}

/* The next rows of the file, NULL at its end. A row or cell that cannot be read is an error: a simulation sends the
 * whole file or says why not. */
static weir_code next_batch(weir_simulator *simulator, weir_batch **out, weir_error *err)
{
    weir_rejects rejects = {0};

    return simulator->codecs->csv_next(simulator->csv, SIMULATE_BATCH, WEIR_BAD_REJECT, &rejects,
                                       out, err);
}

static weir_code survey(weir_simulator *simulator, weir_error *err)
{
    weir_code code = open_csv(simulator, err);

    while (!code) {
        weir_batch *batch = NULL;

        if ((code = next_batch(simulator, &batch, err)) || !batch)
            break;
        if (!simulator->layout.count)
            code = row_layout_begin(&simulator->layout, batch, err);
        if (!code)
            row_layout_widen(&simulator->layout, batch);
        simulator->rows += batch->rows;
        weir_batch_free(batch);
    }
    if (code)
        return code;
    if (!simulator->rows)
        return weir_fail(err, WEIR_INVALID, "%s has no rows", simulator->csv_path);
    return open_csv(simulator, err);
}

static weir_code choose_format(const weir_simulate_options *options, value_format *format,
                               weir_error *err)
{
    if (!strcmp(options->format, "avro"))
        *format = VALUE_AVRO;
    else if (!strcmp(options->format, "json"))
        *format = VALUE_JSON;
    else if (!strcmp(options->format, "json-schema"))
        *format = VALUE_JSON_ENVELOPE;
    else
        return weir_fail(err, WEIR_INVALID, "format \"%.40s\"; one of avro, json, json-schema",
                         options->format);
    if (*format == VALUE_AVRO && !options->registry &&
        !(options->properties && weir_settings_get(options->properties, "schema.registry.url")))
        return weir_fail(err, WEIR_INVALID, "the format avro needs a schema registry");
    return WEIR_OK;
}

weir_code weir_simulate_check(const weir_simulate_options *options, weir_error *err)
{
    value_format format;

    return choose_format(options, &format, err);
}

static weir_code find_key(weir_simulator *simulator, const char *key, weir_error *err)
{
    simulator->key = WEIR_NONE;
    for (size_t i = 0; key && i < simulator->layout.count; i++)
        if (!strcmp(simulator->layout.columns[i].name, key))
            simulator->key = i;
    if (key && simulator->key == WEIR_NONE)
        return weir_fail(err, WEIR_INVALID, "%s has no column %s", simulator->csv_path, key);
    return WEIR_OK;
}

static weir_code enrol(weir_simulator *simulator, const weir_simulate_options *options,
                       const weir_settings *settings, weir_error *err)
{
    char subject[300], *schema = NULL;
    weir_registry *registry = NULL;
    weir_code code = WEIR_OK;

    if (simulator->format == VALUE_JSON_ENVELOPE)
        return row_json_schema(&simulator->layout, options->topic, &simulator->envelope, err);
    if (simulator->format != VALUE_AVRO)
        return WEIR_OK;
    snprintf(subject, sizeof subject, "%s-value", options->topic);
    if (!(code = row_avro_schema(&simulator->layout, options->topic, &schema, err)) &&
        !(code = registry_settings_open(options->registries, settings, "", NULL, &registry, err)))
        code = options->registries->enrol(registry, subject, schema, &simulator->schema_id, err);
    options->registries->close(registry);
    free(schema);
    return code;
}

static weir_code connect_broker(weir_simulator *simulator, const weir_simulate_options *options,
                                const weir_settings *settings, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    weir_code code = client_settings_conf(settings, "weir-simulate", &conf, err);

    if (code)
        return code;
    rd_kafka_conf_set_opaque(conf, simulator);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    if ((code = kafka_conf_put(conf, "enable.idempotence", "true", err)) ||
        (code = kafka_conf_put(conf, "linger.ms", "5", err)) ||
        (code = kafka_conf_put(conf, "partitioner", "murmur2_random", err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    if ((code = kafka_client(RD_KAFKA_PRODUCER, conf, &simulator->producer, err)) ||
        (code = kafka_topic_ensure(simulator->producer, options->topic,
                                   options->partitions > 0 ? options->partitions : 1,
                                   &simulator->partitions, err)))
        return code;
    if (!(simulator->topic = rd_kafka_topic_new(simulator->producer, options->topic, NULL)))
        return kafka_fail(rd_kafka_last_error(), options->topic, err);
    return WEIR_OK;
}

weir_code weir_simulator_open(const weir_simulate_options *options, weir_simulator **out,
                              weir_error *err)
{
    weir_code code = WEIR_OK;
    weir_settings settings = {0};
    weir_simulator *simulator = weir_calloc(1, sizeof *simulator);

    if (!simulator || !(simulator->csv_path = weir_strdup(options->csv)) ||
        !(simulator->topic_name = weir_strdup(options->topic))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a simulator");
        goto done;
    }
    simulator->codecs = options->codecs;
    if ((code = choose_format(options, &simulator->format, err)) ||
        (code = client_settings_gather(options->properties, options->bootstrap, options->registry,
                                       &settings, err)) ||
        (code = survey(simulator, err)) || (code = find_key(simulator, options->key, err)) ||
        (code = connect_broker(simulator, options, &settings, err)) ||
        (code = enrol(simulator, options, &settings, err)))
        goto done;
    *out = simulator;
    simulator = NULL;
done:
    weir_settings_free(&settings);
    weir_simulator_close(simulator);
    return code;
}

void weir_simulator_close(weir_simulator *simulator)
{
    if (!simulator)
        return;
    if (simulator->topic)
        rd_kafka_topic_destroy(simulator->topic);
    if (simulator->producer) {
        rd_kafka_purge(simulator->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(simulator->producer, 100);
        rd_kafka_destroy(simulator->producer);
    }
    simulator->codecs->csv_close(simulator->csv);
    weir_batch_free(simulator->batch);
    weir_bytes_free(&simulator->value);
    row_layout_free(&simulator->layout);
    free(simulator->envelope);
    weir_free(simulator->letters);
    weir_free(simulator->csv_path);
    weir_free(simulator->topic_name);
    weir_free(simulator);
}

uint64_t weir_simulator_rows(const weir_simulator *simulator)
{
    return simulator->rows;
}

uint64_t weir_simulator_at(const weir_simulator *simulator)
{
    return simulator->at;
}

uint64_t weir_simulator_delivered(const weir_simulator *simulator)
{
    return simulator->delivered;
}

weir_code weir_simulator_topic_rows(weir_simulator *simulator, uint64_t *rows, weir_error *err)
{
    *rows = 0;
    for (int p = 0; p < simulator->partitions; p++) {
        int64_t low = 0, high = 0;
        rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
            simulator->producer, simulator->topic_name, p, &low, &high, 10000);

        if (error)
            return kafka_fail(error, simulator->topic_name, err);
        *rows += (uint64_t)high;
    }
    return WEIR_OK;
}

/* Makes sure that there is a row to send; *end says that the file has no more. */
static weir_code advance(weir_simulator *simulator, bool *end, weir_error *err)
{
    *end = false;
    if (simulator->batch && simulator->batch_row < simulator->batch->rows)
        return WEIR_OK;
    weir_batch_free(simulator->batch);
    simulator->batch = NULL;
    simulator->batch_row = 0;
    weir_code code = next_batch(simulator, &simulator->batch, err);

    *end = !code && !simulator->batch;
    return code;
}

weir_code weir_simulator_seek(weir_simulator *simulator, uint64_t row, weir_error *err)
{
    weir_code code = WEIR_OK;
    bool end = false;

    if (row < simulator->at) {
        weir_batch_free(simulator->batch);
        simulator->batch = NULL;
        simulator->at = 0;
        code = open_csv(simulator, err);
    }
    while (!code && simulator->at < row) {
        if ((code = advance(simulator, &end, err)) || end)
            break;
        uint64_t here = simulator->batch->rows - simulator->batch_row;
        uint64_t step = row - simulator->at < here ? row - simulator->at : here;

        simulator->batch_row += step;
        simulator->at += step;
    }
    return code;
}

/* Hands one message to the producer; a full queue is waited for. */
static weir_code produce(weir_simulator *simulator, int32_t partition, const char *key,
                         weir_error *err)
{
    while (rd_kafka_produce(simulator->topic, partition, RD_KAFKA_MSG_F_COPY, simulator->value.data,
                            simulator->value.size, key, key ? strlen(key) : 0, NULL)) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return kafka_fail(rd_kafka_last_error(), simulator->topic_name, err);
        rd_kafka_poll(simulator->producer, 50);
        if (simulator->failed)
            return kafka_fail(simulator->failure, "messages were not delivered", err);
    }
    simulator->produced++;
    return WEIR_OK;
}

static weir_code send_row(weir_simulator *simulator, weir_error *err)
{
    const weir_batch *batch = simulator->batch;
    size_t row = simulator->batch_row;
    const char *key = simulator->key == WEIR_NONE ? NULL : row_cell(batch, simulator->key, row);
    int32_t partition = simulator->key == WEIR_NONE
                            ? (int32_t)(simulator->at % (uint64_t)simulator->partitions)
                            : RD_KAFKA_PARTITION_UA;
    weir_code code = WEIR_OK;

    weir_bytes_clear(&simulator->value);
    if (simulator->format == VALUE_AVRO) {
        value_frame(simulator->schema_id, &simulator->value);
        row_avro(&simulator->layout, batch, row, &simulator->value);
        code = weir_bytes_ok(&simulator->value, err);
    } else {
        code =
            row_json(&simulator->layout, batch, row, simulator->envelope, &simulator->value, err);
    }
    if (!code && !(code = produce(simulator, partition, key, err))) {
        simulator->batch_row++;
        simulator->at++;
    }
    return code;
}

weir_code weir_simulator_send(weir_simulator *simulator, uint64_t count, uint64_t *sent,
                              weir_error *err)
{
    weir_code code = WEIR_OK;
    bool end = false;

    for (*sent = 0; !code && *sent < count; (*sent)++) {
        if ((code = advance(simulator, &end, err)) || end)
            break;
        if ((code = send_row(simulator, err)))
            break;
    }
    rd_kafka_poll(simulator->producer, 0);
    if (!code && simulator->failed)
        code = kafka_fail(simulator->failure, "messages were not delivered", err);
    return code;
}

weir_code weir_simulator_flush(weir_simulator *simulator, int timeout_ms, weir_error *err)
{
    rd_kafka_resp_err_t error = rd_kafka_flush(simulator->producer, timeout_ms);

    if (error)
        return weir_fail(
            err, WEIR_UNAVAILABLE, "%llu of %llu messages are not delivered yet",
            (unsigned long long)(simulator->produced - simulator->delivered - simulator->failed),
            (unsigned long long)simulator->produced);
    if (simulator->failed)
        return kafka_fail(simulator->failure, "messages were not delivered", err);
    return WEIR_OK;
}
