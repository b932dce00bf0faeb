/* JSON as people and other tools write it: what is taken, what is refused and by which name. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "codec/codec.h"

static const char rating[] =
    "{\"participant_id\":\"p-1\",\"course_id\":\"c\",\"stars\":5,"
    "\"review\":\"bagus \\\"sekali\\\"\\n\","
    "\"channel\":\"DASHBOARD\",\"submitted_at_ms\":1772417730000}";

static void test_line(void **state)
{
    struct rating_submitted e;
    struct err err = { 0 };
    struct buf out = { 0 };

    (void)state;
    assert_int_equal(codec_from_json(EVENT_RATING_SUBMITTED, rating, strlen(rating), &e, &err), 0);
    assert_string_equal(e.participant_id, "p-1");
    assert_string_equal(e.review, "bagus \"sekali\"\n");
    assert_int_equal(e.stars, 5);
    assert_int_equal(e.channel, CHANNEL_DASHBOARD);
    assert_true(e.submitted_at_ms == INT64_C(1772417730000));
    codec_to_json(EVENT_RATING_SUBMITTED, &e, &out);
    assert_string_equal(out.data, rating);
    buf_release(&out);
}

static void test_absent_is_null(void **state)
{
    static const char line[] = "{\"participant_id\":\"p-1\",\"check\":\"NIK_MATCH\","
                               "\"account_ref\":null,\"outcome\":\"PASS\",\"reason\":null,"
                               "\"raw_code\":null,"
                               "\"checked_at_ms\":1,\"source_version\":2}";
    static const char less[] = "{\"participant_id\":\"p-1\",\"source_version\":2,"
                               "\"checked_at_ms\":1,\"check\":\"NIK_MATCH\",\"outcome\":\"PASS\"}";
    struct eligibility_checked e;
    struct err err = { 0 };
    struct buf out = { 0 };

    (void)state;
    assert_int_equal(codec_from_json(EVENT_ELIGIBILITY_CHECKED, less, strlen(less), &e, &err), 0);
    assert_int_equal(e.reason, REASON_COUNT);
    codec_to_json(EVENT_ELIGIBILITY_CHECKED, &e, &out);
    assert_string_equal(out.data, line);
    assert_int_equal(codec_from_json(EVENT_ELIGIBILITY_CHECKED, line, strlen(line), &e, &err), 0);
    assert_int_equal(e.reason, REASON_COUNT);
    buf_release(&out);
}

/* One field exchanged in a rating. */
static const struct {
    const char *from, *to;
    const char *says; /* NULL: legal */
} ratings[] = {
    { "1772417730000", "\"2026-03-02T09:15:30+07:00\"", NULL },
    { "1772417730000", "-1", NULL },
    { "\"stars\":5,", "", NULL },
    { "\"stars\":5", "\"stars\":null", NULL },
    { "\"stars\":5", "\"stars\":-2147483648", NULL }, /* a matter of event_impossible() */
    { "c\"", "\\u00e9\\ud83d\\ude00\"", NULL },
    { "1772417730000", "\"2026-03-02\"", "submitted_at_ms: no RFC 3339 time" },
    { "1772417730000", "\"2026-03-02T09:15:30\"", "submitted_at_ms: no RFC 3339 time" },
    { "1772417730000", "1.5", "submitted_at_ms: must be whole milliseconds or an RFC 3339 time" },
    { "1772417730000", "1e3", "submitted_at_ms: must be whole" },
    { "1772417730000", "null", "submitted_at_ms: must be whole" },
    { "1772417730000", "9223372036854775808", "no JSON object: line 1" },
    { "\"stars\":5", "\"stars\":0", "stars: 0 where null" },
    { "\"stars\":5", "\"stars\":\"5\"", "stars: must be a whole number" },
    { "\"stars\":5", "\"stars\":5.0", "stars: must be a whole number" },
    { "\"stars\":5", "\"stars\":true", "stars: must be a whole number" },
    { "\"stars\":5", "\"stars\":2147483648", "stars: not an int of 32 bits" },
    { "\"stars\":5", "\"stars\":[5]", "stars: must be" },
    { "\"stars\":5", "\"stars\":5,\"stars\":4", "rating-submitted: stars: given twice" },
    { "\"stars\":5", "\"stars\":5,\"\\u0073tars\":4", "a field: given twice" },
    { "\"stars\":5", "\"points\":5", "rating-submitted: points: no such field" },
    { "\"stars\":5", "\"3201012345678901\":5", "(a name): no such field" },
    { "\"participant_id\":\"p-1\",", "", "participant_id: missing" },
    { "\"channel\":\"DASHBOARD\",", "", "channel: missing" },
    { "\"p-1\"", "\"\"", "participant_id: must not be empty" },
    { "\"p-1\"", "7", "participant_id: must be a string" },
    { "\"p-1\"", "null", "participant_id: must be a string" },
    { "\"p-1\"", "\"0123456789012345678901234567890123456\"",
      "participant_id: longer than 36 bytes" },
    { "\"p-1\"", "\"\\u0000\"", "no JSON object: line 1" },
    { "\"p-1\"", "\"\xff\"", "no JSON object: line 1" },
    { "\"DASHBOARD\"", "\"Dashboard\"", "channel: no symbol of the schema" },
    { "\"DASHBOARD\"", "1", "channel: must be the name of a symbol" },
    { "\"DASHBOARD\"", "null", "channel: must be the name of a symbol" },
    { "{", "[", "no JSON object: line 1" },
    { "}", "", "no JSON object: line 1" },
    { "}", "} {}", "no JSON object: line 1" },
    { "}", "}\n}", "no JSON object: line 2" },
};

