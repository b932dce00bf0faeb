/* The tables of snap-bi.md sections 6.4 and 7, typed a second time from the document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "snap/code.h"

/* S success  P in progress  D duplicate  R retryable  U unknown  F participant  T, C stop */
static const struct {
    int http, kase;
    char on_17, on_18, on_38;
    bool channel;
    const char *reason_38;
} rows[] = {
    { 200, 0, 'S', 'S', 'S', false, "" },
    { 202, 0, 'P', 'P', 'P', false, "" },
    { 400, 0, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 400, 1, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 400, 2, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 401, 0, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 401, 1, 'R', 'R', 'R', false, "PARTNER_UNAVAILABLE" },
    { 401, 2, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 401, 3, 'R', 'R', 'R', false, "PARTNER_UNAVAILABLE" },
    { 401, 4, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 403, 0, 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 403, 1, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 403, 2, 'C', 'C', 'F', false, "BALANCE_LIMIT" },
    { 403, 3, 'T', 'T', 'T', false, "SUSPECTED_FRAUD" },
    { 403, 4, 'R', 'R', 'R', true, "PARTNER_UNAVAILABLE" },
    { 403, 5, 'F', 'F', 'F', false, "ACCOUNT_INACTIVE" },
    { 403, 6, 'R', 'R', 'R', true, "CUT_OFF" },
    { 403, 7, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 8, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 9, 'F', 'F', 'F', false, "ACCOUNT_INACTIVE" },
    { 403, 10, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 11, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 12, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 13, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 14, 'R', 'R', 'R', true, "PROGRAMME_FUNDS" },
    { 403, 15, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 16, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 403, 17, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 18, 'F', 'F', 'F', false, "ACCOUNT_INACTIVE" },
    { 403, 19, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 403, 20, 'R', 'R', 'R', true, "PARTNER_UNAVAILABLE" },
    { 403, 21, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 22, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 23, 'F', 'F', 'F', false, "MONTHLY_LIMIT" },
    { 404, 0, 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 404, 1, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 2, 'C', 'U', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 3, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 4, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 5, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 6, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 7, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 8, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 9, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 10, 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 404, 11, 'F', 'F', 'F', false, "ACCOUNT_NOT_FOUND" },
    { 404, 12, 'F', 'F', 'F', false, "ACCOUNT_NOT_FOUND" },
    { 404, 13, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 14, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 15, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 16, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 17, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 18, 'D', 'D', 'U', false, "DUPLICATE_REFERENCE" },
    { 404, 19, 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 405, 0, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 405, 1, 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 409, 0, 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 409, 1, 'D', 'D', 'D', false, "DUPLICATE_REFERENCE" },
    { 429, 0, 'R', 'R', 'R', true, "PARTNER_UNAVAILABLE" },
    { 500, 0, 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 500, 1, 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 500, 2, 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 504, 0, 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
};

#define ROWS (sizeof rows / sizeof rows[0])

static char letter(enum snap_class class)
{
    return "SPDRUFTC"[class];
}

static struct snap_verdict ask(int service, int http, int kase, const char *text, const char *word)
{
    char code[16];
    (void)snprintf(code, sizeof code, "%03d%02d%02d", http, service, kase);
    return snap_code_read(service, http, code, text, word);
}

static void test_rows(void **state)
{
    (void)state;
    assert_int_equal(snap_code_count, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        int http = rows[i].http, kase = rows[i].kase;
        struct snap_verdict v = ask(38, http, kase, NULL, NULL);
        if (letter(v.class) != rows[i].on_38)
            print_message("%d case %d\n", http, kase);
        assert_int_equal(letter(v.class), rows[i].on_38);
        assert_string_equal(v.reason, rows[i].reason_38);
        assert_int_equal(v.scope == SNAP_CHANNEL, rows[i].channel);
        assert_true(v.listed);
        assert_int_equal(letter(ask(17, http, kase, NULL, NULL).class), rows[i].on_17);
        assert_int_equal(letter(ask(18, http, kase, NULL, NULL).class), rows[i].on_18);
    }
}

/* The document's messages, so that a shifted row shows. */
static void test_texts(void **state)
{
    static const struct {
        int http, kase;
        const char *text;
    } some[] = { { 403, 14, "Insufficient Funds" },
                 { 403, 23, "Account Limit Exceed" },
                 { 404, 11, "Invalid Card/Account/Customer/Virtual Account" },
                 { 404, 18, "Inconsistent Request" },
                 { 409, 1, "Duplicate partnerReferenceNo" } };
    size_t found = 0;
    (void)state;

    for (size_t i = 0; i < snap_code_count; i++)
        for (size_t k = 0; k < sizeof some / sizeof some[0]; k++)
            if (snap_code_rows[i].http == some[k].http && snap_code_rows[i].kase == some[k].kase) {
                assert_string_equal(snap_code_rows[i].text, some[k].text);
                found++;
            }
    assert_int_equal(found, sizeof some / sizeof some[0]);
}

/* On inquiries "unknown" and "duplicate" read as "retryable"; all else as on payments. */
static void test_inquiries(void **state)
{
    static const int inquiries[] = { 15, 16, 37 }, payments[] = { 17, 18, 38 };
    (void)state;

    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < 3; k++) {
            int http = rows[i].http, kase = rows[i].kase;
            char got = letter(ask(inquiries[k], http, kase, NULL, NULL).class);
            char paying = letter(ask(payments[k], http, kase, NULL, NULL).class);
            if (http == 404 && kase == 2)
                assert_int_equal(got, 'C'); /* 18 only */
            else
                assert_int_equal(got, paying == 'U' || paying == 'D' ? 'R' : paying);
        }
}

