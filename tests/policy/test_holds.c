/*
 * What holds money, what lets it go again, what stops it: decisions D6-D8 (docs/decisions.md;
 * policy.md R4, R8, R15).
 */
#include "story.h"

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define AT(hours) (NOON_MS + (hours) * HOUR_MS)

static struct record nobody(void)
{
    struct record r;

    record_init(&r, "participant-1");
    return r;
}

static const char *held_for(const struct record *r)
{
    return reason_row(record_hold(r).reason)->name;
}

/* D6: ordered by the source's version; on a tie FAIL wins; money's failures are facts too. */
static void test_d6_newest_wins(void **state)
{
    (void)state;
    static const struct {
        int first, second; /* hours; negative: a FAIL */
        bool held;
    } table[] = {
        { 5, 6, false }, { 5, -6, true },  { -5, 6, false }, { -5, -6, true }, { 6, -5, false },
        { -6, 5, true }, { 5, -5, true },  { -5, 5, true },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct record r = nobody();
        const int both[] = { table[i].first, table[i].second };
        take_account(&r, "gopay", AT(1));
        for (size_t k = 0; k < COUNT(both); k++)
            take(&r, both[k] > 0 ? a_pass(CHECK_ACCOUNT_KYC, "gopay", AT(both[k]))
                                 : a_fail(CHECK_ACCOUNT_KYC, "gopay", AT(-both[k])));
        if ((record_hold(&r).reason != REASON_NONE) != table[i].held)
            fail_msg("row %zu", i);
    }
    struct record r = nobody();
    take_account(&r, "gopay", AT(1));
    fact_failure(&r, "gopay", REASON_NIK_MISMATCH, AT(4));
    fact_failure(&r, "gopay", REASON_NIK_MISMATCH, AT(3));
    assert_int_equal(record_hold(&r).at_ms, AT(4));
    take(&r, a_pass(CHECK_NIK_MATCH, "gopay", AT(4)));
    assert_string_equal(held_for(&r), "NIK_MISMATCH");
    take(&r, a_pass(CHECK_NIK_MATCH, "gopay", AT(5)));
    assert_string_equal(held_for(&r), "NONE");
}

/* D7: what closes each slot, of the reasons' own failures. */
static void test_d7_slots(void **state)
{
    (void)state;
    static const struct {
        enum reason reason;
        bool by_pass[CHECK_COUNT]; /* a newer PASS of that check */
        bool by_link;              /* a newer link of the same account */
    } table[] = {
        { REASON_ACCOUNT_NOT_KYC, { [CHECK_ACCOUNT_KYC] = true }, false },
        { REASON_NIK_MISMATCH, { [CHECK_NIK_MATCH] = true }, false },
        { REASON_SELFIE_MISMATCH, { [CHECK_SELFIE_MATCH] = true }, false },
        { REASON_ACCOUNT_INACTIVE, { [CHECK_ACCOUNT_ACTIVE] = true }, false },
        { REASON_PHONE_CHANGED, { [CHECK_PHONE_OWNER] = true }, true },
        { REASON_ACCOUNT_NOT_FOUND, { false }, true },
        { REASON_ACCOUNT_CLOSED, { false }, false },
        { REASON_ACCOUNT_SHARED, { [CHECK_ACCOUNT_SHARED] = true }, false },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct record held = nobody(), r;
        take_account(&held, "gopay", AT(1));
        fact_failure(&held, "gopay", table[i].reason, AT(5));
        assert_string_equal(held_for(&held), reason_row(table[i].reason)->name);
        for (int c = 0; c < CHECK_COUNT; c++) {
            if (c == CHECK_DUPLICATE_AID)
                continue;
            r = held;
            take(&r, a_pass((enum check)c, "gopay", AT(6)));
            assert_int_equal(record_hold(&r).reason == REASON_NONE, table[i].by_pass[c]);
        }
        r = held;
        take(&r, a_link("gopay", AT(6)));
        assert_int_equal(record_hold(&r).reason == REASON_NONE, table[i].by_link);
        r = held;
        fact_struck(&r, "gopay", table[i].reason, AT(5)); /* a person says it never was (R14) */
        assert_string_equal(held_for(&r), "NONE");
        fact_failure(&r, "gopay", table[i].reason, AT(6)); /* but this one was */
        assert_string_equal(held_for(&r), reason_row(table[i].reason)->name);
        r = held;
        take_account(&r, "bni", AT(6)); /* another account releases whatever it was (R15) */
        assert_string_equal(held_for(&r), "NONE");
    }
    struct record r = nobody(); /* limits are no fact of the account, nor is what isn't its fault */
    take_account(&r, "gopay", AT(1));
    for (int reason = 0; reason < REASON_COUNT; reason++)
        if (reason_row((enum reason)reason)->cls != CLASS_HOLD && reason != REASON_ACCOUNT_SHARED) {
            struct record before = r;
            fact_failure(&r, "gopay", (enum reason)reason, AT(5));
            fact_struck(&r, "gopay", (enum reason)reason, AT(5));
            assert_null(record_difference(&r, &before));
        }
    assert_string_equal(held_for(&r), "NONE");
}

