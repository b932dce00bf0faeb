/* The RAM twin: the contract, and what only the twin can do on command. */
#include "contract.h"

#include <stdlib.h>
#include <string.h>

#include "bus/bus_ram.h"

static struct bus *open_ram(struct world *world, const char *group, const int32_t *subscribed,
                            size_t count)
{
    return bus_ram_open(world->self, group, subscribed, count);
}

static void away_ram(struct world *world, bool away)
{
    bus_ram_away(world->self, away);
}

int world_setup(void **state)
{
    static struct world world;
    world = (struct world){ .topics = { "orders", "checks", "ledger" }, .open = open_ram,
                            .away = away_ram };
    world.self = bus_ram_new(world.topics, TOPICS, PARTITIONS, 7);
    bus_ram_now(world.self, 1767225600000);
    *state = &world;
    return 0;
}

int world_teardown(void **state)
{
    bus_ram_free(((struct world *)*state)->self);
    return 0;
}

static void a_killed_members_buckets_go_to_the_others(void **state)
{
    struct world *world = *state;
    const int32_t orders = ORDERS;
    struct bus_event event;
    struct bus *a = join(world, "g", ORDERS, &event);
    struct bus *b = world->open(world, "g", &orders, 1);
    await(a, BUS_REVOKED, &event);
    bus_revoke_done(a);
    await(a, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS / 2);
    await(b, BUS_ASSIGNED, &event);
    struct bus_ticket ticket = { 0 };
    struct err err;
    struct bus_record record = { .topic = "orders", .value = "v", .value_size = 1 };
    assert_int_equal(bus_produce(b, &record, &ticket, &err), 0);
    bus_ram_kill(b);
    assert_int_equal(ticket.pending, 1); /* its tickets are nobody's */
    assert_int_equal(bus_ram_count(world->self, ORDERS, 0), 1);
    await(a, BUS_REVOKED, &event);
    bus_revoke_done(a);
    await(a, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS);
    bus_close(a);
}

static void an_expelled_member_goes_on_until_it_polls(void **state)
{
    struct world *world = *state;
    const int32_t orders = ORDERS;
    struct bus_event event;
    struct bus_message m;
    struct err err;
    struct bus *zombie = join(world, "g", ORDERS, &event);
    assign_all(zombie, &event, ORDERS, BUS_BEGINNING);
    assert_false(bus_poll(zombie, &event));
    struct bus_record record = { .topic = "orders", .value = "m0", .value_size = 2 };
    assert_int_equal(bus_ram_append(world->self, &record), 0);

    struct bus *heir = world->open(world, "g", &orders, 1);
    bus_ram_expel(zombie);
    await(heir, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS);
    assert_int_equal(bus_take(zombie, ORDERS, 0, &m, 1), 1); /* both have bucket 0 now */
    const struct bus_position one = { ORDERS, 0, 1 };
    assert_int_equal(bus_commit(zombie, &one, 1, &err), 0);
    assert_int_equal(bus_ask_committed(heir, &one, 1, &err), 0);
    await(heir, BUS_COMMITTED, &event);
    assert_int_equal(event.positions[0].offset, BUS_NONE); /* the zombie's commit is lost */

    await(zombie, BUS_REVOKED, &event);
    assert_int_equal(bus_take(zombie, ORDERS, 0, &m, 1), 0);
    bus_revoke_done(zombie); /* joins again */
    await(heir, BUS_REVOKED, &event);
    bus_revoke_done(heir);
    await(heir, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS / 2);
    await(zombie, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS / 2);
    bus_close(zombie);
    bus_close(heir);
}

struct outcome {
    size_t stored;
    int64_t lost;
    int polls;
};

static struct outcome produce_with(const struct bus_ram_faults *faults, uint64_t seed)
{
    const char *const topics[] = { "orders" };
    struct bus_ram *ram = bus_ram_new(topics, 1, 1, seed);
    struct bus *bus = bus_ram_open(ram, NULL, NULL, 0);
    bus_ram_faults(ram, faults);
    struct bus_ticket ticket = { 0 };
    struct bus_event event;
    struct err err;
    struct outcome outcome = { 0 };
    for (int i = 0; i < 1000; i++) {
        struct bus_record record = { .topic = "orders", .value = &i, .value_size = sizeof i };
        assert_int_equal(bus_produce(bus, &record, &ticket, &err), 0);
    }
    while (ticket.pending > 0 && outcome.polls < 100) {
        assert_false(bus_poll(bus, &event));
        outcome.polls++;
    }
    outcome.stored = bus_ram_count(ram, 0, 0);
    outcome.lost = ticket.lost;
    assert_int_equal(ticket.pending, 0);
    bus_close(bus);
    bus_ram_free(ram);
    return outcome;
}

static void faults_do_what_they_say_the_same_for_a_seed(void **state)
{
    (void)state;
    struct outcome o = produce_with(&(struct bus_ram_faults){ 0 }, 1);
    assert_int_equal(o.stored, 1000);
    assert_int_equal(o.lost, 0);
    assert_int_equal(o.polls, 1);

    o = produce_with(&(struct bus_ram_faults){ .produce_lost_permille = 100 }, 2);
    assert_in_range(o.lost, 60, 140);
    assert_int_equal(o.stored, 1000 - (size_t)o.lost);

    o = produce_with(&(struct bus_ram_faults){ .produce_twice_permille = 100 }, 3);
    assert_in_range(o.lost, 60, 140);
    assert_int_equal(o.stored, 1000);

    o = produce_with(&(struct bus_ram_faults){ .report_late_permille = 500 }, 4);
    assert_int_equal(o.lost, 0);
    assert_in_range(o.polls, 3, 9);

    const struct bus_ram_faults all = { 50, 50, 500 };
    struct outcome a = produce_with(&all, 5), b = produce_with(&all, 5);
    assert_true(a.stored == b.stored && a.lost == b.lost && a.polls == b.polls);
    struct outcome c = produce_with(&all, 6);
    assert_true(c.stored != a.stored || c.lost != a.lost);
}

static void the_broker_shows_what_it_holds(void **state)
{
    struct world *world = *state;
    struct bus_header headers[BUS_HEADERS_MAX + 4];
    for (size_t i = 0; i < BUS_HEADERS_MAX + 4; i++)
        headers[i] = (struct bus_header){ "h", &"abcdefghijklmnopqrst"[i], 1 };
    struct bus_record record = { .topic = "checks", .partition = 1, .key = "k", .key_size = 1,
                                 .headers = headers, .header_count = BUS_HEADERS_MAX + 4 };
    assert_int_equal(bus_ram_append(world->self, &record), 0);
    struct bus_message m;
    bus_ram_at(world->self, CHECKS, 1, 0, &m);
    assert_int_equal(m.timestamp_ms, 1767225600000);
    assert_null(m.value);
    struct bus_headers shown;
    bus_headers(&m, &shown);
    assert_true(shown.cut); /* a partner may send more than we show */
    assert_int_equal(shown.count, BUS_HEADERS_MAX);
    assert_memory_equal(shown.at[15].value, "p", 1);
    bus_ram_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TESTS,
        CONTRACT_TESTS_AWAY,
        WORLD_TEST(a_killed_members_buckets_go_to_the_others),
        WORLD_TEST(an_expelled_member_goes_on_until_it_polls),
        cmocka_unit_test(faults_do_what_they_say_the_same_for_a_seed),
        WORLD_TEST(the_broker_shows_what_it_holds),
    };
    return cmocka_run_group_tests_name("bus on the RAM twin", tests, NULL, NULL);
}
