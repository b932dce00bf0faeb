/*
 * Facts come in any order and any number of times, and the record at the end is the same
 * (policy.md R7; docs/decisions.md D5).
 *
 * Here every order of a few facts; long random histories: test_facts_history.c.
 */
#include "story.h"

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define AT(hours) (NOON_MS + (hours) * HOUR_MS)

/* How often each emission was made, all instalments together. */
struct sums {
    int of[EMISSION_COUNT];
};

static void take_and_settle(struct record *r, const struct fact *fact, struct sums *sums)
{
    struct record before = *r;
    struct emissions out;

    take(r, *fact);
    settle(&before, r, &out);
    for (uint8_t k = 0; k < out.count; k++)
        sums->of[out.at[k].kind]++;
}

/* The next permutation in lexical order; false after the last. */
static bool next_order(int *order, int count)
{
    int i = count - 2, j = count - 1;

    while (i >= 0 && order[i] > order[i + 1])
        i--;
    if (i < 0)
        return false;
    while (order[j] < order[i])
        j--;
    int kept = order[i];
    order[i] = order[j];
    order[j] = kept;
    for (int a = i + 1, b = count - 1; a < b; a++, b--) {
        kept = order[a];
        order[a] = order[b];
        order[b] = kept;
    }
    return true;
}

#define FACTS_MAX 8

/* From the base on, the facts in that order; with twice, then all of them again, in vain. */
static void in_order(const struct record *base, const struct fact *facts, const int *order,
                     int count, bool twice, struct record *r, struct sums *sums)
{
    *r = *base;
    *sums = (struct sums){ { 0 } };
    for (int k = 0; k < count; k++)
        take_and_settle(r, &facts[order[k]], sums);
    for (int k = 0; twice && k < count; k++) {
        struct record before = *r;
        struct sums none = { { 0 } };
        take_and_settle(r, &facts[order[k]], &none);
        assert_null(record_difference(&before, r));
        for (int e = 0; e < EMISSION_COUNT; e++)
            assert_int_equal(none.of[e], 0);
    }
}

/* All orders of the facts; returns how many there were. */
static int all_orders(const struct record *base, const struct fact *facts, int count,
                      bool deactivated)
{
    int order[FACTS_MAX], orders = 0;
    struct record first, r;
    struct sums sums;

    for (int k = 0; k < count; k++)
        order[k] = k;
    in_order(base, facts, order, count, false, &first, &sums);
    assert_int_not_equal(first.scheduled_at_ms, 0);
    do {
        in_order(base, facts, order, count, true, &r, &sums);
        const char *difference = record_difference(&first, &r);
        if (difference)
            fail_msg("order %d: %s differs", orders, difference);
        /* announced once each, but never when the schedule is born CANCELLED (R7) */
        int scheduled = sums.of[EMISSION_SCHEDULED];
        assert_true(scheduled == 4 || (deactivated && scheduled == 0));
        assert_int_equal(sums.of[EMISSION_CANCEL_REQUESTED], deactivated ? 4 : 0);
        assert_int_equal(sums.of[EMISSION_ACCOUNT_USED], 1);
        for (int e = 0; e < EMISSION_COUNT; e++)
            if (e != EMISSION_SCHEDULED && e != EMISSION_CANCEL_REQUESTED &&
                e != EMISSION_ACCOUNT_USED)
                assert_int_equal(sums.of[e], 0);
        orders++;
    } while (next_order(order, count));
    return orders;
}

static void test_every_order(void **state)
{
    (void)state;
    const struct fact facts[] = {
        an_enrolment("2020", 21, AT(1)),
        a_completion("course-1", AT(2)),
        a_rating("course-1", 5, true, AT(3)),
        a_link("gopay", AT(4)),
        a_pass(CHECK_ACCOUNT_KYC, "gopay", AT(5)),
        a_pass(CHECK_NIK_MATCH, "gopay", AT(6)),
        a_pass(CHECK_ACCOUNT_ACTIVE, "gopay", AT(7)),
    };
    struct record nobody;

    record_init(&nobody, "participant-1");
    assert_int_equal(all_orders(&nobody, facts, COUNT(facts), false), 5040);
}

/* Conditions that turn: a FAIL, aid, each before, between or after (R7). */
static void test_every_order_with_what_turns(void **state)
{
    (void)state;
    struct record trained;
    struct fact facts[] = {
        an_enrolment("2020", 21, AT(1)),
        a_link("gopay", AT(4)),
        a_pass(CHECK_ACCOUNT_KYC, "gopay", AT(5)),
        a_pass(CHECK_NIK_MATCH, "gopay", AT(7)),
        a_pass(CHECK_ACCOUNT_ACTIVE, "gopay", AT(8)),
        a_fail(CHECK_ACCOUNT_KYC, "gopay", AT(6)),
    };

    record_init(&trained, "participant-1");
    take(&trained, a_completion("course-1", AT(2)));
    take(&trained, a_rating("course-1", 5, true, AT(3)));
    assert_int_equal(all_orders(&trained, facts, COUNT(facts), false), 720);
    facts[5] = aid_found(AT(6));
    assert_int_equal(all_orders(&trained, facts, COUNT(facts), true), 720);
}

