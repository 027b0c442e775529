/* stream_shape.c: what a scored row looks like: the row as it came, with fields behind its own.
 *
 * The fields are rows of a table. Their names are settings, and are kept clear of the fields that the row has. Avro
 * rows get a schema of their own, that of the writer with the fields added, which is registered for the sink.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream_inside.h"
#include "weir/memory.h"

enum { NAME_ROOM = 100, FIELDS_MOST = STREAM_FIELDS + 2 * STREAM_EXPLAIN_MOST };

struct stream_shape {
    unsigned generation; /* of the plan whose names were looked at */
    bool decided;        /* the model decides; else it predicts a number */
    int32_t sink_id;     /* Avro: id of the extended schema */
    size_t count, plain; /* fields; those before the explanation */
    stream_field roles[STREAM_FIELDS];
    char names[FIELDS_MOST][NAME_ROOM];
    weir_extra_field fields[FIELDS_MOST];
};

void stream_shape_free(void *shape)
{
    weir_free(shape);
}

/* A field without a name is left out. */
static bool wanted(const weir_stream *stream, stream_field field, bool decided)
{
    if (!*stream->config.fields[field])
        return false;
    switch (field) {
    case STREAM_FIELD_SCORE:
        return decided; /* what predicts a number has it in res */
    case STREAM_FIELD_EVT:
    case STREAM_FIELD_THRESHOLD:
        return stream->config.evt;
    default:
        return true;
    }
}

static weir_extra_field field_of(stream_field field, bool decided)
{
    switch (field) {
    case STREAM_FIELD_RES:
        return (weir_extra_field){.kind = decided ? WEIR_FIELD_INTEGER : WEIR_FIELD_FLOAT};
    case STREAM_FIELD_VERSION:
        return (weir_extra_field){.kind = WEIR_FIELD_INTEGER, .wide = true};
    case STREAM_FIELD_EVT:
        return (weir_extra_field){.kind = WEIR_FIELD_INTEGER};
    case STREAM_FIELD_THRESHOLD: /* none during warm-up */
        return (weir_extra_field){.kind = WEIR_FIELD_FLOAT, .nullable = true};
    default:
        return (weir_extra_field){.kind = WEIR_FIELD_FLOAT};
    }
}

static bool taken(const weir_stream *stream, const value_plan *plan, const stream_shape *shape,
                  size_t before, const char *name)
{
    bool found = stream->codecs->plan_holds(plan->rows, name);

    for (size_t i = 0; i < before && !found; i++)
        found = !strcmp(shape->names[i], name);
    return found;
}

/* Names field i, clear of the fields that the row has. */
static void name_field(const weir_stream *stream, const value_plan *plan, stream_shape *shape,
                       size_t i, const char *name)
{
    char whole[NAME_ROOM];

    snprintf(whole, sizeof whole, "%s", name);
    while (taken(stream, plan, shape, i, whole) && strlen(whole) + 5 < sizeof whole) {
        char longer[NAME_ROOM];

        snprintf(longer, sizeof longer, "weir_%.*s", (int)sizeof longer - 6, whole);
        memcpy(whole, longer, sizeof whole);
    }
    snprintf(shape->names[i], sizeof shape->names[i], "%s", whole);
    shape->fields[i].name = shape->names[i];
}

static void fill_shape(const weir_stream *stream, const value_plan *plan, stream_shape *shape)
{
    const char *why = stream->config.fields[STREAM_FIELD_EXPLAIN];
    size_t at = 0;

    for (stream_field f = 0; f < STREAM_FIELD_EXPLAIN; f++)
        if (wanted(stream, f, shape->decided)) {
            shape->roles[at] = f;
            shape->fields[at] = field_of(f, shape->decided);
            name_field(stream, plan, shape, at++, stream->config.fields[f]);
        }
    shape->plain = at;
    for (size_t k = 0; *why && k < stream->config.explain; k++) {
        char name[NAME_ROOM];

        snprintf(name, sizeof name, "%.64s_%zu", why, k + 1);
        shape->fields[at] = (weir_extra_field){.kind = WEIR_FIELD_STRING, .nullable = true};
        name_field(stream, plan, shape, at++, name);
        snprintf(name, sizeof name, "%.64s_%zu_score", why, k + 1);
        shape->fields[at] = (weir_extra_field){.kind = WEIR_FIELD_FLOAT, .nullable = true};
        name_field(stream, plan, shape, at++, name);
    }
    shape->count = at;
    shape->generation = plan->generation;
}

/* Registers a schema of the source with the shape's fields behind its own. */
static weir_code enrol_one(weir_stream *stream, const char *source, const stream_shape *shape,
                           int32_t *id, weir_error *err)
{
    char subject[300], *schema = NULL;
    weir_code code = WEIR_OK;

    snprintf(subject, sizeof subject, "%s-value", stream->config.sink);
    if (!(code = stream->codecs->avro_extend_schema(source, strlen(source), shape->fields,
                                                    shape->count, &schema, err)))
        code = stream->registry_calls->enrol(stream->registry, subject, schema, id, err);
    free(schema);
    return code;
}

