#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void test_copy(void **state)
{
    char to[5];

    (void)state;
    assert_true(str_copy(to, sizeof to, "four"));
    assert_string_equal(to, "four");
    assert_false(str_copy(to, sizeof to, "fives"));
    assert_string_equal(to, "five");
    assert_true(str_copy(to, sizeof to, ""));
    assert_string_equal(to, "");
    assert_true(str_copy_printed(to, sizeof to, "a ~"));
    assert_string_equal(to, "a ~");
    assert_false(str_copy_printed(to, sizeof to, "a\n"));
    assert_string_equal(to, "");
    assert_false(str_copy_printed(to, sizeof to, "\xc3\xa9"));
    assert_false(str_copy_printed(to, sizeof to, "fives"));
    assert_string_equal(to, "");
    assert_true(str_copy(to, sizeof to, NULL));
    assert_string_equal(to, "");
    assert_false(str_copy(to, 1, "x"));
    assert_string_equal(to, "");
}

/* RFC 3629: the borders of every row of its table. */
static const struct {
    const char *bytes;
    size_t size;
    bool good;
} texts[] = {
    { "", 0, true },
    { "\x01\x7f", 2, true },
    { "\x00", 1, false },
    { "a\x00" "b", 3, false },
    { "\x80", 1, false },
    { "\xbf", 1, false },
    { "\xc0\x80", 2, false },
    { "\xc1\xbf", 2, false },
    { "\xc2\x80", 2, true },
    { "\xdf\xbf", 2, true },
    { "\xc2", 1, false },
    { "\xc2\x7f", 2, false },
    { "\xc2\xc0", 2, false },
    { "\xe0\x9f\xbf", 3, false },
    { "\xe0\xa0\x80", 3, true },
    { "\xed\x9f\xbf", 3, true },
    { "\xed\xa0\x80", 3, false },
    { "\xed\xbf\xbf", 3, false },
    { "\xee\x80\x80", 3, true },
    { "\xef\xbf\xbf", 3, true },
    { "\xe2\x82", 2, false },
    { "\xe2\x82\x28", 3, false },
    { "\xf0\x8f\xbf\xbf", 4, false },
    { "\xf0\x90\x80\x80", 4, true },
    { "\xf4\x8f\xbf\xbf", 4, true },
    { "\xf4\x90\x80\x80", 4, false },
    { "\xf5\x80\x80\x80", 4, false },
    { "\xff", 1, false },
    { "\xf0\x9f\x98", 3, false },
    { "\xf0\x9f\x98\x80z", 5, true },
};

static void test_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *exact = malloc(texts[i].size + 1); /* of that size, so that ASan sees a byte beyond */
        assert_non_null(exact);
        char *bytes = exact + 1;
        memcpy(bytes, texts[i].bytes, texts[i].size);
        if (str_is_utf8(bytes, texts[i].size) != texts[i].good)
            fail_msg("row %zu", i);
        free(exact);
    }
}

