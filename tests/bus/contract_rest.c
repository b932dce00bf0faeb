/* The contract of common/bus/bus.h: the reader, refusals, a broker that is away. */
#include "contract.h"

#include <stdlib.h>

#include "base/clock.h"

/* Read until the end is told; returns the number of messages, each checked. */
static int64_t read_to_end(struct bus *bus, int32_t partition, int64_t from, int64_t *end)
{
    struct bus_position at = { LEDGER, partition, from };
    struct bus_event event;
    struct bus_message m[7];
    struct err err;
    int64_t next = from == BUS_BEGINNING ? 0 : from, count = 0;
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    assert_int_equal(bus_read_from(bus, &at, &err), 0);
    for (;;) {
        size_t n = bus_read_take(bus, LEDGER, partition, m, 7);
        for (size_t i = 0; i < n; i++)
            assert_is(&m[i], next++);
        count += (int64_t)n;
        bus_release(bus, m, n);
        if (bus_poll(bus, &event)) {
            assert_int_equal(event.kind, BUS_READ_END);
            assert_int_equal(event.positions[0].topic, LEDGER);
            assert_int_equal(event.positions[0].partition, partition);
            *end = event.positions[0].offset;
            return count;
        }
        if (n == 0)
            doze(bus, until_ms, "the end");
    }
}

void contract_reader(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct bus_message m;
    int64_t end;
    struct bus *bus = world->open(world, NULL, NULL, 0);
    put_many(world, bus, LEDGER, 0, 0, 100);
    put_many(world, bus, LEDGER, 3, 0, 20);

    assert_int_equal(read_to_end(bus, 0, BUS_BEGINNING, &end), 100);
    assert_int_equal(end, 100);
    assert_int_equal(read_to_end(bus, 0, 42, &end), 58); /* moved, while being read */
    assert_int_equal(end, 100);
    assert_int_equal(read_to_end(bus, 3, 0, &end), 20);
    assert_int_equal(end, 20);
    assert_int_equal(read_to_end(bus, 2, BUS_BEGINNING, &end), 0); /* nothing was ever written */
    assert_int_equal(end, 0);

    /* Only the end, without taking anything; several at once. */
    struct err err;
    const struct bus_position ends[] = { { LEDGER, 0, BUS_END }, { LEDGER, 3, BUS_END } };
    assert_int_equal(bus_read_from(bus, &ends[0], &err), 0);
    assert_int_equal(bus_read_from(bus, &ends[1], &err), 0);
    for (int i = 0; i < 2; i++) {
        await(bus, BUS_READ_END, &event);
        assert_int_equal(event.positions[0].offset, event.positions[0].partition == 0 ? 100 : 20);
    }

    /* It goes on behind the end, and says the end once only. */
    put_many(world, bus, LEDGER, 0, 100, 1);
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    while (bus_read_take(bus, LEDGER, 0, &m, 1) == 0) {
        while (bus_poll(bus, &event))
            assert_int_not_equal(event.kind, BUS_READ_END);
        doze(bus, until_ms, "a message behind the end");
    }
    assert_is(&m, 100);
    bus_release(bus, &m, 1);
    put_many(world, bus, LEDGER, 0, 101, 1); /* between them, the end may be reached again */
    while (bus_read_take(bus, LEDGER, 0, &m, 1) == 0) {
        while (bus_poll(bus, &event))
            assert_int_not_equal(event.kind, BUS_READ_END);
        doze(bus, until_ms, "another message behind the end");
    }
    assert_is(&m, 101);
    bus_release(bus, &m, 1);
    for (int i = 0; i < 4; i++) { /* time enough to reach the end of partition 0 once more */
        const struct bus_position other = { LEDGER, 2, BUS_END };
        assert_int_equal(bus_read_from(bus, &other, &err), 0);
        await(bus, BUS_READ_END, &event);
        assert_int_equal(event.positions[0].partition, 2);
    }
    bus_read_stop(bus, LEDGER, 0);
    put_many(world, bus, LEDGER, 0, 102, 1);
    assert_int_equal(bus_read_take(bus, LEDGER, 0, &m, 1), 0);
    assert_int_equal(read_to_end(bus, 0, 102, &end), 1); /* and again after a stop */
    assert_int_equal(end, 103);
    bus_close(bus);
}

/* The end is told while somebody writes without a pause, and though nobody takes. */
void contract_busy_end(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct err err;
    struct bus *bus = world->open(world, NULL, NULL, 0);
    struct bus *partner = world->open(world, NULL, NULL, 0);
    put_many(world, partner, LEDGER, 1, 0, 1);
    const struct bus_position busy = { LEDGER, 1, BUS_END };
    assert_int_equal(bus_read_from(bus, &busy, &err), 0);
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS / 4;
    int i = 1;
    for (; !bus_poll(bus, &event); i++) {
        assert_true(clock_boot_ms() < until_ms);
        put_many(world, partner, LEDGER, 1, i, 1);
    }
    assert_int_equal(event.kind, BUS_READ_END);
    assert_in_range(event.positions[0].offset, 1, i);
    bus_close(partner);
    bus_close(bus);
}

static void refused(struct bus *bus, const struct bus_record *record)
{
    struct bus_ticket ticket = { 0 };
    struct err err = { .kind = ERR_NONE };
    assert_int_equal(bus_produce(bus, record, &ticket, &err), -1);
    assert_int_equal(err.kind, ERR_REJECT);
    assert_int_equal(ticket.pending, 0);
    assert_int_equal(ticket.lost, 0);
}

