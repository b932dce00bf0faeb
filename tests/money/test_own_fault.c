/*
 * What is our own fault never becomes a participant's failure, and never a second payment: a wrong
 * key, another environment, a ledger that is gone (R14, I1).
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "payday.h"
#include "seal/seal.h"

#define HOUR_MS INT64_C(3600000)

static void test_wrong_key(void **state)
{
    char public_key[SEAL_KEY_TEXT_MAX], other_public[SEAL_KEY_TEXT_MAX];
    char other[SEAL_KEY_TEXT_MAX], right[SEAL_KEY_TEXT_MAX];
    struct payday p;
    struct err err;
    (void)state;

    payday_open(&p, "on");
    memcpy(right, getenv("INSENTIF_SEAL_SECRET_KEY"), sizeof right);
    memcpy(public_key, getenv("INSENTIF_SEAL_PUBLIC_KEY"), sizeof public_key);
    assert_int_equal(seal_make_keys(other_public, other, &err), 0);
    assert_int_equal(setenv("INSENTIF_SEAL_PUBLIC_KEY", other_public, 1), 0);
    payday_restart(&p, "INSENTIF_SEAL_SECRET_KEY", other);
    payday_entitle(&p, 1, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_CASE_OPENED) == 1); /* a person knows */
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_RETRYING);
    payday_quiet(&p, 500);
    assert_int_equal(payday_state(&p, 1), INST_READY);
    assert_int_equal(world_count(&p.w, EVENT_TRANSFER_FAILED), 0);
    assert_int_equal(world_count(&p.w, EVENT_DISBURSEMENT_LEDGER), 0);

    assert_int_equal(setenv("INSENTIF_SEAL_PUBLIC_KEY", public_key, 1), 0);
    payday_restart(&p, "INSENTIF_SEAL_SECRET_KEY", right);
    payday_clock(&p, due_ms + 8 * HOUR_MS);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 1);
    payday_check(&p);
    payday_close(&p);
}

/* No partner takes such a number: the participant's to correct, with another account. */
static void test_impossible_number(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "081100000001"); /* 0811... for 62811... */
    int64_t due_ms = payday_scheduled(&p, 1);
    for (int doubts = 1; doubts <= 3; doubts++) {
        payday_clock(&p, due_ms + (doubts - 1) * 12 * HOUR_MS);
        PAYDAY_UNTIL(&p, payday_instalment(&p, 1, 1).doubts >= doubts);
    }
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_HELD);
    payday_link_another(&p, 1, "6281100000002", people_now_ms);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    payday_close(&p);
}

static void dies(struct payday *p, const char *why)
{
    struct process *d = p->disbursement;
    bool alive = true;

    for (int64_t until_ms = clock_boot_ms() + PATIENCE_MS; alive && clock_boot_ms() < until_ms;) {
        alive = shell_turn(d->shell);
        (void)poll(NULL, 0, d->shell->progress ? 0 : 2);
    }
    assert_false(alive);
    assert_int_equal(d->shell->fatal.kind, ERR_FATAL);
    assert_non_null(strstr(d->shell->fatal.text, why));
}

/* Under another environment every payment would have another reference. */
static void test_other_environment(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    payday_quiet(&p, 300);
    world_kill(&p.w, p.disbursement, false);
    p.disbursement = world_start(&p.w, &disbursement_worker);
    p.disbursement->shell->set.environment = "OTHR";
    dies(&p, "this Redis belongs to environment");
    payday_close(&p);
}

static void test_ledger_gone(void **state)
{
    static const char *const topic = "disbursement-ledger";
    struct store_call call = { .status = STORE_IDLE };
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    payday_quiet(&p, 300);
    world_kill(&p.w, p.disbursement, false);
    store_own(p.w.eye, &call, 0, "disbursement-worker", &topic, 1, 5);
    store_step(p.w.eye);
    struct store_apply apply = { .worker = "disbursement-worker", .topic = topic, .prev = -1,
                                 .last = 9, .chain = { call.epoch, 0 }, .bucket_version = -1 };
    store_call_done(p.w.eye, &call);
    store_apply(p.w.eye, &call, &apply);
    store_step(p.w.eye);
    assert_int_equal(call.status, STORE_OK);
    store_call_done(p.w.eye, &call);
    p.disbursement = world_start(&p.w, &disbursement_worker);
    dies(&p, "disbursement-ledger/0");
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_impossible_number),
        cmocka_unit_test(test_other_environment),
        cmocka_unit_test(test_ledger_gone),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
