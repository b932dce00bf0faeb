#include "letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static void take_text(BIO *bio, struct buf *out)
{
    char *text;
    long size = BIO_get_mem_data(bio, &text);

    buf_reset(out);
    buf_add(out, text, (size_t)size);
    BIO_free(bio);
}

void letter_pem(struct snap_key **secret, struct buf *pem)
{
    struct err err;
    struct buf own = { 0 };
    EVP_PKEY *pair = EVP_RSA_gen(2048u);
    BIO *inner = BIO_new(BIO_s_mem()), *outer = BIO_new(BIO_s_mem());

    assert_non_null(pair);
    assert_int_equal(PEM_write_bio_PrivateKey(inner, pair, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(PEM_write_bio_PUBKEY(outer, pair), 1);
    EVP_PKEY_free(pair);
    take_text(inner, &own);
    take_text(outer, pem);
    *secret = snap_key_private(own.data, &err);
    assert_non_null(*secret);
    buf_release(&own);
}

void letter_keys(struct snap_key **secret, struct snap_key **public)
{
    struct err err;
    struct buf pem = { 0 };

    letter_pem(secret, &pem);
    *public = snap_key_public(pem.data, &err);
    assert_non_null(*public);
    buf_release(&pem);
}

void letter_sign(const struct snap_key *secret, const char *path, const char *body,
                 const char *timestamp, struct buf *out)
{
    struct err err;
    struct buf text = { 0 };

    snap_text_to_sign(&text, "POST", path, NULL, body, strlen(body), timestamp);
    assert_int_equal(snap_rsa_sign(secret, &text, out, &err), 0);
    buf_release(&text);
}

void letter_body(struct buf *out, const char *reference, const char *status, const char *word)
{
    buf_reset(out);
    buf_printf(out,
               "{\"originalPartnerReferenceNo\":\"%s\",\"originalReferenceNo\":\"2020102899\","
               "\"amount\":{\"value\":\"600000.00\",\"currency\":\"IDR\"},"
               "\"latestTransactionStatus\":\"%s\",\"transactionStatusDesc\":\"%s\","
               "\"additionalInfo\":{\"partner\":\"dana\",\"serviceCode\":\"38\"}}",
               reference, status, word);
}
