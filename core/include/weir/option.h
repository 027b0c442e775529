/* option.h: options as rows of a table, bound to the fields of a struct.
 *
 * From a row follow parsing, range checks and their error texts, the API's description, the UI's form and the
 * reference page.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_OPTION_H
#define WEIR_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

typedef enum {
    WEIR_OPTION_INTEGER, /* int64_t field */
    WEIR_OPTION_NUMBER,  /* double field */
    WEIR_OPTION_BOOLEAN, /* bool field; true, false, 1, 0 in any case */
    WEIR_OPTION_CHOICE,  /* int field: index into choices */
    WEIR_OPTION_TEXT, /* const char * field: the text given itself, which must outlive the target */
} weir_option_kind;

typedef struct {
    const char *name;
    weir_option_kind kind;
    size_t offset;          /* offsetof(struct, field) */
    double least, greatest; /* INTEGER, NUMBER: the range, both ends allowed; TEXT: bytes */
    const char *
        fallback; /* the default as text; "" : not given (NaN for a NUMBER, INT64_MIN for an INTEGER) */
    const char *const *choices; /* CHOICE: the words, ended by NULL */
    const char *help;           /* one sentence */
    bool required;              /* whoever asks must give it: the fallback is "" */
} weir_option;                  /* a table ends with a row without a name */

/* Fills target with every default of the table. */
weir_code weir_options_default(const weir_option *options, void *target, weir_error *err);
/* Sets one option from text. *known (NULL allowed) tells whether the table has such a name; an unknown name is not an
 * error here. A bad value is WEIR_INVALID naming the option, the value and the range or the words allowed. */
weir_code weir_options_set(const weir_option *options, void *target, const char *name,
                           const char *text, bool *known, weir_error *err);

#endif
