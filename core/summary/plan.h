/* plan.h: where the columns of a batch belong in a summary. Private to core/summary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_PLAN_H
#define CORE_SUMMARY_PLAN_H

#include "summary/state.h"

/* A C or B column with at least one cell. */
typedef struct {
    const weir_batch_column *from;
    size_t slot;
    bool binary; /* in the summary: a B column of the batch may be C there */
} plan_number;

/* A T column with at least one cell. */
typedef struct {
    const weir_batch_column *from;
    size_t parent;
    size_t *slots;  /* of each word; WEIR_NONE for a word that no row uses */
    double *counts; /* rows with each word */
} plan_category;

typedef struct {
    weir_schema *grown; /* owned; the schema after the batch where that is another one, else NULL */
    plan_number *numbers; /* continuous ones first, each kind by slot */
    size_t number_count, continuous_count;
    plan_category *categories;
    size_t category_count;
    size_t statistics; /* C and B columns of the batch, with cells or not */
} plan;

/* Refuses what does not fit the summary (WEIR_INVALID, WEIR_TOO_LARGE). Changes nothing. Free it in any case. */
weir_code plan_make(const weir_summary *summary, const weir_batch *batch, plan *out,
                    weir_error *err);
void plan_free(plan *p);

#endif
