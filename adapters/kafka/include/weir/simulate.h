/* simulate.h: the rows of a CSV file as messages of a topic.
 *
 * A column of whole numbers becomes an Avro long, one of numbers a double, any other a string, nullable where cells
 * are empty; this is found out from all rows before the first is sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SIMULATE_H
#define WEIR_SIMULATE_H

#include "weir/codec.h"
#include "weir/registry.h"
#include "weir/settings.h"

typedef struct weir_simulator weir_simulator;

typedef struct {
    const char *bootstrap; /* NULL: as the properties say */
    const char *topic, *csv;
    const char *format;   /* "avro", "json" (objects), "json-schema" (with Connect's envelope) */
    const char *registry; /* URL; NULL: as the properties say; needed for avro */
    const weir_settings *properties; /* of clients and of the registry; NULL: none */
    const char *key; /* column whose text is the key; NULL: no key, partitions in turn */
    int partitions;  /* when the topic is made; 0: 1 */
    const weir_codecs *codecs;
    const weir_registry_calls *registries;
} weir_simulate_options;

/* What of the options is wrong whatever file and brokers are like: the format, a registry that it needs. */
weir_code weir_simulate_check(const weir_simulate_options *options, weir_error *err);
/* Reads the file through once, makes the topic when it is missing, registers the schema. */
weir_code weir_simulator_open(const weir_simulate_options *options, weir_simulator **out,
                              weir_error *err);
/* Messages not yet delivered are dropped: flush first. NULL is fine. */
void weir_simulator_close(weir_simulator *simulator);

uint64_t weir_simulator_rows(const weir_simulator *simulator);      /* in the file */
uint64_t weir_simulator_at(const weir_simulator *simulator);        /* number of the next row */
uint64_t weir_simulator_delivered(const weir_simulator *simulator); /* in total */
/* The sum of the end offsets of the topic's partitions: how many rows were ever sent to it, by whomever. */
weir_code weir_simulator_topic_rows(weir_simulator *simulator, uint64_t *rows, weir_error *err);
/* Goes to a row of the file. */
weir_code weir_simulator_seek(weir_simulator *simulator, uint64_t row, weir_error *err);
/* Sends up to count rows; *sent is fewer at the end of the file. Does not wait for delivery. */
weir_code weir_simulator_send(weir_simulator *simulator, uint64_t count, uint64_t *sent,
                              weir_error *err);
/* Waits up to timeout_ms until everything sent is delivered; WEIR_UNAVAILABLE when it is not. */
weir_code weir_simulator_flush(weir_simulator *simulator, int timeout_ms, weir_error *err);

#endif
