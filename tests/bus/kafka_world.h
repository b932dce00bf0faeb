#ifndef TESTS_BUS_KAFKA_WORLD_H
#define TESTS_BUS_KAFKA_WORLD_H

/* What the worlds on librdkafka share. */
#include <librdkafka/rdkafka.h>

#include "contract.h"

#define PROPERTIES_MAX 8
#define MOCK_BROKERS 2

struct kafka_world {
    struct world world;
    const char *brokers;
    char names[TOPICS][64];
    struct bus_kafka_property properties[PROPERTIES_MAX];
    size_t property_count;
    rd_kafka_t *host;                  /* the mock cluster's */
    struct rd_kafka_mock_cluster_s *mock;
};

struct bus *kafka_world_open(struct world *world, const char *group, const int32_t *subscribed,
                             size_t count);
void kafka_world_no_timers(struct bus *bus);

/* Tests that need librdkafka but not a certain broker. */
void a_fatal_producer_is_replaced(void **state);
void headers_beyond_the_limit_are_cut(void **state);
void owned_and_bad_properties_are_refused(void **state);
#define KAFKA_TESTS                                                                                \
    WORLD_TEST(a_fatal_producer_is_replaced), WORLD_TEST(headers_beyond_the_limit_are_cut),        \
        WORLD_TEST(owned_and_bad_properties_are_refused)

#endif
