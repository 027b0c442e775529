/* encoder_state.h: what an encoder holds: shared by encoder.c and encoder_store.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DATA_ENCODER_STATE_H
#define WEIR_DATA_ENCODER_STATE_H

#include "base/dd.h"
#include "weir/encoder.h"

typedef struct {
    char *text;
    double count;
    weir_dd sum;
} encoder_value;

typedef struct {
    char *name;
    weir_type type;
    encoder_value *values;
    size_t count, capacity;
    void *index; /* of texts */
} encoder_key;

struct weir_encoder {
    char *target;
    weir_type target_type;
    double least;
    double rows;
    weir_dd sum; /* of the target over all rows */
    encoder_key *keys;
    size_t key_count, key_capacity;
    void *key_index;
    size_t value_count; /* of all keys */
    char **sources;     /* names of data sources learned */
    size_t source_count;
};

/* The key of that name, made when it is new. WEIR_INVALID when it has another type and one of the two has values. */
weir_code encoder_key_get(weir_encoder *encoder, const char *name, size_t length, weir_type type,
                          size_t *out, weir_error *err);
/* The place of a value, already normalised, among those of a key; made with a count of 0 when it is new. */
weir_code encoder_value_get(weir_encoder *encoder, size_t key, const char *text, size_t length,
                            size_t *out, weir_error *err);
/* Whether rows can have these numbers; WEIR_INVALID says why not. */
weir_code encoder_check(const weir_encoder *encoder, double count, double sum, weir_error *err);

#endif
