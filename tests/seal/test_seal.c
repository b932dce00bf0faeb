/* Sealed accounts and deterministic ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "seal/seal.h"

static const struct seal_account fake = { "628110000001", "PESERTA UJI 0001", "" };

struct keys {
    char public_key[SEAL_KEY_TEXT_MAX], secret_key[SEAL_KEY_TEXT_MAX];
    struct seal *both, *public_only;
};

static void open_keys(struct keys *k)
{
    struct err err;
    assert_int_equal(seal_make_keys(k->public_key, k->secret_key, &err), 0);
    k->both = seal_open(k->public_key, k->secret_key, &err);
    k->public_only = seal_open(k->public_key, "", &err);
    assert_non_null(k->both);
    assert_non_null(k->public_only);
}

static void close_keys(struct keys *k)
{
    seal_close(k->both);
    seal_close(k->public_only);
    seal_close(NULL);
}

static void test_round_trip(void **state)
{
    struct keys k;
    uint8_t box[SEAL_BOX_MAX];
    struct seal_account back;
    size_t size;
    struct err err;
    (void)state;

    open_keys(&k);
    assert_int_equal(seal_put(k.public_only, &fake, box, &size, &err), 0);
    for (size_t i = 0; i + 12 <= size; i++) /* R20: nothing of it in clear */
        assert_memory_not_equal(box + i, "628110000001", 12);
    assert_int_equal(seal_get(k.both, box, size, &back, &err), 0);
    assert_string_equal(back.number, fake.number);
    assert_string_equal(back.name, fake.name);
    assert_string_equal(back.bank_code, "");
    seal_wipe(&back);
    assert_string_equal(back.number, "");
    close_keys(&k);
}

static void test_refused(void **state)
{
    static const struct seal_account bad[] = {
        { "", "PESERTA UJI", "" }, { "6281", "", "" }, { "62\n81", "PESERTA UJI", "" }
    };
    struct keys k, other;
    uint8_t box[SEAL_BOX_MAX];
    struct seal_account back;
    size_t size;
    struct err err;
    (void)state;

    open_keys(&k);
    open_keys(&other);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(seal_put(k.both, &bad[i], box, &size, &err), -1);
        assert_int_equal(err.kind, ERR_REJECT);
    }
    assert_int_equal(seal_put(k.both, &fake, box, &size, &err), 0);
    assert_int_equal(seal_get(other.both, box, size, &back, &err), -1);
    assert_int_equal(err.kind, ERR_REJECT);
    assert_int_equal(seal_get(k.public_only, box, size, &back, &err), -1);
    assert_int_equal(err.kind, ERR_FATAL);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(seal_get(k.both, box, cut, &back, &err), -1);
    box[size / 2] ^= 1;
    assert_int_equal(seal_get(k.both, box, size, &back, &err), -1);
    assert_null(seal_open("not a key", "", &err));
    assert_null(seal_open(k.public_key, "AAAA", &err));
    close_keys(&k);
    close_keys(&other);
}

/* I4: ids are the same in every build and for ever; these were computed independently. */
static void test_ids(void **state)
{
    char a[SEAL_ID_SIZE + 1], b[SEAL_ID_SIZE + 1];
    (void)state;

    SEAL_ID(a, "ab", "c");
    SEAL_ID(b, "a", "bc");
    assert_string_not_equal(a, b);
    SEAL_ID(b, "ab", "c");
    assert_string_equal(a, b);
    SEAL_ID(a, "DEV", "instalment", "PST-1", "2020", "INSTALMENT", "1");
    assert_string_equal(a, "6H96MPXEXD29VSYDH39F");
    assert_int_equal(strlen(a), SEAL_ID_SIZE);
    assert_int_equal(strspn(a, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), SEAL_ID_SIZE);
    seal_nonce(a, 17);
    seal_nonce(b, 17);
    assert_int_equal(strlen(a), 16);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
