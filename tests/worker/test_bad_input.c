/*
 * What bad input gets: one dead letter that says why, whence and what; the rest of its batch is
 * applied and the worker goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "people.h"
#include "policy/facts.h"
#include "virtual_clock.h"

#define DAY_MS INT64_C(86400000)
#define HUGE (CODEC_MESSAGE_MAX + 1)
#define CARD "4111111111111111"
#define ACCOUNT "1234567890"

static struct codec *codec;

static void encode(const struct rating_submitted *e, struct buf *out)
{
    struct err err;

    buf_reset(out);
    assert_int_equal(codec_encode(codec, EVENT_RATING_SUBMITTED, e, out, &err), 0);
}

static struct rating_submitted good(void)
{
    return a_rating(1, "course-1", 5, "bagus");
}

/* ---------------------------------------------------------------- how bytes go wrong */
static void rubbish(struct buf *out)
{
    buf_text(out, "{\"participant_id\":\"p0001\"}");
}

static void nothing(struct buf *out)
{
    buf_text(out, "");
}

static void valid(struct buf *out)
{
    struct rating_submitted e = good();
    encode(&e, out);
}

static void truncated(struct buf *out)
{
    valid(out);
    out->size--;
}

static void too_long(struct buf *out)
{
    valid(out);
    buf_text(out, "x");
}

static void fill(struct buf *out, size_t size)
{
    static char bytes[HUGE];

    memset(bytes, 'x', sizeof bytes);
    valid(out);
    buf_add(out, bytes, size - out->size);
}

static void largest(struct buf *out)
{
    fill(out, CODEC_MESSAGE_MAX);
}

static void larger(struct buf *out)
{
    fill(out, HUGE);
}

static void unknown_schema(struct buf *out)
{
    valid(out);
    out->data[4] = (char)(out->data[4] ^ 1);
}

static void schema_of_another(struct buf *out)
{
    struct training_completed e = a_completion(1, "course-1");
    struct err err;

    assert_int_equal(codec_encode(codec, EVENT_TRAINING_COMPLETED, &e, out, &err), 0);
}

/* The place where two encodings first differ. */
static size_t difference(const struct rating_submitted *a, const struct rating_submitted *b)
{
    struct buf one = { 0 }, two = { 0 };
    size_t at = 0;

    encode(a, &one);
    encode(b, &two);
    assert_int_equal(one.size, two.size);
    while (one.data[at] == two.data[at])
        at++;
    buf_release(&one);
    buf_release(&two);
    return at;
}

static void channel_past_the_last(struct buf *out)
{
    struct rating_submitted a = good(), b = good();

    b.channel = CHANNEL_DASHBOARD;
    size_t at = difference(&a, &b);
    valid(out);
    out->data[at] = CHANNEL_COUNT * 2; /* zigzag */
}

static void stars(struct buf *out, int zigzag)
{
    struct rating_submitted a = good(), b = good();

    b.stars = 4;
    size_t at = difference(&a, &b);
    valid(out);
    out->data[at] = (char)zigzag;
}

static void no_stars_as_number(struct buf *out)
{
    stars(out, 0);
}

static void six_stars(struct buf *out)
{
    stars(out, 12);
}

static void in_course(struct buf *out, char c)
{
    valid(out);
    for (size_t i = 0; i + 8 <= out->size; i++)
        if (memcmp(out->data + i, "course-1", 8) == 0)
            out->data[i + 3] = c;
}

static void nul_inside(struct buf *out)
{
    in_course(out, '\0');
}

static void no_utf8(struct buf *out)
{
    in_course(out, (char)0xff);
}

static void at(struct buf *out, int64_t submitted_at_ms)
{
    struct rating_submitted e = good();

    e.submitted_at_ms = submitted_at_ms;
    encode(&e, out);
}

static void too_late(struct buf *out)
{
    at(out, virtual_clock_ms() + DAY_MS + 1);
}

static void too_early(struct buf *out)
{
    at(out, INT64_C(1577836800000) - 1); /* 2020-01-01T00:00:00Z */
}

static void nothing_said(struct buf *out)
{
    struct rating_submitted e = a_rating(1, "course-1", 0, " \t\xc2\xa0\n");
    encode(&e, out);
}

static void card_and_six_stars(struct buf *out)
{
    struct rating_submitted e = a_rating(1, "course-1", 6, "kartu saya " CARD);
    encode(&e, out);
}

