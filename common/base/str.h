#ifndef BASE_STR_H
#define BASE_STR_H

/* Small things about text that libc lacks. None allocates; none reads the locale. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copy text into to[cap], cut at cap - 1. Returns false when it was cut. NULL text is "". */
bool str_copy(char *to, size_t cap, const char *text);

/* The same when every byte is printable ASCII; otherwise "" and false. */
bool str_copy_printed(char *to, size_t cap, const char *text);

/* Well-formed UTF-8 (RFC 3629) without NUL? */
bool str_is_utf8(const void *bytes, size_t size);

/* A whole decimal number in [min, max]; anything else (blank, sign only, tail) is false. */
bool str_to_int64(const char *text, int64_t min, int64_t max, int64_t *value);

/* "2026-03-02T09:15:30.123Z": 25 bytes with the NUL. Years 0000-9999. */
#define STR_TIME_MAX 25
void str_time(int64_t at_ms, char out[STR_TIME_MAX]);

/* Parse RFC 3339 ("2026-03-02T09:15:30.5+07:00", offset or Z mandatory) to ms UTC. */
bool str_to_time(const char *text, int64_t *at_ms);

#endif
