/* What people decide about paying: pause, kill switch, so many and no more, only looking. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "payday.h"
#include "policy/scheme.h"

static int64_t booked(struct payday *p)
{
    return sim_child_total(&p->sim, "booked");
}

static void open_with(struct payday *p, int people)
{
    int64_t due_ms = 0;

    payday_open(p, "on");
    for (int n = 0; n < people; n++) {
        payday_entitle(p, n, "2023", "6281100000001");
        due_ms = payday_scheduled(p, n);
    }
    p->business_ms = due_ms;
}

/* Paused before the day: nothing is sent, nor after a restart. Resumed: all of it, by itself. */
static void pause_and_resume(const char *target)
{
    struct payday p;

    open_with(&p, 6);
    payday_word(&p, target, true, 0);
    payday_quiet(&p, 500);
    payday_clock(&p, p.business_ms);
    payday_quiet(&p, 800);
    assert_int_equal(booked(&p), 0);
    world_kill(&p.w, p.disbursement, false);
    p.disbursement = world_start(&p.w, &disbursement_worker);
    payday_quiet(&p, 800);
    assert_int_equal(booked(&p), 0);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);
    payday_word(&p, target, false, 0);
    PAYDAY_UNTIL(&p, booked(&p) == 6);
    payday_check(&p);
    payday_close(&p);
}

/* Stopped while nobody knows what became of a payment: asked about, not sent again, and not given
 * up either, which would free the way for a new reference. */
static void stop_unknown(void (*stop)(struct payday *p, bool stopped))
{
    struct payday p;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100009921"); /* no answer, not booked, once */
    payday_clock(&p, payday_scheduled(&p, 1));
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_UNKNOWN);
    stop(&p, true);
    for (int64_t until_ms = clock_boot_ms() + 4000; clock_boot_ms() < until_ms;)
        (void)payday_step(&p);
    assert_int_equal(payday_state(&p, 1), INST_SENDING);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 1);
    assert_int_equal(sim_child_total(&p.sim, "partners.gopay.payments"), 1);
    stop(&p, false);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 1);
    payday_check(&p);
    payday_close(&p);
}

static void by_word(struct payday *p, bool stopped)
{
    payday_word(p, "GOPAY", stopped, 0);
}

static void by_setting(struct payday *p, bool stopped)
{
    payday_restart(p, "INSENTIF_PAY", stopped ? "shadow" : "on");
}

static void test_pause_unknown(void **state)
{
    (void)state;
    stop_unknown(by_word);
}

/* Shadow takes nothing on that was begun while money was sent. */
static void test_shadow_after_on(void **state)
{
    (void)state;
    stop_unknown(by_setting);
}

/* A word by a clock that is behind counts all the same: it was said later. */
static void test_clock_behind(void **state)
{
    struct payday p;
    (void)state;

    open_with(&p, 1);
    p.words = 1000000;
    payday_word(&p, "ALL", false, 0);
    p.words = 0;
    payday_word(&p, "ALL", true, 0);
    payday_quiet(&p, 300);
    payday_clock(&p, p.business_ms);
    payday_quiet(&p, 800);
    assert_int_equal(booked(&p), 0);
    payday_close(&p);
}

/* R11: the promised day passes while people have paused: late, and a case opens by itself, once. */
static void test_late(void **state)
{
    struct payday p;
    struct seen seen[4];
    struct case_opened opened;
    (void)state;

    open_with(&p, 1);
    payday_word(&p, "GOPAY", true, 0);
    payday_quiet(&p, 300);
    payday_clock(&p, p.business_ms);
    payday_quiet(&p, 1000);
    assert_int_equal(world_count(&p.w, EVENT_CASE_OPENED), 0);
    payday_clock(&p, payday_instalment(&p, 0, 1).promised_at_ms + 1);
    PAYDAY_UNTIL(&p, world_seen(&p.w, EVENT_CASE_OPENED, seen, 4) == 1);
    world_read(&p.w, EVENT_CASE_OPENED, &seen[0].m, &opened);
    assert_int_equal(opened.attempt, 0);
    payday_word(&p, "GOPAY", false, 0);
    PAYDAY_UNTIL(&p, booked(&p) == 1);
    payday_check(&p);
    assert_int_equal(world_count(&p.w, EVENT_CASE_OPENED), 1);
    payday_close(&p);
}

