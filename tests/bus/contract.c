/* The contract of common/bus/bus.h, test by test. */
#include "contract.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static void assert_bytes(const void *data, size_t size, const char *expected)
{
    if (!expected) {
        assert_null(data);
        return;
    }
    assert_int_equal(size, strlen(expected));
    assert_non_null(data);
    assert_memory_equal(data, expected, size);
}

static void put_many(struct world *world, struct bus *bus, int32_t topic, int32_t partition,
                     int from, int count)
{
    struct bus_ticket ticket = { 0 };
    for (int i = from; i < from + count; i++) {
        struct err err;
        char value[24];
        (void)snprintf(value, sizeof value, "m%d", i);
        struct bus_record record = { .topic = world->topics[topic], .partition = partition,
                                     .key = "k", .key_size = 1, .value = value,
                                     .value_size = strlen(value) };
        if (bus_produce(bus, &record, &ticket, &err))
            fail_msg("%s", err.text);
    }
    settle(bus, &ticket);
    assert_int_equal(ticket.lost, 0);
}

static void assert_is(const struct bus_message *m, int64_t offset)
{
    char value[24];
    (void)snprintf(value, sizeof value, "m%lld", (long long)offset);
    assert_int_equal(m->offset, offset);
    assert_bytes(m->value, m->value_size, value);
}

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
        assert_int_equal(m.header_count, records[i].header_count);
        assert_false(m.headers_cut);
        for (size_t h = 0; h < m.header_count; h++) {
            assert_string_equal(m.headers[h].name, headers[h].name);
            assert_bytes(m.headers[h].value, m.headers[h].size, headers[h].value);
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

struct membership {
    struct bus *bus;
    bool owned[PARTITIONS];
    int assigned, revoked;
};

static void step(struct membership *m)
{
    struct bus_event event;
    while (m->bus && bus_poll(m->bus, &event)) {
        switch ((int)event.kind) {
        case BUS_ASSIGNED:
            assert_int_equal(m->assigned, m->revoked); /* never two in a row */
            m->assigned++;
            memset(m->owned, 0, sizeof m->owned);
            for (size_t i = 0; i < event.count; i++)
                m->owned[event.buckets[i]] = true;
            assign_all(m->bus, &event, ORDERS, BUS_BEGINNING);
            break;
        case BUS_REVOKED:
            m->revoked++;
            memset(m->owned, 0, sizeof m->owned);
            bus_revoke_done(m->bus);
            break;
        default: assert_int_equal(event.kind, BUS_FAILED); break;
        }
    }
}

static size_t owns(const struct membership *m)
{
    size_t n = 0;
    for (int p = 0; p < PARTITIONS; p++)
        n += m->owned[p];
    return n;
}

/* Step all members until they own so many each; no bucket is owned twice at any time. */
static void until_owned(struct membership *members, size_t count, const size_t *wanted)
{
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    for (;;) {
        size_t right = 0;
        for (size_t i = 0; i < count; i++) {
            step(&members[i]);
            right += owns(&members[i]) == wanted[i];
        }
        for (int p = 0; p < PARTITIONS; p++) {
            int owners = 0;
            for (size_t i = 0; i < count; i++)
                owners += members[i].owned[p];
            assert_true(owners <= 1);
        }
        if (right == count)
            return;
        for (size_t i = 0; i < count; i++) /* each may sleep until its next beat, no longer */
            if (members[i].bus && owns(&members[i]) != wanted[i]) {
                doze(members[i].bus, until_ms, "a share of the group");
                break;
            }
    }
}

void contract_members(void **state)
{
    struct world *world = *state;
    const int32_t orders = ORDERS;
    struct membership members[2] = { { 0 }, { 0 } };
    struct bus *partner = world->open(world, NULL, NULL, 0);
    put_many(world, partner, ORDERS, 0, 0, 3);

    members[0].bus = world->open(world, "members", &orders, 1);
    until_owned(members, 2, (const size_t[]){ PARTITIONS, 0 });
    members[1].bus = world->open(world, "members", &orders, 1);
    until_owned(members, 2, (const size_t[]){ PARTITIONS / 2, PARTITIONS / 2 });
    assert_int_equal(members[0].revoked, 1);

    /* Whoever has bucket 0 reads it, from its position of this assignment. */
    struct membership *reader = members[0].owned[0] ? &members[0] : &members[1];
    for (int i = 0; i < 3; i++) {
        struct bus_message m;
        take_one(reader->bus, ORDERS, 0, &m);
        assert_is(&m, i);
        bus_release(reader->bus, &m, 1);
    }
    bus_close(members[0].bus);
    members[0] = (struct membership){ 0 };
    until_owned(members, 2, (const size_t[]){ 0, PARTITIONS });
    struct bus_message m;
    take_one(members[1].bus, ORDERS, 0, &m);
    assert_is(&m, 0);
    bus_release(members[1].bus, &m, 1);
    bus_close(members[1].bus);
    bus_close(partner);
}

static void ask(struct bus *bus, int64_t at_0, int64_t at_3)
{
    const struct bus_position which[] = { { ORDERS, 0, 0 }, { ORDERS, 3, 0 } };
    struct bus_event event;
    struct err err;
    assert_int_equal(bus_ask_committed(bus, which, 2, &err), 0);
    assert_int_equal(bus_ask_committed(bus, which, 2, &err), -1); /* one at a time */
    assert_int_equal(err.kind, ERR_RETRY);
    await(bus, BUS_COMMITTED, &event);
    assert_int_equal(event.count, 2);
    assert_int_equal(event.positions[0].partition, 0);
    assert_int_equal(event.positions[0].offset, at_0);
    assert_int_equal(event.positions[1].partition, 3);
    assert_int_equal(event.positions[1].offset, at_3);
}

/* Nothing comes for a while; with what it waits for, the group would take less. */
static void assert_waits(struct world *world, struct bus *bus)
{
    struct bus_event event;
    int64_t left_ms, until_ms = clock_boot_ms() + world->rebalance_ms;
    do {
        while (bus_poll(bus, &event))
            fail_msg("event %d came too early", (int)event.kind);
        left_ms = until_ms - clock_boot_ms();
        struct pollfd p = { .fd = bus_fd(bus), .events = POLLIN };
        if (left_ms > 0)
            (void)poll(&p, 1, (int)left_ms);
    } while (left_ms > 0);
}

void contract_commit(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    struct err err;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    put_many(world, partner, ORDERS, 3, 0, 9);
    struct bus *member = join(world, "commit", ORDERS, &event);
    ask(member, BUS_NONE, BUS_NONE);

    assign_all(member, &event, ORDERS, BUS_BEGINNING);
    const struct bus_position first = { ORDERS, 3, 4 }, last = { ORDERS, 3, 9 };
    assert_int_equal(bus_commit(member, &first, 1, &err), 0);
    assert_int_equal(bus_commit(member, &last, 1, &err), 0);
    /* Asynchronous: it is there when somebody else sees it, at the latest after we left. */
    while (bus_poll(member, &event))
        assert_int_not_equal(event.kind, BUS_FAILED);

    /* A second member makes the group revoke; the commit before revoke_done() counts. */
    const int32_t orders = ORDERS;
    struct bus *second = world->open(world, "commit", &orders, 1);
    await(member, BUS_REVOKED, &event);
    assert_waits(world, second); /* for our revoke_done() */
    const struct bus_position late = { ORDERS, 0, 0 };
    assert_int_equal(bus_commit(member, &late, 1, &err), 0);
    bus_revoke_done(member);
    struct membership members[2] = { { .bus = member }, { .bus = second } };
    until_owned(members, 2, (const size_t[]){ PARTITIONS / 2, PARTITIONS / 2 });
    ask(second, world->late_commits_fail ? BUS_NONE : 0, 9);
    bus_close(second);
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
    put_many(world, bus, LEDGER, 0, 101, 1); /* behind it, the end was reached a second time */
    while (bus_read_take(bus, LEDGER, 0, &m, 1) == 0) {
        while (bus_poll(bus, &event))
            assert_int_not_equal(event.kind, BUS_READ_END);
        doze(bus, until_ms, "another message behind the end");
    }
    assert_is(&m, 101);
    bus_release(bus, &m, 1);
    assert_false(bus_poll(bus, &event));
    bus_read_stop(bus, LEDGER, 0);
    put_many(world, bus, LEDGER, 0, 102, 1);
    assert_int_equal(bus_read_take(bus, LEDGER, 0, &m, 1), 0);
    assert_int_equal(read_to_end(bus, 0, 102, &end), 1); /* and again after a stop */
    assert_int_equal(end, 103);
    bus_close(bus);
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
