/*
 * What a change must be told, and what a participant then sees: holds and releases, deactivation,
 * cancellation (policy.md R4, R5, R7, R15; L5, L7, L9, L10; consistency of the history).
 */
#include "story.h"

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "policy/explain.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *shown(struct story *s, int32_t number)
{
    return shown_row(instalment_shown(&s->r, story_at(s, number), s->now_ms))->name;
}

static const char *reason(struct story *s, int32_t number)
{
    return reason_row(instalment_reason(&s->r, story_at(s, number), s->now_ms))->name;
}

/* L5: held by the partner's FAIL event, instalment 1 stays PAID, the check releases the rest. */
static void test_l5_second_instalment_held(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    story_send(&s, 1, REASON_NONE);
    assert_string_equal(s.told, "SUCCEEDED 1");
    assert_int_equal(record_account(&s.r, "gopay")->paid_at_ms, s.now_ms);

    story_wait_until_due(&s, 2);
    story_fact(&s, a_fail(CHECK_ACCOUNT_KYC, "gopay", s.now_ms));
    assert_string_equal(s.told, ""); /* shown at once; announced when its money would have moved */
    assert_string_equal(shown(&s, 2), "HELD");
    assert_string_equal(reason(&s, 2), "ACCOUNT_NOT_KYC");
    assert_string_equal(shown(&s, 1), "PAID");
    assert_int_equal(story_claim(&s, 2, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "CHECK_FAILED 2 ACCOUNT_NOT_KYC gopay");
    assert_int_equal(story_claim(&s, 2, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, ""); /* once */

    s.now_ms += DAY_MS;
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", s.now_ms));
    assert_string_equal(s.told, "RELEASED 2 ACCOUNT_NOT_KYC gopay");
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", s.now_ms));
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", s.now_ms + 1));
    assert_string_equal(s.told, ""); /* once */
    story_send(&s, 2, REASON_NONE);
    assert_string_equal(shown(&s, 2), "PAID");
    assert_string_equal(shown(&s, 1), "PAID");
    assert_string_equal(shown(&s, 3), "SCHEDULED");
}

/* L7: closed at the e-wallet, the participant links BNI: released at once, paid to BNI. */
static void test_l7_another_account(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    story_send(&s, 1, REASON_ACCOUNT_CLOSED);
    assert_string_equal(s.told, "FAILED 1");
    assert_string_equal(shown(&s, 1), "RETRYING"); /* no "Gagal" while its verdict is on the way */
    assert_int_equal(story_answer(&s, 1).kind, VERDICT_HOLD);
    assert_string_equal(s.told, ""); /* the verdict itself told it */
    assert_string_equal(shown(&s, 1), "HELD");
    assert_string_equal(reason(&s, 1), "ACCOUNT_CLOSED");

    s.now_ms += DAY_MS;
    story_fact(&s, a_link("gopay", s.now_ms)); /* the same once more mends nothing */
    assert_string_equal(s.told, "");
    s.now_ms += HOUR_MS;
    story_fact(&s, a_link("bni", s.now_ms));
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "bni", s.now_ms));
    story_fact(&s, a_pass(CHECK_NIK_MATCH, "bni", s.now_ms));
    assert_string_equal(s.told, "");
    assert_string_equal(shown(&s, 1), "HELD");
    story_fact(&s, a_pass(CHECK_ACCOUNT_ACTIVE, "bni", s.now_ms));
    assert_string_equal(s.told, "ACCOUNT_USED bni, RELEASED 1 ACCOUNT_CLOSED gopay");
    story_send(&s, 1, REASON_NONE);
    assert_string_equal(story_at(&s, 1)->account_ref, "bni");
    assert_int_equal(story_at(&s, 1)->attempt, 2);
}

