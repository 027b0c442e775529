/* lane.c: see lane.h.
 *
 * Types. Where the configuration has a letter for each field of a schema, those count, and each is remembered by its
 * field's name: the next schema of the topic may have a field more or less, and what it keeps shall keep its type.
 * Other fields are guessed from the schema, those of JSON and CSV from the first values.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lane.h"

#include <stdio.h>
#include <string.h>

#include "weir/log.h"
#include "weir/memory.h"

enum {
    FIRST_ROWS = 512, /* that a batch has room for; it grows where more come */
    LEAST_ROWS = 256, /* of a full batch, however many columns there are */
};

typedef struct {
    char *name;
    weir_type type;
} given_type;

struct lanes {
    lanes_options options;
    value_reader *reader;
    weir_row_filter *filter; /* the project's; NULL: none */
    given_type *given;       /* fields by name whose type is not to be guessed */
    size_t given_count;
    bad_columns bad;
    uint64_t *bad_now; /* per column of a batch: bad cells of the row being read */
    size_t bad_room;
    lane *first, *last; /* last: used last */
};

/* --- lanes */

static void lane_free(lane *l)
{
    if (!l)
        return;
    weir_batch_free(l->batch);
    weir_free(l->offsets);
    weir_free(l->topic);
    weir_free(l->key);
    weir_free(l);
}

lane *lanes_find(lanes *set, const char *topic, int32_t partition)
{
    for (lane *l = set->first; l; l = l->link)
        if (l->partition == partition && !strcmp(l->topic, topic))
            return l;
    return NULL;
}

/* Records come in runs, so the lane used last is looked at first. */
static lane *lane_of(lanes *set, const char *topic, int32_t partition)
{
    lane *l = set->last;

    if (!l || l->partition != partition || strcmp(l->topic, topic) != 0)
        set->last = l = lanes_find(set, topic, partition);
    return l;
}

weir_code lanes_add(lanes *set, const char *topic, int32_t partition, int64_t from, lane **out,
                    weir_error *err)
{
    char key[300];
    lane *l = weir_calloc(1, sizeof *l);

    snprintf(key, sizeof key, "%s/%d", topic, (int)partition);
    if (!l || !(l->key = weir_strdup(key)) || !(l->topic = weir_strdup(topic)) ||
        !(l->offsets = weir_calloc(set->options.rows, sizeof *l->offsets))) {
        lane_free(l);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for partition %s", key);
    }
    l->partition = partition;
    l->from = l->next = from;
    l->commit = -1;
    l->link = set->first;
    set->first = l;
    if (out)
        *out = l;
    return WEIR_OK;
}

void lanes_drop(lanes *set, lane *l)
{
    lane **at = &set->first;

    while (*at && *at != l)
        at = &(*at)->link;
    if (*at)
        *at = l->link;
    set->last = NULL;
    lane_free(l);
}

lane *lanes_first(const lanes *set)
{
    return set->first;
}

void lane_move(lane *l, int64_t position)
{
    if (l->batch)
        weir_batch_clear(l->batch);
    l->from = l->next = position;
}

void lane_sent(lane *l)
{
    lane_move(l, l->next);
}

/* --- types */

/* The types that were guessed for the fields of a plan. They hang on it, so that all lanes have the same. */
typedef struct {
    size_t count;
    weir_type types[];
} guessed_types;

static void guessed_free(void *extra)
{
    weir_free(extra);
}

static const given_type *find_given(const lanes *set, const char *name)
{
    for (size_t i = 0; i < set->given_count; i++)
        if (!strcmp(set->given[i].name, name))
            return &set->given[i];
    return NULL;
}