static void test_misfits(void **state)
{
    static const struct {
        int service, http;
        const char *code;
    } bad[] = {
        { 38, 200, NULL },      { 38, 200, "" },         { 38, 200, "200380" },
        { 38, 200, "20038000" }, { 38, 200, "2003700" },  { 38, 200, "2003900" },
        { 38, 201, "2003800" }, { 38, 500, "2003800" },  { 38, 200, "4043811" },
        { 38, 404, "4041711" }, { 38, 200, " 203800" },  { 38, 200, "+203800" },
        { 38, 200, "20038o0" }, { 38, 403, "4033824" },  { 38, 418, "4183800" },
        { 38, 200, "2003801" }, { 17, 404, "4041899" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct snap_verdict v = snap_code_read(bad[i].service, bad[i].http, bad[i].code, "", "");
        assert_int_equal(v.class, SNAP_UNKNOWN);
        assert_false(v.listed);
        assert_string_equal(v.reason, bad[i].http >= 500 ? "PARTNER_TIMEOUT" : "UNKNOWN_CODE");
    }
    /* every code that has no row: a whole sweep of three digits and two */
    size_t listed = 0;
    for (int http = 0; http < 1000; http++)
        for (int kase = 0; kase < 100; kase++) {
            struct snap_verdict v = ask(38, http, kase, NULL, NULL);
            listed += v.listed;
            if (!v.listed)
                assert_int_equal(v.class, SNAP_UNKNOWN);
        }
    assert_int_equal(listed, ROWS);
}

static void test_words(void **state)
{
    static const struct {
        const char *word, *reason;
    } words[] = { { "PAYEE_USER_NOT_KYC", "ACCOUNT_NOT_KYC" },
                  { "payee_user_not_kyc", "ACCOUNT_NOT_KYC" },
                  { "PAYEE_USER_NOT_EXIST", "ACCOUNT_NOT_FOUND" },
                  { "PAYEE_USER_STATUS_DISABLE", "ACCOUNT_INACTIVE" },
                  { "PAYEE_ACCOUNT_CLOSED", "ACCOUNT_CLOSED" },
                  { "PAYEE_PHONE_CHANGED", "PHONE_CHANGED" },
                  { "PAYEE_NIK_MISMATCH", "NIK_MISMATCH" },
                  { "PAYEE_SELFIE_MISMATCH", "SELFIE_MISMATCH" },
                  { "SOMETHING_ELSE", "ACCOUNT_INACTIVE" } };
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct snap_verdict v = ask(38, 403, 5, "Do Not Honor", words[i].word);
        assert_int_equal(v.class, SNAP_PARTICIPANT);
        assert_string_equal(v.reason, words[i].reason);
        assert_string_equal(ask(37, 403, 5, words[i].word, NULL).reason, words[i].reason);
    }
    /* words never soften what isn't the participant's */
    assert_int_equal(ask(38, 500, 0, "PAYEE_USER_NOT_KYC", "PAYEE_USER_NOT_KYC").class,
                     SNAP_UNKNOWN);
    assert_int_equal(ask(38, 403, 3, NULL, "PAYEE_USER_NOT_KYC").class, SNAP_STOP_TRANSFER);

    assert_int_equal(ask(38, 400, 1, "Invalid Field Format customerNumber", NULL).class,
                     SNAP_PARTICIPANT);
    assert_int_equal(ask(18, 400, 1, "Invalid Field Format beneficiaryAccountNo", NULL).class,
                     SNAP_PARTICIPANT);
    assert_int_equal(ask(38, 400, 1, "Invalid Field Format amount", NULL).class,
                     SNAP_STOP_TRANSFER);
}

