/* The contract of who uses an account: records like participants', under keys of their own. */
#include "contract.h"

static const struct store_span none = { NULL, 0 };

static struct store_write account_write(const char *id, int64_t expected, int64_t version,
                                        const char *text)
{
    struct store_write write = record_write(id, expected, version, text);

    write.key.kind = 'a';
    return write;
}

static enum store_status write_some(struct desk *desk, const struct store_write *writes,
                                    size_t count)
{
    struct store_apply apply = desk_start(desk);

    apply.writes = writes;
    apply.write_count = count;
    return desk_apply(desk, &apply);
}

/* The same id as a participant's and as an account's: two records, each with its own version. */
void test_two_kinds_of_records(void **state)
{
    (void)state;
    struct desk desk, elsewhere;
    desk_open(&desk, "eligibility");
    desk_open(&elsewhere, "eligibility");
    struct store_write w[] = { record_write("r", 0, 5, "who"), account_write("r", 0, 7, "users") };
    assert_int_equal(write_some(&desk, w, 2), STORE_OK);
    assert_stored(&desk, 'p', "r", record_span(5, "who"));
    assert_stored(&desk, 'a', "r", record_span(7, "users"));
    assert_stored(&desk, 'y', "r", none);
    assert_stored(&desk, 'c', "r", none);
    assert_stored(&elsewhere, 'a', "r", none); /* a bucket each */

    w[0] = account_write("r", 7, 8, "users");
    assert_int_equal(write_some(&desk, w, 1), STORE_OK);
    assert_stored(&desk, 'p', "r", record_span(5, "who"));
    const struct store_key keys[] = { { 'a', "r" }, { 'p', "r" }, { 'a', "none" } };
    assert_int_equal(desk_load(&desk, keys, 3), STORE_OK);
    assert_item(&desk, 0, record_span(8, "users"));
    assert_item(&desk, 1, record_span(5, "who"));
    assert_item(&desk, 2, none);
    desk_close(&elsewhere);
    desk_close(&desk);
}

/* What another owner wrote is answered; what is tied to it stays undone, all else is done. */
void test_account_conflict(void **state)
{
    (void)state;
    struct desk desk;
    desk_open(&desk, "eligibility");
    struct store_write first[] = { account_write("acc", 0, 2, "theirs"),
                                   record_write("acc", 0, 9, "somebody") };
    assert_int_equal(write_some(&desk, first, 2), STORE_OK);

    struct store_write writes[] = {
        account_write("acc", 1, 3, "mine"),
        { .key = { 'c', "case" }, .bytes = text_span("of acc"), .tied = 0 },
        account_write("other", 0, 3, "mine too"),
        { .key = { 'y', "pay" }, .bytes = text_span("of other"), .tied = 2 },
    };
    const struct store_emit emits[] = { { 0, text_span("e1") }, { 2, text_span("e2") },
                                        { -1, text_span("e3") } };
    struct store_apply apply = desk_start(&desk);
    apply.topic = TOPIC;
    apply.prev = -1;
    apply.last = 4;
    apply.writes = writes;
    apply.write_count = 4;
    apply.emits = emits;
    apply.emit_count = 3;
    assert_int_equal(desk_apply(&desk, &apply), STORE_CONFLICT);
    assert_int_equal(desk.call.count, 2);
    assert_item(&desk, 0, text_span("0"));
    assert_item(&desk, 1, record_span(2, "theirs")); /* not the participant's of that id */
    int64_t version = desk.call.number;
    assert_stored(&desk, 'a', "acc", record_span(2, "theirs"));
    assert_stored(&desk, 'c', "case", none);
    assert_stored(&desk, 'a', "other", record_span(3, "mine too"));
    assert_stored(&desk, 'y', "pay", text_span("of other"));
    assert_int_equal(desk_look(&desk), STORE_OK);
    assert_int_equal(desk.call.watermarks[0], -1);

    writes[0] = account_write("acc", 2, 4, "both"); /* the second round */
    apply.chain = desk.chain;
    apply.bucket_version = version;
    apply.write_count = 2;
    apply.emit_count = 1;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_stored(&desk, 'a', "acc", record_span(4, "both"));
    assert_stored(&desk, 'p', "acc", record_span(9, "somebody"));
    assert_stored(&desk, 'c', "case", text_span("of acc"));
    assert_outbox(&desk, (const char *const[]){ "e2", "e3", "e1" }, 3);
    assert_int_equal(desk.call.watermarks[0], 4);
    desk_close(&desk);
}

/* Ids by kind; and an account's version counts for the bucket's, as a participant's does. */
void test_account_kinds(void **state)
{
    (void)state;
    static const char kinds[] = { 'p', 'a', 'y', 'c' };
    struct desk desk;
    desk_open(&desk, "eligibility");
    struct store_write writes[] = {
        record_write("p1", 0, 3, "x"),
        account_write("a1", 0, 6, "x"),
        { .key = { 'y', "y1" }, .bytes = text_span("x"), .tied = -1 },
        { .key = { 'c', "c1" }, .bytes = text_span("x"), .tied = -1 },
    };
    struct store_apply apply = desk_start(&desk);
    apply.bucket_version = 0;
    apply.writes = writes;
    apply.write_count = 4;
    assert_int_equal(desk_apply(&desk, &apply), STORE_OK);
    assert_int_equal(desk.call.number, 6);
    for (size_t k = 0; k < sizeof kinds; k++) {
        struct store_span id;
        store_call_done(desk.store, &desk.call);
        store_ids(desk.store, &desk.call, desk.bucket, kinds[k], 0);
        assert_int_equal(finish(desk.store, &desk.call), STORE_OK);
        assert_int_equal(desk.call.number, 0);
        assert_true(store_item(desk.store, &desk.call, 0, &id));
        assert_int_equal(id.size, 2);
        assert_int_equal(*(const char *)id.at, kinds[k]);
        assert_false(store_item(desk.store, &desk.call, 1, &id));
    }
    writes[1] = account_write("a1", 5, 9, "y"); /* another version than was read */
    apply.chain = desk.chain;
    apply.bucket_version = 5;
    apply.writes = &writes[1];
    apply.write_count = 1;
    assert_int_equal(desk_apply(&desk, &apply), STORE_CONFLICT);
    assert_int_equal(desk.call.number, 6); /* nothing was written */
    assert_item(&desk, 1, record_span(6, "x"));
    desk_close(&desk);
}
