#ifndef TESTS_POLICY_CALENDAR_PRINT_H
#define TESTS_POLICY_CALENDAR_PRINT_H

#include <stdint.h>
#include <stdio.h>

struct date {
    char text[16]; /* 2021-10-21, by value so that a test can hold several */
};

struct date date_of(int32_t day);
int32_t day_of(const char *text);  /* must be a real date */
int64_t noon_of(const char *text); /* its 12:00 WIB in ms UTC */

/* Every day of the table's years: date, kind, name, separated by tabs. */
void calendar_print_days(FILE *out);

/* For a schedule on each of those days, instalments 1-4: schedule, number, due, promised, firm or
 * provisional, separated by tabs. */
void calendar_print_promises(FILE *out);

/* The document golden/calendar.txt. */
void calendar_print_golden(FILE *out);

#endif
