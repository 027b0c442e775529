/* dead_letters.h: records that cannot be read, on their way to a topic of their own.
 *
 * A letter is the record as it was (key, value, headers, timestamp), with headers that say where it was and why it
 * could not be read: those that Kafka Connect sets, so that tools made for its dead letters read these.
 *
 * All calls on one thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DEAD_LETTERS_H
#define WEIR_DEAD_LETTERS_H

#include "sink_config.h"

typedef struct dead_letters dead_letters;

/* Reaches for nothing yet. config and bootstrap outlive it; task is the number in the headers. */
weir_code dead_letters_open(const sink_config *config, const char *bootstrap, size_t task,
                            dead_letters **out, weir_error *err);
/* Letters not yet with the brokers are dropped: flush first. NULL is fine. */
void dead_letters_close(dead_letters *letters);

/* Takes a copy of the record. The first one makes the topic. WEIR_UNAVAILABLE when the brokers do not answer. */
weir_code dead_letters_send(dead_letters *letters, const rd_kafka_message_t *message,
                            const weir_error *why, weir_error *err);
/* Waits until the brokers have all letters: WEIR_UNAVAILABLE while they have not, WEIR_CONFLICT when they refuse one.
 * NULL is fine. */
weir_code dead_letters_flush(dead_letters *letters, int timeout_ms, weir_error *err);

#endif
