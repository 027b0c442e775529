/* json_walk.c: the grammar of JSON over an index of its tokens.
 *
 * The index gives where tokens begin. A string ends at the last quote before the next token (only blanks can lie
 * between), a bare word or number at the first character that cannot belong to it, which must then be structure or a
 * blank.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_walk.h"

#include <string.h>

#include "number.h"

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

weir_code json_walk_open(json_walk *walk, json_index *index, const char *text, size_t size,
                         weir_error *err)
{
    *walk = (json_walk){.text = text, .size = size};
    switch (json_index_run(index, text, size, &walk->tokens, &walk->count)) {
    case JSON_INDEX_OK:
        return WEIR_OK;
    case JSON_INDEX_NO_MEMORY:
        return weir_fail(err, WEIR_NO_MEMORY, "no room to index %zu bytes of JSON", size);
    case JSON_INDEX_TOO_LARGE:
        return weir_fail(err, WEIR_TOO_LARGE, "JSON: %zu bytes; at most 4 GiB can be read", size);
    case JSON_INDEX_EMPTY:
        return weir_fail(err, WEIR_INVALID, "JSON: the text is empty");
    case JSON_INDEX_UTF8:
        return weir_fail(err, WEIR_INVALID, "JSON: the text is not UTF-8");
    case JSON_INDEX_STRING:
        return weir_fail(err, WEIR_INVALID, "JSON: a string has no end");
    case JSON_INDEX_CONTROL:
        return weir_fail(err, WEIR_INVALID, "JSON: a bare control character in a string");
    case JSON_INDEX_OTHER:
        break;
    }
    return weir_fail(err, WEIR_INVALID, "JSON: the text cannot be read");
}

weir_code json_walk_unexpected(const json_walk *walk, const char *expected, weir_error *err)
{
    size_t at = json_walk_at(walk);

    if (at >= walk->size)
        return weir_fail(err, WEIR_INVALID, "JSON: expected %s at byte %zu, found the end",
                         expected, at);
    if ((unsigned char)walk->text[at] <= ' ' || (unsigned char)walk->text[at] >= 0x7f)
        return weir_fail(err, WEIR_INVALID, "JSON: expected %s at byte %zu, found byte 0x%02x",
                         expected, at, (unsigned char)walk->text[at]);
    return weir_fail(err, WEIR_INVALID, "JSON: expected %s at byte %zu, found '%c'", expected, at,
                     walk->text[at]);
}

weir_code json_walk_close(const json_walk *walk, weir_error *err)
{
    return walk->next == walk->count ? WEIR_OK : json_walk_unexpected(walk, "the end", err);
}

weir_code json_walk_expect(json_walk *walk, char c, weir_error *err)
{
    char words[4] = {'\'', c, '\'', 0};

    if (json_walk_peek(walk) != c)
        return json_walk_unexpected(walk, words, err);
    walk->next++;
    return WEIR_OK;
}

weir_code json_walk_more(json_walk *walk, char close, bool *first, bool *more, weir_error *err)
{
    char c = json_walk_peek(walk);

    *more = false;
    if (c == close) {
        walk->next++;
        return WEIR_OK;
    }
    if (!*first) {
        if (c != ',')
            return json_walk_unexpected(walk, close == ']' ? "',' or ']'" : "',' or '}'", err);
        walk->next++;
    }
    *first = false;
    *more = true;
    return WEIR_OK;
}

weir_code json_walk_string(json_walk *walk, json_string *out, weir_error *err)
{
    size_t start, end;

    if (json_walk_peek(walk) != '"')
        return json_walk_unexpected(walk, "a string", err);
    start = walk->tokens[walk->next] + (size_t)1;
    end = walk->next + 1 < walk->count ? walk->tokens[walk->next + 1] : walk->size;
    while (end > start && is_blank(walk->text[end - 1]))
        end--;
    if (end == start || walk->text[end - 1] != '"')
        return json_walk_unexpected(walk, "a closed string", err);
    out->raw = walk->text + start;
    out->size = end - 1 - start;
    out->escaped = memchr(out->raw, '\\', out->size) != NULL;
    walk->next++;
    return WEIR_OK;
}

weir_code json_walk_key(json_walk *walk, json_string *key, weir_error *err)
{
    weir_code code = json_walk_string(walk, key, err);

    return code ? code : json_walk_expect(walk, ':', err);
}

/* True when a bare word or number may end before this place. */
static bool ends_token(const json_walk *walk, const char *after)
{
    const char *end = walk->text + walk->size;

    return after == end || is_blank(*after) || *after == ',' || *after == ']' || *after == '}' ||
           *after == ':';
}

