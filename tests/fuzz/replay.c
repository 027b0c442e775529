/* replay.c: runs a fuzz target on every file of the folders given, in place of libFuzzer's own main().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, capacity = 0, got;

    if (!file) {
        perror(path);
        return 1;
    }
    do {
        if (size == capacity && !(data = realloc(data, capacity = capacity ? 2 * capacity : 4096)))
            abort();
        got = fread(data + size, 1, capacity - size, file);
        size += got;
    } while (got > 0);
    fclose(file);
    /* A block of exactly the size, so that the sanitizer sees a read past its end. */
    if (!(data = realloc(data, size ? size : 1)))
        abort();
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int replay_folder(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    int failed = count <= 2; /* "." and ".." alone: the corpus is not there */

    for (int i = 0; i < count; i++) {
        char path[4096];

        if (entries[i]->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
            failed |= replay_file(path);
        }
        free(entries[i]);
    }
    free(entries);
    if (count <= 2)
        fprintf(stderr, "%s: no corpus\n", folder);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;

    for (int i = 1; i < argc; i++)
        failed |= replay_folder(argv[i]);
    return failed;
}
