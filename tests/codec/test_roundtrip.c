/* What is written is read: every event, at its extremes and by chance, in Avro and in JSON. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "samples.h"

static struct codec *codec;
static struct buf message;
static struct buf text;

static int open_codec(void **state)
{
    struct err err = { 0 };

    (void)state;
    codec = codec_open(&err);
    if (!codec)
        fail_msg("%s", err.text);
    return 0;
}

static int close_codec(void **state)
{
    (void)state;
    codec_close(codec);
    codec_close(NULL);
    buf_release(&message);
    buf_release(&text);
    return 0;
}

static void encode(enum event_type type, const void *event)
{
    struct err err = { 0 };

    buf_reset(&message);
    if (codec_encode(codec, type, event, &message, &err) < 0)
        fail_msg("%s", err.text);
}

/* Avro there and back, JSON there and back. */
static void check_round_trip(enum event_type type, const void *event, void *again)
{
    size_t size = event_row(type)->struct_size;
    struct err err = { 0 };

    encode(type, event);
    memset(again, 0xaa, size);
    if (codec_decode(codec, type, message.data, message.size, again, &err) < 0)
        fail_msg("%s", err.text);
    assert_memory_equal(event, again, size);

    buf_reset(&text);
    codec_to_json(type, event, &text);
    assert_null(strchr(text.data, '\n'));
    memset(again, 0xaa, size);
    if (codec_from_json(type, text.data, text.size, again, &err) < 0)
        fail_msg("%s\n%s", err.text, text.data);
    assert_memory_equal(event, again, size);
}

static void test_extremes(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++) {
        enum event_type type = (enum event_type)i;
        void *event = sample_memory(type), *again = sample_memory(type);
        sample_least(type, event);
        check_round_trip(type, event, again);
        sample_most(type, event, SIZE_MAX);
        check_round_trip(type, event, again);
        assert_in_range(message.size, CODEC_HEADER_SIZE + 1,
                        type == EVENT_DEAD_LETTER ? CODEC_DEAD_LETTER_MAX : CODEC_MESSAGE_MAX);
        free(event);
        free(again);
    }
}

static void test_by_chance(void **state)
{
    uint64_t seed = chance_seed();

    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++) {
        enum event_type type = (enum event_type)i;
        void *event = sample_memory(type), *again = sample_memory(type);
        for (int n = 0; n < 500; n++) {
            sample_any(type, event, 2000, &seed);
            check_round_trip(type, event, again);
        }
        free(event);
        free(again);
    }
}

/* The message cut after any byte is refused, and so is one with a byte too many. */
static void test_every_prefix(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++) {
        enum event_type type = (enum event_type)i;
        void *event = sample_memory(type);
        for (int most = 0; most < 2; most++) {
            struct err err = { 0 };
            if (most)
                sample_most(type, event, 300);
            else
                sample_least(type, event);
            encode(type, event);
            for (size_t size = 0; size < message.size; size++) {
                err.kind = ERR_NONE;
                uint8_t *cut = malloc(size ? size : 1); /* exact, so that ASan sees a byte beyond */
                assert_non_null(cut);
                memcpy(cut, message.data, size);
                assert_int_equal(codec_decode(codec, type, cut, size, event, &err), -1);
                assert_int_equal(err.kind, ERR_REJECT);
                free(cut);
            }
            buf_add(&message, "", 1);
            assert_int_equal(
                codec_decode(codec, type, message.data, message.size, event, &err), -1);
            assert_non_null(strstr(err.text, "1 bytes after the end"));
        }
        free(event);
    }
}

/* Messages follow each other in one codec: nothing of the one before is left in the next. */
static void test_nothing_is_left_over(void **state)
{
    struct rating_submitted full, least, again;
    struct err err = { 0 };

    (void)state;
    sample_most(EVENT_RATING_SUBMITTED, &full, SIZE_MAX);
    sample_least(EVENT_RATING_SUBMITTED, &least);
    for (int i = 0; i < 3; i++) {
        encode(EVENT_RATING_SUBMITTED, &full);
        assert_int_equal(codec_decode(codec, EVENT_RATING_SUBMITTED, message.data, message.size,
                                      &again, &err), 0);
        encode(EVENT_RATING_SUBMITTED, &least);
        assert_int_equal(codec_decode(codec, EVENT_RATING_SUBMITTED, message.data, message.size,
                                      &again, &err), 0);
        assert_memory_equal(&least, &again, sizeof least);
    }
}

static void test_encode_appends(void **state)
{
    struct transfer_retry event;
    struct err err = { 0 };

    (void)state;
    sample_most(EVENT_TRANSFER_RETRY, &event, SIZE_MAX);
    buf_reset(&message);
    buf_text(&message, "before");
    assert_int_equal(codec_encode(codec, EVENT_TRANSFER_RETRY, &event, &message, &err), 0);
    assert_memory_equal(message.data, "before\xc3\x01", 8);
    assert_int_equal(codec_decode(codec, EVENT_TRANSFER_RETRY, message.data + 6, message.size - 6,
                                  &event, &err), 0);
}

/* What we would never send: a bug of ours, named, and nothing is appended. */
static void test_encode_refuses(void **state)
{
    struct err err = { 0 };
    struct eligibility_checked e;
    struct account_linked a;

    (void)state;
    buf_reset(&message);
#define REFUSED(T, event, break_it, field)                                                         \
    do {                                                                                           \
        sample_most(T, &event, SIZE_MAX);                                                          \
        break_it;                                                                                  \
        err = (struct err){ 0 };                                                                   \
        assert_int_equal(codec_encode(codec, T, &event, &message, &err), -1);                      \
        assert_int_equal(err.kind, ERR_FATAL);                                                     \
        assert_non_null(strstr(err.text, field));                                                  \
        assert_int_equal(message.size, 0);                                                         \
    } while (0)
    REFUSED(EVENT_ELIGIBILITY_CHECKED, e, e.participant_id[0] = '\0', "participant_id: empty");
    REFUSED(EVENT_ELIGIBILITY_CHECKED, e, memset(e.participant_id, 'x', sizeof e.participant_id),
            "participant_id: the text has no end");
    REFUSED(EVENT_ELIGIBILITY_CHECKED, e, e.raw_code[0] = (char)0xff, "raw_code: not UTF-8");
    REFUSED(EVENT_ELIGIBILITY_CHECKED, e, e.check = CHECK_COUNT, "check: no symbol");
    REFUSED(EVENT_ELIGIBILITY_CHECKED, e, e.check = -1, "check: no symbol");
    REFUSED(EVENT_ELIGIBILITY_CHECKED, e, e.reason = REASON_COUNT + 1, "reason: no symbol");
    REFUSED(EVENT_ACCOUNT_LINKED, a, a.sealed_account.size = SEALED_MAX + 1,
            "sealed_account: too long");
#undef REFUSED
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_by_chance),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_nothing_is_left_over),
        cmocka_unit_test(test_encode_appends),
        cmocka_unit_test(test_encode_refuses),
    };
    return cmocka_run_group_tests(tests, open_codec, close_codec);
}
