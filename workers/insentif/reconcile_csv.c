/* insentif reconcile: a partner's statement, line by line. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "policy/calendar.h"
#include "reconcile.h"

#define OLDEST_MS INT64_C(1577811600000) /* 2020-01-01 00:00 WIB: no payment is older */

static const char *const names[COLUMN_COUNT] = {
#define X(name) #name,
    FOREACH_STATEMENT_COLUMN(X)
#undef X
};

/* One field, its quotes taken off in place; *next: the next one, NULL: it was the last. */
static bool take_field(char *from, const char **field, char **next)
{
    bool quoted = *from == '"';
    char *to = from += quoted;

    *field = to;
    while (*from && (quoted ? *from != '"' || from[1] == '"' : *from != ',')) {
        if (*from == '"' && !quoted)
            return false;
        from += *from == '"';
        *to++ = *from++;
    }
    if (quoted && *from++ != '"')
        return false;
    if (*from && *from != ',')
        return false;
    *next = *from ? from + 1 : NULL;
    *to = '\0';
    return true;
}

static int split(const char *line, size_t size, char copy[STATEMENT_LINE_MAX + 1],
                 const char *fields[STATEMENT_COLUMNS_MAX], int *count, struct err *err)
{
    if (size > 0 && line[size - 1] == '\r')
        size--;
    if (size > STATEMENT_LINE_MAX)
        return err_set(err, ERR_REJECT, "longer than %d bytes", STATEMENT_LINE_MAX);
    if (!str_is_utf8(line, size))
        return err_set(err, ERR_REJECT, "no text in UTF-8");
    memcpy(copy, line, size);
    copy[size] = '\0';
    *count = 0;
    for (char *at = copy; at; ++*count) {
        if (*count == STATEMENT_COLUMNS_MAX)
            return err_set(err, ERR_REJECT, "more than %d columns", STATEMENT_COLUMNS_MAX);
        if (!take_field(at, &fields[*count], &at))
            return err_set(err, ERR_REJECT, "column %d: quotes in the middle, or not closed",
                           *count + 1);
    }
    return 0;
}

int statement_header(const char *line, size_t size, struct statement_columns *columns,
                     struct err *err)
{
    const char *fields[STATEMENT_COLUMNS_MAX];
    char copy[STATEMENT_LINE_MAX + 1];

    if (size >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3;
        size -= 3;
    }
    if (split(line, size, copy, fields, &columns->count, err) < 0)
        return -1;
    for (int c = 0; c < COLUMN_COUNT; c++) {
        columns->at[c] = -1;
        for (int i = 0; i < columns->count; i++) {
            if (strcmp(fields[i], names[c]) != 0)
                continue;
            if (columns->at[c] >= 0)
                return err_set(err, ERR_REJECT, "%s: two columns of this name", names[c]);
            columns->at[c] = i;
        }
        if (columns->at[c] < 0)
            return err_set(err, ERR_REJECT, "%s: the header has no such column", names[c]);
    }
    return 0;
}

static bool is_printed(const char *text, size_t least)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return size >= least && size <= STATEMENT_REFERENCE_MAX;
}

static bool take_partner(const char *text, enum partner *partner)
{
    for (int p = 0; p < PARTNER_COUNT; p++) {
        if (strcasecmp(partner_row((enum partner)p)->name, text) != 0)
            continue;
        *partner = (enum partner)p;
        return true;
    }
    return false;
}

int statement_line(const struct statement_columns *columns, const char *line, size_t size,
                   char copy[STATEMENT_LINE_MAX + 1], struct statement_line *out, struct err *err)
{
    const char *fields[STATEMENT_COLUMNS_MAX], *texts[COLUMN_COUNT];
    int count = 0;

    if (split(line, size, copy, fields, &count, err) < 0)
        return -1;
    if (count != columns->count)
        return err_set(err, ERR_REJECT, "%d fields, the header has %d", count, columns->count);
    for (int c = 0; c < COLUMN_COUNT; c++)
        texts[c] = fields[columns->at[c]];
    out->reference = texts[COLUMN_partner_reference];
    out->returned = strcmp(texts[COLUMN_kind], "RETURNED") == 0;
    if (!str_to_time(texts[COLUMN_date_time], &out->at_ms) || out->at_ms < OLDEST_MS ||
        out->at_ms > CALENDAR_AT_MAX_MS)
        return err_set(err, ERR_REJECT, "date_time: no time since 2020 with its offset, as in "
                       "2026-03-02T09:15:30+07:00");
    if (!take_partner(texts[COLUMN_partner], &out->partner))
        return err_set(err, ERR_REJECT, "partner: none of this name");
    if (!is_printed(out->reference, 1))
        return err_set(err, ERR_REJECT, "partner_reference: not 1 to %d printable characters",
                       STATEMENT_REFERENCE_MAX);
    if (!is_printed(texts[COLUMN_reference_no], 0))
        return err_set(err, ERR_REJECT, "reference_no: more than %d characters, or not printable",
                       STATEMENT_REFERENCE_MAX);
    if (!out->returned && strcmp(texts[COLUMN_kind], "BOOKED") != 0)
        return err_set(err, ERR_REJECT, "kind: neither BOOKED nor RETURNED");
    if (!str_to_int64(texts[COLUMN_amount_idr], 1, STATEMENT_AMOUNT_MAX, &out->amount_idr))
        return err_set(err, ERR_REJECT, "amount_idr: not whole rupiah from 1 to %" PRId64,
                       STATEMENT_AMOUNT_MAX);
    return 0;
}
