/* The contract of what waits: outbox and timers. */
#include <stdio.h>

#include "contract.h"

/* ------------------------------------------------------------------ the outbox */

#define ENTRIES 5000

static void check_entries(struct desk *desk, size_t from)
{
    char text[16];
    struct store_span past;

    assert_int_equal(desk_own(desk, 0), STORE_OK);
    assert_int_equal(desk->call.count, ENTRIES - from);
    for (size_t i = from; i < ENTRIES; i++) {
        (void)snprintf(text, sizeof text, "entry-%zu", i);
        assert_item(desk, i - from, text_span(text));
    }
    assert_false(store_item(desk->store, &desk->call, ENTRIES - from, &past));
}

void test_outbox(void **state)
{
    (void)state;
    static struct store_emit emits[ENTRIES];
    static char texts[ENTRIES][16];
    struct desk desk, other;
    desk_open(&desk, "rating");
    desk_join(&other, &desk, "completion");
    for (size_t i = 0; i < ENTRIES; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "entry-%zu", i);
        emits[i] = (struct store_emit){ -1, text_span(texts[i]) };
    }
    for (size_t from = 0, count = 4500; from < ENTRIES; from += count, count = 250) {
        struct store_apply apply = desk_start(&desk);
        apply.emits = emits + from;
        apply.emit_count = count;
        assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    }
    check_entries(&desk, 0);
    assert_int_equal(desk_trim(&desk, 3), STORE_OK);
    check_entries(&desk, 3);
    struct store_apply apply = desk_start(&desk); /* trimmed first, then pushed */
    apply.trim = 4996;
    apply.emits = emits;
    apply.emit_count = 1;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_outbox(&desk, (const char *const[]){ "entry-4999", "entry-0" }, 2);
    assert_int_equal(desk_trim(&desk, 3), STORE_OK); /* more than there are */
    assert_outbox(&desk, NULL, 0);
    assert_int_equal(desk_trim(&desk, 1), STORE_OK); /* and of none */
    assert_outbox(&other, NULL, 0);
    desk_close(&other);
    desk_close(&desk);
}

/* ------------------------------------------------------------------ timers */

static void set_timers(struct desk *desk, const struct store_timer *timers, size_t count)
{
    struct store_apply apply = desk_start(desk);

    apply.timers = timers;
    apply.timer_count = count;
    assert_int_equal(desk_apply(desk, &apply), STORE_OK);
}

static void assert_due(struct desk *desk, int64_t business_ms, int64_t wire_ms,
                       const char *const *members, size_t count)
{
    assert_int_equal(desk_due(desk, business_ms, wire_ms, 100), STORE_OK);
    assert_items(desk, members, count);
}

void test_timers(void **state)
{
    (void)state;
    const struct store_timer made[] = { { -1, "a", STORE_CLOCK_BUSINESS, 100 },
                                        { -1, "b", STORE_CLOCK_WIRE, 100 } };
    const struct store_timer moved[] = { { -1, "a", STORE_CLOCK_WIRE, 150 },
                                         { -1, "b", STORE_CLOCK_NONE, 0 },
                                         { -1, "unknown", STORE_CLOCK_NONE, 0 } };
    const struct store_timer twice[] = { { -1, "a", STORE_CLOCK_NONE, 0 },
                                         { -1, "a", STORE_CLOCK_BUSINESS, 1 },
                                         { -1, "a", STORE_CLOCK_BUSINESS, 300 },
                                         { -1, "c", STORE_CLOCK_WIRE, 1 },
                                         { -1, "c", STORE_CLOCK_NONE, 0 } };
    struct desk desk, other;
    desk_open(&desk, "rating");
    desk_join(&other, &desk, "completion");
    set_timers(&desk, made, 2);
    assert_due(&desk, 99, 99, NULL, 0);
    assert_due(&desk, 100, 99, (const char *const[]){ "a" }, 1);
    assert_due(&desk, 99, 100, (const char *const[]){ "b" }, 1);
    assert_due(&desk, 100, 100, (const char *const[]){ "a", "b" }, 2); /* they stay */
    assert_due(&other, 1000, 1000, NULL, 0);
    set_timers(&desk, moved, 3);
    assert_due(&desk, 1000, 149, NULL, 0);
    assert_due(&desk, 0, 150, (const char *const[]){ "a" }, 1);
    set_timers(&desk, twice, 5); /* the later word counts */
    assert_due(&desk, 299, 1000, NULL, 0);
    assert_due(&desk, 300, 0, (const char *const[]){ "a" }, 1);
    assert_int_equal(desk_look(&desk), STORE_OK);
    assert_int_equal(desk.call.number, 1);
    const struct store_timer far[] = { { -1, "far", STORE_CLOCK_BUSINESS, STORE_NUMBER_MAX } };
    set_timers(&desk, far, 1);
    assert_due(&desk, STORE_NUMBER_MAX - 1, 0, (const char *const[]){ "a" }, 1);
    assert_due(&desk, STORE_NUMBER_MAX, 0, (const char *const[]){ "a", "far" }, 2);
    desk_close(&other);
    desk_close(&desk);
}

