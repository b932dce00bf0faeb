/* The shell when others write, die, or take back what they said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "virtual_clock.h"

#define PEOPLE 30
#define SEEDS 25

static struct process *start_all(struct world *w, uint64_t seed)
{
    struct process *p[FACT_WORKERS];

    world_open(w, 3, seed);
    w->batch = 1 + world_roll(w, 20);
    world_start_facts(w, p);
    for (int n = 0; n < PEOPLE; n++)
        tell_all(w, n);
    return p[RATING];
}

static void end_well(struct world *w)
{
    world_settle(w);
    world_check_rest(w);
    model_check(w, PEOPLE);
    assert_int_equal(world_check_ids(w, EVENT_INCENTIVE_SCHEDULED), PEOPLE);
    assert_int_equal(world_check_ids(w, EVENT_ACCOUNT_USED), PEOPLE);
    assert_int_equal(world_count(w, EVENT_DEAD_LETTER), 0);
    world_close(w);
}

/* Four workers on the same records at the same time. */
static void test_conflicts(void **state)
{
    int64_t conflicts = counter("insentif_conflicts_total", NULL);
    (void)state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world w;
        (void)start_all(&w, seed);
        world_chance(&w, 2000);
        assert_int_equal(world_check_ids(&w, EVENT_INCENTIVE_SCHEDULED),
                         world_count(&w, EVENT_INCENTIVE_SCHEDULED)); /* no fault: each once */
        assert_int_equal(world_check_ids(&w, EVENT_ACCOUNT_USED),
                         world_count(&w, EVENT_ACCOUNT_USED));
        end_well(&w);
    }
    assert_true(counter("insentif_conflicts_total", NULL) > conflicts + SEEDS);
}

/* Redis moved back, at any moment and by any number of writes. */
static void test_rollback(void **state)
{
    size_t undone = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world w;
        (void)start_all(&w, seed);
        for (int i = 0; i < 4; i++) {
            world_chance(&w, (int)world_roll(&w, 1200));
            undone += store_ram_rollback(w.redis, 1 + world_roll(&w, 20));
        }
        end_well(&w);
    }
    assert_true(undone > SEEDS);
}

/* Connections break; whether a write took place isn't known. */
static void test_lost_answers(void **state)
{
    (void)state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world w;
        (void)start_all(&w, seed);
        store_ram_lose_permille(w.redis, 50);
        for (int i = 0; i < 3; i++) {
            world_chance(&w, (int)world_roll(&w, 1000));
            store_ram_restart(w.redis);
        }
        world_chance(&w, 3000);
        store_ram_lose_permille(w.redis, 0);
        end_well(&w);
    }
}

/* Records that Kafka lost, has twice, or reports late. */
static void test_produce_faults(void **state)
{
    const struct bus_ram_faults faults = { 200, 200, 500 };
    bool doubled = false;
    (void)state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world w;
        (void)start_all(&w, seed);
        bus_ram_faults(w.broker, &faults);
        world_chance(&w, 4000);
        bus_ram_faults(w.broker, &(struct bus_ram_faults){ 0 });
        doubled |= world_count(&w, EVENT_INCENTIVE_SCHEDULED) > PEOPLE;
        end_well(&w);
    }
    assert_true(doubled);
}

/* A write of our chain that we don't know of: what a rollback looks like that no broken connection
 * announces (decisions.md D14). */
static void test_gap(void **state)
{
    struct world w;
    struct process *p[FACT_WORKERS];
    struct store_call call = { .status = STORE_IDLE };
    int64_t gaps = counter("insentif_gaps_total", NULL);
    (void)state;

    world_open(&w, 1, 1);
    world_start_facts(&w, p);
    world_settle(&w);
    const struct bucket *bucket = &p[RATING]->shell->buckets[0];
    store_step(w.eye);
    store_trim(w.eye, &call, 0, "rating-worker", bucket->chain, 0);
    store_step(w.eye);
    assert_int_equal(call.status, STORE_OK);
    store_call_done(w.eye, &call);
    for (int n = 0; n < PEOPLE; n++)
        tell_all(&w, n);
    world_settle(&w);
    assert_int_equal(counter("insentif_gaps_total", NULL), gaps + 1);
    end_well(&w);
}

/* An idle bucket's look at Redis that gets no answer, or that a rebuild answers, is no rollback. */
static void test_looks_without_answer(void **state)
{
    struct world w;
    struct process *p[FACT_WORKERS];
    int64_t gaps = counter("insentif_gaps_total", NULL);
    (void)state;

    world_open(&w, 3, 1);
    world_start_facts(&w, p);
    world_settle(&w);
    store_ram_lose_permille(w.redis, 1000);
    world_for(&w, 5000);
    store_ram_lose_permille(w.redis, 0);
    world_settle(&w);
    store_ram_away(w.redis, true);
    world_for(&w, 5000);
    store_ram_away(w.redis, false);
    world_settle(&w);
    store_ram_rebuild(w.redis, 0, true);
    world_for(&w, 5000);
    assert_int_equal(p[RATING]->shell->buckets[0].state, BUCKET_OWN);
    store_ram_rebuild(w.redis, 0, false);
    for (int n = 0; n < PEOPLE; n++)
        tell_all(&w, n);
    assert_int_equal(counter("insentif_gaps_total", NULL), gaps);
    end_well(&w);
}

