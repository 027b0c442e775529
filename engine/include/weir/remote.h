/* remote.h: the port through which streams call a server: learn, predict, make projects and models, fetch models.
 *
 * adapters/remote implements it over signed REST (weir_remote_rest); app/ hands it to the streams, so that they can
 * talk to this or any other server of the same API.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_REMOTE_H
#define WEIR_REMOTE_H

#include "weir/bytes.h"
#include "weir/model.h"

/* A connection to a server as one customer, kept alive between calls. For one thread at a time. */
typedef struct weir_remote weir_remote;

typedef struct {
    const char *url;             /* "http://host:8080/symetry/rest"; copied like all texts here */
    const char *cid;             /* customer id */
    const char *secret;          /* its key in base64; never logged */
    int64_t timeout_ms;          /* of one call; 0: 55000 */
    int64_t max_answer;          /* bytes; a longer answer is an error; 0: 64 MiB */
    bool log_calls;              /* a line for each call */
    bool log_signature;          /* with its signature */
    bool log_body;               /* with the whole body instead of its first 200 bytes */
    bool (*stop)(void *context); /* asked while a call waits; true ends it; NULL: never */
    void *stop_context;
} weir_remote_options;

typedef struct {
    bool repeat;          /* the server knew every row by its position and counted none */
    int64_t position;     /* where the server stands, -1 when it did not say */
    weir_rejects rejects; /* what the server left out of the frame */
    uint64_t filtered;    /* rows that the project's filter left out */
} weir_remote_learned;

#define WEIR_REMOTE_VERSION 96

/* What a model said about rows, in their order. */
typedef struct {
    size_t rows, capacity;
    int64_t *res;
    double *score; /* NaN where the model gave none */
    bool decided;  /* false: a model without a decision (a regression), whose answer is the score */
    uint64_t version; /* of the model that scored all of them; 0 when the server does not tell */
} weir_remote_scores;
void weir_remote_scores_free(weir_remote_scores *scores); /* leaves zeros */

/* Codes: WEIR_UNAVAILABLE is worth another try (no connection, 408, 5xx), so is WEIR_BUSY (429, 503: the server answers
 * and is full), WEIR_GAP comes with the position, WEIR_FROZEN, WEIR_NO_MODEL and WEIR_NOT_FOUND say what is the matter
 * with the project, WEIR_UNAUTHORIZED and WEIR_INVALID stay as they are. */
typedef struct {
    weir_code (*open)(const weir_remote_options *options, weir_remote **out, weir_error *err);
    void (*close)(weir_remote *remote); /* NULL is fine */
    /* *filter becomes the project's row filter, for weir_free(), or NULL where there is none. */
    weir_code (*project_exists)(weir_remote *remote, const char *pid, bool *exists, char **filter,
                                weir_error *err);
    /* params go into the creation body; enableHistogram among them into the query. */
    weir_code (*project_create)(weir_remote *remote, const char *pid, const char *type,
                                bool persist, const weir_setting *params, size_t param_count,
                                weir_error *err);
    /* body is a DataFrame as frame_encode of codec.h writes it. */
    weir_code (*learn)(weir_remote *remote, const char *pid, const void *body, size_t size,
                       weir_remote_learned *out, weir_error *err);
    weir_code (*predict)(weir_remote *remote, const char *pid, const char *model_id,
                         const void *body, size_t size, weir_remote_scores *out, weir_error *err);
    /* Builds a model and waits for the job, at most timeout_ms. */
    weir_code (*build)(weir_remote *remote, const weir_setting *settings, size_t setting_count,
                       const char *pid, const char *algorithm, const char *model_id,
                       int64_t timeout_ms, weir_error *err);
    /* The saved bytes of a model. When its version is still known, *version stays and out gets nothing. */
    weir_code (*model_bytes)(weir_remote *remote, const char *pid, const char *model_id,
                             uint64_t *version, weir_bytes *out, weir_error *err);
    /* Appends the bytes of a project's summary, or of that of one of its partitions (NULL: the whole). */
    weir_code (*project_export)(weir_remote *remote, const char *pid, const char *partition,
                                weir_bytes *out, weir_error *err);
    /* The same of the whole where the project's version is not the one known ("": none is), which becomes what it is
     * now; else out gets nothing. version has room for WEIR_REMOTE_VERSION; a longer one is as none. */
    weir_code (*project_fetch)(weir_remote *remote, const char *pid, char *version, weir_bytes *out,
                               weir_error *err);
    /* Makes a project of a summary's bytes; WEIR_CONFLICT when it exists. */
    weir_code (*project_import)(weir_remote *remote, const char *pid, bool persist,
                                const void *data, size_t size, weir_error *err);
} weir_remote_calls;

#endif
