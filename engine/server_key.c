/* server_key.c: where the server key comes from.
 *
 * The file holds the key in base64 and a line's end, so that it can be moved into WEIR_SERVER_KEY by copying the
 * text. A new key is written to a file of another name, synced, and then linked to server.key: a second process that
 * starts at the same moment finds either no file or the whole key, and both end up with the same one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/server_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT = 44 }; /* base64 of 32 bytes */

/* text need not be terminated; where names it in errors. */
static weir_code decode(const char *text, size_t length, const char *where,
                        uint8_t key[WEIR_SERVER_KEY_SIZE], weir_error *err)
{
    uint8_t room[TEXT / 4 * 3];

    while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    if (length != TEXT || text[TEXT - 1] != '=' || text[TEXT - 2] == '=' ||
        EVP_DecodeBlock(room, (const uint8_t *)text, TEXT) != (int)sizeof room)
        return weir_fail(err, WEIR_INVALID,
                         "%s does not hold a key: 32 bytes in base64, %d "
                         "characters",
                         where, (int)TEXT);
    memcpy(key, room, WEIR_SERVER_KEY_SIZE);
    OPENSSL_cleanse(room, sizeof room);
    return WEIR_OK;
}

static weir_code read_file(const char *path, uint8_t key[WEIR_SERVER_KEY_SIZE], bool *missing,
                           weir_error *err)
{
    weir_code code = WEIR_OK;
    char text[TEXT + 8];
    struct stat seen;
    ssize_t length;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    *missing = file < 0 && errno == ENOENT;
    if (*missing)
        return WEIR_OK;
    if (file < 0 || fstat(file, &seen) != 0) {
        code = weir_fail(err, WEIR_STORE, "%s cannot be read: %s", path, strerror(errno));
        goto done;
    }
    if (seen.st_mode & 077) {
        code = weir_fail(err, WEIR_INVALID, "%s may be read by others (mode %o); make it 600", path,
                         (unsigned)(seen.st_mode & 0777));
        goto done;
    }
    length = read(file, text, sizeof text);
    code = decode(text, length > 0 ? (size_t)length : 0, path, key, err);
done:
    OPENSSL_cleanse(text, sizeof text);
    if (file >= 0)
        close(file);
    return code;
}

/* Makes the file unless another process was faster; either way it is there afterwards. */
static weir_code make_file(const char *directory, const char *path, weir_error *err)
{
    weir_code code = WEIR_OK;
    uint8_t fresh[WEIR_SERVER_KEY_SIZE];
    char text[TEXT + 2], draft[4200];
    int file = -1;

    snprintf(draft, sizeof draft, "%s/server.key.XXXXXX", directory);
    if (RAND_bytes(fresh, sizeof fresh) != 1)
        return weir_fail(err, WEIR_INTERNAL, "the system gives no random bytes");
    EVP_EncodeBlock((uint8_t *)text, fresh, sizeof fresh);
    text[TEXT] = '\n';
    if ((file = mkostemp(draft, O_CLOEXEC)) < 0 || fchmod(file, 0600) != 0 ||
        write(file, text, TEXT + 1) != TEXT + 1 || fsync(file) != 0 ||
        (link(draft, path) != 0 && errno != EEXIST))
        code = weir_fail(err, WEIR_STORE, "%s cannot be written: %s", path, strerror(errno));
    if (file >= 0) {
        unlink(draft);
        close(file);
        /* The name must be as durable as what will be sealed under the key. */
        if ((file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
            fsync(file);
            close(file);
        }
    }
    OPENSSL_cleanse(fresh, sizeof fresh);
    OPENSSL_cleanse(text, sizeof text);
    return code;
}

weir_code weir_server_key_find(const char *directory, uint8_t key[WEIR_SERVER_KEY_SIZE],
                               weir_error *err)
{
    weir_code code = WEIR_OK;
    const char *given = getenv("WEIR_SERVER_KEY");
    char path[4200];
    bool missing = false;

    if (given && *given)
        return decode(given, strlen(given), "WEIR_SERVER_KEY", key, err);
    if (snprintf(path, sizeof path, "%s/server.key", directory) > 4096)
        return weir_fail(err, WEIR_INVALID, "the name of the data directory is too long");
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return weir_fail(err, WEIR_STORE, "%s cannot be made: %s", directory, strerror(errno));
    if ((code = read_file(path, key, &missing, err)) || !missing)
        return code;
    if ((code = make_file(directory, path, err)))
        return code;
    if ((code = read_file(path, key, &missing, err)))
        return code;
    return missing ? weir_fail(err, WEIR_STORE, "%s went away", path) : WEIR_OK;
}

void weir_server_key_forget(uint8_t key[WEIR_SERVER_KEY_SIZE])
{
    OPENSSL_cleanse(key, WEIR_SERVER_KEY_SIZE);
}