/* The schemas ahead of one in the registry are registered before it, although no row of theirs may have come yet: rows
 * of several come in any order, and the registry may take each schema only behind the one that it was made from. */
static weir_code enrol(weir_stream *stream, const value_plan *plan, stream_shape *shape,
                       weir_error *err)
{
    int32_t *older = NULL, unused = 0;
    size_t count = 0;
    weir_code code = stream->registry_calls->older(stream->registry, plan->id, &older, &count, err);

    if (code == WEIR_NOT_FOUND)
        code = WEIR_OK;
    for (size_t i = 0; !code && i < count; i++) {
        const char *text = NULL;

        code = stream->registry_calls->schema(stream->registry, older[i], &text, err);
        if (!code)
            code = enrol_one(stream, text, shape, &unused, err);
        if (code && code != WEIR_UNAVAILABLE && code != WEIR_NO_MEMORY)
            code = WEIR_OK; /* one that is not to be had cannot be missed */
    }
    weir_free(older);
    return code ? code : enrol_one(stream, plan->schema, shape, &shape->sink_id, err);
}

weir_code stream_shape_of(weir_stream *stream, value_plan *plan, stream_shape **out,
                          weir_error *err)
{
    stream_shape *shape = plan->extra;
    weir_code code = WEIR_OK;

    if (shape && shape->decided != stream->scores.decided) {
        stream_shape_free(shape);
        plan->extra = shape = NULL;
    }
    if (!shape) {
        if (!(shape = weir_calloc(1, sizeof *shape)))
            return weir_fail(err, WEIR_NO_MEMORY, "no room for a schema");
        shape->decided = stream->scores.decided;
        fill_shape(stream, plan, shape);
        if (plan->id >= 0 && (code = enrol(stream, plan, shape, err))) {
            stream_shape_free(shape);
            return code;
        }
        plan->extra = shape;
    } else if (shape->generation != plan->generation) {
        fill_shape(stream, plan, shape);
    }
    *out = shape;
    return WEIR_OK;
}

/* The inputs that add most to the score of row r, the greatest first. */
static void explain(const weir_stream *stream, stream_shape *shape, size_t r)
{
    const weir_contributions *of = &stream->contributions;
    weir_extra_field *fields = shape->fields + shape->plain;
    size_t most = (shape->count - shape->plain) / 2, count = 0;

    for (size_t i = 0; !stream->there && i < of->inputs; i++) {
        double adds = weir_contribution(of, i, r);
        size_t at = count < most ? count++ : most;

        /* Those that add less move down by one; the last of a full list falls out. */
        for (; at > 0 && adds > fields[2 * at - 1].number; at--)
            if (at < most) {
                fields[2 * at].text = fields[2 * at - 2].text;
                fields[2 * at + 1].number = fields[2 * at - 1].number;
            }
        if (at < most) {
            fields[2 * at].text = weir_model_input(stream->model, i)->name;
            fields[2 * at + 1].number = adds;
        }
    }
    for (size_t k = 0; k < most; k++)
        fields[2 * k].absent = fields[2 * k + 1].absent = k >= count;
}

static void fill_fields(weir_stream *stream, stream_shape *shape, size_t r)
{
    const weir_remote_scores *scores = &stream->scores;
    bool above = stream->spot && weir_spot_take(stream->spot, scores->score[r]);

    for (size_t i = 0; i < shape->plain; i++) {
        weir_extra_field *field = &shape->fields[i];

        switch (shape->roles[i]) {
        case STREAM_FIELD_RES:
            field->integer = shape->decided ? scores->res[r] : 0;
            field->number = scores->score[r];
            break;
        case STREAM_FIELD_VERSION:
            field->integer = (int64_t)scores->version;
            break;
        case STREAM_FIELD_EVT:
            field->integer = above;
            break;
        case STREAM_FIELD_THRESHOLD:
            field->number = weir_spot_threshold(stream->spot);
            break;
        default:
            field->number = scores->score[r];
        }
    }
    if (shape->count > shape->plain)
        explain(stream, shape, r);
}

weir_code stream_write_row(weir_stream *stream, const value_plan *plan, stream_shape *shape,
                           size_t r, weir_error *err)
{
    const rd_kafka_message_t *message = stream->pending[stream->rows[r]];
    size_t frame = plan->id >= 0 ? VALUE_FRAME : 0;

    fill_fields(stream, shape, r);
    weir_bytes_clear(&stream->value);
    if (frame)
        value_frame(shape->sink_id, &stream->value);
    return stream->codecs->extend_value(plan->rows, (const uint8_t *)message->payload + frame,
                                        message->len - frame, shape->fields, shape->count,
                                        &stream->value, err);
}
