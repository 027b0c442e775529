/* json_walk.h: reading JSON token by token, over the index that json_shim.h makes.
 *
 * A walk stands before a token. Each call below reads a whole value (or a bracket) and steps behind it, or fails with
 * WEIR_INVALID naming the byte where the text stops being JSON. Texts are views into the JSON; only those with escapes
 * are copied. Everything that is stepped over is checked too, so a text that was walked to its end is valid JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_WALK_H
#define JSON_WALK_H

#include "json_shim.h"
#include "weir/bytes.h"

#define JSON_DEPTH_MAX 64 /* of values that are stepped over */

typedef struct {
    const char *text; /* borrowed, like tokens */
    size_t size;
    const uint32_t *tokens;
    size_t count, next;
} json_walk;

/* A string as it stands between its quotes. */
typedef struct {
    const char *raw;
    size_t size;
    bool escaped;
} json_string;

/* Indexes text, checks that it is UTF-8, and stands before its first token. */
weir_code json_walk_open(json_walk *walk, json_index *index, const char *text, size_t size,
                         weir_error *err);
/* Nothing may follow the value that was read. */
weir_code json_walk_close(const json_walk *walk, weir_error *err);

/* The first character of the next token, 0 at the end. */
static inline char json_walk_peek(const json_walk *walk)
{
    return walk->next < walk->count ? walk->text[walk->tokens[walk->next]] : 0;
}
/* Where the next token begins; the size of the text at the end. */
static inline size_t json_walk_at(const json_walk *walk)
{
    return walk->next < walk->count ? walk->tokens[walk->next] : walk->size;
}

/* The refusal of what stands here: "JSON: expected a string at byte 17, found '}'". */
weir_code json_walk_unexpected(const json_walk *walk, const char *expected, weir_error *err);

/* Steps over one character of structure, which must be c. */
weir_code json_walk_expect(json_walk *walk, char c, weir_error *err);
/* Inside an object or array, before a member or at its end: steps over the comma or the closing bracket. *more tells
 * whether a member follows. first is true right behind the opening bracket, and set false. */
weir_code json_walk_more(json_walk *walk, char close, bool *first, bool *more, weir_error *err);
/* Reads a member's name and the colon behind it. */
weir_code json_walk_key(json_walk *walk, json_string *key, weir_error *err);
weir_code json_walk_string(json_walk *walk, json_string *out, weir_error *err);
/* Reads a bare number; *number is its text, *value its double. NUMBER_OUT_OF_RANGE is told by *result. */
weir_code json_walk_number(json_walk *walk, json_string *number, double *value,
                           number_result *result, weir_error *err);
/* Reads a string that is a number from quote to quote; false, and nothing read, when it is another or no string. */
bool json_walk_quoted_number(json_walk *walk, double *value);
weir_code json_walk_integer(json_walk *walk, int64_t *value, weir_error *err);
/* Reads true, false or null: 't', 'f' or 'n'. */
weir_code json_walk_word(json_walk *walk, char *word, weir_error *err);
/* Steps over any value, checking it. */
weir_code json_walk_skip(json_walk *walk, weir_error *err);
/* Steps over a value by counting brackets only: for what will be read, and so checked, later. */
void json_walk_leap(json_walk *walk);

/* The text that a string stands for: a view of the JSON, or of scratch (cleared first) when it has escapes.
 * WEIR_INVALID for unknown escapes and lone surrogates. */
weir_code json_string_text(const json_string *string, weir_bytes *scratch, const char **text,
                           size_t *size, weir_error *err);
/* Compares what the string stands for when it has no escapes. */
bool json_string_is(const json_string *string, const char *word);

#endif
