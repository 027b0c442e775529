/* dead_letters.c: see dead_letters.h.
 *
 * Letters have no time limit: offsets wait for them, and must not be let go by one that was given up. What the brokers
 * refuse for good (a letter too large, a topic that may not be written) is kept and told at the next flush.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dead_letters.h"

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "weir/memory.h"

#define EXCEPTION "org.apache.kafka.connect.errors.DataException"
#define FULL_MS 50 /* how long room in the queue is waited for at a time */

struct dead_letters {
    const sink_config *config;
    const char *bootstrap;
    size_t task;
    rd_kafka_t *producer; /* NULL until the first letter */
    bool topic_there;
    char refused[200]; /* why the brokers refused a letter; "" none */
};

weir_code dead_letters_open(const sink_config *config, const char *bootstrap, size_t task,
                            dead_letters **out, weir_error *err)
{
    dead_letters *letters = weir_calloc(1, sizeof *letters);

    if (!letters)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for dead letters");
    letters->config = config;
    letters->bootstrap = bootstrap;
    letters->task = task;
    *out = letters;
    return WEIR_OK;
}

void dead_letters_close(dead_letters *letters)
{
    if (!letters)
        return;
    if (letters->producer) {
        rd_kafka_purge(letters->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_destroy(letters->producer);
    }
    weir_free(letters);
}

/* In rd_kafka_poll() and rd_kafka_flush(), so on the owner's thread. */
static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    dead_letters *letters = opaque;

    (void)producer;
    if (message->err && message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
        message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        snprintf(letters->refused, sizeof letters->refused, "%s", rd_kafka_err2str(message->err));
}

static weir_code open_producer(dead_letters *letters, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    weir_code code = kafka_conf(letters->bootstrap, "weir-connect-dead-letters", &conf, err);

    if (code)
        return code;
    rd_kafka_conf_set_opaque(conf, letters);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    /* a record may be as large as its topic lets it; whether it fits the other topic is the brokers' to say */
    if ((code = kafka_conf_put(conf, "message.max.bytes", "1000000000", err)) ||
        (code = sink_config_pass(letters->config, "producer", conf, err)) ||
        (code = kafka_conf_put(conf, "enable.idempotence", "true", err)) ||
        (code = kafka_conf_put(conf, "message.timeout.ms", "0", err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    return kafka_client(RD_KAFKA_PRODUCER, conf, &letters->producer, err);
}

static weir_code make_ready(dead_letters *letters, weir_error *err)
{
    int partitions = 0;
    weir_code code = WEIR_OK;

    if (!letters->producer && (code = open_producer(letters, err)))
        return code;
    if (letters->topic_there)
        return WEIR_OK;
    code = kafka_topic_ensure_replicas(letters->producer, letters->config->dead_letters, 1,
                                       letters->config->dead_letter_replicas, &partitions, err);
    letters->topic_there = !code;
    return code;
}

static void put_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    rd_kafka_header_add(headers, name, -1, value, -1);
}

static void put_context(const dead_letters *letters, const rd_kafka_message_t *message,
                        const weir_error *why, rd_kafka_headers_t *headers)
{
    char number[32], trace[sizeof why->message + sizeof EXCEPTION + 4];

    put_header(headers, "__connect.errors.topic", rd_kafka_topic_name(message->rkt));
    snprintf(number, sizeof number, "%d", (int)message->partition);
    put_header(headers, "__connect.errors.partition", number);
    snprintf(number, sizeof number, "%lld", (long long)message->offset);
    put_header(headers, "__connect.errors.offset", number);
    put_header(headers, "__connect.errors.connector.name", letters->config->name);
    snprintf(number, sizeof number, "%zu", letters->task);
    put_header(headers, "__connect.errors.task.id", number);
    put_header(headers, "__connect.errors.stage", "VALUE_CONVERTER");
    put_header(headers, "__connect.errors.class.name", letters->config->converter);
    put_header(headers, "__connect.errors.exception.class.name", EXCEPTION);
    put_header(headers, "__connect.errors.exception.message", why->message);
    snprintf(trace, sizeof trace, "%s: %s\n", EXCEPTION, why->message); /* there are no frames */
    put_header(headers, "__connect.errors.exception.stacktrace", trace);
}

/* The record's own headers, and in front of none of them ours: of two with one name, readers take the last. */
static rd_kafka_headers_t *headers_of(const dead_letters *letters,
                                      const rd_kafka_message_t *message, const weir_error *why)
{
    rd_kafka_headers_t *given = NULL, *headers = NULL;

    if (!rd_kafka_message_headers(message, &given))
        headers = rd_kafka_headers_copy(given);
    if (!headers)
        headers = rd_kafka_headers_new(10);
    if (letters->config->dead_letter_context)
        put_context(letters, message, why, headers);
    return headers;
}

weir_code dead_letters_send(dead_letters *letters, const rd_kafka_message_t *message,
                            const weir_error *why, weir_error *err)
{
    rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t written = rd_kafka_message_timestamp(message, &kind);
    weir_code code = make_ready(letters, err);

    if (code)
        return code;
    for (;;) {
        rd_kafka_headers_t *headers = headers_of(letters, message, why);
        rd_kafka_resp_err_t error = rd_kafka_producev(
            letters->producer, RD_KAFKA_V_TOPIC(letters->config->dead_letters),
            RD_KAFKA_V_KEY(message->key, message->key_len),
            RD_KAFKA_V_VALUE(message->payload, message->len),
            RD_KAFKA_V_TIMESTAMP(kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? 0 : written),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);

        if (!error)
            return WEIR_OK;
        rd_kafka_headers_destroy(headers);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return kafka_fail(error, letters->config->dead_letters, err);
        if (!rd_kafka_poll(letters->producer, FULL_MS))
            return weir_fail(err, WEIR_UNAVAILABLE, "%s: the brokers do not take dead letters",
                             letters->config->dead_letters);
    }
}

weir_code dead_letters_flush(dead_letters *letters, int timeout_ms, weir_error *err)
{
    if (!letters || !letters->producer)
        return WEIR_OK;
    if (rd_kafka_flush(letters->producer, timeout_ms))
        return weir_fail(err, WEIR_UNAVAILABLE, "%s: %d dead letters are not delivered yet",
                         letters->config->dead_letters, rd_kafka_outq_len(letters->producer));
    if (*letters->refused)
        return weir_fail(err, WEIR_CONFLICT, "%s: a dead letter is refused: %s",
                         letters->config->dead_letters, letters->refused);
    return WEIR_OK;
}