void contract_refusals(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct err err;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    put(world, partner, ORDERS, 0, "k", "v"); /* by now the partition counts are known */
    char *big = calloc(1, BUS_VALUE_MAX + 1);
    struct bus_header headers[BUS_HEADERS_MAX + 1];
    for (size_t i = 0; i <= BUS_HEADERS_MAX; i++)
        headers[i] = (struct bus_header){ "h", "x", 1 };
    const char *topic = world->topics[ORDERS];
    refused(partner, &(struct bus_record){ .topic = "nobody-knows-it" });
    refused(partner, &(struct bus_record){ .topic = topic, .partition = -1 });
    refused(partner, &(struct bus_record){ .topic = topic, .partition = PARTITIONS });
    refused(partner, &(struct bus_record){ .topic = topic, .partition = BUS_PARTITIONS_MAX });
    refused(partner, &(struct bus_record){ .topic = topic, .value = big,
                                           .value_size = BUS_VALUE_MAX + 1 });
    refused(partner, &(struct bus_record){ .topic = topic, .key = big,
                                           .key_size = BUS_KEY_MAX + 1 });
    refused(partner, &(struct bus_record){ .topic = topic, .headers = headers,
                                           .header_count = BUS_HEADERS_MAX + 1 });
    free(big);

    const struct bus_position good = { ORDERS, 0, 0 };
    assert_int_equal(bus_assign(partner, &good, 1, &err), -1); /* in no group */
    assert_int_equal(err.kind, ERR_RETRY);
    struct bus *member = join(world, "refusals", ORDERS, &event);
    const struct bus_position bad[] = {
        { CHECKS, 0, 0 },          /* not subscribed */
        { ORDERS, PARTITIONS, 0 }, /* not ours */
        { ORDERS, 0, -5 },         /* no position */
        { ORDERS, -1, 0 },
        { ORDERS, BUS_PARTITIONS_MAX, 0 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(bus_assign(member, &bad[i], 1, &err), -1);
        assert_int_equal(err.kind, ERR_FATAL);
        assert_int_equal(bus_commit(member, &bad[i], 1, &err), -1);
        assert_int_equal(err.kind, ERR_FATAL);
    }
    assert_int_equal(bus_seek(member, &good, &err), -1); /* not assigned */
    assert_int_equal(err.kind, ERR_FATAL);
    assert_int_equal(bus_ask_committed(member, &good, 0, &err), -1);
    assert_int_equal(err.kind, ERR_FATAL);
    assert_int_equal(bus_ask_committed(partner, &good, 1, &err), -1);
    assert_int_equal(err.kind, ERR_FATAL);
    assert_true(bus_drain(partner, 1000));
    bus_close(member);
    bus_close(partner);
    bus_close(NULL);
}

void contract_away(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct bus_message m;
    struct err err;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    struct bus *member = join(world, "away", ORDERS, &event);
    assign_all(member, &event, ORDERS, BUS_BEGINNING);
    put_many(world, partner, ORDERS, 0, 0, 1);
    take_one(member, ORDERS, 0, &m);
    bus_release(member, &m, 1);

    world->away(world, true);
    await(member, BUS_AWAY, &event);
    assert_int_equal(event.err.kind, ERR_RETRY);
    await(partner, BUS_AWAY, &event);
    struct bus_ticket ticket = { 0 };
    struct bus_record record = { .topic = world->topics[ORDERS], .value = "m1", .value_size = 2 };
    assert_int_equal(bus_produce(partner, &record, &ticket, &err), 0);
    while (bus_poll(partner, &event))
        assert_int_equal(event.kind, BUS_FAILED); /* no second BUS_AWAY */
    assert_int_equal(ticket.pending, 1);

    world->away(world, false);
    await(partner, BUS_BACK, &event);
    settle(partner, &ticket);
    assert_int_equal(ticket.lost, 0);
    await(member, BUS_BACK, &event);
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    while (bus_take(member, ORDERS, 0, &m, 1) == 0) {
        while (bus_poll(member, &event)) {
            assert_int_not_equal(event.kind, BUS_AWAY);
            assert_int_not_equal(event.kind, BUS_BACK);
            if (event.kind == BUS_REVOKED) /* a session may have ended meanwhile */
                bus_revoke_done(member);
            if (event.kind == BUS_ASSIGNED)
                assign_all(member, &event, ORDERS, 1);
        }
        doze(member, until_ms, "a message after the outage");
    }
    assert_is(&m, 1);
    bus_release(member, &m, 1);
    bus_close(member);
    bus_close(partner);
}

void contract_drain_away(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct err err;
    struct bus *bus = world->open(world, NULL, NULL, 0);
    put_many(world, bus, ORDERS, 0, 0, 1);
    world->away(world, true);
    await(bus, BUS_AWAY, &event);
    struct bus_ticket ticket = { 0 };
    struct bus_record record = { .topic = world->topics[ORDERS], .value = "x", .value_size = 1 };
    for (int i = 0; i < 3; i++)
        assert_int_equal(bus_produce(bus, &record, &ticket, &err), 0);
    assert_false(bus_drain(bus, 50));
    assert_int_equal(ticket.pending, 0);
    assert_int_equal(ticket.lost, 3);

    world->away(world, false);
    await(bus, BUS_BACK, &event);
    put_many(world, bus, ORDERS, 0, 1, 1); /* it writes again */
    int64_t end;
    struct bus_position at = { ORDERS, 0, BUS_END };
    assert_int_equal(bus_read_from(bus, &at, &err), 0);
    await(bus, BUS_READ_END, &event);
    end = event.positions[0].offset;
    assert_true(end >= 2); /* a purged record may have been on the wire */
    bus_close(bus);
}
