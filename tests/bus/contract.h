#ifndef TESTS_BUS_CONTRACT_H
#define TESTS_BUS_CONTRACT_H

/*
 * What every bus must do, whatever it stands on: the RAM twin, librdkafka's mock cluster, a real
 * Kafka. Each test program gives a world (a fresh broker, or fresh topics, per test) and runs
 * CONTRACT_TESTS beside its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/bus.h"

enum { ORDERS, CHECKS, LEDGER, TOPICS }; /* indexes of the world's topics */
#define PARTITIONS 4
#define PATIENCE_MS 40000 /* longer than any wait that ends well */

struct world {
    const char *topics[TOPICS];
    void *self;
    /* group NULL: a partner, that only writes and reads outside a group */
    struct bus *(*open)(struct world *world, const char *group, const int32_t *subscribed,
                        size_t count);
    void (*away)(struct world *world, bool away); /* NULL: this world's broker can't be stopped */
    int rebalance_ms; /* a group needs less than this when nobody waits */
    bool late_commits_fail; /* the mock refuses commits while members join; Kafka doesn't */
    void (*no_timers)(struct bus *bus); /* only events may wake this bus; NULL: it's always so */
};

int world_setup(void **state); /* *state: struct world */
int world_teardown(void **state);

/* Wait for an event of this kind; others but BUS_AWAY, BUS_BACK and BUS_FAILED (retry) fail. */
void await(struct bus *bus, enum bus_event_kind kind, struct bus_event *event);
/* Sleep on the descriptor; past the time until_ms (boot clock) the test fails with `what`. */
void doze(struct bus *bus, int64_t until_ms, const char *what);
void put(struct world *world, struct bus *bus, int32_t topic, int32_t partition, const char *key,
         const char *value);
/* Values "m<from>" and on; with one writer that starts at 0, value and offset agree. */
void put_many(struct world *world, struct bus *bus, int32_t topic, int32_t partition, int from,
              int count);
void assert_bytes(const void *data, size_t size, const char *expected);
void assert_is(const struct bus_message *m, int64_t offset); /* offset, and value "m<offset>" */
void settle(struct bus *bus, struct bus_ticket *ticket); /* wait until nothing is pending */
/* Assign every owned bucket of a topic from one position. */
void assign_all(struct bus *bus, const struct bus_event *assigned, int32_t topic, int64_t offset);
/* Wait for one message, through bus_poll(), bus_fd() and bus_take() only. */
void take_one(struct bus *bus, int32_t topic, int32_t partition, struct bus_message *out);
struct bus *join(struct world *world, const char *group, int32_t topic, struct bus_event *event);

void contract_round_trip(void **state);
void contract_positions(void **state);
void contract_seek(void **state);
void contract_members(void **state);
void contract_commit(void **state);
void contract_out_of_range(void **state);
void contract_old_errors(void **state);
void contract_reader(void **state);
void contract_busy_end(void **state);
void contract_wakeups(void **state);
void contract_refusals(void **state);
void contract_away(void **state);
void contract_drain_away(void **state);

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
#define CONTRACT_TESTS                                                                             \
    WORLD_TEST(contract_round_trip), WORLD_TEST(contract_positions), WORLD_TEST(contract_seek),    \
        WORLD_TEST(contract_members), WORLD_TEST(contract_commit),                                 \
        WORLD_TEST(contract_out_of_range), WORLD_TEST(contract_old_errors),                        \
        WORLD_TEST(contract_reader), WORLD_TEST(contract_busy_end),                                \
        WORLD_TEST(contract_wakeups), WORLD_TEST(contract_refusals)
#define CONTRACT_TESTS_AWAY WORLD_TEST(contract_away), WORLD_TEST(contract_drain_away)

#endif
