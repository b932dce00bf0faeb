/*
 * Facts into a record: decisions D1-D5, D9, D10 (docs/decisions.md; policy.md R6-R9).  What holds
 * and stops money, D6-D8: test_holds.c.  In what order facts may come: test_facts_order.c.
 */
#include "story.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "policy/calendar.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define AT(hours) (NOON_MS + (hours) * HOUR_MS)

static struct record nobody(void)
{
    struct record r;

    record_init(&r, "participant-1");
    return r;
}

static const char *current(const struct record *r)
{
    const struct account *a = record_current(r);

    return a ? a->ref : "-";
}

static const char *candidate(const struct record *r)
{
    const struct account *a = record_candidate(r);

    return a ? a->ref : "-";
}

static const char *held_for(const struct record *r)
{
    return reason_row(record_hold(r).reason)->name;
}

/* D1: the first certified completion of the log, whatever its date; only its rating counts. */
static void test_d1_which_course(void **state)
{
    (void)state;
    struct record r = nobody();
    int64_t since;

    take(&r, a_rating("other", 4, true, AT(1)));
    take(&r, a_report_without_certificate("no-paper", AT(2)));
    assert_int_equal(r.uncertified_at_ms, AT(2));
    assert_false(condition_met(&r, CONDITION_completed, &since));
    take(&r, a_completion("first", AT(9)));
    take(&r, a_completion("earlier", AT(3)));
    assert_string_equal(r.course_id, "first");
    assert_int_equal(r.completed_at_ms, AT(9));
    assert_int_equal(r.uncertified_at_ms, 0);
    assert_null(record_rating(&r));
    assert_false(condition_met(&r, CONDITION_rated, &since));
    assert_int_equal(since, 0);

    take(&r, a_rating("earlier", 5, true, AT(10)));
    assert_null(record_rating(&r));
    take(&r, a_rating("first", 5, true, AT(11)));
    assert_true(condition_met(&r, CONDITION_rated, &since));
    assert_int_equal(since, AT(11));
}

/* D2: the first record with stars, the first with a review; corrections move no date. */
static void test_d2_rated_and_reviewed(void **state)
{
    (void)state;
    struct record r = nobody();

    take(&r, a_completion("c", AT(0)));
    take(&r, a_rating("c", 0, true, AT(5)));
    assert_int_equal(record_rating(&r)->stars, 0);
    assert_false(condition_met(&r, CONDITION_rated, NULL));
    assert_true(condition_met(&r, CONDITION_reviewed, NULL));
    take(&r, a_rating("c", 3, false, AT(7)));
    take(&r, a_rating("c", 5, true, AT(9)));
    take(&r, a_rating("c", 1, true, AT(6))); /* submitted before, arrived after */
    take(&r, a_rating("c", 0, true, AT(12)));

    const struct rating *rating = record_rating(&r);
    assert_int_equal(rating->stars, 5);
    assert_int_equal(rating->stars_version, AT(9));
    assert_int_equal(rating->rated_at_ms, AT(7));
    assert_int_equal(rating->reviewed_at_ms, AT(5));
    assert_int_equal(r.rating_count, 1);
}

static void test_d2_blank_reviews(void **state)
{
    (void)state;
    static const struct {
        const char *review;
        bool counts;
    } table[] = {
        {"", false}, {" \t\r\n\v\f", false}, {"ok", true}, {"  .  ", true}, {"*", true},
        {"\xc2\xa0", false}, {"\xc2\x85", false}, {"\xe1\x9a\x80", false},
        {"\xe2\x80\x80\xe2\x80\x8a \xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaf", false},
        {"\xe2\x81\x9f\xe3\x80\x80", false},
        {"\xe2\x80\x8b", true}, {"\xef\xbb\xbf", true}, /* zero width, but no white space */
        {"\xe2\x80\x93", true},           /* a dash */
        {"\xf0\x9f\x91\x8d", true},       /* a thumb */
        {"\xe3\x80\x81", true},           /* an ideographic comma */
        {"\xc3\xa9", true}, {" \xc2\xa0x", true},
        /* cut short: not UTF-8, but never read past its end */
        {"\xe2\x80", true}, {"\xe2", true}, {"\xc2", true}, {"\xef\xbb", true}, {"\xe1\x9a", true},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        size_t size = strlen(table[i].review) + 1;
        char *exact = malloc(size); /* so that a sanitizer sees one byte too many */
        assert_non_null(exact);
        memcpy(exact, table[i].review, size);
        if (fact_review_counts(exact) != table[i].counts)
            fail_msg("row %zu", i);
        free(exact);
    }
}

