/*
 * The arithmetic of calendar.h.  Dates are computed here and not by libc: its functions read the
 * time zone of the machine, and this room reads nothing.
 */
#include "policy/calendar.h"

#include <assert.h>
#include <stddef.h>

#include "policy/calendar_data.h"

#define DAY_MS INT64_C(86400000)
#define WIB_MS (7 * INT64_C(3600000)) /* ahead of UTC */
#define EPOCH_DAYS 719162             /* from 0001-01-01 to 1970-01-01 */
#define YEAR_MAX 12900                /* lies before CALENDAR_DAY_MAX */
#define DUE_WORKING_DAY 3             /* R11: money arrives on working day 3 to 5 */
#define PROMISED_WORKING_DAY 5

_Static_assert(CALENDAR_AT_MIN_MS == -WIB_MS, "day 0 begins seven hours before the epoch");

/* Passed by value: calendar_civil() with its three pointers is for callers outside. */
struct civil {
    int year;
    int month;
    int day;
};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to the first of January of a year. */
static int32_t year_start(int year)
{
    int past = year - 1;

    return 365 * past + past / 4 - past / 100 + past / 400 - EPOCH_DAYS;
}

static struct civil civil_of(int32_t day)
{
    assert(day >= 0 && day <= CALENDAR_DAY_MAX);

    struct civil civil = {.year = 1970 + day / 366, .month = 1}; /* never too late a year */
    while (year_start(civil.year + 1) <= day)
        civil.year++;
    int rest = day - year_start(civil.year);
    while (rest >= month_days(civil.year, civil.month))
        rest -= month_days(civil.year, civil.month++);
    civil.day = rest + 1;
    return civil;
}

static const struct calendar_row *row_of(int year, int month, int day)
{
    int32_t date = year * 10000 + month * 100 + day;
    size_t low = 0;
    size_t high = calendar_row_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar_rows[middle].date < date)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < calendar_row_count && calendar_rows[low].date == date;
    return found ? &calendar_rows[low] : NULL;
}

/* ---- the table ---- */

const char *calendar_version(void)
{
    return CALENDAR_VERSION;
}

int calendar_first_year(void)
{
    return calendar_years[0].year;
}

int calendar_last_year(void)
{
    return calendar_years[calendar_year_count - 1].year;
}

int calendar_last_decreed_year(void)
{
    return calendar_decreed_through;
}

bool calendar_decreed(int year)
{
    return year >= calendar_first_year() && year <= calendar_decreed_through;
}

const char *calendar_decree(int year)
{
    for (size_t i = 0; i < calendar_year_count; i++)
        if (calendar_years[i].year == year)
            return calendar_years[i].decree;
    return NULL;
}

const char *calendar_holiday(int year, int month, int day)
{
    assert(month >= 1 && month <= 12 && day >= 1 && day <= 31);

    const struct calendar_row *row = row_of(year, month, day);
    return row ? row->name : NULL;
}

enum day_kind calendar_day_kind(int32_t day)
{
    struct civil civil = civil_of(day);
    const struct calendar_row *row = row_of(civil.year, civil.month, civil.day);

    if (row)
        return row->kind;
    int weekday = (day + 3) % 7; /* Monday is 0; 1970-01-01 was a Thursday */
    return weekday >= 5 ? DAY_WEEKEND : DAY_WORKING;
}

/* ---- days, moments, dates ---- */

int32_t calendar_day(int64_t at_ms)
{
    assert(at_ms >= CALENDAR_AT_MIN_MS && at_ms <= CALENDAR_AT_MAX_MS);

    return (int32_t)((at_ms + WIB_MS) / DAY_MS);
}

int64_t calendar_day_start_ms(int32_t day)
{
    assert(day >= 0 && day <= CALENDAR_DAY_MAX);

    return day * DAY_MS - WIB_MS;
}

int64_t calendar_day_end_ms(int32_t day)
{
    return calendar_day_start_ms(day) + DAY_MS - 1;
}

void calendar_civil(int32_t day, int *year, int *month, int *day_of_month)
{
    struct civil civil = civil_of(day);

    *year = civil.year;
    *month = civil.month;
    *day_of_month = civil.day;
}

int32_t calendar_from_civil(int year, int month, int day_of_month)
{
    assert(year >= 1970 && year <= YEAR_MAX);
    assert(month >= 1 && month <= 12);
    assert(day_of_month >= 1 && day_of_month <= month_days(year, month));

    int32_t day = year_start(year) + day_of_month - 1;
    for (int m = 1; m < month; m++)
        day += month_days(year, m);
    return day;
}

/* ---- counting ---- */

bool calendar_is_working(int32_t day)
{
    return calendar_day_kind(day) == DAY_WORKING;
}

int32_t calendar_next_working(int32_t day)
{
    while (!calendar_is_working(day))
        day++;
    return day;
}

int32_t calendar_add_working(int32_t day, int n)
{
    assert(n >= 1 && n <= CALENDAR_SPAN_MAX);

    for (int i = 0; i < n; i++)
        day = calendar_next_working(day + 1);
    return day;
}

int32_t calendar_add_months(int32_t day, int months)
{
    assert(months >= -CALENDAR_SPAN_MAX && months <= CALENDAR_SPAN_MAX);

    struct civil civil = civil_of(day);
    int month = civil.year * 12 + civil.month - 1 + months; /* counted from the year 0 */
    int last = month_days(month / 12, month % 12 + 1);
    return calendar_from_civil(month / 12, month % 12 + 1, civil.day < last ? civil.day : last);
}

/* ---- what the programme promises ---- */

void calendar_promise(int64_t scheduled_at_ms, int number, struct promise *out)
{
    assert(number >= 1 && number <= CALENDAR_SPAN_MAX);

    int32_t shown = calendar_day(scheduled_at_ms);
    int32_t first_due = calendar_add_working(shown, DUE_WORKING_DAY);
    int32_t due = calendar_next_working(calendar_add_months(first_due, number - 1));
    int32_t promised = calendar_add_working(due, PROMISED_WORKING_DAY - DUE_WORKING_DAY);

    out->due_at_ms = calendar_day_start_ms(due);
    out->promised_at_ms = calendar_day_end_ms(promised);
    /* The decreed years have no gaps: if the first and the last day counted are firm, all are. */
    out->provisional = !calendar_decreed(civil_of(shown + 1).year) ||
                       !calendar_decreed(civil_of(promised).year);
}

int64_t calendar_deadline_ms(int64_t at_ms, int days)
{
    assert(days >= 0 && days <= CALENDAR_SPAN_MAX);

    return calendar_day_end_ms(calendar_day(at_ms) + days);
}

int64_t calendar_first_of_next_month_ms(int64_t at_ms)
{
    struct civil civil = civil_of(calendar_day(at_ms));
    int month = civil.year * 12 + civil.month; /* the next one, counted from the year 0 */

    return calendar_day_start_ms(calendar_from_civil(month / 12, month % 12 + 1, 1));
}
