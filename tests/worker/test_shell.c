/* The shell when nothing goes wrong: what each fact does, once, in batches, and how it ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "people.h"
#include "policy/calendar.h"
#include "policy/facts.h"
#include "store/bytes.h"
#include "virtual_clock.h"
#include "worker/ids.h"

#define HOUR_MS INT64_C(3600000)

static void one_scheduled(struct world *w, struct seen *out)
{
    assert_int_equal(world_seen(w, EVENT_INCENTIVE_SCHEDULED, out, 1), 1);
}

static void has_header(const struct bus_message *m, const char *name, const char *wanted)
{
    char value[96];

    world_header(m, name, value, sizeof value);
    assert_string_equal(value, wanted);
}

/* Four workers, five topics, one participant: scheduled with the last condition, and only then. */
static void test_scheduled(void **state)
{
    struct world w;
    struct process *p[FACT_WORKERS];
    struct participant_enrolled enrolled = an_enrolment(1, "2023");
    struct seen seen;
    struct incentive_scheduled e;
    struct record r;
    char id[ID_SIZE], wanted[96];
    (void)state;

    world_open(&w, 3, 1);
    world_start_facts(&w, p);
    tell_all_but_enrolment(&w, 1);
    world_settle(&w);
    assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), 0);
    (void)world_tell(&w, EVENT_PARTICIPANT_ENROLLED, &enrolled);
    world_settle(&w);
    world_check_rest(&w);

    one_scheduled(&w, &seen);
    world_read(&w, EVENT_INCENTIVE_SCHEDULED, &seen.m, &e);
    world_record(&w, person(1), &r);
    id_instalment(ENVIRONMENT, &r, &r.instalments[0], id);
    assert_string_equal(e.participant_id, "p0001");
    assert_string_equal(e.instalment_id, id);
    assert_string_equal(e.scheme, "2023");
    assert_int_equal(e.kind, PAYMENT_INSTALMENT);
    assert_int_equal(e.number, 1);
    assert_int_equal(e.amount_idr, 600000);
    assert_int_equal(e.scheduled_at_ms, CLOCK_START_MS - 3 * HOUR_MS); /* the last check */
    /* Monday: due on Thursday, promised by the end of Monday (R11; no holiday in that week). */
    assert_int_equal(e.due_at_ms, INT64_C(1772643600000)); /* Thursday 2026-03-05, 00:00 WIB */
    assert_int_equal(e.promised_at_ms, INT64_C(1773075599999)); /* Monday 2026-03-09, 24:00 */
    assert_string_equal(e.calendar_version, CALENDAR_VERSION);
    assert_string_equal(e.policy_version, POLICY_VERSION);

    assert_int_equal(seen.m.partition, world_bucket(&w, "p0001"));
    assert_int_equal(seen.m.key_size, 5);
    assert_memory_equal(seen.m.key, "p0001", 5);
    has_header(&seen.m, "ce_specversion", "1.0");
    has_header(&seen.m, "ce_type", "incentive-scheduled");
    has_header(&seen.m, "ce_source", "/insentif/enrolment-worker"); /* whose fact was the last */
    has_header(&seen.m, "ce_subject", "p0001");
    has_header(&seen.m, "content-type", "application/avro");
    (void)snprintf(wanted, sizeof wanted, "%lld", (long long)r.version);
    has_header(&seen.m, "insentif_version", wanted);
    assert_int_equal(world_count(&w, EVENT_DEAD_LETTER), 0);
    world_close(&w);
}

static void bytes_of(struct world *w, int number, struct buf *out)
{
    struct record r;

    world_record(w, person(number), &r);
    buf_reset(out);
    record_to_bytes(&r, out);
}

/* The same events again: the watermark moves, nothing else does, not even a version. */
static void test_twice(void **state)
{
    struct world w;
    struct process *p[FACT_WORKERS];
    struct buf before = { 0 }, after = { 0 };
    int32_t bucket;
    (void)state;

    world_open(&w, 3, 2);
    world_start_facts(&w, p);
    tell_all(&w, 1);
    world_settle(&w);
    bucket = world_bucket(&w, person(1));
    bytes_of(&w, 1, &before);
    int64_t unchanged = counter("insentif_records_unchanged_total", NULL);
    tell_all(&w, 1);
    world_settle(&w);
    world_check_rest(&w);
    bytes_of(&w, 1, &after);

    assert_int_equal(world_watermark(&w, &fact_workers[RATING], EVENT_RATING_SUBMITTED, bucket), 1);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), 1);
    assert_true(counter("insentif_records_unchanged_total", NULL) > unchanged);
    world_close(&w);
    buf_release(&before);
    buf_release(&after);
}

static int64_t sum(const char *name)
{
    int64_t all = 0;

    for (int t = 0; t <= EVENT_ELIGIBILITY_CHECKED; t++) {
        char labels[96];
        (void)snprintf(labels, sizeof labels, "topic=\"%s\"",
                       event_row((enum event_type)t)->topic);
        all += counter(name, labels);
    }
    return all;
}

