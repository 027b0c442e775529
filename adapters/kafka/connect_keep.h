/* connect_keep.h: what a worker knows of its connectors, as it is kept over a restart.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CONNECT_KEEP_H
#define WEIR_CONNECT_KEEP_H

#include "weir/connect.h"
#include "weir/signing.h"

typedef struct {
    const char *name; /* borrowed, like the settings */
    const weir_settings *settings;
    weir_connect_state state; /* WEIR_TASK_RUNNING, _PAUSED or _STOPPED */
    uint64_t epoch;           /* given by a reset; 0: none */
    bool from_beginning;      /* of that epoch the topics are read from their first records */
    char file[WEIR_MD5_TEXT]; /* digest of the file it was given in; "" when it was posted */
} connect_record;

/* vault may be NULL: nothing is kept. */
weir_code connect_keep_put(weir_vault *vault, const connect_record *record, weir_error *err);
weir_code connect_keep_remove(weir_vault *vault, const char *name, weir_error *err);
/* Shows all that is kept, by name. What cannot be read ends it: a connector that was forgotten would be missed late. */
weir_code connect_keep_each(weir_vault *vault,
                            weir_code (*see)(void *context, const connect_record *record,
                                             weir_error *err),
                            void *context, weir_error *err);

/* The same as text, and back. Text is for free(); settings of what is read are *settings, the caller's. */
weir_code connect_record_write(const connect_record *record, char **text, weir_error *err);
weir_code connect_record_read(const char *name, const void *data, size_t size,
                              connect_record *record, weir_settings *settings, weir_error *err);

#endif
