/* number.h: decimal text to the nearest double and back, whatever the locale. Private to core.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_BASE_NUMBER_H
#define CORE_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    NUMBER_OK,
    NUMBER_MISSING, /* "", blanks, nan, null, inf, infinity in any case and with a sign */
    NUMBER_BAD,
} number_outcome;

/* Reads length bytes: blanks, sign, digits with at most one point, exponent, blanks. The nearest double (ties to even)
 * goes to *value; a number too great for a double gives infinity and NUMBER_OK. */
number_outcome number_parse(const char *text, size_t length, double *value);

#define NUMBER_TEXT 32 /* holds the text of any double */
/* Writes the shortest decimal text that reads back as value, or inf, -inf or nan; its length. */
size_t number_print(double value, char text[NUMBER_TEXT]);

#endif
