/* settings.c: see settings.h. Lists are short (tens of names), so they are searched from front to back.
 *
 * The distance behind "did you mean" is the optimal string alignment distance: insertion, removal, change, and the
 * swap of two neighbours, which is the commonest slip of a typist, each count as one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/settings.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "weir/memory.h"
#include "weir/schema.h"

#define SETTINGS_FILE_MAX ((size_t)4 << 20)
#define NAME_COMPARED_MAX 96 /* longer names are compared by their first bytes */

void weir_settings_free(weir_settings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < settings->count; i++) {
        weir_free(settings->pairs[i].name);
        weir_free(settings->pairs[i].value);
    }
    weir_free(settings->pairs);
    *settings = (weir_settings){0};
}

static weir_named *pair_of(const weir_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->count; i++)
        if (!strcmp(settings->pairs[i].name, name))
            return &settings->pairs[i];
    return NULL;
}

weir_code weir_settings_put(weir_settings *settings, const char *name, const char *value,
                            weir_error *err)
{
    weir_named *pair = pair_of(settings, name);
    char *name_copy = NULL, *value_copy = weir_strdup(value);

    if (!value_copy)
        goto no_memory;
    if (pair) {
        weir_free(pair->value);
        pair->value = value_copy;
        return WEIR_OK;
    }
    if (!(name_copy = weir_strdup(name)))
        goto no_memory;
    if (settings->count == settings->capacity) {
        size_t capacity = settings->capacity ? 2 * settings->capacity : 16;
        weir_named *pairs = weir_realloc_array(settings->pairs, capacity, sizeof *pairs);

        if (!pairs)
            goto no_memory;
        settings->pairs = pairs;
        settings->capacity = capacity;
    }
    settings->pairs[settings->count++] = (weir_named){name_copy, value_copy};
    return WEIR_OK;
no_memory:
    weir_free(name_copy);
    weir_free(value_copy);
    return weir_fail(err, WEIR_NO_MEMORY, "no room for the setting %s", name);
}

const char *weir_settings_get(const weir_settings *settings, const char *name)
{
    const weir_named *pair = pair_of(settings, name);

    return pair ? pair->value : NULL;
}

weir_code weir_settings_copy(const weir_settings *settings, weir_settings *out, weir_error *err)
{
    weir_settings copy = {0};
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < settings->count; i++)
        code = weir_settings_put(&copy, settings->pairs[i].name, settings->pairs[i].value, err);
    if (code)
        weir_settings_free(&copy);
    else
        *out = copy;
    return code;
}

/* --- properties files */

static char *trimmed(char *text)
{
    char *end = text + strlen(text);

    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *end = 0;
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

/* Takes one logical line apart. It is changed. */
static weir_code property_line(char *line, size_t number, weir_settings *out, weir_error *err)
{
    char *name = trimmed(line), *value = NULL;
    size_t length = strcspn(name, "=:");

    if (!*name || *name == '#' || *name == '!')
        return WEIR_OK;
    if (!name[length])
        return weir_fail(err, WEIR_INVALID, "line %zu: \"%.60s\" is no NAME=VALUE", number, name);
    name[length] = 0;
    value = trimmed(name + length + 1);
    name = trimmed(name);
    if (!*name)
        return weir_fail(err, WEIR_INVALID, "line %zu has no name before its '='", number);
    if (weir_settings_get(out, name))
        return weir_fail(err, WEIR_INVALID, "line %zu: %s is given a second time", number, name);
    return weir_settings_put(out, name, value, err);
}

weir_code weir_settings_properties(const char *text, size_t size, weir_settings *out,
                                   weir_error *err)
{
    weir_settings read = {0};
    weir_code code = WEIR_OK;
    char *line = weir_malloc(size + 1);
    size_t length = 0, number = 0, first = 1;

    if (!line)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a properties file of %zu bytes", size);
    if (memchr(text, 0, size)) {
        code = weir_fail(err, WEIR_INVALID, "a properties file holds no zero bytes");
        goto done;
    }
    for (size_t at = 0; !code && at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t next = end ? (size_t)(end - text) : size;

        number++;
        memcpy(line + length, text + at, next - at);
        length += next - at;
        while (length && line[length - 1] == '\r')
            length--;
        at = next + 1;
        if (length && line[length - 1] == '\\' && at < size) {
            length--;
            continue;
        }
        line[length] = 0;
        code = property_line(line, first, &read, err);
        length = 0;
        first = number + 1;
    }
    if (!code) {
        *out = read;
        read = (weir_settings){0};
    }
done:
    weir_free(line);
    weir_settings_free(&read);
    return code;
}

weir_code weir_settings_file(const char *path, weir_settings *out, weir_error *err)
{
    weir_code code = WEIR_OK;
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "rb");

    if (!file)
        return weir_fail(err, WEIR_INVALID, "%s: %s", path, strerror(errno));
    if (!(text = weir_malloc(SETTINGS_FILE_MAX + 1))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %s", path);
        goto done;
    }
    size = fread(text, 1, SETTINGS_FILE_MAX + 1, file);
    if (ferror(file)) {
        code = weir_fail(err, WEIR_INVALID, "%s: %s", path, strerror(errno));
        goto done;
    }
    if (size > SETTINGS_FILE_MAX) {
        code =
            weir_fail(err, WEIR_TOO_LARGE, "%s is longer than %zu bytes", path, SETTINGS_FILE_MAX);
        goto done;
    }
    if ((code = weir_settings_properties(text, size, out, err)))
        weir_explain(err, code, "%s", path);
done:
    weir_free(text);
    fclose(file);
    return code;
}

