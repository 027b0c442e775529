/* signing.c: the signature of requests and messages (see signing.h for the lines).
 *
 * All forms of one request share every line up to the resource, the body among them, which may be hundreds of
 * megabytes: that prefix is hashed once and its state copied for each form. A form is a list of pieces behind the
 * prefix, so signing, checking and showing run over the same description.
 *
 * [1] H. Krawczyk, M. Bellare, R. Canetti: HMAC: Keyed-Hashing for Message Authentication. RFC 2104, 1997.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/signing.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "weir/bytes.h"
#include "weir/memory.h"

enum { SIGNATURE_BYTES = 32, SECRET_TEXT = 4 * ((WEIR_SECRET_MAX + 2) / 3) + 1 };

/* --- encodings */

void weir_base64_encode(const void *data, size_t size, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *bytes = data;

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)bytes[i] << 16;

        if (left > 1)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2)
            group |= bytes[i + 2];
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    *out = '\0';
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool weir_base64_decode(const char *text, size_t length, uint8_t *out, size_t *size)
{
    size_t padding = 0, count = 0;

    *size = 0;
    if (length % 4 != 0)
        return false;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < length; i += 4) {
        uint32_t group = 0;
        size_t digits = i + 4 == length ? 4 - padding : 4;

        for (size_t j = 0; j < 4; j++) {
            int digit = j < digits ? base64_digit(text[i + j]) : 0;

            if (digit < 0)
                return false;
            group = group << 6 | (uint32_t)digit;
        }
        for (size_t j = 0; j + 1 < digits; j++)
            out[count++] = (uint8_t)(group >> (16 - 8 * j));
    }
    *size = count;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t weir_percent_decode(const char *text, size_t length, bool plus_is_blank, char *out)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++) {
        int high = text[i] == '%' && i + 2 < length ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

        if (low >= 0) {
            out[count++] = (char)(high << 4 | low);
            i += 2;
        } else {
            out[count++] = plus_is_blank && text[i] == '+' ? ' ' : text[i];
        }
    }
    out[count] = '\0';
    return count;
}

