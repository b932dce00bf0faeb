/* What snap_open() refuses: each wrong field by its name, before anything is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "snap/json.h"
#include "snap/snap.h"

static struct buf pem;

static struct snap_partner_conf good(void)
{
    return (struct snap_partner_conf){ .name = "bank",
                                       .kind = SNAP_BANK,
                                       .base_url = "https://bank.invalid",
                                       .prefix = { NULL, "/v1.0", "/v2.0" },
                                       .token_path = "/v1.0/access-token/b2b",
                                       .client_key = "client",
                                       .private_key_pem = pem.data,
                                       .client_secret = "the-secret-of-secrets",
                                       .partner_id = "partner",
                                       .channel_id = "95221",
                                       .own_bank_code = "009",
                                       .source_account = "0115476117",
                                       .pay_info = "{\"a\":\"b\"}",
                                       .in_flight_ms = SNAP_IN_FLIGHT_MIN_MS };
}

static void refuses(const struct snap_partner_conf *conf, const char *field)
{
    struct err err = { 0 };
    struct snap *snap = snap_open(conf, 1, &err);

    if (snap || !strstr(err.text, field))
        print_message("%s: %s\n", field, err.text);
    assert_null(snap);
    assert_int_equal(err.kind, ERR_FATAL);
    assert_non_null(strstr(err.text, field));
    assert_null(strstr(err.text, "the-secret"));
}

#define REFUSES_AS(name, field, value)                                                             \
    do {                                                                                           \
        struct snap_partner_conf changed = good();                                                 \
        changed.field = (value);                                                                   \
        refuses(&changed, name);                                                                   \
    } while (0)
#define REFUSES(field, value) REFUSES_AS(#field, field, value)

static void test_good(void **state)
{
    struct err err;
    struct snap_partner_conf confs[2] = { good(), good() };
    (void)state;

    confs[1].rehearsal = true;
    confs[1].base_url = "http://127.0.0.1:1";
    confs[1].in_flight_ms = 0;
    struct snap *snap = snap_open(confs, 2, &err);
    assert_non_null(snap);
    assert_int_equal(snap_in_flight_ms(snap, 0), SNAP_IN_FLIGHT_MIN_MS);
    assert_int_equal(snap_in_flight_ms(snap, 1), 0);
    assert_int_equal(snap_wait_ms(snap), -1);
    assert_int_equal(snap_room_left(snap), SNAP_CALLS_MAX);
    snap_close(snap);
    snap_close(NULL);
}

static void test_count(void **state)
{
    struct err err;
    struct snap_partner_conf conf = good();
    (void)state;
    assert_null(snap_open(&conf, 0, &err));
    assert_null(snap_open(&conf, SNAP_PARTNERS_MAX + 1, &err));
}

static void test_texts(void **state)
{
    (void)state;
    REFUSES(base_url, NULL);
    REFUSES(base_url, "http://bank.invalid"); /* outside a rehearsal */
    REFUSES(base_url, "https://");
    REFUSES(base_url, "https://bank.invalid/");
    REFUSES(base_url, "https://user@bank.invalid");
    REFUSES(base_url, "ftp://bank.invalid");
    REFUSES(base_url, "https://bank.invalid\r\nX: y");
    REFUSES(token_path, NULL);
    REFUSES(token_path, "v1.0");
    REFUSES(token_path, "/v1.0?x=y");
    REFUSES_AS("prefix", prefix[1], "v1.0");
    REFUSES_AS("prefix", prefix[1], "/v1.0/");
    REFUSES_AS("prefix", prefix[1], "/v1 .0");
    REFUSES(client_key, "");
    REFUSES(client_key, "a\nb");
    REFUSES(client_secret, NULL);
    REFUSES(partner_id, "1234567890123456789012345678901234567");
    REFUSES(partner_id, "a b");
    REFUSES(channel_id, "123456");
    REFUSES(channel_id, NULL);
    REFUSES(own_bank_code, "");
    REFUSES(source_account, NULL);
    REFUSES(source_account, "12a");
    REFUSES(source_account, "12345678901234567890");
    REFUSES(private_key_pem, NULL);
}

/* An issuer that pays to bank accounts has more to say. */
static struct snap_partner_conf issuer(void)
{
    struct snap_partner_conf conf = good();

    conf.kind = SNAP_WALLET;
    conf.prefix[SNAP_GROUP_TO_BANK] = "/v1.0";
    conf.suffix[SNAP_GROUP_TO_BANK] = ".htm";
    conf.source_account = NULL;
    conf.to_bank = (struct snap_to_bank_conf){ .customer_number = "628110000009",
                                               .inquiry_info = "{\"fundType\":\"X\"}",
                                               .status_path = "/emoney/transfer-bank-status" };
    return conf;
}

