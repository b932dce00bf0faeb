/* Bodies: the document's samples byte for byte, limits, and nothing that minifiers differ on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "snap/json.h"
#include "snap/service.h"
#include "snap/sign.h"

static const struct snap_partner_conf wallet = { .name = "wallet",
                                                 .kind = SNAP_WALLET,
                                                 .prefix = { "/v1.0", NULL, NULL } };
static const struct snap_partner_conf bank = { .name = "bank",
                                               .kind = SNAP_BANK,
                                               .prefix = { NULL, "/v1.0", "/v2.0" },
                                               .own_bank_code = "009",
                                               .source_account = "0115476117" };

static const struct snap_partner_conf issuer = {
    .name = "issuer",
    .kind = SNAP_WALLET,
    .prefix = { "/rest/v1.0", NULL, NULL, "/v1.0", "/v1.0" },
    .suffix = { [SNAP_GROUP_TO_BANK] = ".htm" },
    .to_bank = { .customer_number = "628110000009", .status_path = "/emoney/transfer-bank-status" },
};

static struct snap_transfer transfer(void)
{
    return (struct snap_transfer){ .reference = "INS202603020000000001",
                                   .account_number = "628110000001",
                                   .account_name = "PESERTA UJI SATU",
                                   .amount_idr = 600000,
                                   .transaction_date_ms = INT64_C(1772417730000) };
}

static void body_of(const struct snap_partner_conf *conf, const struct snap_transfer *t,
                    enum snap_role role, int service, struct buf *out)
{
    const struct snap_service *found = snap_service_for(conf, t, role);

    assert_non_null(found);
    assert_int_equal(found->code, service);
    buf_reset(out);
    snap_body(found, conf, t, out);
}

static void test_samples(void **state)
{
    struct buf body = { 0 };
    struct snap_transfer t = transfer();
    (void)state;

    body_of(&wallet, &t, SNAP_INQUIRY, 37, &body);
    assert_string_equal(
        body.data,
        "{\"partnerReferenceNo\":\"INS202603020000000001\",\"customerNumber\":\"628110000001\","
        "\"amount\":{\"value\":\"600000.00\",\"currency\":\"IDR\"},"
        "\"transactionDate\":\"2026-03-02T09:15:30+07:00\"}");
    body_of(&wallet, &t, SNAP_PAYMENT, 38, &body);
    assert_string_equal(
        body.data,
        "{\"partnerReferenceNo\":\"INS202603020000000001\",\"customerNumber\":\"628110000001\","
        "\"customerName\":\"PESERTA UJI SATU\","
        "\"amount\":{\"value\":\"600000.00\",\"currency\":\"IDR\"},"
        "\"feeAmount\":{\"value\":\"0.00\",\"currency\":\"IDR\"},"
        "\"transactionDate\":\"2026-03-02T09:15:30+07:00\",\"notes\":\"insentif\"}");
    body_of(&wallet, &t, SNAP_STATUS, 39, &body);
    assert_string_equal(
        body.data,
        "{\"originalPartnerReferenceNo\":\"INS202603020000000001\",\"serviceCode\":\"38\"}");

    (void)str_copy(t.account_number, sizeof t.account_number, "0115476151");
    body_of(&bank, &t, SNAP_INQUIRY, 15, &body);
    assert_string_equal(body.data, "{\"partnerReferenceNo\":\"INS202603020000000001\","
                                   "\"beneficiaryAccountNo\":\"0115476151\"}");
    body_of(&bank, &t, SNAP_PAYMENT, 17, &body);
    assert_string_equal(
        body.data,
        "{\"partnerReferenceNo\":\"INS202603020000000001\","
        "\"amount\":{\"value\":\"600000.00\",\"currency\":\"IDR\"},"
        "\"beneficiaryAccountNo\":\"0115476151\",\"currency\":\"IDR\","
        "\"customerReference\":\"INS202603020000000001\",\"feeType\":\"OUR\","
        "\"remark\":\"insentif\",\"sourceAccountNo\":\"0115476117\","
        "\"transactionDate\":\"2026-03-02T09:15:30+07:00\"}");
    body_of(&bank, &t, SNAP_STATUS, 36, &body);
    assert_non_null(strstr(body.data, "\"serviceCode\":\"17\""));

    (void)str_copy(t.bank_code, sizeof t.bank_code, "009"); /* its own code: the same */
    body_of(&bank, &t, SNAP_PAYMENT, 17, &body);
    (void)str_copy(t.bank_code, sizeof t.bank_code, "014");
    body_of(&bank, &t, SNAP_INQUIRY, 16, &body);
    body_of(&bank, &t, SNAP_PAYMENT, 18, &body);
    assert_non_null(strstr(body.data, "\"beneficiaryBankCode\":\"014\""));
    assert_non_null(strstr(body.data, "\"beneficiaryAccountName\":\"PESERTA UJI SATU\""));
    body_of(&bank, &t, SNAP_STATUS, 36, &body);
    assert_non_null(strstr(body.data, "\"serviceCode\":\"18\""));
    buf_release(&body);
}

