/* rest_sources.c: data sources: describing them, looking into them, attaching them.
 *
 * Descriptions travel encrypted under the customer's secret (weir/envelope.h), both ways; a plain JSON object is taken
 * too. To a browser's session a description is answered plainly, because the page does not hold the secret.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rest_inside.h"
#include "weir/envelope.h"
#include "weir/memory.h"
#include "weir/signing.h"

enum { PREVIEW_ROWS = 128, PREVIEW_S = 30 };

static const char *source_name(const weir_http_request *request)
{
    return weir_http_param(request, 1);
}

/* A source that is missing is 404 here, unlike a project. */
static void answer_error(weir_http_reply *reply, const weir_error *err)
{
    if (err->code == WEIR_NOT_FOUND)
        rest_plain(reply, 404, err->message);
    else
        rest_error(reply, err);
}

/* --- descriptions from bodies */

/* The JSON object that a body is or hides. */
weir_code rest_hidden_object(const weir_http_request *request, json_t **out, weir_error *err)
{
    size_t size = 0, secret_size = WEIR_SECRET_MAX;
    const char *body = weir_http_body(request, &size);
    uint8_t secret[WEIR_SECRET_MAX];
    weir_bytes plain = {0};
    json_error_t why;
    weir_code code;

    if ((code = weir_customer_secret(rest_engine(request), rest_cid(request), secret, &secret_size,
                                     err)) ||
        (code = weir_envelope_open(secret, secret_size, body, size, &plain, err)))
        goto done;
    *out = json_loadb((const char *)plain.data, plain.size, JSON_REJECT_DUPLICATES, &why);
    /* The parser's words may quote the text, and with it a password. */
    if (!*out)
        code = weir_fail(err, WEIR_INVALID, "the body is not JSON (line %d, column %d)", why.line,
                         why.column);
    else if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        code = weir_fail(err, WEIR_INVALID, "the body is not a JSON object");
    }
done:
    OPENSSL_cleanse(secret, sizeof secret);
    if (plain.data)
        OPENSSL_cleanse(plain.data, plain.size);
    weir_bytes_free(&plain);
    return code;
}

static weir_code read_info(const json_t *info, weir_data_source *out, weir_error *err)
{
    json_t *strings = NULL;
    weir_setting *settings = NULL;
    size_t count = 0;
    weir_code code = WEIR_OK;

    if (!info || json_is_null(info))
        return WEIR_OK;
    if (!json_is_object(info))
        return weir_fail(err, WEIR_INVALID, "info is not a map of texts");
    if ((code = rest_settings(info, &strings, &settings, &count, err)))
        return code;
    for (size_t i = 0; i < count && !code; i++)
        code = weir_data_source_set(out, settings[i].name, settings[i].value, err);
    weir_free(settings);
    json_decref(strings);
    return code;
}

/* Lists of attributes and their types, which the info of a stream may hold as texts. What else is in extra is not for
 * the server. */
static weir_code read_types(const json_t *extra, weir_data_source *out, weir_error *err)
{
    static const char *const keys[] = {"attributeNames", "attributeTypes"};
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < sizeof keys / sizeof *keys; i++) {
        const json_t *list = json_object_get(extra, keys[i]);
        char *text = NULL;

        if (!json_is_array(list) || !json_array_size(list) || weir_data_source_get(out, keys[i]))
            continue;
        text = json_dumps(list, JSON_COMPACT);
        code = text ? weir_data_source_set(out, keys[i], text, err)
                    : weir_fail(err, WEIR_NO_MEMORY, "no room for the types of attributes");
        free(text);
    }
    return code;
}

