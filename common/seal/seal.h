#ifndef SEAL_SEAL_H
#define SEAL_SEAL_H

/*
 * What must not be read and what must not collide: sealed accounts and deterministic ids. The only
 * room that includes libsodium.
 *
 * Account number, name and bank code travel as a libsodium sealed box (X25519, XSalsa20-Poly1305)
 * that only the holder of the secret key, disbursement-worker, can open (R20; architecture.md
 * "Wire").  Plain accounts are wiped after use and never logged.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SEAL_BOX_MAX 256
#define SEAL_KEY_TEXT_MAX 45 /* base64 of 32 bytes with the NUL */
#define SEAL_ID_SIZE 20
#define SEAL_HASH_MIN 16

/* An account in clear: personal data. seal_wipe() it as soon as it has been used. */
struct seal_account {
    char number[35];    /* account number, or phone as 62… */
    char name[101];
    char bank_code[12]; /* "" for wallets and the partner's own accounts */
};

struct seal; /* a key pair, or a public key only */

/* Keys as base64 text. secret_key NULL or "": only sealing is possible. NULL + *err: not a key. */
MUST_CHECK struct seal *seal_open(const char *public_key, const char *secret_key, struct err *err);
void seal_close(struct seal *seal); /* wipes; NULL is allowed */

/* A new key pair as text, for `insentif keys` and the demo. */
MUST_CHECK int seal_make_keys(char public_key[SEAL_KEY_TEXT_MAX],
                              char secret_key[SEAL_KEY_TEXT_MAX], struct err *err);

/* Seal into out[0..SEAL_BOX_MAX), sets *size. ERR_REJECT: a field is empty, too long or holds a
 * line break; ERR_FATAL: no public key. */
MUST_CHECK int seal_put(struct seal *seal, const struct seal_account *account, uint8_t *out,
                        size_t *size, struct err *err);

/* Open. ERR_REJECT: not sealed for us, or damaged. Never says what was inside. */
MUST_CHECK int seal_get(struct seal *seal, const uint8_t *box, size_t size,
                        struct seal_account *account, struct err *err);

void seal_wipe(struct seal_account *account);
void seal_wipe_bytes(void *bytes, size_t size); /* what the compiler may not leave out */

/*
 * A deterministic id: 20 characters of Crockford's base32 (100 bits of BLAKE2b) over the parts,
 * each with its length in front, so that ("ab","c") and ("a","bc") differ.
 */
void seal_id(const char *const *parts, size_t count, char out[SEAL_ID_SIZE + 1]);

/* The hash itself, SEAL_HASH_MIN to 64 bytes of it. */
void seal_hash(const char *const *parts, size_t count, uint8_t *out, size_t size);

#define SEAL_ID(out, ...)                                                                          \
    seal_id((const char *const[]){ __VA_ARGS__ },                                                  \
            sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *), (out))

/* Random bytes from the kernel as lower-case hex: nonces. size counts the NUL; odd or >= 3. */
void seal_nonce(char *out, size_t size);

#endif