/* 42, 43, its status and 11: samples of the document, and where they are asked. */
static void test_issuer(void **state)
{
    struct buf body = { 0 }, path = { 0 };
    struct snap_partner_conf conf = issuer;
    struct snap_transfer t = transfer();
    (void)state;

    (void)str_copy(t.reference, sizeof t.reference, "INS202603020000000002");
    (void)str_copy(t.account_number, sizeof t.account_number, "1234567890");
    (void)str_copy(t.bank_code, sizeof t.bank_code, "014");
    body_of(&conf, &t, SNAP_INQUIRY, 42, &body);
    assert_string_equal(
        body.data,
        "{\"partnerReferenceNo\":\"INS202603020000000002\",\"customerNumber\":\"628110000009\","
        "\"amount\":{\"value\":\"600000.00\",\"currency\":\"IDR\"},"
        "\"beneficiaryAccountNumber\":\"1234567890\","
        "\"additionalInfo\":{\"beneficiaryBankCode\":\"014\"}}");
    body_of(&conf, &t, SNAP_PAYMENT, 43, &body);
    assert_string_equal(
        body.data,
        "{\"partnerReferenceNo\":\"INS202603020000000002\",\"customerNumber\":\"628110000009\","
        "\"beneficiaryAccountNumber\":\"1234567890\",\"beneficiaryBankCode\":\"014\","
        "\"amount\":{\"value\":\"600000.00\",\"currency\":\"IDR\"}}");
    body_of(&conf, &t, SNAP_STATUS, SNAP_SERVICE_TRANSFER_STATUS, &body);
    assert_string_equal(
        body.data,
        "{\"originalPartnerReferenceNo\":\"INS202603020000000002\",\"serviceCode\":\"00\"}");
    snap_service_path(snap_service_for(&conf, &t, SNAP_STATUS), &conf, &path);
    assert_string_equal(path.data, "/v1.0/emoney/transfer-bank-status.htm");

    conf.to_bank.status_code = 46;
    conf.to_bank.inquiry_info = "{\"fundType\":\"X\"}";
    conf.to_bank.pay_info = "{}";
    body_of(&conf, &t, SNAP_STATUS, SNAP_SERVICE_TRANSFER_STATUS, &body);
    assert_non_null(strstr(body.data, "\"serviceCode\":\"46\""));
    body_of(&conf, &t, SNAP_INQUIRY, 42, &body);
    assert_non_null(strstr(
        body.data, ",\"additionalInfo\":{\"beneficiaryBankCode\":\"014\",\"fundType\":\"X\"}}"));
    body_of(&conf, &t, SNAP_PAYMENT, 43, &body);
    assert_non_null(strstr(body.data, ",\"additionalInfo\":{}}"));

    t.bank_code[0] = '\0'; /* the same partner's wallets */
    body_of(&conf, &t, SNAP_PAYMENT, 38, &body);
    buf_reset(&path);
    snap_service_path(snap_service_for(&conf, &t, SNAP_PAYMENT), &conf, &path);
    assert_string_equal(path.data, "/rest/v1.0/emoney/topup");
    body_of(&conf, &t, SNAP_BALANCE, 11, &body);
    assert_string_equal(body.data, "{\"partnerReferenceNo\":\"INS202603020000000002\"}");
    conf.source_account = "0115476117";
    body_of(&conf, &t, SNAP_BALANCE, 11, &body);
    assert_string_equal(body.data, "{\"partnerReferenceNo\":\"INS202603020000000002\","
                                   "\"accountNo\":\"0115476117\"}");
    buf_release(&body);
    buf_release(&path);
}

