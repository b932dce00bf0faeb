/*
 * A person puts back what the programme or a partner got wrong (policy.md R14): which failures, in
 * which states, and that a later one is never touched.
 */
#include "story.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* STOP never; nor what is retried or asked about by itself, whose outcome may be unknown. */
static const enum reason may_be[] = {
    REASON_ACCOUNT_NOT_KYC,   REASON_NIK_MISMATCH,      REASON_SELFIE_MISMATCH,
    REASON_ACCOUNT_CLOSED,    REASON_ACCOUNT_INACTIVE,  REASON_ACCOUNT_NOT_FOUND,
    REASON_PHONE_CHANGED,     REASON_BALANCE_LIMIT,     REASON_MONTHLY_LIMIT,
    REASON_SUSPECTED_FRAUD,   REASON_UNKNOWN_CODE,      REASON_ACCOUNT_SHARED,
};

static bool allowed(enum reason reason)
{
    for (size_t i = 0; i < COUNT(may_be); i++)
        if (may_be[i] == reason)
            return true;
    return false;
}

static bool is_limit(enum reason reason)
{
    return reason == REASON_BALANCE_LIMIT || reason == REASON_MONTHLY_LIMIT;
}

/* Due, in that state, after a failure of that reason. */
static struct failing open_at(struct story *s, enum inst_state at, enum reason why)
{
    story_open(s);
    story_wait_until_due(s, 1);
    struct instalment *i = story_at(s, 1);
    struct failing failing = { .attempt = 3, .reason = why, .account_ref = "gopay",
                               .at_ms = s->now_ms - HOUR_MS };

    i->state = at;
    i->attempt = failing.attempt;
    i->why = why;
    (void)snprintf(i->account_ref, sizeof i->account_ref, "gopay");
    i->claimed_at_ms = failing.at_ms;
    i->not_before_ms = s->now_ms + DAY_MS;
    i->bare = true;
    i->covers = true;
    i->open = some_nonces("a");
    i->covered = some_nonces("b");
    return failing;
}

static void next_attempt_of(const struct instalment *i, int32_t attempt)
{
    assert_int_equal(i->state, INST_READY);
    assert_int_equal(i->attempt, attempt);
    assert_int_equal(i->not_before_ms, 0);
    assert_false(i->bare || i->covers);
    assert_int_equal(i->open.count, 0);
    assert_int_equal(i->covered.count, 0);
}

/* Every state, every reason: what is put back, and how; everything else stays to the last field. */
static void test_every_state(void **state)
{
    (void)state;
    for (int at = 0; at < INST_STATE_COUNT; at++)
        for (int why = 0; why < REASON_COUNT; why++) {
            struct story s;
            struct failing f = open_at(&s, (enum inst_state)at, (enum reason)why);
            struct step step = instalment_step((enum inst_state)at, TRIGGER_PUT_BACK);
            bool ended = at == INST_FAILED || at == INST_CASE;
            bool dated = at == INST_READY && is_limit((enum reason)why);
            struct record before = s.r;
            assert_int_equal(step.move, ended ? MOVE_GO : MOVE_STALE);
            assert_int_equal(step.next, ended ? INST_READY : at);
            bool taken = put_back_take(story_at(&s, 1), &f);
            if (taken != (allowed((enum reason)why) && (ended || dated)))
                fail_msg("%s in %s", reason_row((enum reason)why)->name,
                         inst_state_name((enum inst_state)at));
            if (taken && ended) {
                next_attempt_of(story_at(&s, 1), 4);
            } else if (taken) { /* the same attempt, but today */
                assert_int_equal(story_at(&s, 1)->not_before_ms, 0);
                story_at(&s, 1)->not_before_ms = s.now_ms + DAY_MS;
                assert_null(record_difference(&before, &s.r));
            } else {
                assert_null(record_difference(&before, &s.r));
            }
        }
}

