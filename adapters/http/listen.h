/* listen.h: a listening socket from "HOST:PORT".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "weir/error.h"

/* address: "127.0.0.1:8080", "[::1]:0", "localhost:8080". *fd is the caller's; bound (80 bytes) is the address with
 * the real port. */
weir_code listen_open(const char *address, int *fd, char bound[80], weir_error *err);

#endif
