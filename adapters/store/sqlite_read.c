/* sqlite_read.c: the reading half of the store port.
 *
 * Each read takes a connection out of the pool (or opens one) and puts it back, so that a long replay does not hold up
 * the lookup of a customer. A visitor that ends a read early leaves the statement to the reset at its next use.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sqlite_inside.h"

typedef struct {
    sqlite_store *store;
    sqlite_connection *connection;
    sqlite3_stmt *sql;
} reading;

static weir_code reading_begin(weir_store *port, sqlite_statement which, reading *read,
                               weir_error *err)
{
    weir_code code = WEIR_OK;

    *read = (reading){.store = (sqlite_store *)port};
    pthread_mutex_lock(&read->store->pool_lock);
    read->connection = read->store->pool;
    if (read->connection)
        read->store->pool = read->connection->next;
    pthread_mutex_unlock(&read->store->pool_lock);
    if (!read->connection &&
        (code = sqlite_connection_open(read->store, true, &read->connection, err)))
        return code;
    return sqlite_statement_get(read->connection, which, &read->sql, err);
}

static void reading_end(reading *read)
{
    if (!read->connection)
        return;
    if (read->sql) {
        sqlite3_reset(read->sql); /* ends the read transaction */
        sqlite3_clear_bindings(read->sql);
    }
    pthread_mutex_lock(&read->store->pool_lock);
    read->connection->next = read->store->pool;
    read->store->pool = read->connection;
    pthread_mutex_unlock(&read->store->pool_lock);
    read->connection = NULL;
}

/* *more false: no further row. */
static weir_code reading_next(reading *read, bool *more, weir_error *err)
{
    int result = sqlite3_step(read->sql);

    *more = result == SQLITE_ROW;
    return result == SQLITE_ROW || result == SQLITE_DONE
               ? WEIR_OK
               : sqlite_failure(read->connection->db, result, err);
}

static const char *text_at(const reading *read, int column)
{
    const char *text = (const char *)sqlite3_column_text(read->sql, column);

    return text ? text : "";
}

static const void *bytes_at(const reading *read, int column, size_t *size)
{
    const void *data = sqlite3_column_blob(read->sql, column);

    *size = (size_t)sqlite3_column_bytes(read->sql, column);
    return data ? data : "";
}

/* Calls row() for each row of a statement whose parameters are bound. */
static weir_code each(reading *read, weir_code (*row)(reading *, void *, weir_error *),
                      void *context, size_t *rows, weir_error *err)
{
    weir_code code;
    bool more = false;

    while (!(code = reading_next(read, &more, err)) && more) {
        if ((code = row(read, context, err)))
            break;
        if (rows)
            ++*rows;
    }
    return code;
}

/* One kind of visitor and its context, passed through each(). */
typedef struct {
    weir_store_see_text see_text;
    weir_store_see_bytes see_bytes;
    weir_store_see_project see_project;
    weir_store_see_entry see_entry;
    weir_store_see_position see_position;
    weir_store_see_model see_model;
    weir_store_see_document see_document;
    void *context;
    int64_t project;
    const char *kind; /* of documents */
} visit;

static weir_code text_row(reading *read, void *context, weir_error *err)
{
    visit *v = context;

    return v->see_text(v->context, text_at(read, 0), err);
}

static weir_code bytes_row(reading *read, void *context, weir_error *err)
{
    visit *v = context;
    size_t size = 0;
    const void *data = bytes_at(read, 0, &size);

    return v->see_bytes(v->context, data, size, err);
}

static weir_code project_row(reading *read, void *context, weir_error *err)
{
    visit *v = context;
    weir_store_project row = {.id = sqlite3_column_int64(read->sql, 0),
                              .cid = text_at(read, 1),
                              .pid = text_at(read, 2),
                              .snapshot = sqlite3_column_int64(read->sql, 4),
                              .sequence = (uint64_t)sqlite3_column_int64(read->sql, 5)};

    row.head = bytes_at(read, 3, &row.head_size);
    return v->see_project(v->context, &row, err);
}

static weir_code entry_row(reading *read, void *context, weir_error *err)
{
    visit *v = context;
    weir_store_entry row = {.project = v->project,
                            .sequence = (uint64_t)sqlite3_column_int64(read->sql, 0),
                            .kind = (weir_entry_kind)sqlite3_column_int(read->sql, 1),
                            .rejected_cells = (uint64_t)sqlite3_column_int64(read->sql, 2),
                            .rejected_rows = (uint64_t)sqlite3_column_int64(read->sql, 3)};

    row.bytes = bytes_at(read, 4, &row.size);
    return v->see_entry(v->context, &row, err);
}

static weir_code position_row(reading *read, void *context, weir_error *err)
{
    visit *v = context;
    weir_store_position row = {.project = v->project,
                               .source = text_at(read, 0),
                               .topic = text_at(read, 1),
                               .partition = sqlite3_column_int(read->sql, 2),
                               .position = sqlite3_column_int64(read->sql, 3),
                               .epoch = (uint64_t)sqlite3_column_int64(read->sql, 4)};

    return v->see_position(v->context, &row, err);
}

static weir_code model_row(reading *read, void *context, weir_error *err)
{
    visit *v = context;
    weir_store_model row = {.project = v->project, .model_id = text_at(read, 0)};

    row.bytes = bytes_at(read, 1, &row.size);
    row.recipe = bytes_at(read, 2, &row.recipe_size);
    return v->see_model(v->context, &row, err);
}