#define ISSUER_REFUSES(field, value)                                                               \
    do {                                                                                           \
        struct snap_partner_conf changed = issuer();                                               \
        changed.to_bank.field = (value);                                                           \
        refuses(&changed, "to_bank");                                                              \
    } while (0)

static void test_issuer(void **state)
{
    struct snap_partner_conf conf = issuer();
    struct err err;
    (void)state;

    struct snap *snap = snap_open(&conf, 1, &err);
    assert_non_null(snap);
    snap_close(snap);
    ISSUER_REFUSES(customer_number, NULL);
    ISSUER_REFUSES(customer_number, "+62811");
    ISSUER_REFUSES(customer_number, "123456789012345678901234567890123");
    ISSUER_REFUSES(inquiry_info, "{\"beneficiaryBankCode\":\"014\"}");
    ISSUER_REFUSES(inquiry_info, "{ }");
    ISSUER_REFUSES(pay_info, "x");
    ISSUER_REFUSES(status_path, NULL);
    ISSUER_REFUSES(status_path, "status");
    ISSUER_REFUSES(status_code, 43);
    ISSUER_REFUSES(status_code, 100);
    ISSUER_REFUSES(status_code, -1);
    REFUSES_AS("suffix", suffix[0], "htm");
    REFUSES_AS("suffix", suffix[0], ".h/m");
    REFUSES_AS("prefix", prefix[SNAP_GROUP_TO_BANK], "/v1.0"); /* a bank */
    conf.source_account = "12x";
    refuses(&conf, "source_account");
}

static void test_numbers(void **state)
{
    struct snap_partner_conf conf = good();
    (void)state;
    REFUSES(in_flight_ms, SNAP_IN_FLIGHT_MIN_MS - 1);
    REFUSES(connect_ms, -1);
    REFUSES(read_ms, 1000000);
    REFUSES(inquiry_amount_idr, -1);
    conf.prefix[1] = conf.prefix[2] = NULL;
    refuses(&conf, "prefix");
    conf = good();
    conf.pay_info = "{\"a\": \"b\"}"; /* not compact */
    refuses(&conf, "additional info");
    conf.pay_info = "[1]";
    refuses(&conf, "additional info");
    conf = good();
    conf.private_key_pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    refuses(&conf, "private key");
}

/* What a call refuses to start with. */
static void test_transfers(void **state)
{
    struct err err;
    struct snap_partner_conf conf = good();
    struct snap_transfer t = { .reference = "A",
                               .account_number = "1",
                               .account_name = "B",
                               .amount_idr = 1,
                               .transaction_date_ms = 1 };
    struct snap_call call;
    char digest[SNAP_DIGEST_MAX];
    (void)state;

    conf.prefix[SNAP_GROUP_INTERBANK] = NULL;
    struct snap *snap = snap_open(&conf, 1, &err);
    assert_non_null(snap);
    assert_int_equal(snap_pay_digest(snap, &t, digest, &err), 0);
    t.partner = 1;
    assert_int_equal(snap_pay(snap, &t, INT64_MAX, &call, &err), -1);
    assert_int_equal(err.kind, ERR_REJECT);
    assert_int_equal(snap_pay_digest(snap, &t, digest, &err), -1);
    t.partner = 0;
    memcpy(t.bank_code, "014", 4); /* another bank, and this partner hasn't 16 and 18 */
    assert_int_equal(snap_inquire(snap, &t, &call, &err), -1);
    assert_int_equal(err.kind, ERR_REJECT);
    t.bank_code[0] = '\0';
    t.amount_idr = 0;
    assert_int_equal(snap_status(snap, &t, &call, &err), -1);
    assert_int_equal(err.kind, ERR_REJECT);
    for (int partner = -1; partner < 2; partner++) { /* no such one, or it tells no balance */
        assert_int_equal(snap_balance(snap, partner, &call, &err), -1);
        assert_int_equal(err.kind, ERR_REJECT);
    }
    assert_int_equal(snap_room_left(snap), SNAP_CALLS_MAX);
    snap_close(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),      cmocka_unit_test(test_count),
        cmocka_unit_test(test_texts),     cmocka_unit_test(test_issuer),
        cmocka_unit_test(test_numbers),   cmocka_unit_test(test_transfers),
    };
    char piece[65536];
    struct err err;
    FILE *file = fopen(VECTORS_PATH, "r");
    size_t size = file ? fread(piece, 1, sizeof piece, file) : 0;
    struct snap_json *json = snap_json_parse(piece, size, &err);

    if (file)
        (void)fclose(file);
    if (!json)
        return 1;
    buf_text(&pem, snap_json_text(json, "keys.client.private_pem"));
    snap_json_free(json);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_release(&pem);
    return failed;
}
