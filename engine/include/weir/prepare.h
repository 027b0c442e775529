/* prepare.h: what a project does to rows before they count: row filter, encoder, hash trick.
 *
 * weir_learn() does it by itself. What is left for who decodes rows is to read columns under the types that this
 * needs: a filter sees the cells of a column that is otherwise ignored, and a caller of predict may send every column
 * as a number.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_PREPARE_H
#define WEIR_PREPARE_H

#include "weir/engine.h"

/* A project's ways at one moment. May be used by one thread at a time. */
typedef struct weir_preparation weir_preparation;
weir_code weir_preparation_new(weir_engine *engine, const char *cid, const char *pid,
                               weir_preparation **out, weir_error *err);
void weir_preparation_free(weir_preparation *preparation); /* NULL is fine */

/* A weir_type_rule for learn and forget, its context a weir_preparation: the sender's types, but S for an X column
 * that the filter names. */
weir_type weir_preparation_learn_type(void *context, const char *name, size_t length,
                                      weir_type sent);

/* A weir_type_rule for predict: the model's types, but S or L for what is encoded or hashed. */
typedef struct {
    const weir_preparation *preparation;
    const weir_model *model;
} weir_predict_types;
weir_type weir_preparation_predict_type(void *context, const char *name, size_t length,
                                        weir_type sent);
/* WEIR_CONFLICT, naming the input, when the model has one that is made from texts: its bytes alone do not score rows. */
weir_code weir_preparation_check_alone(const weir_preparation *preparation, const weir_model *model,
                                       weir_error *err);
/* Encodes and hashes rows that are to be scored; no row is left out. After a failure the batch is only fit to be
 * freed. */
weir_code weir_preparation_apply(const weir_preparation *preparation, weir_batch *batch,
                                 weir_error *err);

#endif
