/* java_store.h: the key and trust stores that Java clients name in their settings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_JAVA_STORE_H
#define WEIR_JAVA_STORE_H

#include "weir/error.h"

typedef enum { JAVA_STORE_PEM, JAVA_STORE_PKCS12 } java_store_kind;

/* What kind of store a file is: as its type says (the value of ssl.keystore.type; NULL: not given), else as its first
 * bytes do. name is that of the setting with the path. WEIR_INVALID for a JKS store, with the command that converts it,
 * and for a file that cannot be read. */
weir_code java_store_of(const char *name, const char *path, const char *type, java_store_kind *out,
                        weir_error *err);
/* The same of a store with the authorities trusted, of which only PEM can be read. */
weir_code java_trust_of(const char *name, const char *path, const char *type, weir_error *err);

#endif
