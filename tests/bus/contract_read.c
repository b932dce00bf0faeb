/* The contract of common/bus/bus.h: writing, and reading as a member of a group. */
#include "contract.h"

#include "base/clock.h"

void contract_round_trip(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    const struct bus_header headers[] = {
        { "ce_id", "abc", 3 }, { "ce_type", "x", 1 }, { "empty", "", 0 },
    };
    const struct bus_record records[] = {
        { .key = "k1", .key_size = 2, .value = "v1", .value_size = 2, .headers = headers,
          .header_count = 3 },
        { .key = "k2", .key_size = 2 },     /* tombstone */
        { .value = "v3", .value_size = 2 }, /* no key */
        { .key = "k4", .key_size = 2, .value = "", .value_size = 0 },
    };
    struct bus_ticket ticket = { 0 };
    for (size_t i = 0; i < 4; i++) {
        struct err err;
        struct bus_record record = records[i];
        record.topic = world->topics[ORDERS];
        record.partition = 2;
        assert_int_equal(bus_produce(partner, &record, &ticket, &err), 0);
    }
    assert_int_equal(ticket.pending, 4);
    settle(partner, &ticket);
    assert_int_equal(ticket.lost, 0);

    struct bus *member = join(world, "round", ORDERS, &event);
    assert_int_equal(event.count, PARTITIONS);
    struct bus_message m;
    assert_int_equal(bus_take(member, ORDERS, 2, &m, 1), 0); /* no position yet */
    assign_all(member, &event, ORDERS, BUS_BEGINNING);
    for (size_t i = 0; i < 4; i++) {
        take_one(member, ORDERS, 2, &m);
        assert_int_equal(m.topic, ORDERS);
        assert_int_equal(m.partition, 2);
        assert_int_equal(m.offset, i);
        assert_true(m.timestamp_ms > 0);
        assert_bytes(m.key, m.key_size, records[i].key);
        assert_bytes(m.value, m.value_size, records[i].value);
        struct bus_headers shown;
        bus_headers(&m, &shown);
        assert_int_equal(shown.count, records[i].header_count);
        assert_false(shown.cut);
        for (size_t h = 0; h < shown.count; h++) {
            assert_string_equal(shown.at[h].name, headers[h].name);
            assert_bytes(shown.at[h].value, shown.at[h].size, headers[h].value);
        }
        bus_release(member, &m, 1);
    }
    assert_int_equal(bus_partitions(member, ORDERS), PARTITIONS);
    bus_close(member);
    bus_close(partner);
}

void contract_positions(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct bus_message m;
    struct err err;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    put_many(world, partner, ORDERS, 0, 0, 10);
    put_many(world, partner, ORDERS, 1, 0, 10);
    struct bus *member = join(world, "positions", ORDERS, &event);

    const struct bus_position both[] = { { ORDERS, 0, 7 }, { ORDERS, 1, 7 } };
    assert_int_equal(bus_assign(member, both, 2, &err), 0);
    take_one(member, ORDERS, 1, &m);
    assert_is(&m, 7);
    bus_release(member, &m, 1);

    /* The whole assignment is replaced: 0 goes on where said, 1 is no longer read. */
    const struct bus_position only[] = { { ORDERS, 0, 3 } };
    assert_int_equal(bus_assign(member, only, 1, &err), 0);
    for (int i = 3; i < 10; i++) {
        take_one(member, ORDERS, 0, &m);
        assert_is(&m, i);
        bus_release(member, &m, 1);
    }
    assert_int_equal(bus_take(member, ORDERS, 1, &m, 1), 0);
    assert_int_equal(bus_assign(member, NULL, 0, &err), 0);
    assert_int_equal(bus_take(member, ORDERS, 0, &m, 1), 0);

    /* From the end: only what comes later. The position is taken up within some polls, so write
     * until one is seen. */
    assign_all(member, &event, ORDERS, BUS_END);
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    for (int i = 10; bus_take(member, ORDERS, 0, &m, 1) == 0; i++) {
        assert_true(clock_boot_ms() < until_ms);
        put_many(world, partner, ORDERS, 0, i, 1);
        while (bus_poll(member, &event))
            assert_int_not_equal(event.kind, BUS_OUT_OF_RANGE);
    }
    assert_true(m.offset >= 10);
    bus_release(member, &m, 1);
    bus_close(member);
    bus_close(partner);
}

