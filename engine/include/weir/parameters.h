/* parameters.h: what a project can be told at its creation and a model at its building, as data from which forms are
 * made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_PARAMETERS_H
#define WEIR_PARAMETERS_H

#include "weir/option.h"

/* Every parameter that is understood, a row each; the table ends with a row without a name. */
const weir_option *weir_project_parameters(void);

/* When a model is built again by itself. Every algorithm takes these beside its own options. */
typedef struct {
    int64_t rows, ms; /* 0: never */
} weir_refresh;
extern const weir_option weir_refresh_options[];

#endif
