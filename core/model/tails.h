/* tails.h: how far out in its distribution one value of one attribute lies. Private to core/model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_MODEL_TAILS_H
#define CORE_MODEL_TAILS_H

#include "model/bins.h"

/* The rows with a value in [from, to), or at from. */
typedef struct {
    double from, to, count;
} tail_node;

/* What decides the sign of the skewness. */
typedef struct {
    double count, mean, m2, m3; /* as in weir_moments */
} tail_shape;

typedef struct {
    size_t count;
    tail_node *nodes; /* owned; ascending and apart */
    double *from;     /* owned: the nodes' from alone, for the search */
    double rows;
    tail_shape shape;
    /* From the shape: the skewness' sign; 1 / (count + 1); 1 / standard deviation; m2 and m3 in that unit. */
    int skew;
    double share, scale, unit_m2, unit_m3;
    double *left;  /* owned: left[i] = -log of the tail at or below node i - 1, i from 0 to count */
    double *right; /* owned: right[i] = -log of the tail at or above node i, i from 0 to count */
} tails;

/* The logarithms are those a row gets that is itself among the rows (learned) or is added to them (not learned). */
weir_code tails_cut(const model_bins *from, const weir_moments *moments, bool learned, tails *out,
                    weir_error *err);
void tails_free(tails *t);

/* -log of the share of rows at or below x, and at or above x. */
void tails_at(const tails *t, double x, double *left, double *right);
/* The sign of the skewness, x included unless it is among the rows already: -1, 0 or 1. */
int tails_skew(const tails *t, double x, bool learned);

void tails_write(const tails *t, weir_bytes *out);
/* Leaves out empty when it fails. */
weir_code tails_read(weir_reader *reader, bool learned, tails *out, weir_error *err);

#endif
