/* options.h: how the arguments of a command are read; for main.c and the tests (commands use command.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_OPTIONS_H
#define WEIR_OPTIONS_H

#include "command.h"

/* Flags that every command has: config, log, help. Ended by a row without a name. */
extern const command_flag common_flags[];

/* Reads argv[0..argc) (behind the command's name), the environment and the config file. *help is set, and nothing else
 * asked of the arguments, when --help is among them. WEIR_INVALID names the flag, the value and, for an unknown flag,
 * the nearest. *out is for args_free(). */
weir_code args_parse(const command *of, int argc, const char *const *argv, command_args **out,
                     bool *help, weir_error *err);
void args_free(command_args *args); /* NULL is fine */

/* "--rate-limit" comes from the environment as WEIR_RATE_LIMIT; name has room for 64 bytes. */
void args_environment_name(const char *flag, char name[64]);

#endif
