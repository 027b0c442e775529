/* number.h: decimal text to the nearest double, quickly.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_NUMBER_H
#define CODEC_NUMBER_H

#include "json_shim.h"

/* Reads the JSON number that begins at text and tells in *after where it ends (at text when there is none). *value is
 * correctly rounded; NUMBER_OUT_OF_RANGE: it is a number, but a double would be infinite or lose all its digits. */
number_result number_scan(const char *text, const char *end, double *value, const char **after);

/* The same for a text that is a number from end to end. */
number_result number_read(const char *text, size_t size, double *value);

/* Reads the decimal integer that fills the text; false when it is none or does not fit. */
bool number_read_integer(const char *text, size_t size, int64_t *value);

/* 10 to the exponent, which is at most 22: up to there it is a double without error. */
double number_power_of_ten(unsigned exponent);

#endif
