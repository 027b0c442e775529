/* stream_report.h: what a running stream application tells of itself: to the server that runs it as a task, on a line of
 * standard output, and to whoever asks for /metrics.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STREAM_REPORT_H
#define WEIR_STREAM_REPORT_H

#include "weir/bytes.h"
#include "weir/stream.h"
#include "weir/tasks.h"

enum { STREAM_REPORT_LINE = 600 };

/* One line with its end. */
void stream_report_line(const weir_stream_figures *figures, char *out, size_t room);
/* The same line, without its end, read again; false when it is another. */
bool stream_report_read(const char *line, weir_task_report *out);
/* Appends the figures in the text format of Prometheus. */
void stream_report_metrics(const char *app, const weir_stream_figures *figures, weir_bytes *out);

#endif
