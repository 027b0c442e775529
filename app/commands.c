/* commands.c: the sub-commands, one row each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "command.h"

const command *const commands[] = {NULL};
