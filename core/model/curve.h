/* curve.h: how unusual one value of one attribute is, from a smoothed histogram. Private to core/model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_MODEL_CURVE_H
#define CORE_MODEL_CURVE_H

#include <stddef.h>

#include "weir/error.h"

/* A share of the rows: at one value, or, where spread is 0, anywhere in [value, end). */
typedef struct {
    double value, end;
    double weight;
} curve_node;

typedef struct curve curve;

/* The score -log(density * spread + 1e-4), density being the nodes smoothed by a Gaussian of bandwidth spreads.
 * spread 0 means values are not smoothed: what the formula tends to as spread goes to 0, where a value that has no
 * node scores -log(1e-4). nodes: ascending and apart, |value| <= 2 WEIR_CELL_MAX, weights > 0 of sum 1; copied. No nodes
 * at all score 0 everywhere. */
weir_code curve_new(const curve_node *nodes, size_t count, double spread, double bandwidth,
                    curve **out, weir_error *err);
void curve_free(curve *c); /* NULL is fine */
double curve_at(const curve *c, double x);
/* scores[i] += the score of values[i]. */
void curve_add(const curve *c, const double *values, size_t n, double *scores);

double curve_spread(const curve *c);
const curve_node *curve_nodes(const curve *c, size_t *count);

#endif
