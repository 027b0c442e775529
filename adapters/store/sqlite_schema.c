/* sqlite_schema.c: the tables, and the way from each older version to this one.
 *
 * PRAGMA user_version counts the steps a file has taken. A step that has shipped is never edited: a change is a new
 * step. All missing steps run in one transaction, so a file is at one version or at the other.
 *
 * Projects and snapshots have AUTOINCREMENT numbers: SQLite then never gives a number twice, and whatever rows of a
 * removed project are still there cannot come to belong to a new one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sqlite_inside.h"

#define APPLICATION_ID 0x57454952 /* "WEIR": file(1) and we recognise our own */

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE note(name TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE customer(cid TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE project(id INTEGER PRIMARY KEY AUTOINCREMENT, cid TEXT NOT NULL,"
    " pid TEXT NOT NULL, head BLOB NOT NULL, snapshot INTEGER NOT NULL DEFAULT 0,"
    " sequence INTEGER NOT NULL DEFAULT 0, UNIQUE(cid, pid));"
    "CREATE TABLE entry(project INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, rejected_cells INTEGER NOT NULL, rejected_rows INTEGER NOT NULL,"
    " bytes BLOB NOT NULL, PRIMARY KEY(project, sequence)) WITHOUT ROWID;"
    "CREATE TABLE position(project INTEGER NOT NULL, source TEXT NOT NULL, topic TEXT NOT NULL,"
    " partition INTEGER NOT NULL, position INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    " PRIMARY KEY(project, source, topic, partition)) WITHOUT ROWID;"
    "CREATE TABLE snapshot(id INTEGER PRIMARY KEY AUTOINCREMENT, project INTEGER NOT NULL);"
    "CREATE TABLE chunk(snapshot INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL,"
    " PRIMARY KEY(snapshot, part)) WITHOUT ROWID;"
    "CREATE TABLE model(project INTEGER NOT NULL, model_id TEXT NOT NULL, bytes BLOB NOT NULL,"
    " recipe BLOB NOT NULL, PRIMARY KEY(project, model_id)) WITHOUT ROWID;",
    /* 2: the kind stands first, because the engine asks for one kind of all customers when it opens */
    "CREATE TABLE document(kind TEXT NOT NULL, cid TEXT NOT NULL, name TEXT NOT NULL,"
    " bytes BLOB NOT NULL, PRIMARY KEY(kind, cid, name)) WITHOUT ROWID;",
};
enum { NEWEST = sizeof steps / sizeof steps[0] };

static weir_code pragma_number(sqlite3 *db, const char *sql, int64_t *value, weir_error *err)
{
    weir_code code = WEIR_OK;
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *value = sqlite3_column_int64(statement, 0);
    else
        code = sqlite_failure(db, result, err);
    sqlite3_finalize(statement);
    return code;
}

static weir_code run(sqlite3 *db, const char *sql, weir_error *err)
{
    int result = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return result == SQLITE_OK ? WEIR_OK : sqlite_failure(db, result, err);
}

/* Inside a transaction: another process may bring the file up at the same moment. */
static weir_code take_steps(sqlite3 *db, weir_error *err)
{
    weir_code code = WEIR_OK;
    int64_t version = 0, application = 0, tables = 0;
    char sql[64];

    if ((code = pragma_number(db, "PRAGMA user_version", &version, err)) ||
        (code = pragma_number(db, "PRAGMA application_id", &application, err)) ||
        (code = pragma_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err)))
        return code;
    if (version < 0 || (tables && application != APPLICATION_ID))
        return weir_fail(err, WEIR_CORRUPT, "the file is an SQLite database, but not one of weir");
    if (version > NEWEST)
        return weir_fail(err, WEIR_CORRUPT,
                         "the file has schema version %lld; this program knows up to %d: a newer "
                         "weir wrote it",
                         (long long)version, (int)NEWEST);
    if (version == NEWEST)
        return WEIR_OK;
    for (size_t i = (size_t)version; i < NEWEST; i++)
        if ((code = run(db, steps[i], err)))
            return weir_explain(err, code, "schema step %zu", i + 1);
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA user_version = %d", (int)NEWEST);
    if ((code = run(db, sql, err)))
        return code;
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA application_id = %d", APPLICATION_ID);
    return run(db, sql, err);
}

weir_code sqlite_schema_bring_up(sqlite3 *db, weir_error *err)
{
    weir_code code = run(db, "BEGIN IMMEDIATE", err);

    if (code)
        return code;
    if (!(code = take_steps(db, err)))
        code = run(db, "COMMIT", err);
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}
