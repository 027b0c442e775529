/* rest_auth.c: who may call: signatures, and sessions of browsers.
 *
 * A signed call is checked in a fixed order: headers there, date readable, date within the window, customer known,
 * MD5 right, signature right. A call with a session cookie is for the UI: state changes only by methods that a browser
 * never sends by itself across sites, and then only from this very origin.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "rest_inside.h"
#include "weir/memory.h"
#include "weir/signing.h"

enum {
    LATE_S = 300,      /* a call is not older than this */
    EARLY_S = 60,      /* and not further ahead of us */
    SHOWN_BODY = 2000, /* bytes of the body in values.stringToSign */
    COOKIE_ROOM = 128
};

static const char cookie_name[] = "weir_session";

static int64_t now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec;
}

static bool refuse(weir_http_reply *reply, int status, const char *text)
{
    rest_plain(reply, status, text);
    return false;
}

static bool check_date(const char *date, weir_http_reply *reply)
{
    int64_t then = 0, now = (int64_t)time(NULL);

    if (!weir_signing_date_parse(date, &then))
        return refuse(reply, 400, "Invalid Date Format");
    if (then < now - LATE_S || then > now + EARLY_S)
        return refuse(reply, 400,
                      "Please update your server time, it is likely out of sync with UTC");
    return true;
}

static bool refuse_signature(const weir_signing *signing, weir_http_reply *reply)
{
    char *shown = weir_signing_shown(signing, SHOWN_BODY);
    json_out json;

    rest_begin(reply, 401, "Invalid Signature", &json);
    json_put_text(&json, "stringToSign", shown ? shown : "");
    rest_end(&json);
    weir_free(shown);
    return false;
}

bool rest_check_claim(weir_rest *rest, const rest_claim *claim, weir_http_reply *reply)
{
    uint8_t secret[WEIR_SECRET_MAX];
    weir_signing signing = {.verb = claim->verb,
                            .secret = secret,
                            .secret_size = sizeof secret,
                            .date = claim->date,
                            .cid = claim->cid,
                            .body = claim->body,
                            .body_size = claim->body_size,
                            .resource = claim->resource,
                            .query = claim->query,
                            .keys = claim->keys,
                            .key_count = claim->key_count};
    char md5[WEIR_MD5_TEXT];
    weir_error err = {0};
    bool fine = false;

    if (!claim->authorization || !*claim->authorization)
        return refuse(reply, 400, "Authentication header is null");
    if (!claim->date || !*claim->date)
        return refuse(reply, 400, "sym-date header is null");
    if (!check_date(claim->date, reply))
        return false;
    if (weir_customer_secret(rest->options.engine, claim->cid, secret, &signing.secret_size,
                             &err)) {
        rest_error(reply, &err);
        return false;
    }
    if (claim->md5 && *claim->md5) {
        weir_md5_text(claim->body, claim->body_size, md5);
        if (strcmp(md5, claim->md5) != 0) {
            fine = refuse(reply, 400, "Md5 do not match");
            goto done;
        }
        signing.md5 = md5;
    }
    fine = weir_signature_check(&signing, claim->host, claim->authorization, &err) == WEIR_OK;
    if (!fine && err.code == WEIR_UNAUTHORIZED)
        refuse_signature(&signing, reply);
    else if (!fine)
        rest_error(reply, &err);
done:
    OPENSSL_cleanse(secret, sizeof secret);
    return fine;
}

static bool check_signed(const weir_http_request *request, weir_http_reply *reply)
{
    rest_claim claim = {.verb = weir_http_method(request),
                        .host = weir_http_header(request, "Host"),
                        .resource = weir_http_path(request),
                        .query = weir_http_query(request),
                        .date = weir_http_header(request, "sym-date"),
                        .authorization = weir_http_header(request, "Authorization"),
                        .md5 = weir_http_header(request, "Content-MD5"),
                        .cid = rest_cid(request)};
    const char *customer = weir_http_header(request, "Customer-ID");

    claim.body = weir_http_body(request, &claim.body_size);
    if (claim.body_size == 0)
        claim.md5 = NULL; /* callers send an empty header, and one kind the MD5 of nothing */
    if (!rest_check_claim(rest_of(request), &claim, reply))
        return false;
    if (customer && *customer && strcmp(customer, claim.cid) != 0)
        return refuse(reply, 401, "Invalid User");
    return true;
}

/* --- sessions */

/* The value of our cookie, or false. */
static bool session_cookie(const weir_http_request *request, char token[COOKIE_ROOM])
{
    const char *at = weir_http_header(request, "Cookie");
    size_t length = sizeof cookie_name - 1;

    while (at && *at) {
        size_t size = strcspn(at, ";");

        if (size > length && size - length - 1 < COOKIE_ROOM &&
            memcmp(at, cookie_name, length) == 0 && at[length] == '=') {
            memcpy(token, at + length + 1, size - length - 1);
            token[size - length - 1] = '\0';
            return true;
        }
        at += size;
        at += strspn(at, "; ");
    }
    return false;
}

/* The customer of a valid session. Its secret is looked at afresh: a removed or rekeyed customer is out at once. */
static bool session_customer(const weir_http_request *request, char cid[SESSION_CID_TEXT])
{
    weir_rest *rest = rest_of(request);
    char token[COOKIE_ROOM];
    uint8_t hash[32], secret[WEIR_SECRET_MAX];
    size_t size = sizeof secret;
    bool fine = false;

    if (!session_cookie(request, token) ||
        !sessions_find(rest->sessions, token, now_s(), cid, hash))
        return false;
    fine = weir_customer_secret(rest->options.engine, cid, secret, &size, NULL) == WEIR_OK &&
           sessions_secret_fits(hash, secret, size);
    OPENSSL_cleanse(secret, sizeof secret);
    if (!fine)
        sessions_remove(rest->sessions, token);
    return fine;
}

