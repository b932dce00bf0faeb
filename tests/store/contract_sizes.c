/* The contract at its limits: how many, how long, which bytes. */
#include <stdio.h>
#include <string.h>

#include "contract.h"

static char ids[STORE_RECORDS_MAX][16];

static void make_ids(void)
{
    for (int i = 0; i < STORE_RECORDS_MAX; i++)
        (void)snprintf(ids[i], sizeof ids[i], "PST-%06d", i);
}

void test_thousand(void **state)
{
    (void)state;
    static struct store_write writes[STORE_RECORDS_MAX];
    static struct store_key keys[STORE_RECORDS_MAX];
    char text[343];
    struct desk desk;
    desk_open(&desk, "rating");
    make_ids();
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';

    for (int round = 0; round < 3; round++) {
        int expected_lost = round == 2 ? 1 : 0;
        for (int i = 0; i < STORE_RECORDS_MAX; i++) {
            keys[i] = (struct store_key){ 'p', ids[i] };
            (void)memcpy(text, ids[i], strlen(ids[i]));
            writes[i] = record_write(ids[i], round, round + 1, text);
        }
        if (round == 2)
            writes[500].expected = 1;
        struct store_apply apply = desk_start(&desk);
        apply.writes = writes;
        apply.write_count = STORE_RECORDS_MAX;
        assert_int_equal(desk_apply(&desk, &apply), expected_lost ? STORE_CONFLICT : STORE_OK);
        assert_int_equal(desk.call.count, 2 * expected_lost);
        if (expected_lost)
            assert_item(&desk, 0, text_span("500"));
        assert_int_equal(desk_load(&desk, keys, STORE_RECORDS_MAX), STORE_OK);
        for (size_t i = 0; i < STORE_RECORDS_MAX; i++) {
            struct store_span got;
            assert_true(store_item(desk.store, &desk.call, i, &got));
            if (expected_lost && i == 500)
                continue;
            assert_int_equal(got.size, writes[i].bytes.size);
            assert_memory_equal(got.at, writes[i].bytes.at, got.size);
        }
    }
    desk_close(&desk);
}

/* Everything at its limit: lists longer than one unpack(), with and without conflicts. */
void test_most(void **state)
{
    (void)state;
    static struct store_write writes[STORE_WRITES_MAX];
    static struct store_emit emits[STORE_EMITS_MAX];
    static struct store_timer timers[STORE_TIMERS_MAX];
    static char names[STORE_EMITS_MAX][12];
    struct desk desk;
    desk_open(&desk, "rating");
    make_ids();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < STORE_WRITES_MAX; i++) {
            const char *id = ids[i % STORE_RECORDS_MAX];
            writes[i] = record_write(id, round, round + 1, round ? "two" : "one");
            if (i < STORE_RECORDS_MAX)
                continue;
            writes[i].key.kind = i < 2 * STORE_RECORDS_MAX ? 'y' : 'c';
            writes[i].tied = i % STORE_RECORDS_MAX;
        }
        for (int i = 0; i < STORE_EMITS_MAX; i++) {
            (void)snprintf(names[i], sizeof names[i], "%d", i);
            emits[i] = (struct store_emit){ i % STORE_RECORDS_MAX, text_span(names[i]) };
            timers[i] = (struct store_timer){ i % STORE_RECORDS_MAX, names[i],
                                              round ? STORE_CLOCK_WIRE : STORE_CLOCK_BUSINESS, i };
        }
        if (round == 1)
            writes[7].expected = 0;
        struct store_apply apply = desk_start(&desk);
        apply.writes = writes;
        apply.write_count = STORE_WRITES_MAX;
        apply.emits = emits;
        apply.emit_count = STORE_EMITS_MAX;
        apply.timers = timers;
        apply.timer_count = STORE_TIMERS_MAX;
        assert_int_equal(desk_apply(&desk, &apply), round ? STORE_CONFLICT : STORE_OK);
        assert_stored(&desk, 'c', ids[7], record_span(1, "one"));
        assert_stored(&desk, 'y', ids[8], record_span(round + 1, round ? "two" : "one"));
        assert_int_equal(desk_look(&desk), STORE_OK);
        assert_int_equal(desk.call.number, STORE_TIMERS_MAX);
        assert_int_equal(desk.call.count, round ? 2 * STORE_EMITS_MAX - 8 : STORE_EMITS_MAX);
    }
    assert_int_equal(desk_due(&desk, STORE_NUMBER_MAX, 0, 100), STORE_OK);
    assert_int_equal(desk.call.count, 9); /* timer 0 by the wire clock; 8 of record 7 stayed */
    assert_item(&desk, 1, text_span("7"));
    desk_close(&desk);
}

void test_bytes_kept(void **state)
{
    (void)state;
    uint8_t all[256 + 8] = { 0 };
    struct desk desk;
    desk_open(&desk, "rating");
    for (int i = 0; i < 256; i++)
        all[8 + i] = (uint8_t)i;
    all[7] = 1;
    const struct store_span every = { all, sizeof all }, empty = { "", 0 };
    const struct store_write writes[] = {
        { .key = { 'p', "r" }, .bytes = every },
        { .key = { 'p', "only-a-version" }, .bytes = { all, 8 } },
        { .key = { 'y', "y" }, .bytes = empty, .tied = -1 },
        { .key = { 'c', "c" }, .bytes = { all, 9 }, .tied = 0 },
    };
    const struct store_emit emits[] = { { -1, every }, { -1, empty }, { 0, { "\0\r\n", 3 } } };
    struct store_apply apply = desk_start(&desk);
    apply.writes = writes;
    apply.write_count = 4;
    apply.emits = emits;
    apply.emit_count = 3;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_stored(&desk, 'p', "r", every);
    assert_stored(&desk, 'p', "only-a-version", writes[1].bytes);
    assert_stored(&desk, 'y', "y", empty);
    assert_stored(&desk, 'c', "c", writes[3].bytes);
    assert_int_equal(desk_own(&desk, 0), STORE_OK);
    for (size_t i = 0; i < 3; i++)
        assert_item(&desk, i, emits[i].bytes);
    desk_close(&desk);
}
