/*
 * The steps of the money side: claim, confirm, give up, send again, finish, verdict (policy.md
 * R12-R17, D11, D13; consistency.md "Money side"), and that the functions walk the table of
 * instalment.h.  The ledger: test_ledger.c.  Doubt and limits: test_doubt.c.
 */
#include "story.h"

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "policy/schedule.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void open_due(struct story *s)
{
    story_open(s);
    story_wait_until_due(s, 1);
}

static void open_sending(struct story *s)
{
    open_due(s);
    assert_int_equal(story_claim(s, 1, "a"), CLAIM_TAKEN);
    assert_int_equal(story_confirm(s, 1, true), CONFIRM_SEND);
}

static void test_paid(void **state)
{
    (void)state;
    struct story s;
    int64_t until_ms = 0;

    story_open(&s);
    const struct instalment *i = story_at(&s, 1);
    s.now_ms = i->due_at_ms - 1;
    assert_int_equal(claim_look(&s.r, i, s.now_ms, &until_ms), CLAIM_WAIT);
    assert_int_equal(until_ms, i->due_at_ms);
    assert_int_equal(story_claim(&s, 1, "a"), CLAIM_WAIT);
    assert_int_equal(i->state, INST_READY);
    s.now_ms = i->due_at_ms;
    assert_int_equal(claim_look(&s.r, i, s.now_ms, &until_ms), CLAIM_INQUIRE);
    assert_int_equal(story_claim(&s, 1, "a"), CLAIM_TAKEN);
    assert_int_equal(claim_look(&s.r, i, s.now_ms, &until_ms), CLAIM_TAKEN);
    assert_int_equal(i->claimed_at_ms, s.now_ms);
    assert_string_equal(i->account_ref, "gopay");
    assert_int_equal(i->partner, PARTNER_GOPAY);
    assert_int_equal(story_confirm(&s, 1, true), CONFIRM_SEND);
    assert_int_equal(i->deadline_ms, s.now_ms + LEASE_MS);
    assert_int_equal(claim_look(&s.r, i, s.now_ms, &until_ms), CLAIM_RESOLVE);
    assert_int_equal(story_claim(&s, 1, "b"), CLAIM_RESOLVE);
    s.now_ms += MINUTE_MS;
    assert_true(story_finish(&s, 1, 1, REASON_NONE));
    assert_string_equal(s.told, "SUCCEEDED 1");
    assert_int_equal(i->paid_at_ms, i->claimed_at_ms); /* what a restore from the ledger says too */
    assert_int_equal(claim_look(&s.r, i, s.now_ms, &until_ms), CLAIM_IDLE);
    assert_int_equal(story_claim(&s, 1, "b"), CLAIM_IDLE);
    assert_int_equal(i->state, INST_PAID);
}

/* R12: the conditions once more, right before the money moves; each of them, and the account. */
static void test_confirm_gives_up(void **state)
{
    (void)state;
    enum { STALE_INQUIRY, FAIL_FACT, AID, OTHER_ACCOUNT, NOT_BEFORE, WAYS };

    for (int way = 0; way < WAYS; way++) {
        struct story s;
        open_due(&s);
        assert_int_equal(story_claim(&s, 1, "a"), CLAIM_TAKEN);
        assert_int_equal(story_claim(&s, 1, "b"), CLAIM_TAKEN); /* from a dead owner */
        if (way == FAIL_FACT)
            story_fact(&s, a_fail(CHECK_ACCOUNT_ACTIVE, "gopay", s.now_ms));
        if (way == AID)
            story_fact(&s, aid_found(s.now_ms));
        if (way == OTHER_ACCOUNT)
            take_account(&s.r, "bni", s.now_ms);
        if (way == NOT_BEFORE)
            story_at(&s, 1)->not_before_ms = s.now_ms + 1;
        assert_int_equal(story_confirm(&s, 1, way != STALE_INQUIRY), CONFIRM_GIVE_UP);
        const struct instalment *i = story_at(&s, 1);
        assert_int_equal(i->state, INST_READY);
        assert_int_equal(i->attempt, 2);
        assert_int_equal(i->why, REASON_NONE);
        assert_int_equal(i->open.count, 0);
        assert_true(i->covers);
        assert_int_equal(s.covers.count, 2);
        assert_true(nonces_has(&s.covers, "a") && nonces_has(&s.covers, "b"));
        s.now_ms++;
        enum claim_answer next = story_claim(&s, 1, "c");
        assert_int_equal(next, way == FAIL_FACT || way == AID ? CLAIM_IDLE : CLAIM_TAKEN);
        if (next == CLAIM_TAKEN) { /* a claim of its own: the old cover counts no more */
            assert_false(i->covers);
            assert_int_equal(i->open.count, 1);
            assert_string_equal(i->account_ref, way == OTHER_ACCOUNT ? "bni" : "gopay");
        }
    }
}

