/*
 * Redis was empty: the ledger is read before the facts (consistency.md "Money side" 1, "Redis
 * empty"), and what was held is announced and released once more, in words that can be told.
 */
#include "story.h"

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A restored INTENT may have been confirmed just before: the full lease counts from the restore. */
static void test_lease_counts_from_the_restore(void **state)
{
    (void)state;
    struct record r;
    struct booking intent = an_entry(LEDGER_INTENT, 1);

    record_init(&r, "participant-1");
    assert_true(ledger_book(&r, &intent, 100));
    const struct instalment *i = record_instalment(&r, PAYMENT_INSTALMENT, 1);
    assert_int_equal(i->deadline_ms, 100);
    assert_int_equal(instalment_shown(&r, i, NOON_MS), SHOWN_UNKNOWN);
    assert_true(ledger_book(&r, &intent, 900));
    assert_int_equal(i->deadline_ms, 900);
    assert_true(ledger_book(&r, &intent, 200));
    assert_int_equal(i->deadline_ms, 900);
}

/* Redis was empty: the ledger comes before the facts, and the end is what it was. */
static void test_ledger_before_facts(void **state)
{
    (void)state;
    static const int numbers[] = { 3, 1, 2 }; /* in an order of its own */
    struct record live, restored;

    record_init(&live, "participant-1");
    record_init(&restored, "participant-1");
    take_everything(&live, NOON_MS);
    for (size_t k = 0; k < COUNT(numbers); k++) {
        struct booking intent = an_entry(LEDGER_INTENT, 1), paid = an_entry(LEDGER_SUCCEEDED, 1);
        intent.number = paid.number = numbers[k];
        assert_true(ledger_book(&live, &intent, 5) && ledger_book(&live, &paid, 5));
        assert_true(ledger_book(&restored, &intent, 5) && ledger_book(&restored, &paid, 5));
    }
    take_everything(&restored, NOON_MS);
    assert_null(record_difference(&live, &restored));
    assert_int_equal(record_account(&restored, "gopay")->paid_at_ms, NOON_MS);
}

/* A hold restored before its account: what is released then can be told, with a moment. */
static void test_restored_hold_is_released(void **state)
{
    (void)state;
    struct story s = { .now_ms = NOON_MS + DAY_MS };
    struct booking failed = an_entry(LEDGER_FAILED, 1);

    failed.reason = REASON_ACCOUNT_NOT_KYC;
    record_init(&s.r, "participant-1");
    story_book(&s, &failed);
    assert_string_equal(s.told, "FAILED 1");
    assert_true(story_verdict(&s, 1, 1, VERDICT_HOLD, 0));
    assert_string_equal(s.told, "");
    story_fact(&s, a_pass(CHECK_NIK_MATCH, "gopay", NOON_MS));
    story_fact(&s, a_pass(CHECK_ACCOUNT_ACTIVE, "gopay", NOON_MS));
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", NOON_MS + HOUR_MS));
    assert_string_equal(s.told, "");
    struct record before = s.r;
    struct emissions out;
    take(&s.r, a_link("gopay", NOON_MS - DAY_MS));
    settle(&before, &s.r, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.at[0].kind, EMISSION_RELEASED);
    assert_int_equal(out.at[0].mark.reason, REASON_ACCOUNT_NOT_KYC);
    assert_string_equal(out.at[0].mark.account_ref, "gopay");
    assert_int_equal(out.at[0].mark.at_ms, NOON_MS);
}

/* A hold restored before the facts is announced again, after the schedule that it belongs to. */
static void test_restored_hold_is_announced_again(void **state)
{
    (void)state;
    struct story s = { .now_ms = NOON_MS };
    struct booking failed = an_entry(LEDGER_FAILED, 1);

    failed.reason = REASON_ACCOUNT_CLOSED;
    record_init(&s.r, "participant-1");
    story_book(&s, &failed);
    failed.attempt = 2; /* the next attempt's failure is a failure of its own */
    story_book(&s, &failed);
    assert_string_equal(s.told, "FAILED 1");
    story_book(&s, &failed);
    assert_string_equal(s.told, "");
    assert_true(story_verdict(&s, 1, 2, VERDICT_HOLD, 0));
    take(&s.r, a_completion("course-1", NOON_MS));
    take(&s.r, a_rating("course-1", 5, true, NOON_MS));
    take(&s.r, an_enrolment("2023", 60, NOON_MS));
    story_fact(&s, a_pass(CHECK_ACCOUNT_KYC, "gopay", NOON_MS));
    story_fact(&s, a_pass(CHECK_NIK_MATCH, "gopay", NOON_MS));
    story_fact(&s, a_pass(CHECK_ACCOUNT_ACTIVE, "gopay", NOON_MS));
    assert_string_equal(s.told, "");
    story_fact(&s, a_link("gopay", NOON_MS));
    assert_string_equal(s.told, "ACCOUNT_USED gopay, SCHEDULED 1");
    (void)story_claim(&s, 1, "n");
    assert_string_equal(s.told, "CHECK_FAILED 1 ACCOUNT_CLOSED gopay");
}

static void test_no_room(void **state)
{
    (void)state;
    struct record r;
    struct booking b = an_entry(LEDGER_INTENT, 1);

    record_init(&r, "participant-1");
    for (b.number = 1; b.number <= RECORD_INSTALMENTS_MAX; b.number++)
        assert_true(ledger_book(&r, &b, 1));
    struct record before = r;
    assert_false(ledger_book(&r, &b, 1));
    assert_null(record_difference(&before, &r));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lease_counts_from_the_restore),
        cmocka_unit_test(test_ledger_before_facts),
        cmocka_unit_test(test_restored_hold_is_released),
        cmocka_unit_test(test_restored_hold_is_announced_again),
        cmocka_unit_test(test_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
