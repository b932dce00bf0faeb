/* The RAM twin keeps the contract, and its faults are what store_ram.h says. */
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "store/store_ram.h"

static struct store *open_store(void *self)
{
    return store_ram_open(self);
}

static void clean(void *self, int32_t bucket)
{
    store_ram_drop(self, bucket, NULL);
}

static void rebuild(void *self, int32_t bucket, bool on)
{
    store_ram_rebuild(self, bucket, on);
}

static void drop_timers(void *self, int32_t bucket)
{
    store_ram_drop(self, bucket, "tm");
    store_ram_drop(self, bucket, "tw");
}

static void cut(void *self, struct store *store)
{
    (void)store;
    store_ram_restart(self);
}

/* ------------------------------------------------------------------ faults */

static struct store_ram *ram;

static struct store *connected(void)
{
    struct store *store = store_ram_open(ram);

    connect_store(store);
    return store;
}

static enum store_status own_at(struct store *store, int64_t now_ms, int64_t *epoch)
{
    struct store_call call = { .status = STORE_IDLE };

    store_own(store, &call, 1, "rating", NULL, 0, now_ms);
    enum store_status status = finish(store, &call);
    *epoch = call.epoch;
    store_call_done(store, &call);
    return status;
}

static int64_t epoch_now(struct store *store)
{
    struct store_call call = { .status = STORE_IDLE };

    store_look(store, &call, 1, "rating", NULL, 0);
    assert_int_equal(finish(store, &call), STORE_OK);
    int64_t epoch = call.epoch;
    store_call_done(store, &call);
    return epoch;
}

static void test_rollback(void **state)
{
    (void)state;
    ram = store_ram_new(7);
    struct store *store = connected(), *second = connected();
    int64_t epoch;
    for (int i = 1; i <= 5; i++)
        assert_int_equal(own_at(store, i * 100, &epoch), STORE_OK);
    assert_int_equal(epoch_now(store), 500);
    assert_int_equal(store_ram_rollback(ram, 2), 2);
    connect_store(store);
    connect_store(second);
    assert_int_equal(store_generation(store), 2);
    assert_int_equal(store_generation(second), 2);
    assert_int_equal(epoch_now(store), 300);
    assert_int_equal(own_at(second, 350, &epoch), STORE_OK);
    assert_int_equal(store_ram_rollback(ram, 100), 4);
    connect_store(store);
    assert_int_equal(epoch_now(store), 0);
    assert_int_equal(store_ram_rollback(ram, 1), 0);
    store_close(store);
    store_close(second);
    store_ram_free(ram);
}

/* A rollback brings back each kind of value, deleted ones and lists too. */
static void test_rollback_kinds(void **state)
{
    (void)state;
    ram = store_ram_new(7);
    const struct contract_env env = { ram, open_store, clean, rebuild, drop_timers, cut };
    contract = &env;
    struct desk desk;
    desk_open(&desk, "rating");
    const struct store_write write = record_write("r", 0, 1, "x");
    const struct store_emit emits[] = { { -1, text_span("e1") }, { -1, text_span("e2") } };
    const struct store_timer timer = { -1, "t", STORE_CLOCK_BUSINESS, 1 };
    struct store_apply apply = desk_start(&desk);
    apply.writes = &write, apply.write_count = 1;
    apply.emits = emits, apply.emit_count = 2;
    apply.timers = &timer, apply.timer_count = 1;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    const struct store_timer gone = { -1, "t", STORE_CLOCK_NONE, 0 };
    struct store_apply second = desk_start(&desk);
    second.trim = 2;
    second.emits = emits, second.emit_count = 1;
    second.timers = &gone, second.timer_count = 1;
    assert_int_equal(desk_apply(&desk, &second), STORE_OK);
    assert_int_equal(store_ram_rollback(ram, 1), 1);
    connect_store(desk.store);
    second = desk_start(&desk);
    assert_int_equal(desk_apply(&desk, &second), STORE_GAP); /* our last write isn't there */
    assert_int_equal(desk_due(&desk, 1, 1, 9), STORE_OK);
    assert_items(&desk, (const char *const[]){ "t" }, 1);
    assert_stored(&desk, 'p', "r", write.bytes);
    assert_outbox(&desk, (const char *const[]){ "e1", "e2" }, 2);
    store_ram_wipe(ram);
    connect_store(desk.store);
    assert_stored(&desk, 'p', "r", (struct store_span){ NULL, 0 });
    assert_outbox(&desk, NULL, 0);
    desk_close(&desk);
    store_ram_free(ram);
}

/* Answers are lost as often as told, after the call took place; the same seed, the same fate. */
static void test_lost_answers(void **state)
{
    (void)state;
    enum { CALLS = 1000 };
    char fates[2][CALLS + 1] = { "", "" };

    for (int run = 0; run < 2; run++) {
        ram = store_ram_new(42);
        struct store *store = connected();
        int64_t epoch, last = 0;
        int lost = 0;
        store_ram_lose_permille(ram, 200);
        for (int i = 0; i < CALLS; i++) {
            enum store_status status = own_at(store, 0, &epoch);
            fates[run][i] = status == STORE_LOST ? 'l' : '.';
            assert_true(status == STORE_OK || status == STORE_LOST);
            lost += status == STORE_LOST;
            last++;
            if (status == STORE_OK)
                assert_int_equal(epoch, last);
            connect_store(store);
        }
        assert_in_range(lost, 150, 250);
        assert_int_equal(store_generation(store), 1 + lost);
        store_close(store);
        store_ram_free(ram);
    }
    assert_string_equal(fates[0], fates[1]);
}

static void test_ram_away(void **state)
{
    (void)state;
    ram = store_ram_new(1);
    struct store *store = connected();
    struct err err;
    int64_t epoch;
    store_ram_away(ram, true);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(own_at(store, 100, &epoch), STORE_LOST);
        assert_true(store_trouble(store, &err));
    }
    assert_int_equal(store_generation(store), 1);
    store_ram_away(ram, false);
    connect_store(store);
    assert_int_equal(store_generation(store), 2);
    assert_int_equal(epoch_now(store), 0);
    store_close(store);
    store_ram_free(ram);
    store_ram_free(NULL);
}

int main(void)
{
    const struct CMUnitTest faults[] = {
        cmocka_unit_test(test_rollback),
        cmocka_unit_test(test_rollback_kinds),
        cmocka_unit_test(test_lost_answers),
        cmocka_unit_test(test_ram_away),
    };
    struct store_ram *memory = store_ram_new(1);
    const struct contract_env env = { memory, open_store, clean, rebuild, drop_timers, cut };
    int failed = contract_run(&env);

    store_ram_free(memory);
    return failed + cmocka_run_group_tests_name("faults", faults, NULL, NULL);
}
