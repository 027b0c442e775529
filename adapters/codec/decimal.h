/* decimal.h: decimal numbers as Avro and Connect write them: an unscaled whole number and a power of ten.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_DECIMAL_H
#define CODEC_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIMAL_BYTES_MAX 64  /* of an unscaled number: 154 digits */
#define DECIMAL_SCALE_MAX 400 /* beyond the range of a double, either way */
#define DECIMAL_TEXT_MAX 600

/* The digits of an unscaled number (two's complement, big end first) with the point scale digits from the right;
 * returns their length. "-0.05" for -5 and 2; "5e3" for 5 and -3. size is at most DECIMAL_BYTES_MAX, scale within
 * DECIMAL_SCALE_MAX. */
size_t decimal_text(const uint8_t *unscaled, size_t size, int scale, char text[DECIMAL_TEXT_MAX]);
/* The double nearest to it; NaN when no double is. */
double decimal_number(const uint8_t *unscaled, size_t size, int scale);

/* The bytes that base64 text stands for, at most DECIMAL_BYTES_MAX; false when it is none or of more. */
bool decimal_base64(const char *text, size_t size, uint8_t bytes[DECIMAL_BYTES_MAX],
                    size_t *byte_count);

#endif