/* Confirm only what one has seen: state, attempt and, for a re-send, the deadline. */
static void test_confirm_of_what_moved(void **state)
{
    (void)state;
    static const struct {
        enum inst_state at;   /* of the instalment, attempt 1, deadline 9 */
        enum inst_state from; /* as it was seen */
        int32_t attempt;
        int64_t deadline_ms;
        enum confirm_answer answer;
    } table[] = {
        { INST_READY, INST_CLAIMED, 1, 9, CONFIRM_OTHER },
        { INST_CLAIMED, INST_CLAIMED, 2, 9, CONFIRM_OTHER },
        { INST_CLAIMED, INST_SENDING, 1, 9, CONFIRM_OTHER },
        { INST_CLAIMED, INST_CLAIMED, 1, 9, CONFIRM_SEND },
        { INST_CLAIMED, INST_CLAIMED, 1, 8, CONFIRM_SEND }, /* there was none to see */
        { INST_SENDING, INST_CLAIMED, 1, 9, CONFIRM_OTHER },
        { INST_SENDING, INST_SENDING, 1, 8, CONFIRM_OTHER },
        { INST_SENDING, INST_SENDING, 2, 9, CONFIRM_OTHER },
        { INST_SENDING, INST_SENDING, 1, 9, CONFIRM_SEND },
        { INST_PAID, INST_SENDING, 1, 9, CONFIRM_OTHER },
    };
    for (size_t k = 0; k < COUNT(table); k++) {
        struct story s;
        struct nonces covers = { .count = 0 };
        open_due(&s);
        (void)story_claim(&s, 1, "a");
        struct instalment *i = story_at(&s, 1);
        i->state = table[k].at;
        i->deadline_ms = 9;
        struct record before = s.r;
        enum confirm_answer answer =
            confirm_take(&s.r, i, table[k].from, table[k].attempt, table[k].deadline_ms, s.now_ms,
                         true, 20, &covers);
        assert_int_equal(answer, table[k].answer);
        assert_int_equal(i->deadline_ms, answer == CONFIRM_SEND ? 20 : 9);
        if (answer == CONFIRM_OTHER)
            assert_null(record_difference(&before, &s.r));
    }
}

/* The same reference again: its own nonce, and a confirm that may give up (consistency.md, 6). */
static void test_send_again(void **state)
{
    (void)state;
    struct story s;

    open_sending(&s);
    struct instalment *i = story_at(&s, 1);
    unknown_take(i, 2);
    assert_int_equal(instalment_shown(&s.r, i, s.now_ms), SHOWN_SENDING);
    unknown_take(i, 1);
    assert_int_equal(instalment_shown(&s.r, i, s.now_ms), SHOWN_UNKNOWN);
    assert_false(resend_take(i, 2, i->deadline_ms, "b"));
    assert_false(resend_take(i, 1, i->deadline_ms - 1, "b"));
    assert_int_equal(i->open.count, 1);
    assert_true(resend_take(i, 1, i->deadline_ms, "b"));
    assert_true(resend_take(i, 1, i->deadline_ms, "b"));
    assert_int_equal(i->open.count, 2);
    story_fact(&s, a_fail(CHECK_ACCOUNT_KYC, "gopay", s.now_ms));
    assert_int_equal(story_confirm(&s, 1, true), CONFIRM_GIVE_UP);
    assert_int_equal(s.covers.count, 2);
    assert_int_equal(instalment_shown(&s.r, i, s.now_ms), SHOWN_HELD);
    assert_false(resend_take(i, 1, i->deadline_ms, "c"));
    unknown_take(i, 2);
    assert_int_equal(i->why, REASON_NONE);
}

