/* log.h: lines of operation (not errors of a call: those are returned) for whoever runs the program.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_LOG_H
#define WEIR_LOG_H

typedef enum { WEIR_LOG_DEBUG, WEIR_LOG_INFO, WEIR_LOG_WARN, WEIR_LOG_ERROR } weir_log_level;

/* "2026-03-04T05:06:07.123Z info  serve: words" on standard error, in one write. Any thread. Secrets never go in. */
void weir_log(weir_log_level level, const char *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Lines below this level are dropped; WEIR_LOG_INFO at start. */
void weir_log_threshold(weir_log_level level);

#endif
