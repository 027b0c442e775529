/* vault.c: documents of the store that belong to no customer, each sealed for its kind and name, so that one cannot be
 * put in the place of another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/vault.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "seal.h"
#include "weir/memory.h"

_Static_assert((int)WEIR_VAULT_LARGEST <= (int)SEAL_LARGEST, "what a vault takes can be sealed");

enum { BOUND = 400 }; /* room for what sealed bytes belong to */

static const char owner[] = ""; /* no customer has an empty id */

struct weir_vault {
    weir_store *store;
    const char *kind;
    uint8_t key[WEIR_SERVER_KEY_SIZE];
};

weir_code weir_vault_open(weir_store *store, const uint8_t key[WEIR_SERVER_KEY_SIZE],
                          const char *kind, weir_vault **out, weir_error *err)
{
    weir_vault *vault = weir_calloc(1, sizeof *vault);

    if (!vault)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a vault of %s", kind);
    vault->store = store;
    vault->kind = kind;
    memcpy(vault->key, key, sizeof vault->key);
    *out = vault;
    return WEIR_OK;
}

void weir_vault_close(weir_vault *vault)
{
    if (!vault)
        return;
    OPENSSL_cleanse(vault->key, sizeof vault->key);
    weir_free(vault);
}

static weir_code bind(const weir_vault *vault, const char *name, char bound[BOUND], weir_error *err)
{
    if (snprintf(bound, BOUND, "%s %s", vault->kind, name) >= BOUND)
        return weir_fail(err, WEIR_TOO_LARGE, "the name %.60s... is too long", name);
    return WEIR_OK;
}

/* Ends a transaction: commits, or takes back what was begun. */
static weir_code end(weir_store *store, weir_code code, weir_error *err)
{
    if (code || (code = store->commit(store, err)))
        store->rollback(store);
    return code;
}

weir_code weir_vault_put(weir_vault *vault, const char *name, const void *data, size_t size,
                         weir_error *err)
{
    weir_store *store = vault->store;
    weir_bytes sealed = {0};
    char bound[BOUND];
    weir_code code = WEIR_OK;

    if (size > WEIR_VAULT_LARGEST)
        return weir_fail(err, WEIR_TOO_LARGE, "%s %.100s has %zu bytes; %d can be kept",
                         vault->kind, name, size, (int)WEIR_VAULT_LARGEST);
    if ((code = bind(vault, name, bound, err)) ||
        (code = seal(vault->key, bound, data, size, &sealed, err)) ||
        (code = store->begin(store, true, err)))
        goto done;
    code = store->document_put(
        store, &(weir_store_document){owner, vault->kind, name, sealed.data, sealed.size}, err);
    code = end(store, code, err);
done:
    weir_bytes_free(&sealed);
    return code;
}

weir_code weir_vault_remove(weir_vault *vault, const char *name, weir_error *err)
{
    weir_store *store = vault->store;
    weir_code code = store->begin(store, true, err);

    if (code)
        return code;
    return end(store, store->document_remove(store, owner, vault->kind, name, err), err);
}

typedef struct {
    const weir_vault *vault;
    weir_vault_see see;
    void *context;
    uint8_t *plain; /* WEIR_VAULT_LARGEST bytes */
} walk;

static weir_code see_document(void *context, const weir_store_document *row, weir_error *err)
{
    const walk *w = context;
    size_t size = WEIR_VAULT_LARGEST;
    char bound[BOUND];
    weir_code code = bind(w->vault, row->name, bound, err);

    if (code || (code = unseal(w->vault->key, bound, row->bytes, row->size, w->plain, &size, err)))
        return code;
    code = w->see(w->context, row->name, w->plain, size, err);
    OPENSSL_cleanse(w->plain, size);
    return code;
}

weir_code weir_vault_each(weir_vault *vault, weir_vault_see see, void *context, weir_error *err)
{
    walk w = {vault, see, context, weir_malloc(WEIR_VAULT_LARGEST)};
    weir_code code = WEIR_OK;

    if (!w.plain)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to read a vault of %s", vault->kind);
    code = vault->store->documents(vault->store, owner, vault->kind, see_document, &w, err);
    weir_free(w.plain);
    return code;
}
