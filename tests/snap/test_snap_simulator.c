/* The simulator as a fair partner: what it takes and what it refuses, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ask.h"

#define TRANSFER "/dana/v1.0/emoney/bank-account-inquiry.htm"
#define ONE_RUPIAH "\"amount\":{\"value\":\"1.00\",\"currency\":\"IDR\"}"
#define TO_BANK(rest)                                                                              \
    "{\"customerNumber\":\"628110000009\",\"beneficiaryAccountNumber\":\"0115476151\"," ONE_RUPIAH \
    ",\"additionalInfo\":{\"fundType\":\"X\"" rest "}}"

static const struct {
    struct ask ask;
    int64_t code;
} requests[] = {
    { { .path = INQUIRY, .body = BODY }, 2003700 },
    { { .path = INQUIRY ".htm", .body = BODY }, 2003700 },
    { { .path = INQUIRY, .body = " { \"customerNumber\" : \"628110000001\" ,\r\n\t\"amount\" : "
                                 "{ \"value\":\"1.00\", \"currency\" : \"IDR\" },"
                                 "\"additionalInfo\":{\"fundType\":\" a b \"} } " },
      2003700 },
    { { .path = INQUIRY, .body = BODY, .signed_body = BODY " " }, 2003700 },
    { { .path = INQUIRY, .body = BODY, .signed_body = "{}" }, 4013700 },
    { { .path = INQUIRY, .body = BODY, .timestamp = "2026-03-02T09:15:30+07:00" }, 4013700 },
    { { .path = INQUIRY, .body = BODY, .timestamp = "yesterday" }, 4003701 },
    { { .path = INQUIRY, .body = BODY, .partner_id = "somebody" }, 4013700 },
    { { .path = INQUIRY, .body = BODY, .channel_id = "123456" }, 4003701 },
    { { .path = INQUIRY,
        .body = BODY,
        .external_id = "1234567890123456789012345678901234567" },
      4003701 },
    { { .path = INQUIRY, .body = BODY, .content_type = "text/plain" }, 4003702 },
    { { .path = INQUIRY, .body = BODY, .without = "X-TIMESTAMP" }, 4003702 },
    { { .path = INQUIRY, .body = BODY, .without = "X-SIGNATURE" }, 4003702 },
    { { .path = INQUIRY, .body = BODY, .without = "X-PARTNER-ID" }, 4003702 },
    { { .path = INQUIRY, .body = BODY, .without = "X-EXTERNAL-ID" }, 4003702 },
    { { .path = INQUIRY, .body = BODY, .without = "CHANNEL-ID" }, 4003702 },
    { { .path = INQUIRY, .body = "" }, 4003700 },
    { { .path = INQUIRY, .body = "\xef\xbb\xbf" BODY }, 4003700 },
    { { .path = INQUIRY, .body = "[]" }, 4003700 },
    { { .path = INQUIRY, .body = "{\"a\":1,\"a\":2}" }, 4003700 },
    { { .path = INQUIRY, .body = "{\"customerNumber\":\"628110000001\"}" }, 4003702 },
    { { .path = INQUIRY, .body = "{\"customerNumber\":628110000001}" }, 4003702 },
    { { .path = INQUIRY,
        .body = "{\"customerNumber\":\"628110000001\",\"amount\":{\"value\":\"1.00\","
                "\"currency\":\"IDR\"}}" },
      4003702 }, /* this partner wants a fundType */
    { { .path = INQUIRY,
        .body = "{\"customerNumber\":\"628110000001\",\"amount\":{\"value\":\"600000\","
                "\"currency\":\"IDR\"},\"additionalInfo\":{\"fundType\":\"X\"}}" },
      4003701 },
    { { .path = INQUIRY,
        .body = "{\"customerNumber\":\"628110000001\",\"amount\":{\"value\":\"1.00\","
                "\"currency\":\"USD\"},\"additionalInfo\":{\"fundType\":\"X\"}}" },
      4003701 },
    { { .path = INQUIRY,
        .body = "{\"partnerReferenceNo\":\"A,B\",\"customerNumber\":\"62811\",\"amount\":{"
                "\"value\":\"1.00\",\"currency\":\"IDR\"},\"additionalInfo\":{\"fundType\":"
                "\"X\"}}" },
      4003701 },
    { { .path = TRANSFER, .body = TO_BANK(",\"beneficiaryBankCode\":\"014\"") }, 2004200 },
    { { .path = TRANSFER, .body = TO_BANK("") }, 4004202 },
    { { .path = TRANSFER, .body = "{}" }, 4004202 },
    { { .path = "/dana/v1.0/emoney/transfer-bank.htm",
        .body = TO_BANK(",\"beneficiaryBankCode\":\"014\"") },
      4004302 }, /* the reference, and the bank code elsewhere */
    { { .path = "/dana/v1.0/emoney/transfer-bank-status.htm",
        .body = "{\"originalPartnerReferenceNo\":\"NOBODY\",\"serviceCode\":\"00\"}" },
      4040001 },
    { { .path = "/dana/v1.0/balance-inquiry.htm", .body = "{}" }, 2001100 },
    { { .path = "/dana/v1.0/balance-inquiry.htm", .body = "{\"accountNo\":\"x\"}" }, 4001101 },
    { { .path = "/dana/rest/v1.0/emoney/topup-status",
        .body = "{\"originalPartnerReferenceNo\":\"NOBODY\",\"serviceCode\":\"38\"}" },
      4043901 },
    { { .path = "/dana/rest/v1.0/emoney/nothing", .body = BODY }, 404 },
    { { .path = "/dana/v1.0/access-token/b2b", .body = BODY }, 404 },
    { { .path = "/gopay/v1.0/emoney/account-inquiry", .body = BODY }, 4013703 },
    { { .path = "/gopay/v1.0/emoney/account-inquiry", .body = BODY, .token = "none" },
      4013703 },
};

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        int64_t code = ask_for(&requests[i].ask);
        if (code != requests[i].code)
            print_message("row %zu: %.60s\n", i, requests[i].ask.body);
        assert_int_equal(code, requests[i].code);
    }
}

