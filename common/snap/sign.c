#include "snap/sign.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define WIB_OFFSET_MS INT64_C(25200000)
#define RSA_BITS_MIN 2048
#define SIGNATURE_MAX 1024 /* bytes of an RSA signature: keys to 8192 bits */

struct snap_key {
    EVP_PKEY *pkey;
};

void snap_minify(const char *body, size_t size, struct buf *out)
{
    bool inside = false;
    size_t from = 0;

    for (size_t i = 0; i < size; i++) {
        if (inside) {
            if (body[i] == '\\')
                i++;
            else if (body[i] == '"')
                inside = false;
        } else if (body[i] == '"') {
            inside = true;
        } else if (body[i] == ' ' || body[i] == '\t' || body[i] == '\n' || body[i] == '\r') {
            buf_add(out, body + from, i - from);
            from = i + 1;
        }
    }
    buf_add(out, body + from, size - from);
}

static void hex(const unsigned char *bytes, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * size] = '\0';
}

void snap_sha256_hex(const void *data, size_t size, char out[SNAP_SHA256_MAX])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256(data, size, digest);
    hex(digest, sizeof digest, out);
}

void snap_timestamp(int64_t at_ms, char out[SNAP_TIMESTAMP_MAX])
{
    char utc[STR_TIME_MAX];

    str_time(at_ms + WIB_OFFSET_MS, utc);
    memcpy(out, utc, 19); /* to the seconds */
    memcpy(out + 19, "+07:00", 7);
}

void snap_text_to_sign(struct buf *out, const char *method, const char *path, const char *token,
                       const char *body, size_t size, const char *timestamp)
{
    struct buf small = { 0 };
    char digest[SNAP_SHA256_MAX];

    snap_minify(body, size, &small);
    snap_sha256_hex(small.data ? small.data : "", small.size, digest);
    buf_release(&small);

    buf_printf(out, "%s:%s:", method, path);
    if (token)
        buf_printf(out, "%s:", token);
    buf_printf(out, "%s:%s", digest, timestamp);
}

static void add_base64(struct buf *out, const unsigned char *bytes, size_t size)
{
    char text[4 * ((SIGNATURE_MAX + 2) / 3) + 1];

    assert(size <= SIGNATURE_MAX);
    int length = EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    buf_add(out, text, (size_t)length);
}

void snap_hmac_sign(const char *secret, const struct buf *text, struct buf *out)
{
    unsigned char mac[SHA512_DIGEST_LENGTH];
    unsigned int size = 0;
    size_t secret_size = strlen(secret);

    assert(secret_size < INT32_MAX);
    const unsigned char *made = HMAC(EVP_sha512(), secret, (int)secret_size,
                                     (const unsigned char *)text->data, text->size, mac, &size);
    assert(made && size == sizeof mac);
    add_base64(out, mac, size);
}

bool snap_hmac_verify(const char *secret, const struct buf *text, const char *signature)
{
    struct buf right = { 0 };

    snap_hmac_sign(secret, text, &right);
    bool same = strlen(signature) == right.size &&
                CRYPTO_memcmp(signature, right.data, right.size) == 0;
    buf_release(&right);
    return same;
}

static struct snap_key *key_of(EVP_PKEY *pkey, const char *what, struct err *err)
{
    if (!pkey || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA ||
        EVP_PKEY_get_bits(pkey) < RSA_BITS_MIN || EVP_PKEY_get_size(pkey) > SIGNATURE_MAX) {
        EVP_PKEY_free(pkey);
        err_set(err, ERR_FATAL, "%s is no PEM of an RSA key of %d to %d bits", what, RSA_BITS_MIN,
                SIGNATURE_MAX * 8);
        return NULL;
    }
    struct snap_key *key = malloc(sizeof *key);
    if (!key)
        abort(); /* as base/buf.h */
    key->pkey = pkey;
    return key;
}

/* A passphrase is never asked for at a terminal: an encrypted key is simply refused. */
static int no_passphrase(char *to, int size, int writing, void *arg)
{
    (void)to, (void)size, (void)writing, (void)arg;
    return -1;
}

struct snap_key *snap_key_private(const char *pem, struct err *err)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    return key_of(pkey, "private key", err);
}

struct snap_key *snap_key_public(const char *pem, struct err *err)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    return key_of(pkey, "public key", err);
}

void snap_key_free(struct snap_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey); /* cleanses the private part */
    free(key);
}

int snap_rsa_sign(const struct snap_key *key, const struct buf *text, struct buf *out,
                  struct err *err)
{
    unsigned char signature[SIGNATURE_MAX];
    size_t size = sizeof signature;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool made = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
                EVP_DigestSign(ctx, signature, &size, (const unsigned char *)text->data,
                               text->size) == 1;

    EVP_MD_CTX_free(ctx);
    if (!made)
        return err_set(err, ERR_FATAL, "the private key cannot sign");
    add_base64(out, signature, size);
    return 0;
}

/* Strict base64 with padding. Returns the number of bytes, 0 when it is none. */
static size_t from_base64(const char *text, unsigned char *out, size_t cap)
{
    size_t size = strlen(text), pad = 0;

    if (size == 0 || size % 4 != 0 || size / 4 * 3 > cap ||
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") <
            size - 2)
        return 0;
    while (pad < 2 && text[size - 1 - pad] == '=')
        pad++;
    int length = EVP_DecodeBlock(out, (const unsigned char *)text, (int)size);
    return length < 0 ? 0 : (size_t)length - pad;
}

bool snap_rsa_verify(const struct snap_key *key, const struct buf *text, const char *signature)
{
    unsigned char bytes[SIGNATURE_MAX + 2];
    size_t size = from_base64(signature, bytes, sizeof bytes);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool right = size > 0 && ctx &&
                 EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
                 EVP_DigestVerify(ctx, bytes, size, (const unsigned char *)text->data,
                                  text->size) == 1;

    EVP_MD_CTX_free(ctx);
    return right;
}

void snap_random_hex(size_t bytes, struct buf *out)
{
    unsigned char random[64];
    char text[2 * sizeof random + 1];

    assert(bytes <= sizeof random);
    if (RAND_bytes(random, (int)bytes) != 1)
        abort(); /* without randomness nothing here is safe */
    hex(random, bytes, text);
    buf_text(out, text);
}

void snap_cleanse(void *secret, size_t size)
{
    OPENSSL_cleanse(secret, size);
}

void snap_cleanse_buf(struct buf *buf)
{
    if (buf->data)
        OPENSSL_cleanse(buf->data, buf->cap);
    buf_reset(buf);
}
