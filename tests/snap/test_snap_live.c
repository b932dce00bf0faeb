/* The room against a simulator of its own: every behaviour, and booked at most once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "live.h"

struct expected {
    enum snap_class class;
    const char *reason;
};

#define GOOD { SNAP_SUCCESS, "" }
#define BAD(reason) { SNAP_PARTICIPANT, reason }
#define LOST { SNAP_UNKNOWN, "PARTNER_TIMEOUT" }
#define ABSENT { SNAP_RETRYABLE, "" }

struct behaviour {
    const char *name;
    struct expected inquiry, payment, status; /* for wallets */
    const char *bank_reason;                  /* NULL: the same */
    enum snap_outcome outcome;
    int booked;
};

static const struct behaviour behaviours[] = {
    { "ok", GOOD, GOOD, GOOD, NULL, SNAP_OUTCOME_PAID, 1 },
    { "not_kyc", BAD("ACCOUNT_NOT_KYC"), BAD("ACCOUNT_NOT_KYC"), BAD("ACCOUNT_NOT_KYC"), NULL,
      SNAP_OUTCOME_FAILED, 0 },
    { "pay:not_kyc", GOOD, BAD("ACCOUNT_NOT_KYC"), BAD("ACCOUNT_NOT_KYC"), NULL,
      SNAP_OUTCOME_FAILED, 0 },
    { "closed", BAD("ACCOUNT_CLOSED"), BAD("ACCOUNT_CLOSED"), BAD("ACCOUNT_CLOSED"), NULL,
      SNAP_OUTCOME_FAILED, 0 },
    { "inactive", BAD("ACCOUNT_INACTIVE"), BAD("ACCOUNT_INACTIVE"), BAD("ACCOUNT_INACTIVE"), NULL,
      SNAP_OUTCOME_FAILED, 0 },
    { "not_found", BAD("ACCOUNT_NOT_FOUND"), BAD("ACCOUNT_NOT_FOUND"), BAD("ACCOUNT_NOT_FOUND"),
      NULL, SNAP_OUTCOME_FAILED, 0 },
    { "frozen", BAD("ACCOUNT_INACTIVE"), BAD("ACCOUNT_INACTIVE"), BAD("ACCOUNT_INACTIVE"), NULL,
      SNAP_OUTCOME_FAILED, 0 },
    { "limit", BAD("BALANCE_LIMIT"), BAD("BALANCE_LIMIT"), BAD("BALANCE_LIMIT"), "MONTHLY_LIMIT",
      SNAP_OUTCOME_FAILED, 0 },
    { "monthly", BAD("MONTHLY_LIMIT"), BAD("MONTHLY_LIMIT"), BAD("MONTHLY_LIMIT"), NULL,
      SNAP_OUTCOME_FAILED, 0 },
    { "phone_changed", BAD("PHONE_CHANGED"), BAD("PHONE_CHANGED"), BAD("PHONE_CHANGED"), NULL,
      SNAP_OUTCOME_FAILED, 0 },
    { "fraud", GOOD, { SNAP_STOP_TRANSFER, "SUSPECTED_FRAUD" },
      { SNAP_STOP_TRANSFER, "SUSPECTED_FRAUD" }, NULL, SNAP_OUTCOME_FAILED, 0 },
    { "name_differs", BAD("NIK_MISMATCH"), GOOD, GOOD, NULL, SNAP_OUTCOME_PAID, 1 },
    { "cut_before", GOOD, LOST, ABSENT, NULL, SNAP_OUTCOME_NOT_FOUND, 0 },
    { "cut_after", GOOD, LOST, GOOD, NULL, SNAP_OUTCOME_PAID, 1 },
    { "error_before", GOOD, LOST, ABSENT, NULL, SNAP_OUTCOME_NOT_FOUND, 0 },
    { "error_after", GOOD, LOST, GOOD, NULL, SNAP_OUTCOME_PAID, 1 },
    { "late:3600000", GOOD, { SNAP_IN_PROGRESS, "" }, { SNAP_IN_PROGRESS, "" }, NULL,
      SNAP_OUTCOME_PENDING, 0 },
    { "down", { SNAP_RETRYABLE, "PARTNER_UNAVAILABLE" }, LOST, ABSENT, NULL,
      SNAP_OUTCOME_NOT_FOUND, 0 },
    { "busy", { SNAP_RETRYABLE, "PARTNER_UNAVAILABLE" },
      { SNAP_RETRYABLE, "PARTNER_UNAVAILABLE" }, ABSENT, NULL, SNAP_OUTCOME_NOT_FOUND, 0 },
    { "cut_off", GOOD, { SNAP_RETRYABLE, "CUT_OFF" }, ABSENT, NULL, SNAP_OUTCOME_NOT_FOUND, 0 },
    { "no_funds", GOOD, { SNAP_RETRYABLE, "PROGRAMME_FUNDS" }, ABSENT, NULL,
      SNAP_OUTCOME_NOT_FOUND, 0 },
};

