/*
 * Bytes that somebody made up (consistency.md "Hostile input"). By hand the ones that are known to
 * hurt Avro-C, by chance a million others; under ASan, so that a leak or a read too far is found.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "samples.h"

#define MUTATIONS 1000000
#define ORIGINALS 32 /* per event type */

static struct codec *codec;
static struct buf message;

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
    buf_release(&message);
    return 0;
}

/* A copy of exact size: one byte too far is one that ASan sees. */
static int decode_exact(enum event_type type, const void *bytes, size_t size, void *event,
                        struct err *err)
{
    uint8_t *copy = malloc(size ? size : 1);

    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, bytes, size);
    int rc = codec_decode(codec, type, copy, size, event, err);
    free(copy);
    return rc;
}

static void refused(enum event_type type, const char *says)
{
    struct err err = { 0 };
    void *event = sample_memory(type);

    assert_int_equal(decode_exact(type, message.data, message.size, event, &err), -1);
    assert_int_equal(err.kind, ERR_REJECT);
    if (!strstr(err.text, says))
        fail_msg("'%s' should say '%s'", err.text, says);
    free(event);
}

/*
 * One rating per row, after the header of ten bytes: participant, course, stars, review, channel,
 * submitted.  "p" is 02 70, "c" is 02 63.
 */
static const struct {
    const char *name;
    const char *hex;
    const char *says; /* NULL: it is legal */
} ratings[] = {
    { "legal, all null", "0270 0263 00 00 00 02", NULL },
    { "legal", "0270 0263 020a 0206796573 02 02", NULL },
    { "review blank but there", "0270 0263 00 0200 00 02", NULL },
    { "varint longer than it must be", "0270 0263 8000 00 00 02", NULL },
    { "longest varint", "0270 0263 00 00 00 ffffffffffffffffff01", NULL },
    { "varint of 65 bits", "0270 0263 00 00 00 ffffffffffffffffff02",
      "submitted_at_ms at byte 17" },
    { "varint of 11 bytes", "0270 0263 00 00 00 ffffffffffffffffffff01", "submitted_at_ms" },
    { "trailing byte", "0270 0263 00 00 00 02 00", "1 bytes after the end" },
    { "8 GiB", "8080808040 0263 00 00 00 02", "participant_id at byte 10 of 21: too long" },
    { "length -1", "01 0263 00 00 00 02", "participant_id at byte 10 of 17: too long" },
    { "length INT64_MIN", "ffffffffffffffffff01 0263 00 00 00 02", "participant_id" },
    { "empty id", "00 0263 00 00 00 02", "participant_id at byte 10 of 17: empty" },
    { "length beyond the end", "2070 0263 00 00 00 02",
      "participant_id at byte 10 of 18: the bytes" },
    { "NUL in text", "06610062 0263 00 00 00 02", "participant_id at byte 10 of 20: not UTF-8" },
    { "NUL in longer text", "20 30313233343536373839006162636465 0263 00 00 00 02", "not UTF-8" },
    { "bad byte in longer text", "20 303132333435ff3738396162636465 66 0263 00 00 00 02",
      "not UTF-8" },
    { "overlong UTF-8", "04c0af 0263 00 00 00 02", "not UTF-8" },
    { "surrogate", "06eda080 0263 00 00 00 02", "not UTF-8" },
    { "above U+10FFFF", "08f4908080 0263 00 00 00 02", "not UTF-8" },
    { "UTF-8 cut", "04e282 0263 00 00 00 02", "not UTF-8" },
    { "Latin-1", "04e97a 0263 00 00 00 02", "not UTF-8" },
    { "bad UTF-8 in the review", "0270 0263 00 0202ff 00 02",
      "review at byte 15 of 20: not UTF-8" },
    { "union index 2", "0270 0263 04 00 00 02", "stars at byte 14 of 18: no branch" },
    { "union index -1", "0270 0263 01 00 00 02", "stars at byte 14 of 18: no branch" },
    { "stars of 33 bits", "0270 0263 028080808020 00 00 02", "stars at byte 14 of 23: not an int" },
    { "stars of -2^31 - 1", "0270 0263 028180808010 00 00 02",
      "stars at byte 14 of 23: not an int" },
    { "stars 0", "0270 0263 0200 00 00 02", "stars at byte 14 of 19: 0 where null" },
    { "enum index 2", "0270 0263 00 00 04 02", "channel at byte 16 of 18: no symbol" },
    { "enum index -1", "0270 0263 00 00 01 02", "channel at byte 16 of 18: no symbol" },
    { "enum index 2^31", "0270 0263 00 00 8080808010 02", "channel at byte 16 of 22: no symbol" },
};

