/* rest_inside.h: what the files of the REST API share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_REST_INSIDE_H
#define HTTP_REST_INSIDE_H

#include <jansson.h>

#include "json_out.h"
#include "sessions.h"
#include "weir/explore.h"
#include "weir/rest.h"
#include "weir/sources.h"

struct weir_rest {
    weir_rest_options options;
    sessions *sessions;
    weir_http_server *server;
};

/* Flags of a route. */
enum {
    REST_OPEN = 1, /* needs no signature */
    /* changes state, so a browser session must use POST even where a signed GET will do */
    REST_CHANGES = 2,
    REST_BY_JOB = 4,  /* always answered 202; the job ends with what the row says */
    REST_CREATES = 8, /* answers 201 */
};

extern const weir_route rest_routes[];

static inline weir_rest *rest_of(const weir_http_request *request)
{
    return weir_http_context(request);
}
static inline weir_engine *rest_engine(const weir_http_request *request)
{
    return rest_of(request)->options.engine;
}

/* Parameters of routes below /symetry/rest/{cid}. */
static inline const char *rest_cid(const weir_http_request *request)
{
    return weir_http_param(request, 0);
}
static inline const char *rest_pid(const weir_http_request *request)
{
    return weir_http_param(request, 1);
}

/* "true" or "1" in any case; fallback when the argument is absent or empty. */
bool rest_argument_is(const weir_http_request *request, const char *name, bool fallback);

/* --- answers (rest_answer.c): {"statusCode":"OK","statusString":"OK","values":{...}} */

/* Begins an answer; what is written to json until rest_end() are members of values. */
void rest_begin(weir_http_reply *reply, int status, const char *text, json_out *json);
void rest_end(json_out *json);
void rest_plain(weir_http_reply *reply, int status, const char *text); /* values {} */
/* An answer whose only value is the entity stringList. */
void rest_list(weir_http_reply *reply, char *const *texts, size_t count);
int rest_status(weir_code code);
/* The answer to an error, by its code; what reply held is dropped. */
void rest_error(weir_http_reply *reply, const weir_error *err);
/* 200 "OK" without values, or the error where there is a code. */
void rest_done(weir_http_reply *reply, weir_code code, const weir_error *err);
/* The same where the model named model_id was asked for. */
void rest_model_error(weir_http_reply *reply, const weir_error *err, const char *model_id);
void rest_refusal(const weir_http_request *request, int status, const char *message,
                  weir_http_reply *reply);
void rest_ws_refusal(int status, const char *message, weir_bytes *reply);

/* --- requests (rest_body.c) */

/* Parses a JSON object as body; an empty body is an empty object. */
weir_code rest_body_object(const weir_http_request *request, json_t **out, weir_error *err);
/* A flat map {"k":"v"} or {"values":[{"k":"v"}]} as settings; numbers and booleans become text. strings owns the texts
 * of numbers: a JSON object for json_decref(). *out is for weir_free(), its texts live as long as map and strings. */
weir_code rest_settings(const json_t *map, json_t **strings, weir_setting **out, size_t *count,
                        weir_error *err);

/* --- the log of updates (rest_updates.c) */

#define REST_CLIENT "default-rest-client" /* who does not say by sym-client who it is */

/* One call of learn or forget while it lasts. */
typedef struct {
    weir_bytes names, types;
    uint64_t rows;
    int64_t began_us;
} rest_update;
void rest_update_begin(rest_update *update);
/* What the body held; before the engine takes it. */
void rest_update_rows(rest_update *update, const weir_batch *batch);
/* Notes the call with its answer, and frees the insides. */
void rest_update_end(rest_update *update, weir_engine *engine, const char *cid, const char *pid,
                     const char *client, double sign, int status);

/* A weir_type_rule whose context is a weir_encoder: its target is read under its own type, what else is there under the
 * sender's (rest_encoders.c). */
weir_type rest_encoder_type(void *context, const char *name, size_t length, weir_type sent);

/* --- data sources (rest_sources.c) */

/* The JSON object that a body is, or hides under the customer's secret. */
weir_code rest_hidden_object(const weir_http_request *request, json_t **out, weir_error *err);
/* A description from a body, encrypted or plain. */
weir_code rest_source_read(const weir_http_request *request, weir_data_source *out,
                           weir_error *err);
/* For a worker that waits for something outside: a wish to stop that comes after so many seconds. until is the room for
 * it, and stays while it may be asked. */
weir_stop rest_patience(int64_t *until, int seconds);

/* "dsdirectoryListing":{...} */
void rest_write_listing(json_out *json, const weir_listing *listing, const char *path);

/* --- authentication (rest_auth.c) */

/* The hook before each routed handler. */
void rest_authenticate(const weir_http_request *request, weir_http_reply *reply);

/* --- contexts (rest_context.c) */

