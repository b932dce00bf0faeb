/* The tables of snap-bi.md sections 6.4 and 7, typed a second time from the document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "code_rows.h"
#include "snap/code.h"

static struct snap_verdict ask(int service, int http, int kase, const char *text, const char *word)
{
    char code[16];
    (void)snprintf(code, sizeof code, "%03d%02d%02d", http, service, kase);
    return snap_code_read(service, http, code, text, word);
}

static void test_rows(void **state)
{
    (void)state;
    assert_int_equal(snap_code_count, CODE_ROWS);
    for (size_t i = 0; i < CODE_ROWS; i++) {
        int http = code_rows[i].http, kase = code_rows[i].kase;
        struct snap_verdict v = ask(38, http, kase, NULL, NULL);
        if (code_letter(v.class) != code_rows[i].on_38)
            print_message("%d case %d\n", http, kase);
        assert_int_equal(code_letter(v.class), code_rows[i].on_38);
        assert_string_equal(v.reason, code_rows[i].reason_38);
        assert_int_equal(v.scope == SNAP_CHANNEL, code_rows[i].channel);
        assert_true(v.listed);
        assert_int_equal(code_letter(ask(17, http, kase, NULL, NULL).class), code_rows[i].on_17);
        assert_int_equal(code_letter(ask(18, http, kase, NULL, NULL).class), code_rows[i].on_18);
        assert_int_equal(code_letter(ask(43, http, kase, NULL, NULL).class), code_rows[i].on_43);
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

static void test_questions(void **state)
{
    static const int questions[] = { 11, 15, 16, 37, 42 };
    (void)state;

    for (size_t i = 0; i < CODE_ROWS; i++)
        for (size_t k = 0; k < sizeof questions / sizeof questions[0]; k++) {
            enum snap_class class =
                ask(questions[k], code_rows[i].http, code_rows[i].kase, NULL, NULL).class;
            assert_int_equal(code_letter(class), code_on_question(&code_rows[i], questions[k]));
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
    assert_int_equal(listed, CODE_ROWS);
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
        cmocka_unit_test(test_questions), cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_words),     cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