static void put_hex(struct buf *to, const char *hex)
{
    static const char digits[] = "0123456789abcdef";

    while (*hex) {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        const char *high = strchr(digits, hex[0]), *low = strchr(digits, hex[1]);
        assert_true(high && low && hex[1]);
        uint8_t byte = (uint8_t)((high - digits) * 16 + (low - digits));
        buf_add(to, &byte, 1);
        hex += 2;
    }
}

static void test_by_hand(void **state)
{
    struct rating_submitted event;
    struct err err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof ratings / sizeof ratings[0]; i++) {
        buf_reset(&message);
        put_header(&message, EVENT_RATING_SUBMITTED);
        put_hex(&message, ratings[i].hex);
        if (ratings[i].says) {
            refused(EVENT_RATING_SUBMITTED, ratings[i].says);
        } else if (decode_exact(EVENT_RATING_SUBMITTED, message.data, message.size, &event, &err)) {
            fail_msg("%s: %s", ratings[i].name, err.text);
        }
    }
}

static void test_limit_of_every_text(void **state)
{
    (void)state;
    buf_reset(&message);
    put_header(&message, EVENT_RATING_SUBMITTED);
    put_text(&message, "0123456789012345678901234567890123456"); /* 37 of 36 */
    put_text(&message, "c");
    put_hex(&message, "00 00 00 02");
    refused(EVENT_RATING_SUBMITTED, "participant_id at byte 10 of 54: too long");
}

/* provisional is the only boolean of incentive-scheduled; flip it to each value of a byte. */
static void test_booleans(void **state)
{
    struct incentive_scheduled event;
    struct err err = { 0 };
    int taken = 0;

    (void)state;
    sample_least(EVENT_INCENTIVE_SCHEDULED, &event);
    buf_reset(&message);
    assert_int_equal(codec_encode(codec, EVENT_INCENTIVE_SCHEDULED, &event, &message, &err), 0);
    size_t at = message.size - 5; /* bool, then two texts of one byte: 02 61 02 61 */
    for (int value = 0; value < 256; value++) {
        message.data[at] = (char)value;
        if (decode_exact(EVENT_INCENTIVE_SCHEDULED, message.data, message.size, &event, &err)) {
            assert_non_null(strstr(err.text, "provisional"));
            continue;
        }
        assert_int_equal(event.provisional, value == 1);
        taken++;
    }
    assert_int_equal(taken, 2);
}

static void test_framing(void **state)
{
    struct rating_submitted event;
    struct err err = { 0 };

    (void)state;
    buf_reset(&message);
    refused(EVENT_RATING_SUBMITTED, "the first bytes are not our framing");
    buf_text(&message, "{\"json\":1}");
    refused(EVENT_RATING_SUBMITTED, "the first bytes are not our framing");
    buf_reset(&message);
    put_id(&message, 7);
    refused(EVENT_RATING_SUBMITTED, "no schema has the id 7");
    buf_reset(&message);
    put_hex(&message, "c301 0000000000000000 00");
    refused(EVENT_RATING_SUBMITTED, "no schema has the fingerprint 0000000000000000");

    sample_least(EVENT_RATING_SUBMITTED, &event);
    buf_reset(&message);
    assert_int_equal(codec_encode(codec, EVENT_RATING_SUBMITTED, &event, &message, &err), 0);
    refused(EVENT_TRAINING_COMPLETED, "training-completed: written as rating-submitted");

    buf_reset(&message);
    buf_reserve(&message, CODEC_DEAD_LETTER_MAX + 1);
    memset(message.data, 0, CODEC_DEAD_LETTER_MAX + 1);
    message.size = CODEC_MESSAGE_MAX + 1;
    refused(EVENT_RATING_SUBMITTED, "longer than 65536 bytes");
    message.size = CODEC_DEAD_LETTER_MAX + 1;
    refused(EVENT_DEAD_LETTER, "longer than 66560 bytes");
}

