/* nearest.c: "did you mean" (see nearest.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "nearest.h"

#include "weir/settings.h"

void nearest_take(const char *word, const char *candidate, const char **best)
{
    if (!*best || weir_edit_distance(word, candidate) < weir_edit_distance(word, *best))
        *best = candidate;
}
