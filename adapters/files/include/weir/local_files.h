/* local_files.h: files below one folder as data sources ("localfile").
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_LOCAL_FILES_H
#define WEIR_LOCAL_FILES_H

#include "weir/sources.h"

typedef struct weir_local_files weir_local_files;

/* root NULL: every source of the kind is refused, with the reason. */
weir_code weir_local_files_open(const char *root, weir_local_files **out, weir_error *err);
void weir_local_files_close(weir_local_files *files); /* NULL is fine */
/* Its row in the table of kinds; valid as long as files. */
weir_source_kind weir_local_files_kind(weir_local_files *files);

#endif
