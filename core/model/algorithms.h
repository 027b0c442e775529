/* algorithms.h: the descriptors that algorithms.c puts into one table. Private to core/model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_MODEL_ALGORITHMS_H
#define CORE_MODEL_ALGORITHMS_H

#include "weir/model.h"

extern const weir_algorithm weir_hba;
extern const weir_algorithm weir_ecod;
extern const weir_algorithm weir_mlr;

#endif
