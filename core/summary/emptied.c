/* emptied.c: a summary that knows the columns of another and no row.
 *
 * Attribute numbers follow the order of appearance and callers keep them, so a summary that takes the place of another
 * begins with the other's schema.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/emptied.h"

#include "summary/state.h"

weir_code weir_summary_emptied(const weir_summary *summary, weir_summary **out, weir_error *err)
{
    weir_summary_options options = {.histograms = summary->histograms,
                                    .conditional = summary->conditional,
                                    .precision = summary->wanted,
                                    .max_attributes = summary->max_attributes,
                                    .max_category_values = summary->max_values};
    weir_summary *empty = NULL;
    weir_schema *schema = NULL;
    weir_code code = weir_summary_new(&options, &empty, err);

    if (code || (code = weir_schema_copy(summary->schema, &schema, err)))
        goto done;
    if (summary->precision != WEIR_PRECISION_AUTO) {
        empty->wanted = summary->precision;
        state_decide(empty, summary->slot_count);
        empty->wanted = summary->wanted;
    }
    if ((code = state_prepare(empty, schema, err)))
        goto done;
    state_adopt(empty, schema);
    schema = NULL; /* the summary's now */
    *out = empty;
    empty = NULL; /* the caller's now */
done:
    weir_schema_free(schema);
    weir_summary_free(empty);
    return code;
}