/* D3: linked, and every REQUIRED check passed once, of any kind of account. */
static void test_d3_verified(void **state)
{
    (void)state;
    for (int missing = -1; missing < CHECK_COUNT; missing++) {
        struct record r = nobody();
        bool needed = missing >= 0 && check_row((enum check)missing)->use == CHECK_USE_REQUIRED;
        take(&r, a_link("bni", AT(1)));
        for (int c = 0; c < CHECK_DUPLICATE_AID; c++)
            if (c != missing)
                take(&r, a_pass((enum check)c, "bni", AT(1)));
        assert_int_equal(account_is_verified(record_account(&r, "bni")), !needed);
        assert_int_equal(condition_met(&r, CONDITION_verified, NULL), !needed);
    }
    struct record r = nobody();
    for (int c = 0; c < CHECK_DUPLICATE_AID; c++)
        take(&r, a_pass((enum check)c, "bni", AT(1)));
    assert_false(account_is_verified(record_account(&r, "bni")));
    take(&r, a_link("bni", AT(2)));
    assert_true(account_is_verified(record_account(&r, "bni")));
}

/* D4, R8: the newest link among those verified; the earlier account stays until then. */
static void test_d4_current_account(void **state)
{
    (void)state;
    struct record r = nobody();

    assert_string_equal(current(&r), "-");
    take_account(&r, "gopay", AT(1));
    assert_string_equal(current(&r), "gopay");
    assert_string_equal(candidate(&r), "-");
    take(&r, a_link("bni", AT(2)));
    assert_string_equal(current(&r), "gopay");
    assert_string_equal(candidate(&r), "bni");
    take(&r, a_fail(CHECK_NIK_MATCH, "bni", AT(3))); /* refused: nothing is held (R8) */
    assert_string_equal(current(&r), "gopay");
    assert_string_equal(held_for(&r), "NONE");
    take_account(&r, "bni", AT(4));
    assert_string_equal(current(&r), "bni");
    assert_string_equal(candidate(&r), "-");
    take(&r, a_fail(CHECK_ACCOUNT_KYC, "bni", AT(5))); /* no silent fall back */
    assert_string_equal(current(&r), "bni");
    assert_string_equal(held_for(&r), "ACCOUNT_NOT_KYC");
    take(&r, a_link("gopay", AT(6)));
    assert_string_equal(current(&r), "gopay");
    assert_string_equal(candidate(&r), "-");
    assert_string_equal(held_for(&r), "NONE");
    take(&r, a_link("gopay", AT(1))); /* an old link that arrives late turns nothing back */
    assert_string_equal(current(&r), "gopay");
    assert_int_equal(record_current(&r)->linked_at_ms, AT(6));
    take(&r, a_link("bni", AT(6))); /* linked at once: not the order of arrival, the name decides */
    assert_string_equal(current(&r), "gopay");

    struct record checked = nobody();
    take(&checked, a_pass(CHECK_ACCOUNT_KYC, "bni", AT(1))); /* not linked yet */
    assert_string_equal(candidate(&checked), "-");
}

/* D5: the latest of the firsts, each of its own log; later records move nothing. */
static void test_d5_scheduled_at(void **state)
{
    (void)state;
    static const char *const what[] = { "enrolled", "completed", "rated",  "reviewed",
                                        "linked",   "KYC",       "NIK",    "ACTIVE" };
    for (size_t last = 0; last < COUNT(what); last++) {
        struct record r = nobody();
        int64_t at[COUNT(what)];
        for (size_t k = 0; k < COUNT(what); k++)
            at[k] = AT(k == last ? 20 : (int64_t)k);
        take(&r, a_rating("c", 4, false, at[2]));
        take(&r, a_rating("c", 0, true, at[3]));
        take(&r, a_completion("c", at[1]));
        take(&r, a_link("gopay", at[4]));
        take(&r, a_pass(CHECK_ACCOUNT_KYC, "gopay", at[5]));
        take(&r, a_pass(CHECK_NIK_MATCH, "gopay", at[6]));
        take(&r, a_pass(CHECK_ACCOUNT_ACTIVE, "gopay", at[7]));
        assert_int_equal(r.scheduled_at_ms, 0);
        take(&r, an_enrolment("2020", 21, at[0]));
        if (r.scheduled_at_ms != AT(20))
            fail_msg("%s came last", what[last]);

        struct record before = r;
        take(&r, a_rating("c", 1, true, AT(30)));
        take(&r, a_link("gopay", AT(31)));
        take(&r, a_pass(CHECK_ACCOUNT_KYC, "gopay", AT(32)));
        assert_int_equal(r.scheduled_at_ms, AT(20));
        assert_memory_equal(r.instalments, before.instalments, sizeof r.instalments);
    }
}