/* Two members of each group; one dies at any moment, another comes. */
static void test_members(void **state)
{
    (void)state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world w;
        (void)start_all(&w, seed);
        for (int i = 0; i < 6; i++) {
            const struct worker_spec *spec = &fact_workers[world_roll(&w, FACT_WORKERS)];
            (void)world_start(&w, spec);
            world_chance(&w, (int)world_roll(&w, 1000));
            for (int k = 0; k < PROCESSES_MAX; k++)
                if (w.processes[k].spec == spec) { /* the older one */
                    world_kill(&w, &w.processes[k], world_roll(&w, 2));
                    break;
                }
            world_chance(&w, (int)world_roll(&w, 300));
        }
        end_well(&w);
    }
}

static struct process *newest(struct world *w, const struct worker_spec *spec)
{
    struct process *found = NULL;

    for (int k = 0; k < PROCESSES_MAX; k++)
        if (w->processes[k].spec == spec)
            found = &w->processes[k];
    return found;
}

/* A member that the group has given up, and that doesn't know: what it writes is fenced. */
static void test_zombie(void **state)
{
    int64_t fenced = counter("insentif_fenced_total", NULL);
    int64_t gaps = counter("insentif_gaps_total", NULL);
    (void)state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world w;
        struct process *old = start_all(&w, seed);
        world_chance(&w, (int)world_roll(&w, 1500));
        struct process *new = world_start(&w, &fact_workers[RATING]);
        old->view.deaf = true;
        bus_ram_expel(old->view.inner);
        world_settle_one(&w, new);
        world_chance(&w, (int)world_roll(&w, 800));
        for (int n = 0; n < PEOPLE; n++) /* something to write for both */
            tell_all(&w, n);
        world_chance(&w, 1000);
        old->view.deaf = false;
        end_well(&w);
    }
    assert_true(counter("insentif_fenced_total", NULL) > fenced);
    /* Who looks and finds a newer owner gives way: it isn't Redis that moved. */
    assert_int_equal(counter("insentif_gaps_total", NULL), gaps);
}

/*
 * Redis restarts, owner and zombie own again, the zombie last; then it is stopped. Their group
 * knows nothing of it: the owner must take its buckets back by itself.
 */
static void test_zombie_owns_last(void **state)
{
    struct world w;
    struct process *old = start_all(&w, 1);
    (void)state;

    world_settle(&w);
    struct process *new = world_start(&w, &fact_workers[RATING]);
    old->view.deaf = true;
    bus_ram_expel(old->view.inner);
    world_settle_one(&w, new);
    assert_ptr_equal(newest(&w, &fact_workers[RATING]), new);
    store_ram_restart(w.redis);
    world_settle_one(&w, new);
    world_settle_one(&w, old);
    old->frozen = true;
    for (int n = 0; n < PEOPLE; n++)
        tell_all(&w, n);
    end_well(&w);
}

/* What a dead owner had written but not produced, its successor tells. */
static void test_leftovers(void **state)
{
    struct world w;
    struct process *p[FACT_WORKERS];
    int64_t left = 0;
    (void)state;

    world_open(&w, 3, 1);
    world_start_facts(&w, p);
    for (int k = 0; k < FACT_WORKERS; k++)
        p[k]->view.mute = true;
    for (int n = 0; n < PEOPLE; n++)
        tell_all(&w, n);
    world_settle(&w);
    assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), 0);
    assert_int_equal(world_count(&w, EVENT_ACCOUNT_USED), 0);
    for (int k = 0; k < FACT_WORKERS; k++) {
        for (int32_t b = 0; b < w.partitions; b++)
            left += world_in_outbox(&w, p[k]->spec, b);
        world_kill(&w, p[k], true);
        (void)world_start(&w, &fact_workers[k]);
    }
    assert_int_equal(left, 2 * PEOPLE); /* of each a schedule and an account */
    world_settle(&w);
    assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), PEOPLE);
    assert_int_equal(world_count(&w, EVENT_ACCOUNT_USED), PEOPLE);
    end_well(&w);
}

/* While a bucket is rebuilt everything in it waits, and goes on by itself afterwards. */
static void test_rebuild(void **state)
{
    struct world w;
    struct process *p[FACT_WORKERS];
    (void)state;

    world_open(&w, 3, 1);
    world_start_facts(&w, p);
    world_settle(&w);
    for (int32_t b = 0; b < w.partitions; b++)
        store_ram_rebuild(w.redis, b, true);
    for (int n = 0; n < PEOPLE; n++)
        tell_all(&w, n);
    world_for(&w, 5000);
    assert_false(shell_ready(p[RATING]->shell));
    assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), 0);
    for (int32_t b = 0; b < w.partitions; b++)
        store_ram_rebuild(w.redis, b, false);
    world_settle(&w);
    assert_true(shell_ready(p[RATING]->shell));
    end_well(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conflicts),      cmocka_unit_test(test_rollback),
        cmocka_unit_test(test_lost_answers),   cmocka_unit_test(test_produce_faults),
        cmocka_unit_test(test_gap),            cmocka_unit_test(test_members),
        cmocka_unit_test(test_zombie),         cmocka_unit_test(test_zombie_owns_last),
        cmocka_unit_test(test_leftovers),      cmocka_unit_test(test_rebuild),
        cmocka_unit_test(test_looks_without_answer),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