/* The fix was quicker than the verdict: released as the verdict is taken, with what had failed. */
static void test_fixed_before_the_verdict(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    story_send(&s, 1, REASON_ACCOUNT_NOT_KYC);
    int64_t failed_ms = s.now_ms;
    s.now_ms += HOUR_MS;
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", s.now_ms));
    assert_string_equal(s.told, "");
    (void)story_answer(&s, 1);
    assert_string_equal(s.told, "RELEASED 1 ACCOUNT_NOT_KYC gopay");

    /* and when the failing account was not the current one any more by then */
    story_open(&s);
    story_wait_until_due(&s, 1);
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_TAKEN);
    assert_int_equal(story_confirm(&s, 1, true), CONFIRM_SEND);
    take_account(&s.r, "bni", s.now_ms);
    assert_true(story_finish(&s, 1, 1, REASON_ACCOUNT_CLOSED));
    assert_int_equal(story_at(&s, 1)->mark.reason, REASON_NONE);
    struct record before = s.r;
    struct emissions out;
    assert_true(verdict_take(&s.r, story_at(&s, 1), 1, VERDICT_HOLD, 0));
    settle(&before, &s.r, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.at[0].kind, EMISSION_RELEASED);
    assert_int_equal(out.at[0].mark.reason, REASON_ACCOUNT_CLOSED);
    assert_string_equal(out.at[0].mark.account_ref, "gopay");
    assert_int_equal(out.at[0].mark.at_ms, failed_ms); /* a moment: 0 is no event of ours */
}

/* The failing account was replaced, the new one is held too: one announcement, the new one's. */
static void test_verdict_meets_another_hold(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    (void)story_claim(&s, 1, "n");
    (void)story_confirm(&s, 1, true);
    take_account(&s.r, "bni", s.now_ms);
    assert_true(story_finish(&s, 1, 1, REASON_ACCOUNT_CLOSED));
    story_fact(&s, a_fail(CHECK_NIK_MATCH, "bni", s.now_ms));
    assert_string_equal(s.told, "");
    (void)story_answer(&s, 1);
    assert_string_equal(s.told, "CHECK_FAILED 1 NIK_MISMATCH bni");
}

/* A failed claim's FAIL carries the time of the claim: a fix that came between is not swallowed. */
static void test_fix_between_claim_and_answer(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_TAKEN);
    assert_int_equal(story_confirm(&s, 1, true), CONFIRM_SEND);
    s.now_ms += HOUR_MS;
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", s.now_ms));
    s.now_ms += HOUR_MS;
    assert_true(story_finish(&s, 1, 1, REASON_ACCOUNT_NOT_KYC));
    assert_int_equal(record_hold(&s.r).reason, REASON_NONE);
    (void)story_answer(&s, 1);
    assert_string_equal(s.told, "RELEASED 1 ACCOUNT_NOT_KYC gopay");
}

/* A hold that changes its reason is announced again; what is then released is the last one. */
static void test_changed_reason(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_fact(&s, a_fail(CHECK_NIK_MATCH, "gopay", s.now_ms + 1));
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_IDLE); /* before its day: time to mend it */
    assert_string_equal(s.told, "CHECK_FAILED 1 NIK_MISMATCH gopay");
    story_fact(&s, a_fail(CHECK_ACCOUNT_KYC, "gopay", s.now_ms + 2));
    assert_string_equal(s.told, "CHECK_FAILED 1 ACCOUNT_NOT_KYC gopay");
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", s.now_ms + 3));
    assert_string_equal(s.told, "CHECK_FAILED 1 NIK_MISMATCH gopay");
    story_fact(&s, a_fail(CHECK_NIK_MATCH, "gopay", s.now_ms + 4)); /* the same again, newer */
    assert_string_equal(s.told, "CHECK_FAILED 1 NIK_MISMATCH gopay");
    story_fact(&s, a_pass(CHECK_NIK_MATCH, "gopay", s.now_ms + 5));
    assert_string_equal(s.told, "RELEASED 1 NIK_MISMATCH gopay");
}

