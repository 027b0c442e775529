/* settings.h: names and values as connector JSON and properties files give them, and tables of known names.
 *
 * A table row tells of a key its kind, default and range, so that checking, error texts, Connect's validate answer and
 * the reference page follow from it. A name that begins with "sml." and is in no table is an error that names the
 * nearest known one: a typing mistake must not be passed over.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SETTINGS_H
#define WEIR_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

typedef struct {
    char *name, *value;
} weir_named;

/* In the order given; each name once. {0} is empty. */
typedef struct {
    weir_named *pairs;
    size_t count, capacity;
} weir_settings;

void weir_settings_free(weir_settings *settings); /* leaves it empty */
/* Adds, or replaces the value of, a name. */
weir_code weir_settings_put(weir_settings *settings, const char *name, const char *value,
                            weir_error *err);
/* The value or NULL. */
const char *weir_settings_get(const weir_settings *settings, const char *name);
weir_code weir_settings_copy(const weir_settings *settings, weir_settings *out, weir_error *err);

/* Reads a properties file: one "name = value" (or ":") a line, blanks around both trimmed, lines that begin with # or
 * ! skipped, a backslash at the end of a line joins the next. A name given twice is an error. */
weir_code weir_settings_properties(const char *text, size_t size, weir_settings *out,
                                   weir_error *err);
weir_code weir_settings_file(const char *path, weir_settings *out, weir_error *err);
/* Reads a flat JSON object; numbers and booleans become their text, null is left out. */
weir_code weir_settings_json(const char *text, size_t size, weir_settings *out, weir_error *err);

typedef enum {
    WEIR_KEY_TEXT,
    WEIR_KEY_SECRET, /* text that is never shown */
    WEIR_KEY_INTEGER,
    WEIR_KEY_BOOLEAN,
    WEIR_KEY_URL,
    WEIR_KEY_WORD, /* one of words */
    WEIR_KEY_TYPES /* attribute letters separated by commas */
} weir_key_kind;

typedef struct {
    const char *name;
    weir_key_kind kind;
    const char *fallback; /* the default; NULL: none */
    bool required;
    bool numbered; /* NAME.1, NAME.2 ... may stand for NAME */
    double least, greatest;
    const char *const *words; /* WORD: ended by NULL */
    const char *alias_of;     /* an older name of that key; NULL usually */
    const char *help;
    /* For Connect's answers about a class; all may be NULL. */
    const char *group;      /* heading of this row and those below it */
    const char *title;      /* shown in place of the name */
    const char *type;       /* Connect's word, where kind does not tell: "CLASS", "LIST", "LONG" */
    const char *importance; /* "HIGH", "LOW"; NULL: HIGH when required, else MEDIUM */
} weir_key;

/* The row of a name (NAME.3 gives the row of NAME when it may be numbered), or NULL. */
const weir_key *weir_key_find(const weir_key *table, const char *name);
/* The row whose name is the fewest edits away from name. */
const weir_key *weir_key_nearest(const weir_key *table, const char *name);
/* Checks one value; WEIR_INVALID names key, value and what is allowed. The value of a SECRET is not repeated. */
weir_code weir_key_check(const weir_key *key, const char *name, const char *value, weir_error *err);
/* Checks every "sml." name and every name the table has. The first fault is reported. */
weir_code weir_settings_check(const weir_settings *settings, const weir_key *table,
                              weir_error *err);
/* All faults: name and sentence of each; an empty list when there is none. A name has one fault, its first. */
weir_code weir_settings_faults(const weir_settings *settings, const weir_key *table,
                               weir_settings *faults, weir_error *err);
/* The value of a key: given, else given under an older name, else the default (may be NULL). */
const char *weir_key_text(const weir_settings *settings, const weir_key *table, const char *name);
int64_t weir_key_integer(const weir_settings *settings, const weir_key *table, const char *name);
bool weir_key_boolean(const weir_settings *settings, const weir_key *table, const char *name);

/* Whether a value must not be shown, by the name of its setting (of librdkafka's, the Java client's and a registry's
 * too, behind any prefix) and by what it is (a URL with a password in it; NULL: not looked at). */
bool weir_setting_secret(const char *name, const char *value);

/* The number of edits (insert, drop, change, swap neighbours) that turn a into b. */
size_t weir_edit_distance(const char *a, const char *b);

#endif