/* R10, R11: what is scheduled, and the versions kept with it. */
static void test_d5_instalments(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        int count;
    } table[] = { { "2020", 4 }, { "2023", 1 } };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct record r = nobody();
        take(&r, an_enrolment(table[i].scheme, 21, AT(0)));
        take_everything(&r, AT(0)); /* its own enrolment is the second: ignored */
        assert_int_equal(r.instalment_count, table[i].count);
        assert_string_equal(r.calendar_version, CALENDAR_VERSION);
        assert_string_equal(r.policy_version, POLICY_VERSION);
        for (int n = 1; n <= table[i].count; n++) {
            const struct instalment *it = record_instalment(&r, PAYMENT_INSTALMENT, n);
            struct promise promise;
            calendar_promise(AT(0), n, &promise);
            assert_int_equal(it->state, INST_READY);
            assert_int_equal(it->attempt, 1);
            assert_int_equal(it->amount_idr, 600000);
            assert_int_equal(it->due_at_ms, promise.due_at_ms);
            assert_int_equal(it->promised_at_ms, promise.promised_at_ms);
            assert_int_equal(it->provisional, promise.provisional);
        }
    }
}

/* D9: facts of someone not enrolled are kept; "enrolled", alone, is missing. */
static void test_d9_not_enrolled(void **state)
{
    (void)state;
    struct record r = nobody(), enrolled = nobody();

    take(&r, a_completion("course-1", AT(0)));
    take(&r, a_rating("course-1", 5, true, AT(0)));
    take_account(&r, "gopay", AT(0));
    for (int c = 0; c < CONDITION_COUNT; c++)
        assert_int_equal(condition_met(&r, (enum condition)c, NULL), c != CONDITION_enrolled);
    assert_int_equal(r.scheduled_at_ms, 0);
    assert_int_equal(r.instalment_count, 0);

    struct fact unknown = an_enrolment("1999", 21, AT(0));
    struct record before = r;
    assert_non_null(fact_apply(&r, &unknown));
    assert_null(record_difference(&r, &before));

    take(&r, an_enrolment("2020", 21, AT(0)));
    take_everything(&enrolled, AT(0));
    assert_null(record_difference(&r, &enrolled));
}

/* D10: past a limit the fact is refused and the record is as it was. */
static void test_d10_limits(void **state)
{
    (void)state;
    struct record r = nobody(), before;
    char ref[24];

    for (int i = 0; i < RECORD_ACCOUNTS_MAX + 2; i++) {
        (void)snprintf(ref, sizeof ref, "account-%d", i);
        struct fact link = a_link(ref, AT(i)), pass = a_pass(CHECK_ACCOUNT_KYC, ref, AT(i));
        before = r;
        bool fits = i < RECORD_ACCOUNTS_MAX;
        assert_int_equal(fact_apply(&r, &link) == NULL, fits);
        assert_int_equal(fact_apply(&r, &pass) == NULL, fits);
        fact_failure(&r, ref, REASON_ACCOUNT_CLOSED, AT(i));
        if (!fits)
            assert_null(record_difference(&r, &before));
    }
    take(&r, a_link("account-3", AT(99))); /* a known one still counts */
    for (int i = 0; i < RECORD_RATINGS_MAX + 2; i++) {
        (void)snprintf(ref, sizeof ref, "course-%d", i);
        struct fact rating = a_rating(ref, 5, true, AT(i));
        before = r;
        assert_int_equal(fact_apply(&r, &rating) == NULL, i < RECORD_RATINGS_MAX);
        if (i >= RECORD_RATINGS_MAX)
            assert_null(record_difference(&r, &before));
    }
    take(&r, a_completion("course-7", AT(50)));
    assert_int_equal(r.rating_count, 1);
    assert_int_equal(record_rating(&r)->rated_at_ms, AT(7));
    for (int i = 0; i < 2 * RECORD_RATINGS_MAX; i++) { /* of one course there is always room */
        (void)snprintf(ref, sizeof ref, "course-%d", i);
        take(&r, a_rating(ref, 4, true, AT(60 + i)));
    }
    assert_int_equal(r.rating_count, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_d1_which_course),
        cmocka_unit_test(test_d2_rated_and_reviewed),
        cmocka_unit_test(test_d2_blank_reviews),
        cmocka_unit_test(test_d3_verified),
        cmocka_unit_test(test_d4_current_account),
        cmocka_unit_test(test_d5_scheduled_at),
        cmocka_unit_test(test_d5_instalments),
        cmocka_unit_test(test_d9_not_enrolled),
        cmocka_unit_test(test_d10_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
