/* sqlite_write.c: the writing half of the store port.
 *
 * All of it runs on the one writing connection, under write_lock, which begin() takes and commit() or rollback() give
 * back. An outright commit costs one fsync of the WAL (synchronous=FULL); one that need not be durable costs none
 * (NORMAL), and is covered by the next that is, because the WAL is one file written in order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sqlite_inside.h"

static weir_code exec(sqlite_store *store, const char *sql, weir_error *err)
{
    int result = sqlite3_exec(store->writer->db, sql, NULL, NULL, NULL);

    return result == SQLITE_OK ? WEIR_OK : sqlite_failure(store->writer->db, result, err);
}

static weir_code statement(weir_store *port, sqlite_statement which, sqlite3_stmt **out,
                           weir_error *err)
{
    return sqlite_statement_get(((sqlite_store *)port)->writer, which, out, err);
}

static weir_code run(weir_store *port, sqlite3_stmt *prepared, weir_error *err)
{
    return sqlite_run(((sqlite_store *)port)->writer, prepared, err);
}

static void bind_text(sqlite3_stmt *prepared, int at, const char *text)
{
    sqlite3_bind_text(prepared, at, text, -1, SQLITE_STATIC);
}

/* Zero bytes are an empty blob, not NULL. */
static void bind_bytes(sqlite3_stmt *prepared, int at, const void *data, size_t size)
{
    sqlite3_bind_blob64(prepared, at, size ? data : "", size, SQLITE_STATIC);
}

static sqlite3 *database(weir_store *port)
{
    return ((sqlite_store *)port)->writer->db;
}

/* synchronous cannot be changed inside a transaction, so it is set ahead of it. */
static weir_code begin(weir_store *port, bool durable, weir_error *err)
{
    sqlite_store *store = (sqlite_store *)port;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&store->write_lock);
    if (durable != store->durable && !store->options.synchronous) {
        if ((code =
                 exec(store, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                      err)))
            goto done;
        store->durable = durable;
    }
    code = exec(store, "BEGIN IMMEDIATE", err);
done:
    if (code)
        pthread_mutex_unlock(&store->write_lock);
    return code;
}

static weir_code commit(weir_store *port, weir_error *err)
{
    sqlite_store *store = (sqlite_store *)port;
    weir_code code = exec(store, "COMMIT", err);

    if (!code)
        pthread_mutex_unlock(&store->write_lock);
    return code;
}

static void rollback(weir_store *port)
{
    sqlite_store *store = (sqlite_store *)port;

    /* Some failures have rolled back already. */
    if (!sqlite3_get_autocommit(store->writer->db))
        sqlite3_exec(store->writer->db, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&store->write_lock);
}

static weir_code note_put(weir_store *port, const char *name, const void *data, size_t size,
                          weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_NOTE_PUT, &sql, err);

    if (code)
        return code;
    bind_text(sql, 1, name);
    bind_bytes(sql, 2, data, size);
    return run(port, sql, err);
}

static weir_code customer_put(weir_store *port, const char *cid, const void *sealed, size_t size,
                              bool replace, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, replace ? SQL_CUSTOMER_CHANGE : SQL_CUSTOMER_ADD, &sql, err);

    if (code)
        return code;
    bind_text(sql, 1, cid);
    bind_bytes(sql, 2, sealed, size);
    code = run(port, sql, err);
    if (code == WEIR_CONFLICT)
        return weir_fail(err, code, "user %s exists already", cid);
    if (!code && replace && !sqlite3_changes(database(port)))
        return weir_fail(err, WEIR_NOT_FOUND, "there is no user %s", cid);
    return code;
}

static weir_code customer_remove(weir_store *port, const char *cid, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_CUSTOMER_REMOVE, &sql, err);

    if (code)
        return code;
    bind_text(sql, 1, cid);
    if ((code = run(port, sql, err)))
        return code;
    if (!sqlite3_changes(database(port)))
        return weir_fail(err, WEIR_NOT_FOUND, "there is no user %s", cid);
    return WEIR_OK;
}

