/* sqlite_connection.c: one SQLite connection with its prepared statements, and errors in weir's shape.
 *
 * A connection is used by one thread at a time, so SQLite's own mutexes are off.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "sqlite_inside.h"

/* Another process holds the write lock for one customer change: far less than this. */
#define BUSY_MS 10000
/* Pages of log between two checkpoints. SQLite's 1000 would copy pages into the file every few dozen batches. */
#define CHECKPOINT_PAGES "4000"
/* Pages a writer keeps, 32 MB once they have been used. A log entry that a snapshot has made needless is deleted page by
 * page: with SQLite's 2 MB each of them is read again from the file. */
#define CACHE_PAGES "4000"

weir_code sqlite_failure(sqlite3 *db, int code, weir_error *err)
{
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);

    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return weir_fail(err, WEIR_NO_MEMORY, "out of memory in the store");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return weir_fail(err, WEIR_CORRUPT, "the store is not readable: %s", text);
    case SQLITE_TOOBIG:
        return weir_fail(err, WEIR_TOO_LARGE, "too large for the store: %s", text);
    case SQLITE_CONSTRAINT:
        return weir_fail(err, WEIR_CONFLICT, "the store has it already: %s", text);
    default:
        return weir_fail(err, WEIR_STORE, "the store refused: %s", text);
    }
}

static weir_code configure(const sqlite_store *store, sqlite_connection *connection,
                           bool reads_only, weir_error *err)
{
    /* page_size acts on a file that is still empty. The log's blobs span several pages anyway. */
    const char *sql = reads_only ? "PRAGMA query_only = 1"
                                 : "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"
                                   "PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES ";"
                                   "PRAGMA cache_size = " CACHE_PAGES;
    char level[64];
    int result;

    sqlite3_busy_timeout(connection->db, BUSY_MS);
    sqlite3_extended_result_codes(connection->db, 1);
    result = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
    if (result == SQLITE_OK && !reads_only) {
        sqlite3_snprintf(sizeof level, level, "PRAGMA synchronous = %s",
                         store->options.synchronous ? store->options.synchronous : "FULL");
        result = sqlite3_exec(connection->db, level, NULL, NULL, NULL);
    }
    return result == SQLITE_OK ? WEIR_OK : sqlite_failure(connection->db, result, err);
}

weir_code sqlite_connection_open(const sqlite_store *store, bool reads_only,
                                 sqlite_connection **out, weir_error *err)
{
    weir_code code = WEIR_OK;
    sqlite_connection *connection = calloc(1, sizeof *connection);
    int result;

    if (!connection)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a connection to the store");
    result = sqlite3_open_v2(store->path, &connection->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, store->options.vfs);
    if (result != SQLITE_OK) {
        code = sqlite_failure(connection->db, result, err);
        code = weir_explain(err, code, "%s", store->path);
        goto done;
    }
    if ((code = configure(store, connection, reads_only, err))) {
        code = weir_explain(err, code, "%s", store->path);
        goto done;
    }
    *out = connection;
    connection = NULL;
done:
    sqlite_connection_close(connection);
    return code;
}

void sqlite_connection_close(sqlite_connection *connection)
{
    if (!connection)
        return;
    for (size_t i = 0; i < SQL_STATEMENTS; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    free(connection);
}

weir_code sqlite_statement_get(sqlite_connection *connection, sqlite_statement which,
                               sqlite3_stmt **out, weir_error *err)
{
    sqlite3_stmt **slot = &connection->statements[which];

    if (!*slot) {
        int result = sqlite3_prepare_v3(connection->db, sqlite_texts[which], -1,
                                        SQLITE_PREPARE_PERSISTENT, slot, NULL);

        if (result != SQLITE_OK)
            return sqlite_failure(connection->db, result, err);
    }
    sqlite3_reset(*slot);
    sqlite3_clear_bindings(*slot);
    *out = *slot;
    return WEIR_OK;
}

weir_code sqlite_run(sqlite_connection *connection, sqlite3_stmt *statement, weir_error *err)
{
    weir_code code = WEIR_OK;
    int result = sqlite3_step(statement);

    if (result != SQLITE_DONE)
        code = sqlite_failure(connection->db, result, err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement); /* the bound bytes are the caller's and may go now */
    return code;
}