weir_code json_walk_number(json_walk *walk, json_string *number, double *value,
                           number_result *result, weir_error *err)
{
    const char *start = walk->text + json_walk_at(walk);
    const char *after;

    *result = number_scan(start, walk->text + walk->size, value, &after);
    if (*result == NUMBER_NOT || !ends_token(walk, after))
        return json_walk_unexpected(walk, "a number", err);
    *number = (json_string){.raw = start, .size = (size_t)(after - start)};
    walk->next++;
    return WEIR_OK;
}

bool json_walk_quoted_number(json_walk *walk, double *value)
{
    const char *start = walk->text + json_walk_at(walk) + 1;
    const char *end = walk->text + walk->size;
    const char *after;

    /* A number holds neither quote nor backslash, so the quote behind it is the closing one. */
    if (json_walk_peek(walk) != '"' || number_scan(start, end, value, &after) != NUMBER_READ ||
        after == end || *after != '"')
        return false;
    walk->next++;
    return true;
}

weir_code json_walk_integer(json_walk *walk, int64_t *value, weir_error *err)
{
    json_walk before = *walk;
    json_string number;
    number_result result;
    double unused;

    if (json_walk_number(walk, &number, &unused, &result, NULL) ||
        !number_read_integer(number.raw, number.size, value)) {
        *walk = before;
        return json_walk_unexpected(walk, "a 64-bit whole number", err);
    }
    return WEIR_OK;
}

weir_code json_walk_word(json_walk *walk, char *word, weir_error *err)
{
    const char *start = walk->text + json_walk_at(walk);
    size_t left = walk->size - json_walk_at(walk);
    const char *want = json_walk_peek(walk) == 't'   ? "true"
                       : json_walk_peek(walk) == 'f' ? "false"
                                                     : "null";
    size_t size = strlen(want);

    if (left < size || memcmp(start, want, size) != 0 || !ends_token(walk, start + size))
        return json_walk_unexpected(walk, "a value", err);
    *word = *want;
    walk->next++;
    return WEIR_OK;
}

static weir_code skip(json_walk *walk, unsigned depth, weir_error *err);

static weir_code skip_members(json_walk *walk, char close, unsigned depth, weir_error *err)
{
    bool first = true;

    if (depth == JSON_DEPTH_MAX)
        return weir_fail(err, WEIR_INVALID, "JSON: nested deeper than %d at byte %zu",
                         JSON_DEPTH_MAX, json_walk_at(walk));
    walk->next++;
    for (;;) {
        json_string key;
        bool more;
        weir_code code = json_walk_more(walk, close, &first, &more, err);

        if (code || !more)
            return code;
        if ((close == '}' && (code = json_walk_key(walk, &key, err))) ||
            (code = skip(walk, depth + 1, err)))
            return code;
    }
}

/* A string whose text nobody asks for must still be one. */
static weir_code skip_string(json_walk *walk, weir_error *err)
{
    json_string string = {0};
    weir_bytes scratch = {0};
    const char *text;
    size_t size;
    weir_code code = json_walk_string(walk, &string, err);

    if (!code)
        code = json_string_text(&string, &scratch, &text, &size, err);
    weir_bytes_free(&scratch);
    return code;
}