static weir_code project_add(weir_store *port, const char *cid, const char *pid, const void *head,
                             size_t size, int64_t *id, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_PROJECT_ADD, &sql, err);

    if (code)
        return code;
    bind_text(sql, 1, cid);
    bind_text(sql, 2, pid);
    bind_bytes(sql, 3, head, size);
    if ((code = run(port, sql, err)))
        return code;
    *id = sqlite3_last_insert_rowid(database(port));
    return WEIR_OK;
}

static weir_code project_change(weir_store *port, int64_t id, const char *pid, const void *head,
                                size_t size, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_PROJECT_CHANGE, &sql, err);

    if (code)
        return code;
    sqlite3_bind_int64(sql, 1, id);
    bind_text(sql, 2, pid);
    bind_bytes(sql, 3, head, size);
    return run(port, sql, err);
}

static weir_code project_remove(weir_store *port, int64_t id, weir_error *err)
{
    static const sqlite_statement parts[] = {SQL_PROJECT_REMOVE, SQL_PROJECT_REMOVE_MODELS,
                                             SQL_PROJECT_REMOVE_POSITIONS};
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !code; i++) {
        sqlite3_stmt *sql = NULL;

        if ((code = statement(port, parts[i], &sql, err)))
            break;
        sqlite3_bind_int64(sql, 1, id);
        code = run(port, sql, err);
    }
    return code;
}

static weir_code entry_add(weir_store *port, const weir_store_entry *entry, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_ENTRY_ADD, &sql, err);

    if (code)
        return code;
    sqlite3_bind_int64(sql, 1, entry->project);
    sqlite3_bind_int64(sql, 2, (int64_t)entry->sequence);
    sqlite3_bind_int(sql, 3, (int)entry->kind);
    sqlite3_bind_int64(sql, 4, (int64_t)entry->rejected_cells);
    sqlite3_bind_int64(sql, 5, (int64_t)entry->rejected_rows);
    bind_bytes(sql, 6, entry->bytes, entry->size);
    return run(port, sql, err);
}

static weir_code position_put(weir_store *port, const weir_store_position *position,
                              weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_POSITION_PUT, &sql, err);

    if (code)
        return code;
    sqlite3_bind_int64(sql, 1, position->project);
    bind_text(sql, 2, position->source);
    bind_text(sql, 3, position->topic);
    sqlite3_bind_int(sql, 4, position->partition);
    sqlite3_bind_int64(sql, 5, position->position);
    sqlite3_bind_int64(sql, 6, (int64_t)position->epoch);
    return run(port, sql, err);
}

static weir_code snapshot_new(weir_store *port, int64_t project, int64_t *snapshot, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_SNAPSHOT_NEW, &sql, err);

    if (code)
        return code;
    sqlite3_bind_int64(sql, 1, project);
    if ((code = run(port, sql, err)))
        return code;
    *snapshot = sqlite3_last_insert_rowid(database(port));
    return WEIR_OK;
}

static weir_code chunk_add(weir_store *port, int64_t snapshot, uint32_t part, const void *data,
                           size_t size, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_CHUNK_ADD, &sql, err);

    if (code)
        return code;
    sqlite3_bind_int64(sql, 1, snapshot);
    sqlite3_bind_int64(sql, 2, part);
    bind_bytes(sql, 3, data, size);
    return run(port, sql, err);
}

static weir_code snapshot_use(weir_store *port, int64_t project, int64_t snapshot,
                              uint64_t sequence, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_SNAPSHOT_USE, &sql, err);

    if (code)
        return code;
    sqlite3_bind_int64(sql, 1, project);
    sqlite3_bind_int64(sql, 2, snapshot);
    sqlite3_bind_int64(sql, 3, (int64_t)sequence);
    return run(port, sql, err);
}

static weir_code model_put(weir_store *port, const weir_store_model *model, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_MODEL_PUT, &sql, err);

    if (code)
        return code;
    sqlite3_bind_int64(sql, 1, model->project);
    bind_text(sql, 2, model->model_id);
    bind_bytes(sql, 3, model->bytes, model->size);
    bind_bytes(sql, 4, model->recipe, model->recipe_size);
    return run(port, sql, err);
}

