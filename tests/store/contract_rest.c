/* The contract of everything but store_apply(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

static const struct store_span none = { NULL, 0 };

void test_own(void **state)
{
    (void)state;
    struct desk desk, late;
    desk_open(&desk, "rating"); /* owned once, at 1000 */
    assert_int_equal(desk.call.epoch, 1000);
    assert_int_equal(desk.call.number, 0);
    assert_int_equal(desk.call.watermarks[0], -1);
    assert_int_equal(desk_own(&desk, 500), STORE_OK);
    assert_int_equal(desk.call.epoch, 1001);
    assert_int_equal(desk.call.number, 1);
    assert_int_equal(desk_own(&desk, 1001), STORE_OK);
    assert_int_equal(desk.call.epoch, 1002);
    assert_int_equal(desk_own(&desk, 1700000000000), STORE_OK);
    assert_int_equal(desk.call.epoch, 1700000000000);

    desk_join(&late, &desk, "completion"); /* each worker is counted for itself */
    assert_int_equal(late.call.epoch, 1000);
    assert_int_equal(late.call.number, 0);
    assert_int_equal(desk_look(&desk), STORE_OK);
    assert_int_equal(desk.call.epoch, 1700000000000);
    assert_int_equal(desk_look(&desk), STORE_OK); /* looking changes nothing */
    assert_int_equal(desk.call.epoch, 1700000000000);
    late.worker = "escalation";
    assert_int_equal(desk_look(&late), STORE_OK);
    assert_int_equal(late.call.epoch, 0);
    desk_close(&late);
    desk_close(&desk);
}

void test_rebuild(void **state)
{
    (void)state;
    const struct store_key key = { 'p', "r" };
    struct desk desk;
    desk_open(&desk, "rating");
    struct store_apply apply = desk_start(&desk);
    contract->rebuild(contract->self, desk.bucket, true);
    assert_int_equal(desk_load(&desk, &key, 1), STORE_REBUILD);
    assert_int_equal(desk_own(&desk, 5000), STORE_REBUILD);
    assert_int_equal(desk_look(&desk), STORE_REBUILD);
    assert_int_equal(desk_apply(&desk, &apply), STORE_REBUILD);
    assert_int_equal(desk_trim(&desk, 1), STORE_REBUILD);
    assert_int_equal(desk_due(&desk, 1, 1, 1), STORE_REBUILD);
    store_call_done(desk.store, &desk.call);
    store_ids(desk.store, &desk.call, desk.bucket, 'p', 0);
    assert_int_equal(finish(desk.store, &desk.call), STORE_REBUILD);
    contract->rebuild(contract->self, desk.bucket, false);
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_int_equal(desk_look(&desk), STORE_OK);
    assert_int_equal(desk.call.epoch, 1000);
    desk_close(&desk);
}

#define IDS 350

/* Each id at least once, and no other. */
static void check_ids(struct desk *desk, char kind, const char *prefix, int count)
{
    bool seen[IDS] = { false };
    int64_t cursor = 0;
    int found = 0;

    do {
        struct store_span id;
        store_call_done(desk->store, &desk->call);
        store_ids(desk->store, &desk->call, desk->bucket, kind, cursor);
        assert_int_equal(finish(desk->store, &desk->call), STORE_OK);
        for (size_t i = 0; store_item(desk->store, &desk->call, i, &id); i++) {
            char text[32];
            assert_true(id.size > 1 && id.size < sizeof text);
            memcpy(text, id.at, id.size);
            text[id.size] = '\0';
            assert_int_equal(text[0], prefix[0]);
            long n = strtol(text + 1, NULL, 10);
            assert_true(n >= 0 && n < count);
            found += !seen[n];
            seen[n] = true;
        }
        cursor = desk->call.number;
    } while (cursor != 0);
    assert_int_equal(found, count);
}

void test_ids(void **state)
{
    (void)state;
    static char names[IDS][16];
    static struct store_write writes[IDS + 5];
    struct desk desk, elsewhere;
    desk_open(&desk, "rating");
    desk_open(&elsewhere, "rating");
    check_ids(&desk, 'p', "r", 0);
    for (int i = 0; i < IDS; i++) {
        (void)snprintf(names[i], sizeof names[i], "r%d", i);
        writes[i] = record_write(names[i], 0, 1, "");
    }
    static const char *const cases[] = { "c0", "c1", "c2", "y0", "y1" };
    for (int i = 0; i < 5; i++)
        writes[IDS + i] = (struct store_write){ .key = { i < 3 ? 'c' : 'y', cases[i] },
                                                .bytes = text_span("x"), .tied = -1 };
    struct store_apply apply = desk_start(&desk);
    apply.writes = writes;
    apply.write_count = IDS + 5;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    check_ids(&desk, 'p', "r", IDS);
    check_ids(&desk, 'c', "c", 3);
    check_ids(&desk, 'y', "y", 2);
    check_ids(&elsewhere, 'p', "r", 0);
    desk_close(&elsewhere);
    desk_close(&desk);
}

