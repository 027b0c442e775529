/* java_store.c: see java_store.h.
 *
 * Java's own default is JKS whatever the file holds, but people leave the type out with PEM and PKCS#12 files too (Java
 * reads both as the default type since 9), so without a type the bytes decide: a JKS file begins with FE ED FE ED, a
 * PKCS#12 one is a DER sequence (30), a PEM text has a line that begins with five dashes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "java_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LOOKED_AT 65536 /* bytes in which a PEM text must begin: remarks may stand above it */

static weir_code is_jks(const char *name, const char *path, weir_error *err)
{
    return weir_fail(err, WEIR_INVALID,
                     "%s: %.80s is a JKS store, which only Java reads; keytool -importkeystore "
                     "-srckeystore JKS -destkeystore P12 -deststoretype PKCS12 makes PKCS#12 of it",
                     name, path);
}

weir_code java_store_of(const char *name, const char *path, const char *type, java_store_kind *out,
                        weir_error *err)
{
    static const unsigned char jks[] = {0xfe, 0xed, 0xfe, 0xed}, jceks[] = {0xce, 0xce, 0xce, 0xce};
    unsigned char head[LOOKED_AT];
    size_t size = 0;
    FILE *file = NULL;

    if (type && !strcasecmp(type, "JKS"))
        return is_jks(name, path, err);
    if (type && strcasecmp(type, "PEM") != 0 && strcasecmp(type, "PKCS12") != 0)
        return weir_fail(err, WEIR_INVALID, "%s is of the type %.40s; PEM or PKCS12 is wanted",
                         name, type);
    if (!(file = fopen(path, "rb")))
        return weir_fail(err, WEIR_INVALID, "%s: %.160s: %s", name, path, strerror(errno));
    size = fread(head, 1, sizeof head, file);
    fclose(file);
    if (size >= sizeof jks &&
        (!memcmp(head, jks, sizeof jks) || !memcmp(head, jceks, sizeof jceks)))
        return is_jks(name, path, err);
    if (type)
        *out = strcasecmp(type, "PEM") ? JAVA_STORE_PKCS12 : JAVA_STORE_PEM;
    else if (memmem(head, size, "-----BEGIN", 10))
        *out = JAVA_STORE_PEM;
    else if (size && head[0] == 0x30)
        *out = JAVA_STORE_PKCS12;
    else
        return weir_fail(err, WEIR_INVALID, "%s: %.160s is neither PEM nor PKCS#12", name, path);
    return WEIR_OK;
}

weir_code java_trust_of(const char *name, const char *path, const char *type, weir_error *err)
{
    java_store_kind kind = JAVA_STORE_PEM;
    weir_code code = java_store_of(name, path, type, &kind, err);

    if (!code && kind != JAVA_STORE_PEM)
        return weir_fail(err, WEIR_INVALID,
                         "%s: %.80s is a PKCS#12 store, and authorities are read from PEM only; "
                         "openssl pkcs12 -in P12 -nokeys -out ca.pem makes it",
                         name, path);
    return code;
}
