/* json_out.h: strict JSON written straight into a buffer.
 *
 * Never a NaN or Infinity (null stands for them), never bytes that are not UTF-8 (U+FFFD stands for them); numbers in
 * the fewest digits that read back as the same double.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_JSON_OUT_H
#define HTTP_JSON_OUT_H

#include "weir/bytes.h"

typedef struct {
    weir_bytes *out;
    bool comma; /* something stands before the next value */
} json_out;

void json_open(json_out *json, char bracket); /* '{' or '[' */
void json_close(json_out *json, char bracket);
void json_key(json_out *json, const char *key);
void json_text(json_out *json, const char *text); /* NULL: null */
void json_number(json_out *json, double value);
void json_quoted(json_out *json, double value); /* a number as a text: "0.5" */
void json_whole(json_out *json, int64_t value);
void json_truth(json_out *json, bool value);
void json_raw(json_out *json, const char *text, size_t length); /* JSON already */
/* "key":"text" and so on. */
void json_put_text(json_out *json, const char *key, const char *text);
void json_put_number(json_out *json, const char *key, double value);
void json_put_quoted(json_out *json, const char *key, double value);
void json_put_whole(json_out *json, const char *key, int64_t value);
void json_put_truth(json_out *json, const char *key, bool value);

enum { JSON_NUMBER_TEXT = 32 };
/* The shortest text that reads back as value; "NaN", "Infinity", "-Infinity" for those. */
void json_number_text(double value, char text[JSON_NUMBER_TEXT]);

#endif
