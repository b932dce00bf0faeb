/* What counts as a success, and what an answer that isn't quite ours becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "snap/answer.h"

static const struct snap_partner_conf wallet = { .name = "wallet",
                                                 .kind = SNAP_WALLET,
                                                 .prefix = { "/v1.0", NULL, NULL } };
static const struct snap_partner_conf bank = { .name = "bank",
                                               .kind = SNAP_BANK,
                                               .prefix = { NULL, "/v1.0", "/v1.0" },
                                               .source_account = "1" };
static const struct snap_transfer transfer = { .reference = "INS1",
                                               .account_number = "628110000001",
                                               .account_name = "Peserta Uji Satu",
                                               .amount_idr = 600000,
                                               .transaction_date_ms = 1 };

static const struct snap_partner_conf issuer = {
    .name = "issuer",
    .kind = SNAP_WALLET,
    .prefix = { [SNAP_GROUP_TO_BANK] = "/v1.0", [SNAP_GROUP_BALANCE] = "/v1.0" },
    .to_bank = { .customer_number = "628110000009", .status_path = "/status" },
};
static const struct snap_transfer to_bank = { .reference = "INS1",
                                              .account_number = "0115476151",
                                              .account_name = "Peserta Uji Satu",
                                              .bank_code = "014",
                                              .amount_idr = 600000,
                                              .transaction_date_ms = 1 };

static struct snap_call read_on(const struct snap_partner_conf *conf, enum snap_role role, int http,
                                const char *body)
{
    struct snap_call call = { .reason = "", .sent = true };
    const struct snap_service *service = snap_service_for(conf, &transfer, role);

    snap_answer_read(service, conf, &transfer, http, body, strlen(body), &call);
    return call;
}

#define AMOUNT(v) "\"amount\":{\"value\":\"" v "\",\"currency\":\"IDR\"}"
#define PAID "\"responseCode\":\"2003800\",\"responseMessage\":\"Successful\""

static void test_payments(void **state)
{
    static const struct {
        int http;
        const char *body;
        enum snap_class class;
        bool mismatch;
    } rows[] = {
        { 200, "{" PAID ",\"referenceNo\":\"W1\"}", SNAP_SUCCESS, false },
        { 200,
          "{" PAID ",\"referenceNo\":\"W1\",\"partnerReferenceNo\":\"INS1\","
          "\"customerNumber\":\"628110000001\"," AMOUNT("600000.00") "}",
          SNAP_SUCCESS, false },
        { 200, "{" PAID ",\"referenceNo\":\"W1\",\"amount\":{\"value\":\"\",\"currency\":\"\"}}",
          SNAP_SUCCESS, false },
        { 200, "{" PAID "}", SNAP_UNKNOWN, false },
        { 200, "{" PAID ",\"referenceNo\":\"\"}", SNAP_UNKNOWN, false },
        { 200, "{" PAID ",\"referenceNo\":7}", SNAP_UNKNOWN, false },
        { 200,
          "{" PAID ",\"referenceNo\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
          "xxxxxxxxxxxxxxxxxxxxx\"}",
          SNAP_UNKNOWN, false },
        { 200, "{" PAID ",\"referenceNo\":\"W1\"," AMOUNT("600001.00") "}", SNAP_UNKNOWN, true },
        { 200, "{" PAID ",\"referenceNo\":\"W1\"," AMOUNT("600000.01") "}", SNAP_UNKNOWN, true },
        { 200, "{" PAID ",\"referenceNo\":\"W1\",\"amount\":{\"value\":600000}}", SNAP_UNKNOWN,
          true },
        { 200,
          "{" PAID ",\"referenceNo\":\"W1\",\"amount\":{\"value\":\"600000.00\",\"currency\":"
          "\"USD\"}}",
          SNAP_UNKNOWN, true },
        { 200, "{" PAID ",\"referenceNo\":\"W1\",\"customerNumber\":\"628110000002\"}",
          SNAP_UNKNOWN, true },
        { 200, "{" PAID ",\"referenceNo\":\"W1\",\"partnerReferenceNo\":\"INS2\"}", SNAP_UNKNOWN,
          true },
        { 403, "{\"responseCode\":\"4033805\",\"partnerReferenceNo\":\"INS2\"}", SNAP_UNKNOWN,
          true },
        { 403, "{\"responseCode\":\"4033805\"}", SNAP_PARTICIPANT, false },
        { 202, "{\"responseCode\":\"2023800\"}", SNAP_IN_PROGRESS, false },
        { 200, "{\"responseCode\":\"2003700\",\"referenceNo\":\"W1\"}", SNAP_UNKNOWN, false },
        { 200, "{\"responseCode\":2003800,\"referenceNo\":\"W1\"}", SNAP_UNKNOWN, false },
        { 200, "{\"referenceNo\":\"W1\"}", SNAP_UNKNOWN, false },
        { 200, "<html>welcome</html>", SNAP_UNKNOWN, false },
        { 403, "<html>no</html>", SNAP_UNKNOWN, false },
        { 200, "", SNAP_UNKNOWN, false },
        { 204, "{" PAID ",\"referenceNo\":\"W1\"}", SNAP_UNKNOWN, false },
        { 503, "{\"responseCode\":\"5033800\"}", SNAP_UNKNOWN, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap_call call = read_on(&wallet, SNAP_PAYMENT, rows[i].http, rows[i].body);
        if (call.class != rows[i].class)
            print_message("%s\n", rows[i].body);
        assert_int_equal(call.class, rows[i].class);
        assert_int_equal(call.mismatch, rows[i].mismatch);
        assert_int_equal(call.http, rows[i].http);
        assert_true((call.class == SNAP_SUCCESS || call.class == SNAP_IN_PROGRESS) ==
                    (call.reason[0] == '\0'));
    }
}

static void test_inquiries(void **state)
{
    static const struct {
        const char *body;
        enum snap_class class;
        enum snap_name name;
    } rows[] = {
        { "{\"responseCode\":\"2003700\",\"customerName\":\"PESERTA  UJI SATU\"}", SNAP_SUCCESS,
          SNAP_NAME_SAME },
        { "{\"responseCode\":\"2003700\",\"customerNumber\":\"6281*****001\","
          "\"customerName\":\"Peserta Uji-Satu.\"}",
          SNAP_SUCCESS, SNAP_NAME_SAME },
        { "{\"responseCode\":\"2003700\",\"customerName\":\"ORANG LAIN\"}", SNAP_PARTICIPANT,
          SNAP_NAME_DIFFERS },
        { "{\"responseCode\":\"2003700\"}", SNAP_RETRYABLE, SNAP_NAME_ABSENT },
        { "{\"responseCode\":\"2003700\",\"customerName\":\"PES*** SATU\"}", SNAP_RETRYABLE,
          SNAP_NAME_ABSENT },
        { "{\"responseCode\":\"2003800\",\"customerName\":\"PESERTA UJI SATU\"}", SNAP_RETRYABLE,
          SNAP_NAME_ABSENT },
        { "not JSON", SNAP_RETRYABLE, SNAP_NAME_ABSENT },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap_call call = read_on(&wallet, SNAP_INQUIRY, 200, rows[i].body);
        assert_int_equal(call.class, rows[i].class);
        assert_int_equal(call.name, rows[i].name);
        if (call.name == SNAP_NAME_DIFFERS)
            assert_string_equal(call.reason, "NIK_MISMATCH");
    }
    struct snap_call call =
        read_on(&bank, SNAP_INQUIRY, 200,
                "{\"responseCode\":\"2001500\",\"beneficiaryAccountName\":\"PESERTA UJI SATU\","
                "\"beneficiaryAccountNo\":\"628110000001\"}");
    assert_int_equal(call.class, SNAP_SUCCESS);
}

#define ASKED "\"responseCode\":\"2003900\",\"originalPartnerReferenceNo\":\"INS1\""

static void test_statuses(void **state)
{
    static const struct {
        int http;
        const char *body;
        enum snap_outcome outcome;
        enum snap_class class;
        const char *reason;
        bool mismatch;
    } rows[] = {
        { 200, "{" ASKED ",\"latestTransactionStatus\":\"00\"," AMOUNT("600000.00") "}",
          SNAP_OUTCOME_PAID, SNAP_SUCCESS, "", false },
        { 200, "{" ASKED ",\"latestTransactionStatus\":\"03\"}", SNAP_OUTCOME_PENDING,
          SNAP_IN_PROGRESS, "", false },
        { 200, "{" ASKED ",\"latestTransactionStatus\":\"99\"}", SNAP_OUTCOME_PENDING,
          SNAP_IN_PROGRESS, "", false },
        { 200, "{" ASKED ",\"latestTransactionStatus\":\"07\"}", SNAP_OUTCOME_NOT_FOUND,
          SNAP_RETRYABLE, "", false },
        { 200,
          "{" ASKED ",\"latestTransactionStatus\":\"06\",\"previousResponseCode\":\"4033823\"}",
          SNAP_OUTCOME_FAILED, SNAP_PARTICIPANT, "MONTHLY_LIMIT", false },
        { 200,
          "{" ASKED ",\"latestTransactionStatus\":\"06\","
          "\"transactionStatusDesc\":\"PAYEE_USER_NOT_KYC\"}",
          SNAP_OUTCOME_FAILED, SNAP_PARTICIPANT, "ACCOUNT_NOT_KYC", false },
        { 200, "{" ASKED ",\"latestTransactionStatus\":\"05\"}", SNAP_OUTCOME_FAILED,
          SNAP_STOP_TRANSFER, "UNKNOWN_CODE", false },
        { 200,
          "{" ASKED ",\"latestTransactionStatus\":\"04\",\"previousResponseCode\":\"2003800\"}",
          SNAP_OUTCOME_FAILED, SNAP_STOP_TRANSFER, "UNKNOWN_CODE", false },
        { 200, "{" ASKED "}", SNAP_OUTCOME_NONE, SNAP_UNKNOWN, "UNKNOWN_CODE", false },
        { 200, "{" ASKED ",\"latestTransactionStatus\":\"00\"," AMOUNT("1.00") "}",
          SNAP_OUTCOME_NONE, SNAP_UNKNOWN, "UNKNOWN_CODE", true },
        { 200, "{" ASKED ",\"latestTransactionStatus\":\"00\",\"serviceCode\":\"17\"}",
          SNAP_OUTCOME_NONE, SNAP_UNKNOWN, "UNKNOWN_CODE", true },
        { 200,
          "{\"responseCode\":\"2003900\",\"originalPartnerReferenceNo\":\"INS2\","
          "\"latestTransactionStatus\":\"00\"}",
          SNAP_OUTCOME_NONE, SNAP_UNKNOWN, "UNKNOWN_CODE", true },
        { 404, "{\"responseCode\":\"4043901\"}", SNAP_OUTCOME_NOT_FOUND, SNAP_RETRYABLE, "",
          false },
        { 404,
          "{\"responseCode\":\"4043901\",\"originalPartnerReferenceNo\":\"INS2\"}",
          SNAP_OUTCOME_NONE, SNAP_UNKNOWN, "UNKNOWN_CODE", true },
        { 404, "{\"responseCode\":\"4043801\"}", SNAP_OUTCOME_NONE, SNAP_UNKNOWN, "UNKNOWN_CODE",
          false },
        { 404, "{\"responseCode\":\"4043900\"}", SNAP_OUTCOME_NONE, SNAP_UNKNOWN,
          "PARTNER_TIMEOUT", false },
        { 404, "<html>", SNAP_OUTCOME_NONE, SNAP_UNKNOWN, "UNKNOWN_CODE", false },
        { 500, "{\"responseCode\":\"5003900\"}", SNAP_OUTCOME_NONE, SNAP_UNKNOWN,
          "PARTNER_TIMEOUT", false },
        { 401, "{\"responseCode\":\"4013900\"}", SNAP_OUTCOME_NONE, SNAP_UNKNOWN,
          "PARTNER_UNAVAILABLE", false },
        { 429, "{\"responseCode\":\"4293900\"}", SNAP_OUTCOME_NONE, SNAP_UNKNOWN,
          "PARTNER_UNAVAILABLE", false },
        { 202, "{\"responseCode\":\"2023900\",\"latestTransactionStatus\":\"00\"}",
          SNAP_OUTCOME_NONE, SNAP_UNKNOWN, "UNKNOWN_CODE", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap_call call = read_on(&wallet, SNAP_STATUS, rows[i].http, rows[i].body);
        if (call.outcome != rows[i].outcome || call.class != rows[i].class)
            print_message("%s\n", rows[i].body);
        assert_int_equal(call.outcome, rows[i].outcome);
        assert_int_equal(call.class, rows[i].class);
        assert_string_equal(call.reason, rows[i].reason);
        assert_int_equal(call.mismatch, rows[i].mismatch);
        assert_int_equal(call.refunded, strstr(rows[i].body, "\"04\"") != NULL);
    }
}

/* 42, 43 and its status: what is their own. */
static void test_issuer(void **state)
{
    static const struct {
        enum snap_role role;
        int http;
        const char *body;
        enum snap_class class;
        bool mismatch;
    } rows[] = {
        { SNAP_INQUIRY, 200,
          "{\"responseCode\":\"2004200\",\"beneficiaryAccountNumber\":\"0115476151\","
          "\"beneficiaryAccountName\":\"PESERTA UJI SATU\"," AMOUNT("600000.00") "}",
          SNAP_SUCCESS, false },
        { SNAP_INQUIRY, 200, /* no phone: a leading 0 stays */
          "{\"responseCode\":\"2004200\",\"beneficiaryAccountNumber\":\"62115476151\","
          "\"beneficiaryAccountName\":\"PESERTA UJI SATU\"}",
          SNAP_RETRYABLE, true },
        { SNAP_INQUIRY, 404, "{\"responseCode\":\"4044211\"}", SNAP_PARTICIPANT, false },
        { SNAP_INQUIRY, 500, "{\"responseCode\":\"5004200\"}", SNAP_RETRYABLE, false },
        { SNAP_PAYMENT, 202,
          "{\"responseCode\":\"2024300\",\"referenceNo\":\"W3\",\"partnerReferenceNo\":\"INS1\","
          "\"referenceNumber\":\"RB0000000001\"}",
          SNAP_IN_PROGRESS, false },
        { SNAP_PAYMENT, 200, "{\"responseCode\":\"2004300\",\"referenceNo\":\"W3\"}", SNAP_SUCCESS,
          false },
        { SNAP_PAYMENT, 200, "{\"responseCode\":\"2003800\",\"referenceNo\":\"W3\"}", SNAP_UNKNOWN,
          false },
        { SNAP_PAYMENT, 403, "{\"responseCode\":\"4034318\"}", SNAP_PARTICIPANT, false },
        { SNAP_STATUS, 200,
          "{\"responseCode\":\"2000000\",\"originalPartnerReferenceNo\":\"INS1\","
          "\"serviceCode\":\"00\",\"latestTransactionStatus\":\"00\"," AMOUNT("600000.00") "}",
          SNAP_SUCCESS, false },
        { SNAP_STATUS, 200,
          "{\"responseCode\":\"2000000\",\"originalPartnerReferenceNo\":\"INS1\","
          "\"serviceCode\":\"38\",\"latestTransactionStatus\":\"00\"}",
          SNAP_UNKNOWN, true },
        { SNAP_STATUS, 404, "{\"responseCode\":\"4040001\"}", SNAP_RETRYABLE, false },
        { SNAP_STATUS, 404, "{\"responseCode\":\"4044301\"}", SNAP_UNKNOWN, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap_call call = { .reason = "", .sent = true };
        const struct snap_service *service = snap_service_for(&issuer, &to_bank, rows[i].role);
        snap_answer_read(service, &issuer, &to_bank, rows[i].http, rows[i].body,
                         strlen(rows[i].body), &call);
        if (call.class != rows[i].class)
            print_message("%s\n", rows[i].body);
        assert_int_equal(call.class, rows[i].class);
        assert_int_equal(call.mismatch, rows[i].mismatch);
        if (rows[i].role == SNAP_STATUS && rows[i].class == SNAP_RETRYABLE)
            assert_int_equal(call.outcome, SNAP_OUTCOME_NOT_FOUND);
    }
}

#define TOLD "{\"responseCode\":\"2001100\",\"accountNo\":\"0115476117\",\"accountInfos\":[{"
#define IDR(v) "\"availableBalance\":{\"value\":\"" v "\",\"currency\":\"IDR\"}"

static void test_balance(void **state)
{
    static const struct {
        int http;
        const char *body;
        enum snap_class class;
        int64_t balance_idr;
        bool mismatch;
    } rows[] = {
        { 200, TOLD IDR("1500000.75") ",\"status\":\"0001\"}]}", SNAP_SUCCESS, 1500000, false },
        { 200, TOLD IDR("0.00") "}]}", SNAP_SUCCESS, 0, false },
        { 200, TOLD IDR("-20.00") "}]}", SNAP_SUCCESS, -20, false },
        { 200, TOLD IDR("99999999999999.99") "},{" IDR("1.00") "}]}", SNAP_SUCCESS,
          INT64_C(99999999999999), false },
        { 200, TOLD IDR("1.00") ",\"status\":\"0007\"}]}", SNAP_STOP_CHANNEL, 1, false },
        { 200, TOLD "\"status\":\"0001\"}]}", SNAP_RETRYABLE, 0, false },
        { 200, TOLD IDR("1.234") "}]}", SNAP_RETRYABLE, 0, false },
        { 200, TOLD IDR("x") "}]}", SNAP_RETRYABLE, 0, false },
        { 200, TOLD "\"availableBalance\":{\"value\":\"1.00\",\"currency\":\"USD\"}}]}",
          SNAP_RETRYABLE, 1, false },
        { 200, "{\"responseCode\":\"2001100\",\"accountInfos\":[]}", SNAP_RETRYABLE, 0, false },
        { 200, "{\"responseCode\":\"2001100\",\"accountNo\":\"1\"}", SNAP_RETRYABLE, 0, true },
        { 200, "{\"responseCode\":\"2001100\",\"partnerReferenceNo\":\"OTHER\"}", SNAP_RETRYABLE,
          0, true },
        { 404, "{\"responseCode\":\"4041111\"}", SNAP_STOP_CHANNEL, 0, false },
        { 500, "{\"responseCode\":\"5001101\"}", SNAP_RETRYABLE, 0, false },
        { 200, "not JSON", SNAP_RETRYABLE, 0, false },
    };
    struct snap_transfer asked = { .reference = "BALANCE1", .account_number = "0115476117" };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap_call call = { .reason = "", .sent = true };
        snap_answer_read(snap_service_for(&issuer, &asked, SNAP_BALANCE), &issuer, &asked,
                         rows[i].http, rows[i].body, strlen(rows[i].body), &call);
        if (call.class != rows[i].class)
            print_message("%s\n", rows[i].body);
        assert_int_equal(call.class, rows[i].class);
        assert_int_equal(call.scope == SNAP_CHANNEL, call.class == SNAP_STOP_CHANNEL);
        assert_int_equal(call.mismatch, rows[i].mismatch);
        if (call.class == SNAP_SUCCESS)
            assert_true(call.balance_idr == rows[i].balance_idr);
    }
    asked.account_number[0] = '\0'; /* a deposit without a number: any is its own */
    struct snap_call call = { .reason = "" };
    snap_answer_read(snap_service_for(&issuer, &asked, SNAP_BALANCE), &issuer, &asked, 200,
                     rows[0].body, strlen(rows[0].body), &call);
    assert_int_equal(call.class, SNAP_SUCCESS);
}