bool weir_constant_equal(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

void weir_md5_text(const void *data, size_t size, char text[WEIR_MD5_TEXT])
{
    uint8_t digest[EVP_MAX_MD_SIZE] = {0};

    /* MD5 is part of the protocol, not of its security. It can only fail without memory; the text then fits no body. */
    (void)EVP_Digest(data, size, digest, NULL, EVP_md5(), NULL);
    weir_base64_encode(digest, 16, text);
}

/* --- dates */

void weir_signing_date(int64_t seconds, long nanoseconds, char text[WEIR_DATE_TEXT])
{
    time_t when = (time_t)seconds;
    struct tm utc = {0};
    size_t length = 0;

    gmtime_r(&when, &utc);
    length = strftime(text, WEIR_DATE_TEXT, "%Y-%m-%d %H:%M:%S", &utc);
    snprintf(text + length, WEIR_DATE_TEXT - length, ";%ld", nanoseconds);
}

/* Exactly count digits at text as a number, or -1. */
static int digits_at(const char *text, size_t count)
{
    int value = 0;

    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

bool weir_signing_date_parse(const char *text, int64_t *seconds)
{
    static const char shape[] = "dddd-dd-dd dd:dd:dd";
    struct tm utc = {0};

    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == 'd' ? digits_at(text + i, 1) < 0 : text[i] != shape[i])
            return false; /* also at the end of a text that is too short */
    if (text[sizeof shape - 1] != '\0' && text[sizeof shape - 1] != ';')
        return false;
    utc.tm_year = digits_at(text, 4);
    utc.tm_mon = digits_at(text + 5, 2);
    utc.tm_mday = digits_at(text + 8, 2);
    utc.tm_hour = digits_at(text + 11, 2);
    utc.tm_min = digits_at(text + 14, 2);
    utc.tm_sec = digits_at(text + 17, 2);
    if (utc.tm_mon < 1 || utc.tm_mon > 12 || utc.tm_mday < 1 ||
        utc.tm_mday > days_of_month(utc.tm_year, utc.tm_mon) || utc.tm_hour > 23 ||
        utc.tm_min > 59 || utc.tm_sec > 60)
        return false;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    *seconds = (int64_t)timegm(&utc);
    return true;
}

/* --- forms */

/* What stands behind the shared prefix: scheme and host (URL form), path, query, extra keys. */
typedef struct {
    const char *scheme; /* "" for the path form */
    const char *host;
    const char *path;
    size_t path_length;
    const char *query;
    size_t query_length;
    bool bare_end;
} signed_form;

typedef bool (*text_taker)(void *context, const void *data, size_t size);

static bool take_text(text_taker take, void *context, const char *text)
{
    return take(context, text, strlen(text));
}

static bool take_line(text_taker take, void *context, const void *data, size_t size)
{
    return take(context, data, size) && take(context, "\n", 1);
}

/* Gives the shared lines to take, with secret standing for the secret and at most limit bytes of the body. */
static bool take_prefix(const weir_signing *request, const char *secret, size_t limit,
                        text_taker take, void *context)
{
    char made[WEIR_MD5_TEXT] = "";
    const char *md5 = request->md5 && request->body_size > 0 ? request->md5 : made;
    char note[64];
    bool cut = request->body_size > limit;

    if (request->body_size > 0 && md5 == made)
        weir_md5_text(request->body, request->body_size, made);
    if (request->verb && !take_line(take, context, request->verb, strlen(request->verb)))
        return false;
    if (!take_line(take, context, md5, strlen(md5)) ||
        !take_line(take, context, secret, strlen(secret)) ||
        !take_line(take, context, request->date, strlen(request->date)) ||
        !take_line(take, context, request->cid, strlen(request->cid)))
        return false;
    if (request->body_size == 0 && request->verb)
        return true;
    if (!take(context, request->body, cut ? limit : request->body_size))
        return false;
    if (cut) {
        snprintf(note, sizeof note, "...(%zu bytes)", request->body_size);
        if (!take_text(take, context, note))
            return false;
    }
    return take(context, "\n", 1);
}

static bool take_form(const weir_signing *request, const signed_form *form, text_taker take,
                      void *context)
{
    bool bare = form->bare_end && request->key_count == 0;

    if (!take_text(take, context, form->scheme) || !take_text(take, context, form->host) ||
        !take(context, form->path, form->path_length))
        return false;
    if (!bare && !take(context, "\n", 1))
        return false;
    if (form->query_length > 0 && !take_line(take, context, form->query, form->query_length))
        return false;
    for (size_t i = 0; i < request->key_count; i++) {
        bare = form->bare_end && i + 1 == request->key_count;
        if (!take_text(take, context, request->keys[i]) || (!bare && !take(context, "\n", 1)))
            return false;
    }
    return true;
}

static bool take_into_mac(void *context, const void *data, size_t size)
{
    return size == 0 || EVP_MAC_update(context, data, size) == 1;
}

static EVP_MAC_CTX *mac_over_prefix(const weir_signing *request)
{
    char secret[SECRET_TEXT];
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                           OSSL_PARAM_construct_end()};

    weir_base64_encode(request->secret, request->secret_size, secret);
    if (context && (EVP_MAC_init(context, request->secret, request->secret_size, params) != 1 ||
                    !take_prefix(request, secret, SIZE_MAX, take_into_mac, context))) {
        EVP_MAC_CTX_free(context);
        context = NULL;
    }
    OPENSSL_cleanse(secret, sizeof secret);
    EVP_MAC_free(mac);
    return context;
}

/* Finishes a copy of prefix with one form. */
static bool mac_of_form(const EVP_MAC_CTX *prefix, const weir_signing *request,
                        const signed_form *form, uint8_t out[SIGNATURE_BYTES])
{
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(prefix);
    size_t size = 0;
    bool fine = context && take_form(request, form, take_into_mac, context) &&
                EVP_MAC_final(context, out, &size, SIGNATURE_BYTES) == 1 && size == SIGNATURE_BYTES;

    EVP_MAC_CTX_free(context);
    return fine;
}

