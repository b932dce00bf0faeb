/* What the shell does besides facts: events astray, cases, timers, a Redis that has lost all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "people.h"
#include "virtual_clock.h"

static void newest(struct world *w, enum event_type type, int32_t partition, struct bus_message *m)
{
    size_t count = bus_ram_count(w->broker, (int32_t)type, partition);

    assert_true(count > 0);
    bus_ram_at(w->broker, (int32_t)type, partition, count - 1, m);
}

static struct bus_position tell_astray(struct world *w, int number)
{
    struct rating_submitted rated = a_rating(number, "course-1", 4, "");
    struct buf bytes = { 0 };
    struct err err;
    int32_t right = world_bucket(w, person(number));

    assert_int_equal(codec_encode(w->codec, EVENT_RATING_SUBMITTED, &rated, &bytes, &err), 0);
    struct bus_position at =
        world_tell_bytes(w, EVENT_RATING_SUBMITTED, (right + 1) % w->partitions, person(number),
                         strlen(person(number)), bytes.data, bytes.size);
    buf_release(&bytes);
    return at;
}

/* At a partition that isn't its key's: sent on to the right one, once. */
static void test_reroute(void **state)
{
    struct world w;
    struct bus_message m, original;
    struct record r;
    char from[64], wanted[64];
    (void)state;

    world_open(&w, 3, 1);
    (void)world_start(&w, &fact_workers[RATING]);
    struct bus_position at = tell_astray(&w, 1);
    world_settle(&w);
    world_check_rest(&w);
    newest(&w, EVENT_RATING_SUBMITTED, world_bucket(&w, person(1)), &m);
    bus_ram_at(w.broker, EVENT_RATING_SUBMITTED, at.partition, (size_t)at.offset, &original);
    world_header(&m, "x-rerouted-from", from, sizeof from);
    (void)snprintf(wanted, sizeof wanted, "rating-submitted/%d/0", (int)at.partition);
    assert_string_equal(from, wanted);
    assert_int_equal(m.value_size, original.value_size);
    assert_memory_equal(m.value, original.value, m.value_size);
    assert_int_equal(m.key_size, original.key_size);
    assert_memory_equal(m.key, original.key, m.key_size);
    world_record(&w, person(1), &r);
    assert_int_equal(r.rating_count, 1);
    assert_int_equal(r.ratings[0].stars, 4);
    assert_int_equal(world_count(&w, EVENT_DEAD_LETTER), 0);
    world_close(&w);
}

/* Misplaced again by whom it was sent on: a dead letter, or it would go round for ever. */
static void test_reroute_twice(void **state)
{
    static const struct bus_header header = { "x-rerouted-from", "rating-submitted/0/0", 20 };
    struct world w;
    struct bus_message m;
    struct seen seen;
    struct dead_letter *letter = calloc(1, sizeof *letter);
    (void)state;

    world_open(&w, 3, 2);
    (void)world_start(&w, &fact_workers[RATING]);
    struct bus_position at = tell_astray(&w, 1);
    bus_ram_at(w.broker, EVENT_RATING_SUBMITTED, at.partition, (size_t)at.offset, &m);
    struct bus_record again = { .topic = "rating-submitted", .partition = at.partition,
                                .key = m.key, .key_size = m.key_size, .value = m.value,
                                .value_size = m.value_size, .headers = &header,
                                .header_count = 1 };
    assert_int_equal(bus_ram_append(w.broker, &again), at.offset + 1);
    world_settle(&w);
    world_check_rest(&w);
    assert_int_equal(world_seen(&w, EVENT_DEAD_LETTER, &seen, 1), 1);
    world_read(&w, EVENT_DEAD_LETTER, &seen.m, letter);
    assert_string_equal(letter->reason, "misplaced a second time");
    assert_int_equal(letter->source_partition, at.partition);
    assert_int_equal(letter->source_offset, at.offset + 1);
    assert_int_equal(letter->original.size, m.value_size);
    assert_memory_equal(letter->original.at, m.value, m.value_size);
    assert_int_equal(world_count(&w, EVENT_RATING_SUBMITTED), 3); /* the first went on its way */
    free(letter);
    world_close(&w);
}

/* ---------------------------------------------------------------- routes without a record */
static const char *answer_and_keep(struct decision *d, const void *event)
{
    const struct incentive_released *e = event;
    struct transfer_retry retry = { .attempt = e->attempt, .stage = STAGE_CHECK,
                                    .reason = e->reason,
                                    .not_before_ms = e->held_since_ms };

    if (e->attempt == 13)
        return "thirteen";
    str_copy(retry.participant_id, sizeof retry.participant_id, e->participant_id);
    str_copy(retry.instalment_id, sizeof retry.instalment_id, e->instalment_id);
    str_copy(retry.failure_id, sizeof retry.failure_id, "failure");
    decision_emit(d, EVENT_TRANSFER_RETRY, &retry, e->participant_id);
    decision_case(d, e->participant_id, "kept", 4);
    return NULL;
}

