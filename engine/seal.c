/* seal.c: AES-256-GCM around what only this server may read: secrets, descriptions of data sources.
 *
 *     u8 version 1 | 12 bytes nonce | ciphertext | 16 bytes tag
 *
 * The signature of a request needs the secret in clear, so it cannot be hashed; it is encrypted and authenticated
 * under the server key. The nonce is random: at 2^32 secrets under one key a repeat would still have a chance below
 * 2^-32 (NIST SP 800-38D, 8.3), and no server has so many users. What the bytes belong to is authenticated with them,
 * so one customer's row cannot be moved to another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

enum { VERSION = 1, NONCE = 12, TAG = 16, OVERHEAD = 1 + NONCE + TAG };

weir_code seal(const uint8_t key[WEIR_SERVER_KEY_SIZE], const char *bound, const uint8_t *secret,
               size_t size, weir_bytes *out, weir_error *err)
{
    weir_code code = WEIR_OK;
    uint8_t nonce[NONCE], hidden[SEAL_LARGEST], tag[TAG];
    int length = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();

    if (size > SEAL_LARGEST) {
        code = weir_fail(err, WEIR_INVALID, "a secret of %zu bytes; it has at most %d", size,
                         (int)SEAL_LARGEST);
        goto done;
    }
    if (!cipher || RAND_bytes(nonce, NONCE) != 1 ||
        EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) != 1 ||
        EVP_EncryptUpdate(cipher, NULL, &length, (const uint8_t *)bound, (int)strlen(bound)) != 1 ||
        EVP_EncryptUpdate(cipher, hidden, &length, secret, (int)size) != 1 ||
        EVP_EncryptFinal_ex(cipher, hidden + length, &length) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG, tag) != 1) {
        code = weir_fail(err, WEIR_INTERNAL, "the secret of %s could not be sealed", bound);
        goto done;
    }
    weir_bytes_u8(out, VERSION);
    weir_bytes_append(out, nonce, NONCE);
    weir_bytes_append(out, hidden, size);
    weir_bytes_append(out, tag, TAG);
    code = weir_bytes_ok(out, err);
done:
    EVP_CIPHER_CTX_free(cipher);
    return code;
}

weir_code unseal(const uint8_t key[WEIR_SERVER_KEY_SIZE], const char *bound, const void *sealed,
                 size_t sealed_size, uint8_t *secret, size_t *size, weir_error *err)
{
    weir_code code = WEIR_OK;
    const uint8_t *bytes = sealed;
    uint8_t clear[SEAL_LARGEST], tag[TAG];
    size_t inside = sealed_size - OVERHEAD;
    int length = 0;
    EVP_CIPHER_CTX *cipher = NULL;

    if (sealed_size < OVERHEAD || bytes[0] != VERSION || inside > SEAL_LARGEST || inside > *size)
        return weir_fail(err, WEIR_CORRUPT,
                         "the sealed secret of %s has %zu bytes of a form not "
                         "known here",
                         bound, sealed_size);
    memcpy(tag, bytes + 1 + NONCE + inside, TAG);
    if (!(cipher = EVP_CIPHER_CTX_new()) ||
        EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, bytes + 1) != 1 ||
        EVP_DecryptUpdate(cipher, NULL, &length, (const uint8_t *)bound, (int)strlen(bound)) != 1 ||
        EVP_DecryptUpdate(cipher, clear, &length, bytes + 1 + NONCE, (int)inside) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG, tag) != 1 ||
        EVP_DecryptFinal_ex(cipher, clear + length, &length) != 1) {
        code = weir_fail(err, WEIR_CORRUPT, "the secret of %s was not sealed with this server key",
                         bound);
        goto done;
    }
    memcpy(secret, clear, inside);
    *size = inside;
done:
    OPENSSL_cleanse(clear, inside);
    EVP_CIPHER_CTX_free(cipher);
    return code;
}
