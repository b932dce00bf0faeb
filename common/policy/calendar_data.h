#ifndef POLICY_CALENDAR_DATA_H
#define POLICY_CALENDAR_DATA_H

/*
 * The table behind calendar.h; only calendar.c and the tests look at it.
 *
 * A new decree, the five things to do: its days as rows (sorted by date), its number in the year's
 * text, calendar_decreed_through if the year is new, CALENDAR_VERSION in calendar.h, and the
 * printout tests/policy/golden/calendar.txt, which a second person reads against the decree.
 */
#include <stddef.h>
#include <stdint.h>

#include "policy/calendar.h"

struct calendar_row {
    int32_t date;       /* yyyymmdd */
    enum day_kind kind; /* DAY_HOLIDAY or DAY_JOINT_LEAVE */
    const char *name;
};

struct calendar_year {
    int year;
    const char *decree;
};

extern const struct calendar_row calendar_rows[]; /* sorted by date, no date twice */
extern const size_t calendar_row_count;
extern const struct calendar_year calendar_years[]; /* sorted, without gaps */
extern const size_t calendar_year_count;
extern const int calendar_decreed_through; /* the last decreed year */

#endif
