/* The Kafka bus on a mock cluster whose brokers fail, move and come late. */
#include "kafka_world.h"

#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bus/admin.h"

enum { API_PRODUCE = 0, API_FETCH = 1, API_METADATA = 3 }; /* the protocol's request numbers */

/* Produce and read 300 records while the brokers fail requests: each arrives once, in order. */
static void errors_of_brokers_lose_and_double_nothing(void **state)
{
    struct world *world = *state;
    struct kafka_world *kw = world->self;
    static const struct {
        int16_t api;
        rd_kafka_resp_err_t code;
    } rows[] = {
        { API_PRODUCE, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT },
        { API_PRODUCE, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS },
        { API_PRODUCE, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND },
        { API_PRODUCE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION },
        { API_PRODUCE, RD_KAFKA_RESP_ERR__TRANSPORT }, /* the connection is closed */
        { API_FETCH, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION },
        { API_FETCH, RD_KAFKA_RESP_ERR__TRANSPORT },
        { API_METADATA, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE },
    };
    struct bus *partner = world->open(world, NULL, NULL, 0);
    put(world, partner, LEDGER, 0, NULL, "0");
    struct bus_position at = { LEDGER, 0, 0 };
    struct bus_ticket ticket = { 0 };
    struct bus_event event;
    struct bus_message m;
    struct err err;
    assert_int_equal(bus_read_from(partner, &at, &err), 0);
    int64_t next = 0, until_ms = clock_boot_ms() + PATIENCE_MS;
    size_t row = 0, n = 0;
    for (int i = 1; next < 300;) {
        if (i < 300 && ticket.pending == 0) {
            rd_kafka_mock_push_request_errors(kw->mock, rows[row].api, 1, rows[row].code);
            row = (row + 1) % (sizeof rows / sizeof *rows);
            for (int end = i + 10; i < end && i < 300; i++) {
                char value[12];
                (void)snprintf(value, sizeof value, "%d", i);
                struct bus_record record = { .topic = "ledger", .value = value,
                                             .value_size = strlen(value) };
                assert_int_equal(bus_produce(partner, &record, &ticket, &err), 0);
            }
        }
        while (bus_poll(partner, &event))
            assert_true(event.kind == BUS_READ_END || event.kind == BUS_FAILED);
        while ((n = bus_read_take(partner, LEDGER, 0, &m, 1)) > 0) {
            assert_int_equal(strtol(m.value, NULL, 10), next++);
            bus_release(partner, &m, 1);
        }
        if (next < 300 && ticket.pending > 0)
            doze(partner, until_ms, "records through failing brokers");
        assert_true(clock_boot_ms() < until_ms);
    }
    settle(partner, &ticket);
    assert_int_equal(ticket.lost, 0);
    bus_close(partner);
}

static void leaders_may_move(void **state)
{
    struct world *world = *state;
    struct kafka_world *kw = world->self;
    struct bus_event event;
    struct bus_message m;
    struct bus *partner = world->open(world, NULL, NULL, 0);
    struct bus *member = join(world, "leaders", ORDERS, &event);
    assign_all(member, &event, ORDERS, BUS_BEGINNING);
    for (int i = 0; i < 6; i++) {
        char value[12];
        (void)snprintf(value, sizeof value, "%d", i);
        assert_int_equal(
            rd_kafka_mock_partition_set_leader(kw->mock, "orders", 1, 1 + i % MOCK_BROKERS), 0);
        put(world, partner, ORDERS, 1, "k", value);
        take_one(member, ORDERS, 1, &m);
        assert_int_equal(m.offset, i);
        bus_release(member, &m, 1);
    }
    bus_close(member);
    bus_close(partner);
}

