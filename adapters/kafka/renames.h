/* renames.h: fields that had another name once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_KAFKA_RENAMES_H
#define WEIR_KAFKA_RENAMES_H

#include "weir/codec.h"
#include "weir/registry.h"

/* Lets the fields of a schema's plan fill the attributes of the names that they had first. Asks the registry only when
 * a field has aliases; WEIR_UNAVAILABLE when it does not answer. */
weir_code renames_apply(const weir_codecs *codecs, const weir_registry_calls *calls,
                        weir_registry *registry, int32_t id, weir_row_plan *plan, weir_error *err);

#endif
