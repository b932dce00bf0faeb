/* What a scheme may cost (docs/decisions.md D23): reserved before it is sent, what is over it
 * waits, raised it goes on; the sums outlive restarts and are made again when they are lost. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "payday.h"

#define PEOPLE 8
#define EACH_IDR INT64_C(600000)
#define HOUR_MS INT64_C(3600000)

static void budget(struct payday *p, int64_t idr)
{
    struct payment_control e = { .said_by = "operator", .target = "2023", .budget_idr = idr };

    e.said_at_ms = people_now_ms + ++p->words;
    (void)world_tell(&p->w, EVENT_PAYMENT_CONTROL, &e);
}

/* So many of them can be paid when each bucket has room for `each`. */
static int funded_at_most(struct payday *p, int each)
{
    int of[PARTITIONS_MAX] = { 0 }, sum = 0;

    for (int n = 0; n < PEOPLE; n++)
        of[world_bucket(&p->w, person(n))]++;
    for (int b = 0; b < p->w.partitions; b++)
        sum += of[b] < each ? of[b] : each;
    return sum;
}

static int64_t reserved_of(const char *scheme)
{
    char label[24];

    (void)snprintf(label, sizeof label, "scheme=\"%s\"", scheme);
    return counter("insentif_budget_reserved_idr", label);
}

static int64_t reserved(void)
{
    return reserved_of("2023");
}

static int paid(struct payday *p)
{
    int count = 0;

    for (int n = 0; n < PEOPLE; n++)
        count += payday_state(p, n) == INST_PAID;
    return count;
}

static int64_t open_with(struct payday *p, int64_t budget_idr)
{
    int64_t due_ms = 0;

    payday_open(p, "on");
    if (budget_idr > 0)
        budget(p, budget_idr);
    payday_quiet(p, 300);
    for (int n = 0; n < PEOPLE; n++) {
        payday_entitle(p, n, "2023", "6281100000001");
        due_ms = payday_scheduled(p, n);
    }
    payday_quiet(p, 600);
    return due_ms;
}

static void test_reserved_on_day_0(void **state)
{
    struct payday p;
    (void)state;

    (void)open_with(&p, 0);
    /* Without a limit, too, and before the day. */
    PAYDAY_UNTIL(&p, reserved() == PEOPLE * EACH_IDR);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 0);
    payday_close(&p);
}

static void test_over_it_waits(void **state)
{
    struct payday p;
    (void)state;

    int64_t due_ms = open_with(&p, 2 * 2 * EACH_IDR); /* two buckets, two payments each */
    int most = funded_at_most(&p, 2);
    assert_true(most < PEOPLE);
    payday_clock(&p, due_ms + HOUR_MS);
    PAYDAY_UNTIL(&p, paid(&p) == most);
    payday_quiet(&p, 800);
    assert_int_equal(paid(&p), most);
    PAYDAY_UNTIL(&p, reserved() == most * EACH_IDR);
    assert_int_equal(sim_child_total(&p.sim, "booked"), most);
    for (int n = 0; n < PEOPLE; n++)
        if (payday_state(&p, n) != INST_PAID) { /* the programme's trouble, said as such (R14) */
            assert_int_equal(payday_shown(&p, n), SHOWN_RETRYING);
            assert_int_equal(payday_instalment(&p, n, 1).why, REASON_PROGRAMME_FUNDS);
            assert_false(payday_instalment(&p, n, 1).funded);
        }
    budget(&p, 100 * EACH_IDR);
    payday_quiet(&p, 300);
    payday_clock(&p, due_ms + 3 * HOUR_MS);
    PAYDAY_UNTIL(&p, paid(&p) == PEOPLE);
    payday_check(&p);
    PAYDAY_UNTIL(&p, reserved() == PEOPLE * EACH_IDR);
    payday_close(&p);
}

/* Neither a restart nor the loss of the sums makes room that isn't there. */
static void test_sums_survive(void **state)
{
    struct payday p;
    (void)state;

    int64_t due_ms = open_with(&p, 2 * 2 * EACH_IDR);
    int most = funded_at_most(&p, 2);
    for (int lost = 0; lost < 2; lost++) {
        world_kill(&p.w, p.disbursement, false);
        for (int32_t b = 0; lost && b < p.w.partitions; b++)
            store_ram_drop(p.w.redis, b, "pay");
        p.disbursement = world_start(&p.w, &disbursement_worker);
        payday_quiet(&p, 800);
        PAYDAY_UNTIL(&p, reserved() == most * EACH_IDR);
    }
    payday_clock(&p, due_ms + HOUR_MS);
    PAYDAY_UNTIL(&p, paid(&p) == most);
    payday_quiet(&p, 800);
    assert_int_equal(sim_child_total(&p.sim, "booked"), most);
    payday_check(&p);
    payday_close(&p);
}

