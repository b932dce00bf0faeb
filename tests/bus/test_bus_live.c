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
                               .no_timers = kafka_world_no_timers };
    kw.properties[kw.property_count++] =
        (struct bus_kafka_property){ "heartbeat.interval.ms", "200" };
    kw.properties[kw.property_count++] = (struct bus_kafka_property){ "session.timeout.ms", "6000" };
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

int main(void)
{
    if (!getenv("INSENTIF_TEST_KAFKA")) {
        print_error("INSENTIF_TEST_KAFKA=host:port must name a Kafka broker\n");
        return 1;
    }
    const struct CMUnitTest tests[] = {
        CONTRACT_TESTS,
        KAFKA_TESTS,
    };
    return cmocka_run_group_tests_name("bus on Kafka", tests, NULL, NULL);
}
