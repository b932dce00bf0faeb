/*
 * R12, D12: an answer to our inquiry that contradicts what is known is doubtful.  It is asked
 * again, it becomes a hold only with the third answer over at least 24 hours, and meanwhile nobody
 * is told to upgrade.  Limits hold until their date (D13).
 */
#include "story.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "policy/calendar.h"
#include "policy/explain.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static enum shown shown(struct story *s)
{
    return instalment_shown(&s->r, story_at(s, 1), s->now_ms);
}

static enum claim_answer look(struct story *s, int64_t *until_ms)
{
    return claim_look(&s->r, story_at(s, 1), s->now_ms, until_ms);
}

static bool says(const char *text, const char *word)
{
    for (; *text; text++)
        if ((*text | 0x20) == word[0] && strlen(text) >= strlen(word)) {
            size_t i = 0;
            while (word[i] && (text[i] | 0x20) == word[i])
                i++;
            if (!word[i])
                return true;
        }
    return false;
}

static void assert_asks_for_nothing(struct story *s)
{
    struct advice a = explain_instalment(&s->r, story_at(s, 1), s->now_ms);

    assert_int_equal(shown(s), SHOWN_DOUBTFUL);
    assert_string_equal(shown_row(shown(s))->dashboard, "Sedang diproses");
    assert_int_equal(instalment_reason(&s->r, story_at(s, 1), s->now_ms), REASON_NONE);
    assert_int_not_equal(a.actor, ACTOR_PARTICIPANT);
    assert_string_equal(a.todo, "Tidak ada");
    assert_false(says(a.what, "upgrade") || says(a.what, "kyc") || says(a.english, "upgrade"));
}

/* L6: the wallet was fine and the answer wrong: inquired again, paid, never held. */
static void test_l6_wrong_answer(void **state)
{
    (void)state;
    struct story s;
    int64_t until_ms = 0;

    story_open(&s);
    story_wait_until_due(&s, 1);
    assert_int_equal(look(&s, &until_ms), CLAIM_INQUIRE);
    assert_false(story_inquiry(&s, 1, INQUIRY_NEGATIVE, REASON_ACCOUNT_NOT_KYC));
    assert_string_equal(s.told, "");
    assert_asks_for_nothing(&s);
    assert_int_equal(look(&s, &until_ms), CLAIM_WAIT);
    assert_int_equal(until_ms, s.now_ms + 12 * HOUR_MS);
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_WAIT);

    s.now_ms = until_ms;
    assert_int_equal(look(&s, &until_ms), CLAIM_INQUIRE);
    assert_asks_for_nothing(&s);
    story_send(&s, 1, REASON_NONE);
    assert_int_equal(shown(&s), SHOWN_PAID);
    assert_int_equal(story_at(&s, 1)->doubts, 0);
}

/* When the answers come (hours after the first), and whether the last of them holds. */
static void test_three_answers_over_24_hours(void **state)
{
    (void)state;
    static const struct {
        int hours[5];
        int answers;
        bool held;
    } table[] = {
        { { 0 }, 1, false },
        { { 0, 12 }, 2, false },
        { { 0, 30 }, 2, false },             /* over 24 hours, but two */
        { { 0, 12, 23 }, 3, false },         /* three, but within 24 hours */
        { { 0, 12, 24 }, 3, true },
        { { 0, 12, 23, 35 }, 4, true },
        { { 0, 1, 2, 3, 23 }, 5, false },
    };
    for (size_t k = 0; k < COUNT(table); k++) {
        struct story s;
        story_open(&s);
        story_wait_until_due(&s, 1);
        int64_t first_ms = s.now_ms;
        for (int i = 0; i < table[k].answers; i++) {
            s.now_ms = first_ms + table[k].hours[i] * HOUR_MS;
            assert_int_equal(story_at(&s, 1)->state, INST_READY);
            assert_int_not_equal(shown(&s), SHOWN_HELD);
            assert_false(story_inquiry(&s, 1, INQUIRY_NEGATIVE, REASON_ACCOUNT_NOT_KYC));
        }
        if ((shown(&s) == SHOWN_HELD) != table[k].held)
            fail_msg("row %zu", k);
        assert_string_equal(s.told, table[k].held ? "CHECK_FAILED 1 ACCOUNT_NOT_KYC gopay" : "");
        if (!table[k].held)
            assert_asks_for_nothing(&s);
        else /* the failure is told as one of an inquiry, so that a case opens beside it */
            assert_int_equal(story_at(&s, 1)->doubts, DOUBTS_TO_HOLD);
    }
}