static void test_missing(void **state)
{
    struct snap_call call = { .sent = false };
    (void)state;

    snap_answer_missing(snap_service_for(&wallet, &transfer, SNAP_PAYMENT), "refused", &call);
    assert_int_equal(call.class, SNAP_RETRYABLE);
    call.sent = true;
    snap_answer_missing(snap_service_for(&wallet, &transfer, SNAP_PAYMENT), "cut", &call);
    assert_int_equal(call.class, SNAP_UNKNOWN);
    assert_string_equal(call.reason, "PARTNER_TIMEOUT");
    snap_answer_missing(snap_service_for(&wallet, &transfer, SNAP_INQUIRY), "cut", &call);
    assert_int_equal(call.class, SNAP_RETRYABLE);
    call.sent = false;
    snap_answer_missing(snap_service_for(&wallet, &transfer, SNAP_STATUS), "cut", &call);
    assert_int_equal(call.class, SNAP_UNKNOWN);
}

static void test_message(void **state)
{
    char out[SNAP_MESSAGE_MAX];
    char text[400];
    (void)state;

    snap_copy_message(out, NULL);
    assert_string_equal(out, "");
    snap_copy_message(out, "a\nb\x1b");
    assert_string_equal(out, "a b ");
    for (size_t i = 0; i < sizeof text - 2; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[sizeof text - 2] = '\0';
    for (size_t shift = 0; shift < 2; shift++) {
        char shifted[402] = "x";
        (void)str_copy(shifted + shift, sizeof shifted - shift, text);
        snap_copy_message(out, shifted);
        assert_true(str_is_utf8(out, strlen(out)));
        assert_in_range(strlen(out), 148, 150);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payments), cmocka_unit_test(test_inquiries),
        cmocka_unit_test(test_statuses), cmocka_unit_test(test_issuer),
        cmocka_unit_test(test_balance),  cmocka_unit_test(test_missing),
        cmocka_unit_test(test_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
