#include "put.h"

#include <inttypes.h>
#include <stdio.h>

#include "policy/calendar.h"

void put_comma(struct buf *out)
{
    char last = out->size > 0 ? out->data[out->size - 1] : '\n';

    if (last != '{' && last != '[' && last != '\n')
        buf_text(out, ",");
}

void put_key(struct buf *out, const char *key)
{
    put_comma(out);
    buf_printf(out, "\"%s\":", key);
}

void put_text(struct buf *out, const char *key, const char *text)
{
    put_key(out, key);
    if (!text || !*text) {
        buf_text(out, "null");
        return;
    }
    buf_text(out, "\"");
    buf_json(out, text);
    buf_text(out, "\"");
}

void put_number(struct buf *out, const char *key, int64_t number)
{
    put_key(out, key);
    buf_printf(out, "%" PRId64, number);
}

void put_time(struct buf *out, const char *key, int64_t at_ms)
{
    if (at_ms == 0)
        put_text(out, key, NULL);
    else
        put_number(out, key, at_ms);
}

void put_bool(struct buf *out, const char *key, bool yes)
{
    put_key(out, key);
    buf_text(out, yes ? "true" : "false");
}

const char *wib_date(int64_t at_ms, char out[WIB_SIZE])
{
    int year, month, day;

    out[0] = '\0';
    if (at_ms <= 0 || at_ms > CALENDAR_AT_MAX_MS)
        return out;
    calendar_civil(calendar_day(at_ms), &year, &month, &day);
    (void)snprintf(out, WIB_SIZE, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
    return out;
}

const char *wib_time(int64_t at_ms, char out[WIB_SIZE])
{
    char date[WIB_SIZE];

    if (!*wib_date(at_ms, date)) {
        out[0] = '\0';
        return out;
    }
    int64_t seconds = (at_ms - calendar_day_start_ms(calendar_day(at_ms))) / 1000;
    (void)snprintf(out, WIB_SIZE, "%.10s %02d:%02d:%02d", date, (int)(seconds / 3600 % 24),
                   (int)(seconds / 60 % 60), (int)(seconds % 60));
    return out;
}

const char *rupiah(int64_t idr, char out[RUPIAH_SIZE])
{
    uint64_t left = idr < 0 ? 0 - (uint64_t)idr : (uint64_t)idr;
    char *at = out + RUPIAH_SIZE;

    *--at = '\0';
    for (int digits = 0; left > 0 || digits == 0; digits++, left /= 10) {
        if (digits > 0 && digits % 3 == 0)
            *--at = '.';
        *--at = (char)('0' + left % 10);
    }
    if (idr < 0)
        *--at = '-';
    return at;
}
