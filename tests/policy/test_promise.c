/*
 * What a participant is told (policy.md R10, R11): due and promised dates worked out by hand from
 * the decrees, and where a promise stops being firm.
 */
#include "policy/calendar.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "calendar_print.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void test_promises(void **state)
{
    (void)state;
    static const struct {
        const char *scheduled;
        int number;
        const char *due;
        const char *promised;
        bool provisional;
    } table[] = {
        /* an ordinary week; a schedule on a weekend counts like the Friday before */
        {"2021-09-17", 1, "2021-09-22", "2021-09-24", false},
        {"2021-09-18", 1, "2021-09-22", "2021-09-24", false},
        {"2021-09-19", 1, "2021-09-22", "2021-09-24", false},
        /* across Idul Fitri, 2020 without joint leave, then with more and more */
        {"2020-05-18", 1, "2020-05-22", "2020-05-27", false},
        {"2021-05-07", 1, "2021-05-17", "2021-05-19", false},
        {"2022-04-26", 1, "2022-05-09", "2022-05-11", false},
        {"2022-04-28", 1, "2022-05-11", "2022-05-13", false},
        {"2023-04-17", 1, "2023-04-27", "2023-05-02", false},
        {"2024-04-03", 1, "2024-04-16", "2024-04-18", false},
        {"2024-04-06", 1, "2024-04-18", "2024-04-22", false},
        {"2025-03-26", 1, "2025-04-09", "2025-04-11", false},
        {"2026-03-13", 1, "2026-03-25", "2026-03-27", false},
        {"2027-03-04", 1, "2027-03-17", "2027-03-19", false},
        /* other holidays, polling day, joint leave added in mid-year */
        {"2020-08-19", 1, "2020-08-26", "2020-08-28", false},
        {"2021-10-18", 1, "2021-10-22", "2021-10-26", false},
        {"2023-06-23", 1, "2023-07-03", "2023-07-05", false},
        {"2024-02-07", 1, "2024-02-15", "2024-02-19", false},
        {"2025-08-14", 1, "2025-08-20", "2025-08-22", false},
        /* across the end of the year */
        {"2020-12-22", 1, "2020-12-29", "2021-01-04", false},
        {"2020-12-29", 1, "2021-01-05", "2021-01-07", false},
        {"2023-12-27", 1, "2024-01-02", "2024-01-04", false},
        {"2023-12-27", 2, "2024-02-02", "2024-02-06", false},
        {"2023-12-27", 3, "2024-03-04", "2024-03-06", false},
        {"2023-12-27", 4, "2024-04-02", "2024-04-04", false},
        /* first due on 29 and 31 January: clamped, moved, and counted from the first each time */
        {"2021-01-26", 1, "2021-01-29", "2021-02-02", false},
        {"2021-01-26", 2, "2021-03-01", "2021-03-03", false},
        {"2021-01-26", 3, "2021-03-29", "2021-03-31", false},
        {"2021-01-26", 4, "2021-04-29", "2021-05-03", false},
        {"2024-01-26", 2, "2024-02-29", "2024-03-04", false},
        {"2024-01-26", 3, "2024-04-01", "2024-04-03", false},
        {"2020-08-26", 2, "2020-09-30", "2020-10-02", false},
        {"2020-08-26", 3, "2020-11-02", "2020-11-04", false},
        {"2022-01-31", 4, "2022-05-09", "2022-05-11", false},
        /* firm to the last decreed day and not beyond; nothing is known before the first */
        {"2027-12-24", 1, "2027-12-29", "2027-12-31", false},
        {"2027-12-28", 1, "2027-12-31", "2028-01-04", true},
        {"2027-09-24", 4, "2027-12-29", "2027-12-31", false},
        {"2027-09-27", 4, "2027-12-30", "2028-01-03", true},
        {"2028-03-06", 1, "2028-03-09", "2028-03-13", true},
        {"2019-12-30", 1, "2020-01-03", "2020-01-07", true},
        {"2019-12-31", 1, "2020-01-06", "2020-01-08", false},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct promise promise;
        calendar_promise(noon_of(table[i].scheduled), table[i].number, &promise);
        int32_t due = calendar_day(promise.due_at_ms);
        int32_t promised = calendar_day(promise.promised_at_ms);
        assert_string_equal(date_of(due).text, table[i].due);
        assert_string_equal(date_of(promised).text, table[i].promised);
        assert_int_equal(promise.provisional, table[i].provisional);
        assert_true(promise.due_at_ms == calendar_day_start_ms(due));
        assert_true(promise.promised_at_ms == calendar_day_end_ms(promised));
    }
}

/* The WIB day decides, not the UTC day: 17:00 UTC starts the next one. */
static void test_promise_at_midnight(void **state)
{
    (void)state;
    struct promise before, after;
    int64_t midnight_ms = calendar_day_start_ms(day_of("2021-09-15"));

    calendar_promise(midnight_ms - 1, 1, &before);
    calendar_promise(midnight_ms, 1, &after);
    assert_string_equal(date_of(calendar_day(before.due_at_ms)).text, "2021-09-17");
    assert_string_equal(date_of(calendar_day(after.due_at_ms)).text, "2021-09-20");
    /* 2021-09-17T00:00:00.000+07:00 and 2021-09-21T23:59:59.999+07:00 */
    assert_true(before.due_at_ms == INT64_C(1631811600000));
    assert_true(before.promised_at_ms == INT64_C(1632243599999));
}

static void test_promise_at_the_limits(void **state)
{
    (void)state;
    struct promise promise;

    calendar_promise(CALENDAR_AT_MIN_MS, 1, &promise);
    assert_string_equal(date_of(calendar_day(promise.due_at_ms)).text, "1970-01-06");
    assert_true(promise.provisional);
    calendar_promise(CALENDAR_AT_MAX_MS, CALENDAR_SPAN_MAX, &promise);
    assert_true(promise.due_at_ms > CALENDAR_AT_MAX_MS);
    assert_true(promise.promised_at_ms < calendar_day_end_ms(CALENDAR_DAY_MAX));
    assert_true(promise.provisional);
    assert_true(calendar_deadline_ms(CALENDAR_AT_MAX_MS, CALENDAR_SPAN_MAX) > CALENDAR_AT_MAX_MS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promises),
        cmocka_unit_test(test_promise_at_midnight),
        cmocka_unit_test(test_promise_at_the_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