/* After a seek the first message is the one asked for, whatever was on its way. */
void contract_seek(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct bus_message m[50];
    struct err err;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    put_many(world, partner, ORDERS, 1, 0, 500);
    put_many(world, partner, ORDERS, 2, 0, 500);
    struct bus *member = join(world, "seek", ORDERS, &event);
    assign_all(member, &event, ORDERS, BUS_BEGINNING);

    unsigned random = 12345;
    int64_t other = 0; /* partition 2 is read on meanwhile, without gap or repetition */
    for (int round = 0; round < 40; round++) {
        random = random * 1103515245 + 12345;
        int64_t to = (random >> 16) % 500;
        if (random % 3 == 0) /* something taken, something left lying */
            bus_release(member, m, bus_take(member, ORDERS, 1, m, 5));
        struct bus_position at = { ORDERS, 1, round % 8 == 7 ? BUS_BEGINNING : to };
        if (round % 5 == 4) { /* the second of two seeks counts */
            struct bus_position before = { ORDERS, 1, 499 - to };
            assert_int_equal(bus_seek(member, &before, &err), 0);
        }
        assert_int_equal(bus_seek(member, &at, &err), 0);
        int64_t first = at.offset == BUS_BEGINNING ? 0 : to;
        if (bus_take(member, ORDERS, 1, m, 1) == 1) { /* at once: nothing, or the right one */
            assert_is(m, first);
            bus_release(member, m, 1);
            continue;
        }
        for (int64_t i = first; i < 500 && i < first + 20; i++) {
            take_one(member, ORDERS, 1, m);
            assert_is(m, i);
            bus_release(member, m, 1);
        }
        size_t n = bus_take(member, ORDERS, 2, m, 13);
        for (size_t i = 0; i < n; i++)
            assert_is(&m[i], other++);
        bus_release(member, m, n);
    }
    while (other < 500) {
        take_one(member, ORDERS, 2, m);
        assert_is(m, other++);
        bus_release(member, m, 1);
    }
    bus_close(member);
    bus_close(partner);
}

void contract_out_of_range(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct bus_message m;
    struct err err;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    put_many(world, partner, ORDERS, 1, 0, 5);
    struct bus *member = join(world, "range", ORDERS, &event);
    const struct bus_position beyond[] = { { ORDERS, 1, 77 }, { ORDERS, 0, 0 } };
    assert_int_equal(bus_assign(member, beyond, 2, &err), 0);

    for (int round = 0; round < 2; round++) {
        int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
        for (;;) { /* it is found by taking */
            assert_int_equal(bus_take(member, ORDERS, 1, &m, 1), 0);
            if (bus_poll(member, &event) && event.kind == BUS_OUT_OF_RANGE)
                break;
            doze(member, until_ms, "out of range");
        }
        assert_int_equal(event.positions[0].topic, ORDERS);
        assert_int_equal(event.positions[0].partition, 1);
        assert_int_equal(event.positions[0].offset, 77 + round);
        const struct bus_position again = { ORDERS, 1, round == 0 ? 78 : 2 };
        assert_int_equal(bus_seek(member, &again, &err), 0);
    }
    take_one(member, ORDERS, 1, &m);
    assert_is(&m, 2);
    bus_release(member, &m, 1);
    bus_close(member);
    bus_close(partner);
}

/* An error about a position that was left meanwhile must not be taken for one about the new. */
void contract_old_errors(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct bus_message m;
    struct err err;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    put_many(world, partner, ORDERS, 1, 0, 5);
    struct bus *member = join(world, "old", ORDERS, &event);
    const struct bus_position start = { ORDERS, 1, 0 };
    assert_int_equal(bus_assign(member, &start, 1, &err), 0);
    take_one(member, ORDERS, 1, &m);
    bus_release(member, &m, 1);
    for (int round = 0; round < 30; round++) {
        const struct bus_position bad = { ORDERS, 1, 99 }, good = { ORDERS, 1, round % 5 };
        int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
        assert_int_equal(bus_seek(member, &bad, &err), 0);
        for (int i = 0; i <= round; i++) /* let it get more or less far */
            if (bus_poll(member, &event))
                assert_int_equal(event.kind, BUS_OUT_OF_RANGE);
        (void)bus_take(member, ORDERS, 1, &m, 1);
        assert_int_equal(bus_seek(member, &good, &err), 0);
        while (bus_take(member, ORDERS, 1, &m, 1) == 0) {
            while (bus_poll(member, &event))
                if (event.kind != BUS_OUT_OF_RANGE || event.positions[0].offset != 99)
                    fail_msg("event %d about offset %lld", (int)event.kind,
                             (long long)event.positions[0].offset);
            doze(member, until_ms, "the message after an error");
        }
        assert_is(&m, good.offset);
        bus_release(member, &m, 1);
    }
    bus_close(member);
    bus_close(partner);
}

/* One message at a time, or three: none may be left lying while the reader sleeps. */
void contract_wakeups(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct bus_message m;
    struct err err;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    struct bus *member = join(world, "wakeups", ORDERS, &event);
    assign_all(member, &event, ORDERS, BUS_BEGINNING);
    if (world->no_timers) {
        world->no_timers(partner);
        world->no_timers(member);
    }
    int64_t next[PARTITIONS] = { 0 };
    unsigned random = 4711;
    for (int round = 0; round < 200; round++) {
        random = random * 1103515245 + 12345;
        int32_t p = (int32_t)((random >> 16) % PARTITIONS);
        int n = random % 5 == 0 ? 3 : 1;
        put_many(world, partner, ORDERS, p, (int)next[p], n);
        if (round % 16 == 15) { /* what lies in the queue is thrown away and read again */
            struct bus_position at = { ORDERS, p, next[p] };
            assert_int_equal(bus_seek(member, &at, &err), 0);
        }
        for (int i = 0; i < n; i++) {
            take_one(member, ORDERS, p, &m);
            assert_is(&m, next[p]++);
            bus_release(member, &m, 1);
        }
    }
    bus_close(member);
    bus_close(partner);
}
