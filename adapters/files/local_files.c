/* local_files.c: files below one folder, and nothing else of this machine.
 *
 * A path is walked from the root one name at a time, each opened beneath the one before without following links. So
 * neither "..", nor an absolute path, nor a link somewhere in the middle leads out, whatever is renamed meanwhile; and
 * what is reached has to be a plain file, because a device or a pipe might never end or never begin. What hard links
 * and mounts put below the root counts as being there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/local_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/memory.h"

enum { LISTED_MOST = 10000, NAME_ROOM = 512 };

struct weir_local_files {
    char *root; /* its real path; NULL: none */
    int folder; /* opened; -1: none */
};

weir_code weir_local_files_open(const char *root, weir_local_files **out, weir_error *err)
{
    weir_local_files *files = weir_calloc(1, sizeof *files);
    char *real = NULL;
    weir_code code = WEIR_OK;

    if (!files)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for data sources");
    files->folder = -1;
    if (root) {
        if (!(real = realpath(root, NULL)) ||
            (files->folder = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
            code = weir_fail(err, WEIR_NOT_FOUND, "data root %s: %s", root, strerror(errno));
            goto done;
        }
        if (!(files->root = weir_strdup(real))) {
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for data sources");
            goto done;
        }
    }
    *out = files;
    files = NULL; /* the caller's now */
done:
    free(real);
    weir_local_files_close(files);
    return code;
}

void weir_local_files_close(weir_local_files *files)
{
    if (!files)
        return;
    if (files->folder >= 0)
        close(files->folder);
    weir_free(files->root);
    weir_free(files);
}

/* --- paths */

/* The path below the root: as given, or without the root where it is given whole. */
static weir_code path_below(const weir_local_files *files, const weir_data_source *source,
                            const char **out, weir_error *err)
{
    const char *path = weir_data_source_get(source, "path");
    size_t root = files->root ? strlen(files->root) : 0;

    if (!files->root)
        return weir_fail(err, WEIR_INVALID,
                         "this server reads no local files: it was started without --data-root");
    path = path ? path : "";
    if (path[0] == '/' && !strncmp(path, files->root, root) &&
        (path[root] == '/' || !path[root] || root == 1))
        path += root;
    else if (path[0] == '/' && path[strspn(path, "/")])
        return weir_fail(err, WEIR_INVALID, "%.150s lies outside of the data root", path);
    *out = path + strspn(path, "/");
    return WEIR_OK;
}

static weir_code refused(const char *path, weir_error *err)
{
    if (errno == ELOOP || errno == EMLINK || errno == ENOTDIR)
        return weir_fail(err, WEIR_INVALID, "%.150s: a name in it is a link or no folder", path);
    return weir_fail(err, errno == ENOENT ? WEIR_NOT_FOUND : WEIR_UNAVAILABLE, "%.150s: %s", path,
                     strerror(errno));
}

/* Opens the folder that the last name of path lies in; *name is that name, "" for the root itself. */
static weir_code walk(const weir_local_files *files, const char *path, int *folder,
                      char name[NAME_ROOM], weir_error *err)
{
    const char *at = path;
    weir_code code = WEIR_OK;

    name[0] = '\0';
    if ((*folder = fcntl(files->folder, F_DUPFD_CLOEXEC, 0)) < 0)
        return refused(path, err);
    while (*at && !code) {
        size_t length = strcspn(at, "/");

        if (name[0]) { /* the name before was a folder on the way */
            int next = openat(*folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            if (next < 0) {
                code = refused(path, err);
                break;
            }
            close(*folder);
            *folder = next;
        }
        if (length >= NAME_ROOM || (length == 2 && !memcmp(at, "..", 2))) {
            code = weir_fail(err, WEIR_INVALID, "%.150s: a path goes down only", path);
            break;
        }
        snprintf(name, NAME_ROOM, "%.*s", (int)length, at);
        at += length;
        at += strspn(at, "/");
    }
    if (code) {
        close(*folder);
        *folder = -1;
    }
    return code;
}

/* --- reading */

typedef struct {
    int file;
    char *name;
    weir_stop stop;
} local_bytes;

static weir_code local_read(void *context, char *out, size_t size, size_t *got, weir_error *err)
{
    local_bytes *bytes = context;
    ssize_t result;

    *got = 0;
    if (bytes->stop.asks && bytes->stop.asks(bytes->stop.context))
        return weir_fail(err, WEIR_CANCELLED, "the job was cancelled");
    do {
        result = read(bytes->file, out, size);
    } while (result < 0 && errno == EINTR);
    if (result < 0)
        return weir_fail(err, WEIR_UNAVAILABLE, "%s: %s", bytes->name, strerror(errno));
    *got = (size_t)result;
    return WEIR_OK;
}

static void local_close(void *context)
{
    local_bytes *bytes = context;

    if (bytes->file >= 0)
        close(bytes->file);
    weir_free(bytes->name);
    weir_free(bytes);
}

/* O_NONBLOCK so that a pipe without a writer does not hold the call up before it is found out. */
static weir_code open_plain(int folder, const char *name, const char *path, int *file,
                            uint64_t *size, weir_error *err)
{
    struct stat seen;

    if ((*file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) <
        0)
        return refused(path, err);
    if (fstat(*file, &seen) != 0 || !S_ISREG(seen.st_mode))
        return weir_fail(err, WEIR_INVALID, "%.150s is not a plain file", path);
    *size = (uint64_t)seen.st_size;
    return WEIR_OK;
}

static weir_code files_check(void *context, const weir_data_source *source, weir_error *err)
{
    const char *path;
    weir_code code = path_below(context, source, &path, err);

    if (!code && !*path)
        return weir_fail(err, WEIR_INVALID, "info has no path of a file below the data root");
    return code;
}

static weir_code files_open(void *context, const weir_data_source *source, weir_stop stop,
                            weir_byte_source *out, uint64_t *size, weir_error *err)
{
    local_bytes *bytes = weir_calloc(1, sizeof *bytes);
    char name[NAME_ROOM];
    const char *path = NULL;
    int folder = -1;
    weir_code code;

    if (!bytes)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to read a file");
    bytes->file = -1;
    bytes->stop = stop;
    if ((code = path_below(context, source, &path, err)) ||
        (code = walk(context, path, &folder, name, err)) ||
        (code = open_plain(folder, *name ? name : ".", path, &bytes->file, size, err)))
        goto done;
    if (!(bytes->name = weir_strdup(path))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to read %.150s", path);
        goto done;
    }
    *out = (weir_byte_source){bytes, bytes->name, local_read, local_close};
    bytes = NULL; /* out's now */
done:
    if (folder >= 0)
        close(folder);
    if (bytes)
        local_close(bytes);
    return code;
}

/* --- looking */

static weir_code add_name(char ***names, size_t *count, const char *name, weir_error *err)
{
    char **grown = weir_realloc_array(*names, *count + 1, sizeof *grown);

    *names = grown ? grown : *names;
    if (!grown || !(grown[*count] = weir_strdup(name)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the names of a folder");
    ++*count;
    return WEIR_OK;
}

/* Links and whatever is neither file nor folder cannot be opened, so they are not shown. */
static weir_code list_folder(DIR *stream, weir_listing *out, weir_error *err)
{
    const struct dirent *entry;
    weir_code code = WEIR_OK;

    while (!code && (entry = readdir(stream))) {
        struct stat seen;

        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            !weir_utf8_valid(entry->d_name, strlen(entry->d_name)) ||
            fstatat(dirfd(stream), entry->d_name, &seen, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (out->dir_count + out->file_count >= LISTED_MOST)
            return weir_fail(err, WEIR_TOO_LARGE, "the folder holds more than %d names",
                             (int)LISTED_MOST);
        if (S_ISDIR(seen.st_mode))
            code = add_name(&out->dirs, &out->dir_count, entry->d_name, err);
        else if (S_ISREG(seen.st_mode))
            code = add_name(&out->files, &out->file_count, entry->d_name, err);
    }
    return code;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(char **names, size_t count)
{
    if (count > 1)
        qsort(names, count, sizeof *names, by_name);
}

static weir_code files_browse(void *context, const weir_data_source *source, weir_listing *out,
                              weir_error *err)
{
    weir_listing listing = {0};
    char name[NAME_ROOM];
    const char *path = NULL;
    DIR *stream = NULL;
    int folder = -1, inside = -1;
    weir_code code;

    if ((code = path_below(context, source, &path, err)) ||
        (code = walk(context, path, &folder, name, err)))
        goto done;
    /* Opened anew also for the root: a stream of names keeps its place in what it was made of. */
    inside = openat(folder, *name ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inside < 0 || !(stream = fdopendir(inside))) {
        code = refused(path, err);
        goto done;
    }
    inside = -1; /* the stream's now */
    if ((code = list_folder(stream, &listing, err)))
        goto done;
    sort(listing.dirs, listing.dir_count);
    sort(listing.files, listing.file_count);
    *out = listing;
    listing = (weir_listing){0}; /* the caller's now */
done:
    if (stream)
        closedir(stream);
    if (inside >= 0)
        close(inside);
    if (folder >= 0)
        close(folder);
    weir_listing_free(&listing);
    return code;
}

weir_source_kind weir_local_files_kind(weir_local_files *files)
{
    return (weir_source_kind){.type = "localfile",
                              .context = files,
                              .check = files_check,
                              .open = files_open,
                              .browse = files_browse};
}
