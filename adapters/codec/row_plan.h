/* row_plan.h: what the row plans of all formats have in common.
 *
 * A plan is a list of fields, found by name; row_plan_bind() gives each a column of the batch, of a type of the caller's,
 * or none.
 * A format adds its own reading. A plan is used by one thread at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_ROW_PLAN_H
#define CODEC_ROW_PLAN_H

#include "logical.h"
#include "weir/codec.h"
#include "weir/hash.h"

#define PLAN_FIELDS_MAX 65536

typedef struct {
    weir_field view; /* its names are owned */
    char *type_text;
    char **aliases;
    logical_kind logical; /* of a JSON field in an envelope */
    int scale;
    size_t name_size;
    size_t index;
    size_t column; /* WEIR_NONE: it has none */
    uint64_t row;  /* the last row that had it: tells a field that is there twice */
    UT_hash_handle hh;
} plan_field;

/* The functions of a format; the same as in weir_codecs. */
typedef struct {
    void (*free)(weir_row_plan *plan);
    weir_code (*look)(weir_row_plan *plan, const void *value, size_t size, bool *changed,
                      weir_error *err);
    weir_code (*row)(weir_row_plan *plan, const void *value, size_t size, weir_batch *batch,
                     weir_rejects *rejects, weir_error *err);
    weir_code (*extend)(const weir_row_plan *plan, const void *value, size_t size,
                        const weir_extra_field *extras, size_t count, weir_bytes *out,
                        weir_error *err);
    bool (*holds)(const weir_row_plan *plan, const char *name);
    bool any_type; /* a field of a kind that no attribute holds may be given a type all the same */
} plan_format;

/* The head of every format's own struct. */
struct weir_row_plan {
    const plan_format *format;
    plan_field **fields; /* in field order */
    size_t count, capacity;
    plan_field *by_name;
    size_t bound;   /* fields when row_plan_bind() was called: later ones have no column yet */
    size_t columns; /* that it made */
};

/* Adds a field. type_name is copied. WEIR_INVALID for a name that is there, empty or too long. */
weir_code row_plan_add_field(weir_row_plan *plan, const char *name, size_t size,
                             weir_field_kind kind, bool nullable, const char *type_name,
                             weir_error *err);
/* Adds a name that the field had before; copied. */
weir_code row_plan_add_alias(plan_field *field, const char *name, weir_error *err);
plan_field *row_plan_find_field(const weir_row_plan *plan, const char *name, size_t size);
void row_plan_drop_fields(weir_row_plan *plan);

/* The calls of weir_codecs that are the same for all formats. */
void row_plan_free(weir_row_plan *plan);
size_t row_plan_fields(const weir_row_plan *plan);
weir_field row_plan_field_at(const weir_row_plan *plan, size_t i);
weir_code row_plan_look(weir_row_plan *plan, const void *value, size_t size, bool *changed,
                        weir_error *err);
weir_code row_plan_bind(weir_row_plan *plan, const weir_type *types, size_t count,
                        weir_batch *batch, weir_error *err);
weir_code row_plan_row(weir_row_plan *plan, const void *value, size_t size, weir_batch *batch,
                       weir_rejects *rejects, weir_error *err);
weir_code row_plan_rename(weir_row_plan *plan, size_t i, const char *name, weir_error *err);
bool row_plan_holds(const weir_row_plan *plan, const char *name);
weir_code row_plan_extend_value(const weir_row_plan *plan, const void *value, size_t size,
                                const weir_extra_field *extras, size_t count, weir_bytes *out,
                                weir_error *err);

/* The three formats. */
weir_code avro_plan(const char *schema, size_t size, weir_row_plan **out, weir_error *err);
weir_code json_plan(bool envelope, weir_row_plan **out, weir_error *err);
weir_code csv_plan(const weir_csv_options *options, weir_row_plan **out, weir_error *err);

#endif