/* Too many hands: not sent again by rule, and no list of nonces can end it. */
static void test_too_many_nonces(void **state)
{
    (void)state;
    struct story s;
    char nonce[2] = "a";

    open_sending(&s);
    struct instalment *i = story_at(&s, 1);
    for (nonce[0] = 'b'; nonce[0] < 'a' + NONCES_MAX; nonce[0]++)
        assert_true(resend_take(i, 1, i->deadline_ms, nonce));
    assert_true(resend_take(i, 1, i->deadline_ms, "a")); /* one of them */
    assert_false(resend_take(i, 1, i->deadline_ms, "z"));
    assert_int_equal(i->open.count, NONCES_MAX);

    struct booking intent = an_entry(LEDGER_INTENT, 1), cancelled = an_entry(LEDGER_CANCELLED, 1);
    intent.nonce[0] = 'z'; /* and yet the ledger has it */
    story_book(&s, &intent);
    cancelled.covers = some_nonces("abcdefgz");
    story_book(&s, &cancelled);
    assert_int_equal(i->state, INST_SENDING);
    cancelled.covers = some_nonces("*");
    story_book(&s, &cancelled);
    assert_int_equal(i->state, INST_SENDING);
}

/* R13: what is final stays. A late success, a failure of what was paid: an alarm, nothing else. */
static void test_late_answers(void **state)
{
    (void)state;
    static const struct {
        enum inst_state at;
        bool alarm_success, alarm_failure;
    } table[] = {
        { INST_READY, true, true },   { INST_CLAIMED, true, true }, { INST_FAILED, true, false },
        { INST_PAID, false, true },   { INST_CASE, true, false },
    };
    for (size_t k = 0; k < COUNT(table); k++)
        for (int failed = 0; failed < 2; failed++) {
            struct story s;
            enum reason why = failed ? REASON_ACCOUNT_CLOSED : REASON_NONE;
            open_sending(&s);
            story_at(&s, 1)->state = table[k].at;
            struct record before = s.r;
            assert_false(story_finish(&s, 1, 1, why));
            assert_int_equal(s.alarm, failed ? table[k].alarm_failure : table[k].alarm_success);
            assert_null(record_difference(&before, &s.r));
            assert_string_equal(s.told, "");
            assert_false(story_finish(&s, 1, 7, why)); /* of another attempt: stale */
            assert_false(s.alarm);
        }
    struct story s;
    open_sending(&s);
    assert_true(story_finish(&s, 1, 1, REASON_PARTNER_UNAVAILABLE));
    assert_false(s.alarm);
    assert_false(story_finish(&s, 1, 1, REASON_NONE));
    assert_true(s.alarm);
    assert_int_equal(story_at(&s, 1)->state, INST_FAILED);
}

