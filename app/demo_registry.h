/* demo_registry.h: a schema registry inside the process, for the demo and tests.
 *
 * It speaks the few calls of the Confluent registry that producers and consumers of Avro make, on a port of its own,
 * and keeps schemas in memory: the topics of an embedded broker live no longer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DEMO_REGISTRY_H
#define WEIR_DEMO_REGISTRY_H

#include "weir/error.h"

typedef struct demo_registry demo_registry;

weir_code demo_registry_open(demo_registry **out, weir_error *err);
void demo_registry_close(demo_registry *registry);            /* NULL is fine */
const char *demo_registry_url(const demo_registry *registry); /* "http://127.0.0.1:41233" */

#endif
