#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool str_copy(char *to, size_t cap, const char *text)
{
    size_t size = text ? strlen(text) : 0;
    bool fits = size < cap;

    if (!fits)
        size = cap - 1;
    if (size > 0)
        memcpy(to, text, size);
    to[size] = '\0';
    return fits;
}

/* Length of the well-formed sequence at `at`, 0 when there is none (RFC 3629, section 4). */
static size_t sequence(const unsigned char *at, size_t left)
{
    unsigned char first = at[0], low = 0x80, high = 0xbf;
    size_t size;

    if (first == 0)
        return 0;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        size = 2;
    else if (first >= 0xe0 && first <= 0xef)
        size = 3;
    else if (first >= 0xf0 && first <= 0xf4)
        size = 4;
    else
        return 0;
    if (left < size)
        return 0;
    if (first == 0xe0)
        low = 0xa0; /* no overlong forms */
    else if (first == 0xed)
        high = 0x9f; /* no surrogates */
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f; /* nothing above U+10FFFF */
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

bool str_copy_printed(char *to, size_t cap, const char *text)
{
    bool printed = true;

    for (const char *c = text; *c; c++)
        printed &= *c >= 0x20 && *c < 0x7f;
    if (printed && str_copy(to, cap, text))
        return true;
    to[0] = '\0';
    return false;
}

bool str_is_utf8(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size;) {
        size_t step = sequence(at + i, size - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

bool str_to_int64(const char *text, int64_t min, int64_t max, int64_t *value)
{
    bool negative = *text == '-';
    const char *at = text + (negative ? 1 : 0);
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t number = 0;

    if (*at == '\0')
        return false;
    for (; *at; at++) {
        if (*at < '0' || *at > '9')
            return false;
        uint64_t digit = (uint64_t)(*at - '0');
        if (number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    int64_t got = negative ? (int64_t)(0 - number) : (int64_t)number;
    if (got < min || got > max)
        return false;
    *value = got;
    return true;
}

void str_time(int64_t at_ms, char out[STR_TIME_MAX])
{
    int64_t ms = at_ms % 1000;
    time_t seconds = (time_t)(at_ms / 1000 - (ms < 0));
    struct tm tm;
    char text[64];

    if (ms < 0)
        ms += 1000;
    if (!gmtime_r(&seconds, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099) {
        str_copy(out, STR_TIME_MAX, "out-of-range");
        return;
    }
    (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
                   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)ms);
    str_copy(out, STR_TIME_MAX, text);
}

/* Exactly `digits` decimal digits; *at moves on. */
static bool number(const char **at, int digits, int min, int max, int *value)
{
    int got = 0;

    for (int i = 0; i < digits; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return false;
        got = got * 10 + (c - '0');
    }
    *at += digits;
    *value = got;
    return got >= min && got <= max;
}

static bool literal(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

/* Days from 1970-01-01 to a civil date (proleptic Gregorian). */
static int64_t days_from_civil(int y, int m, int d)
{
    int64_t year = m <= 2 ? y - 1 : y;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t yoe = year - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool fraction(const char **at, int *ms)
{
    int scale = 100;

    *ms = 0;
    if (**at != '.')
        return true;
    (*at)++;
    if (**at < '0' || **at > '9')
        return false;
    for (int i = 0; **at >= '0' && **at <= '9' && i < 9; i++, (*at)++) {
        *ms += (**at - '0') * scale;
        scale /= 10;
    }
    return true;
}

static bool offset(const char **at, int *minutes)
{
    int hours, mins;
    char sign = **at;

    *minutes = 0;
    if (sign == 'Z') {
        (*at)++;
        return true;
    }
    if (sign != '+' && sign != '-')
        return false;
    (*at)++;
    if (!number(at, 2, 0, 23, &hours) || !literal(at, ':') || !number(at, 2, 0, 59, &mins))
        return false;
    *minutes = (hours * 60 + mins) * (sign == '-' ? -1 : 1);
    return true;
}

bool str_to_time(const char *text, int64_t *at_ms)
{
    static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const char *at = text;
    int y, mo, d, h, mi, s, ms, zone;

    if (!number(&at, 4, 0, 9999, &y) || !literal(&at, '-') || !number(&at, 2, 1, 12, &mo) ||
        !literal(&at, '-') || !number(&at, 2, 1, month_days[mo - 1], &d) || !literal(&at, 'T') ||
        !number(&at, 2, 0, 23, &h) || !literal(&at, ':') || !number(&at, 2, 0, 59, &mi) ||
        !literal(&at, ':') || !number(&at, 2, 0, 59, &s) || !fraction(&at, &ms) ||
        !offset(&at, &zone) || *at != '\0')
        return false;
    if (mo == 2 && d == 29 && !(y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)))
        return false;
    int64_t minutes = days_from_civil(y, mo, d) * 1440 + h * 60 + mi - zone;
    *at_ms = (minutes * 60 + s) * 1000 + ms;
    return true;
}
