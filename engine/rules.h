/* rules.h: what the parameters of a project mean: how it counts, and when it is saved.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_RULES_H
#define WEIR_RULES_H

#include "weir/option.h"
#include "weir/row_filter.h"
#include "weir/summary.h"

/* Read once from the parameters, which must outlive it: its texts are theirs. */
typedef struct {
    bool autosave;
    bool learn_merge;      /* a frame with a bad cell or row is refused whole */
    int precision;         /* a weir_precision */
    bool conditional;      /* histograms under the condition of each binary attribute */
    const char *filter;    /* the row filter's text; "": none */
    weir_row_filter *rows; /* it, parsed; NULL: every row counts */
    int64_t window_rows;   /* 0: no window */
    bool window_embedded;  /* the project keeps all history, the window lies beside it */
    double decay_rows;     /* half-life; 0: none */
    double decay_ms;       /* half-life; 0: none */
    int64_t hashtrick;     /* columns that texts are hashed into; 0: off */
    const char *partition; /* the column that parts the rows; "": none */
    int64_t order;         /* of a sequence's n-grams; 0: not a sequence */
} project_rules;

/* Every parameter that is understood, a row each. Others are kept with the project and mean nothing. */
extern const weir_option project_parameters[];

/* What a project of that type (as rules_type() names it) with these parameters does. An empty value leaves the default
 * standing. WEIR_INVALID names the parameter and its value, or the parameters that contradict each other. */
weir_code rules_read(const char *type, char *const *names, char *const *values, size_t count,
                     project_rules *out, weir_error *err);
/* The rules of a project without parameters. */
void rules_default(project_rules *out);
void rules_free(project_rules *rules); /* frees the insides, leaves zeros */

/* The type under which a project of the type asked for is kept; NULL and an error for one that is not known. */
const char *rules_type(const char *asked, weir_error *err);

#endif
