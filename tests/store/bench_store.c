/*
 * What a record costs: batches of load and apply against a real Redis, with an outbox entry and, in
 * one record of four, a timer.  Not a test: run it by hand, on an otherwise idle machine.
 *
 *     INSENTIF_TEST_REDIS=127.0.0.1:6379 build-release/bin/bench_store [batches]
 *
 * Writes bucket 9999 of that Redis, and drops it at the end.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "redis_tools.h"
#include "store/store.h"

#define BUCKET 9999
#define IDS 20000
#define RECORD_SIZE 350
#define EMISSION_SIZE 200
#define MOST 1000

static struct store *store;
static struct store_call call;
static redisContext *side; /* for INFO and tidying */
static char ids[IDS][16];
static uint8_t values[MOST][RECORD_SIZE];
static struct store_key keys[MOST];
static struct store_write writes[MOST];
static struct store_emit emits[MOST];
static struct store_timer timers[MOST];

static void must(bool fine, const char *what)
{
    if (fine)
        return;
    (void)fprintf(stderr, "bench_store: %s: status %d %s\n", what, (int)call.status, call.err.text);
    exit(1);
}

static void finish_call(void)
{
    while (store_step(store), call.status == STORE_WAITING) {
        bool want_write = false;
        struct pollfd ready = { .fd = store_fd(store, &want_write), .events = POLLIN };
        if (want_write)
            ready.events |= POLLOUT;
        (void)poll(&ready, 1, 100);
    }
}

static double our_cpu_us(void)
{
    struct rusage usage;

    must(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double field(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    must(at != NULL, name);
    return strtod(at + strlen(name), NULL);
}

static double redis_cpu_us(double *user_us)
{
    redisReply *info = redisCommand(side, "INFO cpu");

    must(info && info->type == REDIS_REPLY_STRING, "INFO cpu");
    *user_us = field(info->str, "used_cpu_user:") * 1e6;
    double both = *user_us + field(info->str, "used_cpu_sys:") * 1e6;
    freeReplyObject(info);
    return both;
}

static void put_version(uint8_t *at, int64_t version)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)((uint64_t)version >> (56 - 8 * i));
}

/* One batch: load, then apply. Returns the bucket version. */
static int64_t batch(size_t size, size_t first, int64_t round, struct store_chain *chain,
                     bool compare)
{
    static const uint8_t emission[EMISSION_SIZE];
    struct store_apply apply = {
        .bucket = BUCKET, .worker = "bench", .chain = *chain, .topic = "bench",
        .prev = chain->sequence - 1, .last = chain->sequence, .trim = (int64_t)size,
        .writes = writes, .write_count = size, .emits = emits, .emit_count = size,
        .timers = timers, .timer_count = size / 4,
    };

    for (size_t i = 0; i < size; i++)
        keys[i] = (struct store_key){ 'p', ids[first + i] };
    store_load(store, &call, BUCKET, keys, size);
    finish_call();
    must(call.status == STORE_OK && call.count == size, "load");
    apply.bucket_version = compare ? -1 : call.number;
    store_call_done(store, &call);
    for (size_t i = 0; i < size; i++) {
        put_version(values[i], round + 1);
        writes[i] = (struct store_write){ .key = keys[i], .expected = round,
                                          .bytes = { values[i], RECORD_SIZE } };
        emits[i] = (struct store_emit){ (int32_t)i, { emission, sizeof emission } };
        timers[i] = (struct store_timer){ (int32_t)i, keys[i].id, STORE_CLOCK_BUSINESS, round };
    }
    store_apply(store, &call, &apply);
    finish_call();
    must(call.status == STORE_OK, "apply");
    chain->sequence++;
    int64_t version = call.number;
    store_call_done(store, &call);
    return version;
}

static void measure(size_t size, long batches, bool compare)
{
    double user_before, user_after;

    redisReply *gone = redisCommand(side, "EVAL %s 0",
        "for _, k in ipairs(redis.call('KEYS', '*{9999}*')) do redis.call('UNLINK', k) end");
    must(gone && gone->type != REDIS_REPLY_ERROR, "clean");
    freeReplyObject(gone);
    store_own(store, &call, BUCKET, "bench", NULL, 0, 1);
    finish_call();
    must(call.status == STORE_OK, "own");
    struct store_chain chain = { call.epoch, 0 };
    store_call_done(store, &call);

    size_t per_round = IDS / size;
    for (size_t i = 0; i < per_round; i++) /* first all are made; that isn't measured */
        (void)batch(size, i * size, 0, &chain, compare);
    double redis_before = redis_cpu_us(&user_before), ours_before = our_cpu_us();
    for (long i = 0; i < batches; i++)
        (void)batch(size, (size_t)i % per_round * size, 1 + i / (long)per_round, &chain, compare);
    double ours = our_cpu_us() - ours_before;
    double redis = redis_cpu_us(&user_after) - redis_before;
    double records = (double)batches * (double)size;
    (void)printf("batches of %4zu, %-12s  Redis %.2f us per record (user %.2f)   ours %.2f us\n",
                 size, compare ? "compared" : "skipped", redis / records,
                 (user_after - user_before) / records, ours / records);
}

int main(int argc, char **argv)
{
    const struct store_redis_conf conf = { getenv("INSENTIF_TEST_REDIS"), "", "" };
    long batches = argc > 1 ? strtol(argv[1], NULL, 10) : 400;
    struct err err = { ERR_NONE, "" };

    if (!conf.address || store_redis_install(&conf, &err) ||
        !(store = store_redis_open(&conf, &err))) {
        (void)fprintf(stderr, "bench_store: INSENTIF_TEST_REDIS=host:port: %s\n", err.text);
        return 1;
    }
    side = raw_connect(conf.address);
    must(side != NULL, "connect");
    for (int i = 0; i < IDS; i++)
        (void)snprintf(ids[i], sizeof ids[i], "PST-%08d", i);
    while (store_trouble(store, &err))
        store_step(store);
    measure(250, batches * 4, false);
    measure(1000, batches, false);
    measure(250, batches * 4, true);
    measure(1000, batches, true);
    freeReplyObject(redisCommand(side, "EVAL %s 0",
        "for _, k in ipairs(redis.call('KEYS', '*{9999}*')) do redis.call('UNLINK', k) end"));
    store_close(store);
    redisFree(side);
    return 0;
}
