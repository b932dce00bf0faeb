/* The outbox in memory and the one in Redis are the same, whatever happens in between. */
#include "people.h"
#include "virtual_clock.h"

/* Only what Kafka has is trimmed: the owner dies with the rest in Redis, its successor tells it. */
static void test_trimmed_too_early(void **state)
{
    static const struct bus_ram_faults late = { .report_late_permille = 1000 };
    (void)state;

    for (int turns = 0; turns < 40; turns++) {
        struct world w;
        struct process *p[FACT_WORKERS];
        world_open(&w, 1, 9);
        w.batch = 1;
        world_start_facts(&w, p);
        for (int n = 0; n < 5; n++)
            tell_all_but_enrolment(&w, n);
        world_settle(&w);
        for (int n = 0; n < 5; n++) {
            struct participant_enrolled enrolled = an_enrolment(n, "2023");
            (void)world_tell(&w, EVENT_PARTICIPANT_ENROLLED, &enrolled);
        }
        bus_ram_faults(w.broker, &late);
        for (int i = 0; i < turns; i++)
            world_turn(&w, p[ENROLMENT]);
        p[ENROLMENT]->view.mute = true;
        for (int i = 0; i < 20; i++)
            world_turn(&w, p[ENROLMENT]);
        world_check_outboxes(&w);
        world_kill(&w, p[ENROLMENT], true);
        (void)world_start(&w, &fact_workers[ENROLMENT]);
        world_settle(&w);
        world_check_rest(&w);
        assert_int_equal(world_check_ids(&w, EVENT_INCENTIVE_SCHEDULED), 5);
        world_close(&w);
    }
}

/* Two writes under way, both answered in one step: whoever asks first, the answers are taken in the
 * order of the writes, or the outbox in memory would not be the one in Redis. */
static void test_answers_in_order(void **state)
{
    struct world w;
    struct store_call calls[2] = { { 0 }, { 0 } };
    struct store_apply applies[2];
    struct store_emit emits[2];
    struct buf parcels[2] = { { 0 }, { 0 } };
    (void)state;

    world_open(&w, 1, 3);
    struct process *p = world_start(&w, &fact_workers[RATING]);
    world_settle(&w);
    struct bucket *bucket = &p->shell->buckets[0];
    for (int i = 0; i < 2; i++) {
        struct rating_submitted said = a_rating(i, "course-1", 5, "bagus");
        shell_pack(p->shell, 0, EVENT_RATING_SUBMITTED, &said, said.participant_id,
                   i == 0 ? "FIRST" : "SECOND", 0, 0, &parcels[i]);
        emits[i] = (struct store_emit){ -1, { parcels[i].data, parcels[i].size } };
        applies[i] = (struct store_apply){ .bucket_version = -1, .emits = &emits[i],
                                           .emit_count = 1 };
        bucket_write(p->shell, bucket, &calls[i], &applies[i]);
    }
    for (int i = 0; i < 100 && calls[1].status == STORE_WAITING; i++)
        store_step(p->store);
    assert_int_equal(calls[1].status, STORE_OK);
    assert_false(bucket_may_take(p->shell, bucket, &calls[1], &applies[1]));
    for (int i = 0; i < 2; i++) {
        assert_true(bucket_may_take(p->shell, bucket, &calls[i], &applies[i]));
        assert_true(bucket_written(p->shell, bucket, &calls[i], &applies[i]));
        store_call_done(p->store, &calls[i]);
        buf_release(&parcels[i]);
    }
    world_check_outboxes(&w);
    world_settle(&w);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_trimmed_too_early),
                                        cmocka_unit_test(test_answers_in_order) };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