/* What may be offered to a person: in CASE its failure; in READY what holds, or a limit's date. */
static void test_what_is_offered(void **state)
{
    (void)state;
    for (int at = 0; at < INST_STATE_COUNT; at++)
        for (int why = 0; why < REASON_COUNT; why++) {
            struct story s;
            struct failing f = open_at(&s, (enum inst_state)at, (enum reason)why), found;
            bool dated = at == INST_READY && is_limit((enum reason)why);
            bool offered = put_back_look(&s.r, story_at(&s, 1), s.now_ms, &found);
            if (offered != (dated || (at == INST_CASE && allowed((enum reason)why))))
                fail_msg("%s in %s", reason_row((enum reason)why)->name,
                         inst_state_name((enum inst_state)at));
            if (!offered)
                continue;
            assert_int_equal(found.attempt, f.attempt);
            assert_int_equal(found.reason, f.reason);
            assert_string_equal(found.account_ref, f.account_ref);
            assert_int_equal(found.at_ms, f.at_ms);
            assert_true(put_back_take(story_at(&s, 1), &found)); /* what is offered is taken */
            assert_false(put_back_look(&s.r, story_at(&s, 1), s.now_ms, &found));
        }
}

/* Cancelled for good, not scheduled yet, or the date is over: nothing to put back. */
static void test_nothing_is_offered(void **state)
{
    (void)state;
    struct story s;
    struct failing f;

    (void)open_at(&s, INST_CASE, REASON_UNKNOWN_CODE);
    take(&s.r, aid_found(NOON_MS));
    assert_false(put_back_look(&s.r, story_at(&s, 1), s.now_ms, &f));
    (void)open_at(&s, INST_READY, REASON_NONE);
    take(&s.r, a_fail(CHECK_ACCOUNT_KYC, "gopay", s.now_ms));
    take(&s.r, aid_found(NOON_MS));
    assert_false(put_back_look(&s.r, story_at(&s, 1), s.now_ms, &f));
    (void)open_at(&s, INST_CASE, REASON_UNKNOWN_CODE);
    story_at(&s, 1)->due_at_ms = 0; /* restored: its facts are still to come */
    assert_false(put_back_look(&s.r, story_at(&s, 1), s.now_ms, &f));
    (void)open_at(&s, INST_READY, REASON_MONTHLY_LIMIT);
    assert_true(put_back_look(&s.r, story_at(&s, 1), s.now_ms + DAY_MS - 1, &f));
    assert_false(put_back_look(&s.r, story_at(&s, 1), s.now_ms + DAY_MS, &f));
}

/* Another attempt, reason, account or moment is another failure: not a field changes. */
static void test_another_failure(void **state)
{
    (void)state;
    static const enum inst_state states[] = { INST_CASE, INST_FAILED, INST_READY };
    for (size_t k = 0; k < COUNT(states); k++) {
        struct story s;
        struct failing f = open_at(&s, states[k], REASON_BALANCE_LIMIT);
        struct failing others[] = { f, f, f, f, f, f, f };
        others[0].attempt--;
        others[1].attempt++;
        others[2].reason = REASON_MONTHLY_LIMIT;
        others[3].reason = REASON_NONE;
        memcpy(others[4].account_ref, "bni", 4);
        others[5].account_ref[0] = '\0';
        others[6].at_ms--;
        struct record before = s.r;
        for (size_t n = 0; n < COUNT(others); n++)
            assert_false(put_back_take(story_at(&s, 1), &others[n]));
        assert_null(record_difference(&before, &s.r));
        assert_true(put_back_take(story_at(&s, 1), &f));
    }
}

