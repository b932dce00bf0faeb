#ifndef TESTS_STORE_CONTRACT_H
#define TESTS_STORE_CONTRACT_H

/*
 * The contract of store/store.h as tests, run against the RAM twin and against a real Redis.
 * contract.c: the tools and the table; contract_*.c: the tests.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/store.h"

/* What a test needs beside store.h. */
struct contract_env {
    void *self;
    struct store *(*open)(void *self);                          /* a connection of its own */
    void (*clean)(void *self, int32_t bucket);                  /* drop all of the bucket */
    void (*rebuild)(void *self, int32_t bucket, bool on);       /* the flag rebuild:{b} */
    void (*drop_timers)(void *self, int32_t bucket);            /* all workers' */
    void (*cut)(void *self, struct store *store); /* break it, while its calls are under way */
};

int contract_run(const struct contract_env *env);

/* A worker at work on a bucket. */
struct desk {
    struct store *store;
    int32_t bucket;
    const char *worker;
    struct store_chain chain;
    struct store_call call; /* the last one, finished */
};

#define TOPIC "rating-submitted"
#define OTHER_TOPIC "training-completed"

void desk_open(struct desk *desk, const char *worker); /* in a clean bucket */
void desk_join(struct desk *desk, const struct desk *first, const char *worker); /* in the same */
void desk_close(struct desk *desk);                    /* cleans the bucket, too */

/* Step until the store is connected, until the call is finished. */
void connect_store(struct store *store);
enum store_status finish(struct store *store, struct store_call *call);

/* Each waits for the end and returns the status; results are in desk->call until the next one. */
enum store_status desk_own(struct desk *desk, int64_t now_ms); /* for TOPIC, OTHER_TOPIC */
enum store_status desk_look(struct desk *desk);
enum store_status desk_load(struct desk *desk, const struct store_key *keys, size_t count);
enum store_status desk_apply(struct desk *desk, const struct store_apply *apply);
enum store_status desk_trim(struct desk *desk, int64_t count);
enum store_status desk_due(struct desk *desk, int64_t business_ms, int64_t wire_ms, size_t max);

/* An apply that writes nothing yet, in the right place of the chain; compares each record. */
struct store_apply desk_start(const struct desk *desk);

struct store_span text_span(const char *text);
/* 8 bytes version, then text. Valid for the next 4,000 calls. */
struct store_span record_span(int64_t version, const char *text);
struct store_write record_write(const char *id, int64_t expected, int64_t version,
                                const char *text);

void assert_item(const struct desk *desk, size_t i, struct store_span wanted);
void assert_items(const struct desk *desk, const char *const *texts, size_t count);
/* The value under that key now; wanted.at NULL: none. */
void assert_stored(struct desk *desk, char kind, const char *id, struct store_span wanted);
void assert_outbox(struct desk *desk, const char *const *texts, size_t count);

extern const struct contract_env *contract;

void test_precedence(void **state);
void test_chain(void **state);
void test_watermarks(void **state);
void test_requires(void **state);
void test_conflict(void **state);
void test_conflict_kinds(void **state);
void test_bucket_version(void **state);
void test_thousand(void **state);
void test_most(void **state);
void test_bytes_kept(void **state);
void test_two_kinds_of_records(void **state);
void test_account_conflict(void **state);
void test_account_kinds(void **state);

void test_own(void **state);
void test_outbox(void **state);
void test_timers(void **state);
void test_due_order(void **state);
void test_timers_lost(void **state);
void test_rebuild(void **state);
void test_ids(void **state);
void test_clock(void **state);
void test_stamp(void **state);
void test_order(void **state);
void test_refused(void **state);
void test_lost(void **state);
void test_away(void **state);

#endif
