/* The outbox in memory and the one in Redis are the same, whatever happens in between. */
#include <stdio.h>

#include "base/str.h"
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

static void pack_both(struct process *p, int number, struct buf *booked, struct buf *told)
{
    struct disbursement_ledger entry = { .entry = LEDGER_SUCCEEDED, .attempt = 1, .number = 1,
                                         .amount_idr = 600000, .claimed_at_ms = people_now_ms };
    struct transfer_succeeded paid = { .attempt = 1, .amount_idr = 600000,
                                       .claimed_at_ms = people_now_ms };
    char id[16];

    str_copy(entry.participant_id, sizeof entry.participant_id, person(number));
    str_copy(entry.instalment_id, sizeof entry.instalment_id, "AAAAAAAAAAAAAAAAAAAA");
    str_copy(entry.reference, sizeof entry.reference, "AAAAAAAAAAAAAAAAAAAATEST01");
    str_copy(entry.account_ref, sizeof entry.account_ref, "acc-1");
    str_copy(paid.participant_id, sizeof paid.participant_id, person(number));
    str_copy(paid.instalment_id, sizeof paid.instalment_id, entry.instalment_id);
    str_copy(paid.reference, sizeof paid.reference, entry.reference);
    str_copy(paid.account_ref, sizeof paid.account_ref, entry.account_ref);
    (void)snprintf(id, sizeof id, "L%d", number);
    shell_pack(p->shell, 0, EVENT_DISBURSEMENT_LEDGER, &entry, person(number), id, 0, 0, booked);
    (void)snprintf(id, sizeof id, "T%d", number);
    shell_pack(p->shell, 0, EVENT_TRANSFER_SUCCEEDED, &paid, person(number), id, 0, 0, told);
}

/* One write that books a payment and tells of it. */
static void write_both(struct process *p, int number)
{
    struct store_call call = { 0 };
    struct store_emit emits[2];
    struct buf parcels[2] = { { 0 }, { 0 } };
    struct store_apply apply = { .bucket_version = -1, .emits = emits, .emit_count = 2 };

    pack_both(p, number, &parcels[0], &parcels[1]);
    for (int k = 0; k < 2; k++)
        emits[k] = (struct store_emit){ -1, { parcels[k].data, parcels[k].size } };
    bucket_write(p->shell, &p->shell->buckets[0], &call, &apply);
    for (int i = 0; i < 100 && call.status == STORE_WAITING; i++)
        store_step(p->store);
    assert_true(bucket_written(p->shell, &p->shell->buckets[0], &call, &apply));
    store_call_done(p->store, &call);
    buf_release(&parcels[0]);
    buf_release(&parcels[1]);
}

/* Nobody is told before the ledger is known to have it; but the next payment's booking goes out
 * meanwhile. The same for what a dead owner has left behind, parcel by parcel. */
static void told_after_booked(bool left_behind)
{
    static const struct bus_ram_faults late = { .report_late_permille = 1000 };
    struct world w;

    world_open(&w, 1, 3);
    struct process *p = world_start(&w, &fact_workers[RATING]);
    world_settle(&w);
    for (int n = 1; n <= 2; n++)
        write_both(p, n);
    if (left_behind) {
        world_kill(&w, p, true);
        p = world_start(&w, &fact_workers[RATING]);
    }
    bus_ram_faults(w.broker, &late);
    for (int i = 0; i < 1000 && world_count(&w, EVENT_DISBURSEMENT_LEDGER) == 0; i++)
        world_turn(&w, p);
    assert_int_equal(world_count(&w, EVENT_DISBURSEMENT_LEDGER), 2);
    assert_int_equal(world_count(&w, EVENT_TRANSFER_SUCCEEDED), 0);
    world_settle(&w);
    assert_int_equal(world_count(&w, EVENT_TRANSFER_SUCCEEDED), 2);
    world_check_rest(&w);
    world_close(&w);
}

static void test_told_after_booked(void **state)
{
    (void)state;
    told_after_booked(false);
}

static void test_leftovers_told_after_booked(void **state)
{
    (void)state;
    told_after_booked(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_trimmed_too_early),
                                        cmocka_unit_test(test_answers_in_order),
                                        cmocka_unit_test(test_told_after_booked),
                                        cmocka_unit_test(test_leftovers_told_after_booked) };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
