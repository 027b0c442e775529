/* data_source.c: the description of a data source: a few named texts, and the bytes it is kept as.
 *
 *     u16 version 1 | text type | u32 count | count times: text key, text value
 *
 * all of it sealed under the server key (seal.h), because a value may be a password. The name is that of the document
 * and is authenticated with the bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "data_source.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "seal.h"
#include "weir/memory.h"

enum { VERSION = 1, KEYS_MOST = 200, SIZE_MOST = 24 << 10 };

void weir_data_source_free(weir_data_source *source)
{
    if (!source)
        return;
    for (size_t i = 0; i < source->count; i++)
        if (source->values[i])
            OPENSSL_cleanse(source->values[i], strlen(source->values[i]));
    weir_list_free(source->keys, source->count);
    weir_list_free(source->values, source->count);
    weir_free(source->type);
    weir_free(source->name);
    *source = (weir_data_source){0};
}

const char *weir_data_source_get(const weir_data_source *source, const char *key)
{
    for (size_t i = 0; i < source->count; i++)
        if (!strcmp(source->keys[i], key))
            return source->values[i];
    return NULL;
}

static weir_code add(weir_data_source *source, char *key, char *value, weir_error *err)
{
    char **keys = weir_realloc_array(source->keys, source->count + 1, sizeof *keys);
    char **values = NULL;

    source->keys = keys ? keys : source->keys;
    if (keys)
        values = weir_realloc_array(source->values, source->count + 1, sizeof *values);
    source->values = values ? values : source->values;
    if (!values || !key || !value) {
        weir_free(key);
        weir_free(value);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a data source");
    }
    keys[source->count] = key;
    values[source->count++] = value;
    return WEIR_OK;
}

weir_code weir_data_source_set(weir_data_source *source, const char *key, const char *value,
                               weir_error *err)
{
    for (size_t i = 0; i < source->count; i++)
        if (!strcmp(source->keys[i], key)) {
            char *copy = weir_strdup(value);

            if (!copy)
                return weir_fail(err, WEIR_NO_MEMORY, "no room for a data source");
            weir_free(source->values[i]);
            source->values[i] = copy;
            return WEIR_OK;
        }
    return add(source, weir_strdup(key), weir_strdup(value), err);
}

weir_code data_source_fits(const weir_data_source *source, weir_error *err)
{
    size_t size = 0;
    weir_code code = name_fits("name of a data source or stream", source->name, err);

    if (code)
        return code;
    for (size_t i = 0; i < source->count; i++)
        size += strlen(source->keys[i]) + strlen(source->values[i]) + 8;
    if (source->count > KEYS_MOST || size > SIZE_MOST)
        return weir_fail(err, WEIR_TOO_LARGE,
                         "data source %s: info of %zu entries and %zu bytes; at most %d and %d",
                         source->name, source->count, size, (int)KEYS_MOST, (int)SIZE_MOST);
    return WEIR_OK;
}

/* What the sealed bytes belong to. */
static void bind(const char *cid, const char *name, char bound[DATA_SOURCE_BOUND])
{
    snprintf(bound, DATA_SOURCE_BOUND, "ds %.128s %.128s", cid, name);
}

weir_code data_source_save(const weir_engine *engine, const char *cid,
                           const weir_data_source *source, weir_bytes *out, weir_error *err)
{
    weir_bytes plain = {0};
    char bound[DATA_SOURCE_BOUND];
    weir_code code;

    bind(cid, source->name, bound);
    weir_bytes_u16(&plain, VERSION);
    weir_bytes_text(&plain, source->type, strlen(source->type));
    weir_bytes_u32(&plain, (uint32_t)source->count);
    for (size_t i = 0; i < source->count; i++) {
        weir_bytes_text(&plain, source->keys[i], strlen(source->keys[i]));
        weir_bytes_text(&plain, source->values[i], strlen(source->values[i]));
    }
    if (!(code = weir_bytes_ok(&plain, err)))
        code = seal(engine->key, bound, plain.data, plain.size, out, err);
    if (plain.data)
        OPENSSL_cleanse(plain.data, plain.size);
    weir_bytes_free(&plain);
    return code;
}

