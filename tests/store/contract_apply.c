/* The contract of store_apply(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

static const struct store_span none = { NULL, 0 };

/* An apply that moves TOPIC's watermark. */
static struct store_apply moving(const struct desk *desk, int64_t prev, int64_t last)
{
    struct store_apply apply = desk_start(desk);

    apply.topic = TOPIC;
    apply.prev = prev;
    apply.last = last;
    return apply;
}

/* Each row has everything wrong that the rows after it have, so that its answer shows the order. */
void test_precedence(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        bool rebuild;
        int64_t epoch_more, sequence_more, prev, last, required;
        enum store_status wanted;
    } rows[] = {
        { "rebuild", true, -1, 7, 3, 10, 99, STORE_REBUILD },
        { "old epoch", false, -1, 7, 3, 10, 99, STORE_FENCED },
        { "last = watermark", false, 0, 7, 3, 10, 99, STORE_DUP },
        { "last < watermark", false, 0, 7, 3, 9, 99, STORE_DUP },
        { "unknown epoch", false, 1, 0, 10, 11, 99, STORE_GAP },
        { "chain", false, 0, 1, 10, 11, 99, STORE_GAP },
        { "chain behind", false, 0, -1, 10, 11, 99, STORE_GAP },
        { "prev low", false, 0, 0, 9, 11, 99, STORE_GAP },
        { "prev high", false, 0, 0, 11, 12, 99, STORE_GAP },
        { "prev none", false, 0, 0, -1, 11, 99, STORE_GAP },
        { "requires", false, 0, 0, 10, 11, 99, STORE_STALE },
        { "conflict", false, 0, 0, 10, 11, 10, STORE_CONFLICT },
    };
    struct desk desk;
    desk_open(&desk, "rating");
    struct store_apply first = moving(&desk, -1, 10);
    struct store_write r1 = record_write("r1", 0, 5, "as it was");
    first.writes = &r1;
    first.write_count = 1;
    assert_int_equal(desk_apply(&desk, &first), STORE_OK);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct store_write w[] = { record_write("r1", 4, 6, "lost"),
                                         record_write("r2", 0, 6, "kept") };
        const struct store_require require = { "rating", TOPIC, rows[i].required };
        struct store_apply apply = moving(&desk, rows[i].prev, rows[i].last);
        apply.chain.epoch += rows[i].epoch_more;
        apply.chain.sequence += rows[i].sequence_more;
        apply.writes = w;
        apply.write_count = 2;
        apply.requires = &require;
        apply.require_count = 1;
        contract->rebuild(contract->self, desk.bucket, rows[i].rebuild);
        enum store_status got = desk_apply(&desk, &apply);
        contract->rebuild(contract->self, desk.bucket, false);
        if (got != rows[i].wanted)
            fail_msg("%s: status %d, not %d", rows[i].what, got, rows[i].wanted);
        if (got == STORE_GAP)
            assert_int_equal(desk.call.watermarks[0], 10);
        assert_stored(&desk, 'p', "r1", record_span(5, "as it was"));
        if (got != STORE_CONFLICT)
            assert_stored(&desk, 'p', "r2", none);
        assert_int_equal(desk_look(&desk), STORE_OK);
        assert_int_equal(desk.call.watermarks[0], 10);
    }
    assert_stored(&desk, 'p', "r2", record_span(6, "kept"));
    desk_close(&desk);
}

void test_chain(void **state)
{
    (void)state;
    struct desk desk;
    desk_open(&desk, "rating");
    struct store_apply old = desk_start(&desk);
    assert_int_equal(desk_apply(&desk, &old), STORE_OK);
    assert_int_equal(desk_apply(&desk, &old), STORE_GAP); /* the same write again */
    assert_int_equal(desk.call.watermarks[0], -1);
    assert_int_equal(desk_trim(&desk, 0), STORE_OK);
    struct store_apply now = desk_start(&desk);
    assert_int_equal(desk_apply(&desk, &now), STORE_OK);
    assert_int_equal(desk.chain.sequence, 3);

    struct desk newer;
    desk_join(&newer, &desk, "rating");
    assert_int_equal(newer.chain.epoch, desk.chain.epoch + 1);
    now = desk_start(&desk);
    assert_int_equal(desk_apply(&desk, &now), STORE_FENCED);
    assert_int_equal(desk_trim(&desk, 1), STORE_FENCED);
    now = desk_start(&newer);
    assert_int_equal(desk_apply(&newer, &now), STORE_OK);

    struct desk other; /* another worker has a chain of its own */
    desk_join(&other, &desk, "completion");
    now = desk_start(&other);
    assert_int_equal(desk_apply(&other, &now), STORE_OK);
    now = desk_start(&newer);
    assert_int_equal(desk_apply(&newer, &now), STORE_OK);

    /* Redis forgot everything: nobody may go on as if nothing had happened. */
    contract->clean(contract->self, desk.bucket);
    now = moving(&newer, -1, 5);
    assert_int_equal(desk_apply(&newer, &now), STORE_GAP);
    assert_int_equal(newer.call.watermarks[0], -1);
    desk_close(&other);
    desk_close(&newer);
    desk_close(&desk);
}

