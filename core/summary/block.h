/* block.h: the arithmetic of absorbing up to KERNEL_ROWS rows. Private to core/summary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_BLOCK_H
#define CORE_SUMMARY_BLOCK_H

#include "summary/kernel.h"
#include "summary/plan.h"

typedef struct block block;

/* Room to absorb a batch by its plan. gaps: rows go into the pairwise block, else into the complete one. */
weir_code block_new(const weir_summary *summary, const weir_batch *batch, const plan *p, bool gaps,
                    double sign, const kernel *with, block **out, weir_error *err);
void block_free(block *b);
double block_sign(const block *b);

/* Takes all rows of the batch into the summary, which has adopted the plan's schema. Cannot fail. */
void block_absorb(block *b, weir_summary *summary);

/* weir_summary_absorb() by a given kernel. */
weir_code absorb_with(weir_summary *summary, const weir_batch *batch, double sign,
                      const kernel *with, weir_error *err);

#endif
