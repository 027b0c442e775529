/* sqlite_store.h: the store port on one SQLite file.
 *
 * DIR/weir.db in WAL mode, made with mode 0600 in a directory made with mode 0700. DIR/weir.lock is locked by the
 * process that serves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SQLITE_STORE_H
#define WEIR_SQLITE_STORE_H

#include "weir/store.h"

/* Opens the store of a server, making the directory and the file when they are new and migrating an older file.
 * Refused (WEIR_CONFLICT) while another process serves the directory. *out is closed by its close(). */
weir_code weir_sqlite_open(const char *directory, weir_store **out, weir_error *err);
/* WEIR_NOT_FOUND, with the directory's name, where no store was ever made. */
weir_code weir_sqlite_find(const char *directory, weir_error *err);
/* Opens it for customers only, also beside a running server. */
weir_code weir_sqlite_open_beside(const char *directory, weir_store **out, weir_error *err);

#endif
