/* store/bytes.h: what is written is read again, and nothing else is taken for a record. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records.h"
#include "store/bytes.h"

#define TYPICAL_MAX 420 /* bytes, one account and instalment: Redis's memory is planned so */
#define MUTATIONS 200000
/* ------------------------------------------------------------------ tests */

static size_t round_trip(struct record *record)
{
    struct buf bytes = { 0 };
    struct record before = *record, read;
    struct err err;

    record_to_bytes(record, &bytes);
    assert_memory_equal(record, &before, sizeof before);
    assert_int_equal(record_bytes_version(bytes.data, bytes.size), record->version);
    memset(&read, 0xaa, sizeof read);
    if (record_from_bytes(bytes.data, bytes.size, record->id, &read, &err))
        fail_msg("%s", err.text);
    struct buf again = { 0 };
    record_to_bytes(&read, &again);
    assert_int_equal(again.size, bytes.size);
    assert_memory_equal(again.data, bytes.data, bytes.size);
    assert_memory_equal(&read, record, sizeof read);
    size_t size = bytes.size;
    buf_release(&bytes);
    buf_release(&again);
    return size;
}

static void test_round_trip(void **state)
{
    (void)state;
    struct record record;
    size_t largest = 0;

    record_init(&record, "PST-1");
    print_message("nothing known: %zu bytes\n", round_trip(&record));
    make_typical(&record, 1);
    size_t one = round_trip(&record);
    make_typical(&record, 4);
    print_message("typical with 1 instalment: %zu bytes, with 4: %zu\n", one, round_trip(&record));
    assert_in_range(one, 1, TYPICAL_MAX);
    for (int i = 0; i < 2000; i++) {
        make_any(&record, false);
        (void)round_trip(&record);
    }
    for (int i = 0; i < 200; i++) {
        make_any(&record, true);
        size_t size = round_trip(&record);
        largest = size > largest ? size : largest;
    }
    print_message("everything at its limit: %zu bytes of %d\n", largest, RECORD_BYTES_MAX);
}

static void test_absent(void **state)
{
    (void)state;
    struct record record, empty;
    struct err err;

    record_init(&empty, "PST-1");
    memset(&record, 0xaa, sizeof record);
    assert_int_equal(record_from_bytes(NULL, 0, "PST-1", &record, &err), 0);
    assert_memory_equal(&record, &empty, sizeof record);
    assert_int_equal(record_bytes_version(NULL, 0), 0);
}

static void refuse(const void *bytes, size_t size)
{
    struct record record, empty;
    struct err err = { ERR_NONE, "" };

    record_init(&empty, "PST-1");
    assert_int_equal(record_from_bytes(bytes, size, "PST-1", &record, &err), -1);
    assert_int_equal(err.kind, ERR_FATAL);
    assert_non_null(strstr(err.text, "PST-1"));
    assert_memory_equal(&record, &empty, sizeof record);
}

static void test_prefixes(void **state)
{
    (void)state;
    struct record record;
    struct buf bytes = { 0 };

    for (int i = 0; i < 8; i++) {
        buf_reset(&bytes);
        if (i == 0)
            make_typical(&record, 1);
        else
            make_any(&record, i == 1);
        record_to_bytes(&record, &bytes);
        for (size_t size = 0; size < bytes.size; size++) {
            void *prefix = malloc(size + 1); /* of its own, so that a step too far is noticed */
            assert_non_null(prefix);
            void *copy = realloc(prefix, size ? size : 1);
            assert_non_null(copy);
            memcpy(copy, bytes.data, size);
            refuse(copy, size);
            free(copy);
        }
        buf_add(&bytes, "", 1); /* one more than there should be */
        refuse(bytes.data, bytes.size);
    }
    buf_release(&bytes);
    static const uint8_t huge[RECORD_BYTES_MAX + 1] = { 0 };
    refuse(huge, sizeof huge);
}

/* Each row: an offset in a record of which nothing is known, and a byte that can't be there. */
static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        uint8_t byte;
    } rows[] = {
        { "negative version", 0, 0x80 },
        { "format 0", 8, 0 },
        { "a format no longer read", 8, 1 },
        { "the format before: shorter", 8, 2 },
        { "a later format", 8, 4 },
        { "scheme too long", 10, SCHEME_ID_MAX + 1 },
        { "more ratings than fit", 20, RECORD_RATINGS_MAX + 1 },
        { "more accounts than fit", 29, RECORD_ACCOUNTS_MAX + 1 },
        { "more instalments than fit", 35, RECORD_INSTALMENTS_MAX + 1 },
        { "a number without end", 9, 0x80 },
    };
    struct record record;
    struct buf bytes = { 0 };

    record_init(&record, "PST-1");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_reset(&bytes);
        record_to_bytes(&record, &bytes);
        assert_int_equal(bytes.size, 36);
        bytes.data[rows[i].at] = (char)rows[i].byte;
        print_message("%s\n", rows[i].what);
        refuse(bytes.data, bytes.size);
    }
    buf_release(&bytes);
}