static weir_code skip(json_walk *walk, unsigned depth, weir_error *err)
{
    json_string text;
    number_result result;
    double value;
    char word;

    switch (json_walk_peek(walk)) {
    case '{':
        return skip_members(walk, '}', depth, err);
    case '[':
        return skip_members(walk, ']', depth, err);
    case '"':
        return skip_string(walk, err);
    case 't':
    case 'f':
    case 'n':
        return json_walk_word(walk, &word, err);
    default:
        return json_walk_number(walk, &text, &value, &result, err);
    }
}

weir_code json_walk_skip(json_walk *walk, weir_error *err)
{
    return skip(walk, 0, err);
}

void json_walk_leap(json_walk *walk)
{
    size_t depth = 0;

    while (walk->next < walk->count) {
        char c = walk->text[walk->tokens[walk->next++]];

        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth == 0)
            return;
    }
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const char *text, const char *end)
{
    int32_t value = 0;

    if (end - text < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = text[i];

        if (c >= '0' && c <= '9')
            value = value * 16 + (c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            value = value * 16 + (c - 'A' + 10);
        else
            return -1;
    }
    return value;
}

static void append_utf8(weir_bytes *out, uint32_t point)
{
    if (point < 0x80) {
        weir_bytes_u8(out, (uint8_t)point);
        return;
    }
    if (point < 0x800) {
        weir_bytes_u8(out, (uint8_t)(0xc0 | point >> 6));
    } else {
        if (point < 0x10000) {
            weir_bytes_u8(out, (uint8_t)(0xe0 | point >> 12));
        } else {
            weir_bytes_u8(out, (uint8_t)(0xf0 | point >> 18));
            weir_bytes_u8(out, (uint8_t)(0x80 | (point >> 12 & 0x3f)));
        }
        weir_bytes_u8(out, (uint8_t)(0x80 | (point >> 6 & 0x3f)));
    }
    weir_bytes_u8(out, (uint8_t)(0x80 | (point & 0x3f)));
}

/* Reads what follows "\u" at *at, with the second half of a surrogate pair; false for a lone half. */
static bool unescape_point(const char **at, const char *end, uint32_t *point)
{
    int32_t high = hex4(*at, end);

    if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
        return false;
    *at += 4;
    *point = (uint32_t)high;
    if (high >= 0xd800 && high <= 0xdbff) {
        int32_t low =
            end - *at >= 2 && (*at)[0] == '\\' && (*at)[1] == 'u' ? hex4(*at + 2, end) : -1;

        if (low < 0xdc00 || low > 0xdfff)
            return false;
        *at += 6;
        *point = 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    }
    return true;
}

weir_code json_string_text(const json_string *string, weir_bytes *scratch, const char **text,
                           size_t *size, weir_error *err)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = string->raw;
    const char *end = at + string->size;

    *text = string->raw;
    *size = string->size;
    if (!string->escaped)
        return WEIR_OK;
    weir_bytes_clear(scratch);
    weir_bytes_reserve(scratch, string->size + 1);
    while (at < end) {
        const char *plain = at;
        const char *simple;

        while (at < end && *at != '\\')
            at++;
        weir_bytes_append(scratch, plain, (size_t)(at - plain));
        if (at == end)
            break;
        if (++at < end && *at == 'u') {
            uint32_t point;

            at++;
            if (!unescape_point(&at, end, &point))
                return weir_fail(err, WEIR_INVALID, "JSON: a string has a bad \\u escape");
            append_utf8(scratch, point);
        } else if (at < end && (simple = memchr(from, *at, sizeof from - 1))) {
            weir_bytes_u8(scratch, (uint8_t)to[simple - from]);
            at++;
        } else {
            return weir_fail(err, WEIR_INVALID, "JSON: a string has an unknown escape");
        }
    }
    *text = scratch->data ? (const char *)scratch->data : "";
    *size = scratch->size;
    return weir_bytes_ok(scratch, err);
}

bool json_string_is(const json_string *string, const char *word)
{
    return !string->escaped && string->size == strlen(word) &&
           memcmp(string->raw, word, string->size) == 0;
}
