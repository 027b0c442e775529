/* error.h: the one shape in which every call of weir says that it failed.
 *
 * A call that can fail returns a weir_code and takes a weir_error last (NULL when the caller does not want the
 * words). The message names the thing and the value; layers above prepend where it happened.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_ERROR_H
#define WEIR_ERROR_H

#include <stdbool.h>

#define WEIR_CODES(X)                                                                              \
    /* code, text, whether trying again later can help */                                          \
    X(OK, "ok", false)                                                                             \
    X(INVALID, "the request is not valid", false)                                                  \
    X(UNAUTHORIZED, "the request is not signed by a known user", false)                            \
    X(NOT_FOUND, "there is no such thing", false)                                                  \
    X(NO_MODEL, "there is no such model", false)                                                   \
    X(CONFLICT, "it exists already or is in use", false)                                           \
    X(FROZEN, "the project is frozen", false)                                                      \
    X(GAP, "rows before these are missing", false)                                                 \
    X(TOO_LARGE, "a limit would be exceeded", false)                                               \
    X(NO_MEMORY, "out of memory", false)                                                           \
    X(CORRUPT, "stored bytes are not readable", false)                                             \
    X(CANCELLED, "the job was cancelled", false)                                                   \
    X(BUSY, "refused: the queue is full", true)                                                    \
    X(STORE, "the store refused the write", true)                                                  \
    X(UNAVAILABLE, "not reachable at the moment", true)                                            \
    X(INTERNAL, "a fault of weir itself", false)

typedef enum {
#define WEIR_CODE_ENUM(name, text, retry) WEIR_##name,
    WEIR_CODES(WEIR_CODE_ENUM)
#undef WEIR_CODE_ENUM
} weir_code;

/* The caller's; nothing to free. message is always terminated; a long one is cut at a UTF-8 boundary. */
typedef struct {
    weir_code code;
    char message[240];
} weir_error;

/* Writes code and a printf-made message into err (NULL allowed) and returns code: `return weir_fail(err, ...)`. */
weir_code weir_fail(weir_error *err, weir_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<printf-made words>: " before the message already in err and returns code. */
weir_code weir_explain(weir_error *err, weir_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__ /* which sees one file at a time: both return the code they are given */
#define weir_fail(err, code, ...) ((void)(weir_fail)(err, code, __VA_ARGS__), (code))
#define weir_explain(err, code, ...) ((void)(weir_explain)(err, code, __VA_ARGS__), (code))
#endif

/* The name of a code ("INVALID"); a static string. */
const char *weir_code_name(weir_code code);
/* True when the same call may succeed later. */
bool weir_code_retry(weir_code code);

#endif