/* A verdict answers one failure of one attempt (R14-R16). */
static void test_verdicts_taken(void **state)
{
    (void)state;
    static const struct {
        enum reason why;
        enum inst_state next;
        enum shown shown;
        const char *told;
    } table[] = {
        { REASON_PARTNER_UNAVAILABLE, INST_READY, SHOWN_RETRYING, "" },
        { REASON_CUT_OFF, INST_READY, SHOWN_RETRYING, "" },
        { REASON_PROGRAMME_FUNDS, INST_READY, SHOWN_RETRYING, "" },
        { REASON_ACCOUNT_NOT_KYC, INST_READY, SHOWN_HELD, "" },
        { REASON_MONTHLY_LIMIT, INST_READY, SHOWN_HELD, "" },
        { REASON_SUSPECTED_FRAUD, INST_CASE, SHOWN_FAILED, "" },
        { REASON_DECEASED, INST_CASE, SHOWN_FAILED, "" },
        { REASON_UNKNOWN_CODE, INST_CASE, SHOWN_FAILED, "" },
        { REASON_DUPLICATE_REFERENCE, INST_CASE, SHOWN_FAILED, "" }, /* never a new reference */
    };
    for (size_t k = 0; k < COUNT(table); k++) {
        struct story s;
        open_sending(&s);
        const struct instalment *i = story_at(&s, 1);
        assert_false(story_verdict(&s, 1, 1, VERDICT_RETRY, 0)); /* nothing failed yet */
        assert_true(story_finish(&s, 1, 1, table[k].why));
        assert_string_equal(s.told, "FAILED 1");
        assert_string_equal(i->raw_code, "4031618");
        assert_false(story_verdict(&s, 1, 2, VERDICT_CASE, 0)); /* of another attempt */
        assert_int_equal(i->state, INST_FAILED);
        struct verdict v = story_answer(&s, 1);
        assert_string_equal(s.told, table[k].told);
        assert_int_equal(i->state, table[k].next);
        assert_int_equal(i->attempt, table[k].next == INST_CASE ? 1 : 2);
        assert_int_equal(instalment_shown(&s.r, i, s.now_ms), table[k].shown);
        struct record before = s.r;
        assert_false(story_verdict(&s, 1, 1, v.kind, v.not_before_ms)); /* twice */
        assert_null(record_difference(&before, &s.r));
    }
}

/* D13: what waits how long; the same failure, the same verdict; jitter at most a quarter. */
static void test_waiting_times(void **state)
{
    (void)state;
    static const int minutes[] = { 15, 30, 60, 120, 240, 360, 360, 360 };
    bool differs = false;

    for (int32_t n = 1; n <= (int32_t)COUNT(minutes); n++)
        for (uint64_t hash = 0; hash < 500; hash++) {
            int64_t wait = backoff_ms(n, hash), base = minutes[n - 1] * MINUTE_MS;
            assert_true(wait >= base && wait < base + base / 4);
            assert_int_equal(wait, backoff_ms(n, hash));
            differs = differs || wait != backoff_ms(n, hash + 1);
        }
    assert_true(differs);
    assert_true(backoff_ms(1000000, UINT64_MAX) < 6 * HOUR_MS * 5 / 4);

    for (int m = 0; m < 60; m++) { /* CUT_OFF: the next half hour of the clock */
        int64_t at_ms = NOON_MS + m * MINUTE_MS;
        int64_t next_ms = NOON_MS + (m < 30 ? 30 : 60) * MINUTE_MS;
        assert_int_equal(verdict_for(STAGE_TRANSFER, REASON_CUT_OFF, 5, at_ms, 7).not_before_ms,
                         next_ms);
    }
}

/* The state from the record's side: one instalment in it, everything else as it may be then. */
static void open_at(struct story *s, enum inst_state at)
{
    open_due(s);
    struct instalment *i = story_at(s, 1);
    i->state = at;
    i->claimed_at_ms = s->now_ms;
    if (at != INST_NONE && at != INST_READY)
        (void)snprintf(i->account_ref, sizeof i->account_ref, "gopay");
    if (at == INST_CLAIMED || at == INST_SENDING)
        i->open = some_nonces("a");
    if (at == INST_SENDING)
        i->deadline_ms = s->now_ms + LEASE_MS;
    if (at == INST_FAILED || at == INST_CASE)
        i->why = REASON_PARTNER_UNAVAILABLE;
}

