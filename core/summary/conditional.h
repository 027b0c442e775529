/* conditional.h: the histograms of each column over the rows in which a binary column is 1. Private to core/summary.
 *
 * They are kept where summary->given is: a table of WEIR_CONDITIONAL_COLUMNS by as many slots, target by condition, in
 * which NULL stands for a histogram without rows. Counted from when histograms were turned on, as these are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_CONDITIONAL_H
#define CORE_SUMMARY_CONDITIONAL_H

#include "summary/plan.h"

/* Makes the table if the options want it and the columns allow it. */
weir_code conditional_new(weir_summary *summary, weir_error *err);
void conditional_free(weir_summary *summary);
weir_code conditional_copy(const weir_summary *from, weir_summary *to, weir_error *err);
/* The refusal of more columns than the table has room for. */
weir_code conditional_too_many(size_t slots, weir_error *err);

/* A column about to be adopted: where it is a late value of a category, it was 0 in the rows before. */
weir_code conditional_prepare(weir_summary *summary, const weir_schema *schema, size_t slot,
                              weir_error *err);
/* Drops all that is about a slot; or only what is given by it, since it is no longer binary. */
void conditional_forget(weir_summary *summary, size_t slot);
void conditional_widen(weir_summary *summary, size_t slot);

/* The rows of a batch, by its plan. All or nothing. */
weir_code conditional_absorb(weir_summary *summary, const weir_schema *schema, const plan *p,
                             const weir_batch *batch, double sign, weir_error *err);
/* into += sign * other, or with sign 0 only makes room, after which that cannot fail. schema is that of both together,
 * slots are those of other in it. */
weir_code conditional_merge(weir_summary *into, const weir_schema *schema,
                            const weir_summary *other, const size_t *slots, double sign,
                            weir_error *err);
void conditional_scale(weir_summary *summary, double weight);
/* Fills part, whose slot i is slots[i] of whole. */
weir_code conditional_select(const weir_summary *whole, const size_t *slots, weir_summary *part,
                             weir_error *err);
/* Of two summaries with the same columns; share as for weir_histogram_near(). */
bool conditional_equal(const weir_summary *a, const weir_summary *b, double share, weir_error *why);
size_t conditional_memory(const weir_summary *summary);

/* u32 histograms, then for each, by target and condition: u32 target slot | u32 condition slot | histogram */
void conditional_write(const weir_summary *summary, weir_bytes *out);
weir_code conditional_read(weir_reader *reader, weir_summary *summary, weir_error *err);

#endif