static weir_code read_text(const json_t *body, const char *key, char **out, weir_error *err)
{
    const json_t *value = json_object_get(body, key);
    const char *text = json_string_value(value);

    if (value && !json_is_null(value) && !text)
        return weir_fail(err, WEIR_INVALID, "%s is not a text", key);
    if (text && !(*out = weir_strdup(text)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a data source");
    return WEIR_OK;
}

weir_code rest_source_read(const weir_http_request *request, weir_data_source *out, weir_error *err)
{
    weir_data_source source = {0};
    json_t *body = NULL;
    char *path = NULL;
    weir_code code = rest_hidden_object(request, &body, err);

    if (code || (code = read_text(body, "type", &source.type, err)) ||
        (code = read_text(body, "name", &source.name, err)) ||
        (code = read_text(body, "path", &path, err)) ||
        (code = read_info(json_object_get(body, "info"), &source, err)) ||
        (code = read_types(json_object_get(body, "extra"), &source, err)))
        goto done;
    /* One table of the documents has the path beside info. */
    if (path && !weir_data_source_get(&source, "path") &&
        (code = weir_data_source_set(&source, "path", path, err)))
        goto done;
    *out = source;
    source = (weir_data_source){0}; /* the caller's now */
done:
    weir_data_source_free(&source);
    weir_free(path);
    json_decref(body);
    return code;
}

/* --- making and changing */

void rest_source_create(const weir_http_request *request, weir_http_reply *reply)
{
    weir_data_source source = {0};
    weir_error err = {0};

    if (rest_source_read(request, &source, &err) ||
        weir_source_check(rest_of(request)->options.sources, &source, &err) ||
        weir_source_put(rest_engine(request), rest_cid(request), &source, false, &err))
        answer_error(reply, &err);
    else
        rest_plain(reply, 201, "CREATED");
    weir_data_source_free(&source);
}

void rest_source_update(const weir_http_request *request, weir_http_reply *reply)
{
    weir_data_source source = {0};
    weir_error err = {0};
    weir_code code = rest_source_read(request, &source, &err);

    if (!code && source.name && strcmp(source.name, source_name(request)) != 0)
        code = weir_fail(&err, WEIR_INVALID, "the body names data source %.100s, the path %.100s",
                         source.name, source_name(request));
    if (!code && !source.name && !(source.name = weir_strdup(source_name(request))))
        code = weir_fail(&err, WEIR_NO_MEMORY, "no room for a data source");
    if (code || weir_source_check(rest_of(request)->options.sources, &source, &err) ||
        weir_source_put(rest_engine(request), rest_cid(request), &source, true, &err))
        answer_error(reply, &err);
    else
        rest_plain(reply, 200, "OK");
    weir_data_source_free(&source);
}

void rest_source_list(const weir_http_request *request, weir_http_reply *reply)
{
    char **entries = NULL;
    size_t count = 0;
    weir_error err = {0};

    if (weir_source_list(rest_engine(request), rest_cid(request), &entries, &count, &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_list(reply, entries, count);
    weir_list_free(entries, count);
}

static void write_source(json_out *json, const weir_data_source *source)
{
    json_open(json, '{');
    json_put_text(json, "type", source->type);
    json_put_text(json, "name", source->name);
    json_key(json, "info");
    json_open(json, '{');
    for (size_t i = 0; i < source->count; i++)
        json_put_text(json, source->keys[i], source->values[i]);
    json_close(json, '}');
    json_close(json, '}');
}

/* The text that hides the description. */
static weir_code hide(const weir_http_request *request, const weir_data_source *source,
                      weir_bytes *out, weir_error *err)
{
    uint8_t secret[WEIR_SECRET_MAX];
    size_t size = sizeof secret;
    weir_bytes plain = {0};
    json_out json = {.out = &plain};
    weir_code code;

    write_source(&json, source);
    if (!(code = weir_bytes_ok(&plain, err)) &&
        !(code = weir_customer_secret(rest_engine(request), rest_cid(request), secret, &size, err)))
        code = weir_envelope_make(secret, size, plain.data, plain.size, out, err);
    weir_bytes_u8(out, 0);
    if (!code)
        code = weir_bytes_ok(out, err);
    OPENSSL_cleanse(secret, sizeof secret);
    if (plain.data)
        OPENSSL_cleanse(plain.data, plain.size);
    weir_bytes_free(&plain);
    return code;
}

void rest_source_get(const weir_http_request *request, weir_http_reply *reply)
{
    bool plainly = !weir_http_header(request, "Authorization");
    weir_data_source source = {0};
    weir_bytes hidden = {0};
    json_out json;
    weir_error err = {0};

    if (weir_source_get(rest_engine(request), rest_cid(request), source_name(request), &source,
                        &err) ||
        (!plainly && hide(request, &source, &hidden, &err))) {
        answer_error(reply, &err);
        goto done;
    }
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "dsinfo");
    if (plainly)
        write_source(&json, &source);
    else
        json_text(&json, (const char *)hidden.data);
    rest_end(&json);
done:
    weir_data_source_free(&source);
    weir_bytes_free(&hidden);
}

static void answer_done(weir_http_reply *reply, weir_code code, const weir_error *err)
{
    if (code)
        answer_error(reply, err);
    else
        rest_plain(reply, 200, "OK");
}

void rest_source_delete(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    answer_done(
        reply,
        weir_source_remove(rest_engine(request), rest_cid(request), source_name(request), &err),
        &err);
}

/* The project is checked first: one that is missing is 400, as everywhere. */
static void change_attached(const weir_http_request *request, weir_http_reply *reply, bool attach)
{
    const char *name = weir_http_param(request, 2);
    char **names = NULL;
    size_t count = 0;
    weir_error err = {0};

    if (weir_source_attached(rest_engine(request), rest_cid(request), rest_pid(request), &names,
                             &count, &err)) {
        rest_error(reply, &err);
        return;
    }
    weir_list_free(names, count);
    answer_done(reply,
                (attach ? weir_source_attach : weir_source_detach)(
                    rest_engine(request), rest_cid(request), rest_pid(request), name, &err),
                &err);
}

void rest_source_attach(const weir_http_request *request, weir_http_reply *reply)
{
    change_attached(request, reply, true);
}

void rest_source_detach(const weir_http_request *request, weir_http_reply *reply)
{
    change_attached(request, reply, false);
}

/* --- looking */

static void write_names(json_out *json, const char *key, char *const *names, size_t count)
{
    json_key(json, key);
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, names[i]);
    json_close(json, ']');
}

void rest_write_listing(json_out *json, const weir_listing *listing, const char *path)
{
    json_key(json, "dsdirectoryListing");
    json_open(json, '{');
    json_put_truth(json, "ok", true);
    write_names(json, "dirs", listing->dirs, listing->dir_count);
    write_names(json, "files", listing->files, listing->file_count);
    json_put_text(json, "path", path);
    json_close(json, '}');
}

void rest_source_browse(const weir_http_request *request, weir_http_reply *reply)
{
    weir_data_source source = {0};
    weir_listing listing = {0};
    const char *path;
    json_out json;
    weir_error err = {0};

    if (rest_source_read(request, &source, &err) ||
        weir_source_browse(rest_of(request)->options.sources, &source, &listing, &err)) {
        answer_error(reply, &err);
        goto done;
    }
    path = weir_data_source_get(&source, "path");
    rest_begin(reply, 200, "OK", &json);
    rest_write_listing(&json, &listing, path ? path : "");
    rest_end(&json);
done:
    weir_listing_free(&listing);
    weir_data_source_free(&source);
}

static int64_t now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec;
}

static bool is_late(void *context)
{
    return now_s() > *(const int64_t *)context;
}

weir_stop rest_patience(int64_t *until, int seconds)
{
    *until = now_s() + seconds;
    return (weir_stop){is_late, until};
}

/* The first rows as a DataFrame with the guessed types. A worker waits here, so not for long. */
static weir_code preview(weir_rest *rest, const weir_data_source *source, weir_bytes *out,
                         weir_error *err)
{
    int64_t until = 0;
    weir_source_reading reading = {.stop = rest_patience(&until, PREVIEW_S)};
    weir_source_reader *reader = NULL;
    weir_rejects rejects = {0};
    weir_batch *batch = NULL;
    weir_code code;

    if ((code = weir_source_open(rest->options.sources, source, &reading, &reader, err)) ||
        (code = weir_source_next(reader, PREVIEW_ROWS, WEIR_BAD_CELL, &rejects, &batch, err)))
        goto done;
    code = rest->options.codecs->frame_encode(batch ? batch : weir_source_columns(reader), NULL,
                                              out, err);
done:
    weir_batch_free(batch);
    weir_source_close(reader);
    if (code == WEIR_CANCELLED)
        code = weir_fail(err, WEIR_UNAVAILABLE, "its first rows did not come within %d seconds",
                         (int)PREVIEW_S);
    return code;
}

static void answer_preview(const weir_http_request *request, weir_http_reply *reply,
                           const weir_data_source *source)
{
    weir_bytes frame = {0};
    json_out json;
    weir_error err = {0};

    if (preview(rest_of(request), source, &frame, &err)) {
        answer_error(reply, &err);
    } else {
        rest_begin(reply, 200, "OK", &json);
        json_key(&json, "dataframe");
        json_raw(&json, (const char *)frame.data, frame.size);
        rest_end(&json);
    }
    weir_bytes_free(&frame);
}

void rest_source_preview(const weir_http_request *request, weir_http_reply *reply)
{
    weir_data_source source = {0};
    weir_error err = {0};

    if (rest_source_read(request, &source, &err))
        answer_error(reply, &err);
    else
        answer_preview(request, reply, &source);
    weir_data_source_free(&source);
}

void rest_source_sample(const weir_http_request *request, weir_http_reply *reply)
{
    weir_data_source source = {0};
    weir_error err = {0};

    if (weir_source_get(rest_engine(request), rest_cid(request), source_name(request), &source,
                        &err))
        answer_error(reply, &err);
    else
        answer_preview(request, reply, &source);
    weir_data_source_free(&source);
}