static void test_version_order(void **state)
{
    (void)state;
    static const int64_t versions[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 4294967295,
                                        4294967296, AT, AT + 1, INT64_MAX - 1, INT64_MAX };
    const size_t count = sizeof versions / sizeof versions[0];
    struct buf before = { 0 }, now = { 0 };
    struct record record;

    record_init(&record, "PST-1");
    for (size_t i = 0; i < count; i++) {
        buf_reset(&now);
        record.version = versions[i];
        record_to_bytes(&record, &now);
        assert_int_equal(record_bytes_version(now.data, now.size), versions[i]);
        if (i > 0)
            assert_true(memcmp(before.data, now.data, 8) < 0);
        struct buf swap = before;
        before = now;
        now = swap;
    }
    buf_release(&before);
    buf_release(&now);
}

/* ------------------------------------------------------------------ damage */

static void check_text(const char *text, size_t cap)
{
    assert_non_null(memchr(text, '\0', cap));
}

/* What was read, from bytes of whatever kind, is a record that code can rely on. */
static void check_sane(const struct record *r)
{
    assert_true(r->version >= 0 && r->rating_count <= RECORD_RATINGS_MAX);
    assert_true(r->account_count <= RECORD_ACCOUNTS_MAX);
    assert_true(r->instalment_count <= RECORD_INSTALMENTS_MAX);
    check_text(r->scheme, sizeof r->scheme);
    check_text(r->course_id, sizeof r->course_id);
    for (int i = 0; i < r->account_count; i++) {
        const struct account *a = &r->accounts[i];
        check_text(a->ref, sizeof a->ref);
        assert_true((unsigned)a->partner < PARTNER_COUNT && a->sealed.size <= SEALED_MAX);
        for (int s = 0; s < SLOT_COUNT; s++)
            assert_true((unsigned)a->slots[s].fail_reason < REASON_COUNT);
    }
    for (int i = 0; i < r->instalment_count; i++) {
        const struct instalment *p = &r->instalments[i];
        assert_true((unsigned)p->kind < PAYMENT_KIND_COUNT && (unsigned)p->why < REASON_COUNT);
        assert_true((unsigned)p->state < INST_STATE_COUNT && (unsigned)p->partner < PARTNER_COUNT);
        assert_true((unsigned)p->mark.reason < REASON_COUNT);
        assert_true(p->open.count <= NONCES_MAX && p->covered.count <= NONCES_MAX);
        check_text(p->account_ref, sizeof p->account_ref);
        check_text(p->raw_code, sizeof p->raw_code);
    }
}

/* Returns whether it still was a record. */
static bool try_bytes(const void *bytes, size_t size)
{
    static struct record record;
    struct err err;
    void *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    bool good = record_from_bytes(copy, size, "PST-1", &record, &err) == 0;
    free(copy);
    if (good)
        check_sane(&record);
    return good;
}

static void test_every_byte(void **state)
{
    (void)state;
    struct record record;
    struct buf bytes = { 0 };
    size_t good = 0;

    make_typical(&record, 1);
    record_to_bytes(&record, &bytes);
    for (size_t at = 0; at < bytes.size; at++) {
        char kept = bytes.data[at];
        for (int value = 0; value < 256; value++) {
            bytes.data[at] = (char)value;
            good += try_bytes(bytes.data, bytes.size);
        }
        bytes.data[at] = kept;
    }
    print_message("%zu of %zu single bytes changed still made a record\n", good, bytes.size * 256);
    assert_in_range(good, 1, bytes.size * 256 - 1);
    buf_release(&bytes);
}

static void mutate(struct buf *bytes)
{
    for (uint32_t n = 1 + roll(4); n > 0 && bytes->size > 0; n--) {
        size_t at = roll((uint32_t)bytes->size), size = 1 + roll(8);
        switch (roll(4)) {
        case 0: bytes->data[at] = (char)roll(256); break;
        case 1: bytes->data[at] = (char)(bytes->data[at] ^ 1 << roll(8)); break;
        case 2: /* cut out */
            size = size > bytes->size - at ? bytes->size - at : size;
            memmove(bytes->data + at, bytes->data + at + size, bytes->size - at - size);
            bytes->size -= size;
            break;
        default: /* put in */
            buf_reserve(bytes, size);
            memmove(bytes->data + at + size, bytes->data + at, bytes->size - at);
            memset(bytes->data + at, (int)roll(256), size);
            bytes->size += size;
        }
    }
}

static void test_mutations(void **state)
{
    (void)state;
    struct record record;
    struct buf bytes = { 0 }, damaged = { 0 };
    size_t good = 0;

    for (int i = 0; i < MUTATIONS; i++) {
        if (i % 100 == 0) {
            buf_reset(&bytes);
            if (roll(2))
                make_typical(&record, 1 + (int)roll(4));
            else
                make_any(&record, false);
            record_to_bytes(&record, &bytes);
        }
        buf_reset(&damaged);
        buf_add(&damaged, bytes.data, bytes.size);
        mutate(&damaged);
        good += try_bytes(damaged.data, damaged.size);
    }
    print_message("%zu of %d damaged ones still were records\n", good, MUTATIONS);
    assert_in_range(good, 1, MUTATIONS - 1);
    buf_release(&bytes);
    buf_release(&damaged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_absent),
        cmocka_unit_test(test_prefixes),      cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_version_order), cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_mutations),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