static weir_code document_row(reading *read, void *context, weir_error *err)
{
    visit *v = context;
    weir_store_document row = {.cid = text_at(read, 0), .kind = v->kind, .name = text_at(read, 1)};

    row.bytes = bytes_at(read, 2, &row.size);
    return v->see_document(v->context, &row, err);
}

/* The one row with a text key; WEIR_NOT_FOUND when there is none. */
static weir_code by_text(weir_store *port, sqlite_statement which, const char *key,
                         weir_store_see_bytes see, void *context, weir_error *err)
{
    visit v = {.see_bytes = see, .context = context};
    reading read;
    size_t rows = 0;
    weir_code code = reading_begin(port, which, &read, err);

    if (!code) {
        sqlite3_bind_text(read.sql, 1, key, -1, SQLITE_STATIC);
        code = each(&read, bytes_row, &v, &rows, err);
    }
    reading_end(&read);
    if (!code && !rows)
        return weir_fail(err, WEIR_NOT_FOUND, "the store has no %s", key);
    return code;
}

static weir_code note_get(weir_store *port, const char *name, weir_store_see_bytes see,
                          void *context, weir_error *err)
{
    return by_text(port, SQL_NOTE_GET, name, see, context, err);
}

static weir_code customer_get(weir_store *port, const char *cid, weir_store_see_bytes see,
                              void *context, weir_error *err)
{
    return by_text(port, SQL_CUSTOMER_GET, cid, see, context, err);
}

/* All rows of a statement with up to two numbers as parameters. */
static weir_code by_numbers(weir_store *port, sqlite_statement which, const int64_t *numbers,
                            int count, weir_code (*row)(reading *, void *, weir_error *), visit *v,
                            size_t *rows, weir_error *err)
{
    reading read;
    weir_code code = reading_begin(port, which, &read, err);

    if (!code) {
        for (int i = 0; i < count; i++)
            sqlite3_bind_int64(read.sql, i + 1, numbers[i]);
        code = each(&read, row, v, rows, err);
    }
    reading_end(&read);
    return code;
}

static weir_code customers(weir_store *port, weir_store_see_text see, void *context,
                           weir_error *err)
{
    visit v = {.see_text = see, .context = context};

    return by_numbers(port, SQL_CUSTOMERS, NULL, 0, text_row, &v, NULL, err);
}

static weir_code projects(weir_store *port, weir_store_see_project see, void *context,
                          weir_error *err)
{
    visit v = {.see_project = see, .context = context};

    return by_numbers(port, SQL_PROJECTS, NULL, 0, project_row, &v, NULL, err);
}

static weir_code project_get(weir_store *port, int64_t id, weir_store_see_project see,
                             void *context, weir_error *err)
{
    visit v = {.see_project = see, .context = context};
    size_t rows = 0;
    weir_code code = by_numbers(port, SQL_PROJECT_GET, &id, 1, project_row, &v, &rows, err);

    if (!code && !rows)
        return weir_fail(err, WEIR_NOT_FOUND, "the store has no project number %lld",
                         (long long)id);
    return code;
}

static weir_code chunks(weir_store *port, int64_t snapshot, weir_store_see_bytes see, void *context,
                        weir_error *err)
{
    visit v = {.see_bytes = see, .context = context};

    return by_numbers(port, SQL_CHUNKS, &snapshot, 1, bytes_row, &v, NULL, err);
}

static weir_code entries(weir_store *port, int64_t project, uint64_t after,
                         weir_store_see_entry see, void *context, weir_error *err)
{
    visit v = {.see_entry = see, .context = context, .project = project};
    int64_t numbers[2] = {project, (int64_t)after};

    return by_numbers(port, SQL_ENTRIES, numbers, 2, entry_row, &v, NULL, err);
}

static weir_code positions(weir_store *port, int64_t project, weir_store_see_position see,
                           void *context, weir_error *err)
{
    visit v = {.see_position = see, .context = context, .project = project};

    return by_numbers(port, SQL_POSITIONS, &project, 1, position_row, &v, NULL, err);
}

static weir_code models(weir_store *port, int64_t project, weir_store_see_model see, void *context,
                        weir_error *err)
{
    visit v = {.see_model = see, .context = context, .project = project};

    return by_numbers(port, SQL_MODELS, &project, 1, model_row, &v, NULL, err);
}

static weir_code documents(weir_store *port, const char *cid, const char *kind,
                           weir_store_see_document see, void *context, weir_error *err)
{
    visit v = {.see_document = see, .context = context, .kind = kind};
    reading read;
    weir_code code = reading_begin(port, cid ? SQL_DOCUMENTS : SQL_DOCUMENTS_OF_ALL, &read, err);

    if (!code) {
        sqlite3_bind_text(read.sql, 1, kind, -1, SQLITE_STATIC);
        if (cid)
            sqlite3_bind_text(read.sql, 2, cid, -1, SQLITE_STATIC);
        code = each(&read, document_row, &v, NULL, err);
    }
    reading_end(&read);
    return code;
}

void sqlite_read_port(weir_store *port)
{
    port->note_get = note_get;
    port->customer_get = customer_get;
    port->customers = customers;
    port->projects = projects;
    port->project_get = project_get;
    port->chunks = chunks;
    port->entries = entries;
    port->positions = positions;
    port->models = models;
    port->documents = documents;
}