static const char *set_a_timer(struct decision *d, const void *event)
{
    const struct incentive_released *e = event;

    decision_timer(d, e->participant_id, false, e->held_since_ms);
    return NULL;
}

static void tell_released(struct world *w, int number, int32_t attempt)
{
    struct incentive_released e = { .attempt = attempt, .reason = REASON_ACCOUNT_CLOSED,
                                    .held_since_ms = CLOCK_START_MS };

    str_copy(e.participant_id, sizeof e.participant_id, person(number));
    str_copy(e.instalment_id, sizeof e.instalment_id, "ABCDEFGHJKMNPQRSTVWX");
    (void)world_tell(w, EVENT_INCENTIVE_RELEASED, &e);
}

static size_t ids_of_kind(struct world *w, char kind)
{
    struct store_call call = { .status = STORE_IDLE };
    struct store_span id;
    size_t count = 0;
    int64_t cursor = 0;

    store_step(w->eye);
    do {
        store_ids(w->eye, &call, 0, kind, cursor);
        store_step(w->eye);
        assert_int_equal(call.status, STORE_OK);
        for (size_t i = 0; store_item(w->eye, &call, i, &id); i++)
            count++;
        cursor = call.number;
        store_call_done(w->eye, &call);
    } while (cursor != 0);
    return count;
}

/* Many in one batch: the lists of a batch grow while it is decided. */
static void test_stateless(void **state)
{
    enum { MANY = 700 };
    static const struct route routes[] = {
        { EVENT_INCENTIVE_RELEASED, ROUTE_STATELESS, answer_and_keep },
    };
    static const struct worker_spec spec = { .name = "answering", .routes = routes,
                                             .route_count = 1 };
    struct world w;
    struct transfer_retry retry;
    static struct seen seen[MANY];
    (void)state;

    world_open(&w, 1, 3);
    w.batch = BATCH_LIMIT;
    (void)world_start(&w, &spec);
    for (int n = 0; n < MANY; n++)
        tell_released(&w, n, n == 5 ? 13 : 1);
    world_settle(&w);
    world_check_rest(&w);
    assert_int_equal(world_seen(&w, EVENT_TRANSFER_RETRY, seen, MANY), MANY - 1);
    assert_int_equal(world_check_ids(&w, EVENT_TRANSFER_RETRY), MANY - 1);
    for (int i = 0; i < MANY - 1; i++) {
        world_read(&w, EVENT_TRANSFER_RETRY, &seen[i].m, &retry);
        assert_string_equal(retry.participant_id, seen[i].id);
    }
    assert_int_equal(world_count(&w, EVENT_DEAD_LETTER), 1);
    assert_int_equal(ids_of_kind(&w, 'c'), MANY - 1);
    assert_int_equal(ids_of_kind(&w, 'p'), 0);

    tell_released(&w, 0, 1); /* told again under the same id */
    world_settle(&w);
    assert_int_equal(world_count(&w, EVENT_TRANSFER_RETRY), MANY);
    assert_int_equal(world_check_ids(&w, EVENT_TRANSFER_RETRY), MANY - 1);
    world_close(&w);
}

static void test_timers(void **state)
{
    enum { MANY = 700 };
    static const struct route routes[] = {
        { EVENT_INCENTIVE_RELEASED, ROUTE_RECORD, set_a_timer },
    };
    static const struct worker_spec spec = { .name = "timing", .routes = routes, .route_count = 1 };
    struct world w;
    struct store_call call = { .status = STORE_IDLE };
    struct store_span member;
    (void)state;

    world_open(&w, 1, 4);
    w.batch = BATCH_LIMIT;
    (void)world_start(&w, &spec);
    for (int n = 0; n < MANY; n++)
        tell_released(&w, n, 1);
    world_settle(&w);
    assert_int_equal(ids_of_kind(&w, 'p'), 0); /* a timer alone makes no record */
    store_due(w.eye, &call, 0, "timing", CLOCK_START_MS - 1, 0, MANY);
    store_step(w.eye);
    assert_false(store_item(w.eye, &call, 0, &member));
    store_call_done(w.eye, &call);
    store_due(w.eye, &call, 0, "timing", CLOCK_START_MS, 0, MANY + 1);
    store_step(w.eye);
    for (int n = 0; n < MANY; n++) {
        assert_true(store_item(w.eye, &call, (size_t)n, &member));
        assert_memory_equal(member.at, person(n), member.size);
    }
    assert_false(store_item(w.eye, &call, MANY, &member));
    store_call_done(w.eye, &call);
    world_close(&w);
}