static void exchange(struct buf *out, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    assert_non_null(at);
    buf_reset(out);
    buf_add(out, text, (size_t)(at - text));
    buf_text(out, to);
    buf_text(out, at + strlen(from));
}

static void test_ratings(void **state)
{
    struct buf text = { 0 };
    struct rating_submitted e;

    (void)state;
    for (size_t i = 0; i < sizeof ratings / sizeof ratings[0]; i++) {
        struct err err = { 0 };
        exchange(&text, rating, ratings[i].from, ratings[i].to);
        int rc = codec_from_json(EVENT_RATING_SUBMITTED, text.data, text.size, &e, &err);
        if (!ratings[i].says) {
            if (rc < 0)
                fail_msg("row %zu: %s", i, err.text);
            continue;
        }
        if (rc == 0)
            fail_msg("row %zu: %s is taken", i, text.data);
        assert_int_equal(err.kind, ERR_REJECT);
        assert_non_null(strstr(err.text, "rating-submitted: "));
        assert_null(strstr(err.text, "bagus")); /* never a value */
        if (!strstr(err.text, ratings[i].says))
            fail_msg("row %zu: '%s' should say '%s'", i, err.text, ratings[i].says);
    }
    buf_release(&text);
}

static const struct {
    const char *text;
    const char *says;
} not_objects[] = {
    { "", "no JSON object: line 1" },
    { "[]", "no JSON object" },
    { "null", "no JSON object" },
    { "7", "no JSON object" },
    { "\"x\"", "no JSON object" },
    { "{}", "participant_id: missing" },
};

static void test_not_objects(void **state)
{
    struct rating_submitted e;

    (void)state;
    for (size_t i = 0; i < sizeof not_objects / sizeof not_objects[0]; i++) {
        struct err err = { 0 };
        assert_int_equal(codec_from_json(EVENT_RATING_SUBMITTED, not_objects[i].text,
                                         strlen(not_objects[i].text), &e, &err), -1);
        assert_non_null(strstr(err.text, not_objects[i].says));
    }
}

static void test_nesting_and_size(void **state)
{
    struct buf text = { 0 };
    struct rating_submitted e;
    struct err err = { 0 };

    (void)state;
    buf_text(&text, "{\"stars\":");
    for (int i = 0; i < 60000; i++)
        buf_text(&text, "[");
    assert_int_equal(codec_from_json(EVENT_RATING_SUBMITTED, text.data, text.size, &e, &err), -1);
    assert_non_null(strstr(err.text, "no JSON object: line 1"));
    while (text.size <= 2 * CODEC_MESSAGE_MAX)
        buf_text(&text, "[[[[[[[[[[[[[[[[");
    assert_int_equal(codec_from_json(EVENT_RATING_SUBMITTED, text.data, text.size, &e, &err), -1);
    assert_non_null(strstr(err.text, "longer than 131072 bytes"));
    buf_release(&text);
}

