/* data_source.h: the stored form of a data source's description, and what it says about CSV.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DATA_SOURCE_H
#define WEIR_DATA_SOURCE_H

#include "inside.h"
#include "weir/sources.h"

enum { DATA_SOURCE_BOUND = 280 };

/* The name and the size of a description. */
weir_code data_source_fits(const weir_data_source *source, weir_error *err);
/* Appends the bytes of its document. */
weir_code data_source_save(const weir_engine *engine, const char *cid,
                           const weir_data_source *source, weir_bytes *out, weir_error *err);
weir_code data_source_load(const weir_engine *engine, const weir_store_document *row,
                           weir_data_source *out, weir_error *err);
/* The kind of a source; NULL and an error when there is none. */
const weir_source_kind *source_kind(const weir_source_access *access,
                                    const weir_data_source *source, weir_error *err);

#endif
