/* json_shim.h: what the codecs need from C++, as plain C: simdjson's first stage and the standard library's exact
 * conversions between text and double.
 *
 * Of simdjson only stage 1 is used: it proves the whole text to be UTF-8, finds unclosed strings and bare control
 * characters, and lists where each token begins. Reading the tokens is ours (json_walk.c), because cells are typed by
 * a member that may come after them, and because numbers outside 64 bits or the range of a double are one bad cell
 * here and an unreadable document in stage 2.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_SHIM_H
#define JSON_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Finds tokens; keeps its memory from one text to the next. For one thread at a time. */
typedef struct json_index json_index;

typedef enum {
    JSON_INDEX_OK,
    JSON_INDEX_NO_MEMORY,
    JSON_INDEX_TOO_LARGE, /* 4 GiB or more */
    JSON_INDEX_EMPTY,
    JSON_INDEX_UTF8,
    JSON_INDEX_STRING,  /* a string without an end */
    JSON_INDEX_CONTROL, /* a bare control character in a string */
    JSON_INDEX_OTHER,
} json_index_result;

json_index *json_index_new(void); /* NULL: no memory */
void json_index_free(json_index *index);
/* *tokens lists where the tokens of text begin, ascending; it lives until the next run. */
json_index_result json_index_run(json_index *index, const char *text, size_t size,
                                 const uint32_t **tokens, size_t *count);

typedef enum { NUMBER_READ, NUMBER_OUT_OF_RANGE, NUMBER_NOT } number_result;
/* The double nearest to a decimal number that fills the text (no blanks, no '+', no hex). */
number_result number_from_chars(const char *text, size_t size, double *value);

#define NUMBER_TEXT_MAX 32
/* The shortest text that reads back as value (finite), without a terminator; returns its length. It is a JSON number. */
size_t number_to_chars(double value, char text[NUMBER_TEXT_MAX]);

#ifdef __cplusplus
}
#endif

#endif