typedef struct {
    size_t *inputs; /* attribute ids of the project */
    size_t input_count;
    size_t *targets;
    size_t target_count;
    weir_term *input_terms; /* the entries as they were sent */
    size_t input_term_count;
    weir_term *target_terms;
    size_t target_term_count;
    weir_setting *settings;
    size_t setting_count;
    json_t *strings, *texts; /* own texts of settings and of terms */
} rest_context;

/* Resolves an MLContext against the attributes of a project. Ids and names are numbers or texts; a name of a category
 * stands for all its values. Where a context has both, names_win decides. An unknown one is WEIR_INVALID naming it. */
weir_code rest_context_read(const json_t *context, const weir_schema *schema, bool names_win,
                            rest_context *out, weir_error *err);
void rest_context_free(rest_context *context);
/* A view of the context: valid as long as it. */
weir_question rest_question(const rest_context *context);
/* The MLContexts of an ExploreContext {"values":[...]}; a bare MLContext counts as one. */
weir_code rest_contexts_read(const json_t *body, const weir_schema *schema, rest_context **out,
                             size_t *count, weir_error *err);
void rest_contexts_free(rest_context *contexts, size_t count);

/* --- inputs of a model (rest_reduce.c) */

/* Takes out of the inputs of a build what others before them determine; none given are all that are no target. */
weir_code rest_reduce_inputs(weir_engine *engine, const char *cid, const char *pid,
                             const weir_schema *schema, rest_context *about, weir_error *err);

/* --- entities */

void rest_write_info(json_out *json,
                     const weir_project_info *info); /* the object after "smlInfo": */
/* "options":[...]: everything a form needs. */
void rest_write_options(json_out *json, const weir_option *options);
/* "KSVDMap":{"values":[...]} */
void rest_write_answers(json_out *json, const weir_answer *answers, size_t count);

/* What was left out while reading rows, where anything was (rest_learn.c). */
void rest_write_rejects(json_out *json, const weir_rejects *rejects);

/* --- jobs (rest_jobs.c) */

/* Starts a job and answers 202 with Location and sym-job-id, or the refusal. */
void rest_start_job(const weir_http_request *request, weir_http_reply *reply, const char *kind,
                    weir_job_run run, void *context, void (*drop)(void *));
/* Gives what was written to values (its braces left out) to the job as its result. */
weir_code rest_job_values(weir_job *job, weir_bytes *members, weir_error *err);

/* --- questions answered at once or by a job (rest_call.c) */

/* What a call asks for; it may outlive the request. */
typedef struct rest_call rest_call;
struct rest_call {
    weir_rest *rest;
    weir_engine *engine;
    char *cid, *pid;  /* owned; pid is "" where the path has none */
    json_t *body;     /* owned */
    char *text;       /* owned; an argument of the query, or NULL */
    const void *what; /* the row of a table that is asked for */
    bool with_info;
    /* Writes the members of values. job is NULL when answered at once. */
    weir_code (*answer)(const rest_call *call, weir_job *job, json_out *json, weir_error *err);
};
weir_code rest_call_new(const weir_http_request *request, rest_call **out, weir_error *err);
void rest_call_free(void *call); /* NULL is fine */
/* These take the call over. */
void rest_call_at_once(weir_http_reply *reply, rest_call *call);
void rest_call_by_job(const weir_http_request *request, weir_http_reply *reply, rest_call *call,
                      const char *kind);

/* --- learning and predicting, shared with WebSockets */

/* client: how the caller calls itself, NULL or "" when it does not. */
void rest_learn_bytes(weir_rest *rest, const char *cid, const char *pid, const char *client,
                      double sign, const char *body, size_t size, weir_http_reply *reply);
void rest_predict_bytes(weir_rest *rest, const char *cid, const char *pid, const char *model_id,
                        const char *body, size_t size, weir_http_reply *reply);
bool rest_ws_message(void *context, void **state, const char *host, const char *path,
                     const char *message, size_t size, weir_bytes *reply);
void rest_ws_end(void *state);

/* The date window and the signature of a call; secret and secret_size are filled in. On a refusal reply holds it. */
typedef struct {
    const char *verb, *host, *resource, *query, *date, *authorization, *md5, *cid;
    const char *const *keys;
    size_t key_count;
    const char *body;
    size_t body_size;
} rest_claim;
bool rest_check_claim(weir_rest *rest, const rest_claim *claim, weir_http_reply *reply);

/* --- handlers, by file */