/* R21: held when the scheme is about to end: a person is warned 30 days before, once. */
static void test_scheme_ends(void **state)
{
    static const int64_t day_ms = INT64_C(86400000);
    const int64_t ends_ms = scheme_find("2020")->ends_at_ms;
    struct payday p;
    struct seen seen[2];
    struct case_opened opened;
    (void)state;

    payday_open(&p, "on");
    payday_clock(&p, ends_ms - 40 * day_ms);
    people_now_ms = ends_ms - 60 * day_ms;
    payday_entitle(&p, 1, "2020", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    struct eligibility_checked fail = a_check(1, CHECK_ACCOUNT_KYC, "acc-2",
                                              REASON_ACCOUNT_NOT_KYC);
    fail.source_version++;
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &fail);
    assert_true(due_ms < ends_ms - 40 * day_ms);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_INCENTIVE_HELD) >= 1);
    payday_clock(&p, ends_ms - 31 * day_ms);
    payday_quiet(&p, 600);
    assert_int_equal(world_count(&p.w, EVENT_CASE_OPENED), 0);
    payday_clock(&p, ends_ms - 30 * day_ms);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_CASE_OPENED) >= 1);
    payday_clock(&p, ends_ms - 29 * day_ms);
    payday_quiet(&p, 600);
    assert_int_equal(world_seen(&p.w, EVENT_CASE_OPENED, seen, 2), 1); /* the first; others later */
    world_read(&p.w, EVENT_CASE_OPENED, &seen[0].m, &opened);
    assert_string_equal(opened.raw_code, "case-ending");
    assert_int_equal(payday_shown(&p, 1), SHOWN_HELD);
    payday_close(&p);
}

static void test_pause(void **state)
{
    (void)state;
    pause_and_resume("GOPAY");
}

static void test_kill_switch(void **state)
{
    (void)state;
    pause_and_resume("ALL");
}

/* Another partner's pause is nobody else's. */
static void test_others_go_on(void **state)
{
    struct payday p;
    (void)state;

    open_with(&p, 3);
    payday_word(&p, "DANA", true, 0);
    payday_quiet(&p, 300);
    payday_clock(&p, p.business_ms);
    PAYDAY_UNTIL(&p, booked(&p) == 3);
    payday_check(&p);
    payday_close(&p);
}

/* So many and then paused again; a restart doesn't give them anew, a new word does. */
static void test_allowance(void **state)
{
    struct payday p;
    (void)state;

    open_with(&p, 20); /* two buckets: each has more than enough */
    payday_word(&p, "GOPAY", false, 4);
    payday_quiet(&p, 300);
    payday_clock(&p, p.business_ms);
    PAYDAY_UNTIL(&p, booked(&p) == 4);
    payday_quiet(&p, 1000);
    assert_int_equal(booked(&p), 4);
    world_kill(&p.w, p.disbursement, true);
    p.disbursement = world_start(&p.w, &disbursement_worker);
    payday_quiet(&p, 1000);
    assert_int_equal(booked(&p), 4);
    payday_word(&p, "GOPAY", false, 0);
    PAYDAY_UNTIL(&p, booked(&p) == 20);
    payday_check(&p);
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_kill_switch),
        cmocka_unit_test(test_others_go_on),
        cmocka_unit_test(test_allowance),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_pause_unknown),
        cmocka_unit_test(test_shadow_after_on),
        cmocka_unit_test(test_clock_behind),
        cmocka_unit_test(test_scheme_ends),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