static int64_t clock_value(struct desk *desk, int64_t set_ms)
{
    store_call_done(desk->store, &desk->call);
    store_clock(desk->store, &desk->call, set_ms);
    assert_int_equal(finish(desk->store, &desk->call), STORE_OK);
    return desk->call.number;
}

void test_clock(void **state)
{
    (void)state;
    struct desk desk, other;
    desk_open(&desk, "rating");
    desk_join(&other, &desk, "completion");
    assert_int_equal(clock_value(&desk, 0), 0); /* the environment sees to it that none is set */
    assert_int_equal(clock_value(&desk, 1600000000000), 1600000000000);
    assert_int_equal(clock_value(&other, 0), 1600000000000);
    assert_int_equal(clock_value(&other, 1600000000001), 1600000000001);
    assert_int_equal(clock_value(&desk, 0), 1600000000001);
    desk_close(&other);
    desk_close(&desk);
}

/* Begun together, answered in order, each seeing what the ones before it did. */
void test_order(void **state)
{
    (void)state;
    enum { CALLS = 40 };
    static struct store_call calls[CALLS];
    static struct store_apply applies[CALLS];
    static struct store_write writes[CALLS];
    struct desk desk;
    desk_open(&desk, "rating");
    for (int i = 0; i < CALLS; i++) {
        writes[i] = record_write("r", i, i + 1, "x");
        applies[i] = desk_start(&desk);
        applies[i].chain.sequence += i;
        applies[i].writes = &writes[i];
        applies[i].write_count = 1;
        applies[i].trim = i == CALLS - 2 ? -1 : 0; /* one is refused by us, in its turn */
        store_apply(desk.store, &calls[i], &applies[i]);
        assert_int_equal(calls[i].status, STORE_WAITING);
    }
    int answered = 0;
    while (answered < CALLS) {
        assert_int_not_equal(finish(desk.store, &calls[answered]), STORE_WAITING);
        for (answered = 0; answered < CALLS && calls[answered].status != STORE_WAITING;)
            answered++;
        for (int i = answered; i < CALLS; i++)
            assert_int_equal(calls[i].status, STORE_WAITING);
    }
    for (int i = 0; i < CALLS; i++) {
        static const enum store_status last[] = { STORE_REFUSED, STORE_GAP };
        assert_int_equal(calls[i].status, i < CALLS - 2 ? STORE_OK : last[i - (CALLS - 2)]);
        store_call_done(desk.store, &calls[i]);
        assert_int_equal(calls[i].status, STORE_IDLE);
    }
    assert_stored(&desk, 'p', "r", record_span(CALLS - 2, "x"));
    desk_close(&desk);
}

/* Each row spoils one thing in an apply that would be all right, with either kind of record. */
void test_refused(void **state)
{
    (void)state;
    enum { ROWS = 22 };
    static char long_id[STORE_ID_MAX + 2];
    struct desk desk;
    desk_open(&desk, "rating");
    memset(long_id, 'x', sizeof long_id - 1);
    for (int row = 0; row < 2 * ROWS; row++) {
        struct store_write w[] = { record_write("r", 0, 1, "x"),
                                   { .key = { 'y', "y" }, .bytes = text_span("x"), .tied = 0 } };
        struct store_emit e = { 0, text_span("x") };
        struct store_timer t = { 0, "t", STORE_CLOCK_WIRE, 1 };
        struct store_require r = { "rating", TOPIC, -1 };
        struct store_apply a = desk_start(&desk);
        a.writes = w, a.write_count = 2, a.emits = &e, a.emit_count = 1;
        a.timers = &t, a.timer_count = 1, a.requires = &r, a.require_count = 1;
        w[0].key.kind = row < ROWS ? 'p' : 'a';
        switch (row % ROWS) {
        case 0: w[0].key.kind = 'x'; break;
        case 1: w[0].key.id = ""; break;
        case 2: w[0].key.id = long_id; break;
        case 3: w[0].bytes = none; break;
        case 4: w[0].bytes.size = 7; break;
        case 5: w[0].expected = 1; break;
        case 6: w[0].bytes = record_span(STORE_NUMBER_MAX + 1, "x"); break;
        case 7: w[0].expected = -1; break;
        case 8: w[1].tied = 1; break;
        case 9: w[1].tied = 2; break;
        case 10: e.tied = 1; break;
        case 11: e.bytes = none; break;
        case 12: t.tied = -2; break;
        case 13: t.member = ""; break;
        case 14: t.member = long_id; break;
        case 15: t.at_ms = -1; break;
        case 16: r.watermark = STORE_NUMBER_MAX + 1; break;
        case 17: a.worker = "ra/ting"; break;
        case 18: a.bucket = -1; break;
        case 19: a.trim = -1; break;
        case 20: a.write_count = STORE_WRITES_MAX + 1; break;
        case 21: a.chain.sequence = -1; break;
        default: break;
        }
        if (desk_apply(&desk, &a) != STORE_REFUSED)
            fail_msg("row %d: status %d", row, desk.call.status);
        assert_int_equal(desk.call.err.kind, ERR_FATAL);
        assert_true(desk.call.err.text[0] != '\0');
    }
    assert_stored(&desk, 'p', "r", none);
    assert_stored(&desk, 'a', "r", none);
    assert_int_equal(desk_own(&desk, -1), STORE_REFUSED);
    assert_int_equal(desk_due(&desk, -1, 0, 1), STORE_REFUSED);
    desk_close(&desk);
}

