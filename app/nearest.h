/* nearest.h: "did you mean": the word of a list that a mistyped one most resembles.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_NEAREST_H
#define WEIR_NEAREST_H

/* Keeps in *best whichever of *best (NULL: none yet) and candidate is nearer to word. */
void nearest_take(const char *word, const char *candidate, const char **best);

#endif
