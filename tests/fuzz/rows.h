/* rows.h: batches and checksums for the fuzz targets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_FUZZ_ROWS_H
#define WEIR_FUZZ_ROWS_H

#include "fuzz.h"
#include "weir/codecs_builtin.h"

/* True when both have the same columns, types and cells. */
bool fuzz_same_rows(const weir_batch *a, const weir_batch *b);
/* A type under which a field can be read, so that all types come up. */
weir_type fuzz_type_of(const weir_field *field, size_t i);
/* Writes the right checksum into every section of the container that data may begin with: fuzzing would never get past
 * them. */
void fuzz_repair(uint8_t *data, size_t size);

#endif
