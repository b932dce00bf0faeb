/* One payment's life, as its partner lets it (policy.md R11-R18; consistency.md "Money side"). */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "payday.h"

#define HOUR_MS INT64_C(3600000)

/* Calls about payments: our balance there is asked for, too. */
static int64_t asked_of(struct payday *p)
{
    return sim_child_total(&p->sim, "partners.gopay.inquiries") +
           sim_child_total(&p->sim, "partners.gopay.payments") +
           sim_child_total(&p->sim, "partners.gopay.statuses");
}

static bool all_paid(struct payday *p, int first, int last)
{
    for (int n = first; n <= last; n++)
        if (payday_state(p, n) != INST_PAID)
            return false;
    return true;
}

/* Whatever happens to request and answer: paid in the end, booked once, under one reference. */
static void test_paid_once(void **state)
{
    static const struct {
        const char *account;
        int32_t attempt; /* that was paid */
    } rows[] = {
        { "6281100000001", 1 }, /* good */
        { "6281100009921", 1 }, /* no answer, not booked: found out, sent again */
        { "6281100009922", 1 }, /* no answer, booked */
        { "6281100009923", 1 }, /* cut, not booked */
        { "6281100009924", 1 }, /* cut, booked */
        { "6281100009925", 1 }, /* 5xx, not booked: unknown all the same */
        { "6281100009926", 1 }, /* 5xx, booked */
    };
    enum { COUNT = sizeof rows / sizeof rows[0] };
    struct payday p;
    int64_t due_ms = 0;
    (void)state;

    payday_open(&p, "on");
    for (int n = 0; n < COUNT; n++) {
        payday_entitle(&p, n, "2023", rows[n].account);
        due_ms = payday_scheduled(&p, n);
    }
    payday_clock(&p, due_ms - 1); /* not before its day */
    payday_quiet(&p, 600);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 0);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, all_paid(&p, 0, COUNT - 1));
    payday_check(&p);
    for (int n = 0; n < COUNT; n++) {
        struct instalment i = payday_instalment(&p, n, 1);
        if (i.attempt != rows[n].attempt)
            fail_msg("%s: paid with attempt %d", rows[n].account, (int)i.attempt);
        assert_int_equal(payday_booked(&p, n, 1), 1);
        assert_int_equal(payday_shown(&p, n), SHOWN_PAID);
    }
    assert_int_equal(sim_child_total(&p.sim, "booked"), COUNT);
    assert_int_equal(sim_child_total(&p.sim, "amount_idr"), COUNT * 600000);
    payday_close(&p);
}

/* The partner fails it for good, and says that the owner isn't known (L5): held, until KYC is done;
 * then paid under a new reference. */
static void test_held_and_released(void **state)
{
    struct payday p;
    struct eligibility_checked pass;
    struct seen seen[4];
    struct transfer_failed failed;
    struct incentive_released released;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100009911"); /* pay:not_kyc */
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_HELD && payday_state(&p, 1) == INST_READY);
    assert_int_equal(world_seen(&p.w, EVENT_TRANSFER_FAILED, seen, 4), 1);
    world_read(&p.w, EVENT_TRANSFER_FAILED, &seen[0].m, &failed);
    assert_int_equal(failed.reason, REASON_ACCOUNT_NOT_KYC);
    assert_int_equal(failed.stage, STAGE_TRANSFER);
    assert_int_equal(failed.attempt, 1);
    assert_int_equal(failed.claimed_at_ms, due_ms);
    payday_quiet(&p, 500);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 0);

    sim_child_fixture(&p.sim, "6281100009911", "ok");
    pass = a_check(1, CHECK_ACCOUNT_KYC, "acc-2", REASON_NONE);
    pass.checked_at_ms = pass.source_version = due_ms + HOUR_MS;
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &pass);
    payday_clock(&p, due_ms + 2 * HOUR_MS);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    assert_int_equal(world_seen(&p.w, EVENT_INCENTIVE_RELEASED, seen, 4), 1);
    world_read(&p.w, EVENT_INCENTIVE_RELEASED, &seen[0].m, &released);
    assert_int_equal(released.reason, REASON_ACCOUNT_NOT_KYC);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 2);
    assert_int_equal(payday_booked(&p, 1, 1), 1);
    payday_check(&p);
    payday_close(&p);
}

/* The partner's trouble: tried again by itself, later, and never shown as a failure (L2). */
static void test_retried(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100009930"); /* cut_off:1 */
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_READY && payday_instalment(&p, 1, 1).attempt == 2);
    assert_int_equal(payday_shown(&p, 1), SHOWN_RETRYING);
    payday_quiet(&p, 500);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 0);
    payday_clock(&p, due_ms + HOUR_MS);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    payday_close(&p);
}