void test_due_order(void **state)
{
    (void)state;
    const struct store_timer timers[] = {
        { -1, "w2", STORE_CLOCK_WIRE, 20 },     { -1, "b9", STORE_CLOCK_BUSINESS, 9 },
        { -1, "b20", STORE_CLOCK_BUSINESS, 20 }, { -1, "w1", STORE_CLOCK_WIRE, 20 },
        { -1, "b100", STORE_CLOCK_BUSINESS, 100 }, { -1, "w0", STORE_CLOCK_WIRE, 10 },
        { -1, "b0", STORE_CLOCK_BUSINESS, 0 },  { -1, "late", STORE_CLOCK_WIRE, 1000 },
    };
    static const char *const wanted[] = { "b0", "b9", "w0", "b20", "w1", "w2", "b100" };
    struct desk desk;
    desk_open(&desk, "rating");
    set_timers(&desk, timers, 8);
    for (size_t max = 0; max <= 8; max++) {
        assert_int_equal(desk_due(&desk, 500, 500, max), STORE_OK);
        assert_items(&desk, wanted, max < 7 ? max : 7);
    }
    desk_close(&desk);
}

void test_timers_lost(void **state)
{
    (void)state;
    const struct store_timer timer = { -1, "t", STORE_CLOCK_BUSINESS, 5 };
    const struct store_timer whole = { -1, STORE_TIMERS_WHOLE, STORE_CLOCK_BUSINESS, 0 };
    struct desk desk;
    desk_open(&desk, "rating");
    set_timers(&desk, &timer, 1);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(desk_due(&desk, 10, 10, 10), STORE_OK);
        assert_int_equal(desk.call.number, 1); /* never used; until somebody says it is whole */
        assert_items(&desk, (const char *const[]){ "t" }, 1);
    }
    set_timers(&desk, &whole, 1);
    assert_int_equal(desk_due(&desk, 10, 10, 10), STORE_OK);
    assert_int_equal(desk.call.number, 0);
    assert_items(&desk, (const char *const[]){ "t" }, 1);
    const struct store_timer removed = { -1, "t", STORE_CLOCK_NONE, 0 };
    set_timers(&desk, &removed, 1); /* empty isn't lost */
    assert_int_equal(desk_due(&desk, STORE_NUMBER_MAX, STORE_NUMBER_MAX, 10), STORE_OK);
    assert_int_equal(desk.call.number, 0);
    assert_items(&desk, NULL, 0);
    assert_int_equal(desk_look(&desk), STORE_OK);
    assert_int_equal(desk.call.number, 0);
    contract->drop_timers(contract->self, desk.bucket);
    assert_int_equal(desk_due(&desk, 10, 10, 10), STORE_OK);
    assert_int_equal(desk.call.number, 1);
    const struct store_timer both[] = { timer, whole };
    set_timers(&desk, both, 2);
    assert_int_equal(desk_due(&desk, 10, 10, 10), STORE_OK);
    assert_int_equal(desk.call.number, 0);
    assert_items(&desk, (const char *const[]){ "t" }, 1);
    desk_close(&desk);
}