/* R10: the same problem holds each instalment, each is announced and released once. */
static void test_two_held(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_fact(&s, a_fail(CHECK_ACCOUNT_ACTIVE, "gopay", s.now_ms + 1));
    (void)story_claim(&s, 1, "n");
    (void)story_claim(&s, 3, "n");
    assert_string_equal(s.told, "CHECK_FAILED 3 ACCOUNT_INACTIVE gopay");
    story_fact(&s, a_pass(CHECK_ACCOUNT_ACTIVE, "gopay", s.now_ms + 2));
    assert_string_equal(s.told, "RELEASED 1 ACCOUNT_INACTIVE gopay, "
                                "RELEASED 3 ACCOUNT_INACTIVE gopay");
}

/* L10: paid once, then aid is found: the rest CANCELLED, what was paid CLAWBACK (D8). */
static void test_l10_deactivated(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    story_send(&s, 1, REASON_NONE);
    story_fact(&s, aid_found(s.now_ms));
    assert_string_equal(s.told, "CANCEL_REQUESTED 2, CANCEL_REQUESTED 3, CANCEL_REQUESTED 4");
    assert_string_equal(shown(&s, 1), "CLAWBACK");
    assert_string_equal(shown(&s, 2), "CANCELLED");
    assert_string_equal(reason(&s, 1), "DUPLICATE_AID");
    assert_string_equal(reason(&s, 2), "DUPLICATE_AID");
    story_fact(&s, aid_found(s.now_ms + 1));
    assert_string_equal(s.told, "");
    assert_int_equal(story_claim(&s, 2, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "CANCELLED 2"); /* only who has read the ledger says so */
    assert_int_equal(story_claim(&s, 2, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "");
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "");
}

/* Whatever state the deactivation meets: what it requests, what is said then, what is shown. */
static void test_deactivation_in_each_state(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum inst_state at;
        const char *told_1, *shown_1;
    } table[] = {
        { "READY", INST_READY, "CANCEL_REQUESTED 1, ", "CANCELLED" },
        { "CLAIMED", INST_CLAIMED, "CANCEL_REQUESTED 1, ", "CANCELLED" },
        { "SENDING", INST_SENDING, "", "SENDING" }, /* in flight: finishes first (R4) */
        { "FAILED", INST_FAILED, "CANCEL_REQUESTED 1, ", "CANCELLED" },
        { "CASE", INST_CASE, "CANCEL_REQUESTED 1, ", "CANCELLED" }, /* L9: the case stays */
        { "PAID", INST_PAID, "", "CLAWBACK" },
    };
    for (size_t k = 0; k < COUNT(table); k++) {
        struct story s;
        char wanted[TOLD_MAX];
        story_open(&s);
        story_at(&s, 1)->state = table[k].at;
        story_fact(&s, aid_found(s.now_ms));
        (void)snprintf(wanted, sizeof wanted, "%s%s", table[k].told_1,
                       "CANCEL_REQUESTED 2, CANCEL_REQUESTED 3, CANCEL_REQUESTED 4");
        assert_string_equal(s.told, wanted);
        assert_string_equal(shown(&s, 1), table[k].shown_1);
        assert_int_equal(story_at(&s, 1)->state, table[k].at);
    }
}

/* R4: what is in flight finishes: paid, it falls under R5; failed, it is cancelled. */
static void test_deactivated_in_flight(void **state)
{
    (void)state;
    struct story s;

    for (int paid = 0; paid < 2; paid++) {
        story_open(&s);
        story_wait_until_due(&s, 1);
        (void)story_claim(&s, 1, "n");
        (void)story_confirm(&s, 1, true);
        story_fact(&s, aid_found(s.now_ms));
        assert_true(story_finish(&s, 1, 1, paid ? REASON_NONE : REASON_PARTNER_UNAVAILABLE));
        assert_string_equal(s.told, paid ? "SUCCEEDED 1" : "FAILED 1, CANCEL_REQUESTED 1");
        assert_string_equal(shown(&s, 1), paid ? "CLAWBACK" : "CANCELLED");
        assert_int_equal(story_claim(&s, 1, "n"), CLAIM_IDLE);
        assert_string_equal(s.told, paid ? "" : "CANCELLED 1");
        if (!paid) { /* its verdict comes too late to pay anything */
            (void)story_answer(&s, 1);
            assert_string_equal(s.told, "");
            s.now_ms += DAY_MS;
            assert_int_equal(story_claim(&s, 1, "n"), CLAIM_IDLE);
        }
    }
}