static void account_and_six_stars(struct buf *out)
{
    struct rating_submitted e = a_rating(1, "course-1", 6, "rekening " ACCOUNT);
    encode(&e, out);
}

/* ---------------------------------------------------------------- the table */
#define KEY_37 "p0001-and-more-than-an-id-may-be-long"
#define KEY_300                                                                                    \
    KEY_37 KEY_37 KEY_37 KEY_37 KEY_37 KEY_37 KEY_37 KEY_37 "0123" /* past KEY_BYTES_MAX */

static const struct bad {
    const char *name;
    void (*make)(struct buf *out); /* NULL: no value */
    const char *key;               /* NULL: none */
    const char *reason;            /* part of it */
    bool masked;
} table[] = {
    { "no Avro", rubbish, "p0001", "framing", false },
    { "empty value", nothing, "p0001", "framing", false },
    { "no value", NULL, "p0001", "no value", false },
    { "truncated", truncated, "p0001", "submitted_at_ms", false },
    { "a byte too many", too_long, "p0001", "after the end", false },
    { "64 KiB", largest, "p0001", "after the end", false },
    { "more than 64 KiB", larger, "p0001", "longer than 64 KiB", true },
    { "unknown schema", unknown_schema, "p0001", "schema", false },
    { "another's schema", schema_of_another, "p0001", "written as training-completed", false },
    { "enum out of range", channel_past_the_last, "p0001", "channel", false },
    { "NUL in a text", nul_inside, "p0001", "course_id", false },
    { "no UTF-8", no_utf8, "p0001", "course_id", false },
    { "0 stars", no_stars_as_number, "p0001", "stars", false },
    { "6 stars", six_stars, "p0001", "stars", false },
    { "after the record's time", too_late, "p0001", "submitted_at_ms", false },
    { "before 2020", too_early, "p0001", "submitted_at_ms", false },
    { "neither stars nor review", nothing_said, "p0001", "nothing said", false },
    { "key of another", valid, "p0002", "key isn't the payload's", false },
    { "no key", valid, NULL, "key isn't a participant id", false },
    { "empty key", valid, "", "key isn't a participant id", false },
    { "key with a blank", valid, "p 0001", "key isn't a participant id", false },
    { "key too long", valid, KEY_37, "key isn't a participant id", false },
    { "key much too long", valid, KEY_300, "key isn't a participant id", true },
    { "card number in a review", card_and_six_stars, "p0001", "stars", true },
    { "card number as key", valid, CARD, "key isn't the payload's", true },
    { "account number in a text", account_and_six_stars, "p0001", "stars", true },
    { "account number as key", valid, ACCOUNT, "key isn't the payload's", true },
};

/* Neither in the value nor in the key. */
static void check_hidden(const char *name, const struct bus_message *m, const char *number)
{
    size_t size = strlen(number);

    for (size_t i = 0; i + size <= m->value_size; i++)
        if (memcmp((const char *)m->value + i, number, size) == 0)
            fail_msg("%s: %s lies in the dead letter", name, number);
    assert_true(m->key_size != size);
}

static void check_letter(struct world *w, const struct bad *bad, const struct buf *value)
{
    static struct dead_letter letter;
    struct seen seen[2];
    size_t key_size = bad->key ? strlen(bad->key) : 0;

    if (world_count(w, EVENT_DEAD_LETTER) != 1)
        fail_msg("%s: %zu dead letters", bad->name, world_count(w, EVENT_DEAD_LETTER));
    assert_int_equal(world_seen(w, EVENT_DEAD_LETTER, seen, 2), 1);
    world_read(w, EVENT_DEAD_LETTER, &seen[0].m, &letter);
    if (!strstr(letter.reason, bad->reason))
        fail_msg("%s: the reason is \"%s\"", bad->name, letter.reason);
    assert_string_equal(letter.worker, "rating-worker");
    assert_string_equal(letter.source_topic, "rating-submitted");
    assert_int_equal(letter.source_partition, 0);
    assert_int_equal(letter.source_offset, 1);
    assert_int_equal(letter.source_timestamp_ms, CLOCK_START_MS);
    if (letter.masked != bad->masked)
        fail_msg("%s: masked is %d", bad->name, letter.masked);
    assert_string_not_equal(seen[0].id, "");
    if (!bad->masked) {
        assert_int_equal(letter.original.size, value->size);
        assert_memory_equal(letter.original.at, value->data, value->size);
        assert_int_equal(letter.source_key.size, key_size);
        assert_memory_equal(letter.source_key.at, bad->key, key_size);
    }
    check_hidden(bad->name, &seen[0].m, CARD);
    check_hidden(bad->name, &seen[0].m, ACCOUNT);
}

