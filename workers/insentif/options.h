#ifndef WORKERS_INSENTIF_OPTIONS_H
#define WORKERS_INSENTIF_OPTIONS_H

/* Options that several commands have. Each returns DONE, or the exit status after complaining. */
#include "cli.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* Text in capitals, as names of the domain are written; false: longer than that. */
bool option_upper(char *to, size_t cap, const char *text);

/* A partner's or a reason's name in any case; -1: not given. */
int option_partner(const struct cli *cli, const char *name, int32_t *partner);
int option_reason(const struct cli *cli, const char *name, int32_t *reason);

/* "2026-03-02", a day in WIB: its first millisecond; `otherwise` when not given. */
int option_day(const struct cli *cli, const char *name, int64_t otherwise, int64_t *at_ms);

/* The same, or an RFC 3339 time. last: of a day its last millisecond. */
int option_time(const struct cli *cli, const char *name, bool last, int64_t otherwise,
                int64_t *at_ms);

/* --by NAME [$USER]: whoever answers for what the command does. */
int option_said_by(const struct cli *cli, char said_by[SAID_BY_MAX + 1]);

/* --note TEXT, "" for none; a row of ten digits could be personal data and is refused (R20). */
int option_note(const struct cli *cli, char note[ENTRY_TEXT_MAX + 1]);

#endif
