#ifndef SNAP_SIGN_H
#define SNAP_SIGN_H

/*
 * Signatures of SNAP requests (snap-bi.md section 4), for both sides of the wire.
 *
 * The signed body is the minified one, byte for byte: 0x20 0x09 0x0A 0x0D outside strings removed
 * and nothing else touched. Libraries that parse and serialise again disagree as soon as a string
 * has an escape; what we send has none, what we verify is taken as it stands.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define SNAP_SHA256_MAX 65    /* 64 hex digits and the NUL */
#define SNAP_TIMESTAMP_MAX 26 /* "2026-03-02T09:15:30+07:00" and the NUL */

/* Append the minified body to out. */
void snap_minify(const char *body, size_t size, struct buf *out);

void snap_sha256_hex(const void *data, size_t size, char out[SNAP_SHA256_MAX]);

/* WIB, whole seconds: the form of X-TIMESTAMP and of every date in a body. */
void snap_timestamp(int64_t at_ms, char out[SNAP_TIMESTAMP_MAX]);

/*
 * Append the text that is signed: METHOD:path[:token]:hash of the minified body:timestamp.
 * token NULL is the asymmetric form. path is path and query as they stand on the request line.
 */
void snap_text_to_sign(struct buf *out, const char *method, const char *path, const char *token,
                       const char *body, size_t size, const char *timestamp);

/* base64(HMAC-SHA512(secret, text)) appended to out. */
void snap_hmac_sign(const char *secret, const struct buf *text, struct buf *out);
bool snap_hmac_verify(const char *secret, const struct buf *text, const char *signature);

/* An RSA key of 2048 bits or more; cleansed when freed. */
struct snap_key;

struct snap_key *snap_key_private(const char *pem, struct err *err);
struct snap_key *snap_key_public(const char *pem, struct err *err);
void snap_key_free(struct snap_key *key);

/* base64(SHA256withRSA, PKCS#1 v1.5) appended to out. ERR_FATAL: the key cannot sign. */
MUST_CHECK int snap_rsa_sign(const struct snap_key *key, const struct buf *text, struct buf *out,
                             struct err *err);
bool snap_rsa_verify(const struct snap_key *key, const struct buf *text, const char *signature);

/* bytes random bytes as lower-case hex appended to out: tokens of the simulator. */
void snap_random_hex(size_t bytes, struct buf *out);

/* Overwrite a secret so that the compiler cannot leave it out; then the memory may be freed. */
void snap_cleanse(void *secret, size_t size);
void snap_cleanse_buf(struct buf *buf); /* all of its memory, then empty */

#endif