/* A browser tells where a call comes from by Sec-Fetch-Site, or at least Origin. */
static bool same_origin(const weir_http_request *request)
{
    const char *site = weir_http_header(request, "Sec-Fetch-Site");
    const char *origin = weir_http_header(request, "Origin");
    const char *host = weir_http_header(request, "Host");
    const char *slashes = origin ? strstr(origin, "://") : NULL;

    if (site && strcmp(site, "same-origin") != 0)
        return false;
    if (origin)
        return slashes && host && strcasecmp(slashes + 3, host) == 0;
    return site != NULL;
}

static bool check_session(const weir_http_request *request, weir_http_reply *reply)
{
    const weir_route *route = weir_http_route(request);
    const char *method = weir_http_method(request);
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    char cid[SESSION_CID_TEXT];

    if (!session_customer(request, cid))
        return refuse(reply, 401, "the session has ended; sign in again");
    if (strcmp(cid, rest_cid(request)) != 0)
        return refuse(reply, 401, "Invalid User");
    if (reads && (route->flags & REST_CHANGES)) {
        weir_http_reply_header(reply, "Allow", "POST");
        return refuse(reply, 405, "this changes something: in a session, use POST");
    }
    if (!reads && !same_origin(request))
        return refuse(reply, 403, "a session may change something from its own origin only");
    return true;
}

void rest_authenticate(const weir_http_request *request, weir_http_reply *reply)
{
    const weir_route *route = weir_http_route(request);
    char token[COOKIE_ROOM];

    weir_http_reply_header(reply, "Cache-Control", "no-store");
    weir_http_reply_header(reply, "X-Content-Type-Options", "nosniff");
    if (route->flags & REST_OPEN)
        return;
    if (!weir_http_header(request, "Authorization") && session_cookie(request, token))
        check_session(request, reply);
    else
        check_signed(request, reply);
}

static void answer_id(weir_http_reply *reply, const char *cid)
{
    json_out json;

    rest_begin(reply, 200, "OK", &json);
    json_put_text(&json, "id", cid);
    rest_end(&json);
}

/* True when text is the customer's secret in base64. */
static bool secret_is(weir_rest *rest, const char *cid, const char *text, uint8_t *secret,
                      size_t *size)
{
    uint8_t given[WEIR_SECRET_MAX + 3];
    size_t length = strlen(text), given_size = 0;
    bool fine = weir_customer_secret(rest->options.engine, cid, secret, size, NULL) == WEIR_OK;

    fine = length <= 4 * (WEIR_SECRET_MAX / 3 + 1) &&
           weir_base64_decode(text, length, given, &given_size) && fine && given_size == *size &&
           weir_constant_equal(given, secret, given_size);
    OPENSSL_cleanse(given, sizeof given);
    return fine;
}

static void open_session(const weir_http_request *request, weir_http_reply *reply, const char *cid,
                         const char *text)
{
    weir_rest *rest = rest_of(request);
    uint8_t secret[WEIR_SECRET_MAX];
    size_t size = sizeof secret;
    char token[SESSION_TOKEN_TEXT], cookie[256];
    weir_error err = {0};

    if (!secret_is(rest, cid, text, secret, &size)) {
        sessions_failed(rest->sessions, weir_http_peer(request), now_s());
        rest_plain(reply, 401, "the id or the secret is wrong");
    } else if (sessions_add(rest->sessions, cid, secret, size, now_s(), token, &err)) {
        rest_error(reply, &err);
    } else {
        snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict", cookie_name,
                 token);
        weir_http_reply_header(reply, "Set-Cookie", cookie);
        answer_id(reply, cid);
    }
    OPENSSL_cleanse(secret, sizeof secret);
}

void rest_session_open(const weir_http_request *request, weir_http_reply *reply)
{
    json_t *body = NULL;
    const char *cid = NULL, *secret = NULL;
    char wait[24];
    int64_t wait_s = 0;
    weir_error err = {0};

    if (weir_http_header(request, "Origin") && !same_origin(request)) {
        rest_plain(reply, 403, "sign in from the server's own pages");
        return;
    }
    if (!sessions_may_try(rest_of(request)->sessions, weir_http_peer(request), now_s(), &wait_s)) {
        snprintf(wait, sizeof wait, "%lld", (long long)wait_s);
        weir_http_reply_header(reply, "Retry-After", wait);
        rest_plain(reply, 429, "too many failed sign-ins; wait a moment");
        return;
    }
    if (rest_body_object(request, &body, &err)) {
        rest_error(reply, &err);
        return;
    }
    cid = json_string_value(json_object_get(body, "id"));
    secret = json_string_value(json_object_get(body, "secret"));
    if (!cid || !secret || strlen(cid) >= SESSION_CID_TEXT)
        rest_plain(reply, 400, "sign in with {\"id\":..., \"secret\":...}");
    else
        open_session(request, reply, cid, secret);
    json_decref(body);
}

void rest_session_get(const weir_http_request *request, weir_http_reply *reply)
{
    char cid[SESSION_CID_TEXT];

    if (session_customer(request, cid))
        answer_id(reply, cid);
    else
        rest_plain(reply, 401, "nobody is signed in");
}

void rest_session_close(const weir_http_request *request, weir_http_reply *reply)
{
    char token[COOKIE_ROOM];

    if (session_cookie(request, token) && same_origin(request))
        sessions_remove(rest_of(request)->sessions, token);
    weir_http_reply_header(reply, "Set-Cookie",
                           "weir_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    rest_plain(reply, 200, "OK");
}
