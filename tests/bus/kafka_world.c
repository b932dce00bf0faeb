#include "kafka_world.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bus/kafka.h"

struct bus *kafka_world_open(struct world *world, const char *group, const int32_t *subscribed,
                             size_t count)
{
    struct kafka_world *kw = world->self;
    struct bus_kafka_conf conf = {
        .brokers = kw->brokers,
        .group = group,
        .client_id = "test-bus",
        .topics = world->topics,
        .topic_count = TOPICS,
        .subscribed = subscribed,
        .subscribed_count = count,
        .properties = kw->properties,
        .property_count = kw->property_count,
    };
    struct err err;
    struct bus *bus = bus_kafka_open(&conf, &err);
    if (!bus)
        fail_msg("%s", err.text);
    return bus;
}

/* The watch wakes the loop every two seconds, which would hide a lost event. */
void kafka_world_no_timers(struct bus *bus)
{
    struct kafka *k = bus->self;
    watch_close(k);
}

void a_fatal_producer_is_replaced(void **state)
{
    struct world *world = *state;
    struct bus *bus = world->open(world, NULL, NULL, 0);
    put(world, bus, ORDERS, 0, "k", "before");
    struct kafka *k = bus->self;
    struct bus_ticket ticket = { 0 };
    struct bus_event event;
    struct err err;
    struct bus_record record = { .topic = world->topics[ORDERS], .value = "m", .value_size = 1 };
    for (int i = 0; i < 5; i++)
        assert_int_equal(bus_produce(bus, &record, &ticket, &err), 0);
    assert_int_equal(rd_kafka_test_fatal_error(
                         k->producer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test"),
                     0);
    assert_int_equal(bus_produce(bus, &record, &ticket, &err), -1);
    assert_int_equal(err.kind, ERR_RETRY);
    await(bus, BUS_FAILED, &event);
    assert_int_equal(event.err.kind, ERR_RETRY);
    settle(bus, &ticket);
    assert_int_equal(ticket.lost, 5);
    put(world, bus, ORDERS, 0, "k", "after");
    bus_close(bus);
}

/* Partners may send more headers than we show; only librdkafka itself writes such a record. */
void headers_beyond_the_limit_are_cut(void **state)
{
    struct world *world = *state;
    struct bus *bus = world->open(world, NULL, NULL, 0);
    put(world, bus, CHECKS, 1, "k", "first");
    struct kafka *k = bus->self;
    struct bus_ticket ticket = { .pending = 1 };
    rd_kafka_headers_t *headers = rd_kafka_headers_new(BUS_HEADERS_MAX + 4);
    for (int i = 0; i < BUS_HEADERS_MAX + 4; i++)
        assert_int_equal(rd_kafka_header_add(headers, "h", -1, i % 2 ? "odd" : NULL, -1), 0);
    rd_kafka_vu_t fields[] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = k->outs[CHECKS] },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = 1 },
        { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = &ticket },
    };
    assert_null(rd_kafka_produceva(k->producer, fields, 4));
    settle(bus, &ticket);
    assert_int_equal(ticket.lost, 0);

    struct bus_position at = { CHECKS, 1, 1 };
    struct bus_message m;
    struct bus_event event;
    struct err err;
    assert_int_equal(bus_read_from(bus, &at, &err), 0);
    int64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    while (bus_read_take(bus, CHECKS, 1, &m, 1) == 0) {
        while (bus_poll(bus, &event))
            assert_int_not_equal(event.kind, BUS_READ_END);
        doze(bus, until_ms, "the record with many headers");
    }
    struct bus_headers shown;
    bus_headers(&m, &shown);
    assert_true(shown.cut);
    assert_int_equal(shown.count, BUS_HEADERS_MAX);
    assert_null(shown.at[0].value);
    assert_int_equal(shown.at[1].size, 3);
    bus_release(bus, &m, 1);
    bus_close(bus);
}

void owned_and_bad_properties_are_refused(void **state)
{
    struct kafka_world *kw = ((struct world *)*state)->self;
    static const struct {
        const char *name, *value, *says;
    } rows[] = {
        { "acks", "1", "all in-sync replicas" },
        { "request.required.acks", "1", "all in-sync replicas" },
        { "enable.idempotence", "false", "retries" },
        { "message.timeout.ms", "1", "never expire" },
        { "delivery.timeout.ms", "1", "never expire" },
        { "auto.offset.reset", "earliest", "explicit" },
        { "enable.auto.commit", "true", "explicit" },
        { "partitioner", "random", "murmur2" },
        { "partition.assignment.strategy", "roundrobin", "bucket" },
        { "group.id", "x", "worker's name" },
        { "bootstrap.servers", "x", "a setting of their own" },
        { "check.crcs", "false", "damaged" },
        { "isolation.level", "read_uncommitted", "aborted" },
        { "transactional.id", "x", "not used" },
        { "message.max.bytes", "1000", "largest of our records" },
        { "receive.message.max.bytes", "1000", "largest of our records" },
        { "queue.buffering.max.kbytes", "1", "at least 1024" },
        { "retries", "0", "never expire" },
        { "max.in.flight", "1", "retries" },
        { "test.mock.num.brokers", "1", "tests" },
        { "no.such.property", "1", "doesn't know" },
        { "linger.ms", "soon", "Invalid" },
        { "security.protocol", "quiet", "Invalid" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct bus_kafka_property property = { rows[i].name, rows[i].value };
        struct bus_kafka_conf conf = { .brokers = kw->brokers, .client_id = "c",
                                       .properties = &property, .property_count = 1 };
        struct err err;
        assert_int_equal(bus_kafka_check(&conf, &err), -1);
        assert_null(bus_kafka_open(&conf, &err));
        assert_int_equal(err.kind, ERR_FATAL);
        if (!strstr(err.text, rows[i].name) || !strstr(err.text, rows[i].says))
            fail_msg("%s=%s: %s", rows[i].name, rows[i].value, err.text);
        if (i == 0)
            assert_ptr_equal(strstr(err.text, "INSENTIF_KAFKA_ACKS: "), err.text);
    }
    struct bus_kafka_conf good = { .brokers = kw->brokers, .client_id = "c" };
    struct err none;
    assert_int_equal(bus_kafka_check(&good, &none), 0);
    static const int32_t first = 0;
    static const struct bus_kafka_conf wrong[] = {
        { .brokers = "", .client_id = "c" },
        { .brokers = "b", .client_id = NULL },
        { .brokers = "b", .client_id = "c", .group = "g" },
        { .brokers = "b", .client_id = "c", .group = "g", .subscribed = &first,
          .subscribed_count = 1 },
        { .brokers = "b", .client_id = "c", .topic_count = BUS_TOPICS_MAX + 1 },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err err;
        assert_null(bus_kafka_open(&wrong[i], &err));
        assert_int_equal(err.kind, ERR_FATAL);
    }
}
