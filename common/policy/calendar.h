#ifndef POLICY_CALENDAR_H
#define POLICY_CALENDAR_H

/*
 * Days as the programme counts them: WIB (UTC+7, no daylight saving), working days, promises.
 *
 * Rules: policy.md R11 (3rd and 5th working day), R10 (instalments a month apart), R1 (30 calendar
 * days).  A working day is Monday to Friday without national holidays (libur nasional) and without
 * joint leave (cuti bersama).  Which days those are is data (calendar_data.c), decreed a year ahead
 * by three ministers and changed by them in mid-year, so the table has a version that is kept with
 * each promise: a promise once told is never computed again from a newer table.
 *
 * Units.  A day is an int32_t: days since 1970-01-01, in WIB.  A moment is an int64_t in ms UTC.
 * Years, months (1-12) and days of the month (1-31) are ints of the Gregorian calendar.
 *
 * Limits.  Moments from CALENDAR_AT_MIN_MS to CALENDAR_AT_MAX_MS (the years 1970-9999): what comes
 * from outside must be held against them where it is decoded, here they are asserted.  The same
 * goes for spans (CALENDAR_SPAN_MAX).  Years without a table have weekends but no holidays, and
 * every promise that touches them is provisional.
 *
 * Everything here is pure, never fails, and may be called from any thread.  Texts are static.
 */
#include <stdbool.h>
#include <stdint.h>

/* The date of the newest decree in the table, and a count of our own corrections since.
 * Raise it with every change of calendar_data.c. */
#define CALENDAR_VERSION "2026-09-15.1"

#define CALENDAR_AT_MIN_MS INT64_C(-25200000)        /* 1970-01-01T00:00:00.000+07:00 */
#define CALENDAR_AT_MAX_MS INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */
#define CALENDAR_DAY_MAX 4000000                     /* beyond what any limit above can reach */
#define CALENDAR_SPAN_MAX 1200 /* of months, working days, calendar days, instalment numbers */

/* A holiday that falls on a weekend is a DAY_HOLIDAY: the name wins. */
enum day_kind { DAY_WORKING, DAY_WEEKEND, DAY_HOLIDAY, DAY_JOINT_LEAVE };

/* What a participant is told about one payment. */
struct promise {
    int64_t due_at_ms;      /* 00:00:00.000 WIB: from then on the money is sent */
    int64_t promised_at_ms; /* 23:59:59.999 WIB: after it the promise is broken */
    bool provisional;       /* counted through a day of a year that has no decree yet */
};

/* ---- the table ---- */

const char *calendar_version(void);

/* The years of the table, and the last of them that is decreed: what the table has after it is an
 * estimate. */
int calendar_first_year(void);
int calendar_last_year(void);
int calendar_last_decreed_year(void);
bool calendar_decreed(int year);

/* The decrees a year rests on, oldest first, separated by "; "; NULL without a table.  The three
 * numbers are the ministers': religion, labour, administrative reform.  What we could not find in
 * a published source says "not verified". */
const char *calendar_decree(int year);

/* The name of a holiday or joint leave, in Indonesian; NULL if the day has none. */
const char *calendar_holiday(int year, int month, int day);

enum day_kind calendar_day_kind(int32_t day);

/* ---- days, moments, dates ---- */

int32_t calendar_day(int64_t at_ms);          /* the WIB day a moment lies in */
int64_t calendar_day_start_ms(int32_t day);   /* its 00:00:00.000 WIB */
int64_t calendar_day_end_ms(int32_t day);     /* its 23:59:59.999 WIB */
void calendar_civil(int32_t day, int *year, int *month, int *day_of_month);
int32_t calendar_from_civil(int year, int month, int day_of_month); /* must be a real date */

/* ---- counting ---- */

bool calendar_is_working(int32_t day);
int32_t calendar_next_working(int32_t day); /* the day itself if it is one */

/* The n-th working day strictly after day; n >= 1. */
int32_t calendar_add_working(int32_t day, int n);

/* The same day of the month so many months later (earlier if negative); where that month is too
 * short, its last day: 31 January + 1 is 28 or 29 February. */
int32_t calendar_add_months(int32_t day, int months);

/* ---- what the programme promises ---- */

/*
 * When instalment `number` (from 1) of what was scheduled at that moment is due and promised (R10,
 * R11).  The schedule shows on day D, working day 1 is the first working day after D:
 *     instalment 1   due on working day 3, promised by the end of working day 5
 *     instalment n   due n-1 months after the first's due day (months' ends clamp), moved to the
 *                    next working day; promised by the end of the 2nd working day after that
 * Each instalment counts from the first, not from the one before it, so that neither a clamp nor a
 * holiday is handed on.  Surveys count as number 1 of their own schedule.
 */
void calendar_promise(int64_t scheduled_at_ms, int number, struct promise *out);

/* The end of the day so many calendar days after the moment's day.  R1: selection + 30. */
int64_t calendar_deadline_ms(int64_t at_ms, int days);

/* 00:00 WIB of the first day of the next month: when a MONTHLY_LIMIT is lifted. */
int64_t calendar_first_of_next_month_ms(int64_t at_ms);

#endif
