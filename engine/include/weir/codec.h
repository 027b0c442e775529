/* codec.h: the port through which the engine's neighbours read and write rows in outside formats.
 *
 * adapters/codec implements it (weir_codecs_builtin); app/ hands it to whoever needs it, so that no adapter includes
 * another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CODEC_H
#define WEIR_CODEC_H

#include "weir/batch.h"

/* Where the rows of a frame stand in Kafka: the "source" member beside a DataFrame. */
typedef struct {
    char *id; /* connector or stream name plus the cluster id where known */
    char *topic;
    int32_t partition;
    int64_t from;     /* where the sender stood before the frame */
    int64_t next;     /* where it stands after it, skipped records included */
    int64_t *offsets; /* of the rows, ascending; one a row as sent */
    size_t offset_count;
    uint64_t epoch; /* raised by fromBeginning; 0 where absent */
    bool reset;     /* accept a gap */
} weir_source;

void weir_source_free(weir_source *source); /* frees the insides, leaves zeros */

/* A decoded learn, forget or predict body. When rows were left out (WEIR_BAD_ROW), the offsets of source are those
 * of the rows that stayed. */
typedef struct {
    weir_batch *batch;
    bool has_source;
    weir_source source;
    weir_rejects rejects;
    weir_bad_policy
        policy; /* the sender's: also what becomes of a column whose type is not the project's */
} weir_frame;

void weir_frame_free(weir_frame *frame); /* frees the insides, leaves zeros */

/* Tells under which type a column is read, given the type the sender named (0 when it named none; 0 again refuses the
 * frame): predict reads by the model's types, learn by the sender's. A column that was sent as X and is read as
 * something else is marked hidden. */
typedef weir_type (*weir_type_rule)(void *context, const char *name, size_t length, weir_type sent);

/* The kind of a field in the sender's own format. */
typedef enum {
    WEIR_FIELD_BOOLEAN,
    WEIR_FIELD_INTEGER,
    WEIR_FIELD_FLOAT,
    WEIR_FIELD_STRING,
    WEIR_FIELD_CATEGORY, /* an enum */
    WEIR_FIELD_LIST,     /* an array of plain values: |a|b|c| */
    WEIR_FIELD_OTHER     /* what no attribute holds */
} weir_field_kind;

/* The fields of a nested record are fields of their own, called record.field. */
typedef struct {
    const char *name; /* the attribute that it fills */
    weir_field_kind kind;
    bool nullable;
    const char *type_name;      /* as the sender's schema calls it, for messages */
    const char *const *aliases; /* names that it had before, by its writer's schema */
    size_t alias_count;
} weir_field;

#define WEIR_NO_TYPE ((weir_type)0) /* of a field of which nothing but null was seen */

/* A row plan: how to read the values of one writer schema straight into batch columns. */
typedef struct weir_row_plan weir_row_plan;

/* Bytes that come one after the other: a file, a download. For one thread at a time. */
typedef struct {
    void *context;
    const char *name; /* for messages, without anything secret; lives until close */
    /* Writes up to size bytes and tells how many; 0 is the end. May wait. */
    weir_code (*read)(void *context, char *out, size_t size, size_t *got, weir_error *err);
    void (*close)(void *context);
} weir_byte_source;

/* A CSV file being read. */
typedef struct weir_csv weir_csv;

/* {0} is RFC 4180 with a header line. */
typedef struct {
    char separator, quote;    /* one ASCII character each; 0: ',' and '"' */
    bool strict_quotes;       /* characters outside of quotes are dropped */
    bool header_missing;      /* the first line is a row already */
    const char *const *names; /* of the columns where there is no header; 0 of them: c1, c2 ... */
    size_t name_count;
    weir_type_rule rule; /* told the guess, tells the type; NULL: the guess */
    void *rule_context;
} weir_csv_options;

/* A field that the scorer adds behind those of the row. */
typedef struct {
    const char *name;
    weir_field_kind kind; /* BOOLEAN, INTEGER (Avro int), FLOAT (double) or STRING */
    bool wide;            /* INTEGER: Avro long */
    bool nullable;        /* a union of null and the kind; null by default */
    bool absent;          /* this row has none: null where nullable, else 0, false or "" */
    int64_t integer;      /* INTEGER; BOOLEAN: 0 or 1 */
    double number;        /* FLOAT; one that is not finite is null where nullable */
    const char *text;     /* STRING: UTF-8; NULL is absent */
} weir_extra_field;