/* Many participants: every batch is one write call, and one more per round of conflicts. */
static void test_many(void **state)
{
    enum { MANY = 600 };
    struct world w;
    struct process *p[FACT_WORKERS];
    (void)state;

    world_open(&w, 2, 3);
    world_start_facts(&w, p);
    int64_t batches = sum("insentif_batches_total"), applies = sum("insentif_store_applies_total");
    int64_t rounds = counter("insentif_conflict_rounds_total", NULL);
    int64_t consumed = sum("insentif_events_consumed_total");
    for (int n = 0; n < MANY; n++)
        tell_all(&w, n);
    world_settle(&w);
    world_check_rest(&w);
    batches = sum("insentif_batches_total") - batches;
    applies = sum("insentif_store_applies_total") - applies;
    rounds = counter("insentif_conflict_rounds_total", NULL) - rounds;
    consumed = sum("insentif_events_consumed_total") - consumed;
    assert_int_equal(consumed, MANY * 7);
    assert_int_equal(applies, batches + rounds);
    assert_true(batches < consumed / 20); /* batches they are, not single events */
    assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), MANY);
    assert_int_equal(world_check_ids(&w, EVENT_INCENTIVE_SCHEDULED), MANY);
    world_close(&w);
}

/* Facts about somebody not enrolled are kept; only the enrolment is missing (R7, D9). */
static void test_unknown_participant(void **state)
{
    struct world w;
    struct process *p[FACT_WORKERS];
    struct record r;
    (void)state;

    world_open(&w, 3, 4);
    world_start_facts(&w, p);
    tell_all_but_enrolment(&w, 7);
    world_settle(&w);
    world_record(&w, person(7), &r);
    for (int c = 0; c < CONDITION_COUNT; c++)
        if (condition_met(&r, (enum condition)c, NULL) != (c != CONDITION_enrolled))
            fail_msg("%s", condition_name((enum condition)c));
    assert_int_equal(r.instalment_count, 0);
    assert_int_equal(world_count(&w, EVENT_DEAD_LETTER), 0);
    world_close(&w);
}

static bool everything_applied(struct world *w)
{
    return world_count(w, EVENT_INCENTIVE_SCHEDULED) > 0;
}

/* A stop takes nothing new, finishes what is under way and leaves nothing in an outbox. */
static void test_stop(void **state)
{
    (void)state;

    for (int turns = 0; turns < 60; turns++) {
        struct world w;
        struct process *p[FACT_WORKERS];
        world_open(&w, 2, 5);
        w.batch = 5;
        world_start_facts(&w, p);
        for (int n = 0; n < 60; n++)
            tell_all(&w, n);
        world_chance(&w, turns * 20);
        for (int k = 0; k < FACT_WORKERS; k++)
            shell_stop(p[k]->shell);
        for (int left = FACT_WORKERS, i = 0; left > 0; i++) {
            assert_in_range(i, 0, 1000);
            left = 0;
            for (int k = 0; k < FACT_WORKERS; k++)
                if (!shell_stopped(p[k]->shell)) {
                    world_turn(&w, p[k]);
                    left++;
                }
        }
        for (int k = 0; k < FACT_WORKERS; k++)
            for (int32_t b = 0; b < w.partitions; b++)
                assert_int_equal(world_in_outbox(&w, p[k]->spec, b), 0);
        size_t scheduled = world_count(&w, EVENT_INCENTIVE_SCHEDULED);
        if (turns == 59)
            assert_true(everything_applied(&w));
        for (int k = 0; k < FACT_WORKERS; k++) {
            world_kill(&w, p[k], false);
            p[k] = world_start(&w, &fact_workers[k]);
        }
        world_settle(&w);
        world_check_rest(&w);
        assert_true(scheduled <= 60);
        assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), 60);
        world_close(&w);
    }
}

/* Ready: buckets known and run, Redis and Kafka there. A member without buckets is ready too. */
static void test_ready(void **state)
{
    struct world w;
    (void)state;

    world_open(&w, 1, 6);
    struct process *p = world_start(&w, &fact_workers[RATING]);
    assert_false(shell_ready(p->shell));
    world_settle(&w);
    assert_true(shell_ready(p->shell));
    struct process *spare = world_start(&w, &fact_workers[RATING]);
    world_settle(&w);
    assert_true(shell_ready(p->shell));
    assert_true(shell_ready(spare->shell));

    store_ram_away(w.redis, true);
    world_turn(&w, p);
    world_turn(&w, p);
    assert_false(shell_ready(p->shell));
    world_settle(&w);
    assert_false(shell_ready(p->shell));
    store_ram_away(w.redis, false);
    world_settle(&w);
    assert_true(shell_ready(p->shell));

    bus_ram_away(w.broker, true);
    world_settle(&w);
    assert_false(shell_ready(p->shell));
    bus_ram_away(w.broker, false);
    world_settle(&w);
    assert_true(shell_ready(p->shell));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scheduled), cmocka_unit_test(test_twice),
        cmocka_unit_test(test_many),      cmocka_unit_test(test_unknown_participant),
        cmocka_unit_test(test_stop),      cmocka_unit_test(test_ready),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
