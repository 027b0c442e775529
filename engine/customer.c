/* customer.c: customers and their sealed secrets.
 *
 * Nothing is cached: each look reads the row and opens it, a few microseconds beside the hashing of a request. So
 * what another process writes (weir user beside a running server) counts at the next request.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "inside.h"
#include "seal.h"
#include "weir/signing.h"

static weir_code check(const char *cid, size_t size, weir_error *err)
{
    size_t length = strlen(cid);

    if (!length || length > 128 ||
        strspn(cid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-") != length)
        return weir_fail(err, WEIR_INVALID,
                         "user id \"%.140s\": it has 1 to 128 of the letters A-Z a-z 0-9 . _ @ -",
                         cid);
    if (size < WEIR_SECRET_MIN || size > WEIR_SECRET_MAX)
        return weir_fail(err, WEIR_INVALID, "a secret of %zu bytes; it has %d to %d", size,
                         WEIR_SECRET_MIN, WEIR_SECRET_MAX);
    return WEIR_OK;
}

static weir_code put(weir_engine *engine, const char *cid, const uint8_t *secret, size_t size,
                     bool replace, weir_error *err)
{
    weir_store *store = engine->store;
    weir_bytes sealed = {0};
    weir_code code = check(cid, size, err);

    if (code || (code = seal(engine->key, cid, secret, size, &sealed, err)) ||
        (code = store->begin(store, true, err)))
        goto done;
    if ((code = store->customer_put(store, cid, sealed.data, sealed.size, replace, err)) ||
        (code = store->commit(store, err)))
        store->rollback(store);
done:
    weir_bytes_free(&sealed);
    return code;
}

weir_code weir_customer_add(weir_engine *engine, const char *cid, const uint8_t *secret,
                            size_t size, weir_error *err)
{
    return put(engine, cid, secret, size, false, err);
}

weir_code weir_customer_rekey(weir_engine *engine, const char *cid, const uint8_t *secret,
                              size_t size, weir_error *err)
{
    return put(engine, cid, secret, size, true, err);
}

weir_code weir_customer_remove(weir_engine *engine, const char *cid, weir_error *err)
{
    weir_store *store = engine->store;
    weir_code code = store->begin(store, true, err);

    if (!code &&
        ((code = store->customer_remove(store, cid, err)) || (code = store->commit(store, err))))
        store->rollback(store);
    return code;
}

typedef struct {
    const char **texts;
    size_t count, capacity;
} text_list;

static weir_code see_customer(void *context, const char *text, weir_error *err)
{
    text_list *list = context;

    if (list->count == list->capacity) {
        size_t wider = list->capacity ? 2 * list->capacity : 16;
        const char **grown = weir_realloc_array((void *)list->texts, wider, sizeof *grown);

        if (!grown)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the list of users");
        list->texts = grown;
        list->capacity = wider;
    }
    if (!(list->texts[list->count] = weir_strdup(text)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the list of users");
    list->count++;
    return WEIR_OK;
}

weir_code weir_customer_list(weir_engine *engine, char ***ids, size_t *count, weir_error *err)
{
    text_list list = {0};
    weir_code code = engine->store->customers(engine->store, see_customer, &list, err);

    if (!code)
        code = texts_copy(list.texts, list.count, ids, err);
    if (!code)
        *count = list.count;
    weir_list_free((char **)list.texts, list.count);
    return code;
}

typedef struct {
    const weir_engine *engine;
    const char *cid;
    uint8_t *secret;
    size_t *size;
} opening;

static weir_code see_sealed(void *context, const void *data, size_t size, weir_error *err)
{
    opening *o = context;

    return unseal(o->engine->key, o->cid, data, size, o->secret, o->size, err);
}

weir_code weir_customer_secret(weir_engine *engine, const char *cid, uint8_t *secret, size_t *size,
                               weir_error *err)
{
    opening o = {engine, cid, secret, size};
    weir_code code = engine->store->customer_get(engine->store, cid, see_sealed, &o, err);

    return code == WEIR_NOT_FOUND ? weir_fail(err, WEIR_UNAUTHORIZED, "Invalid User") : code;
}
