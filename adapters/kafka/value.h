/* value.h: the values of a topic: which row plan reads one.
 *
 * A Confluent-framed Avro value is a zero byte, the schema id as four bytes, big end first, and the Avro body. One plan
 * per id is made at first sight and kept; an id that no plan can be made of is left alone for some seconds. JSON has one
 * plan that gains fields as they come, CSV one whose fields' kinds are told as they come; its generation tells when.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_KAFKA_VALUE_H
#define WEIR_KAFKA_VALUE_H

#include "weir/codec.h"
#include "weir/registry.h"

#define VALUE_FRAME 5 /* bytes ahead of an Avro body */

typedef enum { VALUE_AVRO, VALUE_JSON, VALUE_JSON_ENVELOPE, VALUE_CSV } value_format;

typedef struct value_plan {
    int32_t id;         /* of the Avro schema; -1 for JSON and CSV */
    const char *schema; /* Avro: its text, the registry's */
    weir_row_plan *rows;
    unsigned generation; /* raised when the fields changed */
    void *extra;         /* whatever the owner of the reader hangs on it */
} value_plan;

typedef struct value_reader value_reader;

/* registry may be NULL for JSON and CSV. Both ports and the registry outlive the reader; drop (NULL allowed) frees
 * extra. */
weir_code value_reader_open(const weir_codecs *codecs, const weir_registry_calls *calls,
                            weir_registry *registry, value_format format, void (*drop)(void *extra),
                            value_reader **out, weir_error *err);
void value_reader_close(value_reader *reader); /* NULL is fine */
/* How CSV is read; said before its first value. The options outlive the reader. */
void value_reader_csv(value_reader *reader, const weir_csv_options *options);
/* Another clock of milliseconds than the system's steady one. */
void value_reader_clock(value_reader *reader, int64_t (*now_ms)(void));

/* The plan that reads a value, and the value's body. WEIR_UNAVAILABLE when the registry does not answer, WEIR_INVALID
 * when the value or its schema is unreadable, WEIR_NOT_FOUND when the registry has no such schema. */
weir_code value_plan_of(value_reader *reader, const void *value, size_t size, value_plan **plan,
                        const void **body, size_t *body_size, weir_error *err);

/* The format of a value where nobody names it: Avro when there is a registry and the value has its frame, else JSON,
 * in Connect's envelope where it is found. */
value_format value_format_of(const void *value, size_t size, bool registry);
/* Whether a JSON text is Connect's envelope. */
bool value_enveloped(const void *value, size_t size);

/* Writes the frame of an Avro value. */
void value_frame(int32_t id, weir_bytes *out);

/* The attribute type that a field is guessed to have; false for a kind no row can hold (a map, bytes). */
bool value_guess(weir_field_kind kind, weir_type *type);

#endif