/* R4: what is cancelled makes room for somebody else. */
static void test_cancelled_gives_back(void **state)
{
    struct payday p;
    struct eligibility_checked aid;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2020", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    PAYDAY_UNTIL(&p, reserved_of("2020") == 4 * EACH_IDR);
    aid = a_check(1, CHECK_DUPLICATE_AID, "", REASON_DUPLICATE_AID);
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &aid);
    PAYDAY_UNTIL(&p, reserved_of("2020") == 0);
    payday_clock(&p, due_ms);
    payday_quiet(&p, 500);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 0);
    payday_check(&p);
    payday_close(&p);
}

/* A write that meets a conflict reserves nothing, and another that went out behind it had its
 * amount in the sum: the sum is right again, also after a restart. */
static void test_conflict(void **state)
{
    static const char *const options[] = { "--silence-ms", "300", "--delay-ms", "400", NULL };
    struct payday p;
    int a = 1, b = 2;
    (void)state;

    payday_open_with(&p, "on", options);
    while (world_bucket(&p.w, person(b)) != world_bucket(&p.w, person(a)))
        b++;
    payday_quiet(&p, 300);
    p.disbursement->frozen = true;
    payday_entitle(&p, a, "2020", "6281100000001");
    payday_entitle(&p, b, "2020", "6281100000002");
    (void)payday_scheduled(&p, a);
    (void)payday_scheduled(&p, b);
    payday_quiet(&p, 300);
    p.disbursement->frozen = false;
    PAYDAY_UNTIL(&p, counter("insentif_payments_under_way", NULL) == 2);
    for (int k = 0; k < 60; k++)
        (void)payday_step(&p); /* both are asked about */
    p.disbursement->frozen = true;
    struct eligibility_checked aid = a_check(a, CHECK_DUPLICATE_AID, "", REASON_DUPLICATE_AID);
    (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &aid);
    payday_quiet(&p, 600);
    p.disbursement->frozen = false;
    payday_quiet(&p, 1500);
    PAYDAY_UNTIL(&p, reserved_of("2020") == 4 * EACH_IDR);
    world_kill(&p.w, p.disbursement, false);
    p.disbursement = world_start(&p.w, &disbursement_worker);
    payday_quiet(&p, 1500);
    PAYDAY_UNTIL(&p, reserved_of("2020") == 4 * EACH_IDR);
    payday_close(&p);
}

/* Announcing a hold reserves nothing while the limit isn't known. */
static void test_unread_limit(void **state)
{
    struct payday p;
    int64_t due_ms = 0;
    (void)state;

    payday_open(&p, "on");
    (void)world_tell_bytes(&p.w, EVENT_PAYMENT_CONTROL, -1, "2023", 4, "nonsense", 8);
    PAYDAY_UNTIL(&p, counter("insentif_control_known", NULL) == 0);
    for (int n = 0; n < PEOPLE; n++) {
        payday_entitle(&p, n, "2023", "6281100000001");
        due_ms = payday_scheduled(&p, n);
        struct eligibility_checked fail = a_check(n, CHECK_ACCOUNT_ACTIVE, payday_ref(n, 2),
                                                  REASON_ACCOUNT_INACTIVE);
        fail.source_version = people_now_ms;
        (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &fail);
    }
    payday_clock(&p, due_ms + HOUR_MS);
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_TRANSFER_FAILED) == PEOPLE); /* all are held */
    payday_quiet(&p, 1200);
    assert_int_equal(reserved(), 0);
    budget(&p, 2 * 2 * EACH_IDR);
    payday_quiet(&p, 300);
    for (int n = 0; n < PEOPLE; n++) {
        struct eligibility_checked pass = a_check(n, CHECK_ACCOUNT_ACTIVE, payday_ref(n, 2),
                                                  REASON_NONE);
        pass.source_version = people_now_ms + 10;
        (void)world_tell(&p.w, EVENT_ELIGIBILITY_CHECKED, &pass);
    }
    PAYDAY_UNTIL(&p, paid(&p) == funded_at_most(&p, 2));
    payday_quiet(&p, 800);
    assert_int_equal(paid(&p), funded_at_most(&p, 2));
    payday_close(&p);
}

/* A word that can't be read stops the money until a good one about the same target follows. */
static void test_unreadable_word(void **state)
{
    struct payday p;
    (void)state;

    int64_t due_ms = open_with(&p, 100 * EACH_IDR);
    (void)world_tell_bytes(&p.w, EVENT_PAYMENT_CONTROL, -1, "GOPAY", 5, "nonsense", 8);
    PAYDAY_UNTIL(&p, counter("insentif_control_known", NULL) == 0);
    payday_clock(&p, due_ms);
    payday_word(&p, "OVO", false, 0); /* about another: changes nothing */
    payday_quiet(&p, 800);
    assert_int_equal(counter("insentif_control_known", NULL), 0);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 0);
    payday_word(&p, "GOPAY", false, 0);
    PAYDAY_UNTIL(&p, paid(&p) == PEOPLE);
    payday_check(&p);
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reserved_on_day_0),    cmocka_unit_test(test_over_it_waits),
        cmocka_unit_test(test_sums_survive),         cmocka_unit_test(test_cancelled_gives_back),
        cmocka_unit_test(test_conflict),             cmocka_unit_test(test_unread_limit),
        cmocka_unit_test(test_unreadable_word),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