/* Two accounts, and which topic names the second first (D3, D4). */
static void test_every_order_of_two_accounts(void **state)
{
    (void)state;
    struct record trained;
    const struct fact facts[] = {
        a_link("gopay", AT(4)),
        a_link("bni", AT(9)),
        a_pass(CHECK_ACCOUNT_KYC, "bni", AT(10)),
        a_pass(CHECK_NIK_MATCH, "bni", AT(11)),
        a_pass(CHECK_ACCOUNT_ACTIVE, "bni", AT(12)),
        a_fail(CHECK_ACCOUNT_KYC, "gopay", AT(6)),
    };
    int order[COUNT(facts)], orders = 0;

    record_init(&trained, "participant-1");
    take(&trained, an_enrolment("2020", 21, AT(1)));
    take(&trained, a_completion("course-1", AT(2)));
    take(&trained, a_rating("course-1", 5, true, AT(3)));
    for (int k = 0; k < (int)COUNT(facts); k++)
        order[k] = k;
    do {
        /* the links' order is their topic's: D5 takes the first of the log */
        bool swapped = false;
        for (int k = 0; k < (int)COUNT(facts) && order[k] != 0; k++)
            swapped = swapped || order[k] == 1;
        if (swapped)
            continue;
        struct record r, first;
        struct sums sums;
        static const int as_told[] = { 0, 1, 2, 3, 4, 5 };
        in_order(&trained, facts, as_told, COUNT(facts), false, &first, &sums);
        assert_int_equal(sums.of[EMISSION_ACCOUNT_USED], 1); /* the other is never verified */
        in_order(&trained, facts, order, COUNT(facts), false, &r, &sums);
        assert_int_equal(sums.of[EMISSION_ACCOUNT_USED], 1); /* the other is never verified */
        assert_null(record_difference(&first, &r));
        assert_string_equal(record_current(&r)->ref, "bni");
        orders++;
    } while (next_order(order, COUNT(facts)));
    assert_int_equal(orders, 360);
}

/* What money and people say of one account, beside its facts. */
struct word {
    enum { PASSES, LINKED, FAILS, STRUCK } kind;
    int hours;
};

static void take_word(struct record *r, enum reason reason, const struct word *w)
{
    static const enum check checks[SLOT_COUNT] = {
        [SLOT_KYC] = CHECK_ACCOUNT_KYC,        [SLOT_NIK] = CHECK_NIK_MATCH,
        [SLOT_SELFIE] = CHECK_SELFIE_MATCH,    [SLOT_ACTIVE] = CHECK_ACCOUNT_ACTIVE,
        [SLOT_PHONE] = CHECK_PHONE_OWNER,      [SLOT_NOT_FOUND] = CHECK_SELFIE_MATCH,
        [SLOT_CLOSED] = CHECK_SELFIE_MATCH,    [SLOT_SHARED] = CHECK_ACCOUNT_SHARED,
    };

    switch (w->kind) {
    case PASSES: take(r, a_pass(checks[reason_row(reason)->slot], "gopay", AT(w->hours))); break;
    case LINKED: take(r, a_link("gopay", AT(w->hours))); break;
    case FAILS: fact_failure(r, "gopay", reason, AT(w->hours)); break;
    case STRUCK: fact_struck(r, "gopay", reason, AT(w->hours)); break;
    }
}

/* R14: a failure that is struck before it is heard of, or after, or twice, ends the same. */
static void test_every_order_of_what_is_struck(void **state)
{
    (void)state;
    static const struct word words[] = { { LINKED, 2 }, { PASSES, 3 }, { FAILS, 4 },
                                         { FAILS, 5 },  { STRUCK, 4 }, { STRUCK, 5 } };
    /* how many of the words, and is the account held then? */
    static const struct {
        int count;
        bool held;
    } rows[] = { { 4, true }, { 5, true }, { 6, false } };

    for (int reason = 0; reason < REASON_COUNT; reason++)
        for (size_t k = 0; k < COUNT(rows); k++) {
            int order[COUNT(words)] = { 0, 1, 2, 3, 4, 5 };
            struct record base, first, r;
            if (reason_row((enum reason)reason)->slot == SLOT_NOTHING)
                continue;
            record_init(&base, "participant-1");
            take_account(&base, "gopay", AT(1));
            for (bool begun = false;; begun = true) {
                r = base;
                for (int n = 0; n < 2 * rows[k].count; n++) /* all of it twice */
                    take_word(&r, (enum reason)reason, &words[order[n % rows[k].count]]);
                if (!begun)
                    first = r;
                const char *difference = record_difference(&first, &r);
                if (difference)
                    fail_msg("%s: %s differs", reason_row((enum reason)reason)->name, difference);
                if ((record_hold(&r).reason == (enum reason)reason) != rows[k].held ||
                    (record_hold(&r).reason == REASON_NONE) == rows[k].held)
                    fail_msg("%s, row %zu", reason_row((enum reason)reason)->name, k);
                if (!next_order(order, rows[k].count))
                    break;
            }
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_every_order_with_what_turns),
        cmocka_unit_test(test_every_order_of_two_accounts),
        cmocka_unit_test(test_every_order_of_what_is_struck),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
