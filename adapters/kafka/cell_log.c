/* cell_log.c: see cell_log.h.
 *
 * A reader knows that it is at the end by the client's end-of-partition events: records of transactions that were
 * given up, and the markers between, move the end without anything to be handed out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cell_log.h"

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "steady.h"
#include "weir/log.h"
#include "weir/memory.h"

#define STEP_MS 1000     /* of one try of a call to the brokers */
#define GIVE_UP_MS 30000 /* all tries of one call */
#define ADMIN_MS 5000
#define DRAIN_MS 100 /* how long one poll of a reader goes on taking records */
/* A node that is killed in a transaction holds up readers until it is given up. */
#define TRANSACTION_MS "10000"

static bool stopped(const cell_log_options *options)
{
    return options->stop && options->stop(options->stop_context);
}

/* --- the topic */

static weir_code make_topic(rd_kafka_t *client, const cell_log_options *options, weir_error *err)
{
    /* Small segments and an eager cleaner: the topic shall not be much longer than the cells in it. */
    static const char *const configs[][2] = {{"cleanup.policy", "compact"},
                                             {"min.cleanable.dirty.ratio", "0.2"},
                                             {"segment.bytes", "67108864"},
                                             {"segment.ms", "600000"}};
    char why[200];
    rd_kafka_NewTopic_t *wanted = rd_kafka_NewTopic_new(options->topic, options->partitions,
                                                        options->replication, why, sizeof why);
    rd_kafka_AdminOptions_t *admin = NULL;
    rd_kafka_queue_t *queue = NULL;
    rd_kafka_event_t *event = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    weir_code code = WEIR_OK;

    if (!wanted)
        return weir_fail(err, WEIR_INVALID, "topic %s: %s", options->topic, why);
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++)
        rd_kafka_NewTopic_set_config(wanted, configs[i][0], configs[i][1]);
    admin = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &wanted, 1, admin, queue);
    event = rd_kafka_queue_poll(queue, ADMIN_MS);
    if (!event) {
        code =
            weir_fail(err, WEIR_UNAVAILABLE, "topic %s: the brokers do not answer", options->topic);
        goto done;
    }
    if (!(error = rd_kafka_event_error(event))) {
        size_t results = 0;
        const rd_kafka_topic_result_t **result = rd_kafka_CreateTopics_result_topics(
            rd_kafka_event_CreateTopics_result(event), &results);

        if (results)
            error = rd_kafka_topic_result_error(result[0]);
    }
    if (error && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        snprintf(why, sizeof why, "topic %.150s cannot be made", options->topic);
        code = kafka_fail(error, why, err);
    }
done:
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(admin);
    rd_kafka_NewTopic_destroy(wanted);
    return code;
}

/* The number of partitions of the changelog, which is made when it is missing. */
static weir_code ensure_topic(rd_kafka_t *client, const cell_log_options *options, int *partitions,
                              weir_error *err)
{
    int64_t until = steady_ms() + GIVE_UP_MS;
    weir_code code = kafka_partitions(client, options->topic, ADMIN_MS, partitions, err);

    if (!code && !*partitions)
        code = make_topic(client, options, err);
    while (!code && !*partitions) { /* listed a moment after it was made */
        if (stopped(options) || steady_ms() > until)
            return weir_fail(err, WEIR_UNAVAILABLE, "topic %s was made and is not listed",
                             options->topic);
        rd_kafka_poll(client, 50);
        code = kafka_partitions(client, options->topic, ADMIN_MS, partitions, err);
    }
    return code;
}

/* --- writing */

struct cell_writer {
    const cell_log_options *options;
    rd_kafka_t *producer;
    int partitions;
    bool spent;
    weir_bytes cell, value; /* room that is used again */
};