/* Each partner's own paths, so that its SDK can be pointed here; whose it is shows in the code. */
static void test_own_paths(void **state)
{
    static const struct {
        const char *path;
        int64_t code; /* without a token: 401xx03; DANA needs none */
    } rows[] = {
        { "/rest/v1.0/emoney/account-inquiry", 2003700 },
        { "/v1.0/emoney/account-inquiry.htm", 2003700 }, /* DANA's older form */
        { "/dana/v1.0/emoney/account-inquiry.htm", 2003700 },
        { "/v1.0/emoney/bank-account-inquiry.htm", 4004202 },
        { "/v1.0/emoney/account-inquiry", 4013703 }, /* Midtrans */
        { "/v1.0/account-inquiry-internal", 4011503 },
        { "/v1.0/transfer-interbank", 4011803 },
        { "/v1.0/balance-inquiry", 4011103 },
        { "/snap-service/v1/transfer-intrabank", 4011703 }, /* BNI */
        { "/snap-service/v1/transfer/status", 4013603 },
        { "/openapi/v1.0/account-inquiry-internal", 4011503 }, /* BCA */
        { "/openapi/v2.0/transfer-interbank", 4011803 },
        { "/openapi/v1.0/transfer-interbank", 404 },
        { "/ovo/v1.0/emoney/topup", 4013803 },
        { "/linkaja/v1.0/emoney/topup-status", 4013903 },
        { "/ovo/v1.0/emoney/topup.htm", 404 },
        { "/gopay/v1.0/emoney/transfer-bank", 404 },
        { "/dana/v1.0/emoney/transfer-bank", 404 },
        { "/danaa/v1.0/balance-inquiry.htm", 404 },
        { "v1.0/balance-inquiry", 404 },
        { "/", 404 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ask ask = { .path = rows[i].path, .body = BODY };
        int64_t code = ask_for(&ask);
        if (code != rows[i].code)
            print_message("%s\n", rows[i].path);
        assert_int_equal(code, rows[i].code);
    }
}

static void test_replay(void **state)
{
    struct ask ask = { .path = INQUIRY, .body = BODY, .external_id = "777" };
    (void)state;
    assert_int_equal(ask_for(&ask), 2003700);
    assert_int_equal(ask_for(&ask), 4093700);
}

static void test_too_big(void **state)
{
    struct buf body = { 0 };
    (void)state;
    while (body.size < 70000)
        buf_text(&body, "                    ");
    struct ask ask = { .path = INQUIRY, .body = body.data };
    assert_int_equal(ask_for(&ask), 413);
    buf_release(&body);
}

static void test_tokens(void **state)
{
    char token[65];
    struct ask ask = { .path = "/gopay/v1.0/emoney/account-inquiry", .body = BODY, .token = token };
    (void)state;

    assert_int_equal(ask_token(GOPAY_TOKEN, "insentif", GRANT, false, token), 4017300);
    assert_int_equal(ask_token(GOPAY_TOKEN, "somebody", GRANT, true, token), 4017300);
    assert_int_equal(ask_token(GOPAY_TOKEN, "insentif", "{}", true, token), 4007300);
    assert_int_equal(ask_token(GOPAY_TOKEN, "insentif", GRANT, true, token), 2007300);
    assert_int_equal(ask_for(&ask), 2003700);
    ask.path = "/ovo/v1.0/emoney/account-inquiry"; /* another partner's token */
    assert_int_equal(ask_for(&ask), 4013703);
    ask.path = INQUIRY; /* this one takes both kinds of signature, if the token is its own */
    assert_int_equal(ask_for(&ask), 4013703);
    assert_int_equal(ask_token("/v1.0/access-token/b2b.htm", "insentif", GRANT, true, token),
                     2007300);
    assert_int_equal(ask_for(&ask), 2003700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_own_paths),
        cmocka_unit_test(test_replay),   cmocka_unit_test(test_too_big),
        cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, ask_open, ask_close);
}