void test_watermarks(void **state)
{
    (void)state;
    const int64_t far = STORE_NUMBER_MAX - 1;
    struct desk desk, other;
    desk_open(&desk, "rating");
    struct store_apply apply = moving(&desk, -1, 0);
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    apply = moving(&desk, 0, 0);
    assert_int_equal(desk_apply(&desk, &apply), STORE_DUP);
    apply = moving(&desk, 0, far);
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    apply = moving(&desk, far - 1, far + 1);
    assert_int_equal(desk_apply(&desk, &apply), STORE_GAP);
    assert_int_equal(desk.call.watermarks[0], far);
    apply = moving(&desk, far, far + 1);
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);

    apply = moving(&desk, -1, 7); /* another topic begins for itself */
    apply.topic = OTHER_TOPIC;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    desk_join(&other, &desk, "completion"); /* and so does another worker */
    assert_int_equal(other.call.watermarks[0], -1);
    apply = moving(&other, -1, 3);
    assert_int_equal(desk_apply(&other, &apply), STORE_OK);

    assert_int_equal(desk_own(&desk, 0), STORE_OK);
    assert_int_equal(desk.call.watermarks[0], far + 1);
    assert_int_equal(desk.call.watermarks[1], 7);
    apply = desk_start(&desk); /* without a topic none moves */
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_int_equal(desk_look(&desk), STORE_OK);
    assert_int_equal(desk.call.watermarks[0], far + 1);
    desk_close(&other);
    desk_close(&desk);
}

void test_requires(void **state)
{
    (void)state;
    static const struct {
        const char *worker, *topic;
        int64_t watermark;
        enum store_status wanted;
    } rows[] = {
        { "rating", TOPIC, 11, STORE_STALE },          { "rating", TOPIC, 10, STORE_OK },
        { "rating", TOPIC, 2, STORE_OK },              { "rating", OTHER_TOPIC, 0, STORE_STALE },
        { "rating", OTHER_TOPIC, -1, STORE_OK },       { "completion", TOPIC, 0, STORE_STALE },
        { "completion", OTHER_TOPIC, 5, STORE_OK },
        { "completion", OTHER_TOPIC, 6, STORE_STALE },
    };
    struct desk desk, other;
    desk_open(&desk, "rating");
    desk_join(&other, &desk, "completion");
    struct store_apply apply = moving(&desk, -1, 10);
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    apply = moving(&other, -1, 5);
    apply.topic = OTHER_TOPIC;
    assert_int_equal(desk_apply(&other, &apply), STORE_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct store_require both[] = {
            { "rating", TOPIC, 10 }, { rows[i].worker, rows[i].topic, rows[i].watermark } };
        apply = desk_start(&desk);
        apply.requires = both;
        apply.require_count = 2;
        if (desk_apply(&desk, &apply) != rows[i].wanted)
            fail_msg("row %zu: status %d", i, desk.call.status);
    }
    desk_close(&other);
    desk_close(&desk);
}

/* ------------------------------------------------------------------ conflicts */

static void write_one(struct desk *desk, struct store_write write)
{
    struct store_apply apply = desk_start(desk);

    apply.writes = &write;
    apply.write_count = 1;
    assert_int_equal(desk_apply(desk, &apply), STORE_OK);
}

void test_conflict(void **state)
{
    (void)state;
    struct desk desk, other;
    desk_open(&desk, "rating");
    desk_join(&other, &desk, "completion");
    write_one(&desk, record_write("r1", 0, 1, "a"));
    write_one(&desk, record_write("r2", 0, 1, "b"));
    write_one(&other, record_write("r1", 1, 2, "theirs"));

    struct store_write writes[] = {
        { .key = { 'y', "pay1" }, .bytes = text_span("of r1"), .tied = 1 },
        record_write("r1", 1, 3, "mine"),
        { .key = { 'y', "pay2" }, .bytes = text_span("of r2"), .tied = 3 },
        record_write("r2", 1, 3, "mine too"),
        { .key = { 'c', "case" }, .bytes = text_span("of nobody"), .tied = -1 },
    };
    const struct store_emit emits[] = { { 1, text_span("e1") },
                                        { 3, text_span("e2") },
                                        { -1, text_span("e3") } };
    const struct store_timer timers[] = { { 1, "t1", STORE_CLOCK_BUSINESS, 5 },
                                          { 3, "t2", STORE_CLOCK_WIRE, 5 },
                                          { -1, "t3", STORE_CLOCK_BUSINESS, 6 } };
    struct store_apply apply = moving(&desk, -1, 9);
    apply.writes = writes;
    apply.write_count = 5;
    apply.emits = emits;
    apply.emit_count = 3;
    apply.timers = timers;
    apply.timer_count = 3;
    assert_int_equal(desk_apply(&desk, &apply), STORE_CONFLICT);
    assert_int_equal(desk.call.count, 2);
    assert_item(&desk, 0, text_span("1"));
    assert_item(&desk, 1, record_span(2, "theirs"));
    int64_t version = desk.call.number;

    assert_stored(&desk, 'p', "r1", record_span(2, "theirs"));
    assert_int_equal(desk.call.number, version);
    assert_stored(&desk, 'p', "r2", record_span(3, "mine too"));
    assert_stored(&desk, 'y', "pay1", none);
    assert_stored(&desk, 'y', "pay2", text_span("of r2"));
    assert_stored(&desk, 'c', "case", text_span("of nobody"));
    assert_int_equal(desk_look(&desk), STORE_OK);
    assert_int_equal(desk.call.watermarks[0], -1);
    assert_int_equal(desk.call.count, 2);
    assert_int_equal(desk.call.number, 2);

    /* the second round: what was decided again, on what the first one told */
    writes[1] = record_write("r1", 2, 4, "both");
    apply = moving(&desk, -1, 9);
    apply.bucket_version = version;
    apply.writes = writes;
    apply.write_count = 2;
    apply.emits = emits;
    apply.emit_count = 1;
    apply.timers = timers;
    apply.timer_count = 1;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_stored(&desk, 'p', "r1", record_span(4, "both"));
    assert_stored(&desk, 'y', "pay1", text_span("of r1"));
    assert_int_equal(desk_due(&desk, 10, 10, 10), STORE_OK);
    assert_items(&desk, (const char *const[]){ "t1", "t2", "t3" }, 3);
    assert_outbox(&desk, (const char *const[]){ "e2", "e3", "e1" }, 3);
    assert_int_equal(desk.call.watermarks[0], 9);
    desk_close(&other);
    desk_close(&desk);
}

