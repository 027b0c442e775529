/* rest_encoders.c: encoders: making them, teaching them, looking at and correcting what they know.
 *
 * The documents write two names in two ways (encoderTarget, targetName; setValue, setValues): all are taken.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rest_inside.h"
#include "weir/encoders.h"
#include "weir/memory.h"

/* Parameters of routes below /encoders/{e}. */
static const char *encoder_name(const weir_http_request *request)
{
    return weir_http_param(request, 1);
}

/* --- making, listing, removing */

static weir_code read_type(const char *text, weir_type *type, weir_error *err)
{
    *type = WEIR_X; /* what the first rows say */
    if (!text || !*text)
        return WEIR_OK;
    if (!weir_type_from_letter(text, strlen(text), type) || (*type != WEIR_C && *type != WEIR_B))
        return weir_fail(err, WEIR_INVALID, "targetType is \"%.40s\"; it is C or B", text);
    return WEIR_OK;
}

static weir_code read_least(const weir_http_request *request, double *least, weir_error *err)
{
    json_t *body = NULL, *strings = NULL;
    weir_setting *settings = NULL;
    size_t count = 0;
    weir_code code = rest_body_object(request, &body, err);

    *least = 0;
    if (!code)
        code = rest_settings(body, &strings, &settings, &count, err);
    for (size_t i = 0; !code && i < count; i++) {
        const char *text = settings[i].value;
        size_t digits = strspn(text, "0123456789");

        if (strcmp(settings[i].name, "minTrimSize") != 0)
            continue;
        if (digits != strlen(text) || digits > 15)
            code = weir_fail(err, WEIR_INVALID,
                             "minTrimSize is \"%.40s\"; it is a whole number, 0 for none", text);
        else
            *least = strtod(text, NULL);
    }
    weir_free(settings);
    json_decref(strings);
    json_decref(body);
    return code;
}

void rest_encoder_create(const weir_http_request *request, weir_http_reply *reply)
{
    const char *name = weir_http_argument(request, "encoderName");
    const char *target = weir_http_argument(request, "encoderTarget");
    weir_type type = WEIR_X;
    double least = 0;
    char text[600];
    weir_error err = {0};

    if (!target)
        target = weir_http_argument(request, "targetName");
    if (!target) {
        rest_plain(reply, 400, "the query argument encoderTarget is missing");
        return;
    }
    if (read_type(weir_http_argument(request, "targetType"), &type, &err) ||
        read_least(request, &least, &err) ||
        weir_encoders_create(rest_engine(request), rest_cid(request), name, target, type, least,
                             &err)) {
        rest_error(reply, &err);
        return;
    }
    snprintf(text, sizeof text, "Encoder[%.160s] with Target[%.160s] created for Customer[%.160s]",
             name, target, rest_cid(request));
    rest_plain(reply, 201, text);
}

