/* commands.c: the sub-commands, one row each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "command.h"

extern const command cmd_serve, cmd_user_add, cmd_user_rekey, cmd_user_list, cmd_user_remove,
    cmd_openapi, cmd_reference, cmd_simulate, cmd_connect, cmd_stream, cmd_summarize, cmd_merge,
    cmd_explore, cmd_export, cmd_import, cmd_demo;

const command *const commands[] = {&cmd_serve,
                                   &cmd_user_add,
                                   &cmd_user_rekey,
                                   &cmd_user_list,
                                   &cmd_user_remove,
                                   &cmd_openapi,
                                   &cmd_reference,
                                   &cmd_simulate,
                                   &cmd_connect,
                                   &cmd_stream,
                                   &cmd_summarize,
                                   &cmd_merge,
                                   &cmd_explore,
                                   &cmd_export,
                                   &cmd_import,
                                   &cmd_demo,
                                   NULL};