/* A pure function of the transfer, whatever ran between; what it repeats is not escaped. */
static void test_same_bytes(void **state)
{
    static const char *const names[] = { "SITI NUR'AINI", "Siti Nur\xe2\x80\x99" "aini", "A/B C",
                                         "Jos\xc3\xa9", "\xd9\x85\xd8\xad\xd9\x85\xd8\xaf" };
    struct buf first = { 0 }, again = { 0 }, small = { 0 };
    (void)state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct snap_transfer t = transfer(), other = transfer(), copy;
        (void)str_copy(t.account_name, sizeof t.account_name, names[i]);
        memset(&copy, 0xa5, sizeof copy); /* bytes after the texts must not count */
        copy.partner = t.partner;
        (void)str_copy(copy.reference, sizeof copy.reference, t.reference);
        (void)str_copy(copy.account_number, sizeof copy.account_number, t.account_number);
        (void)str_copy(copy.account_name, sizeof copy.account_name, t.account_name);
        copy.bank_code[0] = '\0';
        copy.amount_idr = t.amount_idr;
        copy.transaction_date_ms = t.transaction_date_ms;

        body_of(&wallet, &t, SNAP_PAYMENT, 38, &first);
        other.amount_idr++;
        body_of(&wallet, &other, SNAP_PAYMENT, 38, &again);
        assert_string_not_equal(first.data, again.data);
        body_of(&wallet, &copy, SNAP_PAYMENT, 38, &again);
        assert_string_equal(first.data, again.data);

        buf_reset(&small);
        snap_minify(first.data, first.size, &small);
        assert_string_equal(first.data, small.data);
        assert_null(strchr(first.data, '\\'));
    }
    buf_release(&first);
    buf_release(&again);
    buf_release(&small);
}

static void test_additional_info(void **state)
{
    struct snap_partner_conf conf = wallet;
    struct snap_transfer t = transfer();
    struct buf body = { 0 };
    struct err err;
    (void)state;

    conf.pay_info = "{\"fundType\":\"X\"}";
    conf.inquiry_info = "{\"fundType\":\"Y\"}";
    conf.inquiry_amount_idr = 1;
    body_of(&conf, &t, SNAP_PAYMENT, 38, &body);
    assert_non_null(strstr(body.data, ",\"additionalInfo\":{\"fundType\":\"X\"}}"));
    assert_non_null(strstr(body.data, "\"value\":\"600000.00\""));
    body_of(&conf, &t, SNAP_INQUIRY, 37, &body);
    struct snap_json *json = snap_json_parse(body.data, body.size, &err);
    assert_non_null(json);
    assert_string_equal(snap_json_text(json, "additionalInfo.fundType"), "Y");
    assert_string_equal(snap_json_text(json, "amount.value"), "1.00");
    snap_json_free(json);
    body_of(&conf, &t, SNAP_STATUS, 39, &body);
    assert_null(strstr(body.data, "additionalInfo"));
    buf_release(&body);
}

/* One field of a good transfer is set; is it still good for a wallet, for a bank? */
static void check(const char *field, const char *text, int64_t number, bool on_wallet, bool on_bank)
{
    struct snap_transfer t = transfer();
    struct err err;

    if (strcmp(field, "reference") == 0)
        (void)str_copy(t.reference, sizeof t.reference, text);
    else if (strcmp(field, "account") == 0)
        (void)str_copy(t.account_number, sizeof t.account_number, text);
    else if (strcmp(field, "name") == 0)
        (void)str_copy(t.account_name, sizeof t.account_name, text);
    else if (strcmp(field, "bank") == 0)
        (void)str_copy(t.bank_code, sizeof t.bank_code, text);
    else if (strcmp(field, "amount") == 0)
        t.amount_idr = number;
    else
        t.transaction_date_ms = number;
    int rc = snap_transfer_check(&wallet, &t, &err);
    if (rc != (on_wallet ? 0 : -1))
        print_message("%s %s\n", field, text);
    assert_int_equal(rc, on_wallet ? 0 : -1);
    if (rc < 0) {
        assert_int_equal(err.kind, ERR_REJECT);
        if (strlen(text) > 4)
            assert_null(strstr(err.text, text)); /* no personal data in errors */
    }
    assert_int_equal(snap_transfer_check(&bank, &t, &err), on_bank ? 0 : -1);
}

