#include "bus/bus.h"

#include <assert.h>

/* A position comes from Redis and from other programs' commits: checked, not asserted. The topic
 * is an index of our own tables. */
static int check_position(const struct bus_position *at, struct err *err)
{
    assert(at->topic >= 0 && at->topic < BUS_TOPICS_MAX);
    if (at->partition < 0 || at->partition >= BUS_PARTITIONS_MAX)
        return err_set(err, ERR_FATAL, "partition %d: must be 0 to %d", (int)at->partition,
                       BUS_PARTITIONS_MAX - 1);
    if (at->offset < 0 && at->offset != BUS_BEGINNING && at->offset != BUS_END)
        return err_set(err, ERR_FATAL, "%lld is no position", (long long)at->offset);
    return 0;
}

static int check_positions(const struct bus_position *at, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (check_position(&at[i], err))
            return -1;
    return 0;
}

static int check_record(const struct bus_record *record, struct err *err)
{
    if (record->value_size > BUS_VALUE_MAX || record->key_size > BUS_KEY_MAX)
        return err_set(err, ERR_REJECT,
                       "a record for %.60s with a key of %zu and a value of %zu bytes: "
                       "the limits are %d and %d",
                       record->topic, record->key_size, record->value_size, BUS_KEY_MAX,
                       BUS_VALUE_MAX);
    if (record->header_count > BUS_HEADERS_MAX)
        return err_set(err, ERR_REJECT, "a record for %.60s with %zu headers: the limit is %d",
                       record->topic, record->header_count, BUS_HEADERS_MAX);
    if (record->partition < 0 || record->partition >= BUS_PARTITIONS_MAX)
        return err_set(err, ERR_REJECT, "a record for %.60s [%d]: partitions are 0 to %d",
                       record->topic, (int)record->partition, BUS_PARTITIONS_MAX - 1);
    return 0;
}

bool bus_poll(struct bus *bus, struct bus_event *event)
{
    event->kind = BUS_NOTHING;
    event->count = 0;
    return bus->ops->poll(bus->self, event);
}

int bus_fd(struct bus *bus)
{
    return bus->ops->fd(bus->self);
}

int bus_assign(struct bus *bus, const struct bus_position *positions, size_t count,
               struct err *err)
{
    if (check_positions(positions, count, err))
        return -1;
    return bus->ops->assign(bus->self, positions, count, err);
}

int bus_seek(struct bus *bus, const struct bus_position *position, struct err *err)
{
    if (check_position(position, err))
        return -1;
    return bus->ops->seek(bus->self, position, err);
}

size_t bus_take(struct bus *bus, int32_t topic, int32_t partition, struct bus_message *out,
                size_t max)
{
    return bus->ops->take(bus->self, topic, partition, out, max);
}

void bus_release(struct bus *bus, struct bus_message *messages, size_t count)
{
    bus->ops->release(bus->self, messages, count);
}

void bus_headers(const struct bus_message *message, struct bus_headers *out)
{
    out->count = 0;
    out->cut = false;
    message->show(message, out);
}

void bus_revoke_done(struct bus *bus)
{
    bus->ops->revoke_done(bus->self);
}

int bus_produce(struct bus *bus, const struct bus_record *record, struct bus_ticket *ticket,
                struct err *err)
{
    assert(record->topic && ticket);
    if (check_record(record, err))
        return -1;
    return bus->ops->produce(bus->self, record, ticket, err);
}

int bus_commit(struct bus *bus, const struct bus_position *positions, size_t count,
               struct err *err)
{
    if (check_positions(positions, count, err))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (positions[i].offset < 0)
            return err_set(err, ERR_FATAL, "%lld can't be committed",
                           (long long)positions[i].offset);
    return bus->ops->commit(bus->self, positions, count, err);
}

int bus_ask_committed(struct bus *bus, const struct bus_position *which, size_t count,
                      struct err *err)
{
    if (count == 0 || count > BUS_TOPICS_MAX)
        return err_set(err, ERR_FATAL, "a question for %zu committed offsets: 1 to %d", count,
                       BUS_TOPICS_MAX);
    for (size_t i = 0; i < count; i++) { /* their offsets mean nothing */
        struct bus_position at = { which[i].topic, which[i].partition, 0 };
        if (check_position(&at, err))
            return -1;
    }
    return bus->ops->ask_committed(bus->self, which, count, err);
}

int bus_read_from(struct bus *bus, const struct bus_position *position, struct err *err)
{
    if (check_position(position, err))
        return -1;
    return bus->ops->read_from(bus->self, position, err);
}

void bus_read_stop(struct bus *bus, int32_t topic, int32_t partition)
{
    bus->ops->read_stop(bus->self, topic, partition);
}

size_t bus_read_take(struct bus *bus, int32_t topic, int32_t partition, struct bus_message *out,
                     size_t max)
{
    return bus->ops->read_take(bus->self, topic, partition, out, max);
}

int bus_partitions(struct bus *bus, int32_t topic)
{
    assert(topic >= 0 && topic < BUS_TOPICS_MAX);
    return bus->ops->partitions(bus->self, topic);
}

bool bus_drain(struct bus *bus, int64_t wait_ms)
{
    return bus->ops->drain(bus->self, wait_ms);
}

void bus_close(struct bus *bus)
{
    if (bus)
        bus->ops->close(bus->self);
}
