/* command.h: sub-commands and their options as rows of tables.
 *
 * A flag --listen may also come from the environment as WEIR_LISTEN and from a --config FILE (lines "listen = ...");
 * the command line wins over the environment, that over the file, that over the default. `weir help COMMAND` is
 * printed from the same rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_COMMAND_H
#define WEIR_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

/* Exit codes of every command. */
enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_UNREACHABLE = 3,
    EXIT_INTERRUPTED = 130
};

typedef enum { FLAG_TEXT, FLAG_INTEGER, FLAG_NUMBER, FLAG_SWITCH } flag_kind;

typedef struct {
    const char *name; /* "listen" */
    flag_kind kind;
    const char *argument; /* "HOST:PORT", shown in help; NULL for a switch */
    const char *fallback; /* the default, NULL: none */
    bool required;
    double least, greatest; /* INTEGER, NUMBER; both 0: no bounds */
    const char *help;
} command_flag;

typedef struct command_args command_args;

typedef struct {
    const char *name;                     /* "serve"; "user add" for a command of two words */
    const char *summary;                  /* one line for the list */
    const char *operands;                 /* "[CONNECTOR.json ...]" or "" */
    size_t least_operands, most_operands; /* SIZE_MAX: any number */
    const command_flag *flags;            /* ended by a row without a name */
    const char *help;                     /* paragraphs */
    int (*run)(const command_args *args);
} command;

extern const command *const commands[]; /* ended by NULL */

const char *args_text(const command_args *args,
                      const char *flag); /* NULL when not given and without default */
int64_t args_integer(const command_args *args, const char *flag);
double args_number(const command_args *args, const char *flag);
bool args_switch(const command_args *args, const char *flag);
bool args_given(const command_args *args, const char *flag); /* not merely the default */
size_t args_operands(const command_args *args);
const char *args_operand(const command_args *args, size_t i);

/* Signals: SIGINT and SIGTERM set a flag and wake whoever waits. Call once at the start of a long-running command. */
void stop_on_signals(void);
bool stop_requested(void);
int stop_signal(void); /* SIGINT, SIGTERM or 0 */
/* Sleeps up to ms milliseconds (negative: without end) or until a signal came; true when one did. */
bool stop_wait(int64_t ms);

/* Prints "weir COMMAND: message" to standard error and returns the exit code that fits the error's code. */
int report_failure(const char *command, const weir_error *err);

#endif
