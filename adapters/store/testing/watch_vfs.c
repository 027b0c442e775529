/* watch_vfs.c: see watch_vfs.h.
 *
 * One mutex guards images and faults; it is held while a file is synced and its image taken, so that an image is one
 * moment of the file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "watch_vfs.h"

#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct image {
    char path[512];
    unsigned char *data; /* of the last sync */
    size_t size;
    struct image *next;
} image;

typedef struct {
    sqlite3_file base;
    image *image; /* NULL: a temporary file */
    sqlite3_file *real;
} watch_file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static image *images;
static uint64_t syncs, countdown;
static int fault;
static bool lasting_fault, fault_came;
static sqlite3_vfs *system_vfs;

/* --- faults */

/* SQLITE_OK, or the failure that is due now. Caller holds the lock. */
static int failure_now(void)
{
    if (!fault)
        return SQLITE_OK;
    if (countdown > 1) {
        countdown--;
        return SQLITE_OK;
    }
    if (countdown == 0 && !lasting_fault)
        return SQLITE_OK;
    countdown = 0;
    fault_came = true;
    return fault;
}

static int failure(void)
{
    int code;

    pthread_mutex_lock(&lock);
    code = failure_now();
    pthread_mutex_unlock(&lock);
    return code;
}

/* --- files */

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((watch_file *)file)->real;
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), data, size, at);
}

static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
    int code = failure();

    return code ? code : real_of(file)->pMethods->xWrite(real_of(file), data, size, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = failure();

    return code ? code : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

/* Caller holds the lock. */
static int take_image(watch_file *file)
{
    sqlite3_int64 size = 0;
    int code = file->real->pMethods->xFileSize(file->real, &size);

    if (code || !file->image)
        return code;
    file->image->data = realloc(file->image->data, (size_t)size + 1);
    file->image->size = (size_t)size;
    return size ? file->real->pMethods->xRead(file->real, file->image->data, (int)size, 0)
                : SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags)
{
    int code;

    pthread_mutex_lock(&lock);
    if (!(code = failure_now()) && !(code = real_of(file)->pMethods->xSync(real_of(file), flags)))
        code = take_image((watch_file *)file);
    syncs += !code;
    pthread_mutex_unlock(&lock);
    return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int file_control(sqlite3_file *file, int op, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int file_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_kind(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove_it)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove_it);
}

/* Version 2: without memory mapping, which would write past xWrite. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_kind,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* --- the VFS */

/* The image of a path, made empty when it is not there: a file that was never synced has no content to keep. */
static image *image_of(const char *path)
{
    image *found;

    pthread_mutex_lock(&lock);
    for (found = images; found && strcmp(found->path, path) != 0; found = found->next)
        continue;
    if (!found && strlen(path) < sizeof found->path && (found = calloc(1, sizeof *found))) {
        strcpy(found->path, path);
        found->next = images;
        images = found;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *out, int flags, int *got)
{
    watch_file *file = (watch_file *)out;
    int code;

    (void)vfs;
    file->real = (sqlite3_file *)(file + 1);
    file->image = path ? image_of(path) : NULL;
    file->base.pMethods = NULL;
    code = system_vfs->xOpen(system_vfs, path, file->real, flags, got);
    if (file->real->pMethods)
        file->base.pMethods = &methods;
    return code;
}

/* The name is durable as soon as it is gone: the worse case for whoever relied on the file. */
static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_directory)
{
    (void)vfs;
    pthread_mutex_lock(&lock);
    for (image *i = images; i; i = i->next)
        if (!strcmp(i->path, path))
            i->size = 0;
    pthread_mutex_unlock(&lock);
    return system_vfs->xDelete(system_vfs, path, sync_directory);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    (void)vfs;
    return system_vfs->xAccess(system_vfs, path, flags, out);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int room, char *out)
{
    (void)vfs;
    return system_vfs->xFullPathname(system_vfs, path, room, out);
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    return system_vfs->xRandomness(system_vfs, size, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return system_vfs->xSleep(system_vfs, us);
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    return system_vfs->xCurrentTime(system_vfs, out);
}

static sqlite3_vfs watch = {
    .iVersion = 1,
    .zName = WATCH_VFS,
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time,
};

void watch_begin(void)
{
    if (!system_vfs) {
        system_vfs = sqlite3_vfs_find(NULL);
        watch.szOsFile = (int)sizeof(watch_file) + system_vfs->szOsFile;
        watch.mxPathname = system_vfs->mxPathname;
        assert_int_equal(sqlite3_vfs_register(&watch, 0), SQLITE_OK);
    }
    watch_end();
}

void watch_end(void)
{
    pthread_mutex_lock(&lock);
    while (images) {
        image *next = images->next;

        free(images->data);
        free(images);
        images = next;
    }
    fault = 0;
    fault_came = false;
    syncs = 0;
    pthread_mutex_unlock(&lock);
}

void watch_fail(uint64_t nth, int code, bool lasting)
{
    pthread_mutex_lock(&lock);
    countdown = nth;
    fault = code;
    lasting_fault = lasting;
    fault_came = false;
    pthread_mutex_unlock(&lock);
}

bool watch_heal(void)
{
    bool came;

    pthread_mutex_lock(&lock);
    came = fault_came;
    fault = 0;
    pthread_mutex_unlock(&lock);
    return came;
}

uint64_t watch_syncs(void)
{
    uint64_t n;

    pthread_mutex_lock(&lock);
    n = syncs;
    pthread_mutex_unlock(&lock);
    return n;
}

void watch_power_cut(const char *from, const char *to)
{
    size_t length = strlen(from);

    pthread_mutex_lock(&lock);
    for (const image *i = images; i; i = i->next) {
        char path[600];
        FILE *file;

        if (strncmp(i->path, from, length) != 0 || i->path[length] != '/' || !i->size)
            continue;
        snprintf(path, sizeof path, "%s%s", to, i->path + length);
        file = fopen(path, "wb");
        if (file) {
            fwrite(i->data, 1, i->size, file);
            fclose(file);
        }
    }
    pthread_mutex_unlock(&lock);
}
