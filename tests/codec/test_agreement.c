/* codec_open() refuses to start when schema and field table differ by so much as one field. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "codec/codec.h"

/* Today's rating-submitted with one spelling exchanged. */
static const struct {
    const char *from, *to;
    const char *says; /* NULL: it still agrees */
} changes[] = {
    { "Milliseconds", "ms", NULL },
    { "1 to 5 stars", "1 to 9 stars", NULL },
    { "\"name\": \"RatingSubmitted\"", "\"name\": \"TrainingCompleted\"",
      "field platform isn't written" },
    { "\"name\": \"RatingSubmitted\"", "\"name\": \"Rating\"", "no event has a record Rating" },
    { "\"name\": \"stars\"", "\"name\": \"points\"", "field stars isn't written" },
    { "\"name\": \"course_id\"", "\"name\": \"course\"", "course_id isn't written" },
    { "[\"null\", \"int\"]", "\"int\"", "stars: schema and table differ" },
    { "[\"null\", \"int\"]", "[\"int\", \"null\"]", "stars" },
    { "[\"null\", \"int\"]", "[\"null\", \"int\", \"string\"]", "stars is written as string" },
    { "[\"null\", \"int\"]", "[\"null\", \"long\"]", "stars is written as long" },
    { "[\"null\", \"string\"]", "[\"null\", \"bytes\"]", "review is written as bytes" },
    { "{\"type\": \"long\", \"logicalType\": \"timestamp-millis\"}", "\"int\"",
      "submitted_at_ms: schema" },
    { "[\"PLATFORM\", \"DASHBOARD\"]", "[\"DASHBOARD\", \"PLATFORM\"]",
      "channel: schema and table" },
    { "[\"PLATFORM\", \"DASHBOARD\"]", "[\"PLATFORM\"]", "channel: schema and table" },
    { "[\"PLATFORM\", \"DASHBOARD\"]", "[\"PLATFORM\", \"DASHBOARD\", \"POST\"]",
      "channel: schema" },
    { "\"fields\": [", "\"fields\": [ {\"name\": \"new\", \"type\": \"int\"},",
      "has 7 fields, the table 6" },
    { "\"default\": null,", "\"default\": 7,", NULL }, /* the first: stars */
    { "\"default\": null,", "\"default\": \"x\",", "stars: must be a whole number" },
    { "\"default\": null,", "\"default\": 0,", "stars: 0 where null" },
    { "}\n", "", "isn't JSON" },
};

/* The first occurrence. */
static void exchange(struct buf *out, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    assert_non_null(at);
    buf_reset(out);
    buf_add(out, text, (size_t)(at - text));
    buf_text(out, to);
    buf_text(out, at + strlen(from));
}

static void test_changes(void **state)
{
    struct buf avsc = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct err err = { 0 };
        exchange(&avsc, codec_schema(EVENT_RATING_SUBMITTED), changes[i].from, changes[i].to);
        int rc = codec_agrees(EVENT_RATING_SUBMITTED, avsc.data, &err);
        if (!changes[i].says) {
            if (rc < 0)
                fail_msg("row %zu: %s", i, err.text);
            continue;
        }
        assert_int_equal(rc, -1);
        assert_int_equal(err.kind, ERR_FATAL);
        if (!strstr(err.text, changes[i].says))
            fail_msg("row %zu: '%s' should say '%s'", i, err.text, changes[i].says);
    }
    buf_release(&avsc);
}

/* All of rating-submitted, in another order. */
static const char reordered[] =
    "{\"type\":\"record\",\"name\":\"RatingSubmitted\",\"fields\":["
    "{\"name\":\"participant_id\",\"type\":\"string\"},"
    "{\"name\":\"stars\",\"type\":[\"null\",\"int\"],\"default\":null},"
    "{\"name\":\"course_id\",\"type\":\"string\"},"
    "{\"name\":\"review\",\"type\":[\"null\",\"string\"],\"default\":null},"
    "{\"name\":\"channel\",\"type\":{\"type\":\"enum\",\"name\":\"C\",\"symbols\":"
    "[\"PLATFORM\",\"DASHBOARD\"]}},{\"name\":\"submitted_at_ms\",\"type\":\"long\"}]}";

static void test_order(void **state)
{
    struct err err = { 0 };

    (void)state;
    assert_int_equal(codec_agrees(EVENT_RATING_SUBMITTED, reordered, &err), -1);
    assert_int_equal(err.kind, ERR_FATAL);
    assert_string_equal(err.text, "rating-submitted: field 1 is stars in the "
                                  "schema, course_id in the table");
}

static void test_bytes_have_no_default(void **state)
{
    struct buf avsc = { 0 };
    struct err err = { 0 };

    (void)state;
    exchange(&avsc, codec_schema(EVENT_ACCOUNT_LINKED), "\"type\": \"bytes\",",
             "\"type\": \"bytes\", \"default\": \"\",");
    assert_int_equal(codec_agrees(EVENT_ACCOUNT_LINKED, avsc.data, &err), -1);
    assert_non_null(strstr(err.text, "sealed_account: bytes can't have a default"));
    buf_release(&avsc);
}

static void test_each_agrees_with_its_own_table_only(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++) {
        for (int k = 0; k < EVENT_COUNT; k++) {
            struct err err = { 0 };
            int rc = codec_agrees((enum event_type)i, codec_schema((enum event_type)k), &err);
            assert_int_equal(rc, i == k ? 0 : -1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_bytes_have_no_default),
        cmocka_unit_test(test_each_agrees_with_its_own_table_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
