/*
 * The calendar: its arithmetic against naive counting, its table against known days and against
 * the printout golden/calendar.txt that people review.  Promises: test_promise.c.
 *
 *   test_calendar                    runs the tests
 *   test_calendar --print            every day 2020-2027: date, kind, name, separated by tabs
 *   test_calendar --print-promises   for a schedule on each of those days, instalments 1-4
 *   test_calendar --print-golden     what golden/calendar.txt must contain
 */
#include "policy/calendar.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "calendar_print.h"
#include "policy/calendar_data.h"

#ifndef CALENDAR_GOLDEN
#error "CALENDAR_GOLDEN must name tests/policy/golden/calendar.txt"
#endif

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void test_golden_printout(void **state)
{
    (void)state;
    char *now = NULL;
    size_t now_size = 0;
    FILE *out = open_memstream(&now, &now_size);
    assert_non_null(out);
    calendar_print_golden(out);
    assert_int_equal(fclose(out), 0);

    FILE *in = fopen(CALENDAR_GOLDEN, "rb");
    assert_non_null(in);
    char *golden = malloc(now_size + 2); /* one more than expected: a longer file is seen */
    assert_non_null(golden);
    size_t golden_size = fread(golden, 1, now_size + 1, in);
    fclose(in);

    if (golden_size != now_size || memcmp(golden, now, now_size) != 0)
        fail_msg("the calendar is not as reviewed; if that is meant, raise CALENDAR_VERSION, run\n"
                 "test_calendar --print-golden > tests/policy/golden/calendar.txt\n"
                 "and have the difference read against the decree");
    free(golden);
    free(now);
}

/* ---- the table ---- */

static bool is_weekend(int32_t day)
{
    return (day + 3) % 7 >= 5;
}

static void test_table_is_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < calendar_row_count; i++) {
        const struct calendar_row *row = &calendar_rows[i];
        int year = row->date / 10000;
        int32_t day = calendar_from_civil(year, row->date / 100 % 100, row->date % 100);
        assert_true(i == 0 || calendar_rows[i - 1].date < row->date);
        assert_in_range(year, calendar_first_year(), calendar_last_year());
        assert_true(row->kind == DAY_HOLIDAY || row->kind == DAY_JOINT_LEAVE);
        assert_true(row->kind == DAY_HOLIDAY || !is_weekend(day)); /* nobody takes leave there */
        assert_int_equal(calendar_day_kind(day), row->kind);
        assert_false(calendar_is_working(day));
        assert_non_null(row->name);
    }
    for (size_t i = 0; i < calendar_year_count; i++) {
        assert_int_equal(calendar_years[i].year, calendar_first_year() + (int)i);
        assert_string_equal(calendar_decree(calendar_years[i].year), calendar_years[i].decree);
    }
    assert_in_range(calendar_last_decreed_year(), calendar_first_year(), calendar_last_year());
}