/* Claimed, not yet sent: the confirm gives it up, then it is told. */
static void test_deactivated_between_claim_and_confirm(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    (void)story_claim(&s, 1, "n");
    story_fact(&s, aid_found(s.now_ms));
    assert_int_equal(story_claim(&s, 1, "b"), CLAIM_TAKEN); /* taken over: told when given up */
    assert_string_equal(s.told, "");
    assert_int_equal(story_confirm(&s, 1, true), CONFIRM_GIVE_UP);
    assert_string_equal(s.told, "");
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "CANCELLED 1");
}

/* Born CANCELLED: no schedule is announced; a hold is then neither announced nor released. */
static void test_born_cancelled(void **state)
{
    (void)state;
    struct story s = { .now_ms = NOON_MS };

    record_init(&s.r, "participant-1");
    take(&s.r, an_enrolment("2020", 21, NOON_MS));
    take(&s.r, a_completion("course-1", NOON_MS));
    take(&s.r, aid_found(NOON_MS));
    take_account(&s.r, "gopay", NOON_MS);
    story_fact(&s, a_rating("course-1", 5, true, NOON_MS));
    assert_string_equal(s.told, "CANCEL_REQUESTED 1, CANCEL_REQUESTED 2, CANCEL_REQUESTED 3, "
                                "CANCEL_REQUESTED 4");
    assert_string_equal(shown(&s, 1), "CANCELLED");
    assert_int_not_equal(story_at(&s, 1)->due_at_ms, 0);
    story_fact(&s, a_fail(CHECK_ACCOUNT_KYC, "gopay", NOON_MS + 1));
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "CANCELLED 1");
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", NOON_MS + 2));
    assert_string_equal(s.told, "");
}

/* Deactivated while held: no release is announced any more, only the cancellation. */
static void test_held_then_deactivated(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_fact(&s, a_fail(CHECK_ACCOUNT_KYC, "gopay", s.now_ms + 1));
    (void)story_claim(&s, 1, "n");
    story_fact(&s, aid_found(s.now_ms + 2));
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", s.now_ms + 3));
    assert_string_equal(s.told, "");
    assert_string_equal(shown(&s, 1), "CANCELLED");
}

/* R7: born HELD: a check had failed again before the last condition came. */
static void test_born_held(void **state)
{
    (void)state;
    struct story s = { .now_ms = NOON_MS };

    record_init(&s.r, "participant-1");
    take_account(&s.r, "gopay", NOON_MS);
    take(&s.r, a_fail(CHECK_ACCOUNT_ACTIVE, "gopay", NOON_MS + 1));
    take(&s.r, a_completion("course-1", NOON_MS));
    take(&s.r, a_rating("course-1", 5, true, NOON_MS));
    story_fact(&s, an_enrolment("2023", 60, NOON_MS));
    assert_string_equal(s.told, "ACCOUNT_USED gopay, SCHEDULED 1");
    assert_string_equal(shown(&s, 1), "HELD");
    (void)story_claim(&s, 1, "n");
    assert_string_equal(s.told, "CHECK_FAILED 1 ACCOUNT_INACTIVE gopay");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_l5_second_instalment_held),
        cmocka_unit_test(test_l7_another_account),
        cmocka_unit_test(test_fixed_before_the_verdict),
        cmocka_unit_test(test_verdict_meets_another_hold),
        cmocka_unit_test(test_fix_between_claim_and_answer),
        cmocka_unit_test(test_changed_reason),
        cmocka_unit_test(test_two_held),
        cmocka_unit_test(test_l10_deactivated),
        cmocka_unit_test(test_deactivation_in_each_state),
        cmocka_unit_test(test_deactivated_in_flight),
        cmocka_unit_test(test_deactivated_between_claim_and_confirm),
        cmocka_unit_test(test_born_cancelled),
        cmocka_unit_test(test_held_then_deactivated),
        cmocka_unit_test(test_born_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
