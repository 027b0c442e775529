/* embedded.h: a Kafka broker inside the process: librdkafka's own mock cluster.
 *
 * It is for demonstrations and tests: it keeps 5 MiB or 100,000 message sets a partition in memory and nothing after
 * the process ends, and does not create topics on request (make them here).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_EMBEDDED_H
#define WEIR_EMBEDDED_H

#include "weir/error.h"

typedef struct weir_embedded weir_embedded;

weir_code weir_embedded_open(weir_embedded **out, weir_error *err);
/* Close every client of it first. NULL is fine. */
void weir_embedded_close(weir_embedded *embedded);
const char *weir_embedded_bootstrap(const weir_embedded *embedded); /* "127.0.0.1:41233" */
weir_code weir_embedded_topic(weir_embedded *embedded, const char *topic, int partitions,
                              weir_error *err);

#endif
