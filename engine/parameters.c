/* parameters.c: the table of rules.h for those outside.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/parameters.h"

#include "rules.h"

const weir_option *weir_project_parameters(void)
{
    return project_parameters;
}
