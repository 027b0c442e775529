/* commands.c: the sub-commands, one row each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "command.h"

extern const command cmd_connect, cmd_simulate, cmd_stream;

const command *const commands[] = {&cmd_connect, &cmd_simulate, &cmd_stream, NULL};