void rest_encoder_list(const weir_http_request *request, weir_http_reply *reply)
{
    char **names = NULL;
    size_t count = 0;
    weir_error err = {0};

    if (weir_encoders_list(rest_engine(request), rest_cid(request), &names, &count, &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_list(reply, names, count);
    weir_list_free(names, count);
}

void rest_encoder_delete(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    if (weir_encoders_remove(rest_engine(request), rest_cid(request), encoder_name(request), &err))
        rest_error(reply, &err);
    else
        rest_plain(reply, 200, "OK");
}

void rest_encoder_assign(const weir_http_request *request, weir_http_reply *reply)
{
    const char *name = weir_http_argument(request, "encoderName");
    weir_error err = {0};

    if (!name)
        rest_plain(reply, 400, "the query argument encoderName is missing; empty is none");
    else if (weir_project_assign(rest_engine(request), rest_cid(request), rest_pid(request), name,
                                 &err))
        rest_error(reply, &err);
    else
        rest_plain(reply, 200, "OK");
}

/* --- learning */

weir_type rest_encoder_type(void *context, const char *name, size_t length, weir_type sent)
{
    const weir_encoder *encoder = context;
    const char *target = weir_encoder_target(encoder);

    if (strlen(target) == length && memcmp(target, name, length) == 0 &&
        weir_encoder_target_type(encoder) != WEIR_X)
        return weir_encoder_target_type(encoder);
    return sent;
}

void rest_encoder_learn(const weir_http_request *request, weir_http_reply *reply)
{
    const weir_rest *rest = rest_of(request);
    const char *cid = rest_cid(request), *name = encoder_name(request);
    weir_encoder_ref *ref = NULL;
    weir_frame frame = {0};
    size_t size = 0;
    const char *body = weir_http_body(request, &size);
    json_out json;
    weir_error err = {0};

    if (weir_encoders_get(rest->options.engine, cid, name, &ref, &err) ||
        rest->options.codecs->frame_decode(body, size, WEIR_BAD_CELL, rest_encoder_type,
                                           (void *)weir_encoder_of(ref), &frame, &err) ||
        weir_encoders_learn(rest->options.engine, cid, name, frame.batch, NULL, &err)) {
        rest_error(reply, &err);
    } else {
        rest_begin(reply, 200, "OK", &json);
        rest_write_rejects(&json, &frame.rejects);
        rest_end(&json);
    }
    weir_frame_free(&frame);
    weir_encoder_release(ref);
}

/* --- looking */

static void begin_frame(json_out *json, const char *const *names, const char *types)
{
    json_key(json, "dataframe");
    json_open(json, '{');
    json_key(json, "attributeNames");
    json_open(json, '[');
    for (size_t i = 0; types[i]; i++)
        json_text(json, names[i]);
    json_close(json, ']');
    json_key(json, "attributeTypes");
    json_open(json, '[');
    for (size_t i = 0; types[i]; i++)
        json_text(json, (const char[]){types[i], '\0'});
    json_close(json, ']');
    json_key(json, "data");
    json_open(json, '[');
}

static void end_frame(json_out *json)
{
    json_close(json, ']');
    json_close(json, '}');
}

void rest_encoder_stats(const weir_http_request *request, weir_http_reply *reply)
{
    static const char *const names[] = {"key", "type", "count", "mean", "stddev", "variance"};
    weir_encoder_ref *ref = NULL;
    const weir_encoder *encoder;
    json_out json;
    weir_error err = {0};

    if (weir_encoders_get(rest_engine(request), rest_cid(request), encoder_name(request), &ref,
                          &err)) {
        rest_error(reply, &err);
        return;
    }
    encoder = weir_encoder_of(ref);
    rest_begin(reply, 200, "OK", &json);
    begin_frame(&json, names, "SSCCCC");
    for (size_t i = 0; i < weir_encoder_keys(encoder); i++) {
        weir_encoder_key key = weir_encoder_key_at(encoder, i);

        json_open(&json, '[');
        json_text(&json, key.name);
        json_text(&json, (const char[]){(char)key.type, '\0'});
        json_quoted(&json, (double)key.values);
        json_quoted(&json, key.mean);
        json_quoted(&json, sqrt(key.variance));
        json_quoted(&json, key.variance);
        json_close(&json, ']');
    }
    end_frame(&json);
    rest_end(&json);
    weir_encoder_release(ref);
}

typedef struct {
    json_out *json;
    weir_type type;
} value_writer;

static weir_code write_value(void *context, const char *value, double count, double sum,
                             weir_error *err)
{
    const value_writer *writer = context;

    (void)err;
    json_open(writer->json, '[');
    json_text(writer->json, value);
    json_text(writer->json, (const char[]){(char)writer->type, '\0'});
    json_quoted(writer->json, count);
    json_quoted(writer->json, sum);
    json_close(writer->json, ']');
    return WEIR_OK;
}

void rest_encoder_values(const weir_http_request *request, weir_http_reply *reply)
{
    static const char *const names[] = {"Value", "Type", "Count", "Sum"};
    const char *key = weir_http_param(request, 2);
    weir_encoder_ref *ref = NULL;
    const weir_encoder *encoder;
    value_writer writer;
    size_t at;
    json_out json;
    weir_error err = {0};

    if (weir_encoders_get(rest_engine(request), rest_cid(request), encoder_name(request), &ref,
                          &err)) {
        rest_error(reply, &err);
        return;
    }
    encoder = weir_encoder_of(ref);
    if ((at = weir_encoder_find(encoder, key)) == WEIR_NONE) {
        weir_fail(&err, WEIR_INVALID, "the encoder has no key \"%.100s\"", key);
        rest_error(reply, &err);
    } else {
        rest_begin(reply, 200, "OK", &json);
        begin_frame(&json, names, "SSCC");
        writer = (value_writer){&json, weir_encoder_key_at(encoder, at).type};
        weir_encoder_walk(encoder, at, write_value, &writer, NULL);
        end_frame(&json);
        rest_end(&json);
    }
    weir_encoder_release(ref);
}

/* --- correcting */

typedef enum { EDIT_KEY, EDIT_VALUE, EDIT_TYPE, EDIT_COUNT, EDIT_SUM, EDITS } edit_column;

static const char *const edit_names[EDITS] = {"Key", "Value", "Type", "Count", "Sum"};

static edit_column edit_of(const char *name, size_t length)
{
    edit_column which = EDIT_KEY;

    while (which < EDITS && !(strlen(edit_names[which]) == length &&
                              strncasecmp(edit_names[which], name, length) == 0))
        which++;
    return which;
}

/* Columns are known by name: their types, or that there are none, is no matter. */
static weir_type edit_type(void *context, const char *name, size_t length, weir_type sent)
{
    edit_column which = edit_of(name, length);

    (void)context;
    (void)sent;
    return which == EDITS ? WEIR_X : which >= EDIT_COUNT ? WEIR_C : WEIR_S;
}

/* The cell's text, or "". */
static const char *cell_text(const weir_batch *batch, size_t column, size_t row)
{
    const weir_batch_column *c = &batch->columns[column];

    return c->present[row] ? c->words[c->codes[row]] : "";
}

/* One row as an edit. at: the column of each member; key: where the path named it, else NULL. */
static weir_code read_edit(const weir_batch *batch, const size_t at[EDITS], size_t row,
                           const char *key, weir_encoder_edit *out, weir_error *err)
{
    const weir_batch_column *count = &batch->columns[at[EDIT_COUNT]];
    const weir_batch_column *sum = &batch->columns[at[EDIT_SUM]];
    const char *type = at[EDIT_TYPE] == WEIR_NONE ? "" : cell_text(batch, at[EDIT_TYPE], row);

    *out = (weir_encoder_edit){.key = key ? key : cell_text(batch, at[EDIT_KEY], row),
                               .type = WEIR_X,
                               .value = cell_text(batch, at[EDIT_VALUE], row),
                               .count = count->values[row],
                               .sum = sum->values[row]};
    if (!count->present[row] || !sum->present[row])
        return weir_fail(err, WEIR_INVALID, "row %zu: Count or Sum is missing", row);
    if (*type && (!weir_type_from_letter(type, strlen(type), &out->type) ||
                  (out->type != WEIR_S && out->type != WEIR_L)))
        return weir_fail(err, WEIR_INVALID, "row %zu: Type is \"%.40s\"; it is S or L", row, type);
    return WEIR_OK;
}

static weir_code read_edits(const weir_batch *batch, const char *key, weir_encoder_edit **out,
                            weir_error *err)
{
    size_t at[EDITS] = {WEIR_NONE, WEIR_NONE, WEIR_NONE, WEIR_NONE, WEIR_NONE};
    weir_encoder_edit *edits = NULL;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < batch->column_count; i++) {
        const char *name = batch->columns[i].name;
        edit_column which = edit_of(name, strlen(name));

        if (which < EDITS)
            at[which] = i;
    }
    for (edit_column which = EDIT_KEY; which < EDITS; which++)
        if (at[which] == WEIR_NONE && which != EDIT_TYPE && !(which == EDIT_KEY && key))
            return weir_fail(err, WEIR_INVALID, "the column %s is missing", edit_names[which]);
    if (!(edits = weir_calloc(batch->rows + 1, sizeof *edits)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu values", batch->rows);
    for (size_t r = 0; !code && r < batch->rows; r++)
        code = read_edit(batch, at, r, key, &edits[r], err);
    if (!code) {
        *out = edits;
        edits = NULL; /* the caller's now */
    }
    weir_free(edits);
    return code;
}

/* key NULL: rows name it. */
static void set_values(const weir_http_request *request, weir_http_reply *reply, const char *key)
{
    const weir_rest *rest = rest_of(request);
    weir_encoder_edit *edits = NULL;
    weir_frame frame = {0};
    size_t size = 0;
    const char *body = weir_http_body(request, &size);
    weir_error err = {0};

    if (rest->options.codecs->frame_decode(body, size, WEIR_BAD_REJECT, edit_type, NULL, &frame,
                                           &err) ||
        read_edits(frame.batch, key, &edits, &err) ||
        weir_encoders_set(rest->options.engine, rest_cid(request), encoder_name(request), edits,
                          frame.batch->rows, key == NULL, &err))
        rest_error(reply, &err);
    else
        rest_plain(reply, 200, "OK");
    weir_free(edits);
    weir_frame_free(&frame);
}

void rest_encoder_set(const weir_http_request *request, weir_http_reply *reply)
{
    set_values(request, reply, weir_http_param(request, 2));
}

void rest_encoder_create_values(const weir_http_request *request, weir_http_reply *reply)
{
    set_values(request, reply, NULL);
}
