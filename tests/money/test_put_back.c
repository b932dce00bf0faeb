/* R14: what a person puts back is paid; a word that comes twice or late changes nothing. */
#include <string.h>

#include "base/str.h"
#include "payday.h"
#include "policy/money.h"
#include "worker/ids.h"

#define ACCOUNT "6281100004444"

/* What `insentif reprocess` would say of the first instalment now. */
static struct incentive_reprocessed offered(struct payday *p)
{
    struct incentive_reprocessed e = { .said_at_ms = people_now_ms };
    struct failing failing;
    struct record r;
    char id[ID_SIZE];

    world_record(&p->w, person(1), &r);
    const struct instalment *i = record_instalment(&r, PAYMENT_INSTALMENT, 1);
    assert_non_null(i);
    assert_true(put_back_look(&r, i, p->business_ms, &failing));
    id_instalment(ENVIRONMENT, &r, i, id);
    str_copy(e.participant_id, sizeof e.participant_id, r.id);
    str_copy(e.instalment_id, sizeof e.instalment_id, id);
    str_copy(e.account_ref, sizeof e.account_ref, failing.account_ref);
    str_copy(e.action_id, sizeof e.action_id, "action-1");
    e.attempt = failing.attempt;
    e.reason = (int32_t)failing.reason;
    e.failed_at_ms = failing.at_ms;
    return e;
}

static void say(struct payday *p, const struct incentive_reprocessed *e)
{
    (void)world_tell(&p->w, EVENT_INCENTIVE_REPROCESSED, e);
}

static void open_failing(struct payday *p, const char *fixture)
{
    payday_open(p, "on");
    sim_child_fixture(&p->sim, ACCOUNT, fixture);
    payday_entitle(p, 1, "2023", ACCOUNT);
    payday_clock(p, payday_scheduled(p, 1));
}

static void paid_once(struct payday *p, int32_t attempt)
{
    struct seen seen[2];
    struct transfer_succeeded paid;

    PAYDAY_UNTIL(p, world_count(&p->w, EVENT_TRANSFER_SUCCEEDED) == 1);
    payday_check(p);
    assert_int_equal(world_seen(&p->w, EVENT_TRANSFER_SUCCEEDED, seen, 2), 1);
    world_read(&p->w, EVENT_TRANSFER_SUCCEEDED, &seen[0].m, &paid);
    assert_int_equal(paid.attempt, attempt);
    assert_int_equal(payday_booked(p, 1, 1), 1);
}

/* A case: the next attempt, once. Of the failure after it the old word says nothing. */
static void test_case(void **state)
{
    struct payday p;
    (void)state;

    open_failing(&p, "pay:fraud:2");
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_CASE);
    struct incentive_reprocessed first = offered(&p), wrong = first;
    assert_int_equal(first.reason, REASON_SUSPECTED_FRAUD);
    wrong.attempt = 2;
    say(&p, &wrong);
    wrong = first;
    wrong.failed_at_ms--;
    say(&p, &wrong);
    payday_quiet(&p, 400);
    assert_int_equal(payday_state(&p, 1), INST_CASE);

    say(&p, &first);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_CASE && payday_instalment(&p, 1, 1).attempt == 2);
    say(&p, &first); /* told twice */
    payday_quiet(&p, 400);
    assert_int_equal(payday_state(&p, 1), INST_CASE);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 2);
    struct incentive_reprocessed second = offered(&p);
    assert_int_equal(second.attempt, 2);
    say(&p, &second);
    paid_once(&p, 3);
    say(&p, &second);
    say(&p, &first);
    paid_once(&p, 3);
    payday_close(&p);
}

/* A limit's date isn't waited for. */
static void test_date(void **state)
{
    struct payday p;
    (void)state;

    open_failing(&p, "pay:monthly:1");
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_READY && payday_instalment(&p, 1, 1).attempt == 2);
    payday_quiet(&p, 400);
    assert_int_equal(payday_shown(&p, 1), SHOWN_HELD);
    assert_true(payday_instalment(&p, 1, 1).not_before_ms > p.business_ms);
    struct incentive_reprocessed e = offered(&p);
    assert_int_equal(e.reason, REASON_MONTHLY_LIMIT);
    say(&p, &e);
    paid_once(&p, 2);
    payday_close(&p);
}

/* Closed, said the partner, and it was wrong: struck from the account, so it is released. */
static void test_account(void **state)
{
    struct payday p;
    struct seen seen[2];
    struct incentive_released released;
    (void)state;

    open_failing(&p, "pay:closed:1");
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_READY && payday_instalment(&p, 1, 1).attempt == 2);
    payday_quiet(&p, 400);
    assert_int_equal(payday_shown(&p, 1), SHOWN_HELD);
    struct incentive_reprocessed e = offered(&p), earlier = e;
    assert_int_equal(e.reason, REASON_ACCOUNT_CLOSED);
    assert_string_equal(e.account_ref, "acc-2");
    earlier.failed_at_ms--; /* of a failure before this one */
    say(&p, &earlier);
    payday_quiet(&p, 400);
    assert_int_equal(payday_shown(&p, 1), SHOWN_HELD);
    say(&p, &e);
    paid_once(&p, 2);
    assert_int_equal(world_seen(&p.w, EVENT_INCENTIVE_RELEASED, seen, 2), 1);
    world_read(&p.w, EVENT_INCENTIVE_RELEASED, &seen[0].m, &released);
    assert_int_equal(released.reason, REASON_ACCOUNT_CLOSED);
    payday_close(&p);
}

/* Of nobody's instalment: nothing, and no dead letter. */
static void test_unknown(void **state)
{
    struct payday p;
    (void)state;

    open_failing(&p, "pay:fraud:1");
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_CASE);
    struct incentive_reprocessed e = offered(&p);
    memset(e.instalment_id, 'A', INSTALMENT_ID_MAX);
    say(&p, &e);
    payday_quiet(&p, 400);
    assert_int_equal(payday_state(&p, 1), INST_CASE);
    assert_int_equal(world_count(&p.w, EVENT_DEAD_LETTER), 0);
    payday_close(&p);
}

/* The partner refuses what a newer fact says is well: not again and again at once (D13). */
static void test_refused_against_a_fact(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    sim_child_fixture(&p.sim, "6281100000001", "pay:not_kyc");
    payday_entitle(&p, 1, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    struct eligibility_checked pass = a_check(1, CHECK_ACCOUNT_KYC, "acc-2", REASON_NONE);
    pass.source_version = due_ms + 3600000;
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &pass);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_TRANSFER_FAILED) == 1);
    payday_quiet(&p, 1500);
    assert_int_equal(sim_child_total(&p.sim, "partners.gopay.payments"), 1);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 2);
    assert_true(payday_instalment(&p, 1, 1).not_before_ms >= due_ms + 15 * 60 * 1000);
    payday_check(&p);
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_date),
        cmocka_unit_test(test_account),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_refused_against_a_fact),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
