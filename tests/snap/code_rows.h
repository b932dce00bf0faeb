#ifndef TESTS_SNAP_CODE_ROWS_H
#define TESTS_SNAP_CODE_ROWS_H

/*
 * The table of snap-bi.md section 7, typed a second time from the document: the class per paying
 * service, whether it is the channel's, and the reason on service 38.
 */
#include <stdbool.h>
#include <stddef.h>

#include "snap/code.h"

/* S success  P in progress  D duplicate  R retryable  U unknown  F participant  T, C stop */
static const struct code_row {
    int http, kase;
    char on_17, on_18, on_38, on_43;
    bool channel;
    const char *reason_38;
} code_rows[] = {
    { 200, 0, 'S', 'S', 'S', 'S', false, "" },
    { 202, 0, 'P', 'P', 'P', 'P', false, "" },
    { 400, 0, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 400, 1, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 400, 2, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 401, 0, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 401, 1, 'R', 'R', 'R', 'R', false, "PARTNER_UNAVAILABLE" },
    { 401, 2, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 401, 3, 'R', 'R', 'R', 'R', false, "PARTNER_UNAVAILABLE" },
    { 401, 4, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 403, 0, 'U', 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 403, 1, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 403, 2, 'C', 'C', 'F', 'C', false, "BALANCE_LIMIT" },
    { 403, 3, 'T', 'T', 'T', 'T', false, "SUSPECTED_FRAUD" },
    { 403, 4, 'R', 'R', 'R', 'R', true, "PARTNER_UNAVAILABLE" },
    { 403, 5, 'F', 'F', 'F', 'F', false, "ACCOUNT_INACTIVE" },
    { 403, 6, 'R', 'R', 'R', 'R', true, "CUT_OFF" },
    { 403, 7, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 8, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 9, 'F', 'F', 'F', 'F', false, "ACCOUNT_INACTIVE" },
    { 403, 10, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 11, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 12, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 13, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 14, 'R', 'R', 'R', 'R', true, "PROGRAMME_FUNDS" },
    { 403, 15, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 16, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 403, 17, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 18, 'F', 'F', 'F', 'F', false, "ACCOUNT_INACTIVE" },
    { 403, 19, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 403, 20, 'R', 'R', 'R', 'R', true, "PARTNER_UNAVAILABLE" },
    { 403, 21, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 22, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 403, 23, 'F', 'F', 'F', 'F', false, "MONTHLY_LIMIT" },
    { 404, 0, 'U', 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 404, 1, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 2, 'C', 'U', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 3, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 4, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 5, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 6, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 7, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 8, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 9, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 10, 'U', 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 404, 11, 'F', 'F', 'F', 'F', false, "ACCOUNT_NOT_FOUND" },
    { 404, 12, 'F', 'F', 'F', 'F', false, "ACCOUNT_NOT_FOUND" },
    { 404, 13, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 14, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 15, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 404, 16, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 17, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 404, 18, 'D', 'D', 'U', 'U', false, "DUPLICATE_REFERENCE" },
    { 404, 19, 'T', 'T', 'T', 'T', false, "UNKNOWN_CODE" },
    { 405, 0, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 405, 1, 'C', 'C', 'C', 'C', true, "PARTNER_UNAVAILABLE" },
    { 409, 0, 'U', 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 409, 1, 'D', 'D', 'D', 'D', false, "DUPLICATE_REFERENCE" },
    { 429, 0, 'R', 'R', 'R', 'R', true, "PARTNER_UNAVAILABLE" },
    { 500, 0, 'U', 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 500, 1, 'U', 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 500, 2, 'U', 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
    { 504, 0, 'U', 'U', 'U', 'U', false, "PARTNER_TIMEOUT" },
};

#define CODE_ROWS (sizeof code_rows / sizeof code_rows[0])

static inline char code_letter(enum snap_class class)
{
    return "SPDRUFTC"[class];
}

/* On questions "unknown" and "duplicate" read as "retryable"; all else as on payments, but the
 * two rows that are refined for a paying service: 404xx02 on 18 and 403xx02 on 37. */
static inline char code_on_question(const struct code_row *row, int service)
{
    char paying = row->http == 404 && row->kase == 2 ? row->on_17
                  : service == 37                    ? row->on_38
                                                     : row->on_43;
    return paying == 'U' || paying == 'D' ? 'R' : paying;
}

#endif
