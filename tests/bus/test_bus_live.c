/* A real Kafka, at INSENTIF_TEST_KAFKA=host:port. Each test makes topics of its own. */
#include "kafka_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bus/admin.h"

static const char *const configs[][2] = { { "retention.ms", "-1" },
                                          { "message.timestamp.type", "LogAppendTime" } };

static struct bus_kafka_conf admin_conf(const struct kafka_world *kw)
{
    return (struct bus_kafka_conf){ .brokers = kw->brokers, .client_id = "test-bus-admin" };
}

int world_setup(void **state)
{
    static struct kafka_world kw;
    static int made;
    kw = (struct kafka_world){ .brokers = getenv("INSENTIF_TEST_KAFKA") };
    kw.world = (struct world){ .self = &kw, .open = kafka_world_open,
                               .rebalance_ms = 1500, .no_timers = kafka_world_no_timers };
    kw.properties[kw.property_count++] =
        (struct bus_kafka_property){ "heartbeat.interval.ms", "200" };
    kw.properties[kw.property_count++] =
        (struct bus_kafka_property){ "session.timeout.ms", "6000" };
    struct bus_topic_spec specs[TOPICS];
    made++;
    for (int t = 0; t < TOPICS; t++) {
        (void)snprintf(kw.names[t], sizeof kw.names[t], "test-bus-%lld-%d-%d-%d",
                       (long long)clock_wire_ms(), (int)getpid(), made, t);
        kw.world.topics[t] = kw.names[t];
        specs[t] = (struct bus_topic_spec){ .name = kw.names[t], .partitions = PARTITIONS,
                                            .replication = 1, .config = configs,
                                            .config_count = 2 };
    }
    struct bus_topic_report reports[TOPICS];
    struct err err;
    struct bus_kafka_conf conf = admin_conf(&kw);
    if (bus_topics_create(&conf, specs, TOPICS, reports, 20000, &err)) {
        print_error("%s\n", err.text);
        return -1;
    }
    for (int t = 0; t < TOPICS; t++)
        if (reports[t].state != BUS_TOPIC_CREATED) {
            print_error("%s: %s\n", kw.names[t], reports[t].detail);
            return -1;
        }
    *state = &kw.world;
    return 0;
}

int world_teardown(void **state)
{
    (void)state; /* topics carry the time and are left to the broker's owner */
    return 0;
}

/* ---------------------------------------------------------------- what only Kafka itself can do */
static struct bus_topic_report run_one(const struct kafka_world *kw, bool create,
                                       const struct bus_topic_spec *spec)
{
    struct bus_topic_report report;
    struct bus_kafka_conf conf = admin_conf(kw);
    struct err err;
    int code = create ? bus_topics_create(&conf, spec, 1, &report, 20000, &err)
                      : bus_topics_check(&conf, spec, 1, &report, 20000, &err);
    if (code)
        fail_msg("%s", err.text);
    return report;
}

