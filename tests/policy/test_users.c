/* Who uses one payout account: a set that only grows, and how many a scheme allows (D22). */
#include "policy/users.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "policy/scheme.h"
#include "story.h"

static const char *const names[] = { "p-1", "p-2", "p-3", "p-4", "p-5", "p-6", "p-7", "p-8",
                                     "p-9", "p-10" };
#define NAMES ((int)(sizeof names / sizeof names[0]))

static bool has(const struct account_users *users, const char *name)
{
    for (uint8_t i = 0; i < users->count; i++)
        if (strcmp(users->at[i].participant, name) == 0)
            return true;
    return false;
}

/* Each adds one, once; whoever comes when it is full is told so, and those in it stay known. */
static void test_grows(void **state)
{
    (void)state;
    struct account_users users = { .version = 7 };

    for (int i = 0; i < NAMES; i++) {
        bool fits = i < ACCOUNT_USERS_MAX;
        assert_int_equal(users_add(&users, names[i], "2023", 1000),
                         fits ? USERS_ADDED : USERS_FULL);
        assert_int_equal(users.count, fits ? i + 1 : ACCOUNT_USERS_MAX);
        struct account_users before = users;
        for (int k = 0; k <= i; k++) /* again, and with another scheme: the first counts */
            assert_int_equal(users_add(&users, names[k], "2020", 1000),
                             k < ACCOUNT_USERS_MAX ? USERS_KNOWN : USERS_FULL);
        assert_memory_equal(&users, &before, sizeof users);
    }
    for (int i = 0; i < ACCOUNT_USERS_MAX; i++) {
        assert_string_equal(users.at[i].participant, names[i]);
        assert_string_equal(users.at[i].scheme, "2023");
    }
    assert_int_equal(users.version, 7); /* the shell's */
}

/* A participant's id is compared whole. */
static void test_alike(void **state)
{
    (void)state;
    static const char *const alike[] = { "p", "p-", "p-1", "P-1", "p-10", "p-1:" };
    struct account_users users = { .count = 0 };

    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++)
        assert_int_equal(users_add(&users, alike[i], "2023", 1000), USERS_ADDED);
}

/* Any order, and any repetition: the same set, as long as there is room. */
static void test_any_order(void **state)
{
    (void)state;
    struct dice d = { dice_seed() };
    int order[2 * ACCOUNT_USERS_MAX];

    for (int round = 0; round < 500; round++) {
        struct account_users users = { .count = 0 };
        int added = 0, count = 2 * ACCOUNT_USERS_MAX;
        for (int i = 0; i < count; i++)
            order[i] = i % ACCOUNT_USERS_MAX;
        dice_shuffle(&d, order, count);
        for (int i = 0; i < count; i++) {
            enum users_answer answer = users_add(&users, names[order[i]], "2023", 1000);
            assert_int_not_equal(answer, USERS_FULL);
            added += answer == USERS_ADDED;
        }
        assert_int_equal(added, ACCOUNT_USERS_MAX);
        assert_int_equal(users.count, ACCOUNT_USERS_MAX);
        for (int i = 0; i < ACCOUNT_USERS_MAX; i++)
            assert_true(has(&users, names[i]));
    }
}

/* Both schemes pay one participant to one account; a scheme that nobody knows allows no more. */
static void test_limits(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        int32_t allowed;
    } rows[] = { { "2020", 1 }, { "2023", 1 }, { "1999", 1 }, { "", 1 } };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int32_t count = 0; count <= ACCOUNT_USERS_MAX + 1; count++)
            assert_int_equal(users_exceed(count, rows[i].scheme), count > rows[i].allowed);
    for (int i = 0; scheme_at(i); i++) { /* each by its own row */
        const struct scheme *s = scheme_at(i);
        assert_in_range(s->account_participants, 1, ACCOUNT_USERS_MAX - 1);
        assert_false(users_exceed(s->account_participants, s->id));
        assert_true(users_exceed(s->account_participants + 1, s->id));
    }
}

static void verify(struct story *s, const char *account)
{
    story_fact(s, a_pass(CHECK_ACCOUNT_KYC, account, NOON_MS));
    story_fact(s, a_pass(CHECK_NIK_MATCH, account, NOON_MS));
    story_fact(s, a_pass(CHECK_ACCOUNT_ACTIVE, account, NOON_MS));
}

/* Told by whoever makes it known last, once for each account. Who has only linked it, uses nothing:
 * else anybody could hold a stranger's money. */
static void test_told_once(void **state)
{
    (void)state;
    struct story s = { .now_ms = NOON_MS };

    record_init(&s.r, "participant-1");
    story_fact(&s, a_link("gopay", NOON_MS));
    story_fact(&s, an_enrolment("2023", 60, NOON_MS));
    assert_string_equal(s.told, "");
    verify(&s, "gopay"); /* the last check comes last */
    assert_string_equal(s.told, "ACCOUNT_USED gopay");
    story_fact(&s, a_link("gopay", NOON_MS + 1)); /* the same, corrected */
    story_fact(&s, a_fail(CHECK_ACCOUNT_SHARED, "gopay", NOON_MS + 2));
    assert_string_equal(s.told, "");
    verify(&s, "bni");
    assert_string_equal(s.told, "");
    story_fact(&s, a_link("bni", NOON_MS)); /* the link comes last; sorts before the other */
    assert_string_equal(s.told, "ACCOUNT_USED bni");
    story_fact(&s, an_enrolment("2020", 21, NOON_MS));
    assert_string_equal(s.told, "");

    record_init(&s.r, "participant-2");
    for (int i = 0; i < 2; i++) {
        story_fact(&s, a_link(i ? "bni" : "gopay", NOON_MS));
        verify(&s, i ? "bni" : "gopay");
    }
    assert_string_equal(s.told, "");
    story_fact(&s, an_enrolment("2023", 60, NOON_MS)); /* the enrolment comes last */
    assert_string_equal(s.told, "ACCOUNT_USED bni, ACCOUNT_USED gopay");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