static weir_code model_remove(weir_store *port, int64_t project, const char *model_id,
                              weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_MODEL_REMOVE, &sql, err);

    if (code)
        return code;
    sqlite3_bind_int64(sql, 1, project);
    bind_text(sql, 2, model_id);
    return run(port, sql, err);
}

static weir_code document_put(weir_store *port, const weir_store_document *document,
                              weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_DOCUMENT_PUT, &sql, err);

    if (code)
        return code;
    bind_text(sql, 1, document->cid);
    bind_text(sql, 2, document->kind);
    bind_text(sql, 3, document->name);
    bind_bytes(sql, 4, document->bytes, document->size);
    return run(port, sql, err);
}

static weir_code document_remove(weir_store *port, const char *cid, const char *kind,
                                 const char *name, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_DOCUMENT_REMOVE, &sql, err);

    if (code)
        return code;
    bind_text(sql, 1, cid);
    bind_text(sql, 2, kind);
    bind_text(sql, 3, name);
    return run(port, sql, err);
}

static weir_code entries_trim(weir_store *port, int64_t project, uint64_t sequence, size_t limit,
                              size_t *removed, weir_error *err)
{
    sqlite3_stmt *sql = NULL;
    weir_code code = statement(port, SQL_TRIM_ENTRIES, &sql, err);

    if (code)
        return code;
    sqlite3_bind_int64(sql, 1, project);
    sqlite3_bind_int64(sql, 2, (int64_t)sequence);
    sqlite3_bind_int64(sql, 3, (int64_t)limit);
    if (!(code = run(port, sql, err)))
        *removed = (size_t)sqlite3_changes(database(port));
    return code;
}

/* Runs deletions that take a limit one after the other, until limit rows went. */
static weir_code trim(weir_store *port, const sqlite_statement *parts, size_t count, size_t limit,
                      size_t *removed, weir_error *err)
{
    weir_code code = WEIR_OK;

    *removed = 0;
    for (size_t i = 0; i < count && !code; i++) {
        sqlite3_stmt *sql = NULL;

        if ((code = statement(port, parts[i], &sql, err)))
            break;
        sqlite3_bind_int64(sql, 1, (int64_t)(limit - *removed));
        if (!(code = run(port, sql, err)))
            *removed += (size_t)sqlite3_changes(database(port));
    }
    return code;
}

static weir_code snapshots_trim(weir_store *port, size_t limit, size_t *removed, weir_error *err)
{
    static const sqlite_statement parts[] = {SQL_TIDY_CHUNKS, SQL_TIDY_SNAPSHOTS};

    return trim(port, parts, sizeof parts / sizeof parts[0], limit, removed, err);
}

static weir_code tidy(weir_store *port, size_t limit, size_t *removed, weir_error *err)
{
    static const sqlite_statement parts[] = {SQL_TIDY_ENTRIES, SQL_TIDY_CHUNKS, SQL_TIDY_SNAPSHOTS};

    return trim(port, parts, sizeof parts / sizeof parts[0], limit, removed, err);
}

void sqlite_write_port(weir_store *port)
{
    port->begin = begin;
    port->commit = commit;
    port->rollback = rollback;
    port->note_put = note_put;
    port->customer_put = customer_put;
    port->customer_remove = customer_remove;
    port->project_add = project_add;
    port->project_change = project_change;
    port->project_remove = project_remove;
    port->entry_add = entry_add;
    port->position_put = position_put;
    port->snapshot_new = snapshot_new;
    port->chunk_add = chunk_add;
    port->snapshot_use = snapshot_use;
    port->model_put = model_put;
    port->model_remove = model_remove;
    port->document_put = document_put;
    port->document_remove = document_remove;
    port->entries_trim = entries_trim;
    port->snapshots_trim = snapshots_trim;
    port->tidy = tidy;
}
