/* Before the money is due: asked about on day 0 (R12), and a system that only looks. */
#include "payday.h"

#define HOUR_MS INT64_C(3600000)

/* R12: asked when the schedule is made. What is wrong is known, and held, before the due day. */
static void test_day_0(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100009901"); /* not_kyc */
    payday_entitle(&p, 2, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1), now_ms = p.business_ms;
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_DOUBTFUL);
    PAYDAY_UNTIL(&p, sim_child_total(&p.sim, "partners.gopay.inquiries") >= 2);
    payday_quiet(&p, 600);
    assert_int_equal(payday_instalment(&p, 1, 1).doubts, 1); /* once, then 12 hours later */
    for (int doubts = 2; doubts <= 3; doubts++) {
        now_ms += 12 * HOUR_MS;
        assert_true(now_ms < due_ms);
        payday_clock(&p, now_ms);
        PAYDAY_UNTIL(&p, payday_instalment(&p, 1, 1).doubts == doubts);
    }
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_HELD);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_CASE_OPENED) == 1);
    int64_t asked = sim_child_total(&p.sim, "partners.gopay.inquiries");
    payday_clock(&p, due_ms - 1);
    payday_quiet(&p, 600);
    assert_int_equal(sim_child_total(&p.sim, "partners.gopay.inquiries"), asked);
    assert_int_equal(payday_shown(&p, 2), SHOWN_SCHEDULED);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);
    payday_check(&p);
    payday_close(&p);
}

/* INSENTIF_PAY=shadow: asked, and nothing else. */
static void test_shadow(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "shadow");
    payday_entitle(&p, 1, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, sim_child_total(&p.sim, "partners.gopay.inquiries") >= 1);
    payday_quiet(&p, 600);
    assert_int_equal(payday_state(&p, 1), INST_READY);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);
    assert_int_equal(sim_child_total(&p.sim, "partners.gopay.payments"), 0);
    payday_check(&p);
    payday_close(&p);
}

static size_t cancelled(struct payday *p)
{
    struct seen seen[16];
    size_t count = world_seen(&p->w, EVENT_INCENTIVE_CANCELLED, seen, 16), confirmed = 0;

    for (size_t i = 0; i < count; i++) {
        struct incentive_cancelled e;
        world_read(&p->w, EVENT_INCENTIVE_CANCELLED, &seen[i].m, &e);
        confirmed += e.stage == CANCEL_CONFIRMED;
    }
    return confirmed;
}

/* What comes while the partner is being asked isn't put off by an answer that changes nothing. */
static void test_cancelled_meanwhile(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "shadow");
    sim_child_fixture(&p.sim, "6281100000001", "slow:1500");
    payday_entitle(&p, 1, "2020", "6281100000001");
    payday_clock(&p, payday_scheduled(&p, 1));
    PAYDAY_UNTIL(&p, sim_child_total(&p.sim, "partners.gopay.inquiries") == 1); /* answers later */
    struct eligibility_checked aid = a_check(1, CHECK_DUPLICATE_AID, "", REASON_DUPLICATE_AID);
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &aid);
    PAYDAY_UNTIL(&p, cancelled(&p) == 4);
    payday_quiet(&p, 1000);
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_day_0),
        cmocka_unit_test(test_shadow),
        cmocka_unit_test(test_cancelled_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