weir_code lanes_give(lanes *set, const char *name, weir_type type, weir_error *err)
{
    given_type *wider = NULL;

    for (size_t i = 0; i < set->given_count; i++)
        if (!strcmp(set->given[i].name, name)) {
            set->given[i].type = type;
            return WEIR_OK;
        }
    if ((wider = weir_realloc_array(set->given, set->given_count + 1, sizeof *wider)))
        set->given = wider;
    if (!wider || !(wider[set->given_count].name = weir_strdup(name)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the type of %s", name);
    wider[set->given_count++].type = type;
    return WEIR_OK;
}

static weir_code keep_guess(value_plan *plan, const weir_type *types, size_t fields,
                            weir_error *err)
{
    guessed_types *guessed = weir_malloc(sizeof *guessed + fields * sizeof *types);

    if (!guessed)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the types of %zu fields", fields);
    guessed->count = fields;
    memcpy(guessed->types, types, fields * sizeof *types);
    weir_free(plan->extra);
    plan->extra = guessed;
    return WEIR_OK;
}

/* Whether values tell of their fields one by one, without a schema. */
static bool without_schema(const lanes_options *options)
{
    return options->format == VALUE_JSON || options->format == VALUE_CSV;
}

/* Guesses the types of a plan's fields. Without a schema, where fields only come and never go, a type once guessed
 * stays: a text among a field's numbers is a bad cell, and not another column. Numbers behind true and false
 * are no such thing: projects know both as numbers. */
static weir_code guess_types(const lanes *set, value_plan *plan, weir_type *types, size_t fields,
                             weir_error *err)
{
    const lanes_options *options = &set->options;
    const guessed_types *before = without_schema(options) ? plan->extra : NULL;

    for (size_t i = 0; i < fields; i++) {
        weir_field field = options->codecs->plan_field(plan->rows, i);
        bool holds = value_guess(field.kind, &types[i]);
        const given_type *given = find_given(set, field.name);

        if (given && (holds || given->type == WEIR_X)) {
            types[i] = given->type;
            continue;
        }
        if (!holds && !without_schema(options))
            return weir_fail(err, WEIR_CONFLICT,
                             "field %s has the type %s, which no attribute can hold; give "
                             "%s with an X for it",
                             field.name, field.type_name ? field.type_name : "?",
                             options->types_named);
        if (before && i < before->count && before->types[i] == WEIR_B && types[i] == WEIR_C)
            continue;
        if (before && i < before->count && before->types[i] != WEIR_X &&
            before->types[i] != WEIR_NO_TYPE)
            types[i] = before->types[i];
        else if (without_schema(options) && field.type_name && !strcmp(field.type_name, "null"))
            types[i] = WEIR_NO_TYPE; /* a later value tells */
    }
    return without_schema(options) ? keep_guess(plan, types, fields, err) : WEIR_OK;
}

/* Chooses the type of each field of a plan: as configured, or guessed when their number differs. */
static weir_code choose_types(lanes *set, value_plan *plan, weir_type *types, size_t fields,
                              weir_error *err)
{
    const lanes_options *options = &set->options;
    weir_code code = WEIR_OK;

    if (options->type_count == fields) {
        memcpy(types, options->types, fields * sizeof *types);
        for (size_t i = 0; !code && i < fields; i++)
            code = lanes_give(set, options->codecs->plan_field(plan->rows, i).name, types[i], err);
        return code;
    }
    if (options->type_count)
        weir_log(WEIR_LOG_WARN, options->facility,
                 "%s: %s has %zu letters and the schema %zu fields: types are guessed for fields "
                 "not met before",
                 options->who, options->types_named, options->type_count, fields);
    return guess_types(set, plan, types, fields, err);
}

void lanes_filter(lanes *set, weir_row_filter *filter)
{
    weir_row_filter_free(set->filter);
    set->filter = filter;
}

/* An ignored field that the project's filter names is read as text and sent as ignored: the filter sees it. */
static void show_filtered(const lanes *set, const value_plan *plan, weir_type *types, size_t fields,
                          bool *hidden)
{
    for (size_t i = 0; i < fields; i++) {
        weir_field field = set->options.codecs->plan_field(plan->rows, i);
        weir_type guess;

        hidden[i] = types[i] == WEIR_X && value_guess(field.kind, &guess) &&
                    weir_row_filter_names(set->filter, field.name, strlen(field.name));
        if (hidden[i])
            types[i] = WEIR_S;
    }
}

/* The rows of a full batch with so many columns. */
static size_t rows_of_batch(const lanes_options *options, size_t columns)
{
    size_t rows = options->cells && columns ? options->cells / columns : options->rows;

    if (rows < LEAST_ROWS)
        rows = LEAST_ROWS;
    return rows < options->rows ? rows : options->rows;
}

/* Gives the lane an empty batch with the columns of a plan. */
static weir_code lane_bind(lanes *set, lane *l, value_plan *plan, weir_error *err)
{
    const lanes_options *options = &set->options;
    size_t fields = options->codecs->plan_fields(plan->rows);
    weir_type *types = weir_calloc(fields ? fields : 1, sizeof *types);
    bool *hidden = weir_calloc(fields ? fields : 1, sizeof *hidden);
    bool changed = l->plan != plan || l->generation != plan->generation;
    weir_batch *batch = NULL;
    weir_code code = WEIR_OK;

    if (!types || !hidden) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the types of %zu fields", fields);
        goto done;
    }
    if ((code = choose_types(set, plan, types, fields, err)) ||
        (code =
             weir_batch_new(options->rows < FIRST_ROWS ? options->rows : FIRST_ROWS, &batch, err)))
        goto done;
    if (set->filter)
        show_filtered(set, plan, types, fields, hidden);
    if ((code = options->codecs->plan_bind(plan->rows, types, fields, batch, err)))
        goto done;
    for (size_t i = 0, column = 0; i < fields; i++)
        if (types[i] != WEIR_NO_TYPE)
            batch->columns[column++].hidden = hidden[i];
    if (changed && options->schema_changed &&
        (code = options->schema_changed(options->owner, l, batch, err)))
        goto done;
    weir_batch_free(l->batch);
    l->batch = batch;
    batch = NULL; /* the lane's now */
    l->plan = plan;
    l->generation = plan->generation;
    l->most = rows_of_batch(options, fields);
done:
    weir_batch_free(batch);
    weir_free(hidden);
    weir_free(types);
    return code;
}

/* --- records */

/* Finds the plan of a value; a registry that does not answer is asked again. */
static weir_code find_plan(lanes *set, const rd_kafka_message_t *message, value_plan **plan,
                           const void **body, size_t *size, weir_error *err)
{
    unsigned tries = 0;
    weir_code code = WEIR_OK;

    do {
        code = value_plan_of(set->reader, message->payload, message->len, plan, body, size, err);
    } while (code && set->options.again(set->options.owner, code, &tries, err));
    return code;
}

/* Faults of one record are WEIR_INVALID or WEIR_NOT_FOUND (a schema id nobody knows); others are the owner's. */
static bool fault_of_record(weir_code code)
{
    return code == WEIR_INVALID || code == WEIR_NOT_FOUND || code == WEIR_TOO_LARGE;
}

/* Cells that are not of their column's type are left out of their row, as errorHandling does it; the row counts. */
static weir_code bad_cells(lanes *set, const lane *l, const rd_kafka_message_t *message,
                           const weir_rejects *rejects, weir_error *err)
{
    const lanes_options *options = &set->options;
    bool first = true; /* of the row: whose reason is told; the others are only named */
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < l->batch->column_count; i++) {
        const char *name = l->batch->columns[i].name;
        bool tell = false;

        if (!set->bad_now[i])
            continue;
        code = bad_columns_add(&set->bad, name, set->bad_now[i], &tell, err);
        set->bad_now[i] = 0;
        if (tell && !options->quiet)
            weir_log(WEIR_LOG_WARN, options->facility,
                     "%s: %s offset %lld: a cell is left out: %s%s", options->who, l->key,
                     (long long)message->offset, first ? "" : "column ",
                     first ? rejects->first : name);
        first = false;
    }
    if (options->bad_cells)
        options->bad_cells(options->owner, rejects->cells, &set->bad);
    return code;
}