static void topics_are_made_and_compared(void **state)
{
    struct kafka_world *kw = ((struct world *)*state)->self;
    static const char *const other[][2] = { { "retention.ms", "1000" } };
    static const char *const unknown[][2] = { { "no.such.setting", "1" } };
    char fresh[80];
    (void)snprintf(fresh, sizeof fresh, "%s-fresh", kw->names[0]);
    const char *old = kw->names[0];
    const struct {
        bool create;
        struct bus_topic_spec spec;
        enum bus_topic_state state;
        const char *says;
    } rows[] = {
        { true, { old, PARTITIONS, 1, configs, 2 }, BUS_TOPIC_OK, "" },
        { false, { old, PARTITIONS, 1, configs, 2 }, BUS_TOPIC_OK, "" },
        { false, { old, PARTITIONS + 1, 1, configs, 2 }, BUS_TOPIC_WRONG,
          "it has 4 partitions, must have 5" },
        { true, { old, PARTITIONS, 3, configs, 2 }, BUS_TOPIC_WRONG,
          "replication of partition 0 is 1, must be 3" },
        { false, { old, PARTITIONS, 1, other, 1 }, BUS_TOPIC_WRONG,
          "retention.ms is -1, must be 1000" },
        { false, { old, PARTITIONS, 1, unknown, 1 }, BUS_TOPIC_WRONG,
          "no.such.setting is not there, must be 1" },
        { false, { fresh, 2, 1, NULL, 0 }, BUS_TOPIC_MISSING, "" },
        { true, { fresh, 2, 3, NULL, 0 }, BUS_TOPIC_REFUSED, "eplication" },
        { true, { fresh, 2, 1, unknown, 1 }, BUS_TOPIC_REFUSED, "no.such.setting" },
        { true, { fresh, 2, 1, NULL, 0 }, BUS_TOPIC_CREATED, "" },
        { true, { "not a name", 2, 1, NULL, 0 }, BUS_TOPIC_REFUSED, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bus_topic_report report = run_one(kw, rows[i].create, &rows[i].spec);
        if (report.state != rows[i].state || !strstr(report.detail, rows[i].says))
            fail_msg("row %zu: state %d, %s", i, (int)report.state, report.detail);
    }
}

static void a_topic_that_comes_later_is_waited_for(void **state)
{
    struct world *world = *state;
    struct kafka_world *kw = world->self;
    const int32_t both[] = { ORDERS, CHECKS };
    struct bus_event event;
    char later[80];
    (void)snprintf(later, sizeof later, "%s-later", kw->names[CHECKS]);
    world->topics[CHECKS] = later;
    struct bus *member = world->open(world, later, both, 2);
    await(member, BUS_FAILED, &event);
    assert_int_equal(event.err.kind, ERR_RETRY);
    struct bus_topic_spec spec = { .name = later, .partitions = PARTITIONS, .replication = 1 };
    assert_int_equal(run_one(kw, true, &spec).state, BUS_TOPIC_CREATED);
    await(member, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS);
    bus_close(member);
}

/* A member that doesn't come round for longer than max.poll.interval.ms loses its buckets; when it
 * wakes up it hears of it before anything else, and joins again. */
static void a_sleeping_member_is_thrown_out(void **state)
{
    struct world *world = *state;
    struct kafka_world *kw = world->self;
    const int32_t orders = ORDERS;
    struct bus_event event;
    struct bus_message m;
    kw->properties[kw->property_count++] =
        (struct bus_kafka_property){ "max.poll.interval.ms", "6000" };
    struct bus *zombie = join(world, kw->names[ORDERS], ORDERS, &event);
    assign_all(zombie, &event, ORDERS, BUS_BEGINNING);
    while (bus_poll(zombie, &event))
        assert_int_equal(event.kind, BUS_FAILED);
    struct bus *heir = world->open(world, kw->names[ORDERS], &orders, 1);
    await(heir, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS);

    await(zombie, BUS_REVOKED, &event);
    put(world, heir, ORDERS, 0, "k", "v");
    assert_int_equal(bus_take(zombie, ORDERS, 0, &m, 1), 0);
    bus_revoke_done(zombie);
    await(heir, BUS_REVOKED, &event);
    bus_revoke_done(heir);
    await(zombie, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS / 2);
    await(heir, BUS_ASSIGNED, &event);
    assert_int_equal(event.count, PARTITIONS / 2);
    bus_close(zombie);
    bus_close(heir);
}

int main(void)
{
    if (!getenv("INSENTIF_TEST_KAFKA")) {
        print_error("INSENTIF_TEST_KAFKA=host:port must name a Kafka broker\n");
        return 1;
    }
    const struct CMUnitTest tests[] = {
        CONTRACT_TESTS,
        KAFKA_TESTS,
        WORLD_TEST(topics_are_made_and_compared),
        WORLD_TEST(a_topic_that_comes_later_is_waited_for),
        WORLD_TEST(a_sleeping_member_is_thrown_out),
    };
    return cmocka_run_group_tests_name("bus on Kafka", tests, NULL, NULL);
}