/* RFC 4648 section 10, and what has no place in it. */
static const struct {
    const char *base64;
    const char *bytes; /* NULL: refused */
} boxes[] = {
    { "", "" },           { "Zg==", "f" },      { "Zm8=", "fo" },         { "Zm9v", "foo" },
    { "Zm9vYg==", "foob" }, { "Zm9vYmE=", "fooba" }, { "Zm9vYmFy", "foobar" }, { "/+9=", NULL },
    { "Zg", NULL },       { "Zg=", NULL },      { "Zh==", NULL },         { "Zm9=", NULL },
    { "====", NULL },     { "Z===", NULL },     { "Zg==Zg==", NULL },     { "Z g=", NULL },
    { "_-==", NULL },     { "Zm\\n9", NULL },
};

static void test_bytes(void **state)
{
    struct buf text = { 0 };
    struct account_linked e;

    (void)state;
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
        struct err err = { 0 };
        buf_reset(&text);
        buf_printf(&text, "{\"participant_id\":\"p\",\"account_ref\":\"a\",\"partner\":\"OVO\","
                          "\"sealed_account\":\"%s\",\"linked_at_ms\":1,\"source_version\":1}",
                   boxes[i].base64);
        int rc = codec_from_json(EVENT_ACCOUNT_LINKED, text.data, text.size, &e, &err);
        if (!boxes[i].bytes) {
            assert_int_equal(rc, -1);
            assert_non_null(strstr(err.text, "account-linked: sealed_account: no padded base64"));
            continue;
        }
        assert_int_equal(rc, 0);
        assert_int_equal(e.sealed_account.size, strlen(boxes[i].bytes));
        assert_memory_equal(e.sealed_account.at, boxes[i].bytes, e.sealed_account.size);
        struct buf out = { 0 };
        codec_to_json(EVENT_ACCOUNT_LINKED, &e, &out);
        assert_string_equal(out.data, text.data);
        buf_release(&out);
    }
    buf_release(&text);
}

static void test_bytes_too_long(void **state)
{
    struct buf text = { 0 };
    struct account_linked e;

    (void)state;
    for (size_t groups = 84; groups < 88; groups++) { /* 256 bytes are 85 groups and a byte */
        struct err err = { 0 };
        buf_reset(&text);
        buf_text(&text, "{\"participant_id\":\"p\",\"account_ref\":\"a\",\"partner\":\"OVO\","
                        "\"sealed_account\":\"");
        for (size_t i = 0; i < groups; i++)
            buf_text(&text, "AAAA");
        buf_text(&text, "AA==\",\"linked_at_ms\":1,\"source_version\":1}");
        int rc = codec_from_json(EVENT_ACCOUNT_LINKED, text.data, text.size, &e, &err);
        assert_int_equal(rc, groups * 3 + 1 <= SEALED_MAX ? 0 : -1);
        if (rc < 0)
            assert_non_null(strstr(err.text, "at most 256 bytes"));
    }
    buf_release(&text);
}

static void test_booleans(void **state)
{
    static const char form[] =
        "{\"participant_id\":\"p\",\"instalment_id\":\"i\",\"scheme\":\"2020\",\"kind\":\"SURVEY\","
        "\"number\":1,\"amount_idr\":50000,\"scheduled_at_ms\":1,\"due_at_ms\":1,"
        "\"promised_at_ms\":1,\"provisional\":%s,\"calendar_version\":\"1\","
        "\"policy_version\":\"1\"}";
    static const char *const values[] = { "true", "false", "1", "\"true\"", "null" };
    struct buf text = { 0 };
    struct incentive_scheduled e;

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct err err = { 0 };
        buf_reset(&text);
        exchange(&text, form, "%s", values[i]);
        int rc = codec_from_json(EVENT_INCENTIVE_SCHEDULED, text.data, text.size, &e, &err);
        assert_int_equal(rc, i < 2 ? 0 : -1);
        if (rc == 0)
            assert_int_equal(e.provisional, i == 0);
        else
            assert_non_null(strstr(err.text, "provisional: must be true or false"));
    }
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),           cmocka_unit_test(test_absent_is_null),
        cmocka_unit_test(test_ratings),        cmocka_unit_test(test_not_objects),
        cmocka_unit_test(test_nesting_and_size), cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_bytes_too_long), cmocka_unit_test(test_booleans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
