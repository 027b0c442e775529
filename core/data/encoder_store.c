/* encoder_store.c: an encoder as bytes.
 *
 *     section "head":  text target, u8 type, f64 least, f64 rows, f64 sum high, f64 sum low,
 *                      u32 data sources, text each
 *     section "keys":  u32 keys, then per key: text name, u8 type, u32 values, then per value: text, f64 count,
 *                      f64 sum high, f64 sum low
 *
 * Keys and values stand in order of first appearance. A load refuses whatever learning and editing could not have
 * made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "data/encoder_state.h"
#include "weir/container.h"
#include "weir/memory.h"

enum { ENCODER_VERSION = 1 };

static void write_sum(weir_bytes *out, weir_dd sum)
{
    weir_bytes_f64(out, sum.hi);
    weir_bytes_f64(out, sum.lo);
}

static void write_head(const weir_encoder *encoder, weir_bytes *out)
{
    weir_bytes_text(out, encoder->target, strlen(encoder->target));
    weir_bytes_u8(out, (uint8_t)encoder->target_type);
    weir_bytes_f64(out, encoder->least);
    weir_bytes_f64(out, encoder->rows);
    write_sum(out, encoder->sum);
    weir_bytes_u32(out, (uint32_t)encoder->source_count);
    for (size_t i = 0; i < encoder->source_count; i++)
        weir_bytes_text(out, encoder->sources[i], strlen(encoder->sources[i]));
}

static void write_keys(const weir_encoder *encoder, weir_bytes *out)
{
    weir_bytes_u32(out, (uint32_t)encoder->key_count);
    for (size_t k = 0; k < encoder->key_count; k++) {
        const encoder_key *key = &encoder->keys[k];

        weir_bytes_text(out, key->name, strlen(key->name));
        weir_bytes_u8(out, (uint8_t)key->type);
        weir_bytes_u32(out, (uint32_t)key->count);
        for (size_t v = 0; v < key->count; v++) {
            weir_bytes_text(out, key->values[v].text, strlen(key->values[v].text));
            weir_bytes_f64(out, key->values[v].count);
            write_sum(out, key->values[v].sum);
        }
    }
}

weir_code weir_encoder_save(const weir_encoder *encoder, weir_bytes *out, weir_error *err)
{
    weir_container_writer writer;
    weir_bytes section = {0};
    weir_code code;

    weir_container_begin(&writer, out, WEIR_FORMAT_ENCODER, ENCODER_VERSION);
    write_head(encoder, &section);
    if ((code = weir_bytes_ok(&section, err)))
        goto done;
    weir_container_section(&writer, "head", 1, section.data, section.size);
    weir_bytes_clear(&section);
    write_keys(encoder, &section);
    if ((code = weir_bytes_ok(&section, err)))
        goto done;
    weir_container_section(&writer, "keys", 1, section.data, section.size);
    code = weir_container_end(&writer, err);
done:
    weir_bytes_free(&section);
    return code;
}

/* A name or value, terminated, into text. NULL when it is not there, too long, or no text. */
static const char *read_text(weir_reader *reader, size_t most, char *text, size_t *length)
{
    const char *view = weir_read_text(reader, length);

    if (!view || *length > most || memchr(view, '\0', *length) || !weir_utf8_valid(view, *length))
        return NULL;
    memcpy(text, view, *length);
    text[*length] = '\0';
    return text;
}

/* Without a sign on 0, which adding would lose: a copy has to have the same bytes. */
static double read_number(weir_reader *reader)
{
    return weir_read_f64(reader) + 0.0;
}

static bool read_sum(weir_reader *reader, weir_dd *sum)
{
    sum->hi = read_number(reader);
    sum->lo = read_number(reader);
    return !reader->failed && isfinite(sum->hi) && isfinite(sum->lo) &&
           sum->hi + sum->lo == sum->hi;
}

static weir_code read_sources(weir_reader *reader, weir_encoder *encoder, weir_error *err)
{
    char text[WEIR_NAME_MAX + 1];
    size_t length;
    uint32_t count = weir_read_u32(reader);
    weir_code code = WEIR_OK;

    for (uint32_t i = 0; !code && i < count; i++) {
        const char *name = read_text(reader, WEIR_NAME_MAX, text, &length);

        code = name ? weir_encoder_note(encoder, name, err) : WEIR_INVALID;
        if (!code && encoder->source_count != (size_t)i + 1) /* it is there twice */
            code = WEIR_INVALID;
    }
    if (code == WEIR_NO_MEMORY)
        return code;
    if (code || reader->failed || weir_reader_left(reader) > 0)
        return weir_fail(err, WEIR_CORRUPT, "the data sources of an encoder are not readable");
    return WEIR_OK;
}

