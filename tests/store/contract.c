#include "contract.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define BUCKET_FIRST 9000
#define PATIENCE_MS 20000
#define SPANS 4096
#define SPAN_MAX 512

const struct contract_env *contract;

static void wait_a_little(struct store *store, int64_t since_ms)
{
    bool want_write = false;
    struct pollfd ready = { .fd = store_fd(store, &want_write), .events = POLLIN };

    assert_true(clock_boot_ms() - since_ms < PATIENCE_MS);
    if (want_write)
        ready.events |= POLLOUT;
    (void)poll(&ready, 1, ready.fd >= 0 ? 100 : 5);
}

void connect_store(struct store *store)
{
    int64_t since_ms = clock_boot_ms();
    struct err err;

    store_step(store);
    while (store_trouble(store, &err)) {
        assert_int_equal(err.kind, ERR_RETRY);
        wait_a_little(store, since_ms);
        store_step(store);
    }
}

enum store_status finish(struct store *store, struct store_call *call)
{
    int64_t since_ms = clock_boot_ms();

    store_step(store);
    while (call->status == STORE_WAITING) {
        wait_a_little(store, since_ms);
        store_step(store);
    }
    return call->status;
}

/* ------------------------------------------------------------------ desks */

void desk_open(struct desk *desk, const char *worker)
{
    static int32_t next = BUCKET_FIRST;

    *desk = (struct desk){ .bucket = next++, .worker = worker };
    contract->clean(contract->self, desk->bucket);
    desk->store = contract->open(contract->self);
    connect_store(desk->store);
    assert_int_equal(desk_own(desk, 1000), STORE_OK);
}

void desk_join(struct desk *desk, const struct desk *first, const char *worker)
{
    *desk = (struct desk){ .bucket = first->bucket, .worker = worker };
    desk->store = contract->open(contract->self);
    connect_store(desk->store);
    assert_int_equal(desk_own(desk, 1000), STORE_OK);
}

void desk_close(struct desk *desk)
{
    contract->clean(contract->self, desk->bucket);
    store_call_done(desk->store, &desk->call);
    store_close(desk->store);
}

static const char *const topics[] = { TOPIC, OTHER_TOPIC };

enum store_status desk_own(struct desk *desk, int64_t now_ms)
{
    store_call_done(desk->store, &desk->call);
    store_own(desk->store, &desk->call, desk->bucket, desk->worker, topics, 2, now_ms);
    if (finish(desk->store, &desk->call) == STORE_OK)
        desk->chain = (struct store_chain){ desk->call.epoch, 0 };
    return desk->call.status;
}

enum store_status desk_look(struct desk *desk)
{
    store_call_done(desk->store, &desk->call);
    store_look(desk->store, &desk->call, desk->bucket, desk->worker, topics, 2);
    return finish(desk->store, &desk->call);
}

enum store_status desk_load(struct desk *desk, const struct store_key *keys, size_t count)
{
    store_call_done(desk->store, &desk->call);
    store_load(desk->store, &desk->call, desk->bucket, keys, count);
    return finish(desk->store, &desk->call);
}

static enum store_status keep_chain(struct desk *desk)
{
    enum store_status status = finish(desk->store, &desk->call);

    if (status == STORE_OK || status == STORE_CONFLICT)
        desk->chain.sequence++;
    return status;
}

enum store_status desk_apply(struct desk *desk, const struct store_apply *apply)
{
    store_call_done(desk->store, &desk->call);
    store_apply(desk->store, &desk->call, apply);
    return keep_chain(desk);
}

enum store_status desk_trim(struct desk *desk, int64_t count)
{
    store_call_done(desk->store, &desk->call);
    store_trim(desk->store, &desk->call, desk->bucket, desk->worker, desk->chain, count);
    return keep_chain(desk);
}

enum store_status desk_due(struct desk *desk, int64_t business_ms, int64_t wire_ms, size_t max)
{
    store_call_done(desk->store, &desk->call);
    store_due(desk->store, &desk->call, desk->bucket, desk->worker, business_ms, wire_ms, max);
    return finish(desk->store, &desk->call);
}

struct store_apply desk_start(const struct desk *desk)
{
    return (struct store_apply){
        .bucket = desk->bucket,
        .worker = desk->worker,
        .chain = desk->chain,
        .bucket_version = -1,
    };
}

/* ------------------------------------------------------------------ bytes */

struct store_span text_span(const char *text)
{
    return (struct store_span){ text, strlen(text) };
}

struct store_span record_span(int64_t version, const char *text)
{
    static uint8_t spans[SPANS][SPAN_MAX];
    static size_t next;
    uint8_t *at = spans[next++ % SPANS];
    size_t size = strlen(text);

    assert_true(size <= SPAN_MAX - 8);
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)((uint64_t)version >> (56 - 8 * i));
    memcpy(at + 8, text, size);
    return (struct store_span){ at, 8 + size };
}

struct store_write record_write(const char *id, int64_t expected, int64_t version,
                                const char *text)
{
    return (struct store_write){
        .key = { 'p', id }, .expected = expected, .bytes = record_span(version, text), .tied = -1,
    };
}

void assert_item(const struct desk *desk, size_t i, struct store_span wanted)
{
    struct store_span got;

    assert_true(store_item(desk->store, &desk->call, i, &got));
    assert_int_equal(got.at == NULL, wanted.at == NULL);
    if (!wanted.at)
        return;
    assert_int_equal(got.size, wanted.size);
    assert_memory_equal(got.at, wanted.at, wanted.size);
}

void assert_items(const struct desk *desk, const char *const *texts, size_t count)
{
    struct store_span none;

    for (size_t i = 0; i < count; i++)
        assert_item(desk, i, text_span(texts[i]));
    assert_false(store_item(desk->store, &desk->call, count, &none));
    assert_int_equal(desk->call.count, count);
}

void assert_stored(struct desk *desk, char kind, const char *id, struct store_span wanted)
{
    const struct store_key key = { kind, id };

    assert_int_equal(desk_load(desk, &key, 1), STORE_OK);
    assert_item(desk, 0, wanted);
}

/* Owning reads the outbox, and begins a new chain. */
void assert_outbox(struct desk *desk, const char *const *texts, size_t count)
{
    assert_int_equal(desk_look(desk), STORE_OK);
    assert_int_equal(desk->call.count, count);
    assert_int_equal(desk_own(desk, 0), STORE_OK);
    assert_items(desk, texts, count);
}

/* ------------------------------------------------------------------ the table */

int contract_run(const struct contract_env *env)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_watermarks),
        cmocka_unit_test(test_requires),
        cmocka_unit_test(test_conflict),
        cmocka_unit_test(test_conflict_kinds),
        cmocka_unit_test(test_bucket_version),
        cmocka_unit_test(test_thousand),
        cmocka_unit_test(test_most),
        cmocka_unit_test(test_bytes_kept),
        cmocka_unit_test(test_two_kinds_of_records),
        cmocka_unit_test(test_account_conflict),
        cmocka_unit_test(test_account_kinds),
        cmocka_unit_test(test_outbox),
        cmocka_unit_test(test_timers),
        cmocka_unit_test(test_due_order),
        cmocka_unit_test(test_timers_lost),
        cmocka_unit_test(test_rebuild),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_stamp),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_away),
    };

    contract = env;
    return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