static char *take_text(weir_reader *reader)
{
    size_t length = 0;
    const char *text = weir_read_text(reader, &length);

    return text && !memchr(text, 0, length) ? weir_strndup(text, length) : NULL;
}

/* The opened bytes into an empty description. */
static weir_code read_plain(const uint8_t *data, size_t size, weir_data_source *out,
                            weir_error *err)
{
    weir_reader reader = weir_reader_over(data, size);
    uint16_t version = weir_read_u16(&reader);
    weir_code code = WEIR_OK;
    uint32_t count = 0;

    if (version != VERSION)
        return weir_fail(err, WEIR_CORRUPT, "a data source of version %u; this program knows %d",
                         version, VERSION);
    out->type = take_text(&reader);
    count = weir_read_u32(&reader);
    for (uint32_t i = 0; i < count && !reader.failed && !code; i++) {
        char *key = take_text(&reader);

        code = add(out, key, take_text(&reader), err);
    }
    if (reader.failed || (!code && (!out->type || weir_reader_left(&reader) > 0)))
        code = weir_fail(err, WEIR_CORRUPT, "a stored data source is not readable");
    return code;
}

weir_code data_source_load(const weir_engine *engine, const weir_store_document *row,
                           weir_data_source *out, weir_error *err)
{
    weir_data_source source = {0};
    uint8_t *plain = weir_malloc(SEAL_LARGEST);
    size_t size = SEAL_LARGEST;
    char bound[DATA_SOURCE_BOUND];
    weir_code code = WEIR_OK;

    bind(row->cid, row->name, bound);
    if (!plain || !(source.name = weir_strdup(row->name))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for data source %s", row->name);
        goto done;
    }
    if ((code = unseal(engine->key, bound, row->bytes, row->size, plain, &size, err)))
        goto done;
    code = read_plain(plain, size, &source, err);
    OPENSSL_cleanse(plain, size);
    if (code) {
        weir_explain(err, code, "data source %s", row->name);
        goto done;
    }
    *out = source;
    source = (weir_data_source){0}; /* the caller's now */
done:
    weir_data_source_free(&source);
    weir_free(plain);
    return code;
}

/* --- CSV options in info */

static weir_code read_mark(const weir_data_source *source, const char *key, char *out,
                           weir_error *err)
{
    const char *text = weir_data_source_get(source, key);

    if (!text || !*text)
        return WEIR_OK;
    if (!strcmp(text, "\\t") || !strcmp(text, "tab")) {
        *out = '\t';
        return WEIR_OK;
    }
    if (text[1] || (unsigned char)*text >= 0x7f || *text == '\n' || *text == '\r')
        return weir_fail(err, WEIR_INVALID, "%s is \"%.40s\"; it is one ASCII character", key,
                         text);
    *out = *text;
    return WEIR_OK;
}

static weir_code read_truth(const weir_data_source *source, const char *key, bool *out,
                            weir_error *err)
{
    const char *text = weir_data_source_get(source, key);
    bool yes = text && (!strcasecmp(text, "true") || !strcmp(text, "1"));

    if (text && *text && !yes && strcasecmp(text, "false") != 0 && strcmp(text, "0") != 0)
        return weir_fail(err, WEIR_INVALID, "%s is \"%.40s\"; it is true or false", key, text);
    *out = yes;
    return WEIR_OK;
}

weir_code weir_data_source_csv(const weir_data_source *source, weir_csv_options *out,
                               weir_error *err)
{
    weir_code code;

    *out = (weir_csv_options){.separator = ',', .quote = '"'};
    if ((code = read_mark(source, "csv_entry_separator", &out->separator, err)) ||
        (code = read_mark(source, "csv_quote_character", &out->quote, err)) ||
        (code = read_truth(source, "csv_strict_quotes", &out->strict_quotes, err)) ||
        (code = read_truth(source, "csv_header_missing", &out->header_missing, err)))
        return code;
    if (out->separator == out->quote)
        return weir_fail(err, WEIR_INVALID,
                         "csv_entry_separator and csv_quote_character are both '%c'", out->quote);
    return WEIR_OK;
}
