/* nearest.c: "did you mean" (see nearest.h).
 *
 * [1] F. J. Damerau: A Technique for Computer Detection and Correction of Spelling Errors. CACM 7(3), 1964. The
 *     restricted form: no letter takes part in two edits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "nearest.h"

#include <string.h>

enum { LONGEST = 64 }; /* words are compared by their first LONGEST bytes */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][LONGEST + 1]; /* two rows back, one row back, this row */
    size_t m = strnlen(a, LONGEST), n = strnlen(b, LONGEST);

    for (size_t j = 0; j <= n; j++)
        rows[1][j] = j;
    for (size_t i = 1; i <= m; i++) {
        rows[2][0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = rows[1][j - 1] + (a[i - 1] != b[j - 1]);

            rows[2][j] = least(change, 1 + least(rows[1][j], rows[2][j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[2][j] = least(rows[2][j], rows[0][j - 2] + 1);
        }
        memcpy(rows[0], rows[1], sizeof rows[0]);
        memcpy(rows[1], rows[2], sizeof rows[0]);
    }
    return rows[1][n];
}

void nearest_take(const char *word, const char *candidate, const char **best)
{
    if (!*best || edit_distance(word, candidate) < edit_distance(word, *best))
        *best = candidate;
}
