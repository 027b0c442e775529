/* cut.h: where to cut a score that is a sum over attributes. Private to core/model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_MODEL_CUT_H
#define CORE_MODEL_CUT_H

#include <stddef.h>

#include "weir/error.h"

/* One value of the score of one attribute and the share of rows that has it. */
typedef struct {
    double score, weight;
} cut_part;

/* The distribution of a sum of independent parts, grown one attribute at a time. */
typedef struct cut cut;

/* span: the sum over all attributes of (greatest - least score). */
weir_code cut_new(double span, cut **out, weir_error *err);
/* Adds an attribute: its parts, weights of sum 1. No parts: nothing changes. */
weir_code cut_add(cut *c, const cut_part *parts, size_t count, weir_error *err);
/* The score that a share p of the rows does not exceed. */
double cut_quantile(const cut *c, double p);
void cut_free(cut *c);

#endif
