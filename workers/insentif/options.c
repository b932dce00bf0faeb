#include "options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "policy/calendar.h"
#include "policy/mask.h"
#include "words.h"

bool option_upper(char *to, size_t cap, const char *text)
{
    bool whole = str_copy(to, cap, text);

    for (char *c = to; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return whole;
}

int option_partner(const struct cli *cli, const char *name, int32_t *partner)
{
    const char *text = option_text(cli, name);
    char upper[16];

    *partner = -1;
    if (!text)
        return DONE;
    bool whole = option_upper(upper, sizeof upper, text);
    for (int p = 0; whole && p < PARTNER_COUNT; p++)
        if (strcmp(partner_row((enum partner)p)->name, upper) == 0)
            *partner = p;
    return *partner >= 0 ? DONE : cli_fail(cli, WRONG, "%s: there is none of this name", name);
}

int option_reason(const struct cli *cli, const char *name, int32_t *reason)
{
    const char *text = option_text(cli, name);
    char upper[32];

    *reason = -1;
    if (!text)
        return DONE;
    if (option_upper(upper, sizeof upper, text))
        *reason = words_reason(upper);
    return *reason >= 0 ? DONE
                        : cli_fail(cli, WRONG, "%s: there is none of this name; see the table of "
                                   "reasons, as ACCOUNT_CLOSED", name);
}

static bool day_of(const char *text, int64_t *at_ms)
{
    char time[40];

    (void)snprintf(time, sizeof time, "%.12sT00:00:00+07:00", text);
    return strlen(text) == 10 && str_to_time(time, at_ms) && *at_ms > 0 &&
           *at_ms <= CALENDAR_AT_MAX_MS - DAY_MS;
}

int option_day(const struct cli *cli, const char *name, int64_t otherwise, int64_t *at_ms)
{
    const char *text = option_text(cli, name);

    *at_ms = otherwise;
    if (!text || day_of(text, at_ms))
        return DONE;
    return cli_fail(cli, WRONG, "%s must be a day, as in 2026-03-02", name);
}

int option_time(const struct cli *cli, const char *name, bool last, int64_t otherwise,
                int64_t *at_ms)
{
    const char *text = option_text(cli, name);

    *at_ms = otherwise;
    if (!text)
        return DONE;
    if (day_of(text, at_ms)) {
        *at_ms += last ? DAY_MS - 1 : 0;
        return DONE;
    }
    if (str_to_time(text, at_ms) && *at_ms > 0 && *at_ms <= CALENDAR_AT_MAX_MS)
        return DONE;
    return cli_fail(cli, WRONG, "%s must be a day (WIB), as in 2026-03-02, or a time, as in "
                    "2026-03-02T09:00:00+07:00", name);
}

int option_said_by(const struct cli *cli, char said_by[SAID_BY_MAX + 1])
{
    const char *by = option_text(cli, "--by");

    if (!by)
        by = getenv("USER");
    if (!by || !*by)
        return cli_fail(cli, WRONG, "who says so? give --by NAME");
    if (!str_copy(said_by, SAID_BY_MAX + 1, by))
        return cli_fail(cli, WRONG, "--by: at most %d bytes", SAID_BY_MAX);
    return DONE;
}

int option_note(const struct cli *cli, char note[ENTRY_TEXT_MAX + 1])
{
    char copy[ENTRY_TEXT_MAX + 1];

    if (!str_copy(note, ENTRY_TEXT_MAX + 1, option_text(cli, "--note")))
        return cli_fail(cli, WRONG, "--note: at most %d bytes", ENTRY_TEXT_MAX);
    memcpy(copy, note, sizeof copy);
    if (mask_refused(copy, strlen(copy)))
        return cli_fail(cli, WRONG, "--note: so many digits may be somebody's number; leave them "
                        "out");
    return DONE;
}
