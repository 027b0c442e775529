/* vault.h: named bytes, sealed under the server key, in a store.
 *
 * For what a process beside the engine must find again when it starts and nobody else may read: the connectors of a
 * worker, whose configurations hold secrets. One kind of thing a vault; names are of the owner's choosing.
 *
 * Any thread. What put() and remove() answered for survives a loss of power.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_VAULT_H
#define WEIR_VAULT_H

#include "weir/server_key.h"
#include "weir/store.h"

/* The most bytes under one name. */
enum { WEIR_VAULT_LARGEST = 1 << 15 };

typedef struct weir_vault weir_vault;

/* store and kind ("connector") outlive the vault; the key is copied. */
weir_code weir_vault_open(weir_store *store, const uint8_t key[WEIR_SERVER_KEY_SIZE],
                          const char *kind, weir_vault **out, weir_error *err);
void weir_vault_close(weir_vault *vault); /* the store stays open; NULL is fine */

/* Adds bytes or replaces those of that name. WEIR_TOO_LARGE above WEIR_VAULT_LARGEST. */
weir_code weir_vault_put(weir_vault *vault, const char *name, const void *data, size_t size,
                         weir_error *err);
/* Nothing to do when there are none. */
weir_code weir_vault_remove(weir_vault *vault, const char *name, weir_error *err);

/* What each() shows; it lives until the visitor returns. A code other than WEIR_OK ends the walk with it. */
typedef weir_code (*weir_vault_see)(void *context, const char *name, const void *data, size_t size,
                                    weir_error *err);
/* Everything, by name. WEIR_CORRUPT, naming it, for what was not sealed with this key. The visitor may not call the
 * vault. */
weir_code weir_vault_each(weir_vault *vault, weir_vault_see see, void *context, weir_error *err);

#endif
