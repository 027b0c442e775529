/* help.h: what the program says about itself, printed from the tables of command.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_HELP_H
#define WEIR_HELP_H

#include <stdio.h>

#include "command.h"

void help_overview(FILE *to);
void help_command(const command *of, FILE *to);

#endif