/* Change, insert or take away a few bytes. Values that hurt come more often than by chance. */
static void mutate(struct buf *bytes, uint64_t *seed)
{
    static const uint8_t nasty[] = { 0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff, 0xc3 };
    unsigned times = 1 + (unsigned)(chance(seed) % 3);

    while (times-- > 0 && bytes->size > 1) {
        /* mostly behind the header, which few messages survive without */
        size_t first = bytes->size > CODEC_HEADER_SIZE && chance(seed) % 16 ? CODEC_HEADER_SIZE : 0;
        size_t at = first + chance(seed) % (bytes->size - first);
        uint8_t byte = chance(seed) % 2 ? (uint8_t)chance(seed) : nasty[chance(seed) % 8];
        switch (chance(seed) % 5) {
        case 0: bytes->data[at] = (char)(bytes->data[at] ^ (1 << chance(seed) % 8)); break;
        case 1: bytes->data[at] = (char)byte; break;
        case 2:
            buf_add(bytes, "", 1);
            memmove(bytes->data + at + 1, bytes->data + at, bytes->size - at - 1);
            bytes->data[at] = (char)byte;
            break;
        case 3:
            memmove(bytes->data + at, bytes->data + at + 1, bytes->size - at - 1);
            bytes->size--;
            break;
        default: bytes->size = at; break;
        }
    }
}

/* What is accepted must be an event of ours: it can be written, and read again to the same. */
static void check_accepted(enum event_type type, const void *event, void *again)
{
    struct err err = { 0 };

    buf_reset(&message);
    if (codec_encode(codec, type, event, &message, &err) ||
        codec_decode(codec, type, message.data, message.size, again, &err))
        fail_msg("%s", err.text);
    assert_memory_equal(event, again, event_row(type)->struct_size);
}

static void mutate_type(enum event_type type, int rounds, uint64_t *seed, long counts[2])
{
    struct buf originals[ORIGINALS] = { 0 };
    struct buf mutant = { 0 };
    void *event = sample_memory(type), *again = sample_memory(type);
    struct err err = { 0 };

    for (size_t i = 0; i < ORIGINALS; i++) {
        sample_any(type, event, 24, seed);
        assert_int_equal(codec_encode(codec, type, event, &originals[i], &err), 0);
    }
    for (int i = 0; i < rounds; i++) {
        const struct buf *original = &originals[chance(seed) % ORIGINALS];
        buf_reset(&mutant);
        buf_add(&mutant, original->data, original->size);
        mutate(&mutant, seed);
        err.kind = ERR_NONE;
        int rc = decode_exact(type, mutant.data, mutant.size, event, &err);
        counts[rc < 0]++;
        if (rc < 0)
            assert_int_equal(err.kind, ERR_REJECT);
        else if (type != EVENT_DEAD_LETTER || i % 16 == 0) /* 64 KiB each: a part will do */
            check_accepted(type, event, again);
    }
    for (size_t i = 0; i < ORIGINALS; i++)
        buf_release(&originals[i]);
    buf_release(&mutant);
    free(event);
    free(again);
}

static void test_a_million_by_chance(void **state)
{
    uint64_t seed = chance_seed();
    long counts[2] = { 0, 0 };

    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++)
        mutate_type((enum event_type)i, MUTATIONS / EVENT_COUNT + 1, &seed, counts);
    print_message("%ld accepted, %ld refused\n", counts[0], counts[1]);
    assert_true(counts[0] + counts[1] >= MUTATIONS);
    assert_true(counts[0] > MUTATIONS / 100 && counts[1] > MUTATIONS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_limit_of_every_text),
        cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_framing),
        cmocka_unit_test(test_a_million_by_chance),
    };
    return cmocka_run_group_tests(tests, open_codec, close_codec);
}
