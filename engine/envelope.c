/* envelope.c: see envelope.h.
 *
 * [1] M. Dworkin: Recommendation for Block Cipher Modes of Operation. NIST SP 800-38A, 2001.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/envelope.h"

#include <openssl/evp.h>
#include <string.h>

#include "weir/signing.h"

enum { KEY = 16, BLOCK = 16, LARGEST = 1 << 26 };

/* base64 LzM5QUtXZXWHm7HJ4wAePg==, the same for every body of the API */
static const uint8_t iv[BLOCK] = {0x2f, 0x33, 0x39, 0x41, 0x4b, 0x57, 0x65, 0x75,
                                  0x87, 0x9b, 0xb1, 0xc9, 0xe3, 0x00, 0x1e, 0x3e};

static const char blanks[] = " \t\r\n";

static weir_code check_secret(size_t size, weir_error *err)
{
    if (size < KEY)
        return weir_fail(err, WEIR_INVALID, "a secret of %zu bytes has no key of %d", size,
                         (int)KEY);
    return WEIR_OK;
}

/* Runs the cipher over size bytes; out has room for one block more. False: the padding is not right. */
static bool run(bool encrypt, const uint8_t *secret, const uint8_t *data, size_t size, uint8_t *out,
                size_t *out_size)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int first = 0, last = 0;
    bool fine = cipher &&
                EVP_CipherInit_ex(cipher, EVP_aes_128_cbc(), NULL, secret, iv, encrypt) == 1 &&
                EVP_CipherUpdate(cipher, out, &first, data, (int)size) == 1 &&
                EVP_CipherFinal_ex(cipher, out + first, &last) == 1;

    EVP_CIPHER_CTX_free(cipher);
    *out_size = fine ? (size_t)first + (size_t)last : 0;
    return fine;
}

/* The bytes of a base64 text, where blanks and line ends may stand around and inside. */
static weir_code decode(const char *text, size_t length, weir_bytes *out, weir_error *err)
{
    weir_bytes digits = {0};
    weir_code code = WEIR_OK;
    size_t size = 0;

    for (size_t i = 0; i < length; i++)
        if (!text[i] || !strchr(blanks, text[i]))
            weir_bytes_u8(&digits, (uint8_t)text[i]);
    if ((code = weir_bytes_ok(&digits, err)))
        goto done;
    if (!weir_bytes_reserve(out, 3 * (digits.size / 4) + 1)) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a body of %zu bytes", length);
        goto done;
    }
    if (digits.size == 0 ||
        !weir_base64_decode((const char *)digits.data, digits.size, out->data, &size) ||
        size % BLOCK != 0)
        code = weir_fail(err, WEIR_INVALID,
                         "the body is neither a JSON object nor one encrypted and in base64");
    out->size = size;
done:
    weir_bytes_free(&digits);
    return code;
}

weir_code weir_envelope_open(const uint8_t *secret, size_t secret_size, const char *text,
                             size_t length, weir_bytes *out, weir_error *err)
{
    weir_bytes hidden = {0};
    size_t start = 0, size = 0;
    weir_code code = WEIR_OK;

    while (start < length && text[start] && strchr(blanks, text[start]))
        start++;
    if (start < length && text[start] == '{') {
        weir_bytes_append(out, text, length);
        return weir_bytes_ok(out, err);
    }
    if (length > LARGEST)
        return weir_fail(err, WEIR_TOO_LARGE, "an encrypted body of %zu bytes; at most %d", length,
                         (int)LARGEST);
    if ((code = check_secret(secret_size, err)) || (code = decode(text, length, &hidden, err)))
        goto done;
    if (!weir_bytes_reserve(out, hidden.size + BLOCK)) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a body of %zu bytes", length);
        goto done;
    }
    if (run(false, secret, hidden.data, hidden.size, out->data + out->size, &size))
        out->size += size;
    else
        code = weir_fail(err, WEIR_INVALID,
                         "the body cannot be decrypted: it was not encrypted with this user's "
                         "secret");
done:
    weir_bytes_free(&hidden);
    return code;
}

weir_code weir_envelope_make(const uint8_t *secret, size_t secret_size, const void *data,
                             size_t size, weir_bytes *out, weir_error *err)
{
    weir_bytes hidden = {0};
    size_t hidden_size = 0;
    weir_code code = check_secret(secret_size, err);

    if (code)
        return code;
    if (size > LARGEST)
        return weir_fail(err, WEIR_TOO_LARGE, "an answer of %zu bytes; at most %d are encrypted",
                         size, (int)LARGEST);
    if (!weir_bytes_reserve(&hidden, size + BLOCK) ||
        !weir_bytes_reserve(out, 4 * ((size + BLOCK + 2) / 3) + 1)) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to encrypt %zu bytes", size);
        goto done;
    }
    if (!run(true, secret, data, size, hidden.data, &hidden_size)) {
        code = weir_fail(err, WEIR_INTERNAL, "%zu bytes could not be encrypted", size);
        goto done;
    }
    weir_base64_encode(hidden.data, hidden_size, (char *)out->data + out->size);
    out->size += 4 * ((hidden_size + 2) / 3);
done:
    weir_bytes_free(&hidden);
    return code;
}
