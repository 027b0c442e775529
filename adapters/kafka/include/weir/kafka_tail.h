/* kafka_tail.h: the tail port of the engine on Kafka topics.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_KAFKA_TAIL_H
#define WEIR_KAFKA_TAIL_H

#include "weir/codec.h"
#include "weir/registry.h"
#include "weir/settings.h"
#include "weir/tail.h"

typedef struct weir_kafka_tail weir_kafka_tail;

typedef struct {
    const char *bootstrap; /* NULL: as the properties say */
    const char
        *registry; /* URL; NULL: as the properties say, and if they do not, values are JSON */
    const weir_settings *properties; /* of clients and of the registry; copied; NULL: none */
    const weir_codecs *codecs;
    const weir_registry_calls *registries;
} weir_kafka_tail_options;

/* Connects when the first topic is asked for. */
weir_code weir_kafka_tail_open(const weir_kafka_tail_options *options, weir_kafka_tail **out,
                               weir_error *err);
/* Ends the watching threads; no call of the port may be in progress. NULL is fine. */
void weir_kafka_tail_close(weir_kafka_tail *tail);
/* The port; valid until close. */
const weir_tail_port *weir_kafka_tail_port(const weir_kafka_tail *tail);

#endif