/* ---------------------------------------------------------------- conflicts and bad bytes */
/* A record in conflict takes along the dead letters of its events: they must come back with it. */
static void test_dead_letter_in_conflict(void **state)
{
    int64_t conflicts = counter("insentif_conflicts_total", NULL);
    (void)state;

    for (int turns = 0; turns < 12; turns++) { /* the other writes after so many turns */
        struct world w;
        struct rating_submitted rated = a_rating(1, "course-1", 4, "");
        struct training_completed completed = a_completion(1, "course-1");
        struct record r;
        world_open(&w, 1, 5);
        struct process *rating = world_start(&w, &fact_workers[RATING]);
        struct process *completion = world_start(&w, &fact_workers[COMPLETION]);
        world_settle(&w);
        (void)world_tell_bytes(&w, EVENT_RATING_SUBMITTED, -1, "p0001", 5, "rubbish", 7);
        (void)world_tell(&w, EVENT_RATING_SUBMITTED, &rated);
        (void)world_tell(&w, EVENT_TRAINING_COMPLETED, &completed);
        for (int i = 0; i < turns; i++)
            world_turn(&w, rating);
        world_settle_one(&w, completion);
        world_settle(&w);
        world_check_rest(&w);
        world_record(&w, person(1), &r);
        assert_int_equal(r.rating_count, 1);
        assert_true(r.completed_at_ms != 0);
        assert_int_equal(world_count(&w, EVENT_DEAD_LETTER), 1);
        world_close(&w);
    }
    assert_true(counter("insentif_conflicts_total", NULL) > conflicts);
}

/* So must what the change had to tell, once: the first try was never told. */
static void test_emission_in_conflict(void **state)
{
    int64_t conflicts = counter("insentif_conflicts_total", NULL);
    (void)state;

    for (int turns = 0; turns < 12; turns++) {
        struct world w;
        struct process *p[FACT_WORKERS];
        struct participant_enrolled enrolled = an_enrolment(1, "2023");
        struct account_linked linked = a_link(1, "acc-9");
        world_open(&w, 1, 8);
        world_start_facts(&w, p);
        tell_all_but_enrolment(&w, 1);
        world_settle(&w);
        (void)world_tell(&w, EVENT_PARTICIPANT_ENROLLED, &enrolled);
        (void)world_tell(&w, EVENT_ACCOUNT_LINKED, &linked);
        for (int i = 0; i < turns; i++)
            world_turn(&w, p[ENROLMENT]);
        world_settle_one(&w, p[ELIGIBILITY]);
        world_settle(&w);
        world_check_rest(&w);
        assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), 1);
        world_close(&w);
    }
    assert_true(counter("insentif_conflicts_total", NULL) > conflicts);
}

/* ---------------------------------------------------------------- Redis empty */
/* A new topic is read from its beginning; one that was consumed while Redis knows nothing of it is
 * not: Redis was wiped, and must be rebuilt first. */
static void test_wiped(void **state)
{
    struct world w;
    struct process *p[FACT_WORKERS];
    (void)state;

    world_open(&w, 1, 6);
    world_start_facts(&w, p);
    tell_all(&w, 1);
    world_settle(&w);
    assert_true(shell_ready(p[RATING]->shell));
    store_ram_wipe(w.redis);
    tell_all(&w, 2);
    world_for(&w, 12000);
    for (int k = 0; k < FACT_WORKERS; k++) {
        assert_int_equal(p[k]->shell->buckets[0].state, BUCKET_WIPED);
        assert_false(shell_ready(p[k]->shell));
    }
    assert_int_equal(ids_of_kind(&w, 'p'), 0);
    assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), 1);

    world_kill(&w, p[RATING], false); /* a new member is as careful */
    p[RATING] = world_start(&w, &fact_workers[RATING]);
    world_for(&w, 3000);
    assert_int_equal(p[RATING]->shell->buckets[0].state, BUCKET_WIPED);
    world_close(&w);
}

/* The offset that comes next isn't in the log: what was lost there can't be made up for. */
static void test_out_of_range(void **state)
{
    struct world w;
    struct store_call call = { .status = STORE_IDLE };
    static const char *const topic = "rating-submitted";
    (void)state;

    world_open(&w, 1, 7);
    store_step(w.eye);
    store_own(w.eye, &call, 0, "rating-worker", &topic, 1, 5);
    store_step(w.eye);
    struct store_apply apply = { .worker = "rating-worker", .topic = topic, .prev = -1, .last = 9,
                                 .chain = { call.epoch, 0 }, .bucket_version = -1 };
    store_call_done(w.eye, &call);
    store_apply(w.eye, &call, &apply);
    store_step(w.eye);
    assert_int_equal(call.status, STORE_OK);
    store_call_done(w.eye, &call);

    struct process *p = world_start(&w, &fact_workers[RATING]);
    bool alive = true;
    for (int i = 0; i < 1000 && alive; i++) {
        alive = shell_turn(p->shell);
        virtual_clock_step(1);
    }
    assert_false(alive);
    assert_int_equal(p->shell->fatal.kind, ERR_FATAL);
    assert_non_null(strstr(p->shell->fatal.text, "rating-submitted/0"));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reroute),    cmocka_unit_test(test_reroute_twice),
        cmocka_unit_test(test_stateless),  cmocka_unit_test(test_timers),
        cmocka_unit_test(test_dead_letter_in_conflict),
        cmocka_unit_test(test_emission_in_conflict),
        cmocka_unit_test(test_wiped),      cmocka_unit_test(test_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
