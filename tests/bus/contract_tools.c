/* What the contract's tests are made of: waiting, writing, taking. */
#include "contract.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static const char *const kinds[] = {
    [BUS_NOTHING] = "nothing",     [BUS_ASSIGNED] = "assigned", [BUS_REVOKED] = "revoked",
    [BUS_AWAY] = "away",           [BUS_BACK] = "back",         [BUS_COMMITTED] = "committed",
    [BUS_OUT_OF_RANGE] = "out of range", [BUS_READ_END] = "read end", [BUS_FAILED] = "failed",
};

void doze(struct bus *bus, int64_t until_ms, const char *what)
{
    int64_t left_ms = until_ms - clock_boot_ms();
    struct pollfd p = { .fd = bus_fd(bus), .events = POLLIN };
    if (left_ms <= 0 || poll(&p, 1, (int)left_ms) == 0)
        fail_msg("%s: nothing came", what);
}

void await(struct bus *bus, enum bus_event_kind kind, struct bus_event *event)
{
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    for (;;) {
        while (bus_poll(bus, event)) {
            if (event->kind == kind)
                return;
            if (event->kind == BUS_FAILED && event->err.kind == ERR_RETRY)
                print_message("(%s)\n", event->err.text);
            else if (event->kind == BUS_FAILED)
                fail_msg("waiting for %s: %s", kinds[kind], event->err.text);
            else if (event->kind != BUS_AWAY && event->kind != BUS_BACK)
                fail_msg("waiting for %s, got %s", kinds[kind], kinds[event->kind]);
        }
        doze(bus, until_ms, kinds[kind]);
    }
}

void settle(struct bus *bus, struct bus_ticket *ticket)
{
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    struct bus_event event;
    for (;;) {
        while (bus_poll(bus, &event)) {
            if (event.kind == BUS_FAILED)
                print_message("(%s)\n", event.err.text);
            else if (event.kind != BUS_AWAY && event.kind != BUS_BACK)
                fail_msg("waiting for a delivery report, got %s", kinds[event.kind]);
        }
        if (ticket->pending == 0)
            return;
        doze(bus, until_ms, "a delivery report");
    }
}

void put(struct world *world, struct bus *bus, int32_t topic, int32_t partition, const char *key,
         const char *value)
{
    struct bus_ticket ticket = { 0 };
    struct err err;
    struct bus_record record = {
        .topic = world->topics[topic],
        .partition = partition,
        .key = key,
        .key_size = key ? strlen(key) : 0,
        .value = value,
        .value_size = value ? strlen(value) : 0,
    };
    if (bus_produce(bus, &record, &ticket, &err))
        fail_msg("%s", err.text);
    assert_int_equal(ticket.pending, 1);
    settle(bus, &ticket);
    assert_int_equal(ticket.lost, 0);
}

void assign_all(struct bus *bus, const struct bus_event *assigned, int32_t topic, int64_t offset)
{
    struct bus_position positions[BUS_PARTITIONS_MAX];
    struct err err;
    for (size_t i = 0; i < assigned->count; i++)
        positions[i] = (struct bus_position){ topic, assigned->buckets[i], offset };
    if (bus_assign(bus, positions, assigned->count, &err))
        fail_msg("%s", err.text);
}

void take_one(struct bus *bus, int32_t topic, int32_t partition, struct bus_message *out)
{
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    struct bus_event event;
    for (;;) {
        while (bus_poll(bus, &event))
            if (event.kind != BUS_FAILED && event.kind != BUS_AWAY && event.kind != BUS_BACK)
                fail_msg("waiting for a message, got %s", kinds[event.kind]);
        if (bus_take(bus, topic, partition, out, 1) == 1)
            return;
        doze(bus, until_ms, "a message");
    }
}

struct bus *join(struct world *world, const char *group, int32_t topic, struct bus_event *event)
{
    struct bus *bus = world->open(world, group, &topic, 1);
    assert_non_null(bus);
    await(bus, BUS_ASSIGNED, event);
    return bus;
}

void assert_bytes(const void *data, size_t size, const char *expected)
{
    if (!expected) {
        assert_null(data);
        return;
    }
    assert_int_equal(size, strlen(expected));
    assert_non_null(data);
    assert_memory_equal(data, expected, size);
}

void put_many(struct world *world, struct bus *bus, int32_t topic, int32_t partition, int from,
              int count)
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

void assert_is(const struct bus_message *m, int64_t offset)
{
    char value[24];
    (void)snprintf(value, sizeof value, "m%lld", (long long)offset);
    assert_int_equal(m->offset, offset);
    assert_bytes(m->value, m->value_size, value);
}