/* L6: an inquiry says "not upgraded" though it isn't so. Nobody is told to do anything. */
static void test_doubtful(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    sim_child_fixture(&p.sim, "6281100004444", "wrong_inquiry:1");
    payday_entitle(&p, 1, "2023", "6281100004444");
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_DOUBTFUL);
    payday_clock(&p, due_ms + 12 * HOUR_MS - 1);
    payday_quiet(&p, 600);
    assert_int_equal(payday_shown(&p, 1), SHOWN_DOUBTFUL);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);
    payday_clock(&p, due_ms + 12 * HOUR_MS);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 1);
    assert_int_equal(world_count(&p.w, EVENT_TRANSFER_FAILED), 0);
    payday_check(&p);
    payday_close(&p);
}

/* R12: the third negative answer, a day after the first, holds the money and opens a case; another
 * account brings it back (L7). */
static void test_three_doubts(void **state)
{
    struct payday p;
    struct seen seen[4];
    struct transfer_failed failed;
    struct transfer_succeeded succeeded;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100009901"); /* not_kyc */
    int64_t due_ms = payday_scheduled(&p, 1);
    for (int doubts = 1; doubts <= 3; doubts++) {
        payday_clock(&p, due_ms + (doubts - 1) * 12 * HOUR_MS);
        PAYDAY_UNTIL(&p, payday_instalment(&p, 1, 1).doubts == doubts);
        assert_int_equal(payday_shown(&p, 1), doubts < 3 ? SHOWN_DOUBTFUL : SHOWN_HELD);
    }
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_CASE_OPENED) == 1);
    assert_int_equal(world_seen(&p.w, EVENT_TRANSFER_FAILED, seen, 4), 1);
    world_read(&p.w, EVENT_TRANSFER_FAILED, &seen[0].m, &failed);
    assert_int_equal(failed.stage, STAGE_INQUIRY);
    assert_int_equal(failed.reason, REASON_ACCOUNT_NOT_KYC);
    payday_quiet(&p, 400);
    assert_int_equal(payday_shown(&p, 1), SHOWN_HELD);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);

    payday_link_another(&p, 1, "6281100000002", people_now_ms);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    assert_int_equal(world_count(&p.w, EVENT_INCENTIVE_RELEASED), 1);
    assert_int_equal(world_seen(&p.w, EVENT_TRANSFER_SUCCEEDED, seen, 4), 1);
    world_read(&p.w, EVENT_TRANSFER_SUCCEEDED, &seen[0].m, &succeeded);
    assert_string_equal(succeeded.account_ref, "acc-3");
    payday_close(&p);
}

/* R16: what no rule fixes waits for a person, and isn't sent again. */
static void test_case(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100009908"); /* fraud */
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_CASE);
    assert_int_equal(payday_shown(&p, 1), SHOWN_FAILED);
    int64_t asked = asked_of(&p);
    payday_clock(&p, due_ms + 240 * HOUR_MS);
    payday_quiet(&p, 400);
    assert_int_equal(asked_of(&p), asked);
    assert_int_equal(world_count(&p.w, EVENT_CASE_OPENED), 1);
    payday_check(&p);
    payday_close(&p);
}

/* R4: deactivated before the day: cancelled, announced, and nothing is ever sent. */
static void test_cancelled(void **state)
{
    struct payday p;
    struct eligibility_checked aid;
    struct seen seen[16];
    int requested = 0, confirmed = 0;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2020", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    aid = a_check(1, CHECK_DUPLICATE_AID, "", REASON_DUPLICATE_AID);
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &aid);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_INCENTIVE_CANCELLED) == 8);
    size_t count = world_seen(&p.w, EVENT_INCENTIVE_CANCELLED, seen, 16);
    for (size_t i = 0; i < count; i++) {
        struct incentive_cancelled e;
        world_read(&p.w, EVENT_INCENTIVE_CANCELLED, &seen[i].m, &e);
        requested += e.stage == CANCEL_REQUESTED;
        confirmed += e.stage == CANCEL_CONFIRMED;
        assert_string_equal(e.rule, "R4");
        assert_int_equal(e.reason, REASON_DUPLICATE_AID);
    }
    assert_int_equal(requested, 4);
    assert_int_equal(confirmed, 4);
    payday_clock(&p, due_ms);
    payday_quiet(&p, 600);
    assert_int_equal(payday_shown(&p, 1), SHOWN_CANCELLED);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 0);
    assert_int_equal(asked_of(&p), 0);
    payday_check(&p);
    payday_close(&p);
}

