#ifndef WORKERS_INSENTIF_RECONCILE_H
#define WORKERS_INSENTIF_RECONCILE_H

/* What the files of `insentif reconcile` share: reading a statement, telling, returns. */
#include <stdio.h>

#include "cli.h"
#include "reconcile_book.h"

/* ---------------------------------------------------------------- reconcile_csv.c: a line */
#define STATEMENT_LINE_MAX 1024
#define STATEMENT_LINES_MAX 10000000
#define STATEMENT_COLUMNS_MAX 32
#define STATEMENT_REFERENCE_MAX 64
#define STATEMENT_AMOUNT_MAX INT64_C(100000000000) /* so many lines of it fit an int64 */

#define FOREACH_STATEMENT_COLUMN(X)                                                                \
    X(date_time) X(partner) X(partner_reference) X(reference_no) X(kind) X(amount_idr)

enum statement_column {
#define X(name) COLUMN_##name,
    FOREACH_STATEMENT_COLUMN(X)
#undef X
    COLUMN_COUNT,
};

struct statement_columns {
    int at[COLUMN_COUNT]; /* which field of a line */
    int count;            /* fields of a line: columns we don't know are passed over */
};

/*
 * A statement is CSV (RFC 4180) but for line breaks inside quotes: a header that names the columns
 * in any order, then a line per booking or return. Lines may end in CR LF, the file may begin with
 * a BOM. ERR_REJECT names the column, never a value.
 */
MUST_CHECK int statement_header(const char *line, size_t size, struct statement_columns *columns,
                                struct err *err);

/* line->reference points into `copy`. */
MUST_CHECK int statement_line(const struct statement_columns *columns, const char *line,
                              size_t size, char copy[STATEMENT_LINE_MAX + 1],
                              struct statement_line *out, struct err *err);

/* ---------------------------------------------------------------- reconcile_returns.c */
struct returns {
    int64_t people, payments, idr;
    int64_t left;  /* returns that a person must look at: not the payment as we made it */
    bool produced;
};

/* Count the returns that our ledger doesn't know of payments it says SUCCEEDED; and tell
 * disbursement-worker of them when `produce`. Returns the exit status. */
int returns_run(struct cli *cli, const struct book *book, bool produce, struct returns *returns);

/* ---------------------------------------------------------------- reconcile_tell.c */
struct told {
    const struct book *book;
    const char *statement; /* the file's name */
    int64_t lines;
    const struct returns *returns; /* NULL: not asked for */
};

/* The report; at most `most` references of each kind are listed. */
void tell_report(const struct told *told, int64_t most, FILE *to);
void tell_json(const struct told *told, FILE *to);
bool tell_adds_up(const struct book *book);

#endif