static void test_statuses(void **state)
{
    (void)state;
    assert_int_equal(snap_status_read("00"), SNAP_OUTCOME_PAID);
    assert_int_equal(snap_status_read("01"), SNAP_OUTCOME_PENDING);
    assert_int_equal(snap_status_read("02"), SNAP_OUTCOME_PENDING);
    assert_int_equal(snap_status_read("03"), SNAP_OUTCOME_PENDING);
    assert_int_equal(snap_status_read("04"), SNAP_OUTCOME_FAILED);
    assert_int_equal(snap_status_read("05"), SNAP_OUTCOME_FAILED);
    assert_int_equal(snap_status_read("06"), SNAP_OUTCOME_FAILED);
    assert_int_equal(snap_status_read("07"), SNAP_OUTCOME_NOT_FOUND);
    assert_int_equal(snap_status_read("08"), SNAP_OUTCOME_PENDING);
    assert_int_equal(snap_status_read(""), SNAP_OUTCOME_PENDING);
    assert_int_equal(snap_status_read(NULL), SNAP_OUTCOME_NONE);
}

static void test_failures(void **state)
{
    static const struct {
        const char *previous, *desc;
        enum snap_class class;
        const char *reason;
    } failures[] = {
        { NULL, NULL, SNAP_STOP_TRANSFER, "UNKNOWN_CODE" },
        { "", "Failed", SNAP_STOP_TRANSFER, "UNKNOWN_CODE" },
        { NULL, "PAYEE_USER_NOT_KYC", SNAP_PARTICIPANT, "ACCOUNT_NOT_KYC" },
        { "4033805", "failed: PAYEE_ACCOUNT_CLOSED", SNAP_PARTICIPANT, "ACCOUNT_CLOSED" },
        { "4033802", "Failed", SNAP_PARTICIPANT, "BALANCE_LIMIT" },
        { "4043811", NULL, SNAP_PARTICIPANT, "ACCOUNT_NOT_FOUND" },
        { "4033803", NULL, SNAP_STOP_TRANSFER, "SUSPECTED_FRAUD" },
        { "4033814", NULL, SNAP_RETRYABLE, "PROGRAMME_FUNDS" },
        { "4013800", NULL, SNAP_STOP_CHANNEL, "PARTNER_UNAVAILABLE" },
        { "5003800", NULL, SNAP_RETRYABLE, "PARTNER_UNAVAILABLE" },
        { "5043800", NULL, SNAP_RETRYABLE, "PARTNER_UNAVAILABLE" },
        { "2003800", NULL, SNAP_STOP_TRANSFER, "UNKNOWN_CODE" },
        { "2023800", NULL, SNAP_STOP_TRANSFER, "UNKNOWN_CODE" },
        { "4093801", NULL, SNAP_STOP_TRANSFER, "UNKNOWN_CODE" },
        { "4041711", NULL, SNAP_STOP_TRANSFER, "UNKNOWN_CODE" }, /* another service's */
        { "4183800", NULL, SNAP_STOP_TRANSFER, "UNKNOWN_CODE" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        struct snap_verdict v =
            snap_code_read_failure(38, failures[i].previous, failures[i].desc, NULL);
        assert_int_equal(v.class, failures[i].class);
        assert_string_equal(v.reason, failures[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),      cmocka_unit_test(test_texts),
        cmocka_unit_test(test_inquiries), cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_words),     cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