/* --- JSON */

static weir_code json_value(const char *name, const json_t *value, weir_settings *out,
                            weir_error *err)
{
    char number[40];

    switch (json_typeof(value)) {
    case JSON_STRING:
        if (strlen(json_string_value(value)) != json_string_length(value))
            return weir_fail(err, WEIR_INVALID, "%s holds a zero byte", name);
        return weir_settings_put(out, name, json_string_value(value), err);
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return weir_settings_put(out, name, number, err);
    case JSON_REAL:
        snprintf(number, sizeof number, "%.17g", json_real_value(value));
        return weir_settings_put(out, name, number, err);
    case JSON_TRUE:
    case JSON_FALSE:
        return weir_settings_put(out, name, json_is_true(value) ? "true" : "false", err);
    case JSON_NULL:
        return WEIR_OK;
    default:
        return weir_fail(err, WEIR_INVALID, "%s is %s; a text, a number or a boolean is wanted",
                         name, json_is_array(value) ? "a list" : "an object");
    }
}

weir_code weir_settings_json(const char *text, size_t size, weir_settings *out, weir_error *err)
{
    weir_settings read = {0};
    weir_code code = WEIR_OK;
    json_error_t why;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why), *value = NULL;
    const char *name = NULL;

    if (!root)
        return weir_fail(err, WEIR_INVALID, "line %d: %s", why.line, why.text);
    if (!json_is_object(root))
        code = weir_fail(err, WEIR_INVALID, "a JSON object with names and values is wanted");
    else
        json_object_foreach(root, name,
                            value) if ((code = json_value(name, value, &read, err))) break;
    if (!code) {
        *out = read;
        read = (weir_settings){0};
    }
    json_decref(root);
    weir_settings_free(&read);
    return code;
}