static void hold_by_doubt(struct story *s)
{
    story_open(s);
    story_wait_until_due(s, 1);
    for (int i = 0; i < 3; i++, s->now_ms += 12 * HOUR_MS)
        assert_false(story_inquiry(s, 1, INQUIRY_NEGATIVE, REASON_ACCOUNT_NOT_KYC));
    assert_int_equal(shown(s), SHOWN_HELD);
}

/* R15: the fix releases it now, not at the doubt's next date; a new doubt counts from the start. */
static void test_release_ends_the_doubt(void **state)
{
    (void)state;
    struct story s;
    int64_t until_ms = 0;

    hold_by_doubt(&s);
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", s.now_ms - 11 * HOUR_MS));
    assert_string_equal(s.told, "RELEASED 1 ACCOUNT_NOT_KYC gopay");
    assert_int_not_equal(shown(&s), SHOWN_DOUBTFUL);
    assert_int_equal(look(&s, &until_ms), CLAIM_INQUIRE);
    assert_false(story_inquiry(&s, 1, INQUIRY_NEGATIVE, REASON_ACCOUNT_NOT_KYC));
    assert_asks_for_nothing(&s);
    assert_int_equal(story_at(&s, 1)->doubts, 1);

    hold_by_doubt(&s);
    s.now_ms -= 11 * HOUR_MS;
    take_account(&s.r, "bni", s.now_ms);
    struct record before = s.r;
    struct emissions out;
    settle(&before, &s.r, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.at[0].kind, EMISSION_RELEASED);
    assert_int_equal(look(&s, &until_ms), CLAIM_INQUIRE);
}

/* The answers of one account say nothing about the next. */
static void test_each_account_its_own_doubt(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    for (int i = 0; i < 2; i++, s.now_ms += 24 * HOUR_MS)
        assert_false(story_inquiry(&s, 1, INQUIRY_NEGATIVE, REASON_ACCOUNT_NOT_KYC));
    take_account(&s.r, "bni", s.now_ms);
    assert_false(story_inquiry(&s, 1, INQUIRY_NEGATIVE, REASON_ACCOUNT_INACTIVE));
    assert_string_equal(s.told, "");
    assert_asks_for_nothing(&s);
    assert_int_equal(story_at(&s, 1)->doubts, 1);
    assert_int_equal(story_at(&s, 1)->doubt_since_ms, s.now_ms);
    assert_string_equal(story_at(&s, 1)->account_ref, "bni");
}

/* The partner's own FAIL event is no doubt: HELD at once, told as a check. */
static void test_fail_event_holds_at_once(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    assert_false(story_inquiry(&s, 1, INQUIRY_NEGATIVE, REASON_ACCOUNT_NOT_KYC));
    s.now_ms += HOUR_MS;
    story_fact(&s, a_fail(CHECK_ACCOUNT_KYC, "gopay", s.now_ms));
    assert_int_equal(shown(&s), SHOWN_HELD);
    assert_int_equal(story_claim(&s, 1, "n"), CLAIM_IDLE);
    assert_string_equal(s.told, "CHECK_FAILED 1 ACCOUNT_NOT_KYC gopay");
    assert_true(story_at(&s, 1)->doubts < DOUBTS_TO_HOLD);
    assert_false(story_inquiry(&s, 1, INQUIRY_NEGATIVE, REASON_ACCOUNT_NOT_KYC)); /* too late */
    assert_int_equal(story_at(&s, 1)->doubts, 0);
    s.now_ms += HOUR_MS;
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", s.now_ms));
    assert_string_equal(s.told, "RELEASED 1 ACCOUNT_NOT_KYC gopay");
    story_send(&s, 1, REASON_NONE);
}

/* A good answer ends it without a payment too: the inquiry made while the due date is far. */
static void test_good_answer_ends_the_doubt(void **state)
{
    (void)state;
    struct story s;
    int64_t until_ms = 0;

    story_open(&s);
    assert_false(story_inquiry(&s, 1, INQUIRY_NEGATIVE, REASON_NIK_MISMATCH));
    assert_asks_for_nothing(&s);
    s.now_ms += 12 * HOUR_MS;
    assert_false(story_inquiry(&s, 1, INQUIRY_GOOD, REASON_NONE));
    assert_int_equal(shown(&s), SHOWN_SCHEDULED);
    assert_int_equal(look(&s, &until_ms), CLAIM_WAIT);
    assert_int_equal(until_ms, story_at(&s, 1)->due_at_ms);

    /* and takes nothing from a retry that waits */
    assert_false(story_inquiry(&s, 1, INQUIRY_AWAY, REASON_PARTNER_UNAVAILABLE));
    int64_t again_ms = story_at(&s, 1)->not_before_ms;
    assert_false(story_inquiry(&s, 1, INQUIRY_GOOD, REASON_NONE));
    assert_int_equal(story_at(&s, 1)->not_before_ms, again_ms);
    assert_int_equal(shown(&s), SHOWN_RETRYING);
}