/* The first one's word stays, whoever asks again and with whatever. */
void test_stamp(void **state)
{
    static const char *const words[] = { "PROD 64", "DEV 64", "PROD 64" };
    struct desk desk;
    struct store_span span;
    (void)state;

    desk_open(&desk, "rating");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        store_call_done(desk.store, &desk.call);
        store_stamp(desk.store, &desk.call, words[i]);
        assert_int_equal(finish(desk.store, &desk.call), STORE_OK);
        assert_true(store_item(desk.store, &desk.call, 0, &span));
        if (i == 0) {
            assert_null(span.at);
            continue;
        }
        assert_int_equal(span.size, 7);
        assert_memory_equal(span.at, "PROD 64", 7);
    }
    store_call_done(desk.store, &desk.call);
    store_stamp(desk.store, &desk.call, "");
    assert_int_equal(finish(desk.store, &desk.call), STORE_REFUSED);
    desk_close(&desk);
}

/* ------------------------------------------------------------------ connections */

void test_lost(void **state)
{
    (void)state;
    const struct store_key key = { 'p', "r" };
    struct store_call calls[3] = { { .status = STORE_IDLE } };
    struct desk desk;
    desk_open(&desk, "rating");
    struct store_write write = record_write("r", 0, 1, "x");
    struct store_apply apply = desk_start(&desk);
    apply.writes = &write;
    apply.write_count = 1;
    int64_t before = store_generation(desk.store);
    store_apply(desk.store, &calls[0], &apply);
    store_load(desk.store, &calls[1], desk.bucket, &key, 1);
    store_trim(desk.store, &calls[2], desk.bucket, desk.worker, desk.chain, 0);
    contract->cut(contract->self, desk.store);
    for (int i = 0; i < 3; i++) {
        struct store_span item;
        assert_int_equal(finish(desk.store, &calls[i]), STORE_LOST);
        assert_false(store_item(desk.store, &calls[i], 0, &item));
        store_call_done(desk.store, &calls[i]);
    }
    connect_store(desk.store);
    assert_int_equal(store_generation(desk.store), before + 1);
    assert_int_equal(desk_own(&desk, 0), STORE_OK); /* and all goes on */
    assert_int_equal(desk_load(&desk, &key, 1), STORE_OK);
    desk_close(&desk);
}

void test_away(void **state)
{
    (void)state;
    const struct store_key key = { 'p', "r" };
    struct store_call call = { .status = STORE_IDLE };
    struct err err = { ERR_NONE, "" };
    struct store *store = contract->open(contract->self);

    assert_int_equal(store_generation(store), 0);
    assert_true(store_trouble(store, &err));
    assert_int_equal(err.kind, ERR_RETRY);
    store_load(store, &call, 9000, &key, 1); /* begun before there is a connection */
    assert_int_equal(call.status, STORE_WAITING);
    assert_int_equal(finish(store, &call), STORE_LOST);
    store_call_done(store, &call);
    connect_store(store);
    assert_int_equal(store_generation(store), 1);
    assert_false(store_trouble(store, &err));
    store_load(store, &call, 9000, &key, 1);
    assert_int_equal(finish(store, &call), STORE_OK);
    store_close(store); /* with results that nobody took, and a call that waits */
    store = contract->open(contract->self);
    connect_store(store);
    call = (struct store_call){ .status = STORE_IDLE };
    store_load(store, &call, 9000, &key, 1);
    store_close(store);
    assert_int_equal(call.status, STORE_WAITING);
    store_close(NULL);
}