void test_conflict_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        int64_t expected;
        bool conflict;
        int64_t now; /* version, 0: none */
    } rows[] = {
        { "old", 0, true, 255 },    { "old", 254, true, 255 },  { "old", 256, true, 255 },
        { "gone", 7, true, 0 },     { "new", 0, false, 0 },     { "old", 255, false, 255 },
        { "high", 1099511627776, false, 1099511627776 },
    };
    struct desk desk;
    desk_open(&desk, "rating");
    write_one(&desk, record_write("old", 0, 255, "x"));
    write_one(&desk, record_write("high", 0, 1099511627776, "x"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct store_write write =
            record_write(rows[i].id, rows[i].expected, rows[i].expected + 1, "y");
        struct store_apply apply = desk_start(&desk);
        apply.writes = &write;
        apply.write_count = 1;
        enum store_status wanted = rows[i].conflict ? STORE_CONFLICT : STORE_OK;
        if (desk_apply(&desk, &apply) != wanted)
            fail_msg("row %zu: status %d", i, desk.call.status);
        if (!rows[i].conflict)
            continue;
        assert_item(&desk, 0, text_span("0"));
        assert_item(&desk, 1, rows[i].now > 0 ? record_span(rows[i].now, "x") : none);
    }
    desk_close(&desk);
}

void test_bucket_version(void **state)
{
    (void)state;
    const struct store_key key = { 'p', "r" };
    struct desk desk, other;
    desk_open(&desk, "rating");
    desk_join(&other, &desk, "completion");
    assert_int_equal(desk_load(&desk, &key, 1), STORE_OK);
    assert_int_equal(desk.call.number, 0);

    struct store_write write = record_write("r", 0, 5, "a");
    struct store_apply apply = desk_start(&desk);
    apply.bucket_version = 0;
    apply.writes = &write;
    apply.write_count = 1;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_int_equal(desk.call.number, 5); /* at least the newest version written */
    write = record_write("r", 5, 6, "b");
    apply.chain = desk.chain;
    apply.bucket_version = 5;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_int_equal(desk.call.number, 6);
    write = record_write("s", 0, 2, "low"); /* older records: it grows all the same */
    apply.chain = desk.chain;
    apply.bucket_version = 6;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_int_equal(desk.call.number, 7);

    write_one(&other, record_write("r", 6, 8, "theirs")); /* 7 is stale, and so is what we read */
    write = record_write("r", 6, 9, "mine");
    apply.chain = desk.chain;
    apply.bucket_version = 7;
    assert_int_equal(desk_apply(&desk, &apply), STORE_CONFLICT);
    assert_int_equal(desk.call.number, 8); /* nothing was written */
    assert_item(&desk, 1, record_span(8, "theirs"));

    write = (struct store_write){ .key = { 'y', "pay" }, .bytes = text_span("z"), .tied = -1 };
    apply.chain = desk.chain; /* no record: the version stays */
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_int_equal(desk.call.number, 8);
    assert_int_equal(desk_trim(&desk, 0), STORE_OK);
    assert_int_equal(desk.call.number, 8);

    /* equal versions skip the compare: that the caller read at this version is taken on trust */
    write = record_write("r", 3, 10, "unchecked");
    apply.chain = desk.chain;
    apply.bucket_version = 8;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_stored(&desk, 'p', "r", record_span(10, "unchecked"));
    desk_close(&other);
    desk_close(&desk);
}