/* L2, L8: a partner that is away makes a wait, no attempt, no doubt and no hold. */
static void test_partner_away(void **state)
{
    (void)state;
    struct story s;
    int64_t until_ms = 0;

    story_open(&s);
    story_wait_until_due(&s, 1);
    for (int i = 0; i < 192; i++) { /* two days */
        assert_int_equal(look(&s, &until_ms), CLAIM_INQUIRE);
        assert_false(story_inquiry(&s, 1, INQUIRY_AWAY, REASON_PARTNER_UNAVAILABLE));
        assert_string_equal(s.told, "");
        assert_int_equal(shown(&s), SHOWN_RETRYING);
        assert_int_equal(look(&s, &until_ms), CLAIM_WAIT);
        assert_true(until_ms >= s.now_ms + 15 * MINUTE_MS);
        assert_true(until_ms < s.now_ms + 19 * MINUTE_MS);
        s.now_ms = until_ms;
    }
    assert_int_equal(story_at(&s, 1)->attempt, 1);
    story_send(&s, 1, REASON_NONE);
    assert_int_equal(shown(&s), SHOWN_PAID);
}

/* What an inquiry can't settle: a person; nothing is changed where the instalment moved on. */
static void test_inquiry_case_and_too_late(void **state)
{
    (void)state;
    struct story s;

    story_open(&s);
    story_wait_until_due(&s, 1);
    assert_true(story_inquiry(&s, 1, INQUIRY_CASE, REASON_SUSPECTED_FRAUD));
    for (int at = INST_CLAIMED; at < INST_STATE_COUNT; at++)
        for (int answer = INQUIRY_GOOD; answer <= INQUIRY_CASE; answer++) {
            story_open(&s);
            story_at(&s, 1)->state = (enum inst_state)at;
            struct record before = s.r;
            assert_false(story_inquiry(&s, 1, (enum inquiry)answer, REASON_ACCOUNT_NOT_KYC));
            assert_null(record_difference(&before, &s.r));
        }
    for (int answer = INQUIRY_GOOD; answer <= INQUIRY_CASE; answer++) {
        story_open(&s);
        story_fact(&s, aid_found(s.now_ms));
        struct record before = s.r;
        assert_false(story_inquiry(&s, 1, (enum inquiry)answer, REASON_ACCOUNT_NOT_KYC));
        assert_null(record_difference(&before, &s.r)); /* R4: no case for what is cancelled */
    }
}

/* D13: a limit holds one instalment until a date, and no fact of the account does. */
static void test_limits(void **state)
{
    (void)state;
    for (int monthly = 0; monthly < 2; monthly++) {
        struct story s;
        int64_t until_ms = 0;
        enum reason why = monthly ? REASON_MONTHLY_LIMIT : REASON_BALANCE_LIMIT;
        story_open(&s);
        story_wait_until_due(&s, 1);
        story_send(&s, 1, why);
        struct verdict v = story_answer(&s, 1);
        assert_int_equal(v.kind, VERDICT_HOLD);
        assert_false(v.case_beside);
        assert_int_equal(v.not_before_ms, monthly ? calendar_first_of_next_month_ms(s.now_ms)
                                                  : s.now_ms + DAY_MS);
        assert_string_equal(s.told, "");
        assert_int_equal(record_hold(&s.r).reason, REASON_NONE);
        assert_int_equal(shown(&s), SHOWN_HELD);
        assert_int_equal(instalment_reason(&s.r, story_at(&s, 1), s.now_ms), why);
        assert_int_equal(look(&s, &until_ms), CLAIM_WAIT);
        assert_int_equal(until_ms, v.not_before_ms);
        s.now_ms = v.not_before_ms - 1;
        assert_int_equal(shown(&s), SHOWN_HELD);
        s.now_ms = v.not_before_ms;
        assert_int_equal(shown(&s), SHOWN_RETRYING);
        assert_int_equal(look(&s, &until_ms), CLAIM_INQUIRE);
        assert_int_equal(instalment_shown(&s.r, story_at(&s, 2), s.now_ms), SHOWN_SCHEDULED);
        story_send(&s, 1, REASON_NONE);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_l6_wrong_answer),
        cmocka_unit_test(test_three_answers_over_24_hours),
        cmocka_unit_test(test_release_ends_the_doubt),
        cmocka_unit_test(test_each_account_its_own_doubt),
        cmocka_unit_test(test_fail_event_holds_at_once),
        cmocka_unit_test(test_good_answer_ends_the_doubt),
        cmocka_unit_test(test_partner_away),
        cmocka_unit_test(test_inquiry_case_and_too_late),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
