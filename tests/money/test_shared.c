/*
 * R16, D22: an account with too many users is paid by nobody's decision but a person's. From the
 * link of the second user to the case, and out of it.
 */
#include <string.h>

#include "base/str.h"
#include "payday.h"

static struct account slot_of(struct payday *p, int number)
{
    struct record r;

    world_record(&p->w, person(number), &r);
    const struct account *a = record_account(&r, "acc-2");
    return a ? *a : (struct account){ 0 };
}

static bool is_shared(struct payday *p, int number)
{
    const struct account a = slot_of(p, number);

    return account_open_slot(&a) == SLOT_SHARED;
}

/* Participant 1 is entitled, and participant 2 is enrolled with the same account; the day comes. */
static void open_shared(struct payday *p)
{
    struct participant_enrolled other = an_enrolment(2, "2023");

    payday_open(p, "on");
    payday_entitle(p, 1, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(p, 1);
    PAYDAY_UNTIL(p, world_count(&p->w, EVENT_ACCOUNT_USED) == 2); /* acc-1 and acc-2 */
    payday_quiet(p, 200);
    assert_int_equal(world_count(&p->w, EVENT_TRANSFER_FAILED), 0);
    other.enrolled_at_ms = other.selected_at_ms = people_now_ms;
    (void)world_tell(&p->w, EVENT_PARTICIPANT_ENROLLED, &other);
    payday_link(p, person(2), PARTNER_GOPAY, "acc-2", "6281100000001", people_now_ms);
    PAYDAY_UNTIL(p, is_shared(p, 1) && is_shared(p, 2));
    assert_int_equal(payday_shown(p, 1), SHOWN_HELD);
    payday_clock(p, due_ms);
}

/* Told once, and no money has moved or was about to. */
static void is_a_case(struct payday *p)
{
    struct seen seen[2];
    struct transfer_failed failed;
    struct case_opened opened;

    PAYDAY_UNTIL(p, world_count(&p->w, EVENT_CASE_OPENED) == 1);
    payday_quiet(p, 400);
    assert_int_equal(world_seen(&p->w, EVENT_TRANSFER_FAILED, seen, 2), 1);
    world_read(&p->w, EVENT_TRANSFER_FAILED, &seen[0].m, &failed);
    assert_int_equal(failed.stage, STAGE_CHECK);
    assert_int_equal(failed.reason, REASON_ACCOUNT_SHARED);
    assert_int_equal(failed.attempt, 1);
    assert_string_equal(failed.account_ref, "acc-2");
    assert_string_equal(failed.reference, "");
    assert_int_equal(failed.claimed_at_ms, slot_of(p, 1).slots[SLOT_SHARED].fail_version);
    assert_int_equal(world_seen(&p->w, EVENT_CASE_OPENED, seen, 2), 1);
    world_read(&p->w, EVENT_CASE_OPENED, &seen[0].m, &opened);
    assert_int_equal(opened.reason, REASON_ACCOUNT_SHARED);
    assert_int_equal(opened.stage, STAGE_CHECK);
    assert_string_equal(opened.participant_id, person(1));
    assert_int_equal(world_count(&p->w, EVENT_INCENTIVE_HELD), 0);
    assert_int_equal(world_count(&p->w, EVENT_TRANSFER_RETRY), 0);
    assert_int_equal(world_count(&p->w, EVENT_DISBURSEMENT_LEDGER), 0);
    assert_int_equal(payday_state(p, 1), INST_READY); /* held, not failed: it can be released */
    assert_int_equal(payday_instalment(p, 1, 1).attempt, 1);
    assert_int_equal(payday_shown(p, 1), SHOWN_HELD);
    assert_int_equal(sim_child_total(&p->sim, "partners.gopay.payments"), 0);
}

static void is_paid_to(struct payday *p, const char *account_ref)
{
    struct seen seen[2];
    struct incentive_released released;
    struct transfer_succeeded paid;

    PAYDAY_UNTIL(p, world_count(&p->w, EVENT_TRANSFER_SUCCEEDED) == 1);
    payday_check(p);
    assert_int_equal(world_seen(&p->w, EVENT_INCENTIVE_RELEASED, seen, 2), 1);
    world_read(&p->w, EVENT_INCENTIVE_RELEASED, &seen[0].m, &released);
    assert_int_equal(released.reason, REASON_ACCOUNT_SHARED);
    assert_string_equal(released.account_ref, "acc-2");
    assert_int_equal(world_seen(&p->w, EVENT_TRANSFER_SUCCEEDED, seen, 2), 1);
    world_read(&p->w, EVENT_TRANSFER_SUCCEEDED, &seen[0].m, &paid);
    assert_string_equal(paid.account_ref, account_ref);
    assert_int_equal(paid.attempt, 1);
    assert_int_equal(payday_booked(p, 1, 1), 1);
    assert_int_equal(world_count(&p->w, EVENT_CASE_OPENED), 1);
}

/* A person agrees: the same account, the same attempt. */
static void test_agreed(void **state)
{
    struct payday p;
    (void)state;

    open_shared(&p);
    is_a_case(&p);
    struct eligibility_checked pass = a_check(1, CHECK_ACCOUNT_SHARED, "acc-2", REASON_NONE);
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &pass); /* older than the FAIL: nothing */
    payday_quiet(&p, 400);
    assert_int_equal(world_count(&p.w, EVENT_INCENTIVE_RELEASED), 0);
    pass.source_version = slot_of(&p, 1).slots[SLOT_SHARED].fail_version + 1;
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &pass);
    is_paid_to(&p, "acc-2");
    assert_true(is_shared(&p, 2)); /* agreed for one of them */
    payday_close(&p);
}

/* The participant links an account that nobody else uses. */
static void test_another_account(void **state)
{
    struct payday p;
    (void)state;

    open_shared(&p);
    is_a_case(&p);
    payday_link_another(&p, 1, "6281100000002", people_now_ms);
    is_paid_to(&p, "acc-3");
    payday_close(&p);
}

/* While the account's own bucket doesn't know of this user, nobody can say that he is the only one:
 * nothing is sent. */
static void test_unknown_users(void **state)
{
    struct payday p;
    struct account_used used = { .scheme = "2023" };
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_quiet(&p, 500);
    for (int32_t b = 0; b < p.w.partitions; b++)
        store_ram_drop(p.w.redis, b, "acc");
    payday_clock(&p, due_ms);
    payday_quiet(&p, 800);
    assert_int_equal(payday_state(&p, 1), INST_READY);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);
    str_copy(used.account_ref, sizeof used.account_ref, "acc-2");
    str_copy(used.participant_id, sizeof used.participant_id, person(1));
    (void)world_tell(&p.w, EVENT_ACCOUNT_USED, &used);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agreed),
        cmocka_unit_test(test_another_account),
        cmocka_unit_test(test_unknown_users),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