static void behave(int partner, const char *bank_code, const struct behaviour *b)
{
    struct snap_transfer t = live_fresh(partner);
    bool bank = partner < DANA;
    const char *reason;

    (void)str_copy(t.bank_code, sizeof t.bank_code, bank_code);
    sim_child_fixture(&live_child, t.account_number, b->name);

    struct snap_call call = live_inquire(&t);
    reason = bank && b->bank_reason ? b->bank_reason : b->inquiry.reason;
    live_is(&call, b->inquiry.class, reason, b->name);
    assert_true(call.sent);
    assert_int_equal(call.name, strcmp(b->name, "name_differs") == 0 ? SNAP_NAME_DIFFERS
                                : call.class == SNAP_SUCCESS         ? SNAP_NAME_SAME
                                                                     : SNAP_NAME_ABSENT);
    call = live_pay(&t);
    reason = bank && b->bank_reason ? b->bank_reason : b->payment.reason;
    live_is(&call, b->payment.class, reason, b->name);
    assert_true(call.sent);
    assert_true(call.class != SNAP_SUCCESS || call.reference_no[0]);
    assert_int_equal(sim_child_booked(&live_child, t.reference), b->booked);

    call = live_status(&t);
    reason = bank && b->bank_reason ? b->bank_reason : b->status.reason;
    live_is(&call, b->status.class, reason, b->name);
    assert_int_equal(call.outcome, b->outcome);
    assert_int_equal(sim_child_booked(&live_child, t.reference), b->booked);
}

static void test_behaviours(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof behaviours / sizeof behaviours[0]; i++) {
        behave(GOPAY, "", &behaviours[i]);
        behave(DANA, "", &behaviours[i]);
        behave(BNI, "", &behaviours[i]);
        behave(BCA, "009", &behaviours[i]);
    }
}

/* Silence needs a client with little patience: this partner's calls end after a second. */
static void test_silence(void **state)
{
    struct snap_transfer before = live_fresh(LINKAJA), after = live_fresh(LINKAJA);
    struct snap_call call;
    (void)state;

    call = live_inquire(&before); /* the token is there before the time counts */
    live_is(&call, SNAP_SUCCESS, "", "patience");
    sim_child_fixture(&live_child, before.account_number, "timeout_before:1");
    call = live_pay(&before);
    live_is(&call, SNAP_UNKNOWN, "PARTNER_TIMEOUT", "timeout_before");
    assert_true(call.sent);
    call = live_status(&before);
    assert_int_equal(call.outcome, SNAP_OUTCOME_NOT_FOUND);
    call = live_pay(&before);
    live_is(&call, SNAP_SUCCESS, "", "sent again");
    assert_int_equal(sim_child_booked(&live_child, before.reference), 1);

    sim_child_fixture(&live_child, after.account_number, "timeout_after");
    call = live_pay(&after);
    live_is(&call, SNAP_UNKNOWN, "PARTNER_TIMEOUT", "timeout_after");
    call = live_status(&after);
    assert_int_equal(call.outcome, SNAP_OUTCOME_PAID);
    assert_true(call.reference_no[0] != '\0');
    assert_int_equal(sim_child_booked(&live_child, after.reference), 1);
}

/* Sent again under the same reference: booked once, whatever the partner's manners. */
static void test_again(void **state)
{
    static const int partners[] = { GOPAY, BNI, BCA };
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct snap_transfer t = live_fresh(partners[i]);
        struct snap_call call = live_pay(&t);
        live_is(&call, SNAP_SUCCESS, "", "first");
        call = live_pay(&t);
        live_is(&call, SNAP_DUPLICATE, "DUPLICATE_REFERENCE", "again");
        assert_int_equal(live_status(&t).outcome, SNAP_OUTCOME_PAID);
        assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
    }
}