/* Says what an error of a transaction means, and destroys it. */
static weir_code transaction_failed(cell_writer *writer, rd_kafka_error_t *error, const char *what,
                                    weir_error *err)
{
    rd_kafka_resp_err_t number = rd_kafka_error_code(error);
    weir_code code = WEIR_UNAVAILABLE;

    if (rd_kafka_error_is_fatal(error)) {
        writer->spent = true;
        if (number == RD_KAFKA_RESP_ERR__FENCED || number == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
            number == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH)
            code = WEIR_CONFLICT;
    } else if (number == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
               number == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
               number == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS ||
               number == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
        code = WEIR_BUSY;
    }
    weir_fail(err, code, "%s of topic %s: %s", what, writer->options->topic,
              rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return code;
}

/* Repeats a step of a transaction as long as the client says that helps. */
static weir_code step(cell_writer *writer, rd_kafka_error_t *(*call)(rd_kafka_t *, int),
                      const char *what, weir_error *err)
{
    int64_t until = steady_ms() + GIVE_UP_MS;
    rd_kafka_error_t *error = NULL;

    while ((error = call(writer->producer, STEP_MS)) && rd_kafka_error_is_retriable(error) &&
           !stopped(writer->options) && steady_ms() < until)
        rd_kafka_error_destroy(error);
    return error ? transaction_failed(writer, error, what, err) : WEIR_OK;
}

weir_code cell_writer_open(const cell_log_options *options, cell_writer **out, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    cell_writer *writer = weir_calloc(1, sizeof *writer);
    weir_code code = WEIR_OK;

    if (!writer)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a writer of cells");
    writer->options = options;
    if ((code = options->conf(options->context, "weir-cells", false, &conf, err)) ||
        (code = kafka_conf_put(conf, "transactional.id", options->transactional_id, err)) ||
        (code = kafka_conf_put(conf, "transaction.timeout.ms", TRANSACTION_MS, err)) ||
        (code = kafka_conf_put(conf, "message.timeout.ms", TRANSACTION_MS, err)) ||
        (code = kafka_conf_put(conf, "compression.codec", "zstd", err)) ||
        (code = kafka_conf_put(conf, "linger.ms", "0", err)))
        goto done;
    code = kafka_client(RD_KAFKA_PRODUCER, conf, &writer->producer, err);
    conf = NULL; /* the client's, whatever came of it */
    if (code || (code = ensure_topic(writer->producer, options, &writer->partitions, err)) ||
        (code = step(writer, rd_kafka_init_transactions, "transactions", err)))
        goto done;
    *out = writer;
    writer = NULL; /* the caller's now */
done:
    if (conf)
        rd_kafka_conf_destroy(conf);
    cell_writer_close(writer);
    return code;
}

void cell_writer_close(cell_writer *writer)
{
    if (!writer)
        return;
    if (writer->producer)
        rd_kafka_destroy(writer->producer);
    weir_bytes_free(&writer->cell);
    weir_bytes_free(&writer->value);
    weir_free(writer);
}

bool cell_writer_spent(const cell_writer *writer)
{
    return writer->spent;
}

static weir_code produce(cell_writer *writer, const cell *c, const char *key, size_t key_size,
                         const weir_bytes *value, weir_error *err)
{
    rd_kafka_resp_err_t error;

    do {
        error =
            rd_kafka_producev(writer->producer, RD_KAFKA_V_TOPIC(writer->options->topic),
                              RD_KAFKA_V_PARTITION((int32_t)(c->partition % writer->partitions)),
                              RD_KAFKA_V_KEY(key, key_size),
                              RD_KAFKA_V_VALUE(value ? value->data : NULL, value ? value->size : 0),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            rd_kafka_poll(writer->producer, 50);
    } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL && !stopped(writer->options));
    return error ? kafka_fail(error, writer->options->topic, err) : WEIR_OK;
}

/* The records of a cell, and an empty one for each part that the last version had more. The reader's thread is the only
 * one that changes live cells, and this runs on it. */
static weir_code produce_cell(cell_writer *writer, const cell *c, size_t *bytes, weir_error *err)
{
    const cell_log_options *options = writer->options;
    uint32_t parts;
    char key[CELL_KEY_MAX];
    weir_code code;

    weir_bytes_clear(&writer->cell);
    if ((code = weir_summary_save(c->live, &writer->cell, err)))
        return code;
    *bytes = writer->cell.size;
    parts = cell_parts_of(writer->cell.size, options->record_bytes);
    if (parts > CELL_PARTS_MAX)
        return weir_fail(err, WEIR_TOO_LARGE, "the cell of %s partition %d has %zu bytes", c->topic,
                         (int)c->partition, writer->cell.size);
    for (uint32_t part = 0; !code && (part < parts || part < c->parts); part++) {
        size_t at = part * options->record_bytes;
        size_t length = cell_key_write(c->topic, c->partition, part, key);
        const cell_record record = {.version = c->version + 1,
                                    .next = c->next,
                                    .part = part,
                                    .parts = parts,
                                    .writer = options->node,
                                    .writer_length = strlen(options->node),
                                    .bytes = writer->cell.data + at,
                                    .size = part + 1 < parts ? options->record_bytes
                                                             : writer->cell.size - at};

        if (part >= parts) {
            code = produce(writer, c, key, length, NULL, err);
            continue;
        }
        weir_bytes_clear(&writer->value);
        cell_record_write(&record, &writer->value);
        if (!(code = weir_bytes_ok(&writer->value, err)))
            code = produce(writer, c, key, length, &writer->value, err);
    }
    return code;
}

static weir_code send_offsets(cell_writer *writer, cell *const *cells, size_t count,
                              rd_kafka_t *consumer, weir_error *err)
{
    rd_kafka_topic_partition_list_t *offsets = NULL;
    rd_kafka_consumer_group_metadata_t *group = NULL;
    int64_t until = steady_ms() + GIVE_UP_MS;
    rd_kafka_error_t *error = NULL;
    weir_code code = kafka_membership(consumer, &group, err);

    if (code)
        return code;
    offsets = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(offsets, cells[i]->topic, cells[i]->partition)->offset =
            cells[i]->next;
    while (
        (error = rd_kafka_send_offsets_to_transaction(writer->producer, offsets, group, STEP_MS)) &&
        rd_kafka_error_is_retriable(error) && !stopped(writer->options) && steady_ms() < until)
        rd_kafka_error_destroy(error);
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
    return error ? transaction_failed(writer, error, "offsets beside a transaction", err) : WEIR_OK;
}

static weir_code fill_transaction(cell_writer *writer, cell *const *cells, size_t count,
                                  rd_kafka_t *consumer, size_t *sizes, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < count; i++)
        code = produce_cell(writer, cells[i], &sizes[i], err);
    return code ? code : send_offsets(writer, cells, count, consumer, err);
}

