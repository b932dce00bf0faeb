/*
 * The calendar as text: for the tests' tables, for the reviewer of golden/calendar.txt, and for
 * calendar_vs_holidays.py.
 */
#include "calendar_print.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/calendar.h"

#define NOON_MS INT64_C(43200000)

struct date date_of(int32_t day)
{
    struct date date;
    int year, month, day_of_month;

    calendar_civil(day, &year, &month, &day_of_month);
    snprintf(date.text, sizeof date.text, "%d-%02d-%02d", year, month, day_of_month);
    return date;
}

int32_t day_of(const char *text)
{
    long part[3];

    for (int i = 0; i < 3; i++) {
        char *end;
        part[i] = strtol(text, &end, 10);
        if (end == text || *end != (i < 2 ? '-' : '\0'))
            abort(); /* a slip of the pen in a test's table */
        text = end + 1;
    }
    return calendar_from_civil((int)part[0], (int)part[1], (int)part[2]);
}

int64_t noon_of(const char *text)
{
    return calendar_day_start_ms(day_of(text)) + NOON_MS;
}

static const char *kind_name(enum day_kind kind)
{
    static const char *const names[] = {
        [DAY_WORKING] = "working",
        [DAY_WEEKEND] = "weekend",
        [DAY_HOLIDAY] = "holiday",
        [DAY_JOINT_LEAVE] = "joint-leave",
    };

    return names[kind];
}

static bool is_weekend(int32_t day)
{
    return (day + 3) % 7 >= 5;
}

void calendar_print_days(FILE *out)
{
    int32_t end = calendar_from_civil(calendar_last_year() + 1, 1, 1);

    for (int32_t day = calendar_from_civil(calendar_first_year(), 1, 1); day < end; day++) {
        int y, m, d;
        calendar_civil(day, &y, &m, &d);
        const char *name = calendar_holiday(y, m, d);
        fprintf(out, "%s\t%s\t%s\n", date_of(day).text, kind_name(calendar_day_kind(day)),
                name ? name : "");
    }
}

void calendar_print_promises(FILE *out)
{
    int32_t end = calendar_from_civil(calendar_last_year() + 1, 1, 1);

    for (int32_t day = calendar_from_civil(calendar_first_year(), 1, 1); day < end; day++)
        for (int number = 1; number <= 4; number++) {
            struct promise promise;
            calendar_promise(calendar_day_start_ms(day) + NOON_MS, number, &promise);
            fprintf(out, "%s\t%d\t%s\t%s\t%s\n", date_of(day).text, number,
                    date_of(calendar_day(promise.due_at_ms)).text,
                    date_of(calendar_day(promise.promised_at_ms)).text,
                    promise.provisional ? "provisional" : "firm");
        }
}

static void print_decree(FILE *out, int year)
{
    const char *text = calendar_decree(year);
    const char *end;

    for (; (end = strstr(text, "; ")) != NULL; text = end + 2)
        fprintf(out, "  %.*s\n", (int)(end - text), text);
    fprintf(out, "  %s\n\n", text);
}

/* The days of one year with a name, then its sums. */
static void print_year(FILE *out, int year)
{
    static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    int32_t end = calendar_from_civil(year + 1, 1, 1);
    int kinds[4] = {0};
    int weekend_holidays = 0;
    int working_in[13] = {0};

    fprintf(out, "\n%d%s\n", year, calendar_decreed(year) ? "" : " (estimate, not decreed)");
    print_decree(out, year);
    for (int32_t day = calendar_from_civil(year, 1, 1); day < end; day++) {
        int y, m, d;
        calendar_civil(day, &y, &m, &d);
        enum day_kind kind = calendar_day_kind(day);
        kinds[kind]++;
        weekend_holidays += kind == DAY_HOLIDAY && is_weekend(day);
        working_in[m] += kind == DAY_WORKING;
        if (kind == DAY_HOLIDAY || kind == DAY_JOINT_LEAVE)
            fprintf(out, "  %s %s  %-14s  %s\n", date_of(day).text, weekdays[(day + 3) % 7],
                    kind == DAY_HOLIDAY ? "libur nasional" : "cuti bersama",
                    calendar_holiday(y, m, d));
    }
    fprintf(out, "\n  libur nasional %d (%d on a weekend), cuti bersama %d, working days %d\n",
            kinds[DAY_HOLIDAY], weekend_holidays, kinds[DAY_JOINT_LEAVE], kinds[DAY_WORKING]);
    fputs("  working days from January to December:", out);
    for (int m = 1; m <= 12; m++)
        fprintf(out, " %d", working_in[m]);
    fputs("\n", out);
}

void calendar_print_golden(FILE *out)
{
    fprintf(out,
            "The calendar of working days, version %s, decreed through %d\n"
            "\n"
            "Working days are Monday to Friday, WIB, that are not listed here. A day is listed\n"
            "as in force after the last change of its year. The three numbers of a decree (SKB)\n"
            "are those of the ministers of religion, of labour, of administrative reform.\n",
            calendar_version(), calendar_last_decreed_year());
    for (int year = calendar_first_year(); year <= calendar_last_year(); year++)
        print_year(out, year);
}
