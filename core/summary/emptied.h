/* emptied.h: a summary that knows the columns of another and no row. Private to core.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_EMPTIED_H
#define CORE_SUMMARY_EMPTIED_H

#include "weir/summary.h"

/* The same options, schema (also its numbers) and precision, without rows. */
weir_code weir_summary_emptied(const weir_summary *summary, weir_summary **out, weir_error *err);

#endif
