/*
 * The store on a real Redis, named by INSENTIF_TEST_REDIS=host:port: the contract, and the RAM twin
 * beside it. Uses buckets from 9000 on, and leaves nothing of them.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "contract.h"
#include "diff.h"
#include "redis_tools.h"
#include "store/store_ram.h"

struct live {
    const char *address;
    redisContext *raw;
    redisReply *clock; /* as it was before us */
};

static struct store *open_store(void *self)
{
    const struct live *live = self;
    const struct store_redis_conf conf = { live->address, "", "" };
    struct err err;
    struct store *store = store_redis_open(&conf, &err);

    assert_non_null(store);
    return store;
}

/* All keys of the bucket that begin like that. */
static void drop(struct live *live, const char *beginning, int32_t bucket)
{
    redisReply *keys = raw(live->raw, "KEYS %s{%d}*", beginning, (int)bucket);

    for (size_t i = 0; i < keys->elements; i++)
        raw_do(live->raw, "DEL %s", keys->element[i]->str);
    freeReplyObject(keys);
}

static void clean(void *self, int32_t bucket)
{
    drop(self, "*:", bucket);
}

static void drop_timers(void *self, int32_t bucket)
{
    drop(self, "tm:", bucket);
    drop(self, "tw:", bucket);
}

static void rebuild(void *self, int32_t bucket, bool on)
{
    struct live *live = self;

    if (on)
        raw_do(live->raw, "SET rebuild:{%d} 1", (int)bucket);
    else
        raw_do(live->raw, "DEL rebuild:{%d}", (int)bucket);
}

/* Redis has the calls, and answers none: the connection is killed while they wait. */
static void cut(void *self, struct store *store)
{
    struct live *live = self;
    struct sockaddr_in ours = { .sin_port = 0 };
    socklen_t size = sizeof ours;
    char host[INET_ADDRSTRLEN];
    bool want_write;

    assert_int_equal(getsockname(store_fd(store, &want_write), (struct sockaddr *)&ours, &size), 0);
    assert_int_equal(ours.sin_family, AF_INET);
    assert_true(want_write);
    assert_non_null(inet_ntop(AF_INET, &ours.sin_addr, host, sizeof host));
    raw_do(live->raw, "CLIENT PAUSE 60000 WRITE");
    store_step(store);
    raw_do(live->raw, "CLIENT KILL ADDR %s:%d", host, (int)ntohs(ours.sin_port));
    raw_do(live->raw, "CLIENT UNPAUSE");
}

/* ------------------------------------------------------------------ beside the RAM twin */

static struct live live;

static void test_same_answers(void **state)
{
    (void)state;
    const int32_t bucket = 9900;
    const char *given = getenv("INSENTIF_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 20260302;
    struct store_ram *ram = store_ram_new(1);
    struct store *in_memory = store_ram_open(ram), *real = open_store(&live);

    clean(&live, bucket);
    connect_store(in_memory);
    connect_store(real);
    print_message("3000 operations, INSENTIF_TEST_SEED=%llu\n", (unsigned long long)seed);
    diff_run(in_memory, real, bucket, seed, 3000);
    clean(&live, bucket);
    store_close(in_memory);
    store_close(real);
    store_ram_free(ram);
}

/* ------------------------------------------------------------------ main */

static int prepare(void)
{
    const struct store_redis_conf conf = { getenv("INSENTIF_TEST_REDIS"), "", "" };
    struct err err;

    if (!conf.address) {
        (void)fprintf(stderr, "INSENTIF_TEST_REDIS=host:port is not set: tests/run does it\n");
        return -1;
    }
    live.address = conf.address;
    live.raw = raw_connect(live.address);
    if (!live.raw || store_redis_install(&conf, &err)) {
        (void)fprintf(stderr, "%s: %s\n", live.address, live.raw ? err.text : "no connection");
        return -1;
    }
    live.clock = raw(live.raw, "GET clock:rehearsal");
    raw_do(live.raw, "DEL clock:rehearsal");
    return 0;
}

static void put_back(void)
{
    if (live.clock->type == REDIS_REPLY_STRING)
        raw_do(live.raw, "SET clock:rehearsal %s", live.clock->str);
    else
        raw_do(live.raw, "DEL clock:rehearsal");
    freeReplyObject(live.clock);
    redisFree(live.raw);
}

int main(void)
{
    const struct contract_env env = { &live, open_store, clean, rebuild, drop_timers, cut };
    const struct CMUnitTest beside[] = { cmocka_unit_test(test_same_answers) };

    if (prepare())
        return 1;
    int failed = contract_run(&env);
    failed += cmocka_run_group_tests_name("beside the RAM twin", beside, NULL, NULL);
    put_back();
    return failed;
}
