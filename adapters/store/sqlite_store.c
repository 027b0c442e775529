/* sqlite_store.c: opening and closing the store, and the lock that keeps a directory to one server.
 *
 * The lock is flock() on DIR/weir.lock: the kernel drops it when the process ends, however it ends, so there is no
 * stale lock to clear by hand. The number of the process stands in the file for whoever is refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite_inside.h"

static weir_code make_directory(const char *directory, weir_error *err)
{
    struct stat seen;

    if (mkdir(directory, 0700) == 0)
        return WEIR_OK;
    if (errno == EEXIST && stat(directory, &seen) == 0 && S_ISDIR(seen.st_mode))
        return WEIR_OK;
    return weir_fail(err, WEIR_STORE, "%s cannot be made or is no directory: %s", directory,
                     strerror(errno));
}

/* The file is made here, ahead of SQLite, so that nobody else can ever read it; its WAL inherits the mode. */
static weir_code make_file(const char *path, weir_error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (file < 0)
        return weir_fail(err, WEIR_STORE, "%s cannot be opened: %s", path, strerror(errno));
    close(file);
    return WEIR_OK;
}

static weir_code lock_directory(const char *directory, int *lock_file, weir_error *err)
{
    weir_code code = WEIR_OK;
    char *path = sqlite3_mprintf("%s/weir.lock", directory);
    char owner[32] = "";
    int file = -1;
    ssize_t length;

    if (!path)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the name of the lock");
    if ((file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0) {
        code = weir_fail(err, WEIR_STORE, "%s cannot be opened: %s", path, strerror(errno));
        goto done;
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        length = pread(file, owner, sizeof owner - 1, 0);
        owner[length > 0 ? strcspn(owner, "\n") : 0] = '\0';
        code = weir_fail(err, WEIR_CONFLICT,
                         "%s is in use by another weir server (process %s); one directory serves "
                         "one server",
                         directory, *owner ? owner : "unknown");
        goto done;
    }
    snprintf(owner, sizeof owner, "%ld\n", (long)getpid());
    if (ftruncate(file, 0) != 0 || pwrite(file, owner, strlen(owner), 0) < 0) {
        code = weir_fail(err, WEIR_STORE, "%s cannot be written: %s", path, strerror(errno));
        goto done;
    }
    *lock_file = file;
    file = -1;
done:
    if (file >= 0)
        close(file);
    sqlite3_free(path);
    return code;
}

static void store_close(weir_store *port)
{
    sqlite_store *store = (sqlite_store *)port;

    if (!store)
        return;
    while (store->pool) {
        sqlite_connection *next = store->pool->next;

        sqlite_connection_close(store->pool);
        store->pool = next;
    }
    sqlite_connection_close(store->writer); /* the last one: copies the WAL into the file */
    if (store->lock_file >= 0)
        close(store->lock_file);
    pthread_mutex_destroy(&store->write_lock);
    pthread_mutex_destroy(&store->pool_lock);
    sqlite3_free(store->path);
    free(store);
}

weir_code sqlite_store_open(const char *directory, const sqlite_options *options, weir_store **out,
                            weir_error *err)
{
    weir_code code = WEIR_OK;
    sqlite_store *store = calloc(1, sizeof *store);

    if (!store)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the store");
    store->lock_file = -1;
    store->options = *options;
    store->durable = true;
    pthread_mutex_init(&store->write_lock, NULL);
    pthread_mutex_init(&store->pool_lock, NULL);
    sqlite_write_port(&store->port);
    sqlite_read_port(&store->port);
    store->port.exclusive = !options->beside;
    store->port.close = store_close;
    if (!(store->path = sqlite3_mprintf("%s/weir.db", directory))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the name of the store");
        goto done;
    }
    if ((code = make_directory(directory, err)) ||
        (!options->beside && (code = lock_directory(directory, &store->lock_file, err))) ||
        (code = make_file(store->path, err)) ||
        (code = sqlite_connection_open(store, false, &store->writer, err)))
        goto done;
    if ((code = sqlite_schema_bring_up(store->writer->db, err))) {
        weir_explain(err, code, "%s", store->path);
        goto done;
    }
    *out = &store->port;
    store = NULL;
done:
    store_close(store ? &store->port : NULL);
    return code;
}

weir_code weir_sqlite_open(const char *directory, weir_store **out, weir_error *err)
{
    return sqlite_store_open(directory, &(sqlite_options){0}, out, err);
}

weir_code weir_sqlite_find(const char *directory, weir_error *err)
{
    char *path = sqlite3_mprintf("%s/weir.db", directory);
    weir_code code = WEIR_OK;

    if (!path)
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the name of the store");
    else if (access(path, F_OK) != 0)
        code = weir_fail(err, WEIR_NOT_FOUND, "%s is no data directory: %s", directory,
                         strerror(errno));
    sqlite3_free(path);
    return code;
}

weir_code weir_sqlite_open_beside(const char *directory, weir_store **out, weir_error *err)
{
    return sqlite_store_open(directory, &(sqlite_options){.beside = true}, out, err);
}