/* --- tables of keys */

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t weir_edit_distance(const char *a, const char *b)
{
    size_t rows[3][NAME_COMPARED_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    size_t m = strnlen(a, NAME_COMPARED_MAX), n = strnlen(b, NAME_COMPARED_MAX);

    for (size_t j = 0; j <= n; j++) {
        before[j] = 0;
        last[j] = j;
    }
    for (size_t i = 1; i <= m; i++) {
        size_t *turn = before;

        now[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t cost = a[i - 1] != b[j - 1];

            now[j] = least_of(least_of(last[j], now[j - 1]) + 1, last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least_of(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = turn;
    }
    return last[n];
}

const weir_key *weir_key_find(const weir_key *table, const char *name)
{
    for (const weir_key *key = table; key->name; key++) {
        size_t length = strlen(key->name);

        if (!strcmp(key->name, name))
            return key;
        if (key->numbered && !strncmp(key->name, name, length) && name[length] == '.' &&
            name[length + 1] >= '1' && name[length + 1] <= '9' &&
            strspn(name + length + 1, "0123456789") == strlen(name + length + 1))
            return key;
    }
    return NULL;
}

const weir_key *weir_key_nearest(const weir_key *table, const char *name)
{
    const weir_key *best = table;
    size_t least = SIZE_MAX;

    for (const weir_key *key = table; key->name; key++) {
        size_t distance = weir_edit_distance(name, key->name);

        if (distance < least) {
            least = distance;
            best = key;
        }
    }
    return best;
}

static weir_code check_integer(const weir_key *key, const char *name, const char *value,
                               weir_error *err)
{
    char *end = NULL;
    long long number = 0;

    errno = 0;
    number = strtoll(value, &end, 10);
    if (end == value || *end || errno || (double)number < key->least ||
        (double)number > key->greatest)
        return weir_fail(err, WEIR_INVALID,
                         "%s is \"%.60s\"; a whole number from %.0f to %.0f is wanted", name, value,
                         key->least, key->greatest);
    return WEIR_OK;
}

static weir_code check_word(const weir_key *key, const char *name, const char *value,
                            weir_error *err)
{
    char words[160] = "";

    for (size_t i = 0; key->words[i]; i++) {
        size_t used = strlen(words);

        if (!strcmp(key->words[i], value))
            return WEIR_OK;
        snprintf(words + used, sizeof words - used, "%s%s", i ? ", " : "", key->words[i]);
    }
    return weir_fail(err, WEIR_INVALID, "%s is \"%.60s\"; one of %s is wanted", name, value, words);
}

static weir_code check_types(const char *name, const char *value, weir_error *err)
{
    for (const char *at = value;; at++) {
        size_t length = 0;
        weir_type type = WEIR_X;
        const char *letter = NULL;

        while (isspace((unsigned char)*at))
            at++;
        letter = at;
        length = strcspn(at, ",");
        at += length;
        while (length && isspace((unsigned char)letter[length - 1]))
            length--;
        if (!weir_type_from_letter(letter, length, &type))
            return weir_fail(
                err, WEIR_INVALID,
                "%s holds \"%.*s\"; letters C, B, S, L, T, X separated by commas are wanted", name,
                length > 40 ? 40 : (int)length, letter);
        if (!*at)
            return WEIR_OK;
    }
}

weir_code weir_key_check(const weir_key *key, const char *name, const char *value, weir_error *err)
{
    switch (key->kind) {
    case WEIR_KEY_INTEGER:
        return check_integer(key, name, value, err);
    case WEIR_KEY_BOOLEAN:
        if (strcasecmp(value, "true") != 0 && strcasecmp(value, "false") != 0)
            return weir_fail(err, WEIR_INVALID, "%s is \"%.60s\"; true or false is wanted", name,
                             value);
        return WEIR_OK;
    case WEIR_KEY_URL:
        if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0)
            return weir_fail(
                err, WEIR_INVALID,
                "%s is \"%.100s\"; a URL that begins with http:// or https:// is wanted", name,
                value);
        return WEIR_OK;
    case WEIR_KEY_WORD:
        return check_word(key, name, value, err);
    case WEIR_KEY_TYPES:
        return *value ? check_types(name, value, err) : WEIR_OK;
    default:
        if (key->required && !*value)
            return weir_fail(err, WEIR_INVALID, "%s is empty", name);
        return WEIR_OK;
    }
}

static bool given_numbered(const weir_settings *settings, const weir_key *key)
{
    size_t length = strlen(key->name);

    for (size_t i = 0; key->numbered && i < settings->count; i++)
        if (!strncmp(settings->pairs[i].name, key->name, length) &&
            settings->pairs[i].name[length] == '.' &&
            isdigit((unsigned char)settings->pairs[i].name[length + 1]))
            return true;
    return false;
}

/* What is wrong with a pair. */
static weir_code check_pair(const weir_named *pair, const weir_key *table, weir_error *err)
{
    const weir_key *key = weir_key_find(table, pair->name);

    if (key)
        return weir_key_check(key, pair->name, pair->value, err);
    if (strncmp(pair->name, "sml.", 4) != 0)
        return WEIR_OK;
    return weir_fail(err, WEIR_INVALID, "%.100s is not a known key; did you mean %s?", pair->name,
                     weir_key_nearest(table, pair->name)->name);
}

static weir_code check_there(const weir_settings *settings, const weir_key *key, weir_error *err)
{
    if (!key->required || weir_settings_get(settings, key->name) || given_numbered(settings, key))
        return WEIR_OK;
    return weir_fail(err, WEIR_INVALID, "%s is missing: %s", key->name, key->help);
}

weir_code weir_settings_check(const weir_settings *settings, const weir_key *table, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < settings->count; i++)
        code = check_pair(&settings->pairs[i], table, err);
    for (const weir_key *key = table; !code && key->name; key++)
        code = check_there(settings, key, err);
    return code;
}

weir_code weir_settings_faults(const weir_settings *settings, const weir_key *table,
                               weir_settings *faults, weir_error *err)
{
    weir_error why = {0};
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < settings->count; i++)
        if (check_pair(&settings->pairs[i], table, &why))
            code = weir_settings_put(faults, settings->pairs[i].name, why.message, err);
    for (const weir_key *key = table; !code && key->name; key++)
        if (check_there(settings, key, &why))
            code = weir_settings_put(faults, key->name, why.message, err);
    return code;
}

const char *weir_key_text(const weir_settings *settings, const weir_key *table, const char *name)
{
    const char *value = weir_settings_get(settings, name);

    for (const weir_key *key = table; !value && key->name; key++)
        if (key->alias_of && !strcmp(key->alias_of, name))
            value = weir_settings_get(settings, key->name);
    for (const weir_key *key = table; !value && key->name; key++)
        if (!strcmp(key->name, name))
            return key->fallback;
    return value;
}

int64_t weir_key_integer(const weir_settings *settings, const weir_key *table, const char *name)
{
    const char *value = weir_key_text(settings, table, name);

    return value ? strtoll(value, NULL, 10) : 0;
}

bool weir_key_boolean(const weir_settings *settings, const weir_key *table, const char *name)
{
    const char *value = weir_key_text(settings, table, name);

    return value && !strcasecmp(value, "true");
}

bool weir_setting_secret(const char *name, const char *value)
{
    static const char *const words[] = {
        "password",   "secret",      "jaas.config",      "user.info",
        "auth.token", "ssl.key.pem", "ssl.keystore.key", "oauthbearer.config"};
    const char *host = value ? strstr(value, "://") : NULL;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(name, words[i]))
            return true;
    return host && memchr(host + 3, '@', strcspn(host + 3, "/"));
}