static void test_known_days(void **state)
{
    (void)state;
    static const struct {
        const char *date;
        enum day_kind kind;
        const char *name; /* a part of it */
    } table[] = {
        {"2019-12-25", DAY_WORKING, NULL}, /* before the table: weekends only */
        {"2019-12-29", DAY_WEEKEND, NULL},
        {"2020-02-29", DAY_WEEKEND, NULL},
        {"2020-05-22", DAY_WORKING, NULL}, /* joint leave until the third change */
        {"2020-05-24", DAY_HOLIDAY, "Idul Fitri 1441"}, /* a Sunday: the name wins */
        {"2020-05-26", DAY_WORKING, NULL},              /* moved to December by the second */
        {"2020-12-09", DAY_HOLIDAY, "Pemilihan Kepala Daerah"},
        {"2020-12-24", DAY_JOINT_LEAVE, "Natal"},
        {"2020-12-28", DAY_WORKING, NULL}, /* cut by the fourth */
        {"2020-12-31", DAY_JOINT_LEAVE, "Pengganti Cuti Bersama Hari Raya Idul Fitri"},
        {"2021-03-12", DAY_WORKING, NULL},
        {"2021-05-12", DAY_JOINT_LEAVE, "Idul Fitri 1442"},
        {"2021-05-13", DAY_HOLIDAY, "dan Kenaikan"}, /* two names on one day */
        {"2021-05-17", DAY_WORKING, NULL},
        {"2021-08-10", DAY_WORKING, NULL}, /* moved by a day */
        {"2021-08-11", DAY_HOLIDAY, "Tahun Baru Islam 1443"},
        {"2021-10-19", DAY_WORKING, NULL},
        {"2021-10-20", DAY_HOLIDAY, "Maulid"},
        {"2021-12-24", DAY_WORKING, NULL},
        {"2022-04-29", DAY_JOINT_LEAVE, "Idul Fitri 1443"},
        {"2022-05-06", DAY_JOINT_LEAVE, "Idul Fitri 1443"},
        {"2022-07-09", DAY_WEEKEND, NULL}, /* Idul Adha until the second change */
        {"2022-07-10", DAY_HOLIDAY, "Idul Adha 1443"},
        {"2022-12-26", DAY_WORKING, NULL},
        {"2023-04-19", DAY_JOINT_LEAVE, "Idul Fitri 1444"},
        {"2023-04-26", DAY_WORKING, NULL},
        {"2023-06-30", DAY_JOINT_LEAVE, "Idul Adha 1444"},
        {"2024-02-14", DAY_HOLIDAY, "Pemilihan Umum"},
        {"2024-02-29", DAY_WORKING, NULL},
        {"2024-04-15", DAY_JOINT_LEAVE, "Idul Fitri 1445"},
        {"2024-11-27", DAY_HOLIDAY, "Pemilihan Kepala Daerah"},
        {"2025-04-07", DAY_JOINT_LEAVE, "Idul Fitri 1446"},
        {"2025-08-18", DAY_JOINT_LEAVE, "Kemerdekaan"},
        {"2026-03-24", DAY_JOINT_LEAVE, "Idul Fitri 1447"},
        {"2026-12-24", DAY_JOINT_LEAVE, "Natal"},
        {"2027-03-10", DAY_HOLIDAY, "Idul Fitri 1448"},
        {"2027-12-31", DAY_WORKING, NULL},
        {"2028-08-17", DAY_WORKING, NULL}, /* after the table: weekends only */
        {"2028-01-01", DAY_WEEKEND, NULL},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        int y, m, d;
        calendar_civil(day_of(table[i].date), &y, &m, &d);
        const char *name = calendar_holiday(y, m, d);
        if (calendar_day_kind(day_of(table[i].date)) != table[i].kind)
            fail_msg("%s: kind %d", table[i].date, (int)calendar_day_kind(day_of(table[i].date)));
        if (!table[i].name != !name || (name && !strstr(name, table[i].name)))
            fail_msg("%s: %s", table[i].date, name ? name : "(no name)");
    }
}

static void test_decreed_years(void **state)
{
    (void)state;
    assert_string_equal(calendar_version(), CALENDAR_VERSION);
    assert_false(calendar_decreed(calendar_first_year() - 1));
    assert_true(calendar_decreed(2020));
    assert_true(calendar_decreed(2026));
    assert_true(calendar_decreed(calendar_last_decreed_year()));
    assert_false(calendar_decreed(calendar_last_decreed_year() + 1));
    assert_null(calendar_decree(2019));
    assert_null(calendar_decree(calendar_last_year() + 1));
    assert_non_null(strstr(calendar_decree(2020), "744/2020"));
    assert_non_null(strstr(calendar_decree(2021), "712/2021"));
}

/* ---- days and moments ---- */

static void test_civil_round_trip(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t day = 0;

    for (int y = 1970; y <= 2100; y++)
        for (int m = 1; m <= 12; m++) {
            int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
            for (int d = 1; d <= lengths[m - 1] + (m == 2 && leap); d++, day++) {
                int year, month, day_of_month;
                calendar_civil(day, &year, &month, &day_of_month);
                assert_int_equal(year, y);
                assert_int_equal(month, m);
                assert_int_equal(day_of_month, d);
                assert_int_equal(calendar_from_civil(y, m, d), day);
                assert_int_equal(calendar_day(calendar_day_start_ms(day)), day);
                assert_int_equal(calendar_day(calendar_day_end_ms(day)), day);
                assert_true(calendar_day_end_ms(day) + 1 == calendar_day_start_ms(day + 1));
            }
        }
}

static void test_moments(void **state)
{
    (void)state;
    static const struct {
        int64_t at_ms;
        const char *date;
    } table[] = {
        {CALENDAR_AT_MIN_MS, "1970-01-01"},
        {0, "1970-01-01"},
        {INT64_C(61199999), "1970-01-01"},
        {INT64_C(61200000), "1970-01-02"},       /* 17:00 UTC */
        {INT64_C(1582995599999), "2020-02-29"},  /* 2020-02-29T16:59:59.999Z */
        {INT64_C(1582995600000), "2020-03-01"},
        {INT64_C(1609433999999), "2020-12-31"},
        {INT64_C(1609434000000), "2021-01-01"},  /* 2020-12-31T17:00Z */
        {CALENDAR_AT_MAX_MS, "10000-01-01"},     /* 9999 ends in UTC */
    };

    for (size_t i = 0; i < COUNT(table); i++)
        assert_string_equal(date_of(calendar_day(table[i].at_ms)).text, table[i].date);
}