typedef struct {
    /* DataFrame JSON (member order varies, cells are strings or numbers or null, rows may be ragged).
     * policy is used when the body has no errorHandling. rule NULL: the sender's types. */
    weir_code (*frame_decode)(const char *json, size_t size, weir_bad_policy policy,
                              weir_type_rule rule, void *context, weir_frame *out, weir_error *err);
    /* batch as DataFrame JSON, with the "source" member when source is not NULL; errorHandling 1. */
    weir_code (*frame_encode)(const weir_batch *batch, const weir_source *source, weir_bytes *out,
                              weir_error *err);

    /* A plan from an Avro record schema (JSON text). docs/formats.md tells what becomes of each construct. */
    weir_code (*avro_plan)(const char *schema, size_t size, weir_row_plan **out, weir_error *err);
    /* A plan for JSON objects; fields are found as they come. envelope: {"schema": ..., "payload": ...}. */
    weir_code (*json_plan)(bool envelope, weir_row_plan **out, weir_error *err);
    /* A plan for CSV rows, one a value. The names are the options' (none: c1, c2 ... of the first value); the fields'
     * kinds are told by the values. header_missing: no value is a header, else one that is just the names is no row. */
    weir_code (*csv_plan)(const weir_csv_options *options, weir_row_plan **out, weir_error *err);
    void (*plan_free)(weir_row_plan *plan);
    /* The fields known: all of an Avro schema and of CSV; of JSON those of the envelope's schema or of the rows seen
     * so far through plan_look(). Views live until the plan changes. */
    size_t (*plan_fields)(const weir_row_plan *plan);
    weir_field (*plan_field)(const weir_row_plan *plan, size_t i);
    /* Lets a field of an Avro plan fill the attribute of another name, before the plan is bound. WEIR_INVALID when
     * another field does already. */
    weir_code (*plan_rename)(weir_row_plan *plan, size_t i, const char *name, weir_error *err);
    /* Reads the field names and kinds of one value without taking it in. JSON plans gain fields; *changed says that
     * they did (or that the envelope's schema is another), or that a CSV field's kind is told now. Avro plans never
     * change. */
    weir_code (*plan_look)(weir_row_plan *plan, const void *value, size_t size, bool *changed,
                           weir_error *err);
    /* Fixes the attribute type of each field (X: skipped; WEIR_NO_TYPE, of CSV and of JSON objects without a schema:
     * not even a column) and adds the columns, in field order, to an empty batch. */
    weir_code (*plan_bind)(weir_row_plan *plan, const weir_type *types, size_t count,
                           weir_batch *batch, weir_error *err);
    /* Appends one value (Avro: the body behind the 5-byte header) as a row. WEIR_INVALID leaves the batch as it was;
     * so do trailing bytes. A bad cell (not its type, beyond WEIR_CELL_MAX) is left absent and counted in rejects. */
    weir_code (*plan_row)(weir_row_plan *plan, const void *value, size_t size, weir_batch *batch,
                          weir_rejects *rejects, weir_error *err);

    /* Whether values have a member of that name at their top level, as far as the plan knows: a name that an extra field
     * cannot have. */
    bool (*plan_holds)(const weir_row_plan *plan, const char *name);
    /* The writer schema of rows that carry extra fields behind their own (Avro: JSON text of the record schema).
     * WEIR_CONFLICT when the record has a field of an extra's name, or holds itself. *out is for free(). */
    weir_code (*avro_extend_schema)(const char *schema, size_t size, const weir_extra_field *extras,
                                    size_t count, char **out, weir_error *err);
    /* Appends to out the value with the extras behind its fields: an Avro body, a JSON object, or an enveloped one
     * with its schema extended too. The value itself is carried byte for byte. */
    weir_code (*extend_value)(const weir_row_plan *plan, const void *value, size_t size,
                              const weir_extra_field *extras, size_t count, weir_bytes *out,
                              weir_error *err);

    /* CSV (RFC 4180: quotes, CRLF, header line). types NULL: guessed from the first 128 rows (only 0/1: B, numbers:
     * C, |a|b| lists: L, else S). next gives batches of up to max_rows rows and NULL at the end. Data packed by gzip or
     * zstd is known by its first bytes. */
    weir_code (*csv_open)(const char *path, const char *types, weir_csv **out, weir_error *err);
    weir_code (*csv_next)(weir_csv *csv, size_t max_rows, weir_bad_policy policy,
                          weir_rejects *rejects, weir_batch **out, weir_error *err);
    void (*csv_close)(weir_csv *csv);
    /* The same of any bytes, with types guessed. Takes source over whatever the outcome and leaves zeros there. */
    weir_code (*csv_stream)(weir_byte_source *source, const weir_csv_options *options,
                            weir_csv **out, weir_error *err);
    /* Names and types, as a batch without rows; lives as long as csv. */
    const weir_batch *(*csv_columns)(const weir_csv *csv);
} weir_codecs;

#endif
