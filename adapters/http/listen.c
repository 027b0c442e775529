/* listen.c: a listening socket (see listen.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 511 };

/* Splits at the last colon; brackets around an IPv6 address are dropped. */
static weir_code split_address(const char *address, char host[256], char port[8], weir_error *err)
{
    const char *colon = strrchr(address, ':');
    size_t length = colon ? (size_t)(colon - address) : 0;
    char *end = NULL;
    long number = colon ? strtol(colon + 1, &end, 10) : -1;

    if (!colon || length == 0 || length > 255 || end == colon + 1 || *end != '\0' || number < 0 ||
        number > 65535)
        return weir_fail(err, WEIR_INVALID, "listen address \"%s\" is not HOST:PORT", address);
    if (address[0] == '[' && address[length - 1] == ']') {
        address++;
        length -= 2;
    }
    memcpy(host, address, length);
    host[length] = '\0';
    snprintf(port, 8, "%ld", number);
    return WEIR_OK;
}

static void name_socket(int fd, char bound[80])
{
    struct sockaddr_storage where = {0};
    socklen_t size = sizeof where;
    char host[INET6_ADDRSTRLEN] = "", port[8] = "";

    if (getsockname(fd, (struct sockaddr *)&where, &size) != 0 ||
        getnameinfo((struct sockaddr *)&where, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    snprintf(bound, 80, where.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

weir_code listen_open(const char *address, int *fd, char bound[80], weir_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    char host[256], port[8];
    int one = 1, opened = -1, why = 0;
    weir_code code = split_address(address, host, port, err);

    if (code)
        return code;
    if ((why = getaddrinfo(host, port, &hints, &found)) != 0)
        return weir_fail(err, WEIR_INVALID, "listen address %s: %s", address, gai_strerror(why));
    opened = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (opened < 0 || setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(opened, found->ai_addr, found->ai_addrlen) != 0 || listen(opened, BACKLOG) != 0) {
        code = weir_fail(err, WEIR_CONFLICT, "listen on %s: %s", address, strerror(errno));
        goto done;
    }
    name_socket(opened, bound);
    *fd = opened;
    opened = -1; /* the caller owns it now */
done:
    if (opened >= 0)
        close(opened);
    freeaddrinfo(found);
    return code;
}