void rest_project_create(const weir_http_request *request, weir_http_reply *reply);
void rest_project_list(const weir_http_request *request, weir_http_reply *reply);
void rest_project_info(const weir_http_request *request, weir_http_reply *reply);
void rest_project_infos(const weir_http_request *request, weir_http_reply *reply);
void rest_project_delete(const weir_http_request *request, weir_http_reply *reply);
void rest_project_rename(const weir_http_request *request, weir_http_reply *reply);
void rest_project_save(const weir_http_request *request, weir_http_reply *reply);
void rest_project_freeze(const weir_http_request *request, weir_http_reply *reply);
void rest_project_unfreeze(const weir_http_request *request, weir_http_reply *reply);
void rest_project_unload(const weir_http_request *request, weir_http_reply *reply);
void rest_project_merge(const weir_http_request *request, weir_http_reply *reply);
void rest_project_export(const weir_http_request *request, weir_http_reply *reply);
void rest_project_import(const weir_http_request *request, weir_http_reply *reply);
void rest_fusion_create(const weir_http_request *request, weir_http_reply *reply);
void rest_fusion_update(const weir_http_request *request, weir_http_reply *reply);
void rest_fusion_status(const weir_http_request *request, weir_http_reply *reply);
void rest_fusion_cells(const weir_http_request *request, weir_http_reply *reply);
void rest_project_histograms(const weir_http_request *request, weir_http_reply *reply);
void rest_learn(const weir_http_request *request, weir_http_reply *reply);
void rest_forget(const weir_http_request *request, weir_http_reply *reply);
void rest_explore(const weir_http_request *request, weir_http_reply *reply);
void rest_parameters(const weir_http_request *request, weir_http_reply *reply);
void rest_explorations(const weir_http_request *request, weir_http_reply *reply);
void rest_density(const weir_http_request *request, weir_http_reply *reply);
void rest_density_conditional(const weir_http_request *request, weir_http_reply *reply);
void rest_vif(const weir_http_request *request, weir_http_reply *reply);
void rest_pca(const weir_http_request *request, weir_http_reply *reply);
void rest_svd(const weir_http_request *request, weir_http_reply *reply);
void rest_svdfs(const weir_http_request *request, weir_http_reply *reply);
void rest_drift(const weir_http_request *request, weir_http_reply *reply);
void rest_build(const weir_http_request *request, weir_http_reply *reply);
void rest_model_info(const weir_http_request *request, weir_http_reply *reply);
void rest_model_delete(const weir_http_request *request, weir_http_reply *reply);
void rest_model_bytes(const weir_http_request *request, weir_http_reply *reply);
void rest_predict(const weir_http_request *request, weir_http_reply *reply);
void rest_algorithms(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_create(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_list(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_delete(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_learn(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_stats(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_values(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_set(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_create_values(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_learn_source(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_sources(const weir_http_request *request, weir_http_reply *reply);
void rest_encoder_assign(const weir_http_request *request, weir_http_reply *reply);
void rest_job_get(const weir_http_request *request, weir_http_reply *reply);
void rest_job_list(const weir_http_request *request, weir_http_reply *reply);
void rest_job_delete(const weir_http_request *request, weir_http_reply *reply);
void rest_source_create(const weir_http_request *request, weir_http_reply *reply);
void rest_source_update(const weir_http_request *request, weir_http_reply *reply);
void rest_source_list(const weir_http_request *request, weir_http_reply *reply);
void rest_source_get(const weir_http_request *request, weir_http_reply *reply);
void rest_source_delete(const weir_http_request *request, weir_http_reply *reply);
void rest_source_attach(const weir_http_request *request, weir_http_reply *reply);
void rest_source_detach(const weir_http_request *request, weir_http_reply *reply);
void rest_source_browse(const weir_http_request *request, weir_http_reply *reply);
void rest_source_preview(const weir_http_request *request, weir_http_reply *reply);
void rest_source_sample(const weir_http_request *request, weir_http_reply *reply);
void rest_source_learn(const weir_http_request *request, weir_http_reply *reply);
void rest_source_forget(const weir_http_request *request, weir_http_reply *reply);
void rest_source_log(const weir_http_request *request, weir_http_reply *reply);
void rest_task_create(const weir_http_request *request, weir_http_reply *reply);
void rest_task_list(const weir_http_request *request, weir_http_reply *reply);
void rest_task_get(const weir_http_request *request, weir_http_reply *reply);
void rest_task_start(const weir_http_request *request, weir_http_reply *reply);
void rest_task_stop(const weir_http_request *request, weir_http_reply *reply);
void rest_task_delete(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_create(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_start(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_stop(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_delete(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_list(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_infos(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_errors(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_metrics(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_browse(const weir_http_request *request, weir_http_reply *reply);
void rest_stream_preview(const weir_http_request *request, weir_http_reply *reply);
void rest_update_log(const weir_http_request *request, weir_http_reply *reply);
void rest_live(const weir_http_request *request, weir_http_reply *reply);
void rest_tail(const weir_http_request *request, weir_http_reply *reply);
void rest_topics(const weir_http_request *request, weir_http_reply *reply);
void rest_health(const weir_http_request *request, weir_http_reply *reply);
void rest_metrics(const weir_http_request *request, weir_http_reply *reply);
void rest_session_open(const weir_http_request *request, weir_http_reply *reply);
void rest_session_get(const weir_http_request *request, weir_http_reply *reply);
void rest_session_close(const weir_http_request *request, weir_http_reply *reply);
void rest_asset(const weir_http_request *request, weir_http_reply *reply);

#endif
