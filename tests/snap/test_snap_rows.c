/*
 * Every row of snap-bi.md section 7 on every service, over HTTP: a simulator gives the code, the
 * room's call must have the class that the document gives it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "code_rows.h"
#include "live.h"

static const struct service {
    int code; /* of the payment */
    int inquiry, status;
    int partner;
    const char *bank_code;
    size_t letter; /* in struct code_row */
} services[] = {
    { 17, 15, 36, BNI, "", offsetof(struct code_row, on_17) },
    { 17, 15, 36, BCA, "014", offsetof(struct code_row, on_17) },
    { 18, 16, 36, BNI, "014", offsetof(struct code_row, on_18) },
    { 38, 37, 39, GOPAY, "", offsetof(struct code_row, on_38) },
    { 38, 37, 39, DANA, "", offsetof(struct code_row, on_38) },
    { 43, 42, 0, DANA, "014", offsetof(struct code_row, on_43) },
};

#define SERVICES (sizeof services / sizeof services[0])

/* A transfer of its own for each row, whose account answers with the row's code. */
static void fixtures(const char *behaviour, const struct service *service,
                     struct snap_transfer t[CODE_ROWS])
{
    struct buf lines = { 0 };

    for (size_t i = 0; i < CODE_ROWS; i++) {
        t[i] = live_fresh_at(service->partner, service->bank_code);
        buf_printf(&lines, "%s %s:%d:%d\n", t[i].account_number, behaviour, code_rows[i].http,
                   code_rows[i].kase);
    }
    sim_child_post(&live_child, "/_control/fixtures", lines.data);
    buf_release(&lines);
}

/* The answer was the one that was wanted, and this letter is its class. */
static void check(const struct snap_call *call, const struct code_row *row, int service,
                  char letter)
{
    char code[16];

    (void)snprintf(code, sizeof code, "%03d%02d%02d", row->http, service, row->kase);
    if (code_letter(call->class) != letter || strcmp(call->code, code) != 0)
        print_message("%s: %s %s, expected %c\n", code, call->code, snap_class_name(call->class),
                      letter);
    assert_string_equal(call->code, code);
    assert_int_equal(call->http, row->http);
    assert_int_equal(code_letter(call->class), letter);
    assert_true(call->sent);
    assert_false(call->mismatch || call->alarm);
}

static void test_payments(void **state)
{
    static struct snap_transfer t[CODE_ROWS];
    (void)state;

    for (size_t s = 0; s < SERVICES; s++) {
        fixtures("code", &services[s], t);
        for (size_t i = 0; i < CODE_ROWS; i++) {
            const struct code_row *row = &code_rows[i];
            struct snap_call call = live_pay(&t[i]);
            check(&call, row, services[s].code, *((const char *)row + services[s].letter));
            assert_int_equal(sim_child_booked(&live_child, t[i].reference), row->http == 200);
            if (services[s].code != 38)
                continue;
            assert_string_equal(call.reason, row->reason_38);
            assert_int_equal(call.scope == SNAP_CHANNEL, row->channel);
        }
    }
}

static void test_inquiries(void **state)
{
    static struct snap_transfer t[CODE_ROWS];
    (void)state;

    for (size_t s = 0; s < SERVICES; s++) {
        fixtures("inquiry-code", &services[s], t);
        for (size_t i = 0; i < CODE_ROWS; i++) {
            struct snap_call call = live_inquire(&t[i]);
            check(&call, &code_rows[i], services[s].inquiry,
                  code_on_question(&code_rows[i], services[s].inquiry));
        }
    }
}

/* Only 200 and "not found" say something about the payment; all else says nothing. */
static void test_statuses(void **state)
{
    static struct snap_transfer t[CODE_ROWS];
    (void)state;

    for (size_t s = 0; s < SERVICES; s++) {
        fixtures("status-code", &services[s], t);
        for (size_t i = 0; i < CODE_ROWS; i++) {
            const struct code_row *row = &code_rows[i];
            bool known = row->http == 200, absent = row->http == 404 && row->kase == 1;
            struct snap_call call = live_pay(&t[i]);
            assert_true(call.class == SNAP_SUCCESS || call.class == SNAP_IN_PROGRESS);
            live_settle();
            call = live_status(&t[i]);
            check(&call, row, services[s].status, known ? 'S' : absent ? 'R' : 'U');
            assert_int_equal(call.outcome, known    ? SNAP_OUTCOME_PAID
                                           : absent ? SNAP_OUTCOME_NOT_FOUND
                                                    : SNAP_OUTCOME_NONE);
        }
    }
}

/* Codes that are in no row, and a field that the participant gave. */
static void test_others(void **state)
{
    static const struct {
        const char *behaviour;
        int partner;
        const char *bank_code;
        enum snap_class class;
        const char *reason;
    } rows[] = {
        { "code:418:0", GOPAY, "", SNAP_UNKNOWN, "UNKNOWN_CODE" },
        { "code:403:24", BNI, "", SNAP_UNKNOWN, "UNKNOWN_CODE" },
        { "code:404:99", BNI, "014", SNAP_UNKNOWN, "UNKNOWN_CODE" },
        { "code:299:0", DANA, "", SNAP_UNKNOWN, "UNKNOWN_CODE" },
        { "code:502:0", DANA, "014", SNAP_UNKNOWN, "PARTNER_TIMEOUT" },
        { "code:599:99", BCA, "", SNAP_UNKNOWN, "PARTNER_TIMEOUT" },
        { "code:400:1:customerNumber", GOPAY, "", SNAP_PARTICIPANT, "ACCOUNT_NOT_FOUND" },
        { "code:400:1:beneficiaryAccountNumber", DANA, "014", SNAP_PARTICIPANT,
          "ACCOUNT_NOT_FOUND" },
        { "code:400:1:amount", GOPAY, "", SNAP_STOP_TRANSFER, "UNKNOWN_CODE" },
        { "code:403:5:PAYEE_USER_NOT_KYC", OVO, "", SNAP_PARTICIPANT, "ACCOUNT_NOT_KYC" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap_transfer t = live_fresh_at(rows[i].partner, rows[i].bank_code);
        sim_child_fixture(&live_child, t.account_number, rows[i].behaviour);
        struct snap_call call = live_pay(&t);
        live_is(&call, rows[i].class, rows[i].reason, rows[i].behaviour);
        call = live_inquire(&t);
        live_is(&call, SNAP_SUCCESS, "", rows[i].behaviour);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payments),
        cmocka_unit_test(test_inquiries),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
