#include "seal/seal.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define PLAIN_MAX (SEAL_BOX_MAX - crypto_box_SEALBYTES)

struct seal {
    bool can_open;
    unsigned char public_key[crypto_box_PUBLICKEYBYTES];
    unsigned char secret_key[crypto_box_SECRETKEYBYTES];
};

static int start(struct err *err)
{
    if (sodium_init() < 0)
        return err_set(err, ERR_FATAL, "libsodium has no random source");
    return 0;
}

static bool key_from_text(const char *text, unsigned char *key, size_t size)
{
    size_t got = 0;

    return sodium_base642bin(key, size, text, strlen(text), " \n", &got, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == size;
}

struct seal *seal_open(const char *public_key, const char *secret_key, struct err *err)
{
    if (start(err) < 0)
        return NULL;
    struct seal *seal = sodium_malloc(sizeof *seal);
    if (!seal)
        abort();
    memset(seal, 0, sizeof *seal);
    seal->can_open = secret_key && *secret_key;
    if (!key_from_text(public_key, seal->public_key, sizeof seal->public_key) ||
        (seal->can_open &&
         !key_from_text(secret_key, seal->secret_key, sizeof seal->secret_key))) {
        seal_close(seal);
        (void)err_set(err, ERR_FATAL, "a sealing key must be base64 of 32 bytes");
        return NULL;
    }
    return seal;
}

void seal_close(struct seal *seal)
{
    sodium_free(seal); /* wipes */
}

int seal_make_keys(char public_key[SEAL_KEY_TEXT_MAX], char secret_key[SEAL_KEY_TEXT_MAX],
                   struct err *err)
{
    unsigned char pk[crypto_box_PUBLICKEYBYTES], sk[crypto_box_SECRETKEYBYTES];

    if (start(err) < 0)
        return -1;
    crypto_box_keypair(pk, sk);
    sodium_bin2base64(public_key, SEAL_KEY_TEXT_MAX, pk, sizeof pk,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(secret_key, SEAL_KEY_TEXT_MAX, sk, sizeof sk,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(sk, sizeof sk);
    return 0;
}

static bool put_line(char *plain, size_t *size, const char *text)
{
    size_t length = strlen(text);

    if (strchr(text, '\n') || *size + length + 1 > PLAIN_MAX)
        return false;
    memcpy(plain + *size, text, length);
    *size += length;
    plain[(*size)++] = '\n';
    return true;
}

int seal_put(struct seal *seal, const struct seal_account *account, uint8_t *out, size_t *size,
             struct err *err)
{
    char plain[PLAIN_MAX];
    size_t used = 0;

    bool fits = account->number[0] && account->name[0] && put_line(plain, &used, account->number) &&
                put_line(plain, &used, account->name) && put_line(plain, &used, account->bank_code);
    if (fits)
        (void)crypto_box_seal(out, (const unsigned char *)plain, used, seal->public_key);
    sodium_memzero(plain, sizeof plain);
    if (!fits)
        return err_set(err, ERR_REJECT, "account: number and name must be given, on one line each");
    *size = used + crypto_box_SEALBYTES;
    return 0;
}

/* The next line of plain text into to[cap]. */
static bool take_line(const char **at, const char *end, char *to, size_t cap)
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    if (!stop || (size_t)(stop - *at) >= cap)
        return false;
    memcpy(to, *at, (size_t)(stop - *at));
    to[stop - *at] = '\0';
    *at = stop + 1;
    return true;
}

int seal_get(struct seal *seal, const uint8_t *box, size_t size, struct seal_account *account,
             struct err *err)
{
    char plain[PLAIN_MAX];

    if (!seal->can_open)
        return err_set(err, ERR_FATAL, "no secret key: this process can't open accounts");
    if (size < crypto_box_SEALBYTES || size > SEAL_BOX_MAX ||
        crypto_box_seal_open((unsigned char *)plain, box, size, seal->public_key,
                             seal->secret_key) != 0)
        return err_set(err, ERR_REJECT, "sealed account: not sealed for this key, or damaged");
    const char *at = plain, *end = plain + size - crypto_box_SEALBYTES;
    bool ok = take_line(&at, end, account->number, sizeof account->number) &&
              take_line(&at, end, account->name, sizeof account->name) &&
              take_line(&at, end, account->bank_code, sizeof account->bank_code) && at == end &&
              str_is_utf8(plain, (size_t)(end - plain));
    sodium_memzero(plain, sizeof plain);
    if (!ok) {
        seal_wipe(account);
        return err_set(err, ERR_REJECT, "sealed account: its inside isn't an account");
    }
    return 0;
}

void seal_wipe(struct seal_account *account)
{
    sodium_memzero(account, sizeof *account);
}

void seal_wipe_bytes(void *bytes, size_t size)
{
    sodium_memzero(bytes, size);
}

void seal_hash(const char *const *parts, size_t count, uint8_t *out, size_t hash_size)
{
    crypto_generichash_state state;

    assert(hash_size >= SEAL_HASH_MIN && hash_size <= crypto_generichash_BYTES_MAX);
    (void)crypto_generichash_init(&state, NULL, 0, hash_size);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(parts[i]);
        unsigned char length[4] = { (unsigned char)size, (unsigned char)(size >> 8),
                                    (unsigned char)(size >> 16), (unsigned char)(size >> 24) };
        (void)crypto_generichash_update(&state, length, sizeof length);
        (void)crypto_generichash_update(&state, (const unsigned char *)parts[i], size);
    }
    (void)crypto_generichash_final(&state, out, hash_size);
}

void seal_id(const char *const *parts, size_t count, char out[SEAL_ID_SIZE + 1])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint8_t hash[SEAL_HASH_MIN];

    seal_hash(parts, count, hash, sizeof hash);
    for (size_t i = 0; i < SEAL_ID_SIZE; i++) {
        size_t bit = i * 5;
        unsigned pair = (unsigned)hash[bit / 8] << 8 | hash[bit / 8 + 1];
        out[i] = digits[pair >> (11 - bit % 8) & 31];
    }
    out[SEAL_ID_SIZE] = '\0';
}

void seal_nonce(char *out, size_t size)
{
    unsigned char bytes[64];
    size_t count = (size - 1) / 2;

    assert(size >= 3 && count <= sizeof bytes);
    randombytes_buf(bytes, count);
    sodium_bin2hex(out, size, bytes, count);
}
