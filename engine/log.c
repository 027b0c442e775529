/* log.c: lines of operation on standard error.
 *
 * A line is made in a buffer and goes out in one write(), so lines of several threads never mix.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static atomic_int threshold = WEIR_LOG_INFO;

void weir_log_threshold(weir_log_level level)
{
    atomic_store(&threshold, (int)level);
}

static size_t stamp(char *line, size_t room)
{
    struct timespec now;
    struct tm utc;
    size_t length;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    length = strftime(line, room, "%Y-%m-%dT%H:%M:%S", &utc);
    return length +
           (size_t)snprintf(line + length, room - length, ".%03ldZ ", now.tv_nsec / 1000000);
}

void weir_log(weir_log_level level, const char *subject, const char *format, ...)
{
    static const char *const words[] = {"debug", "info ", "warn ", "error"};
    char line[1024];
    va_list arguments;
    size_t length, room = sizeof line - 1; /* one byte is kept for the line's end */

    if ((int)level < atomic_load(&threshold))
        return;
    length = stamp(line, room);
    length += (size_t)snprintf(line + length, room - length, "%s %.60s: ", words[level], subject);
    va_start(arguments, format);
    vsnprintf(line + length, room - length, format, arguments);
    va_end(arguments);
    /* A message is one line, whatever bytes from outside it quotes. */
    for (length = 0; line[length]; length++)
        if ((unsigned char)line[length] < ' ')
            line[length] = ' ';
    line[length++] = '\n';
    if (write(STDERR_FILENO, line, length) < 0)
        return; /* nobody is left to tell */
}
