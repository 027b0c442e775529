/* server_key.h: the 32 bytes under which a server seals its customers' secrets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SERVER_KEY_H
#define WEIR_SERVER_KEY_H

#include <stdint.h>

#include "weir/error.h"

#define WEIR_SERVER_KEY_SIZE 32

/* Finds the key: WEIR_SERVER_KEY (base64 of 32 bytes) where it is set, else directory/server.key, which is made with
 * mode 0600 and a random key when it is not there (the directory too, mode 0700). A file that others may read, or
 * that does not hold a key, is refused. Give the key to weir_server_key_forget() when it is not needed any more. */
weir_code weir_server_key_find(const char *directory, uint8_t key[WEIR_SERVER_KEY_SIZE],
                               weir_error *err);
void weir_server_key_forget(uint8_t key[WEIR_SERVER_KEY_SIZE]);

#endif