/* After a case the next attempt, once; the failure that follows it is not that one. */
static void test_case_is_put_back(void **state)
{
    (void)state;
    struct story s;
    struct failing f, late;

    story_open(&s);
    story_wait_until_due(&s, 1);
    story_send(&s, 1, REASON_SUSPECTED_FRAUD);
    assert_int_equal(story_answer(&s, 1).kind, VERDICT_CASE);
    assert_true(put_back_look(&s.r, story_at(&s, 1), s.now_ms, &f));
    assert_true(story_put_back(&s, 1, &f));
    assert_string_equal(s.told, "RELEASED 1 SUSPECTED_FRAUD gopay"); /* no longer "Gagal" */
    next_attempt_of(story_at(&s, 1), 2);
    assert_false(story_put_back(&s, 1, &f)); /* told twice */
    assert_int_equal(story_at(&s, 1)->attempt, 2);

    s.now_ms += HOUR_MS;
    story_send(&s, 1, REASON_SUSPECTED_FRAUD);
    (void)story_answer(&s, 1);
    struct record before = s.r;
    assert_false(story_put_back(&s, 1, &f));
    assert_null(record_difference(&before, &s.r));
    assert_true(put_back_look(&s.r, story_at(&s, 1), s.now_ms, &late));
    assert_true(story_put_back(&s, 1, &late));
    story_send(&s, 1, REASON_NONE);
    assert_string_equal(s.told, "SUCCEEDED 1");
    assert_int_equal(story_at(&s, 1)->attempt, 3);
    assert_false(story_put_back(&s, 1, &late)); /* what is paid stays paid */
    assert_int_equal(story_at(&s, 1)->state, INST_PAID);
}

/* Redis was lost, and the person's word is read before the verdict: that one is late then. */
static void test_put_back_before_its_verdict(void **state)
{
    (void)state;
    struct story s;
    struct failing f = { .attempt = 1, .reason = REASON_UNKNOWN_CODE, .account_ref = "gopay" };

    story_open(&s);
    story_wait_until_due(&s, 1);
    f.at_ms = s.now_ms;
    story_send(&s, 1, REASON_UNKNOWN_CODE);
    assert_string_equal(s.told, "FAILED 1");
    assert_true(story_put_back(&s, 1, &f));
    struct record before = s.r;
    for (int kind = VERDICT_RETRY; kind <= VERDICT_CASE; kind++) {
        assert_false(story_verdict(&s, 1, 1, (enum verdict_kind)kind, s.now_ms + DAY_MS));
        assert_false(story_verdict(&s, 1, 2, (enum verdict_kind)kind, s.now_ms + DAY_MS));
    }
    assert_null(record_difference(&before, &s.r));
    next_attempt_of(story_at(&s, 1), 2);
}

/* A limit's date isn't waited for any more; it takes no attempt. */
static void test_date_is_put_back(void **state)
{
    (void)state;
    struct story s;
    struct failing f;

    story_open(&s);
    story_wait_until_due(&s, 1);
    story_send(&s, 1, REASON_MONTHLY_LIMIT);
    assert_int_equal(story_answer(&s, 1).kind, VERDICT_HOLD);
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_WAIT);
    assert_true(put_back_look(&s.r, story_at(&s, 1), s.now_ms, &f));
    assert_int_equal(f.attempt, 2);
    assert_true(story_put_back(&s, 1, &f));
    assert_string_equal(s.told, "");
    assert_int_equal(story_at(&s, 1)->attempt, 2);
    story_send(&s, 1, REASON_NONE);
    assert_string_equal(s.told, "SUCCEEDED 1");
}

