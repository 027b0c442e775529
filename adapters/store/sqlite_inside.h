/* sqlite_inside.h: what the files of this adapter share.
 *
 * There is one writing connection, used under a mutex from begin() to commit() or rollback(), and a pool of reading
 * connections, each used by one thread at a time. In WAL mode readers and the writer do not wait for each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SQLITE_INSIDE_H
#define WEIR_SQLITE_INSIDE_H

#include <pthread.h>
#include <sqlite3.h>

#include "weir/store.h"

/* Every statement there is; the texts stand in sqlite_statements.c. */
typedef enum {
    SQL_NOTE_PUT,
    SQL_CUSTOMER_ADD,
    SQL_CUSTOMER_CHANGE,
    SQL_CUSTOMER_REMOVE,
    SQL_PROJECT_ADD,
    SQL_PROJECT_CHANGE,
    SQL_PROJECT_REMOVE,
    SQL_PROJECT_REMOVE_MODELS,
    SQL_PROJECT_REMOVE_POSITIONS,
    SQL_ENTRY_ADD,
    SQL_POSITION_PUT,
    SQL_SNAPSHOT_NEW,
    SQL_CHUNK_ADD,
    SQL_SNAPSHOT_USE,
    SQL_MODEL_PUT,
    SQL_MODEL_REMOVE,
    SQL_DOCUMENT_PUT,
    SQL_DOCUMENT_REMOVE,
    SQL_TRIM_ENTRIES,
    SQL_TIDY_ENTRIES,
    SQL_TIDY_CHUNKS,
    SQL_TIDY_SNAPSHOTS,
    SQL_NOTE_GET,
    SQL_CUSTOMER_GET,
    SQL_CUSTOMERS,
    SQL_PROJECTS,
    SQL_PROJECT_GET,
    SQL_CHUNKS,
    SQL_ENTRIES,
    SQL_POSITIONS,
    SQL_MODELS,
    SQL_DOCUMENTS,
    SQL_DOCUMENTS_OF_ALL,
    SQL_STATEMENTS
} sqlite_statement;

typedef struct sqlite_connection {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_STATEMENTS]; /* prepared at first use */
    struct sqlite_connection *next;           /* in the pool */
} sqlite_connection;

typedef struct {
    const char *vfs; /* NULL: the system's */
    const char *
        synchronous; /* of durable commits; NULL: "FULL". Tests weaken it to see that they would notice */
    bool beside;
} sqlite_options;

typedef struct {
    weir_store port; /* first: a weir_store * is a sqlite_store * */
    char *path;
    sqlite_options options;
    int lock_file; /* -1: none */
    pthread_mutex_t write_lock;
    sqlite_connection *writer;
    bool durable; /* how the writer's synchronous stands */
    pthread_mutex_t pool_lock;
    sqlite_connection *pool;
} sqlite_store;

weir_code sqlite_store_open(const char *directory, const sqlite_options *options, weir_store **out,
                            weir_error *err);

/* sqlite_connection.c */
weir_code sqlite_connection_open(const sqlite_store *store, bool reads_only,
                                 sqlite_connection **out, weir_error *err);
void sqlite_connection_close(sqlite_connection *connection); /* NULL is fine */
/* The statement, reset and without bindings. Owned by the connection. */
weir_code sqlite_statement_get(sqlite_connection *connection, sqlite_statement which,
                               sqlite3_stmt **out, weir_error *err);
/* Runs a statement that yields no rows, and resets it. */
weir_code sqlite_run(sqlite_connection *connection, sqlite3_stmt *statement, weir_error *err);
/* The failure of the last call on the connection as a weir error. */
weir_code sqlite_failure(sqlite3 *db, int code, weir_error *err);
extern const char *const sqlite_texts[SQL_STATEMENTS];

/* sqlite_schema.c: makes or migrates the tables. */
weir_code sqlite_schema_bring_up(sqlite3 *db, weir_error *err);

/* sqlite_write.c, sqlite_read.c: fill in their half of the port. */
void sqlite_write_port(weir_store *port);
void sqlite_read_port(weir_store *port);

#endif