static void test_limits(void **state)
{
    char unended[SNAP_REFERENCE_MAX];
    struct snap_transfer t;
    struct err err;
    (void)state;

    check("reference", "A", 0, true, true);
    check("reference", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123", 0, true, true);
    check("reference", "", 0, false, false);
    check("reference", "abcdef", 0, false, false);
    check("reference", "A B", 0, false, false);
    check("account", "0811", 0, false, true);
    check("account", "+62811", 0, false, false);
    check("account", "62811000000100000000000000000000", 0, true, true);
    check("account", "628110000001000000000000000000001", 0, false, true);
    check("account", "", 0, false, false);
    check("name", "", 0, false, false);
    check("name", "A\nB", 0, false, false);
    check("name", "A\x7f" "B", 0, false, false);
    check("name", "\xff\xfe", 0, false, false);
    check("name", "Nur\xe2\x80\x99" "aini", 0, true, true);
    check("bank", "014", 0, false, true);
    check("bank", "CENAIDJA", 0, false, true);
    check("bank", "0-4", 0, false, false);
    check("amount", "0", 0, false, false);
    check("amount", "-1", -1, false, false);
    check("amount", "1", 1, true, true);
    check("amount", "limit", SNAP_AMOUNT_MAX_IDR, true, true);
    check("amount", "limit + 1", SNAP_AMOUNT_MAX_IDR + 1, false, false);
    check("amount", "most", INT64_MAX, false, false);
    check("amount", "least", INT64_MIN, false, false);
    check("date", "0", 0, false, false);
    check("date", "most", INT64_MAX, false, false);
    check("date", "least", INT64_MIN, false, false);

    t = transfer(); /* an issuer that pays to banks takes bank codes, and phones without one */
    (void)str_copy(t.bank_code, sizeof t.bank_code, "014");
    (void)str_copy(t.account_number, sizeof t.account_number, "0115476151");
    assert_int_equal(snap_transfer_check(&issuer, &t, &err), 0);
    assert_int_equal(snap_transfer_check(&wallet, &t, &err), -1);
    t.bank_code[0] = '\0';
    assert_int_equal(snap_transfer_check(&issuer, &t, &err), -1);

    t = transfer();
    memset(unended, 'A', sizeof unended); /* no NUL within the field */
    memcpy(t.reference, unended, sizeof t.reference);
    assert_int_equal(snap_transfer_check(&wallet, &t, &err), -1);
}

static void test_amount_at_the_limit(void **state)
{
    struct snap_transfer t = transfer();
    struct buf body = { 0 };
    (void)state;

    t.amount_idr = SNAP_AMOUNT_MAX_IDR;
    body_of(&wallet, &t, SNAP_PAYMENT, 38, &body);
    assert_non_null(strstr(body.data, "\"value\":\"9999999999999.00\""));
    t.amount_idr = INT64_MAX; /* refused before, but even then no nonsense is written */
    body_of(&wallet, &t, SNAP_PAYMENT, 38, &body);
    assert_non_null(strstr(body.data, "\"value\":\"9223372036854775807.00\""));
    buf_release(&body);
}

static void test_partner_without_group(void **state)
{
    struct snap_partner_conf conf = bank;
    struct snap_transfer t = transfer();
    (void)state;

    conf.prefix[SNAP_GROUP_INTERBANK] = NULL;
    assert_non_null(snap_service_for(&conf, &t, SNAP_PAYMENT));
    (void)str_copy(t.bank_code, sizeof t.bank_code, "014");
    assert_null(snap_service_for(&conf, &t, SNAP_PAYMENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),         cmocka_unit_test(test_issuer),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_additional_info), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_amount_at_the_limit),
        cmocka_unit_test(test_partner_without_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
