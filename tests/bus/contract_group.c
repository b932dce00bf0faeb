/* The contract of common/bus/bus.h: members coming and going, commits. */
#include "contract.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"

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
    assert_true(members[0].revoked > 0);

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