static signed_form form_as_given(const weir_signing *request)
{
    return (signed_form){.scheme = "",
                         .host = "",
                         .path = request->resource,
                         .path_length = strlen(request->resource),
                         .query = request->query,
                         .query_length = request->query ? strlen(request->query) : 0,
                         .bare_end = request->bare_end};
}

static bool secret_size_valid(const weir_signing *request)
{
    return request->secret_size >= WEIR_SECRET_MIN && request->secret_size <= WEIR_SECRET_MAX;
}

weir_code weir_sign(const weir_signing *request, char signature[WEIR_SIGNATURE_TEXT],
                    weir_error *err)
{
    signed_form form = form_as_given(request);
    uint8_t mac[SIGNATURE_BYTES];
    EVP_MAC_CTX *prefix = NULL;
    weir_code code = WEIR_OK;

    if (!secret_size_valid(request))
        return weir_fail(err, WEIR_INVALID, "a secret of %zu bytes; it has %d to %d",
                         request->secret_size, WEIR_SECRET_MIN, WEIR_SECRET_MAX);
    prefix = mac_over_prefix(request);
    if (!prefix || !mac_of_form(prefix, request, &form, mac))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a signature");
    else
        weir_base64_encode(mac, sizeof mac, signature);
    EVP_MAC_CTX_free(prefix);
    return code;
}

/* Tries every form made of the given texts. All forms are compared, so that the time does not tell which one fits. */
static weir_code check_forms(const weir_signing *request, const char *host, const char *paths[2],
                             const size_t path_lengths[2], const char *queries[2],
                             const size_t query_lengths[2], const uint8_t *wanted, bool *fits,
                             weir_error *err)
{
    const char *schemes[] = {"", request->verb ? "http://" : "ws://",
                             request->verb ? "https://" : "wss://"};
    size_t scheme_count = host ? 3 : 1, ends = request->verb ? 1 : 2;
    size_t path_count = paths[1] ? 2 : 1, query_count = queries[1] ? 2 : 1;
    EVP_MAC_CTX *prefix = mac_over_prefix(request);
    weir_code code = WEIR_OK;

    *fits = false;
    if (!prefix)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to check a signature");
    for (size_t i = 0; i < scheme_count * path_count * query_count * ends; i++) {
        size_t rest = i;
        signed_form form = {0};
        uint8_t mac[SIGNATURE_BYTES];

        form.scheme = schemes[rest % scheme_count];
        form.host = *form.scheme ? host : "";
        rest /= scheme_count;
        form.path = paths[rest % path_count];
        form.path_length = path_lengths[rest % path_count];
        rest /= path_count;
        form.query = queries[rest % query_count];
        form.query_length = query_lengths[rest % query_count];
        form.bare_end = rest / query_count == 1;
        if (!mac_of_form(prefix, request, &form, mac)) {
            code = weir_fail(err, WEIR_NO_MEMORY, "no room to check a signature");
            break;
        }
        *fits |= weir_constant_equal(mac, wanted, sizeof mac);
    }
    EVP_MAC_CTX_free(prefix);
    return code;
}