static void one(const struct bad *bad)
{
    struct world w;
    struct buf value = { 0 };
    struct record r;
    struct rating_submitted before = a_rating(2, "course-1", 4, "ya"), after = before;

    world_open(&w, 1, 1);
    codec = w.codec;
    struct process *p = world_start(&w, &fact_workers[RATING]);
    (void)world_tell(&w, EVENT_RATING_SUBMITTED, &before);
    if (bad->make)
        bad->make(&value);
    struct bus_position where =
        world_tell_bytes(&w, EVENT_RATING_SUBMITTED, 0, bad->key, bad->key ? strlen(bad->key) : 0,
                         value.data, value.size);
    assert_int_equal(where.offset, 1);
    (void)snprintf(after.participant_id, sizeof after.participant_id, "p0003");
    (void)world_tell(&w, EVENT_RATING_SUBMITTED, &after);
    world_settle(&w);
    world_check_rest(&w);
    check_letter(&w, bad, &value);
    for (int n = 1; n <= 3; n++) {
        world_record(&w, person(n), &r);
        assert_int_equal(r.rating_count, n == 1 ? 0 : 1);
    }
    assert_true(shell_ready(p->shell));
    world_close(&w);
    buf_release(&value);
}

static void test_bad_input(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        one(&table[i]);
}

/* ---------------------------------------------------------------- what is odd, but good */
static void rate(struct world *w, const struct rating_submitted *e, struct record *r)
{
    (void)world_tell(w, EVENT_RATING_SUBMITTED, e);
    world_settle(w);
    world_record(w, e->participant_id, r);
    assert_int_equal(world_count(w, EVENT_DEAD_LETTER), 0);
}

static void test_odd_but_good(void **state)
{
    struct world w;
    struct record r;
    struct rating_submitted blank = a_rating(1, "course-1", 5, " \xe3\x80\x80\n");
    struct rating_submitted card = a_rating(2, "course-1", 0, "kartu " CARD);
    struct rating_submitted last = a_rating(3, "course-1", 1, "");
    (void)state;

    world_open(&w, 1, 1);
    (void)world_start(&w, &fact_workers[RATING]);
    rate(&w, &blank, &r); /* stars, but no review */
    assert_true(condition_met(&r, CONDITION_rated, NULL));
    assert_false(condition_met(&r, CONDITION_reviewed, NULL));
    rate(&w, &card, &r); /* L12: counts as a review, whatever is in it */
    assert_false(condition_met(&r, CONDITION_rated, NULL));
    assert_true(condition_met(&r, CONDITION_reviewed, NULL));
    last.submitted_at_ms = virtual_clock_ms() + DAY_MS; /* a day ahead is the limit */
    rate(&w, &last, &r);
    assert_true(condition_met(&r, CONDITION_rated, NULL));
    world_close(&w);
}

/* A fact that the record has no room for (D10) is a dead letter like any other. */
static void test_refused_fact(void **state)
{
    struct world w;
    struct record r;
    static struct dead_letter letter;
    struct seen seen;
    (void)state;

    world_open(&w, 1, 1);
    (void)world_start(&w, &fact_workers[RATING]);
    for (int i = 0; i <= RECORD_RATINGS_MAX; i++) {
        char course[32];
        (void)snprintf(course, sizeof course, "course-%d", i);
        struct rating_submitted e = a_rating(1, course, 3, "");
        (void)world_tell(&w, EVENT_RATING_SUBMITTED, &e);
    }
    world_settle(&w);
    world_check_rest(&w);
    world_record(&w, person(1), &r);
    assert_int_equal(r.rating_count, RECORD_RATINGS_MAX);
    assert_int_equal(world_seen(&w, EVENT_DEAD_LETTER, &seen, 1), 1);
    world_read(&w, EVENT_DEAD_LETTER, &seen.m, &letter);
    assert_non_null(strstr(letter.reason, "too many courses"));
    assert_int_equal(letter.source_offset, RECORD_RATINGS_MAX);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_odd_but_good),
        cmocka_unit_test(test_refused_fact),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