static void test_again_repeating_partner(void **state)
{
    struct snap_transfer t = live_fresh(DANA), failed = live_fresh(DANA), other;
    struct snap_call first = live_pay(&t), call;
    (void)state;

    live_is(&first, SNAP_SUCCESS, "", "first");
    call = live_pay(&t);
    live_is(&call, SNAP_SUCCESS, "", "same content");
    assert_string_equal(call.reference_no, first.reference_no);
    other = t;
    other.amount_idr++;
    call = live_pay(&other);
    live_is(&call, SNAP_UNKNOWN, "DUPLICATE_REFERENCE", "other content");
    assert_string_equal(call.code, "4043818");
    assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
    /* asked about the other amount, the answer is not ours */
    call = live_status(&other);
    live_is(&call, SNAP_UNKNOWN, "UNKNOWN_CODE", "other amount");
    assert_true(call.mismatch);

    sim_child_fixture(&live_child, failed.account_number, "closed");
    call = live_pay(&failed);
    live_is(&call, SNAP_PARTICIPANT, "ACCOUNT_CLOSED", "failed");
    sim_child_fixture(&live_child, failed.account_number, "ok");
    call = live_pay(&failed);
    live_is(&call, SNAP_UNKNOWN, "PARTNER_TIMEOUT", "failed for good");
    assert_string_equal(call.code, "5003800");
    call = live_status(&failed);
    live_is(&call, SNAP_PARTICIPANT, "ACCOUNT_CLOSED", "why it failed");
    assert_int_equal(sim_child_booked(&live_child, failed.reference), 0);
}

static void test_counted(void **state)
{
    struct snap_transfer t = live_fresh(GOPAY);
    struct snap_call call;
    (void)state;

    sim_child_fixture(&live_child, t.account_number, "wrong_inquiry:2");
    for (int i = 0; i < 2; i++) {
        call = live_inquire(&t);
        live_is(&call, SNAP_PARTICIPANT, "ACCOUNT_NOT_KYC", "wrong_inquiry");
    }
    call = live_inquire(&t);
    live_is(&call, SNAP_SUCCESS, "", "the truth");

    sim_child_fixture(&live_child, t.account_number, "fail_once:2");
    for (int i = 0; i < 2; i++) {
        call = live_pay(&t);
        live_is(&call, SNAP_UNKNOWN, "PARTNER_TIMEOUT", "fail_once");
        assert_int_equal(live_status(&t).outcome, SNAP_OUTCOME_NOT_FOUND);
    }
    call = live_pay(&t);
    live_is(&call, SNAP_SUCCESS, "", "paid");
    assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
}

static void test_suffixes(void **state)
{
    struct snap_transfer t = live_fresh(GOPAY);
    struct snap_call call;
    (void)state;

    (void)str_copy(t.account_number, sizeof t.account_number, "628777709901");
    call = live_inquire(&t);
    live_is(&call, SNAP_PARTICIPANT, "ACCOUNT_NOT_KYC", "9901");
    (void)str_copy(t.account_number, sizeof t.account_number, "628777709923");
    (void)str_copy(t.account_name, sizeof t.account_name, "PESERTA UJI 9923");
    call = live_pay(&t);
    live_is(&call, SNAP_UNKNOWN, "PARTNER_TIMEOUT", "9923");
    call = live_pay(&t);
    live_is(&call, SNAP_SUCCESS, "", "9923, second");
}

static void test_late(void **state)
{
    struct snap_transfer t = live_fresh(BNI);
    int64_t end_ms = clock_boot_ms() + 20000;
    enum snap_outcome outcome;
    (void)state;

    sim_child_fixture(&live_child, t.account_number, "late:300");
    struct snap_call call = live_pay(&t);
    live_is(&call, SNAP_IN_PROGRESS, "", "late");
    do { /* each round is a call over the wire: the event waited for is its answer */
        outcome = live_status(&t).outcome;
        assert_true(outcome == SNAP_OUTCOME_PENDING || outcome == SNAP_OUTCOME_PAID);
        assert_true(clock_boot_ms() < end_ms);
    } while (outcome == SNAP_OUTCOME_PENDING);
    assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
}

static void test_partner_down(void **state)
{
    struct snap_transfer t = live_fresh(OVO), other = live_fresh(GOPAY);
    struct snap_call call = live_pay(&t); /* has its token */
    (void)state;

    live_is(&call, SNAP_SUCCESS, "", "before");
    t = live_fresh(OVO);
    for (int i = 0; i < 2; i++) {
        sim_child_down(&live_child, "ovo", i == 0 ? "1" : "cut");
        call = live_inquire(&t);
        live_is(&call, SNAP_RETRYABLE, "PARTNER_UNAVAILABLE", "down");
        call = live_pay(&t);
        live_is(&call, SNAP_UNKNOWN, "PARTNER_TIMEOUT", "down");
        call = live_status(&t);
        live_is(&call, SNAP_UNKNOWN, "PARTNER_TIMEOUT", "down");
        assert_int_equal(call.outcome, SNAP_OUTCOME_NONE);
        call = live_inquire(&other);
        live_is(&call, SNAP_SUCCESS, "", "others go on");
    }
    sim_child_down(&live_child, "ovo", "0");
    call = live_pay(&t);
    live_is(&call, SNAP_SUCCESS, "", "after");
    assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_behaviours),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_again_repeating_partner),
        cmocka_unit_test(test_counted),
        cmocka_unit_test(test_suffixes),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_partner_down),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