static void a_topic_that_comes_later_is_waited_for(void **state)
{
    struct world *world = *state;
    struct kafka_world *kw = world->self;
    const int32_t orders = ORDERS;
    struct bus_event event;
    struct bus_ticket ticket = { 0 };
    struct err err;
    rd_kafka_mock_topic_set_error(kw->mock, "orders", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    struct bus *member = world->open(world, "later", &orders, 1);
    await(member, BUS_FAILED, &event);
    assert_int_equal(event.err.kind, ERR_RETRY);
    assert_non_null(strstr(event.err.text, "orders"));
    assert_int_equal(bus_partitions(member, ORDERS), -1);
    assert_int_equal(bus_partitions(member, LEDGER), PARTITIONS);
    struct bus_record record = { .topic = "orders", .value = "m", .value_size = 1 };
    assert_int_equal(bus_produce(member, &record, &ticket, &err), -1);
    assert_int_equal(err.kind, ERR_REJECT);
    while (bus_poll(member, &event)) /* told once */
        fail_msg("another event: %d", (int)event.kind);

    rd_kafka_mock_topic_set_error(kw->mock, "orders", RD_KAFKA_RESP_ERR_NO_ERROR);
    await(member, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS);
    put(world, member, ORDERS, 0, "k", "v");
    bus_close(member);
}

static void topics_of_different_sizes_are_no_buckets(void **state)
{
    struct world *world = *state;
    struct kafka_world *kw = world->self;
    const int32_t both[] = { ORDERS, CHECKS };
    struct bus_event event;
    struct err err;
    world->topics[CHECKS] = "narrow";
    assert_int_equal(rd_kafka_mock_topic_create(kw->mock, "narrow", PARTITIONS - 1, 1), 0);
    struct bus *member = world->open(world, "sizes", both, 2);
    await(member, BUS_FAILED, &event);
    assert_int_equal(event.err.kind, ERR_RETRY);
    assert_non_null(strstr(event.err.text, "another number of partitions"));
    const struct bus_position at = { ORDERS, 0, 0 };
    assert_int_equal(bus_assign(member, &at, 1, &err), -1);
    assert_int_equal(err.kind, ERR_RETRY);
    bus_close(member);
}

static void an_absent_broker_is_no_error(void **state)
{
    struct world *world = *state;
    struct bus_event event;
    world->away(world, true);
    const int32_t orders = ORDERS;
    struct bus *member = world->open(world, "absent", &orders, 1);
    await(member, BUS_AWAY, &event);
    assert_int_equal(bus_partitions(member, ORDERS), 0);
    world->away(world, false);
    await(member, BUS_BACK, &event);
    await(member, BUS_ASSIGNED, &event);
    bus_close(member);
}

static void topics_of_an_absent_broker_are_an_error(void **state)
{
    struct world *world = *state;
    struct kafka_world *kw = world->self;
    world->away(world, true);
    struct bus_kafka_conf conf = { .brokers = kw->brokers, .client_id = "c" };
    struct bus_topic_spec spec = { .name = "orders", .partitions = 1, .replication = 1 };
    struct bus_topic_report report;
    struct err err;
    assert_int_equal(bus_topics_check(&conf, &spec, 1, &report, 300, &err), -1);
    assert_int_equal(err.kind, ERR_RETRY);
    const struct bus_kafka_property bad = { "no.such.property", "1" };
    conf.properties = &bad;
    conf.property_count = 1;
    assert_int_equal(bus_topics_create(&conf, &spec, 1, &report, 300, &err), -1);
    assert_int_equal(err.kind, ERR_FATAL);
}

static void a_full_queue_is_retried(void **state)
{
    struct world *world = *state;
    struct kafka_world *kw = world->self;
    kw->properties[kw->property_count++] =
        (struct bus_kafka_property){ "queue.buffering.max.messages", "10" };
    struct bus *bus = world->open(world, NULL, NULL, 0);
    put(world, bus, ORDERS, 0, "k", "v");
    rd_kafka_mock_push_request_errors(kw->mock, API_PRODUCE, 3,
                                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    struct bus_ticket ticket = { 0 };
    struct err err;
    struct bus_record record = { .topic = "orders", .value = "m", .value_size = 1 };
    int taken = 0;
    while (bus_produce(bus, &record, &ticket, &err) == 0)
        taken++;
    assert_int_equal(err.kind, ERR_RETRY);
    assert_int_equal(taken, 10);
    settle(bus, &ticket);
    assert_int_equal(ticket.lost, 0);
    put(world, bus, ORDERS, 0, "k", "v");
    bus_close(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KAFKA_TESTS,
        WORLD_TEST(errors_of_brokers_lose_and_double_nothing),
        WORLD_TEST(leaders_may_move),
        WORLD_TEST(a_topic_that_comes_later_is_waited_for),
        WORLD_TEST(topics_of_different_sizes_are_no_buckets),
        WORLD_TEST(an_absent_broker_is_no_error),
        WORLD_TEST(topics_of_an_absent_broker_are_an_error),
        WORLD_TEST(a_full_queue_is_retried),
    };
    return cmocka_run_group_tests_name("bus on failing brokers", tests, NULL, NULL);
}
