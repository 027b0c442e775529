/* rest_ws.c: learn, forget and predict by WebSocket.
 *
 * The first message of a connection is signed. Later ones may leave the header out: they are then for the same
 * customer, project and model as the last signed one, as long as that customer exists. Every message is answered by
 * one text message; after an error the connection is closed, because callers take a bare close for success and an
 * error without a close for a pause.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/crypto.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/memory.h"
#include "weir/signing.h"
#include "ws_call.h"

/* What a connection was let in for. */
typedef struct {
    char *cid, *pid, *model_id; /* owned; model_id NULL but for predict */
} ws_pass;

void rest_ws_end(void *state)
{
    ws_pass *pass = state;

    if (!pass)
        return;
    weir_free(pass->cid);
    weir_free(pass->pid);
    weir_free(pass->model_id);
    weir_free(pass);
}

static bool check_keys(const ws_call *call, size_t wanted, weir_http_reply *reply)
{
    if (call->key_count == wanted)
        return true;
    rest_plain(reply, 400,
               wanted == 2 ? "extraKeys is [project, model] here" : "extraKeys is [project] here");
    return false;
}

static ws_pass *make_pass(ws_call *call)
{
    ws_pass *pass = weir_calloc(1, sizeof *pass);

    if (!pass)
        return NULL;
    pass->cid = call->cid;
    pass->pid = call->keys[0];
    pass->model_id = call->keys[1];
    call->cid = call->keys[0] = call->keys[1] = NULL; /* the pass owns them now */
    return pass;
}

static bool sign_in(weir_rest *rest, void **state, const char *host, const char *path,
                    ws_call *call, size_t keys, weir_http_reply *reply)
{
    rest_claim claim = {.host = host,
                        .resource = path,
                        .date = call->date,
                        .authorization = call->authorization,
                        .md5 = call->md5,
                        .cid = call->cid,
                        .keys = (const char *const *)call->keys,
                        .key_count = call->key_count,
                        .body = call->payload,
                        .body_size = call->payload_size};
    ws_pass *pass = NULL;

    if (!rest_check_claim(rest, &claim, reply) || !check_keys(call, keys, reply))
        return false;
    if (!(pass = make_pass(call))) {
        rest_plain(reply, 503, "no memory for the message");
        return false;
    }
    rest_ws_end(*state);
    *state = pass;
    return true;
}

/* A later message without a header. */
static bool still_in(weir_rest *rest, const ws_pass *pass, weir_http_reply *reply)
{
    uint8_t secret[WEIR_SECRET_MAX];
    size_t size = sizeof secret;
    weir_error err = {0};

    if (!pass) {
        rest_plain(reply, 400, "Authentication header is null");
        return false;
    }
    if (weir_customer_secret(rest->options.engine, pass->cid, secret, &size, &err)) {
        rest_error(reply, &err);
        return false;
    }
    OPENSSL_cleanse(secret, sizeof secret);
    return true;
}

static void run_call(weir_rest *rest, const ws_pass *pass, const char *path, const ws_call *call,
                     weir_http_reply *reply)
{
    if (strcmp(path, "/symetry/ws/predict") == 0)
        rest_predict_bytes(rest, pass->cid, pass->pid, pass->model_id, call->payload,
                           call->payload_size, reply);
    else
        rest_learn_bytes(rest, pass->cid, pass->pid, NULL,
                         strcmp(path, "/symetry/ws/forget") == 0 ? -1 : 1, call->payload,
                         call->payload_size, reply);
}

bool rest_ws_message(void *context, void **state, const char *host, const char *path,
                     const char *message, size_t size, weir_bytes *reply)
{
    weir_rest *rest = context;
    size_t keys = strcmp(path, "/symetry/ws/predict") == 0 ? 2 : 1;
    weir_http_reply answer = {0};
    ws_call call = {0};
    weir_error err = {0};

    if (ws_call_parse(message, size, &call, &err))
        rest_error(&answer, &err);
    else if (call.has_header ? sign_in(rest, state, host, path, &call, keys, &answer)
                             : still_in(rest, *state, &answer))
        run_call(rest, *state, path, &call, &answer);
    ws_call_free(&call);
    weir_bytes_free(&answer.headers);
    *reply = answer.body; /* the caller owns it now */
    return answer.status == 200;
}
