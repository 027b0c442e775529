/* parameters.c: the table of rules.h for those outside, and the options of every build.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/parameters.h"

#include "rules.h"

const weir_option *weir_project_parameters(void)
{
    return project_parameters;
}

#define REFRESH_MOST 9007199254740992.0 /* 2^53: the ends of a range are doubles */

const weir_option weir_refresh_options[] = {
    {.name = "refresh_rows",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(weir_refresh, rows),
     .greatest = REFRESH_MOST,
     .fallback = "0",
     .help = "The model is built again after so many more rows; 0: never."},
    {.name = "refresh_ms",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(weir_refresh, ms),
     .greatest = REFRESH_MOST,
     .fallback = "0",
     .help = "The model is built again after so many milliseconds with new rows; 0: never."},
    {0},
};