static weir_code read_head(weir_reader reader, weir_encoder **out, weir_error *err)
{
    char target[WEIR_NAME_MAX + 1];
    size_t length;
    const char *name = read_text(&reader, WEIR_NAME_MAX, target, &length);
    uint8_t type = weir_read_u8(&reader);
    double least = read_number(&reader), rows = read_number(&reader);
    weir_dd sum;
    weir_encoder *encoder = NULL;
    weir_code code;

    if (!name || !read_sum(&reader, &sum))
        return weir_fail(err, WEIR_CORRUPT, "the head of an encoder is not readable");
    if ((code = weir_encoder_new(name, (weir_type)type, least, &encoder, err)) ||
        (code = encoder_check(encoder, rows, sum.hi, err)) ||
        (code = read_sources(&reader, encoder, err))) {
        weir_encoder_free(encoder);
        return code == WEIR_INVALID ? weir_explain(err, WEIR_CORRUPT, "encoder") : code;
    }
    encoder->rows = rows;
    encoder->sum = sum;
    *out = encoder;
    return WEIR_OK;
}

/* The caller puts WEIR_CORRUPT into words. */
static weir_code read_value(weir_reader *reader, weir_encoder *encoder, size_t key, weir_error *err)
{
    char text[WEIR_VALUE_MAX + 1], normal[WEIR_VALUE_MAX + 1];
    size_t length = 0, same = 0, at = 0, before = encoder->value_count;
    const char *value = read_text(reader, WEIR_VALUE_MAX, text, &length), *as;
    double count = read_number(reader);
    weir_dd sum;
    weir_code code;

    if (!value || !read_sum(reader, &sum))
        return WEIR_CORRUPT;
    memcpy(normal, text, length + 1);
    same = length;
    as = weir_category_normalise(normal, &same);
    if (same != length || memcmp(as, text, length) != 0 ||
        encoder_check(encoder, count, sum.hi, NULL))
        return WEIR_CORRUPT;
    if ((code = encoder_value_get(encoder, key, text, length, &at, err)))
        return code;
    if (encoder->value_count == before) /* it is there twice */
        return WEIR_CORRUPT;
    encoder->keys[key].values[at].count = count;
    encoder->keys[key].values[at].sum = sum;
    return WEIR_OK;
}

static weir_code read_key(weir_reader *reader, weir_encoder *encoder, weir_error *err)
{
    char text[WEIR_NAME_MAX + 1];
    size_t length = 0, at = 0, before = encoder->key_count;
    const char *name = read_text(reader, WEIR_NAME_MAX, text, &length);
    uint8_t type = weir_read_u8(reader);
    uint32_t values = weir_read_u32(reader);
    weir_code code;

    if (!name || length == 0 || reader->failed || !type || !strchr("SLCBT", type) ||
        (values > 0 && type != WEIR_S && type != WEIR_L))
        return WEIR_CORRUPT;
    if ((code = encoder_key_get(encoder, name, length, (weir_type)type, &at, err)))
        return code == WEIR_INVALID ? WEIR_CORRUPT : code;
    if (encoder->key_count == before)
        return WEIR_CORRUPT;
    for (uint32_t v = 0; !code && v < values; v++)
        code = read_value(reader, encoder, at, err);
    return code;
}

static weir_code read_keys(weir_reader reader, weir_encoder *encoder, weir_error *err)
{
    uint32_t keys = weir_read_u32(&reader), k = 0;
    weir_code code = WEIR_OK;

    for (; !code && k < keys; k++)
        code = read_key(&reader, encoder, err);
    if (code == WEIR_NO_MEMORY)
        return code;
    if (code)
        return weir_fail(err, WEIR_CORRUPT, "key %u of an encoder is not readable",
                         (unsigned)(k - 1));
    if (reader.failed || weir_reader_left(&reader) > 0)
        return weir_fail(err, WEIR_CORRUPT, "%zu bytes follow the keys of an encoder",
                         weir_reader_left(&reader));
    return WEIR_OK;
}

weir_code weir_encoder_load(const void *data, size_t size, weir_encoder **out, weir_error *err)
{
    weir_container_reader reader;
    weir_bytes joined_head = {0}, joined_keys = {0};
    weir_section head, keys;
    weir_encoder *encoder = NULL;
    weir_code code;

    if ((code =
             weir_container_open(&reader, data, size, WEIR_FORMAT_ENCODER, ENCODER_VERSION, err)) ||
        (code = weir_container_take(&reader, "head", 1, &joined_head, &head, err)) ||
        (code = weir_container_take(&reader, "keys", 1, &joined_keys, &keys, err)) ||
        (code = weir_container_done(&reader, err)) ||
        (code = read_head(weir_reader_over(head.data, head.size), &encoder, err)) ||
        (code = read_keys(weir_reader_over(keys.data, keys.size), encoder, err)))
        goto done;
    *out = encoder;
    encoder = NULL; /* the caller's now */
done:
    weir_encoder_free(encoder);
    weir_bytes_free(&joined_head);
    weir_bytes_free(&joined_keys);
    return code;
}
