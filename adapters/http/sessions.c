/* sessions.c: browser sessions and the brake on guessing (see sessions.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sessions.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "weir/hash.h"
#include "weir/signing.h"

enum {
    MOST_SESSIONS = 10000,
    MOST_PEERS = 10000,
    TRIES = 10,       /* failures in a row before the brake */
    SECONDS_A_TRY = 6 /* then one failure is forgiven in this time */
};

typedef struct {
    uint8_t token_hash[32]; /* key */
    char cid[SESSION_CID_TEXT];
    uint8_t secret_hash[32];
    int64_t used_s;
    UT_hash_handle hh;
} session;

typedef struct {
    char peer[64];   /* key */
    int64_t clear_s; /* when all its failures are forgiven */
    UT_hash_handle hh;
} guesser;

struct sessions {
    pthread_mutex_t lock; /* guards both tables */
    session *table;
    guesser *guessers;
};

static bool hash_of(const void *data, size_t size, uint8_t hash[32])
{
    return EVP_Digest(data, size, hash, NULL, EVP_sha256(), NULL) == 1;
}

weir_code sessions_open(sessions **out, weir_error *err)
{
    sessions *all = weir_calloc(1, sizeof *all);

    if (!all)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for sessions");
    pthread_mutex_init(&all->lock, NULL);
    *out = all;
    return WEIR_OK;
}

void sessions_close(sessions *all)
{
    session *one = NULL, *next = NULL;
    guesser *peer = NULL, *next_peer = NULL;

    if (!all)
        return;
    HASH_ITER(hh, all->table, one, next)
    {
        HASH_DEL(all->table, one);
        weir_free(one);
    }
    HASH_ITER(hh, all->guessers, peer, next_peer)
    {
        HASH_DEL(all->guessers, peer);
        weir_free(peer);
    }
    pthread_mutex_destroy(&all->lock);
    weir_free(all);
}

/* Caller holds the lock. Drops what has expired and, when the table is full, the session unused for longest. */
static void make_room(sessions *all, int64_t now_s)
{
    session *one = NULL, *next = NULL, *oldest = NULL;

    HASH_ITER(hh, all->table, one, next)
    {
        if (now_s - one->used_s > SESSION_IDLE_S) {
            HASH_DEL(all->table, one);
            weir_free(one);
        } else if (!oldest || one->used_s < oldest->used_s) {
            oldest = one;
        }
    }
    if (oldest && HASH_COUNT(all->table) >= MOST_SESSIONS) {
        HASH_DEL(all->table, oldest);
        weir_free(oldest);
    }
}

weir_code sessions_add(sessions *all, const char *cid, const uint8_t *secret, size_t size,
                       int64_t now_s, char token[SESSION_TOKEN_TEXT], weir_error *err)
{
    session *one = weir_calloc(1, sizeof *one);
    uint8_t raw[32];
    bool added = false;

    if (!one || RAND_bytes(raw, sizeof raw) != 1) {
        weir_free(one);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a session");
    }
    for (size_t i = 0; i < sizeof raw; i++)
        sprintf(token + 2 * i, "%02x", raw[i]);
    snprintf(one->cid, sizeof one->cid, "%s", cid);
    one->used_s = now_s;
    if (!hash_of(token, strlen(token), one->token_hash) ||
        !hash_of(secret, size, one->secret_hash)) {
        weir_free(one);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a session");
    }
    pthread_mutex_lock(&all->lock);
    make_room(all, now_s);
    HASH_ADD(hh, all->table, token_hash, sizeof one->token_hash, one);
    added = HASH_ADDED(one, hh);
    pthread_mutex_unlock(&all->lock);
    if (!added) {
        weir_free(one);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a session");
    }
    return WEIR_OK;
}

bool sessions_find(sessions *all, const char *token, int64_t now_s, char cid[SESSION_CID_TEXT],
                   uint8_t secret_hash[32])
{
    uint8_t hash[32];
    session *one = NULL;
    bool found = false;

    if (!hash_of(token, strlen(token), hash))
        return false;
    pthread_mutex_lock(&all->lock);
    HASH_FIND(hh, all->table, hash, sizeof hash, one);
    if (one && now_s - one->used_s <= SESSION_IDLE_S) {
        one->used_s = now_s;
        memcpy(cid, one->cid, sizeof one->cid);
        memcpy(secret_hash, one->secret_hash, sizeof one->secret_hash);
        found = true;
    }
    pthread_mutex_unlock(&all->lock);
    return found;
}

bool sessions_secret_fits(const uint8_t secret_hash[32], const uint8_t *secret, size_t size)
{
    uint8_t hash[32];

    return hash_of(secret, size, hash) && weir_constant_equal(hash, secret_hash, sizeof hash);
}

void sessions_remove(sessions *all, const char *token)
{
    uint8_t hash[32];
    session *one = NULL;

    if (!hash_of(token, strlen(token), hash))
        return;
    pthread_mutex_lock(&all->lock);
    HASH_FIND(hh, all->table, hash, sizeof hash, one);
    if (one)
        HASH_DEL(all->table, one);
    pthread_mutex_unlock(&all->lock);
    weir_free(one);
}

bool sessions_may_try(sessions *all, const char *peer, int64_t now_s, int64_t *wait_s)
{
    guesser *one = NULL;
    int64_t over = 0;

    pthread_mutex_lock(&all->lock);
    HASH_FIND_STR(all->guessers, peer, one);
    if (one)
        over = one->clear_s - now_s - (TRIES - 1) * SECONDS_A_TRY;
    pthread_mutex_unlock(&all->lock);
    *wait_s = over > 0 ? over : 0;
    return over <= 0;
}

void sessions_failed(sessions *all, const char *peer, int64_t now_s)
{
    guesser *one = NULL, *next = NULL;

    pthread_mutex_lock(&all->lock);
    HASH_FIND_STR(all->guessers, peer, one);
    if (!one && HASH_COUNT(all->guessers) >= MOST_PEERS) {
        HASH_ITER(hh, all->guessers, one, next)
        {
            if (one->clear_s <= now_s || HASH_COUNT(all->guessers) >= MOST_PEERS) {
                HASH_DEL(all->guessers, one);
                weir_free(one);
            }
        }
        one = NULL;
    }
    if (!one && (one = weir_calloc(1, sizeof *one))) {
        snprintf(one->peer, sizeof one->peer, "%s", peer);
        HASH_ADD_STR(all->guessers, peer, one);
        if (!HASH_ADDED(one, hh)) { /* this failure is not counted */
            weir_free(one);
            one = NULL;
        }
    }
    if (one)
        one->clear_s = (one->clear_s > now_s ? one->clear_s : now_s) + SECONDS_A_TRY;
    pthread_mutex_unlock(&all->lock);
}