static void test_deadlines(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int days;
        const char *last;
    } table[] = {
        {"2021-09-21", 30, "2021-10-21"}, /* policy.md R1: wave 21 */
        {"2020-01-31", 30, "2020-03-01"}, {"2021-01-31", 30, "2021-03-02"},
        {"2023-12-02", 30, "2024-01-01"}, {"2024-02-28", 1, "2024-02-29"},
        {"2023-11-15", 60, "2024-01-14"}, {"2022-06-10", 0, "2022-06-10"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        int64_t end_ms = calendar_day_end_ms(day_of(table[i].last));
        int32_t from = day_of(table[i].from);
        assert_true(calendar_deadline_ms(noon_of(table[i].from), table[i].days) == end_ms);
        assert_true(calendar_deadline_ms(calendar_day_start_ms(from), table[i].days) == end_ms);
        assert_true(calendar_deadline_ms(calendar_day_end_ms(from), table[i].days) == end_ms);
    }
    /* 21 October 2021 23:59:59.999 WIB, as a number */
    assert_true(calendar_deadline_ms(noon_of("2021-09-21"), 30) == INT64_C(1634835599999));
}

static void test_first_of_next_month(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"2021-01-01", "2021-02-01"}, {"2021-01-31", "2021-02-01"}, {"2024-02-29", "2024-03-01"},
        {"2020-12-31", "2021-01-01"}, {"2021-11-30", "2021-12-01"}, {"9999-12-31", "10000-01-01"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        int64_t first_ms = calendar_day_start_ms(day_of(table[i][1]));
        assert_true(calendar_first_of_next_month_ms(noon_of(table[i][0])) == first_ms);
    }
    /* the last moment of the month in WIB is 16:59:59.999 UTC */
    int64_t first_ms = calendar_day_start_ms(day_of("2021-01-01"));
    assert_true(calendar_first_of_next_month_ms(first_ms - 1) == first_ms);
    assert_true(calendar_first_of_next_month_ms(first_ms) > first_ms);
}

/* ---- counting ---- */

static void test_add_months(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int months;
        const char *to;
    } table[] = {
        {"2021-01-31", 1, "2021-02-28"},  {"2024-01-31", 1, "2024-02-29"},
        {"2024-01-29", 1, "2024-02-29"},  {"2023-01-29", 1, "2023-02-28"},
        {"2021-01-31", 2, "2021-03-31"},  {"2021-01-31", 3, "2021-04-30"},
        {"2020-08-31", 3, "2020-11-30"},  {"2020-08-31", 4, "2020-12-31"},
        {"2020-08-31", 5, "2021-01-31"},  {"2020-08-31", 6, "2021-02-28"},
        {"2020-02-29", 12, "2021-02-28"}, {"2020-02-29", 48, "2024-02-29"},
        {"2021-12-15", 1, "2022-01-15"},  {"2021-12-15", 0, "2021-12-15"},
        {"2021-03-31", -1, "2021-02-28"}, {"2021-01-15", -1, "2020-12-15"},
        {"2000-02-29", 1200, "2100-02-28"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        int32_t to = calendar_add_months(day_of(table[i].from), table[i].months);
        assert_string_equal(date_of(to).text, table[i].to);
    }
}

static void test_add_working_against_a_naive_count(void **state)
{
    (void)state;
    for (int32_t day = day_of("2019-12-01"); day < day_of("2028-03-01"); day++) {
        int32_t next = calendar_next_working(day);
        int counted = 0;
        for (int32_t d = day; d < next; d++)
            assert_false(calendar_is_working(d));
        assert_true(next >= day && calendar_is_working(next));
        for (int32_t d = day + 1; counted < 8; d++)
            if (calendar_day_kind(d) == DAY_WORKING)
                assert_int_equal(calendar_add_working(day, ++counted), d);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *option;
        void (*print)(FILE *out);
    } printouts[] = {
        {"--print", calendar_print_days},
        {"--print-promises", calendar_print_promises},
        {"--print-golden", calendar_print_golden},
    };
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_printout),
        cmocka_unit_test(test_table_is_well_formed),
        cmocka_unit_test(test_known_days),
        cmocka_unit_test(test_decreed_years),
        cmocka_unit_test(test_civil_round_trip),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_first_of_next_month),
        cmocka_unit_test(test_add_months),
        cmocka_unit_test(test_add_working_against_a_naive_count),
    };

    for (size_t i = 0; argc == 2 && i < COUNT(printouts); i++)
        if (strcmp(argv[1], printouts[i].option) == 0) {
            printouts[i].print(stdout);
            return fflush(stdout) == 0 ? 0 : 1;
        }
    if (argc > 1) {
        fprintf(stderr, "test_calendar [--print | --print-promises | --print-golden]\n");
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