static void note_written(cell_writer *writer, cell *c, size_t size)
{
    c->version++;
    c->written = c->changes;
    c->size = size;
    c->parts = cell_parts_of(size, writer->options->record_bytes);
    atomic_store(&c->gone, false);
}

weir_code cell_writer_write(cell_writer *writer, cell *const *cells, size_t count,
                            rd_kafka_t *consumer, size_t *bytes, weir_error *err)
{
    rd_kafka_error_t *error = NULL;
    size_t *sizes = NULL;
    weir_error ignored = {0};
    weir_code code = WEIR_OK;

    *bytes = 0;
    if (!count)
        return WEIR_OK;
    if (!(sizes = weir_calloc(count, sizeof *sizes)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room to write %zu cells", count);
    if ((error = rd_kafka_begin_transaction(writer->producer))) {
        code = transaction_failed(writer, error, "a transaction", err);
        goto done;
    }
    if ((code = fill_transaction(writer, cells, count, consumer, sizes, err)) ||
        (code = step(writer, rd_kafka_commit_transaction, "a commit", err))) {
        /* One that cannot be given up is ended with the client; the next one takes up from there. */
        if (!writer->spent &&
            step(writer, rd_kafka_abort_transaction, "giving up a transaction", &ignored))
            writer->spent = true;
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        note_written(writer, cells[i], sizes[i]);
        *bytes += sizes[i];
    }
done:
    weir_free(sizes);
    return code;
}

/* --- following */

struct cell_reader {
    const cell_log_options *options;
    rd_kafka_t *consumer;
    int partitions;
    int64_t *reached, *mark; /* of each partition */
    uint64_t told;           /* records that could not be read */
};

static weir_code assign_all(cell_reader *reader, weir_error *err)
{
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(reader->partitions);
    rd_kafka_resp_err_t error;

    for (int i = 0; i < reader->partitions; i++)
        rd_kafka_topic_partition_list_add(all, reader->options->topic, i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    error = rd_kafka_assign(reader->consumer, all);
    rd_kafka_topic_partition_list_destroy(all);
    return error ? kafka_fail(error, reader->options->topic, err) : WEIR_OK;
}

weir_code cell_reader_open(const cell_log_options *options, cell_reader **out, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    cell_reader *reader = weir_calloc(1, sizeof *reader);
    weir_code code = WEIR_OK;

    if (!reader)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a reader of cells");
    reader->options = options;
    if ((code = options->conf(options->context, "weir-cells", true, &conf, err)) ||
        (code = kafka_conf_put(conf, "group.id", options->transactional_id, err)) ||
        (code = kafka_conf_put(conf, "enable.auto.commit", "false", err)) ||
        (code = kafka_conf_put(conf, "isolation.level", "read_committed", err)) ||
        (code = kafka_conf_put(conf, "auto.offset.reset", "earliest", err)) ||
        (code = kafka_conf_put(conf, "enable.partition.eof", "true", err)) ||
        (code = kafka_conf_put(conf, "fetch.wait.max.ms", "100", err)))
        goto done;
    code = kafka_client(RD_KAFKA_CONSUMER, conf, &reader->consumer, err);
    conf = NULL; /* the client's, whatever came of it */
    if (code)
        goto done;
    rd_kafka_poll_set_consumer(reader->consumer);
    if ((code = ensure_topic(reader->consumer, options, &reader->partitions, err)))
        goto done;
    reader->reached = weir_calloc((size_t)reader->partitions, sizeof *reader->reached);
    reader->mark = weir_calloc((size_t)reader->partitions, sizeof *reader->mark);
    if (!reader->reached || !reader->mark) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %d partitions", reader->partitions);
        goto done;
    }
    if ((code = assign_all(reader, err)))
        goto done;
    *out = reader;
    reader = NULL; /* the caller's now */
done:
    if (conf)
        rd_kafka_conf_destroy(conf);
    cell_reader_close(reader);
    return code;
}

void cell_reader_close(cell_reader *reader)
{
    if (!reader)
        return;
    if (reader->consumer) { /* it is no member of a group: nothing to leave */
        rd_kafka_assign(reader->consumer, NULL);
        kafka_consumer_end(reader->consumer); /* the topic may have been deleted */
    }
    weir_free(reader->reached);
    weir_free(reader->mark);
    weir_free(reader);
}

static weir_code made_anew(const cell_reader *reader, int partition, int64_t at, weir_error *err)
{
    return weir_fail(err, WEIR_UNAVAILABLE,
                     "topic %s was made anew: its partition %d is at offset %lld, behind %lld",
                     reader->options->topic, partition, (long long)at,
                     (long long)reader->reached[partition]);
}

static weir_code take(cell_reader *reader, const rd_kafka_message_t *message, cell_table *table,
                      weir_error *err)
{
    weir_error why = {0};
    weir_code code = WEIR_OK;
    int64_t at = message->offset + (message->err ? 0 : 1);

    if (message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (message->err == RD_KAFKA_RESP_ERR__FATAL ||
            message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
            message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
            message->err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
            return weir_fail(err, WEIR_UNAVAILABLE, "topic %s: %s", reader->options->topic,
                             rd_kafka_message_errstr(message));
        return WEIR_OK; /* the client goes on trying */
    }
    if (message->partition < 0 || message->partition >= reader->partitions)
        return WEIR_OK;
    if (at <= reader->reached[message->partition] - (message->err ? 1 : 0))
        return made_anew(reader, (int)message->partition, message->offset, err);
    if (!message->err) {
        code = cell_table_record(table, message->key, message->key_len, message->payload,
                                 message->len, &why);
        if (code == WEIR_CORRUPT && reader->told++ < 10)
            weir_log(WEIR_LOG_ERROR, "kafka", "%s: partition %d offset %lld is passed over: %s",
                     reader->options->topic, (int)message->partition, (long long)message->offset,
                     why.message);
        if (code && code != WEIR_CORRUPT) {
            if (err)
                *err = why;
            return code;
        }
    }
    reader->reached[message->partition] = at;
    return WEIR_OK;
}

weir_code cell_reader_poll(cell_reader *reader, int timeout_ms, cell_table *table, weir_error *err)
{
    int64_t until = steady_ms() + DRAIN_MS;
    weir_code code = WEIR_OK;

    do {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->consumer, timeout_ms);

        if (!message)
            break;
        code = take(reader, message, table, err);
        rd_kafka_message_destroy(message);
        timeout_ms = 0;
    } while (!code && steady_ms() < until);
    return code;
}

weir_code cell_reader_mark(cell_reader *reader, weir_error *err)
{
    for (int i = 0; i < reader->partitions; i++) {
        int64_t low = 0;
        rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
            reader->consumer, reader->options->topic, i, &low, &reader->mark[i], ADMIN_MS);

        if (error)
            return kafka_fail(error, reader->options->topic, err);
        if (reader->mark[i] < reader->reached[i])
            return made_anew(reader, i, reader->mark[i], err);
    }
    return WEIR_OK;
}

bool cell_reader_reached(const cell_reader *reader)
{
    for (int i = 0; i < reader->partitions; i++)
        if (reader->reached[i] < reader->mark[i])
            return false;
    return true;
}

weir_code cell_reader_look(cell_reader *reader, weir_error *err)
{
    int partitions = 0;

    if (kafka_partitions(reader->consumer, reader->options->topic, STEP_MS, &partitions, NULL) ||
        partitions == reader->partitions)
        return WEIR_OK;
    return weir_fail(err, WEIR_UNAVAILABLE, "topic %s has %d partitions now, not %d",
                     reader->options->topic, partitions, reader->partitions);
}