static const struct {
    const char *text;
    int64_t min, max;
    bool good;
    int64_t value;
} numbers[] = {
    { "0", 0, 0, true, 0 },
    { "-0", 0, 0, true, 0 },
    { "007", 0, 9, true, 7 },
    { "12", 0, 11, false, 0 },
    { "-12", -12, 0, true, -12 },
    { "-13", -12, 0, false, 0 },
    { "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
    { "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
    { "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
    { "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
    { "99999999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
    { "", INT64_MIN, INT64_MAX, false, 0 },
    { "-", INT64_MIN, INT64_MAX, false, 0 },
    { "+1", INT64_MIN, INT64_MAX, false, 0 },
    { " 1", INT64_MIN, INT64_MAX, false, 0 },
    { "1 ", INT64_MIN, INT64_MAX, false, 0 },
    { "1.0", INT64_MIN, INT64_MAX, false, 0 },
    { "0x1", INT64_MIN, INT64_MAX, false, 0 },
    { "--1", INT64_MIN, INT64_MAX, false, 0 },
};

static void test_to_int64(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int64_t value = 4711;
        if (str_to_int64(numbers[i].text, numbers[i].min, numbers[i].max, &value) !=
            numbers[i].good)
            fail_msg("'%s'", numbers[i].text);
        assert_true(value == (numbers[i].good ? numbers[i].value : 4711)); /* untouched */
    }
}

static const struct {
    int64_t at_ms;
    const char *text;
} times[] = {
    { 0, "1970-01-01T00:00:00.000Z" },
    { -1, "1969-12-31T23:59:59.999Z" },
    { -1000, "1969-12-31T23:59:59.000Z" },
    { INT64_C(1772417730123), "2026-03-02T02:15:30.123Z" },
    { INT64_C(951782400000), "2000-02-29T00:00:00.000Z" },
    { INT64_C(4107542400000), "2100-03-01T00:00:00.000Z" },
    { INT64_C(253402300799999), "9999-12-31T23:59:59.999Z" },
    { INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z" },
};

static void test_times(void **state)
{
    char text[STR_TIME_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        int64_t at_ms = 1;
        str_time(times[i].at_ms, text);
        assert_string_equal(text, times[i].text);
        assert_true(str_to_time(text, &at_ms));
        assert_true(at_ms == times[i].at_ms);
    }
}

static void test_times_out_of_range(void **state)
{
    static const int64_t far[] = { INT64_MIN, INT64_MAX, INT64_C(253402300800000),
                                   INT64_C(-62167219200001) };
    char text[STR_TIME_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
        str_time(far[i], text);
        assert_string_equal(text, "out-of-range");
    }
}

static const struct {
    const char *text;
    bool good;
    int64_t at_ms;
} parsed[] = {
    { "2026-03-02T09:15:30+07:00", true, INT64_C(1772417730000) },
    { "2026-03-02T02:15:30Z", true, INT64_C(1772417730000) },
    { "2026-03-01T22:45:30-03:30", true, INT64_C(1772417730000) },
    { "2026-03-02T02:15:30.5Z", true, INT64_C(1772417730500) },
    { "2026-03-02T02:15:30.12Z", true, INT64_C(1772417730120) },
    { "2026-03-02T02:15:30.123456789Z", true, INT64_C(1772417730123) },
    { "2026-03-02T02:15:30.1234567891Z", false, 0 },
    { "2024-02-29T00:00:00Z", true, INT64_C(1709164800000) },
    { "2026-02-29T00:00:00Z", false, 0 },
    { "2100-02-29T00:00:00Z", false, 0 },
    { "2000-02-29T00:00:00Z", true, INT64_C(951782400000) },
    { "2026-04-31T00:00:00Z", false, 0 },
    { "2026-13-01T00:00:00Z", false, 0 },
    { "2026-00-01T00:00:00Z", false, 0 },
    { "2026-01-00T00:00:00Z", false, 0 },
    { "2026-03-02T24:00:00Z", false, 0 },
    { "2026-03-02T00:60:00Z", false, 0 },
    { "2026-03-02T00:00:60Z", false, 0 },
    { "2026-03-02T02:15:30", false, 0 }, /* no offset: nobody knows when that was */
    { "2026-03-02T02:15:30.Z", false, 0 },
    { "2026-03-02T02:15:30+07", false, 0 },
    { "2026-03-02T02:15:30+0700", false, 0 },
    { "2026-03-02T02:15:30+24:00", false, 0 },
    { "2026-03-02T02:15:30+07:60", false, 0 },
    { "2026-03-02T02:15:30Z ", false, 0 },
    { "2026-03-02 02:15:30Z", false, 0 },
    { "2026-03-02", false, 0 },
    { "26-03-02T02:15:30Z", false, 0 },
    { "-026-03-02T02:15:30Z", false, 0 },
    { "", false, 0 },
};

static void test_to_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parsed / sizeof parsed[0]; i++) {
        int64_t at_ms = 4711;
        if (str_to_time(parsed[i].text, &at_ms) != parsed[i].good)
            fail_msg("'%s'", parsed[i].text);
        assert_true(at_ms == (parsed[i].good ? parsed[i].at_ms : 4711));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),     cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_to_int64), cmocka_unit_test(test_times),
        cmocka_unit_test(test_times_out_of_range), cmocka_unit_test(test_to_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