/* What the code does with the trigger; false: no function does it. */
static bool pull(struct story *s, enum trigger trigger)
{
    static const enum ledger_entry entries[] = {
        [TRIGGER_BOOKED_INTENT] = LEDGER_INTENT,     [TRIGGER_BOOKED_SUCCESS] = LEDGER_SUCCEEDED,
        [TRIGGER_BOOKED_FAILURE] = LEDGER_FAILED,    [TRIGGER_BOOKED_CANCEL] = LEDGER_CANCELLED,
        [TRIGGER_BOOKED_RETURN] = LEDGER_RETURNED,
    };
    struct instalment *i = story_at(s, 1);
    enum inst_state from = i->state == INST_SENDING ? INST_SENDING : INST_CLAIMED;
    struct nonces covers;
    int64_t until_ms;

    switch (trigger) {
    case TRIGGER_SCHEDULE:
        s->r.scheduled_at_ms = 0;
        i->due_at_ms = 0;
        schedule_if_entitled(&s->r);
        return true;
    case TRIGGER_CLAIM: (void)claim_take(&s->r, i, s->now_ms, "b", &until_ms); return true;
    case TRIGGER_CONFIRM:
    case TRIGGER_GIVE_UP:
        (void)confirm_take(&s->r, i, from, 1, i->deadline_ms, s->now_ms, trigger == TRIGGER_CONFIRM,
                           s->now_ms, &covers);
        return true;
    case TRIGGER_SUCCEED: (void)story_finish(s, 1, 1, REASON_NONE); return true;
    case TRIGGER_FAIL: (void)story_finish(s, 1, 1, REASON_CUT_OFF); return true;
    case TRIGGER_RETRY: (void)verdict_take(&s->r, i, 1, VERDICT_RETRY, 1); return true;
    case TRIGGER_HOLD: (void)verdict_take(&s->r, i, 1, VERDICT_HOLD, 1); return true;
    case TRIGGER_CASE: (void)verdict_take(&s->r, i, 1, VERDICT_CASE, 0); return true;
    case TRIGGER_PUT_BACK: return false; /* test_reprocess.c */
    case TRIGGER_RETURN: return false; /* a RETURNED of the ledger says it */
    case TRIGGER_BOOKED_INTENT:
    case TRIGGER_BOOKED_SUCCESS:
    case TRIGGER_BOOKED_FAILURE:
    case TRIGGER_BOOKED_CANCEL:
    case TRIGGER_BOOKED_RETURN: break;
    case TRIGGER_COUNT: return false;
    }
    struct booking b = an_entry(entries[trigger], 1);
    b.covers = some_nonces("a");
    assert_true(ledger_book(&s->r, &b, s->now_ms));
    return true;
}

/* Every cell of the table: the functions make the moves it allows and no other. */
static void test_the_functions_walk_the_table(void **state)
{
    (void)state;
    for (int at = 0; at < INST_STATE_COUNT; at++)
        for (int trigger = 0; trigger < TRIGGER_COUNT; trigger++) {
            struct step step = instalment_step((enum inst_state)at, (enum trigger)trigger);
            struct story s;
            open_at(&s, (enum inst_state)at);
            s.alarm = false;
            if (step.move != MOVE_GO)
                assert_int_equal(step.next, at);
            if (!pull(&s, (enum trigger)trigger))
                continue;
            if (story_at(&s, 1)->state != step.next)
                fail_msg("%s on %s leads to %s", trigger_name((enum trigger)trigger),
                         inst_state_name((enum inst_state)at),
                         inst_state_name(story_at(&s, 1)->state));
            if (trigger == TRIGGER_SUCCEED || trigger == TRIGGER_FAIL)
                assert_int_equal(s.alarm, step.move == MOVE_IMPOSSIBLE);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paid),
        cmocka_unit_test(test_confirm_gives_up),
        cmocka_unit_test(test_confirm_of_what_moved),
        cmocka_unit_test(test_send_again),
        cmocka_unit_test(test_too_many_nonces),
        cmocka_unit_test(test_late_answers),
        cmocka_unit_test(test_verdicts_taken),
        cmocka_unit_test(test_waiting_times),
        cmocka_unit_test(test_the_functions_walk_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