/* An account's hold is struck from its facts: every instalment that it held is released. */
static void test_hold_is_struck(void **state)
{
    (void)state;
    struct story s;
    struct failing f;

    story_open(&s);
    story_wait_until_due(&s, 1);
    story_send(&s, 1, REASON_ACCOUNT_CLOSED);
    assert_int_equal(story_answer(&s, 1).kind, VERDICT_HOLD);
    int64_t failed_ms = s.now_ms;
    story_wait_until_due(&s, 2);
    assert_int_equal(story_claim(&s, 2, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "CHECK_FAILED 2 ACCOUNT_CLOSED gopay");

    assert_true(put_back_look(&s.r, story_at(&s, 2), s.now_ms, &f));
    assert_int_equal(f.reason, REASON_ACCOUNT_CLOSED);
    assert_int_equal(f.at_ms, failed_ms);
    assert_false(story_put_back(&s, 2, &f)); /* released: the attempt stays */
    assert_string_equal(s.told, "RELEASED 1 ACCOUNT_CLOSED gopay, RELEASED 2 ACCOUNT_CLOSED gopay");
    assert_int_equal(story_at(&s, 1)->attempt, 2);
    assert_int_equal(story_at(&s, 2)->attempt, 1);
    assert_false(put_back_look(&s.r, story_at(&s, 2), s.now_ms, &f));
    assert_false(story_put_back(&s, 2, &f));
    assert_string_equal(s.told, "");

    story_send(&s, 2, REASON_ACCOUNT_CLOSED); /* closed after all */
    (void)story_answer(&s, 2);
    (void)story_put_back(&s, 2, &f);
    assert_int_equal(record_hold(&s.r).reason, REASON_ACCOUNT_CLOSED);
    assert_int_equal(record_hold(&s.r).at_ms, s.now_ms);
}

/* One account of too many: no case of a payment of its own, but a hold that a person lifts. */
static void test_shared_is_struck(void **state)
{
    (void)state;
    struct story s;
    struct failing f;

    story_open(&s);
    story_wait_until_due(&s, 1);
    story_fact(&s, a_fail(CHECK_ACCOUNT_SHARED, "gopay", s.now_ms));
    assert_true(put_back_look(&s.r, story_at(&s, 1), s.now_ms, &f)); /* before it is announced */
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "CHECK_FAILED 1 ACCOUNT_SHARED gopay");
    assert_int_equal(verdict_for(STAGE_CHECK, REASON_ACCOUNT_SHARED, 1, s.now_ms, 7).kind,
                     VERDICT_CASE);
    assert_false(story_verdict(&s, 1, 1, VERDICT_CASE, 0)); /* the payment itself waits */
    assert_int_equal(f.reason, REASON_ACCOUNT_SHARED);
    assert_false(story_put_back(&s, 1, &f));
    assert_string_equal(s.told, "RELEASED 1 ACCOUNT_SHARED gopay");
    s.now_ms += HOUR_MS;
    story_fact(&s, a_fail(CHECK_ACCOUNT_SHARED, "gopay", s.now_ms)); /* a third user */
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "CHECK_FAILED 1 ACCOUNT_SHARED gopay");
    story_fact(&s, a_pass(CHECK_ACCOUNT_SHARED, "gopay", s.now_ms + 1));
    assert_string_equal(s.told, "RELEASED 1 ACCOUNT_SHARED gopay");
}

/* What came back from the bank and became a case (R17): put back by what is offered; also from the
 * ledger, when its case isn't read yet. */
static void test_returned_is_put_back(void **state)
{
    (void)state;
    struct story s;
    struct failing f;
    struct booking back = an_entry(LEDGER_RETURNED, 1);

    story_open(&s);
    story_wait_until_due(&s, 1);
    story_send(&s, 1, REASON_NONE);
    back.reason = REASON_UNKNOWN_CODE;
    back.claimed_at_ms = s.now_ms + DAY_MS;
    story_book(&s, &back);
    assert_string_equal(s.told, "FAILED 1");
    (void)story_answer(&s, 1);
    assert_int_equal(story_at(&s, 1)->state, INST_CASE);
    assert_true(put_back_look(&s.r, story_at(&s, 1), s.now_ms, &f));
    assert_int_equal(f.at_ms, back.claimed_at_ms);
    assert_true(story_put_back(&s, 1, &f));
    next_attempt_of(story_at(&s, 1), 2);

    struct story restored = { .now_ms = s.now_ms };
    struct booking paid = an_entry(LEDGER_SUCCEEDED, 1);
    record_init(&restored.r, "participant-1");
    story_book(&restored, &paid);
    story_book(&restored, &back);
    assert_true(story_put_back(&restored, 1, &f));
    assert_false(story_verdict(&restored, 1, 1, VERDICT_CASE, 0));
    next_attempt_of(story_at(&restored, 1), 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_state),
        cmocka_unit_test(test_what_is_offered),
        cmocka_unit_test(test_nothing_is_offered),
        cmocka_unit_test(test_another_failure),
        cmocka_unit_test(test_case_is_put_back),
        cmocka_unit_test(test_put_back_before_its_verdict),
        cmocka_unit_test(test_date_is_put_back),
        cmocka_unit_test(test_hold_is_struck),
        cmocka_unit_test(test_shared_is_struck),
        cmocka_unit_test(test_returned_is_put_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
