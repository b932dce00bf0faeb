/*
 * One account, several participants (docs/decisions.md D22): who tells it, where, how often, and
 * what eligibility-worker makes of it.
 */
#include <string.h>

#include "eligibility.h"
#include "shared.h"
#include "virtual_clock.h"

static void open_two(struct world *w, int32_t partitions)
{
    world_open(w, partitions, 1);
    (void)world_start(w, &fact_workers[ENROLMENT]);
    (void)world_start(w, eligibility_worker());
}

static void use(struct world *w, int number, const char *account)
{
    struct participant_enrolled enrolled = an_enrolment(number, "2023");

    tell_verified(w, number, account);
    (void)world_tell(w, EVENT_PARTICIPANT_ENROLLED, &enrolled);
}

static bool is_shared(struct world *w, int number, const char *account)
{
    struct record r;

    world_record(w, person(number), &r);
    const struct account *a = record_account(&r, account);
    return a && account_open_slot(a) == SLOT_SHARED;
}

/* The second user is told of to both; whoever links it again, or is told again, isn't. */
static void test_two_users(void **state)
{
    struct world w;
    struct account_users users;
    struct seen first[2];
    size_t fails;
    int32_t buckets = 0;
    (void)state;

    open_two(&w, PARTITIONS_MAX);
    use(&w, 1, "acc-1");
    world_settle(&w);
    assert_int_equal(world_count(&w, EVENT_ACCOUNT_USED), 1);
    assert_int_equal(world_count(&w, EVENT_ELIGIBILITY_CHECKED), 3); /* the test's own */
    assert_false(is_shared(&w, 1, "acc-1"));
    world_pass(&w, 1000);
    use(&w, 2, "acc-1");
    world_settle(&w);
    assert_int_equal(world_seen(&w, EVENT_ACCOUNT_USED, first, 2), 2);
    assert_int_equal(world_check_ids(&w, EVENT_ACCOUNT_USED), 2);
    assert_int_equal(shared_check(&w, &fails), 2);
    assert_int_equal(fails, 2);
    assert_true(is_shared(&w, 1, "acc-1") && is_shared(&w, 2, "acc-1"));
    world_users(&w, "acc-1", &users);
    assert_int_equal(users.count, 2);
    assert_string_equal(users.at[0].participant, person(1));
    assert_string_equal(users.at[1].participant, person(2));
    assert_string_equal(users.at[1].scheme, "2023");
    buckets |= 1 << world_bucket(&w, "acc-1");
    buckets |= 1 << world_bucket(&w, person(1));
    buckets |= 1 << world_bucket(&w, person(2));
    assert_int_equal(__builtin_popcount((unsigned)buckets), 3); /* else it would prove less */

    for (int again = 0; again < 3; again++) {
        world_pass(&w, 1000);
        use(&w, 1 + again % 2, "acc-1");
        const struct bus_message *m = &first[again % 2].m; /* Kafka has it twice */
        (void)world_tell_bytes(&w, EVENT_ACCOUNT_USED, -1, m->key, m->key_size, m->value,
                               m->value_size);
        world_settle(&w);
    }
    assert_int_equal(world_count(&w, EVENT_ACCOUNT_USED), 2 + 3); /* nothing but the test's own */
    assert_int_equal(shared_check(&w, &fails), 2);
    world_check_rest(&w);
    world_close(&w);
}

/* What a person has agreed to for two isn't agreed for three; another account is nobody's. */
static void test_a_third_user(void **state)
{
    struct world w;
    size_t fails;
    (void)state;

    open_two(&w, 3);
    use(&w, 1, "acc-1");
    use(&w, 2, "acc-1");
    use(&w, 4, "acc-2");
    world_settle(&w);
    assert_int_equal(shared_check(&w, &fails), 2);
    for (int n = 1; n <= 2; n++) {
        struct eligibility_checked pass = a_check(n, CHECK_ACCOUNT_SHARED, "acc-1", REASON_NONE);
        pass.checked_at_ms = pass.source_version = virtual_clock_ms();
        (void)world_tell(&w, EVENT_ELIGIBILITY_CHECKED, &pass);
    }
    world_settle(&w);
    assert_false(is_shared(&w, 1, "acc-1") || is_shared(&w, 2, "acc-1"));
    use(&w, 3, "acc-1");
    world_settle(&w);
    for (int n = 1; n <= 3; n++)
        assert_true(is_shared(&w, n, "acc-1"));
    assert_false(is_shared(&w, 4, "acc-2"));
    assert_int_equal(shared_check(&w, &fails), 2 + 3);
    world_check_rest(&w);
    world_close(&w);
}

/* Eight are remembered; each who comes later is told of, for itself, as often as it is told. */
static void test_too_many_users(void **state)
{
    struct world w;
    struct account_users users;
    size_t told = 0, fails;
    (void)state;

    open_two(&w, 2);
    for (int n = 1; n <= ACCOUNT_USERS_MAX + 2; n++) {
        use(&w, n, "acc-1");
        world_settle(&w);
        told += n == 1 ? 0 : n <= ACCOUNT_USERS_MAX ? (size_t)n : 1;
        assert_int_equal(shared_check(&w, &fails), told);
        assert_int_equal(is_shared(&w, n, "acc-1"), n > 1);
    }
    world_users(&w, "acc-1", &users);
    assert_int_equal(users.count, ACCOUNT_USERS_MAX);
    world_check_rest(&w);
    world_close(&w);
}

/* Accounts go on as they were left: another build of the worker, the same Redis. */
static void test_restarted(void **state)
{
    struct world w;
    size_t fails;
    (void)state;

    world_open(&w, 2, 1);
    (void)world_start(&w, &fact_workers[ENROLMENT]);
    struct process *p = world_start(&w, eligibility_worker());
    use(&w, 1, "acc-1");
    world_settle(&w);
    world_kill(&w, p, true);
    p = world_start(&w, eligibility_worker());
    use(&w, 2, "acc-1");
    world_settle(&w);
    assert_int_equal(shared_check(&w, &fails), 2);

    struct participant_enrolled enrolled = an_enrolment(3, "2023");
    tell_verified(&w, 3, "acc-1");
    world_settle(&w);
    p->view.mute = true; /* decided and written, but not told: by its successor then */
    (void)world_tell(&w, EVENT_PARTICIPANT_ENROLLED, &enrolled);
    world_settle(&w);
    assert_int_equal(world_count(&w, EVENT_ACCOUNT_USED), 3); /* enrolment-worker's */
    assert_int_equal(world_in_outbox(&w, eligibility_worker(), world_bucket(&w, "acc-1")), 3);
    world_kill(&w, p, true);
    (void)world_start(&w, eligibility_worker());
    world_settle(&w);
    assert_int_equal(shared_check(&w, &fails), 2 + 3);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_users),
        cmocka_unit_test(test_a_third_user),
        cmocka_unit_test(test_too_many_users),
        cmocka_unit_test(test_restarted),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
