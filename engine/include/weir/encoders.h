/* encoders.h: the encoders of a customer, and which project uses which.
 *
 * An encoder has versions, as a model has: learning and editing make the next one, which is on disk before the call
 * returns, and whoever encodes with the older one finishes with it. So a change costs what the encoder weighs. A
 * project that has an encoder assigned encodes rows before they are logged: what was learned stays as it was encoded,
 * whatever the encoder learns later.
 *
 * Every call may be made from any thread. An unknown encoder is WEIR_NOT_FOUND.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_ENCODERS_H
#define WEIR_ENCODERS_H

#include "weir/encoder.h"
#include "weir/engine.h"

/* WEIR_CONFLICT when the customer has one of that name. target, type and least as in weir_encoder_new(). */
weir_code weir_encoders_create(weir_engine *engine, const char *cid, const char *name,
                               const char *target, weir_type type, double least, weir_error *err);
/* WEIR_CONFLICT while a project uses it. */
weir_code weir_encoders_remove(weir_engine *engine, const char *cid, const char *name,
                               weir_error *err);
/* By name; weir_list_free(). */
weir_code weir_encoders_list(weir_engine *engine, const char *cid, char ***names, size_t *count,
                             weir_error *err);

/* A version that stays valid until released. */
typedef struct weir_encoder_ref weir_encoder_ref;
weir_code weir_encoders_get(weir_engine *engine, const char *cid, const char *name,
                            weir_encoder_ref **out, weir_error *err);
void weir_encoder_release(weir_encoder_ref *ref); /* NULL is fine */
const weir_encoder *weir_encoder_of(const weir_encoder_ref *ref);

/* All or nothing: after an error the encoder is as it was. */
weir_code weir_encoders_learn(weir_engine *engine, const char *cid, const char *name,
                              const weir_batch *batch, uint64_t *rows, weir_error *err);
/* The same with what another encoder of that target learned. */
weir_code weir_encoders_merge(weir_engine *engine, const char *cid, const char *name,
                              const weir_encoder *other, weir_error *err);
typedef struct {
    const char *key;
    weir_type type; /* S or L; X: that of the key */
    const char *value;
    double count, sum;
} weir_encoder_edit;
/* Sets values, all or none. new_keys false: a key that is not there is WEIR_INVALID. */
weir_code weir_encoders_set(weir_engine *engine, const char *cid, const char *name,
                            const weir_encoder_edit *edits, size_t count, bool new_keys,
                            weir_error *err);

/* Which encoder a project uses from now on; encoder NULL or "": none. WEIR_CONFLICT when the project knows a column as
 * text already that the encoder makes a number. */
weir_code weir_project_assign(weir_engine *engine, const char *cid, const char *pid,
                              const char *encoder, weir_error *err);

#endif
