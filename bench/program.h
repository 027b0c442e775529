/* program.h: weir as its users run it: the program started as a child process, and signed calls to its server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

#define BENCH_CUSTOMER "bench"
#define BENCH_SECRET "d2VpciBiZW5jaCBvbmx5AA==" /* base64 */

typedef struct {
    pid_t pid;
    int port; /* of the address that its first line names; 0: it names none */
} bench_program;

/* Starts weir (WEIR_BIN, or build/weir of the source tree) with these arguments, ended by NULL, and waits for its first
 * line when it is to listen. Its log goes nowhere. */
bench_program bench_start(const char *const *arguments, int listens);
void bench_stop(bench_program *program); /* asks it to end and waits */

/* `weir serve` on a fresh data folder with the customer above. */
bench_program bench_serve(const char *data);

typedef struct {
    char *text;
    size_t size;
} bench_blob;

/* A connection to the server, or to anything else that speaks HTTP on 127.0.0.1. */
int bench_dial(int port);
/* A whole request, signed when it is for the server's API; it can be sent again and again. text for free(). */
bench_blob bench_request(int port, const char *verb, const char *path, const char *query,
                         const bench_blob *body);
/* Sends a request and reads its answer: the status. *answer (NULL: unwanted) is the body, for free(). */
int bench_exchange(int connection, const bench_blob *request, char **answer);
/* One call on a connection of its own; ends the program with the answer unless the status is want. Returns the body
 * for free(). */
char *bench_call(int port, const char *verb, const char *path, const char *query, const char *body,
                 int want);
/* The number behind the first "key": of a JSON text, quoted or not; 0 when there is none. */
double bench_number(const char *json, const char *key);

#endif