/* I3: no claim before the facts are applied up to what was there when disbursement began. */
static void test_waits_for_facts(void **state)
{
    struct payday p;
    struct eligibility_checked fail;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_quiet(&p, 600);
    int64_t asked = asked_of(&p); /* on day 0 */
    world_kill(&p.w, p.disbursement, false);
    p.facts[ELIGIBILITY]->frozen = true;
    fail = a_check(1, CHECK_ACCOUNT_KYC, "acc-2", REASON_ACCOUNT_NOT_KYC);
    fail.source_version++;
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &fail);
    payday_clock(&p, due_ms);
    p.disbursement = world_start(&p.w, &disbursement_worker);
    payday_quiet(&p, 1500);
    assert_int_equal(payday_state(&p, 1), INST_READY);
    assert_int_equal(asked_of(&p), asked); /* nor asked */
    p.facts[ELIGIBILITY]->frozen = false;
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_TRANSFER_FAILED) == 1); /* stage CHECK */
    payday_quiet(&p, 600);
    assert_int_equal(payday_shown(&p, 1), SHOWN_HELD);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 0);
    payday_check(&p);
    payday_close(&p);
}

/* No intent in the ledger, no request to the partner. */
static void test_no_ledger(void **state)
{
    static const struct bus_ram_faults all_lost = { 1000, 0, 1000 }, none = { 0 }; /* and late */
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_quiet(&p, 300);
    bus_ram_faults(p.w.broker, &all_lost);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_CLAIMED);
    for (int64_t until_ms = clock_boot_ms() + 500; clock_boot_ms() < until_ms;)
        (void)payday_step(&p);
    assert_int_equal(payday_state(&p, 1), INST_CLAIMED);
    assert_int_equal(sim_child_total(&p.sim, "partners.gopay.payments"), 0);
    bus_ram_faults(p.w.broker, &none);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    payday_close(&p);
}

/* R13, R16: no answer for too long. A person is told once, the payment waits for its outcome. */
static void test_old_unknown(void **state)
{
    struct payday p;
    struct seen seen[4];
    struct case_opened opened;
    (void)state;

    assert_int_equal(setenv("INSENTIF_UNKNOWN_AGE", "1500", 1), 0);
    payday_open(&p, "on");
    assert_int_equal(unsetenv("INSENTIF_UNKNOWN_AGE"), 0);
    sim_child_fixture(&p.sim, "6281100004444", "pay:late:9000");
    payday_entitle(&p, 1, "2023", "6281100004444");
    payday_clock(&p, payday_scheduled(&p, 1));
    PAYDAY_UNTIL(&p, world_seen(&p.w, EVENT_CASE_OPENED, seen, 4) == 1);
    assert_int_equal(payday_state(&p, 1), INST_SENDING);
    assert_int_equal(payday_shown(&p, 1), SHOWN_UNKNOWN);
    world_read(&p.w, EVENT_CASE_OPENED, &seen[0].m, &opened);
    assert_int_equal(opened.reason, REASON_PARTNER_TIMEOUT);
    assert_int_equal(opened.stage, STAGE_TRANSFER);
    assert_int_equal(opened.amount_idr, 600000);
    assert_string_equal(opened.failure_id, "");
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    assert_int_equal(world_count(&p.w, EVENT_CASE_OPENED), 1);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 1);
    assert_int_equal(payday_booked(&p, 1, 1), 1);
    payday_close(&p);
}

/* The timer sets are gone, the records aren't: nobody's day is forgotten. */
static void test_timers_lost(void **state)
{
    enum { COUNT = 30 };
    struct payday p;
    int64_t due_ms = 0;
    (void)state;

    payday_open(&p, "on");
    for (int n = 0; n < COUNT; n++) {
        payday_entitle(&p, n, "2023", "6281100000001");
        due_ms = payday_scheduled(&p, n);
    }
    payday_quiet(&p, 600);
    for (int32_t b = 0; b < PARTITIONS_MAX; b++) {
        store_ram_drop(p.w.redis, b, "tm");
        store_ram_drop(p.w.redis, b, "tw");
    }
    payday_quiet(&p, 600);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 0);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, all_paid(&p, 0, COUNT - 1));
    payday_check(&p);
    assert_int_equal(sim_child_total(&p.sim, "booked"), COUNT);
    payday_close(&p);
}

static void test_pay_off(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "off");
    payday_entitle(&p, 1, "2023", "6281100000001");
    payday_clock(&p, payday_scheduled(&p, 1));
    payday_quiet(&p, 1000);
    assert_int_equal(payday_state(&p, 1), INST_READY);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);
    assert_int_equal(asked_of(&p), 0);
    assert_true(shell_ready(p.disbursement->shell));
    payday_check(&p);
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paid_once),  cmocka_unit_test(test_held_and_released),
        cmocka_unit_test(test_retried),    cmocka_unit_test(test_doubtful),
        cmocka_unit_test(test_three_doubts), cmocka_unit_test(test_case),
        cmocka_unit_test(test_cancelled),  cmocka_unit_test(test_waits_for_facts),
        cmocka_unit_test(test_no_ledger),  cmocka_unit_test(test_old_unknown),
        cmocka_unit_test(test_timers_lost), cmocka_unit_test(test_pay_off),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