/* R15: the fix that is named must release; no check mends a closed one. */
static void test_d7_closed_comes_first(void **state)
{
    (void)state;
    struct record r = nobody();

    take_account(&r, "gopay", AT(1));
    take(&r, a_fail(CHECK_ACCOUNT_KYC, "gopay", AT(5)));
    take(&r, a_fail(CHECK_NIK_MATCH, "gopay", AT(5)));
    assert_string_equal(held_for(&r), "ACCOUNT_NOT_KYC");
    fact_failure(&r, "gopay", REASON_ACCOUNT_CLOSED, AT(4));
    assert_string_equal(held_for(&r), "ACCOUNT_CLOSED");
    fact_struck(&r, "gopay", REASON_ACCOUNT_CLOSED, AT(3)); /* an earlier one */
    assert_string_equal(held_for(&r), "ACCOUNT_CLOSED");
    fact_struck(&r, "gopay", REASON_ACCOUNT_CLOSED, AT(4));
    assert_string_equal(held_for(&r), "ACCOUNT_NOT_KYC");
}

/* D8, R4, R5: aid deactivates for good where the scheme says so, from its wave on. */
static void test_d8_aid(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        int32_t wave;
        bool ends;
    } table[] = { { "2020", 17, false }, { "2020", 18, true },  { "2020", 21, true },
                  { "2023", 17, false }, { "2023", 60, false } };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct record r = nobody();
        take(&r, aid_found(AT(1))); /* before anybody knows the scheme */
        assert_false(record_is_deactivated(&r));
        take(&r, an_enrolment(table[i].scheme, table[i].wave, AT(2)));
        take_everything(&r, AT(3));
        assert_int_equal(record_is_deactivated(&r), table[i].ends);
        assert_int_equal(condition_met(&r, CONDITION_active, NULL), !table[i].ends);
        assert_int_not_equal(r.scheduled_at_ms, 0);
        const struct instalment *it = record_instalment(&r, PAYMENT_INSTALMENT, 1);
        assert_int_equal(instalment_shown(&r, it, AT(4)),
                         table[i].ends ? SHOWN_CANCELLED : SHOWN_SCHEDULED);
        take(&r, a_pass(CHECK_DUPLICATE_AID, "", AT(9))); /* not reversed by the absence of a hit */
        assert_int_equal(record_is_deactivated(&r), table[i].ends);
        assert_int_equal(r.aid_pass_version, AT(9));
        assert_int_equal(r.aid_fail_version, AT(1));
    }
}

/* No account: nothing that could be named, so nothing is kept of it. */
static void test_failure_without_an_account(void **state)
{
    (void)state;
    struct record r = nobody(), before = r;

    fact_failure(&r, "", REASON_ACCOUNT_CLOSED, AT(1));
    fact_struck(&r, "", REASON_ACCOUNT_CLOSED, AT(1));
    fact_paid(&r, "", AT(1));
    assert_null(record_difference(&r, &before));
    fact_paid(&r, "gopay", AT(2));
    fact_paid(&r, "gopay", AT(1));
    assert_int_equal(record_account(&r, "gopay")->paid_at_ms, AT(2));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_d6_newest_wins),
        cmocka_unit_test(test_d7_slots),
        cmocka_unit_test(test_d7_closed_comes_first),
        cmocka_unit_test(test_d8_aid),
        cmocka_unit_test(test_failure_without_an_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
