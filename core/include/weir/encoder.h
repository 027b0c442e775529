/* encoder.h: texts as numbers: for each value of a string or list column the mean of a target over the rows that
 * have it [1].
 *
 * An encoder learns rows of a target and of keys: S and L columns. For each value of a key it keeps the number of rows
 * and the sum of the target: of a binary target sum / count is P(target = 1 | value), of a continuous one its mean.
 * Values are trimmed of ASCII blanks and lower-cased in ASCII; an empty cell is the value "". Each item of a list
 * counts by itself; a list without items is the value "".
 *
 * Encoding a column puts sum / count where its value was, and the mean over the items where a list was. A value never
 * seen, or with a count of 0, is the mean of the target over all rows learned (of the key's values, where no rows
 * were). An empty cell stays empty unless "" was seen.
 *
 * With a least number of positives (binary targets only) values with a smaller sum count as never seen and are not
 * shown. Their counts are kept, so that splitting and ordering rows in any way makes the same encoder.
 *
 * Not safe for two threads at once, except that readers (const) may run side by side.
 *
 * [1] D. Micci-Barreca: A Preprocessing Scheme for High-Cardinality Categorical Attributes. SIGKDD Explorations 3, 2001.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_ENCODER_H
#define WEIR_ENCODER_H

#include "weir/batch.h"

#define WEIR_ENCODER_KEYS_MAX 16384
#define WEIR_ENCODER_VALUES_MAX ((size_t)1 << 20) /* of all keys together */

typedef struct weir_encoder weir_encoder;

/* type: C, B, or X for what the first rows say; least: 0 for none, else the target must be B. */
weir_code weir_encoder_new(const char *target, weir_type type, double least, weir_encoder **out,
                           weir_error *err);
weir_code weir_encoder_copy(const weir_encoder *encoder, weir_encoder **out, weir_error *err);
void weir_encoder_free(weir_encoder *encoder); /* NULL is fine */

const char *weir_encoder_target(const weir_encoder *encoder);
weir_type weir_encoder_target_type(const weir_encoder *encoder);
double weir_encoder_least(const weir_encoder *encoder);
double weir_encoder_rows(const weir_encoder *encoder); /* learned, with a target */

/* Takes in the rows that have a target; *rows (NULL allowed) is their number. The target's column must be there with
 * the target's type. WEIR_INVALID when a key of type S or L has another type than before. C, B and T columns are
 * noted as keys without values. After a failure the encoder is only fit to be freed. */
weir_code weir_encoder_learn(weir_encoder *encoder, const weir_batch *batch, uint64_t *rows,
                             weir_error *err);

/* Adds what other learned: the same as learning its rows. WEIR_INVALID as in learning; after a failure into is only fit
 * to be freed. */
weir_code weir_encoder_merge(weir_encoder *into, const weir_encoder *other, weir_error *err);
/* Notes the name of a data source that was learned; noting it again changes nothing. */
weir_code weir_encoder_note(weir_encoder *encoder, const char *source, weir_error *err);
size_t weir_encoder_sources(const weir_encoder *encoder);
const char *weir_encoder_source(const weir_encoder *encoder, size_t i);

/* Makes the S and L columns that are keys into C columns of the same name, but for hidden ones and the one named
 * except (NULL: none). After a failure the batch is only fit to be freed. */
weir_code weir_encoder_apply(const weir_encoder *encoder, weir_batch *batch, const char *except,
                             weir_error *err);
/* S or L when a column of that name is encoded; X otherwise. */
weir_type weir_encoder_type(const weir_encoder *encoder, const char *name, size_t length);

/* --- looking and editing */
typedef struct {
    const char *name;
    weir_type type; /* S and L: encoded; C, B, T: only noted */
    size_t values;  /* distinct ones that are shown */
    double mean,
        variance; /* of the rows of a value; 0 without values; the variance of all of them, not of a sample */
} weir_encoder_key;
size_t weir_encoder_keys(const weir_encoder *encoder);
weir_encoder_key weir_encoder_key_at(const weir_encoder *encoder, size_t i);
size_t weir_encoder_find(const weir_encoder *encoder, const char *name); /* or WEIR_NONE */

/* Called for the values of a key that are shown, in order of first appearance; any code but WEIR_OK ends the walk. */
typedef weir_code (*weir_encoder_see)(void *context, const char *value, double count, double sum,
                                      weir_error *err);
weir_code weir_encoder_walk(const weir_encoder *encoder, size_t key, weir_encoder_see see,
                            void *context, weir_error *err);

/* Sets count and sum of a value, which is made where it is new; so is the key (S or L). The means of the target over
 * all rows stay. WEIR_INVALID, and nothing changed, for numbers that no rows can have. */
weir_code weir_encoder_set(weir_encoder *encoder, const char *key, weir_type type,
                           const char *value, double count, double sum, weir_error *err);

weir_code weir_encoder_save(const weir_encoder *encoder, weir_bytes *out, weir_error *err);
weir_code weir_encoder_load(const void *data, size_t size, weir_encoder **out, weir_error *err);

#endif