/* The decoded text (for weir_free()) when it differs from the text as sent, else NULL. */
static weir_code decode_if_other(const char *text, size_t length, char **out, size_t *out_length,
                                 weir_error *err)
{
    *out = NULL;
    if (!text || !memchr(text, '%', length))
        return WEIR_OK;
    if (!(*out = weir_malloc(length + 1)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room to decode %zu bytes", length);
    *out_length = weir_percent_decode(text, length, false, *out);
    return WEIR_OK;
}

weir_code weir_signature_check(const weir_signing *request, const char *host, const char *signature,
                               weir_error *err)
{
    uint8_t wanted[3 * (WEIR_SIGNATURE_TEXT / 4)];
    size_t size = 0, path_lengths[2] = {strlen(request->resource), 0};
    size_t query_lengths[2] = {request->query ? strlen(request->query) : 0, 0};
    const char *paths[2] = {request->resource, NULL}, *queries[2] = {request->query, NULL};
    char *path = NULL, *query = NULL;
    weir_code code = WEIR_OK;
    bool fits = false;

    if (strlen(signature) != WEIR_SIGNATURE_TEXT - 1 || !secret_size_valid(request) ||
        !weir_base64_decode(signature, WEIR_SIGNATURE_TEXT - 1, wanted, &size) ||
        size != SIGNATURE_BYTES)
        return weir_fail(err, WEIR_UNAUTHORIZED, "Invalid Signature");
    if ((code = decode_if_other(paths[0], path_lengths[0], &path, &path_lengths[1], err)) ||
        (code = decode_if_other(queries[0], query_lengths[0], &query, &query_lengths[1], err)))
        goto done;
    paths[1] = path;
    queries[1] = query;
    if ((code = check_forms(request, host, paths, path_lengths, queries, query_lengths, wanted,
                            &fits, err)))
        goto done;
    if (!fits)
        code = weir_fail(err, WEIR_UNAUTHORIZED, "Invalid Signature");
done:
    weir_free(path);
    weir_free(query);
    return code;
}

/* --- showing */

static bool take_into_bytes(void *context, const void *data, size_t size)
{
    weir_bytes_append(context, data, size);
    return true;
}

/* Writes one letter of a base64 text as some sender may have escaped it. */
static void escape_digit(char c, bool percent, char *out)
{
    if (percent && (c == '+' || c == '/'))
        strcpy(out, c == '+' ? "%2B" : "%2F");
    else if (c == '+' || c == '/')
        strcpy(out, c == '+' ? "-" : "_");
    else
        memcpy(out, (char[]){c, '\0'}, 2);
}

/* Replaces every occurrence of word in bytes by SECRETKEY. */
static void hide_word(weir_bytes *bytes, const char *word)
{
    static const char mask[] = "SECRETKEY";
    weir_bytes out = {0};
    size_t length = strlen(word), at = 0;

    while (at < bytes->size) {
        const uint8_t *found = memmem(bytes->data + at, bytes->size - at, word, length);
        size_t until = found ? (size_t)(found - bytes->data) : bytes->size;

        weir_bytes_append(&out, bytes->data + at, until - at);
        at = until;
        if (found) {
            weir_bytes_append(&out, mask, sizeof mask - 1);
            at += length;
        }
    }
    out.failed |= bytes->failed;
    weir_bytes_free(bytes);
    *bytes = out;
}

char *weir_signing_shown(const weir_signing *request, size_t limit)
{
    signed_form form = form_as_given(request);
    char secret[SECRET_TEXT];
    char forms[3][3 * SECRET_TEXT] = {"", "", ""}; /* plain, URL-safe, percent-encoded */
    weir_bytes text = {0};
    char *shown = NULL;

    weir_base64_encode(request->secret, request->secret_size, secret);
    secret[strcspn(secret, "=")] = '\0'; /* a secret written without padding is one as well */
    strcpy(forms[0], secret);
    for (const char *c = secret; *c; c++) {
        char digit[4];

        escape_digit(*c, false, digit);
        strcat(forms[1], digit);
        escape_digit(*c, true, digit);
        strcat(forms[2], digit);
    }
    /* A cut through the middle of a secret would leave half of it: the cut is made short of anything alike. */
    if (request->body_size > limit && memmem(request->body, request->body_size, secret, 8))
        limit = 0;
    take_prefix(request, "SECRETKEY", limit, take_into_bytes, &text);
    take_form(request, &form, take_into_bytes, &text);
    for (size_t i = 0; i < 3; i++)
        hide_word(&text, forms[i]);
    weir_bytes_u8(&text, 0);
    if (!text.failed) {
        shown = (char *)text.data;
        text.data = NULL; /* the caller owns it now */
        text.size = text.capacity = 0;
    }
    weir_bytes_free(&text);
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(forms, sizeof forms);
    return shown;
}