/* Room to count the bad cells of a row with so many columns. */
static weir_code bad_room(lanes *set, size_t columns, weir_error *err)
{
    uint64_t *wider = NULL;

    if (columns <= set->bad_room)
        return WEIR_OK;
    if (!(wider = weir_calloc(columns, sizeof *wider)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu columns", columns);
    weir_free(set->bad_now); /* between two rows it holds zeros */
    set->bad_now = wider;
    set->bad_room = columns;
    return WEIR_OK;
}

/* Gives the lane a batch for rows of a plan, sending what it holds of another one first. *sought: the lane has moved
 * and the record is to be forgotten. */
static weir_code change_plan(lanes *set, lane *l, value_plan *plan, bool *sought, weir_error *err)
{
    int64_t next = l->next;
    weir_code code = set->options.flush(set->options.owner, l, false, err);

    if (code)
        return code;
    *sought = l->next != next;
    if (*sought || (code = lane_bind(set, l, plan, err)))
        return code;
    return bad_room(set, l->batch->column_count, err);
}

/* Puts a record into its lane. *sought as above. */
static weir_code take_value(lanes *set, const rd_kafka_message_t *message, lane *l, bool *sought,
                            weir_error *err)
{
    const lanes_options *options = &set->options;
    value_plan *plan = NULL;
    const void *body = NULL;
    size_t size = 0;
    weir_rejects rejects; /* of every record, so what is not looked at is not cleared */
    weir_error why;
    weir_code code;

    why.message[0] = rejects.first[0] = '\0';
    why.code = WEIR_OK;
    rejects.cells = rejects.rows = 0;
    code = find_plan(set, message, &plan, &body, &size, &why);
    if (code && fault_of_record(code))
        return options->malformed(options->owner, l, message, &why, err);
    if (code) {
        if (err)
            *err = why;
        return code;
    }
    if ((!l->batch || l->plan != plan || l->generation != plan->generation) &&
        ((code = change_plan(set, l, plan, sought, err)) || *sought))
        return code;
    rejects.by_column = set->bad_now;
    code = options->codecs->plan_row(plan->rows, body, size, l->batch, &rejects, &why);
    if (code && set->bad_room) /* they go with the row */
        memset(set->bad_now, 0, set->bad_room * sizeof *set->bad_now);
    if (code && fault_of_record(code))
        return options->malformed(options->owner, l, message, &why, err);
    if (code) {
        if (err)
            *err = why;
        return code;
    }
    l->offsets[l->batch->rows - 1] = message->offset;
    return rejects.cells ? bad_cells(set, l, message, &rejects, err) : WEIR_OK;
}

weir_code lanes_take(lanes *set, const rd_kafka_message_t *message, weir_error *err)
{
    lane *l = lane_of(set, rd_kafka_topic_name(message->rkt), message->partition);
    const lanes_options *options = &set->options;
    bool sought = false;
    weir_code code = WEIR_OK;

    if (!l) /* of a partition given away meanwhile */
        return WEIR_OK;
    if (message->offset < l->next || l->from < 0) {
        /* the first record, or the consumer went back: to the beginning of a topic made anew, say */
        if (l->from >= 0 && (code = options->flush(options->owner, l, true, err)))
            return code;
        lane_move(l, message->offset);
    }
    if (message->payload && (code = take_value(set, message, l, &sought, err)))
        return code;
    if (sought)
        return WEIR_OK;
    l->next = message->offset + 1;
    if (lane_rows(l) > 0 && lane_rows(l) >= l->most)
        code = options->flush(options->owner, l, false, err);
    return code;
}

/* --- the set */

weir_code lanes_open(const lanes_options *options, lanes **out, weir_error *err)
{
    lanes *set = weir_calloc(1, sizeof *set);
    weir_code code = WEIR_OK;

    if (!set)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the partitions of %s", options->who);
    set->options = *options;
    if ((code = value_reader_open(options->codecs, options->registries, options->registry,
                                  options->format, guessed_free, &set->reader, err))) {
        weir_free(set);
        return code;
    }
    value_reader_csv(set->reader, options->csv);
    *out = set;
    return WEIR_OK;
}

void lanes_close(lanes *set)
{
    if (!set)
        return;
    while (set->first)
        lanes_drop(set, set->first);
    value_reader_close(set->reader);
    for (size_t i = 0; i < set->given_count; i++)
        weir_free(set->given[i].name);
    weir_free(set->given);
    bad_columns_free(&set->bad);
    weir_free(set->bad_now);
    weir_row_filter_free(set->filter);
    weir_free(set);
}
