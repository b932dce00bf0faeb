/* R17: what was paid comes back days later. It isn't paid then, and R15 or R16 apply. */
#include <string.h>

#include "base/str.h"
#include "payday.h"

static struct transfer_succeeded paid(struct payday *p)
{
    struct transfer_succeeded e;
    struct seen seen[4];

    size_t count = world_seen(&p->w, EVENT_TRANSFER_SUCCEEDED, seen, 4);
    assert_true(count > 0);
    world_read(&p->w, EVENT_TRANSFER_SUCCEEDED, &seen[count - 1].m, &e);
    return e;
}

static struct transfer_succeeded pay_one(struct payday *p)
{
    payday_open(p, "on");
    payday_entitle(p, 1, "2023", "6281100000001");
    payday_clock(p, payday_scheduled(p, 1));
    PAYDAY_UNTIL(p, payday_state(p, 1) == INST_PAID);
    PAYDAY_UNTIL(p, world_count(&p->w, EVENT_TRANSFER_SUCCEEDED) == 1);
    return paid(p);
}

/* The account was closed: held until there is another one, then paid again under a new number. */
static void test_another_account(void **state)
{
    struct payday p;
    (void)state;

    struct transfer_succeeded first = pay_one(&p);
    payday_return(&p, &first, REASON_ACCOUNT_CLOSED);
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_HELD && payday_state(&p, 1) == INST_READY);
    payday_return(&p, &first, REASON_ACCOUNT_CLOSED); /* told twice */
    payday_quiet(&p, 500);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 2);
    assert_int_equal(world_count(&p.w, EVENT_TRANSFER_FAILED), 1);
    assert_int_equal(payday_booked(&p, 1, 1), 1);

    payday_link_another(&p, 1, "6281100000002", people_now_ms);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    struct transfer_succeeded second = paid(&p);
    assert_string_equal(second.account_ref, "acc-3");
    assert_int_equal(second.attempt, 2);
    assert_int_equal(payday_booked(&p, 1, 1), 2);

    payday_return(&p, &first, REASON_ACCOUNT_CLOSED); /* the old one, once more: not the new one */
    payday_quiet(&p, 500);
    assert_int_equal(payday_state(&p, 1), INST_PAID);
    payday_close(&p);
}

/* For a reason that no rule fixes: a person. */
static void test_case(void **state)
{
    struct payday p;
    (void)state;

    struct transfer_succeeded first = pay_one(&p);
    payday_return(&p, &first, REASON_UNKNOWN_CODE);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_CASE);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_CASE_OPENED) == 1);
    payday_quiet(&p, 500);
    assert_int_equal(payday_booked(&p, 1, 1), 1);
    payday_close(&p);
}

/* What we never sent like this is no return: a dead letter; of what we sent another amount, perhaps
 * a part: a person. The payment stays paid. */
static void test_not_ours(void **state)
{
    struct payday p;
    struct transfer_succeeded other;
    (void)state;

    struct transfer_succeeded first = pay_one(&p);
    other = first;
    other.amount_idr--;
    payday_return(&p, &other, REASON_ACCOUNT_CLOSED);
    other = first;
    other.attempt++;
    payday_return(&p, &other, REASON_ACCOUNT_CLOSED);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_DEAD_LETTER) == 1);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_CASE_OPENED) == 1);
    payday_quiet(&p, 500);
    assert_int_equal(payday_state(&p, 1), INST_PAID);
    payday_close(&p);
}

/* About what failed by our book: no money of ours can have come back. A person. */
static void test_contradiction(void **state)
{
    struct payday p;
    struct transfer_succeeded wrong = { .attempt = 1, .partner = PARTNER_GOPAY,
                                        .amount_idr = 600000 };
    struct seen seen[4];
    struct transfer_failed failed;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100009930"); /* cut_off:1 */
    payday_clock(&p, payday_scheduled(&p, 1));
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_READY && payday_instalment(&p, 1, 1).attempt == 2);
    assert_int_equal(world_seen(&p.w, EVENT_TRANSFER_FAILED, seen, 4), 1);
    world_read(&p.w, EVENT_TRANSFER_FAILED, &seen[0].m, &failed);
    str_copy(wrong.participant_id, sizeof wrong.participant_id, failed.participant_id);
    str_copy(wrong.instalment_id, sizeof wrong.instalment_id, failed.instalment_id);
    str_copy(wrong.reference, sizeof wrong.reference, failed.reference);
    payday_return(&p, &wrong, REASON_ACCOUNT_CLOSED);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_CASE_OPENED) == 1);
    payday_quiet(&p, 500);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 2);
    assert_int_equal(payday_state(&p, 1), INST_READY);
    payday_close(&p);
}

/* The bank's word comes while we still ask what became of the payment: it is the answer. */
static void test_before_the_answer(void **state)
{
    struct payday p;
    struct transfer_succeeded early = { .attempt = 1, .amount_idr = 600000 };
    struct seen seen[4];
    struct disbursement_ledger intent;
    (void)state;

    payday_open(&p, "on");
    sim_child_fixture(&p.sim, "6281100004444", "pay:late:60000");
    payday_entitle(&p, 1, "2023", "6281100004444");
    payday_clock(&p, payday_scheduled(&p, 1));
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_UNKNOWN);
    assert_int_equal(world_seen(&p.w, EVENT_DISBURSEMENT_LEDGER, seen, 4), 1);
    world_read(&p.w, EVENT_DISBURSEMENT_LEDGER, &seen[0].m, &intent);
    str_copy(early.participant_id, sizeof early.participant_id, intent.participant_id);
    str_copy(early.instalment_id, sizeof early.instalment_id, intent.instalment_id);
    str_copy(early.reference, sizeof early.reference, intent.reference);
    early.partner = intent.partner;
    payday_return(&p, &early, REASON_ACCOUNT_CLOSED);
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_HELD);
    assert_int_equal(world_count(&p.w, EVENT_TRANSFER_FAILED), 1);
    assert_int_equal(world_count(&p.w, EVENT_TRANSFER_SUCCEEDED), 1); /* first, and in the ledger */
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 3);
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_account),
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_not_ours),
        cmocka_unit_test(test_contradiction),
        cmocka_unit_test(test_before_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
